#!/usr/bin/env bash
# ports-one-client.sh - for one client of three a range of ports is dead at all servers.

. "$(dirname "$0")/lib.sh"

lab_begin ports-one-client
lab_net
lab_far
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip saddr 192.0.2.11 udp dport 53 udp sport 1024-4999 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_nsd nsd3 55 far
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# ports-one-client

Made by `samples/lab/ports-one-client.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Three clients over IPv4 (192.0.2.10-12) and one over IPv6 ask three nsd, two in one prefix and
one in another, from the same 35 ports.  The router drops what 192.0.2.11 sends from ports 1024 to 4999
(nft), to any server.  The same ports of the other clients are answered.
PAGE

#!/usr/bin/env bash
# ports-near-observer.sh - low ports are dead at all servers.

. "$(dirname "$0")/lib.sh"

lab_begin ports-near-observer
lab_net
lab_far
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		udp dport 53 udp sport 1-1023 drop
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
# ports-near-observer

Made by `samples/lab/ports-near-observer.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Two clients over IPv4 and IPv6 ask three nsd, two in one prefix and one in another, from the same 27
ports.  The router drops every query from ports 1 to 1023, 53 too (nft), to any server: the fault is
not near any one of them.
PAGE

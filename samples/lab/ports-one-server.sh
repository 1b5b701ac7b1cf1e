#!/usr/bin/env bash
# ports-one-server.sh - the only server of the capture is deaf to low ports.

. "$(dirname "$0")/lib.sh"

lab_begin ports-one-server
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip6 daddr 2001:db8:5::53 udp dport 53 udp sport { 1-52, 54-1023 } drop
	}
}
NFT
lab_nsd nsd1 53
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# ports-one-server

Made by `samples/lab/ports-one-server.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Two clients ask one nsd over IPv6, the only server there is, from 100 ports each.  The router drops source
ports 1-52 and 54-1023 (nft).  No other server shows whether the fault is near the
server or near the clients.
PAGE

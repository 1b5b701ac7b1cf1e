#!/usr/bin/env bash
# low-ports.sh - one of three servers is deaf to low source ports, except 53.

. "$(dirname "$0")/lib.sh"

lab_begin low-ports
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 udp dport 53 udp sport { 1-52, 54-1023 } drop
		ip6 daddr 2001:db8:5::53 udp dport 53 udp sport { 1-52, 54-1023 } drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_named named 55
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# low-ports

Made by `samples/lab/low-ports.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client (192.0.2.10, 2001:db8:c::10) asks `a.example. A` from the same 390
source ports at three servers, each over IPv4 and IPv6:

| address | server | fault |
| --- | --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd | a router on the way drops queries from source ports 1-52 and 54-1023 (nft) |
| 198.51.100.54, 2001:db8:5::54 | nsd | none |
| 198.51.100.55, 2001:db8:5::55 | named | none; named itself ignores source ports 7, 13, 19 and 37 |

The ports are spread over 1-65535 and hold both sides of each edge: 52, 53, 54;
1023, 1024; 49151, 49152; 65535.  Port 0 is missing: no socket can be bound to it.
Some queries are sent again after 1 s, a few once more after 2.5 s, if no
reply has come.  A last query, answered, ends the capture 6 s after the others.
A query from port 53 has port 53 on both sides.
PAGE

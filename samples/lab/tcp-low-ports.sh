#!/usr/bin/env bash
# tcp-low-ports.sh - one of three servers is deaf to TCP from low source ports, except 53.

. "$(dirname "$0")/lib.sh"

lab_begin tcp-low-ports
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 tcp dport 53 tcp sport { 1-52, 54-1023 } drop
		ip6 daddr 2001:db8:5::53 tcp dport 53 tcp sport { 1-52, 54-1023 } drop
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
# tcp-low-ports

Made by `samples/lab/tcp-low-ports.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client (192.0.2.10, 2001:db8:c::10) asks `a.example. A` over TCP, one query
a connection, from the same source ports at three servers, each over IPv4 and IPv6:

| address | server | fault |
| --- | --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd | a router on the way drops TCP from source ports 1-52 and 54-1023 (nft) |
| 198.51.100.54, 2001:db8:5::54 | nsd | none |
| 198.51.100.55, 2001:db8:5::55 | named | none; named itself resets connections from source ports 7, 13, 19 and 37 when the query comes |

The ports hold both sides of each edge: 52, 53, 54; 1023, 1024; 49151, 49152; 65535.
The client's kernel sends a SYN again each second; the client gives up after 6.5 s.
A last query, over UDP and answered, ends the capture.
PAGE

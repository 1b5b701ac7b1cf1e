#!/usr/bin/env bash
# ports-refused.sh - a router refuses some source ports with ICMP errors.

. "$(dirname "$0")/lib.sh"

lab_begin ports-refused
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 udp dport 53 udp sport { 1-52, 54-1023 } reject with icmp admin-prohibited
		ip6 daddr 2001:db8:5::53 udp dport 53 udp sport { 1-52, 54-1023 } reject with icmpv6 admin-prohibited
		ip daddr 198.51.100.54 udp dport 53 udp sport 2048-4095 reject with icmp port-unreachable
		ip6 daddr 2001:db8:5::54 udp dport 53 udp sport 2048-4095 reject with icmpv6 port-unreachable
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_nsd nsd3 55
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# ports-refused

Made by `samples/lab/ports-refused.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks three nsd over IPv4 and IPv6 from the same 60 ports.

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | the router refuses source ports 1-52 and 54-1023: ICMP "administratively prohibited" (nft) |
| 198.51.100.54, 2001:db8:5::54 | the router refuses source ports 2048-4095: ICMP "port unreachable" (nft), from 192.0.2.1 and 2001:db8:c::1, not from the server |
| 198.51.100.55, 2001:db8:5::55 | all is answered |
PAGE

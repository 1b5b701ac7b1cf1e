#!/usr/bin/env bash
# server-unreachable.sh - a router says that servers cannot be reached.

. "$(dirname "$0")/lib.sh"

lab_begin server-unreachable
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.56 udp dport 53 reject with icmp host-unreachable
		ip6 daddr 2001:db8:5::56 udp dport 53 reject with icmpv6 addr-unreachable
		ip daddr 198.51.100.57 udp dport 53 reject with icmp admin-prohibited
		ip6 daddr 2001:db8:5::57 udp dport 53 reject with icmpv6 admin-prohibited
	}
}
NFT
lab_nsd nsd1 53
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# server-unreachable

Made by `samples/lab/server-unreachable.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks three addresses over IPv4 and IPv6 from the same 33 ports.

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd answers |
| 198.51.100.56, 2001:db8:5::56 | the router (192.0.2.1, 2001:db8:c::1) says "host unreachable" (ICMPv6: "address unreachable"; nft) |
| 198.51.100.57, 2001:db8:5::57 | the router says "administratively prohibited" (nft) |
PAGE

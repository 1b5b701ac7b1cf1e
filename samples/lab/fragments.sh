#!/usr/bin/env bash
# fragments.sh - replies and queries that are longer than a packet may be.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
LAB_EDNS=4096
lab_begin fragments
lab_net
in_c sysctl -qw net.ipv4.ipfrag_time=3 net.ipv6.ip6frag_time=3
ip -n "$R" route add 198.51.100.55/32 dev rs0 mtu 1280
ip -n "$R" -6 route add 2001:db8:5::55/128 dev rs0 mtu lock 1280
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip saddr 198.51.100.54 ip frag-off & 0x1fff != 0 drop
		ip6 saddr 2001:db8:5::54 frag frag-off != 0 drop
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
lab_finish --lost-fragments 198.51.100.54 2001:db8:5::54 <<'PAGE'
# fragments

Made by `samples/lab/fragments.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks three nsd over IPv4 and IPv6, from ports in all three ranges, with
EDNS and a size of 4096.  The TXT records have about 1,600 and 3,400 octets, some queries 1,380 to
2,000 (EDNS padding).  Over IPv4 a packet has at most 1,500 octets; nsd's over IPv6 have at most 1,280.

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | all fragments arrive |
| 198.51.100.54, 2001:db8:5::54 | a router on the way drops all fragments of replies but the first ones (nft), before they come to where the capture is.  The client asks again, or over TCP, or gives up.  After 3 s (`ipfrag_time`; by default 30) its kernel sends ICMP "reassembly time exceeded", which quotes the reply |
| 198.51.100.55, 2001:db8:5::55 | 1,280 octets is the most that the router sends on.  The first query of each family is longer: ICMP "fragmentation needed" or "packet too big"; asked again, it is sent in fragments, and so are later ones.  Some sockets insist on whole packets (`PMTUDISC_PROBE`): an ICMP error each |

What was only begun to be seen is undecided: `partial_replies`.
PAGE

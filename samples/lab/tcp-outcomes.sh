#!/usr/bin/env bash
# tcp-outcomes.sh - every way in which DNS over TCP can end.

. "$(dirname "$0")/lib.sh"

lab_begin tcp-outcomes
lab_net
in_s nft -f - <<'NFT'
table inet fault {
	chain input {
		type filter hook input priority 0;
		ip daddr 198.51.100.55 tcp dport 53 drop
		ip6 daddr 2001:db8:5::55 tcp dport 53 drop
		ip daddr 198.51.100.57 tcp dport 53 reject with icmp admin-prohibited
		ip6 daddr 2001:db8:5::57 tcp dport 53 reject with icmpv6 admin-prohibited
		ip daddr 198.51.100.58 tcp dport 53 tcp flags & psh == psh reject with tcp reset
		ip6 daddr 2001:db8:5::58 tcp dport 53 tcp flags & psh == psh reject with tcp reset
	}
}
NFT
lab_nsd nsd1 53
lab_serve own 54
lab_nsd nsd2 58
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# tcp-outcomes

Made by `samples/lab/tcp-outcomes.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client (192.0.2.10, 2001:db8:c::10) asks six addresses over TCP, IPv4 and
IPv6, from ports in all three ranges:

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd answers: one query a connection; six, each in a segment of its own; six in one segment; one, an octet a segment |
| 198.51.100.54, 2001:db8:5::54 | `samples/lab/serve.py`, which does what the name's first label says: answers out of order (`turn4`), five replies in one write (`together5`), an octet a segment (`bytes`), after 6.5 s (`late`), never (`silent`); reads the query and closes in order (`close`), also after half of the reply (`half`), or resets the connection (`reset`) |
| 198.51.100.55, 2001:db8:5::55 | its host drops every segment (nft): no connection; the client gives up after 3.4 s |
| 198.51.100.56, 2001:db8:5::56 | nothing listens: refused |
| 198.51.100.57, 2001:db8:5::57 | its host answers SYN with ICMP "administratively prohibited" (nft) |
| 198.51.100.58, 2001:db8:5::58 | nsd; its host answers every segment with data by a reset (nft) |

A query that is pipelined with one that ends the connection ends with it.  After 7 s
of silence the client closes.  A last query, over UDP and answered, ends the capture.
PAGE

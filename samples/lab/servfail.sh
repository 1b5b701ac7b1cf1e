#!/usr/bin/env bash
# servfail.sh - a resolver says SERVFAIL when its own queries from low ports get no reply.

. "$(dirname "$0")/lib.sh"

lab_begin servfail
lab_net
in_s nft -f - <<'NFT'
table inet fault {
	chain input {
		type filter hook input priority 0;
		ip daddr 198.51.100.53 udp dport 53 udp sport { 1-52, 54-1023 } drop
		ip6 daddr 2001:db8:5::53 udp dport 53 udp sport { 1-52, 54-1023 } drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$R" any micro
lab_resolve
lab_ask
lab_capture_end
lab_finish --also "$TMP/resolver" <<'PAGE'
# servfail

Made by `samples/lab/servfail.sh`: network namespaces of one machine, captured
by tcpdump on all interfaces (`-i any`) of the router on which the resolver runs.  No packet is from a real network.

A forwarding resolver (`samples/lab/resolve.py`) runs on the router at 198.51.100.1 and 2001:db8:5::1.  Two clients over
IPv4 and IPv6 ask it for 160 names, each once.  It asks nsd at .53 for 100 of them, at .54 for names under
`far.w.example.`; from ports drawn anew each time, half of them below 1024.  The host of .53 drops
source ports 1-52 and 54-1023 (nft).  The resolver asks once more after 0.7 s from another port; after two losses the client gets
SERVFAIL.  The capture has both sides of the resolver.
PAGE

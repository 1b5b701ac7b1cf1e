#!/usr/bin/env bash
# server-silent.sh - one of three servers answers nothing.

. "$(dirname "$0")/lib.sh"

lab_begin server-silent
lab_net
in_s nft -f - <<'NFT'
table inet fault {
	chain input {
		type filter hook input priority 0;
		ip daddr 198.51.100.55 udp dport 53 drop
		ip6 daddr 2001:db8:5::55 udp dport 53 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# server-silent

Made by `samples/lab/server-silent.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks three addresses over IPv4 and IPv6 from the same 40 ports.  Two nsd answer; the host
of 198.51.100.55 and 2001:db8:5::55 drops every query (nft).  What is not answered is
sent again after 1 s and after 2.5 s.
PAGE

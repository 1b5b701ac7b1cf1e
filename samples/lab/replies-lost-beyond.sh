#!/usr/bin/env bash
# replies-lost-beyond.sh - replies vanish between the capture and the client.

. "$(dirname "$0")/lib.sh"

lab_begin replies-lost-beyond
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip saddr 198.51.100.53 udp sport 53 numgen inc mod 3 0 drop
		ip6 saddr 2001:db8:5::53 udp sport 53 numgen inc mod 3 0 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$R" rs0 micro
lab_ask
lab_capture_end
lab_finish --beyond 198.51.100.53 2001:db8:5::53 <<'PAGE'
# replies-lost-beyond

Made by `samples/lab/replies-lost-beyond.sh`: network namespaces of one machine, captured
by tcpdump on the router's interface to the servers.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6.  Behind the capture the router drops every third reply
of the first (198.51.100.53, 2001:db8:5::53; nft).  The client asks again after 1 s, and after 2.2 s, when
no reply has come to it.  All transactions are answered as far as the capture can
see: the client that asks again is the only sign.  That each copy of a query has a reply was
checked by the router's counters.
PAGE

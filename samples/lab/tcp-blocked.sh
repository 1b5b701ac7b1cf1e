#!/usr/bin/env bash
# tcp-blocked.sh - truncated over UDP, and no connection over TCP.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
lab_begin tcp-blocked
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.54 tcp dport 53 drop
		ip6 daddr 2001:db8:5::54 tcp dport 53 drop
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
# tcp-blocked

Made by `samples/lab/tcp-blocked.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6, in turn for TXT records of about 500 octets without EDNS, which are truncated and
asked again over TCP, and for a small answer.  On the way to the second (198.51.100.54, 2001:db8:5::54) the router drops
TCP (nft).  The client gives up after 3.4 s.
PAGE

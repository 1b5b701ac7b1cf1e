#!/usr/bin/env bash
# dead-names.sh - names that nobody answers, asked again and again.

. "$(dirname "$0")/lib.sh"

lab_begin dead-names
lab_net
in_s nft -f - <<'NFT'
table inet fault {
	# Queries whose first label is "dead".
	chain input {
		type filter hook input priority 0;
		udp dport 53 @th,160,40 0x0464656164 drop
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
# dead-names

Made by `samples/lab/dead-names.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6 from ports of all ranges.  Nine names are never answered (the host drops
queries whose first label is `dead`; nft): each is asked three times at each address, from new ports.  All
others are answered at once.  The servers are well, and so are all ports.
PAGE

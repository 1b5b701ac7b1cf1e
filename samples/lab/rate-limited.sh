#!/usr/bin/env bash
# rate-limited.sh - a server takes ten queries a second.

. "$(dirname "$0")/lib.sh"

lab_begin rate-limited
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 udp dport 53 limit rate over 10/second burst 5 packets drop
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
# rate-limited

Made by `samples/lab/rate-limited.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4, three times 5 a second for 3 s and then 36 a second for 2.5 s,
from ports of all ranges, no name twice.  To the first (198.51.100.53) the router passes ten a second, and five more after a pause (nft);
to the second (198.51.100.54) all.  Nothing is sent again.  Which query is dropped depends on the
machine: the numbers differ each time the sample is made.
PAGE

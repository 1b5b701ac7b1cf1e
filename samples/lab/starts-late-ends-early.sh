#!/usr/bin/env bash
# starts-late-ends-early.sh - a capture that misses the start and the end.

. "$(dirname "$0")/lib.sh"

lab_begin starts-late-ends-early
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.54 udp dport 53 udp sport 600-699 drop
		ip6 daddr 2001:db8:5::54 udp dport 53 udp sport 600-699 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_ask_begin
lab_wait_file sent
lab_capture "$C" c0 micro
touch "$TMP/go"
lab_wait_file inflight
lab_capture_end
touch "$TMP/cut"
wait "$ASK"
lab_finish <<'PAGE'
# starts-late-ends-early

Made by `samples/lab/starts-late-ends-early.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.
No packet is from a real network.

One client, two nsd, IPv4 and IPv6.  A router drops queries from source ports
600-699 to the second server (198.51.100.54, 2001:db8:5::54).  The first
(198.51.100.53, 2001:db8:5::53) is stopped (SIGSTOP) when the capture begins
and when it ends.

| when | what | what the capture shows |
| --- | --- | --- |
| before the capture | 60 queries to the first server | their replies only: early orphans |
| before the capture | 20 more, sent again after it began | one transaction each, without a resend, and two replies |
| before the capture | 40 queries to the second server, answered | nothing |
| 7 s before its end | 40 queries from ports 600-699 to the second server | unanswered |
| the last second | the same ports, and queries to the stopped server | undecided: the replies of the first server came after the end |

Everything else is answered.
PAGE

#!/usr/bin/env bash
# truncated-then-tcp.sh - large answers: truncated over UDP, asked again over TCP.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
lab_begin truncated-then-tcp
lab_net
in_s nft -f - <<'NFT'
table inet fault {
	chain input {
		type filter hook input priority 0;
		ip daddr 198.51.100.54 tcp dport 53 tcp sport { 1-52, 54-1023 } drop
		ip6 daddr 2001:db8:5::54 tcp dport 53 tcp sport { 1-52, 54-1023 } drop
		ip daddr 198.51.100.55 tcp dport 53 drop
		ip6 daddr 2001:db8:5::55 tcp dport 53 drop
		ip daddr 198.51.100.56 tcp dport 53 reject with tcp reset
		ip6 daddr 2001:db8:5::56 tcp dport 53 reject with tcp reset
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_named named 55
lab_nsd nsd3 56
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# truncated-then-tcp

Made by `samples/lab/truncated-then-tcp.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks four servers over IPv4 and IPv6 for TXT records of about 1,600 and 3,400
octets, over UDP, without EDNS or with a size of 512 or 1232: the replies
have TC=1.  Then it asks the same over TCP from another port, five times in six.

| address | server | TCP |
| --- | --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd | answered |
| 198.51.100.54, 2001:db8:5::54 | nsd | its host drops source ports 1-52 and 54-1023 (nft) |
| 198.51.100.55, 2001:db8:5::55 | named | its host drops all of it (nft) |
| 198.51.100.56, 2001:db8:5::56 | nsd | its host refuses it (nft) |

`tcp_retries` counts truncated transactions whose question came again over TCP.  Where no
connection came about there is none, but an attempt that failed.
One query in five has a small answer, which is not truncated.
PAGE

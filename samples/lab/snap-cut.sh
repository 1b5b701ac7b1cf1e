#!/usr/bin/env bash
# snap-cut.sh - the snap length cuts names and replies off.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
lab_begin snap-cut
lab_net
in_c sysctl -qw net.ipv4.tcp_timestamps=0
in_s nft -f - <<'NFT'
table inet fault {
	chain input {
		type filter hook input priority 0;
		ip daddr 198.51.100.54 udp dport 53 udp sport { 1-52, 54-1023 } drop
		ip6 daddr 2001:db8:5::54 udp dport 53 udp sport { 1-52, 54-1023 } drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro -s 120
lab_ask
lab_capture_end
lab_finish --cut <<'PAGE'
# snap-cut

Made by `samples/lab/snap-cut.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface with `-s 120`.  No packet is from a real network.

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd |
| 198.51.100.54, 2001:db8:5::54 | nsd; its host drops UDP queries from source ports 1-52 and 54-1023 (nft) |

Over UDP a third of the questions does not fit into 120 octets of a packet; such messages are matched by
ports and ID.  Over TCP (without time stamps) all queries fit, and half of the replies.  Of the other half the
first octets are there; their headers say enough.
PAGE

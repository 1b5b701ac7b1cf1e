#!/usr/bin/env bash
# any-twice.sh - a router with -i any sees each packet twice.

. "$(dirname "$0")/lib.sh"

lab_begin any-twice
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
lab_ask
lab_capture_end
# Copies that lie 1 ms apart would pass for two packets: no truth then.
tshark -n -r "$TMP/$NAME.pcap" -Y 'udp.port == 53' -T fields -e frame.time_epoch \
    -e ip.id -e ip.src -e ipv6.src -e udp.srcport -e udp.dstport -e dns.id \
    -e icmp.type -e icmpv6.type 2>/dev/null | awk '
	{ t = $1; $1 = "" }
	$0 in last && t - last[$0] < 0.5 {
		if (t - last[$0] > 0.0005) exit 1
		delete last[$0]
		next
	}
	{ last[$0] = t }
	END { for (one in last) exit 1 }
' || lab_die "a packet was not seen twice within 0.5 ms"
lab_finish --twice <<'PAGE'
# any-twice

Made by `samples/lab/any-twice.sh`: network namespaces of one machine, captured
by tcpdump with `-i any` on the router between client and servers.
No packet is from a real network.

Every packet comes in on one interface and goes out on the other, so the
capture has it twice, some microseconds apart: with another interface index, another
direction, and a TTL or hop limit that is one less.  It still is one packet.

One client asks three addresses over IPv4 and IPv6 from ports in all three ranges:

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd; its own host drops queries from source ports 1-52 and 54-1023 (nft) |
| 198.51.100.54, 2001:db8:5::54 | nsd answers |
| 198.51.100.56, 2001:db8:5::56 | nothing listens: ICMP port unreachable, each of them twice in the capture too |

One query in four is sent again after 1 s when nothing has come.  `duplicate_frames` is one for
each query, reply and ICMP error.
PAGE

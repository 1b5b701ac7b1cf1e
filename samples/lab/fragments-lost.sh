#!/usr/bin/env bash
# fragments-lost.sh - large replies lose all but their first fragments.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
LAB_EDNS=4096
lab_begin fragments-lost
lab_net
in_c sysctl -qw net.ipv4.ipfrag_time=3 net.ipv6.ip6frag_time=3
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip saddr 198.51.100.54 ip frag-off & 0x1fff != 0 drop
		ip6 saddr 2001:db8:5::54 frag frag-off != 0 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish --lost-fragments 198.51.100.54 2001:db8:5::54 <<'PAGE'
# fragments-lost

Made by `samples/lab/fragments-lost.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6, in turn for a TXT record of about 1,600 octets (EDNS, size 4096) and for
a small answer.  On the way from the second (198.51.100.54, 2001:db8:5::54) the router drops
all fragments but the first ones (nft).  The small answers pass.  One large question in four
is asked again after 1 s.  After 3 s (`ipfrag_time`) the client's kernel sends ICMP "reassembly time
exceeded".
PAGE

#!/usr/bin/env bash
# rotated.sh - a capture in several files, as tcpdump -G leaves them.

. "$(dirname "$0")/lib.sh"

lab_begin rotated
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_nsd nsd3 55
lab_plan
lab_capture "$C" c0 micro -G 3 -w "$TMP/$NAME.pcap-%s"
lab_ask
lab_capture_end
n=0
for piece in "$TMP/$NAME.pcap-"*; do
	mv "$piece" "$TMP/$NAME.pcap$n"
	n=$((n + 1))
done
[ "$n" -gt 3 ] || lab_die "only $n files"
# Some file must have more replies than queries.
across=
for piece in "$TMP/$NAME.pcap"?*; do
	queries=$(tshark -n -r "$piece" -Y 'udp.dstport == 53' 2>/dev/null | wc -l)
	replies=$(tshark -n -r "$piece" -Y 'udp.srcport == 53' 2>/dev/null | wc -l)
	[ "$queries" -ge "$replies" ] || across=1
done
[ -n "$across" ] || lab_die "no reply is in another file than its query"
mergecap -F pcap -w "$TMP/$NAME.pcap" "$TMP/$NAME.pcap"?*
LAB_PIECES=1
lab_finish <<'PAGE'
# rotated

Made by `samples/lab/rotated.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface with `-G 3`: a new file with the first packet that comes 3 s
after the last one was begun.  The files were renamed `rotated.pcap0`, `rotated.pcap1`, and so on.
No packet is from a real network.

One client asks two nsd over IPv4 and IPv6, UDP and TCP, for 12 s.  Five times the first (198.51.100.53,
2001:db8:5::53) is stopped (SIGSTOP) for 1.6 s: many replies lie in another file than their query, and
so do parts of connections.  All are answered.  A third nsd (.55) gets the query that ends the capture.

The truth is that of all files together.  The counts by tshark are of one file that
`mergecap -F pcap -w rotated.pcap rotated.pcap?*` makes of them.
PAGE

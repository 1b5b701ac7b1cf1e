#!/usr/bin/env bash
# random-loss.sh - one query in twenty is lost, by chance.

. "$(dirname "$0")/lib.sh"

lab_begin random-loss
lab_net keep-offload
in_s nft -f - <<'NFT'
table inet fault {
	chain input {
		type filter hook input priority 0;
		ip daddr 198.51.100.53 udp dport 53 numgen random mod 100 < 5 drop
		ip6 daddr 2001:db8:5::53 udp dport 53 numgen random mod 100 < 5 drop
	}
	chain output {
		type filter hook output priority 0;
		ip saddr 198.51.100.54 udp sport 53 numgen random mod 100 < 5 drop
		ip6 saddr 2001:db8:5::54 udp sport 53 numgen random mod 100 < 5 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_nsd nsd3 55
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# random-loss

Made by `samples/lab/random-loss.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.
No packet is from a real network.

One client asks two servers over IPv4 and IPv6 from ports in all three ranges.
On the servers' host nft drops 5 % by chance: of the queries to the first server
(198.51.100.53, 2001:db8:5::53), of the replies of the second (.54).  The
capture, on the client's side, shows every query and no lost reply.  Three
of five queries are sent again after 1 s when no reply has come, two of them
once more after 2 s; the rest is never sent again.  A third server (.55), without loss,
gets the one query that ends the capture.

The loss is by chance: the numbers differ each time the sample is made.
Checksum offload is on, as it mostly is: the UDP checksums of the frames are
unfinished, so wrong, in both directions.
PAGE

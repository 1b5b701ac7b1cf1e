#!/usr/bin/env bash
# rate-limited-slips.sh - response rate limiting with truncated replies in between.

. "$(dirname "$0")/lib.sh"

lab_begin rate-limited-slips
lab_net
LAB_RRL=10
lab_nsd nsd1 53
LAB_RRL=0
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# rate-limited-slips

Made by `samples/lab/rate-limited-slips.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv6, three times 5 a second for 3 s and then 36 a second for 2.5 s, from ports
of all ranges, no name twice.  The first (2001:db8:5::53) has response rate limiting: `rrl-ratelimit: 10`, `rrl-slip: 2`.  What is over
the limit is dropped or, every second time, answered by a truncated reply.  The second
(2001:db8:5::54) has no limit.  Nothing is sent again, nor over TCP.  The numbers differ
each time the sample is made.
PAGE

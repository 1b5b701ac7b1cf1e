#!/usr/bin/env bash
# healthy-bursts.sh - bursts and pauses, and no limit.

. "$(dirname "$0")/lib.sh"

lab_begin healthy-bursts
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# healthy-bursts

Made by `samples/lab/healthy-bursts.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Two clients ask two nsd over IPv4 and IPv6: 0.7 s of ten queries a second, a burst of seven queries in
0.14 s, then nothing for 3 s; three times.  All is answered: NOERROR, NODATA and NXDOMAIN.
PAGE

#!/usr/bin/env bash
# one-way-queries.sh - a capture that has the queries only.

. "$(dirname "$0")/lib.sh"

lab_begin one-way-queries
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro 'dst port 53'
lab_ask
lab_capture_end
lab_finish --one-way queries <<'PAGE'
# one-way-queries

Made by `samples/lab/one-way-queries.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6 from the same 40 ports; all is answered.  tcpdump's filter, `dst port 53`, let
no reply into the capture.  Nothing in it tells that from servers that never answer, so nothing is called unanswered.
PAGE

#!/usr/bin/env bash
# one-way-replies.sh - a capture that has the replies only.

. "$(dirname "$0")/lib.sh"

lab_begin one-way-replies
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro 'src port 53'
lab_ask
lab_capture_end
lab_finish --one-way replies <<'PAGE'
# one-way-replies

Made by `samples/lab/one-way-replies.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6 from the same 40 ports; all is answered.  tcpdump's filter, `src port 53`, let
no query into the capture.
PAGE

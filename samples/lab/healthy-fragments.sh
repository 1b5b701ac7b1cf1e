#!/usr/bin/env bash
# healthy-fragments.sh - large replies in fragments, all of which arrive.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
LAB_EDNS=4096
lab_begin healthy-fragments
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# healthy-fragments

Made by `samples/lab/healthy-fragments.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

The traffic of `fragments-lost` without its fault: two nsd, IPv4 and IPv6, TXT records of about 1,600
octets in two fragments, and small answers.  All arrive.
PAGE

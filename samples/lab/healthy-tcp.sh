#!/usr/bin/env bash
# healthy-tcp.sh - truncated over UDP, answered over TCP.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
lab_begin healthy-tcp
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# healthy-tcp

Made by `samples/lab/healthy-tcp.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

The traffic of `tcp-blocked` without its fault: two nsd, IPv4 and IPv6; truncated over UDP,
answered over TCP.
PAGE

#!/usr/bin/env bash
# healthy-ports.sh - low ports, ports of amplification lists: all answered at all servers.

. "$(dirname "$0")/lib.sh"

lab_begin healthy-ports
lab_net
lab_far
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_nsd nsd3 55 far
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# healthy-ports

Made by `samples/lab/healthy-ports.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Three clients (192.0.2.10-12, 2001:db8:c::10-12) ask nsd at six addresses in four prefixes
(198.51.100.53, .54, 203.0.113.55, 2001:db8:5::53, ::54, 2001:db8:7::55) from the same 25 ports
each: low ones, ports that stand on lists against amplification (123, 161, 389, 1900, 11211),
both sides of 1023 and of 49151.  All is answered.  The twin of every `ports-*` sample.
PAGE

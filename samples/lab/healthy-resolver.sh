#!/usr/bin/env bash
# healthy-resolver.sh - a resolver whose queries from all ports are answered.

. "$(dirname "$0")/lib.sh"

lab_begin healthy-resolver
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$R" any micro
lab_resolve
lab_ask
lab_capture_end
lab_finish --also "$TMP/resolver" <<'PAGE'
# healthy-resolver

Made by `samples/lab/healthy-resolver.sh`: network namespaces of one machine, captured
by tcpdump on all interfaces (`-i any`) of the router on which the resolver runs.  No packet is from a real network.

The traffic of `servfail` without its fault: the same names, the same ports.  All is answered.
PAGE

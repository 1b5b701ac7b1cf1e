#!/usr/bin/env bash
# low-ports-in-use.sh - clients that use low ports, which are answered.

. "$(dirname "$0")/lib.sh"

lab_begin low-ports-in-use
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# low-ports-in-use

Made by `samples/lab/low-ports-in-use.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Two clients over IPv4 and IPv6 ask two nsd, four times in five from ports 600-1023.  All is answered: not a
fault, but where such ports are filtered these clients will meet it.
PAGE

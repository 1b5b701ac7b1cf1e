#!/usr/bin/env bash
# ports-predictable.sh - clients whose next source port anybody can guess.

. "$(dirname "$0")/lib.sh"

lab_begin ports-predictable
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# ports-predictable

Made by `samples/lab/ports-predictable.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

Three clients ask two nsd; all is answered.

| client | its ports |
| --- | --- |
| 192.0.2.10 | always 32853 |
| 2001:db8:c::10 | 20000, 20001, 20002 and so on |
| 192.0.2.11, 2001:db8:c::11 | at random |
PAGE

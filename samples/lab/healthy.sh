#!/usr/bin/env bash
# healthy.sh - two servers that answer everything.

. "$(dirname "$0")/lib.sh"

lab_begin healthy
lab_net
lab_nsd nsd1 53
lab_named named 55
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# healthy

Made by `samples/lab/healthy.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.
No packet is from a real network.

Five clients (192.0.2.10-14, 2001:db8:c::10-14) ask nsd (198.51.100.53,
2001:db8:5::53) and named (198.51.100.55, 2001:db8:5::55) from ports in all
three ranges, without the four that named ignores (7, 13, 19, 37).  All is
answered: NOERROR with data, NOERROR without (NODATA) and NXDOMAIN.  A third
of the queries has EDNS, some names are spelt `A.Example.`, and one query in ten
is followed at once by another question (AAAA) from the same port with the same ID:
two transactions.
PAGE

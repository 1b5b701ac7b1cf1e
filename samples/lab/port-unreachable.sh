#!/usr/bin/env bash
# port-unreachable.sh - a host without a DNS server says so with ICMP.

. "$(dirname "$0")/lib.sh"

lab_begin port-unreachable
lab_net
lab_nsd nsd1 53
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# port-unreachable

Made by `samples/lab/port-unreachable.sh`: network namespaces of one machine,
captured by tcpdump on the client's interface.  No packet is from a real
network.

One client asks from the same 160 source ports, in all three ranges, at two
servers, each over IPv4 and IPv6:

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd answers |
| 198.51.100.56, 2001:db8:5::56 | the host is up, nothing listens on port 53; its kernel sends ICMP port unreachable (type 3 code 3; ICMPv6 type 1 code 4) |

The kernel's limits on ICMP errors are off, so each query to the second server
has an error.  Some are sent again after 1 s although an error came: these have
two errors and are still one transaction.  The errors quote the whole query.
PAGE

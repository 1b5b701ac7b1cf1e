#!/usr/bin/env bash
# late-and-resent.sh - servers that stop for a while and then answer.

. "$(dirname "$0")/lib.sh"

lab_begin late-and-resent
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# late-and-resent

Made by `samples/lab/late-and-resent.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.
No packet is from a real network.

One client, two nsd, IPv4 and IPv6.  The servers are stopped (SIGSTOP) and go
on later (SIGCONT); then each answers every query it holds, resends too.
Seconds from the plan's start:

| server | stopped | asked at | what comes of it |
| --- | --- | --- | --- |
| 198.51.100.53, 2001:db8:5::53 | 1 to 33 | 1.2-2.6 | the reply comes after more than 30 s, when the query is forgotten: unanswered, and the replies are orphans (not early ones: the capture began more than 30 s before them) |
| | | 4-26 | late |
| | | 20.0, 25.6, 31.2 | one ID and question, three times: three transactions; the first reply belongs to the youngest (answered), the others are late |
| | | 29-32 | answered, after 1 to 4 s |
| 198.51.100.54, 2001:db8:5::54 | 5 to 7 | 5.1-5.6 | answered; most were sent two or three times and have as many replies |
| | - | 9-10 | answered at once |
| | 12 to 18.5 | 12.2-13 | late |

Nothing happens within 0.3 s of the limits (5 s and 30 s).  In each group some
queries are sent again.  Two replies to two copies of one query come within
microseconds of each other; over IPv6 they are equal byte for byte, and nothing in the
capture tells them from one reply seen twice.  So the truth says
nothing about `duplicate_frames`.
PAGE

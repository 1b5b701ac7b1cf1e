#!/usr/bin/env bash
# reply-refused.sh - the client has closed its socket when the reply comes.

. "$(dirname "$0")/lib.sh"

lab_begin reply-refused
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 nano
lab_ask
lab_capture_end
lab_finish --refused <<'PAGE'
# reply-refused

Made by `samples/lab/reply-refused.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.
No packet is from a real network.

One client, two nsd, IPv4 and IPv6.  Three times the first server (198.51.100.53,
2001:db8:5::53) is stopped (SIGSTOP), is asked, and goes on 1.8 s later, when
the client has closed the sockets.  The replies reach the client's host, whose
kernel refuses each with ICMP port unreachable (type 3 code 3; ICMPv6 type 1 code
4) that quotes the *reply*.  The transactions are answered: the reply was seen.
One in six, IPv4 only, is sent twice: two replies and two errors, one transaction.
Then both servers are asked from sockets that stay open.

The client's log cannot hold a reply to a closed socket.  That there was one for each
query, and one ICMP error for each reply, was checked by the router's
counters (nft).
PAGE

#!/usr/bin/env bash
# mix.sh - a little of everything, to be put into tunnels by encapsulate.py.

. "$(dirname "$0")/lib.sh"

LAB_LARGE=1
LAB_EDNS=4096
lab_begin mix
lab_net
in_s nft -f - <<'NFT'
table inet fault {
	chain input {
		type filter hook input priority 0;
		ip daddr 198.51.100.54 udp dport 53 udp sport { 1-52, 54-1023 } drop
		ip6 daddr 2001:db8:5::54 udp dport 53 udp sport { 1-52, 54-1023 } drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# mix

Made by `samples/lab/mix.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

A little of everything, to be put into tunnels by `samples/lab/encapsulate.py`.

| address | what happens |
| --- | --- |
| 198.51.100.53, 2001:db8:5::53 | nsd; over UDP whole, truncated and then over TCP, and in fragments; over TCP two queries a connection |
| 198.51.100.54, 2001:db8:5::54 | nsd; its host drops queries from source ports 1-52 and 54-1023 (nft) |
| 198.51.100.56, 2001:db8:5::56 | nothing listens: ICMP port unreachable, and TCP is refused |
PAGE
python3 "$LAB/mixed.py" "$PCAPS/mix.pcap" "$PCAPS/mixed/mixed.pcapng"

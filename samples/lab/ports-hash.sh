#!/usr/bin/env bash
# ports-hash.sh - a fixed share of the ports is dropped, in no range.

. "$(dirname "$0")/lib.sh"

lab_begin ports-hash
lab_net
in_r nft -f - <<'NFT'
table inet fault {
	chain forward {
		type filter hook forward priority 0;
		ip daddr 198.51.100.53 udp dport 53 udp sport & 0x1015 == { 0x0001, 0x0004, 0x0010, 0x1000, 0x0015, 0x1005, 0x1011, 0x1014 } drop
		ip6 daddr 2001:db8:5::54 udp dport 53 jhash ip6 saddr . udp sport mod 4 seed 0x5eed == 0 drop
	}
}
NFT
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_nsd nsd3 55
lab_plan
lab_capture "$C" c0 micro
lab_ask
lab_capture_end
lab_finish <<'PAGE'
# ports-hash

Made by `samples/lab/ports-hash.sh`: network namespaces of one machine, captured
by tcpdump on the client's interface.  No packet is from a real network.

One client asks three nsd.

| address | what happens |
| --- | --- |
| 198.51.100.53 | the router drops source ports of which an odd number of the bits 0x1015 is set (nft): what a linear hash does whose one path of two is dead.  240 ports, each once |
| 2001:db8:5::54 | the router drops source ports by a hash without structure (nft's `jhash`, one of four).  150 ports, each twice, 38 s apart |
| 198.51.100.55, 2001:db8:5::55 | all is answered, from 65 of the same ports |
PAGE

#!/usr/bin/env python3
"""Links and tunnels of docs/decoding.md, each row by hand.

    python3 tests/oracle/test_decoding.py
"""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import decode as dec                                   # noqa: E402
import readers                                         # noqa: E402
from build import dns, ether, ip4, ip6, udp            # noqa: E402

Q4 = ip4(17, udp(4001, 53, dns()))
Q6 = ip6(17, udp(4001, 53, dns()))
SNAP = b"\xaa\xaa\x03\0\0\0\x08\0"
ETHER = ether(Q4)
WIFI = b"\x08\0" + bytes(22)
LE, BE = struct.Struct("<HH").pack, struct.Struct(">HH").pack


def over4(protocol, body):
    return ip4(protocol, body, "172.16.0.1", "172.16.0.2")


def over_udp(port, body, sport=40000):
    return over4(17, udp(sport, port, body))


def gre(kind, body, flags=0, more=b""):
    return over4(47, BE(flags, kind) + more + body)


def deep(count):
    data = Q4
    for _ in range(count - 1):
        data = over4(4, data)
    return data


# (sentence, link type, frame, verdict)
LINKS = [
    ("LLC with SNAP", 1, bytes(12) + b"\0\x50" + SNAP + Q4, "dns"),
    ("LLC behind a VLAN tag", 1, bytes(12) + b"\x81\0\0\5\0\x50" + SNAP + Q4, "dns"),
    ("SNAP of 00 00 f8", 1, bytes(12) + b"\0\x50\xaa\xaa\x03\0\0\xf8\x86\xdd" + Q6, "dns"),
    ("SNAP of another organisation", 1, bytes(12) + b"\0\x50\xaa\xaa\x03\0\x80\xc2\x08\0" + Q4,
     "not_ip"),
    ("LLC with NLPID", 1, bytes(12) + b"\0\x50\xfe\xfe\x03\xcc" + Q4, "dns"),
    ("a type of 1501 is no length", 1, bytes(12) + b"\x05\xdd" + SNAP + Q4, "not_ip"),
    ("cooked, LLC", 113, bytes(14) + b"\0\4" + SNAP + Q4, "dns"),
    ("cooked, 802.3 without LLC", 113, bytes(14) + b"\0\1" + Q4, "not_ip"),
    ("cooked, netlink", 113, b"\0\0\3\x38" + bytes(10) + b"\x08\0" + Q4, "not_ip"),
    ("cooked 2, netlink", 276, b"\x08\0" + bytes(6) + b"\3\x38" + bytes(10) + Q4, "not_ip"),
    ("PPP", 9, b"\xff\3\0\x21" + Q4, "dns"),
    ("PPP, compressed", 9, b"\x57" + Q6, "dns"),
    ("PPP, LCP", 9, b"\xff\3\xc0\x21" + Q4, "not_ip"),
    ("PPP with direction", 204, b"\1\xff\3\0\x21" + Q4, "dns"),
    ("PPP in HDLC", 50, b"\xff\3\0\x21" + Q4, "dns"),
    ("Cisco HDLC in PPP_HDLC", 50, b"\x0f\0\x08\0" + Q4, "dns"),
    ("PPPoE at once", 51, b"\x11\0\0\1\0\x40\0\x21" + Q4, "dns"),
    ("Cisco HDLC", 104, b"\x0f\0\x86\xdd" + Q6, "dns"),
    ("Cisco HDLC knows no LLC", 104, b"\x0f\0\0\x50" + SNAP + Q4, "not_ip"),
    ("frame relay", 107, b"\x18\x41\3\xcc" + Q4, "dns"),
    ("frame relay, four octets and a pad", 107, b"\x18\x40\x40\x41\3\0\x8e" + Q6, "dns"),
    ("frame relay, SNAP", 107, b"\x18\x41\3\0\x80\0\0\0\x08\0" + Q4, "dns"),
    ("frame relay, Cisco", 107, b"\x18\x41\x08\0" + Q4, "dns"),
    ("802.11", 105, WIFI + SNAP + Q4, "dns"),
    ("802.11, four addresses, QoS", 105, b"\x88\3" + bytes(30) + SNAP + Q4, "dns"),
    ("802.11, QoS with order", 105, b"\x88\x80" + bytes(28) + SNAP + Q4, "dns"),
    ("802.11, A-MSDU", 105, b"\x88\0" + bytes(22) + b"\x80\0" + bytes(14) + SNAP + Q4, "dns"),
    ("802.11, protected", 105, b"\x08\x40" + WIFI[2:] + SNAP + Q4, "tunnel"),
    ("802.11, null data", 105, b"\x48" + WIFI[1:] + SNAP + Q4, "not_ip"),
    ("802.11, beacon", 105, b"\x80" + WIFI[1:] + SNAP + Q4, "not_ip"),
    ("radiotap", 127, LE(0, 8) + bytes(4) + WIFI + SNAP + Q4, "dns"),
    ("radiotap, padded, behind a TSFT", 127, LE(0, 17) + b"\3\0\0\0" + bytes(8) + b"\x20"
     + b"\x88\0" + bytes(24) + b"\0\0" + SNAP + Q4, "dns"),
    ("radiotap, two words of what is present", 127, LE(0, 13) + b"\2\0\0\x80" + bytes(4) + b"\x20"
     + b"\x88\0" + bytes(26) + SNAP + Q4, "dns"),
    ("radiotap shorter than 8", 127, LE(0, 7) + bytes(4) + WIFI + SNAP + Q4, "malformed"),
    ("PPI", 192, LE(0, 8) + b"\1\0\0\0" + ETHER, "dns"),
    ("PPI in PPI", 192, LE(0, 8) + b"\xc0\0\0\0" + LE(0, 8) + b"\1\0\0\0" + ETHER,
     "link_unsupported"),
    ("PPI of an unknown link", 192, LE(0, 8) + b"\x93\0\0\0" + ETHER, "link_unsupported"),
    ("PKTAP", 258, struct.pack("<III", 12, 1, 12) + Q4, "dns"),
    ("PRISM", 119, bytes(144) + WIFI + SNAP + Q4, "dns"),
    ("AVS", 163, b"\x80\x21\x10\1\0\0\0\x40" + bytes(56) + WIFI + SNAP + Q4, "dns"),
    ("NFLOG, little", 239, b"\2\0\0\0" + LE(5, 1) + bytes(4) + LE(4 + len(Q4), 9) + Q4, "dns"),
    ("NFLOG, big", 239, b"\2\0\0\0" + BE(5, 1) + bytes(4) + BE(4 + len(Q6), 9) + Q6, "dns"),
    ("NFLOG without a packet", 239, b"\2\0\0\0" + LE(8, 1) + bytes(4), "not_ip"),
]

# (sentence, IP packet, verdict, tunnels)
TUNNELS = [
    ("IP in IP", over4(4, Q4), "dns", "ip-in-ipv4"),
    ("6 in 4", over4(41, Q6), "dns", "ip-in-ipv4"),
    ("4 in 6", ip6(4, Q4), "dns", "ip-in-ipv6"),
    ("protocol 4 with IPv6 in it", over4(4, Q6), "malformed", "ip-in-ipv4"),
    ("16 IP headers", deep(16), "dns", "ip-in-ipv4"),
    ("17 IP headers", deep(17), "tunnel", "ip-in-ipv4"),
    ("GRE", gre(0x0800, Q4), "dns", "gre"),
    ("GRE with C, K and S", gre(0x86DD, Q6, 0xB000, bytes(12)), "dns", "gre"),
    ("GRE with Ethernet", gre(0x6558, ETHER), "dns", "gre"),
    ("GRE with routing", gre(0x0800, Q4, 0x4000), "tunnel", ""),
    ("GRE of version 2", gre(0x0800, Q4, 2), "tunnel", ""),
    ("GRE with something else", gre(0x1234, Q4), "ip_other", "gre"),
    ("PPTP", gre(0x880B, b"\xff\3\0\x21" + Q4, 0x3081, bytes(12)), "dns", "gre"),
    ("PPTP, an acknowledgement only", gre(0x880B, b"", 0x2081, bytes(8)), "ip_other", "gre"),
    ("EoIP", gre(0x6400, ETHER, 0x2001, b"\0\x2d\0\7"), "tunnel", ""),
    ("PPTP without a key", gre(0x880B, Q4, 0x1001, bytes(4)), "malformed", ""),
    ("ERSPAN I", gre(0x88BE, ETHER), "dns", "erspan gre"),
    ("ERSPAN II", gre(0x88BE, bytes(8) + ETHER, 0x1000, bytes(4)), "dns", "erspan gre"),
    ("ERSPAN III", gre(0x22EB, bytes(12) + ETHER, 0x1000, bytes(4)), "dns", "erspan gre"),
    ("ERSPAN III with a subheader, IP", gre(0x22EB, bytes(10) + b"\x08\1" + bytes(8) + Q4),
     "dns", "erspan gre"),
    ("GRE in UDP", over_udp(4754, BE(0, 0x0800) + Q4), "dns", "gre"),
    ("GRE of version 2 in UDP", over_udp(4754, BE(2, 0x0800) + Q4), "udp_other", ""),
    ("MPLS in IP", over4(137, b"\0\0\0\xff\0\0\1\xff" + Q4), "dns", "mpls"),
    ("MPLS in UDP", over_udp(6635, b"\0\0\1\xff" + Q6), "dns", "mpls"),
    ("VXLAN", over_udp(4789, b"\x08" + bytes(7) + ETHER), "dns", "vxlan"),
    ("VXLAN on Linux' port", over_udp(8472, b"\x08" + bytes(7) + ETHER), "dns", "vxlan"),
    ("VXLAN without its flag", over_udp(4789, bytes(8) + ETHER), "udp_other", ""),
    ("VXLAN's port as the source", over_udp(9, b"\x08" + bytes(7) + ETHER, 4789), "udp_other", ""),
    ("VXLAN-GPE with IP", over_udp(4790, b"\x0c\0\0\1" + bytes(4) + Q4), "dns", "vxlan"),
    ("VXLAN-GPE with NSH", over_udp(4790, b"\x0c\0\0\4" + bytes(4) + b"\0\2\1\2" + bytes(4) + Q6),
     "dns", "nsh vxlan"),
    ("GENEVE with options", over_udp(6081, b"\2\0\x65\x58" + bytes(12) + ETHER), "dns", "geneve"),
    ("GTP-U", over_udp(2152, b"\x30\xff" + struct.pack(">H", len(Q4)) + bytes(4) + Q4), "dns",
     "gtp"),
    ("GTP-U with two extension headers", over_udp(2152, b"\x34\xff\0\xff" + bytes(7) + b"\x85"
                                                  + b"\1\0\0\xc0" + b"\2" + bytes(7) + Q4),
     "dns", "gtp"),
    ("GTP-U, an echo", over_udp(2152, b"\x32\1\0\4" + bytes(8)), "udp_other", ""),
    ("L2TP", over_udp(1701, b"\0\2" + bytes(4) + b"\xff\3\0\x21" + Q4), "dns", "l2tp"),
    ("L2TP with all there is, from its port",
     over_udp(9, b"\x4a\2" + bytes(10) + b"\0\2" + bytes(2) + b"\x21" + Q4, 1701), "dns", "l2tp"),
    ("L2TP, control", over_udp(1701, b"\xc8\2" + bytes(10)), "udp_other", ""),
    ("L2TPv3", over4(115, bytes(4) + Q4), "tunnel", ""),
    ("a DNS client on a tunnel's port", over_udp(53, dns(), 4789), "dns", ""),
]

# (sentence, frame on Ethernet, verdict, tunnels)
ETHERTYPES = [
    ("MPLS, two labels", ether(b"\0\0\0\xff\0\0\1\xff" + Q4, 0x8847), "dns", "mpls"),
    ("MPLS, control word, Ethernet", ether(b"\0\0\1\xff" + bytes(4) + ETHER, 0x8848), "dns",
     "mpls"),
    ("17 labels", ether(bytes(3 * 16) * 2 + b"\0\0\1\xff" + Q4, 0x8847), "malformed", ""),
    ("PPPoE", ether(b"\x11\0\0\1\0\x40\0\x21" + Q4, 0x8864), "dns", "pppoe"),
    ("PPPoE with a code", ether(b"\x11\x09\0\1\0\x40\0\x21" + Q4, 0x8864), "malformed", ""),
    ("PBB", ether(bytes(4) + ETHER, 0x88E7), "dns", "pbb"),
    ("NSH", ether(b"\0\3\1\1" + bytes(8) + Q4, 0x894F), "dns", "nsh"),
    ("NSH with something else", ether(b"\0\2\1\x09" + bytes(4) + Q4, 0x894F), "not_ip", "nsh"),
]


def decoded(data, link, captured=None):
    cut = data if captured is None else data[:captured]
    return dec.decode(readers.Frame(1, 0, cut, len(cut), len(data), link), {53})


class Decoding(unittest.TestCase):
    def rows(self):
        for sentence, link, data, verdict in LINKS:
            yield sentence, link, data, verdict, None
        for sentence, data, verdict, tunnels in TUNNELS:
            yield sentence, 101, data, verdict, set(tunnels.split())
        for sentence, data, verdict, tunnels in ETHERTYPES:
            yield sentence, 1, data, verdict, set(tunnels.split())

    def test_verdicts_and_tunnels(self):
        for sentence, link, data, verdict, tunnels in self.rows():
            with self.subTest(sentence):
                d = decoded(data, link)
                self.assertEqual(d.verdict, verdict)
                if tunnels is not None:
                    self.assertEqual(d.tunnels, tunnels)
                if verdict == "dns":
                    self.assertEqual(d.message.question[0], (b"www", b"example"))

    def test_a_cut_is_never_the_senders_fault(self):
        for sentence, link, data, verdict, _tunnels in self.rows():
            if verdict != "dns":
                continue
            for captured in range(len(data)):
                with self.subTest(sentence, captured=captured):
                    self.assertIn(decoded(data, link, captured).verdict, ("cut", "dns_cut"))

    def test_the_way_is_the_link_and_the_outer_addresses(self):
        plain = decoded(ETHER, 1).message.path
        self.assertEqual(plain, (ETHER[:14], (), 64))
        tagged = ether(Q4, tags=[0x8100])
        self.assertEqual(decoded(tagged, 1).message.path[0], tagged[:18])
        self.assertEqual(decoded(over4(4, Q4), 101).message.path,
                         (b"", (("172.16.0.1", "172.16.0.2"),), 64))
        wifi = b"\x08\0" + bytes(range(22)) + SNAP + Q4
        self.assertEqual(decoded(LE(0, 8) + bytes(4) + wifi, 127).message.path[0],
                         bytes(range(2, 20)))

    def test_the_innermost_addresses_count(self):
        m = decoded(over_udp(4789, b"\x08" + bytes(7) + ETHER), 101).message
        self.assertEqual((m.src, m.dst, m.sport), ("10.0.0.1", "10.0.0.2", 4001))


if __name__ == "__main__":
    unittest.main()

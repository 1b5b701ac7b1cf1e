#!/usr/bin/env python3
"""Tests of the slow implementation itself, by hand-counted samples.

    python3 tests/oracle/test_oracle.py
"""
import copy
import glob
import json
import os
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import compare                                         # noqa: E402
import decode as dec                                   # noqa: E402
import matching                                        # noqa: E402
import readers                                         # noqa: E402
import slow                                            # noqa: E402
from build import block, dns, ether, ip4, ip6, pcap, pcapng, udp     # noqa: E402

MS, S = matching.MS, matching.SECOND
START = 1_700_000_000 * S
PORTS = {53}


# ---------------------------------------------------------------- decoding

def verdict(data, link=1, captured=None, wire=None):
    wire = len(data) if wire is None else wire
    data = data if captured is None else data[:captured]
    return dec.decode(readers.Frame(1, 0, data, len(data), wire, link), PORTS).verdict


QUERY = ip4(17, udp(4001, 53, dns()))
TABLE = [
    ("a plain query", ether(QUERY), 1, "dns"),
    ("padding after the packet is ignored", ether(QUERY) + bytes(30), 1, "dns"),
    ("a VLAN tag", ether(QUERY, tags=[0x8100]), 1, "dns"),
    ("eight tags", ether(QUERY, tags=[0x88a8] + [0x8100] * 7), 1, "dns"),
    ("nine tags are too many", ether(QUERY, tags=[0x8100] * 9), 1, "malformed"),
    ("802.3 with LLC", ether(QUERY, ethertype=60), 1, "not_ip"),
    ("cooked", bytes(14) + b"\x08\0" + QUERY, 113, "dns"),
    ("cooked 2", b"\x08\0" + bytes(18) + QUERY, 276, "dns"),
    ("raw IPv4", QUERY, 101, "dns"),
    ("raw that is neither 4 nor 6", b"\x10" + QUERY[1:], 12, "malformed"),
    ("NULL, little", b"\2\0\0\0" + QUERY, 0, "dns"),
    ("NULL, big", b"\0\0\0\2" + QUERY, 0, "dns"),
    ("NULL with IPv6 of macOS", b"\x1e\0\0\0" + ip6(17, udp(4001, 53, dns())), 0, "dns"),
    ("LOOP is big only", b"\2\0\0\0" + QUERY, 108, "not_ip"),
    ("an unknown link type", QUERY, 147, "link_unsupported"),
    ("options", ip4(17, udp(4001, 53, dns()), options=bytes(4)), 228, "dns"),
    ("total length 0 is offload", ip4(17, udp(4001, 53, dns()), total=0), 228, "dns"),
    ("total length under the header", ip4(17, udp(4001, 53, dns()), total=19), 228, "malformed"),
    ("IHL 4", b"\x44" + QUERY[1:], 228, "malformed"),
    ("first fragment with the question", ip4(17, udp(4001, 53, dns(), 900), offset=0x2000), 228,
     "fragment"),
    ("first fragment without it", ip4(17, udp(4001, 53, dns()[:14], 900), offset=0x2000), 228,
     "fragment"),
    ("later fragment", ip4(17, udp(4001, 53, dns()), offset=5), 228, "fragment"),
    ("IPv6", ip6(17, udp(4001, 53, dns())), 229, "dns"),
    ("IPv6 AH counts 4-byte units",
     ip6(51, bytes([17, 4]) + bytes(22) + udp(4001, 53, dns())), 229, "dns"),
    ("IPv6 destination options",
     ip6(60, bytes([17, 1]) + bytes(14) + udp(4001, 53, dns())), 229, "dns"),
    ("IPv6 atomic fragment", ip6(44, bytes([17]) + bytes(7) + udp(4001, 53, dns())), 229, "dns"),
    ("IPv6 no next header", ip6(59, b""), 229, "ip_other"),
    ("a DNS client on VXLAN's port", ip4(17, udp(4789, 53, dns())), 228, "dns"),
    ("UDP length 7", ip4(17, udp(4001, 53, dns(), 7)), 228, "malformed"),
    ("UDP length past the packet", ip4(17, udp(4001, 53, dns(), 999)), 228, "dns"),
    ("another port", ip4(17, udp(4001, 54, dns())), 228, "udp_other"),
    ("TCP to 53", ip4(6, struct.pack(">HH", 4001, 53) + bytes(8) + b"\x50" + bytes(7)), 228,
     "tcp_dns"),
    ("TCP elsewhere", ip4(6, struct.pack(">HH", 4001, 80) + bytes(8) + b"\x50" + bytes(7)), 228,
     "tcp_other"),
    ("11 bytes of DNS", ip4(17, udp(4001, 53, dns()[:11])), 228, "dns_malformed"),
    ("question too short", ip4(17, udp(4001, 53, dns()[:-1])), 228, "dns_malformed"),
    ("QDCOUNT 0", ip4(17, udp(4001, 53, dns(count=0))), 228, "dns"),
    ("a pointer in the question", ip4(17, udp(4001, 53, dns()[:12] + b"\xc0\x0c\0\1\0\1")), 228,
     "dns_malformed"),
    ("name of 255 octets",
     ip4(17, udp(4001, 53, dns(qname=".".join(["a" * 63] * 3 + ["b" * 61])))), 228, "dns"),
    ("name of 256 octets",
     ip4(17, udp(4001, 53, dns(qname=".".join(["a" * 63] * 3 + ["b" * 62])))), 228,
     "dns_malformed"),
    ("ICMP echo", ip4(1, bytes([8]) + bytes(7)), 228, "icmp_other"),
    ("port unreachable, 8 bytes quoted", ip4(1, bytes([3, 3]) + bytes(6) + QUERY[:28]), 228,
     "icmp_error"),
    ("port unreachable for another port",
     ip4(1, bytes([3, 3]) + bytes(6) + ip4(17, udp(4001, 80, b"x"))), 228, "icmp_other"),
    ("ICMPv6 port unreachable",
     ip6(58, bytes([1, 4]) + bytes(6) + ip6(17, udp(4001, 53, dns()))), 229, "icmp_error"),
]


class Decoding(unittest.TestCase):
    def test_table(self):
        for sentence, data, link, expected in TABLE:
            with self.subTest(sentence):
                self.assertEqual(verdict(data, link), expected)

    def test_cut_is_never_malformed(self):
        """Every prefix of every good row, cut by the capture, is cut or told already."""
        for sentence, data, link, expected in TABLE:
            if expected in ("malformed", "dns_malformed"):
                continue
            for captured in range(len(data)):
                with self.subTest(sentence, captured=captured):
                    self.assertNotIn(verdict(data, link, captured, len(data)),
                                     ("malformed", "dns_malformed"))

    def test_cut_inside_the_question_takes_part(self):
        whole = ether(QUERY)
        frame = readers.Frame(1, 0, whole[:-3], len(whole) - 3, len(whole), 1)
        decoded = dec.decode(frame, PORTS)
        self.assertEqual(decoded.verdict, "dns_cut")
        self.assertEqual(decoded.message.question, dec.CUT_QUESTION)

    def test_shorter_on_the_wire_is_malformed(self):
        whole = ether(QUERY)
        self.assertEqual(verdict(whole[:-3]), "dns_malformed")
        self.assertEqual(verdict(whole[:20]), "malformed")
        self.assertEqual(verdict(whole, captured=20), "cut")

    def test_extended_rcode(self):
        opt = b"\0" + struct.pack(">HHIH", 41, 1232, 1 << 24, 0)
        body = dns(reply=True)
        body = body[:10] + b"\0\1" + body[12:] + opt
        d = dec.decode(readers.Frame(1, 0, ip4(17, udp(53, 4001, body)), 999, 999, 228), PORTS)
        self.assertEqual(d.message.rcode, 16)


# ---------------------------------------------------------------- matching

def play(*steps):
    """Steps (time in seconds, message bytes or None, options) -> Result."""
    frames = []
    for step in steps:
        t, what, port = step[0], step[1], step[2] if len(step) > 2 else 4001
        if what is None:
            data = ip4(17, udp(9, 9, b""))
        elif isinstance(what, tuple):
            data = what[0]
        elif what[2] & 0x80:
            data = ip4(17, udp(53, port, what), "10.0.0.2", "10.0.0.1")
        else:
            data = ip4(17, udp(port, 53, what))
        data = bytearray(data)
        data[4:6] = struct.pack(">H", step[3] if len(step) > 3 else len(frames) + 1)
        frames.append(readers.Frame(len(frames) + 1, START + round(t * S), bytes(data),
                                    len(data), len(data), 228))
    times, _bad = matching.set_times_right([f.time_ns for f in frames])
    return matching.match([dec.decode(f, PORTS) for f in frames], times, matching.Rules())


def error_about(packet):
    return (ip4(1, bytes([3, 3]) + bytes(6) + packet, "10.0.0.2", "10.0.0.1"),)


Q, R = dns(), dns(reply=True)


class Matching(unittest.TestCase):
    def expect(self, result, *outcomes):
        self.assertEqual([tr.outcome for tr in result.transactions], list(outcomes))

    def test_a_resend_is_one_transaction_and_latency_counts_from_the_first_copy(self):
        r = play((0, Q), (1, Q), (1.02, R))
        self.expect(r, "answered")
        self.assertEqual(r.transactions[0].resends, 1)
        self.assertEqual(r.transactions[0].latency(), 1020 * MS)

    def test_outcomes_by_time(self):
        self.expect(play((0, Q), (5, R)), "answered")
        self.expect(play((0, Q), (5.000001, R)), "late")
        self.expect(play((0, Q), (30, R)), "late")
        self.expect(play((0, Q), (0.1, dns(reply=True, tc=1))), "truncated")
        self.expect(play((0, Q), (9, dns(reply=True, tc=1))), "late")
        r = play((0, Q), (30.1, R))
        self.expect(r, "unanswered")
        self.assertEqual((r.orphan_replies, r.early_orphan_replies), (1, 0))

    def test_the_end_of_the_capture(self):
        other = dns(reply=True, ident=9)
        self.expect(play((0, other), (0, Q), (5, None)), "undecided")
        self.expect(play((0, other), (0, Q), (5.1, None)), "unanswered")

    def test_one_way(self):
        r = play((0, Q), (9, Q), (20, None))
        self.expect(r, "undecided", "undecided")
        self.assertTrue(r.one_way)

    def test_another_question_on_the_same_port_and_id(self):
        self.expect(play((0, Q), (0, dns(qname="b.example")), (0.1, R), (9, None)),
                    "answered", "unanswered")

    def test_case_of_the_name_is_folded(self):
        self.expect(play((0, dns(qname="WwW.eXample")), (0.1, R)), "answered")

    def test_duplicate_frames(self):
        r = play((0, Q, 4001, 1), (0.001, Q, 4001, 1), (0.1, R, 4001, 2), (0.1, R, 4001, 2))
        self.expect(r, "answered")
        self.assertEqual((r.duplicate_frames, r.duplicate_replies), (2, 0))
        self.assertEqual(r.transactions[0].resends, 0)
        r = play((0, Q, 4001, 1), (0.0011, Q, 4001, 1), (0.1, R, 4001, 2), (0.1, R, 4001, 3))
        self.assertEqual((r.duplicate_frames, r.duplicate_replies), (0, 1))

    def test_equal_replies_answer_two_queries(self):
        r = play((0, Q, 4001, 1), (6, Q, 4001, 2), (6.1, R, 4001, 3), (6.1, R, 4001, 3),
                 (20, None))
        self.expect(r, "late", "answered")
        self.assertEqual(r.duplicate_frames, 0)

    def test_how_long_a_transaction_is_remembered(self):
        r = play((0, Q), (1, R), (5, R), (5.1, R), (20, None))
        self.assertEqual((r.duplicate_replies, r.orphan_replies), (1, 1))
        r = play((0, Q), (0.5, Q), (1, R), (30, R), (30.1, R), (40, None))
        self.assertEqual((r.duplicate_replies, r.orphan_replies), (1, 1))
        r = play((0, Q), (6, R), (30, R), (30.1, R), (40, None))
        self.assertEqual((r.duplicate_replies, r.orphan_replies), (1, 1))

    def test_resend_after_reply(self):
        r = play((0, Q), (1, R), (2, Q))
        self.assertEqual(r.transactions[0].resends_after_reply, 1)

    def test_reply_recorded_first(self):
        self.expect(play((0.000005, R), (0, Q)), "answered")
        self.expect(play((0, R), (0.00001, Q), (9, None)), "answered")
        self.expect(play((0, R), (0.000011, Q), (9, None)), "unanswered")

    def test_reply_without_a_question(self):
        bare = dns(reply=True, count=0, rcode=1)
        self.expect(play((0, Q), (1, bare)), "answered")
        r = play((0, Q), (0, dns(qname="b.example")), (1, bare), (9, None))
        self.expect(r, "unanswered", "unanswered")
        self.assertEqual(r.orphan_replies, 1)

    def test_misdirected(self):
        r = play((0, (ip4(17, udp(53, 4001, Q)),)), (1, (ip4(17, udp(4001, 53, R)),)))
        self.assertEqual((r.misdirected, len(r.transactions)), (2, 0))

    def test_both_ports_53(self):
        self.expect(play((0, Q, 53), (0.1, R, 53)), "answered")

    def test_icmp_error(self):
        quote = ip4(17, udp(4001, 53, Q))
        self.expect(play((0, Q), (0.1, error_about(quote)), (9, None)), "icmp_error")
        self.expect(play((0, Q), (0.1, error_about(quote[:28])), (0.2, R)), "answered")
        r = play((0, Q), (0.1, error_about(ip4(17, udp(4002, 53, Q)))), (9, None))
        self.expect(r, "unanswered")
        self.assertEqual(r.icmp_unmatched, 1)

    def test_icmp_error_about_a_reply_changes_nothing(self):
        quote = ip4(17, udp(53, 4001, R), "10.0.0.2", "10.0.0.1")
        r = play((0, Q), (0.1, error_about(quote)), (9, None))
        self.expect(r, "undecided")                    # and nothing came back: one way
        self.assertEqual(r.errors[0][1], "reply")

    def test_icmp_error_that_fits_two(self):
        r = play((0, Q), (0.1, dns(ident=8)), (0.2, error_about(ip4(17, udp(4001, 53, Q))[:28])),
                 (9, None))
        self.expect(r, "unanswered", "icmp_error")
        self.assertEqual(r.ambiguous, 1)

    def test_clock_step(self):
        r = play((100, R, 4009), (100, Q), (106, Q, 4002), (50, R, 4002), (50, None))
        self.expect(r, "unanswered", "undecided")
        self.assertEqual((r.clock_steps, r.orphan_replies), (1, 2))
        self.assertEqual(play((100, Q), (99, R)).clock_steps, 0)

    def test_times_that_cannot_be(self):
        hour = matching.HOUR
        self.assertEqual(matching.set_times_right([5, -1, 7]), ([5, 5, 7], 1))
        self.assertEqual(matching.set_times_right([5, matching.YEAR_2200, 7]), ([5, 5, 7], 1))
        self.assertEqual(matching.set_times_right([5, 2 * hour, 7]), ([5, 5, 7], 1))
        self.assertEqual(matching.set_times_right([5, 2 * hour, 2 * hour])[1], 0)


# ---------------------------------------------------------------- readers

RECORD = [(START + S // 2, ether(QUERY), len(ether(QUERY)))]


class Reading(unittest.TestCase):
    def read(self, data):
        with tempfile.NamedTemporaryFile() as f:
            f.write(data)
            f.flush()
            return readers.read_capture(f.name)

    def test_every_classic_magic(self):
        for magic, (order, ticks, header) in readers.PCAP_MAGICS.items():
            cap = self.read(pcap(RECORD, 1, magic, order, ticks, header - 16))
            self.assertEqual([f.time_ns for f in cap.frames], [START + S // 2])
            self.assertEqual(cap.frames[0].data, ether(QUERY))
            self.assertIsNone(cap.problem)

    def test_cut_file_keeps_what_is_before(self):
        whole = pcap(RECORD)
        cap = self.read(whole + whole[24:-1])
        self.assertEqual(len(cap.frames), 1)
        self.assertIn("ends inside a record", cap.problem)

    def test_pcapng_of_both_orders(self):
        for order in "<>":
            cap = self.read(pcapng(RECORD, order=order))
            self.assertEqual([f.time_ns for f in cap.frames], [START + S // 2])

    def test_several_link_types_sections_and_byte_orders(self):
        cap = self.read(pcapng(RECORD * 2, (1, 113)) + pcapng(RECORD, (101,), order=">"))
        self.assertEqual([f.link for f in cap.frames], [1, 113, 101])
        self.assertIsNone(cap.problem)

    def test_interface_clocks(self):
        """if_tsresol 2^-4 and an offset of -3 s: 35 ticks are 2.1875 - 3 s, and 83 are 2.1875."""
        options = struct.pack("<HHB3x", 9, 1, 0x84) + struct.pack("<HHq", 14, 8, -3) + bytes(4)
        whole = pcapng([])
        head = whole[:28] + block("<", 1, struct.pack("<HHI", 1, 0, 0) + options)
        for kind, body in ((6, struct.pack("<IIIII", 0, 0, 83, 1, 9)),
                           (2, struct.pack("<HHIIII", 0, 5, 0, 83, 1, 9))):
            cap = self.read(head + block("<", kind, body + b"x"))
            self.assertEqual([(f.time_ns, f.data, f.wire) for f in cap.frames],
                             [(2187500000, b"x", 9)])
        cap = self.read(head + block("<", 6, struct.pack("<IIIII", 0, 0, 35, 1, 9) + b"x"))
        self.assertIsNone(cap.frames[0].time_ns)

    def test_a_simple_packet_takes_the_time_of_the_frame_before(self):
        data = ether(QUERY)
        cap = self.read(pcapng(RECORD) + block("<", 3, struct.pack("<I", len(data)) + data))
        self.assertEqual([f.time_ns for f in cap.frames], [START + S // 2, None])
        self.assertEqual(cap.frames[1].data, data)
        self.assertEqual(matching.set_times_right([f.time_ns for f in cap.frames])[0],
                         [START + S // 2] * 2)

    def test_damage_keeps_the_frames_before(self):
        good = pcapng(RECORD)
        packet = struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"x"
        for bad in (b"\6", block("<", 6, packet)[:-1] + b"\1", block("<", 6, packet[:19]),
                    block("<", 6, b"\1" + packet[1:]), block("<", 1, b"\1\0\0"),
                    block("<", 6, packet[:12] + b"\xff" + packet[13:]),
                    struct.pack("<III", 9, 8, 8) + bytes(8)):
            cap = self.read(good + bad + good)
            self.assertEqual(len(cap.frames), 1, bad)
            self.assertIsNotNone(cap.problem)
        cap = self.read(good + block("<", 99, b"unknown") + good)
        self.assertEqual((len(cap.frames), cap.problem), (2, None))

    def test_no_capture(self):
        for data in (b"", b"hello", b"\xd4\xc3\xb2\xa1\2\0"):
            with self.assertRaises(readers.NotACapture):
                self.read(data)


class Comparing(unittest.TestCase):
    def setUp(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(pcap(RECORD))
            f.flush()
            self.report = slow.report(slow.analyse([f.name]))

    def test_equal_reports(self):
        self.assertEqual(compare.compare_reports(self.report, copy.deepcopy(self.report)),
                         ([], set()))

    def test_every_change_is_found(self):
        for change in (lambda r: r["totals"].update(transactions=2),
                       lambda r: r["capture"]["verdicts"].update(dns=0),
                       lambda r: r["capture"].update(one_way=not r["capture"]["one_way"]),
                       lambda r: r["ranges"][1]["outcomes"].update(answered=1),
                       lambda r: r["clients"].clear(),
                       lambda r: r["servers"][0].update(port=54),
                       lambda r: r.pop("icmp")):
            other = copy.deepcopy(self.report)
            change(other)
            self.assertNotEqual(compare.compare_reports(self.report, other)[0], [])

    def test_a_missing_key_is_told(self):
        other = copy.deepcopy(self.report)
        del other["totals"]["nodata"]
        self.assertEqual(compare.compare_reports(self.report, other), ([], {"totals.nodata"}))


class Samples(unittest.TestCase):
    """The project's own samples against what their makers say is in them."""

    def test_truth(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        truths = sorted(glob.glob(os.path.join(root, "samples", "pcaps", "*.truth.json")))
        if not truths:
            self.skipTest("no samples/pcaps/*.truth.json")
        for path in truths:
            with open(path, encoding="utf-8") as f:
                truth = json.load(f)
            truth.pop("sample", None)
            truth.pop("findings", None)    # tests/property/findings.py
            found = compare.Comparison()
            found.dicts(truth, slow.report(slow.analyse([path.replace(".truth.json", ".pcap")])),
                        "", "")
            with self.subTest(os.path.basename(path)):
                self.assertEqual((found.differences, found.missing), ([], set()))


if __name__ == "__main__":
    unittest.main()

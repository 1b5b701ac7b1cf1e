#!/usr/bin/env python3
"""Fragments and TCP of docs/matching.md, each rule by hand.

    python3 tests/oracle/test_reassembly.py
"""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import decode as dec                                   # noqa: E402
import matching                                        # noqa: E402
import readers                                         # noqa: E402
import slow                                            # noqa: E402
from build import dns, fragment4, fragment6, framed, ip4, pieces, tcp, udp    # noqa: E402

S, START = matching.SECOND, 1_700_000_000 * matching.SECOND
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


def run(*steps, captured=None):
    """Steps (time in seconds, IPv4 or IPv6 packet) -> Run.  captured: {frame: bytes}."""
    frames = []
    for number, (t, data) in enumerate(steps, 1):
        cut = data[:(captured or {}).get(number, len(data))]
        frames.append(readers.Frame(number, START + round(t * S), cut, len(cut), len(data), 101))
    times, bad = matching.set_times_right([f.time_ns for f in frames])
    decoded = [dec.decode(f, {53}) for f in frames]
    return slow.Run(frames, decoded, times, bad,
                    matching.match(decoded, times, matching.Rules()), None, True)


def c(flags, seq, ack=0, body=b"", port=4001):
    return ip4(6, tcp(port, 53, flags, seq, ack, body), CLIENT, SERVER)


def s(flags, seq, ack=0, body=b"", port=4001):
    return ip4(6, tcp(53, port, flags, seq, ack, body), SERVER, CLIENT)


# A connection that stands: the client's octets begin at 101, the server's at 501.
OPEN = [(0, c("S", 100)), (0.01, s("SA", 500, 101)), (0.02, c("A", 101, 501))]
Q, R = framed(dns()), framed(dns(reply=True))
ASK = [*OPEN, (0.03, c("PA", 101, 501, Q))]
LATER = (20, ip4(17, udp(9, 9, b"")))
END_OF_Q, END_OF_R = 101 + len(Q), 501 + len(R)


class Case(unittest.TestCase):
    def outcomes(self, r, *expected):
        self.assertEqual([tr.outcome for tr in r.result.transactions], list(expected))

    def stats(self, r, **expected):
        self.assertEqual({k: r.result.tcp_stats[k] for k in expected}, expected)

    def fragments(self, r, **expected):
        self.assertEqual({k: r.result.fragment_stats[k] for k in expected}, expected)


class Fragments(Case):
    QUERY = (0, ip4(17, udp(4001, 53, dns()), CLIENT, SERVER))
    REPLY = udp(53, 4001, dns(reply=True) + bytes(60))

    def reply(self, *order, ident=9):
        """The reply in three fragments that end at 24, 48 and its end; in this order."""
        parts = pieces(self.REPLY, 24, 48)
        return [(1 + i / 10, fragment4(17, parts[n], ident, SERVER, CLIENT))
                for i, n in enumerate(order)]

    def test_whole_in_any_order(self):
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 0, 1, 2)):
            r = run(self.QUERY, *self.reply(*order))
            self.outcomes(r, "answered")
            self.assertEqual(r.result.transactions[0].latency(),
                             S + (len(order) - 1) * S // 10)
            self.fragments(r, fragments=len(order), duplicates=len(order) - 3, datagrams=1,
                           whole=1, incomplete=0, refused=0)
            self.assertEqual({d.verdict for d in r.decoded[1:]}, {"fragment"})
            self.assertEqual(slow.report(r)["fragments"], [
                {"sender": SERVER, "port": 53, "about": "reply", "whole": 1, "incomplete": 0,
                 "refused": 0}])

    def test_a_part_of_the_reply_is_undecided(self):
        r = run(self.QUERY, *self.reply(0, 2), LATER)
        self.outcomes(r, "undecided")
        report = slow.report(r)
        self.assertEqual((report["capture"]["partial_replies"],
                          report["capture"]["dns_messages"]), (1, 1))
        self.fragments(r, whole=0, incomplete=1)

    def test_without_the_first_fragment_nobody_knows_whose_it_is(self):
        r = run(self.QUERY, (0.5, ip4(17, udp(53, 4002, dns(reply=True)), SERVER, CLIENT)),
                *self.reply(1, 2), LATER)
        self.outcomes(r, "unanswered")
        self.assertEqual([(x["port"], x["about"], x["incomplete"])
                          for x in slow.report(r)["fragments"]], [(None, None, 1)])

    def test_the_fragments_of_a_whole_datagram_seen_a_second_time(self):
        parts = [fragment4(17, p, 9, SERVER, CLIENT) for p in pieces(self.REPLY, 48)]
        for t, duplicates, datagrams in ((1.001, 2, 1), (1.0011, 0, 2)):
            r = run(self.QUERY, *[(1, p) for p in parts], *[(t, p) for p in parts])
            self.fragments(r, duplicates=duplicates, datagrams=datagrams)
        other = fragment4(17, (0, False, b"x" + self.REPLY[1:48]), 9, SERVER, CLIENT)
        self.fragments(run(*[(1, p) for p in parts], (1, other)), duplicates=0, datagrams=2)

    def test_an_overlap_is_refused_with_all_that_follows(self):
        parts = pieces(self.REPLY, 24, 48)
        other = (8, False, bytes(24))
        r = run(self.QUERY, *[(1, fragment4(17, p, 9, SERVER, CLIENT))
                              for p in (parts[0], other, parts[1], parts[2])], LATER)
        self.outcomes(r, "undecided")
        self.fragments(r, whole=0, refused=1, datagrams=1)

    def test_what_else_is_refused(self):
        for bad in ((24, False, bytes(9)), (65528, True, bytes(16)), (0, False, bytes(24))):
            r = run((1, fragment4(17, pieces(self.REPLY, 24)[0], 9)), (1, fragment4(17, bad, 9)))
            self.fragments(r, refused=1)
        r = run((1, fragment4(17, (24, True, bytes(8)), 9)), (1, fragment4(17, (32, True, b"x"), 9)))
        self.fragments(r, refused=1)

    def test_thirty_seconds(self):
        first, second = pieces(self.REPLY, 48)
        for t, ends in ((31, (1, 0)), (31.1, (0, 2))):
            r = run((1, fragment4(17, first, 9)), (t, fragment4(17, second, 9)))
            self.fragments(r, whole=ends[0], incomplete=ends[1])

    def test_ipv6_and_the_protocol_of_the_first_fragment(self):
        whole = udp(4001, 53, dns())
        parts = pieces(whole, 16)
        r = run((0, fragment6(17, parts[0])), (0, fragment6(99, parts[1])), LATER)
        self.assertEqual(len(r.result.transactions), 1)
        self.fragments(r, whole=1)

    def test_a_cut_fragment_cuts_the_datagram(self):
        parts = [(0, fragment4(17, p)) for p in pieces(udp(4001, 53, dns()), 24)]
        r = run(*parts, LATER, captured={2: 22})
        self.assertEqual(r.result.transactions[0].question, dec.CUT_QUESTION)

    def test_tunnels_before_and_behind(self):
        inner = ip4(17, udp(4001, 53, dns()), CLIENT, SERVER)
        parts = [(0, fragment4(4, p, 9, "172.16.0.1", "172.16.0.2")) for p in pieces(inner, 24)]
        r = run(*parts)
        self.assertEqual(r.result.transactions[0].flow[0], CLIENT)
        self.assertEqual(slow.report(r)["capture"]["tunnels"], {"ip-in-ipv4": 1})
        again = [(0, ip4(4, fragment4(17, p))) for p in pieces(udp(4001, 53, dns()), 24)]
        self.assertEqual(len(run(*again).result.transactions), 1)


class Streams(Case):
    def test_a_message_split_anywhere(self):
        for at in range(1, len(Q)):
            r = run(*OPEN, (0.1, c("A", 101, 501, Q[:at])), (0.2, c("A", 101 + at, 501, Q[at:])),
                    (0.3, s("A", 501, END_OF_Q, R[:at])), (0.5, s("A", 501 + at, 101, R[at:])))
            self.outcomes(r, "answered")
            self.assertEqual(r.result.transactions[0].latency(), 3 * S // 10)
        self.stats(r, segments=7, connections=1, under_way=0, messages=2, resent=0,
                   out_of_order=0, holes=0, skipped=0)

    def test_many_messages_in_a_segment_answered_in_another_order(self):
        three = framed(dns(1), dns(2), b"", dns(3))
        r = run(*OPEN, (1, c("A", 101, 501, three)),
                (1.1, s("A", 501, 1, framed(dns(3, True), dns(1, True)))), LATER)
        self.outcomes(r, "answered", "unanswered", "answered")

    def test_out_of_order_resent_and_wrapped(self):
        begin = (1 << 32) - 10
        r = run((0, c("S", begin - 1)), (0, s("SA", 500, begin)),
                (1, c("A", begin + 12, 501, Q[12:])), (1, c("A", begin + 12, 501, Q[12:])),
                (1.2, c("A", begin, 501, Q[:12])), (1.3, c("A", begin, 501, bytes(12))))
        self.outcomes(r, "undecided")
        self.assertEqual(r.result.transactions[0].t0, START + 6 * S // 5)
        self.stats(r, out_of_order=1, resent=2, messages=1, holes=0)

    def test_under_way_the_beginning_is_sought(self):
        r = run((0, s("A", 900, 7, bytes(30))), (1, c("A", 7, 930, Q)), (1.1, s("A", 930, 7, R)))
        self.outcomes(r, "answered")
        self.stats(r, connections=1, under_way=1, skipped=1, messages=2)

    def test_a_lost_reply_is_undecided(self):
        ack = (0.5, c("A", END_OF_Q, END_OF_R))
        r = run(*ASK, ack, LATER)
        self.outcomes(r, "undecided")
        self.assertEqual(slow.report(r)["capture"]["lost_replies"], 1)
        self.outcomes(run(*ASK, (0.5, c("A", END_OF_Q, 502)), LATER), "unanswered")
        self.outcomes(run(*ASK, ack, (0.6, s("A", 501, END_OF_Q, R))), "answered")

    def test_a_hole_inside_a_message_cuts_it_and_the_next_goes_on(self):
        long = framed(dns(7, True) + bytes(100), dns(8, True))
        r = run(*OPEN, (1, c("A", 101, 501, framed(dns(7), dns(8)))),
                (1.1, s("A", 501, 1, long[:40])), (1.2, s("A", 561, 1, long[60:])),
                (1.3, c("A", 200, 501 + len(long))))
        self.outcomes(r, "answered", "answered")
        self.stats(r, holes=1, messages=4, out_of_order=1)
        self.assertEqual([tr.latency() for tr in r.result.transactions], [3 * S // 10] * 2)

    def test_a_hole_across_messages_seeks_again(self):
        data = framed(dns(7, True), dns(8, True), dns(9, True))
        size = len(data) // 3
        r = run(*OPEN, (1, c("A", 101, 501, framed(dns(7), dns(8), dns(9)))),
                (1.1, s("A", 501, 1, data[:10])),
                (1.2, s("A", 501 + 2 * size, 1, data[2 * size:])),
                (1.3, c("A", 999, 501 + 3 * size)), LATER)
        self.outcomes(r, "undecided", "undecided", "answered")

    def test_sixty_four_segments_wait(self):
        data = framed(dns(7, True) + bytes(629))
        self.assertEqual(len(data), 660)
        steps = [(1.1, s("A", 501 + 20 + 10 * i, 1, data[20 + 10 * i:30 + 10 * i]))
                 for i in range(64)]
        r = run(*ASK, (1, s("A", 501, 1, data[:15])), *steps[:63])
        self.stats(r, holes=0, messages=1)
        r = run(*ASK, (1, s("A", 501, 1, data[:15])), *steps)
        self.stats(r, holes=1, messages=2)
        self.outcomes(r, "answered")

    def test_what_the_snap_length_cut_is_given_up_at_once(self):
        r = run(*ASK, (1, s("A", 501, 1, framed(dns(reply=True) + bytes(50)))),
                captured={5: 40 + 2 + 40})
        self.outcomes(r, "answered")
        self.stats(r, holes=1)

    def test_a_segment_of_which_nothing_was_captured_waits(self):
        steps = (*OPEN, (1, c("A", 150, 501, Q)), (1.1, s("A", 501, 150 + len(Q))))
        self.stats(run(*steps, captured={4: 40}), out_of_order=1, holes=1, skipped=1, messages=0)
        self.stats(run(*steps[:4], captured={4: 40}), out_of_order=1, holes=0, skipped=0)
        self.stats(run(*steps[:4], (1.1, c("A", 101, 501, bytes(49))), captured={4: 40}),
                   holes=1, skipped=0)

    def test_transfers_go_on(self):
        def of(kind, reply, count=1):
            m = dns(7, reply, count=count)
            return m[:-4] + struct.pack(">HH", kind, 1) if count else m

        for kind, places in ((252, (0, 2)), (251, (0, 2)), (1, (2, 0))):
            r = run(*OPEN, (1, c("A", 101, 501, framed(of(kind, False)))),
                    (2, s("A", 501, 1, framed(of(kind, True), of(kind, True), of(kind, True, 0)))))
            self.outcomes(r, "answered")
            self.assertEqual((r.result.duplicate_replies, r.result.count["continuations"]), places)

    def test_a_truncated_reply_over_tcp_is_answered(self):
        self.outcomes(run(*ASK, (1, s("A", 501, 1, framed(dns(reply=True, tc=1))))), "answered")


class Ends(Case):
    def test_reset_and_closed(self):
        for packet, outcome in ((s("R", 501), "tcp_reset"), (c("RA", END_OF_Q, 501), "tcp_reset"),
                                (s("FA", 501, END_OF_Q), "tcp_closed"),
                                (c("FA", END_OF_Q, 501), "unanswered")):
            self.outcomes(run(*ASK, (1, packet), LATER), outcome)
            self.outcomes(run(*ASK, (5.04, packet), LATER), "unanswered")

    def test_a_fin_behind_a_hole_waits(self):
        self.outcomes(run(*ASK, (1, s("FA", 600, END_OF_Q)), LATER), "unanswered")

    def test_a_reply_before_the_end_stays(self):
        self.outcomes(run(*ASK, (1, s("FA", 501, 1, R)), (2, s("R", 999))), "answered")

    def test_a_syn_again_begins_anew(self):
        r = run(*ASK, (1, c("S", 9000)), (1.1, s("SA", 70, 9001)), (1.2, s("R", 71)), LATER)
        self.outcomes(r, "unanswered")
        self.stats(r, connections=2)


class Attempts(Case):
    SYN = (0, c("S", 100))

    def test_refused(self):
        self.outcomes(run(self.SYN, (0.1, s("RA", 0, 101))), "tcp_refused")
        self.outcomes(run(self.SYN, (9, s("RA", 0, 101))), "tcp_refused")
        self.outcomes(run(self.SYN, (0.1, s("RA", 0, 102)), LATER), "tcp_no_connection")
        self.outcomes(run(self.SYN, (0.1, s("R", 101, 101)), LATER), "tcp_no_connection")

    def test_resent_and_seen_twice(self):
        again = c("S", 100)
        other = again[:4] + b"\0\7" + again[6:]
        r = run(self.SYN, (0.001, again), (1, other), LATER, (20, s("R", 1, 1, port=4009)))
        self.outcomes(r, "tcp_no_connection")
        self.assertEqual((r.result.duplicate_frames, r.result.transactions[0].resends), (1, 1))

    def test_one_way(self):
        r = run(self.SYN, LATER)
        self.outcomes(r, "undecided")
        self.assertTrue(r.result.one_way)

    def test_standing(self):
        self.outcomes(run(*OPEN, LATER))
        self.outcomes(run(self.SYN, (5, s("SA", 500, 101))))
        self.outcomes(run(self.SYN, (5.1, s("SA", 500, 101))), "tcp_no_connection")
        self.outcomes(run(self.SYN, (1, c("A", 101, 501)), LATER))

    def test_the_end_of_the_capture(self):
        self.outcomes(run(self.SYN, (5, s("R", 1, port=4009))), "undecided")

    def test_from_a_server_port_to_another(self):
        r = run((0, ip4(6, tcp(53, 80, "S", 1))), (0.1, ip4(6, tcp(80, 53, "RA", 0, 2), SERVER,
                                                             CLIENT)), LATER)
        self.outcomes(r)
        self.stats(r, segments=2, connections=0, under_way=0)


class Errors(Case):
    def error(self, quoted, kind=3, code=3):
        return ip4(1, bytes([kind, code]) + bytes(6) + quoted, "10.0.0.254", CLIENT)

    def test_about_an_attempt(self):
        syn = c("S", 100)
        self.outcomes(run((0, syn), (0.1, self.error(syn[:28])), LATER), "icmp_error")
        r = run((0, syn), (0.1, self.error(c("S", 99)[:28])), LATER)
        self.outcomes(r, "tcp_no_connection")
        self.assertEqual(r.result.icmp_unmatched, 0)

    def test_about_a_query(self):
        self.outcomes(run(*ASK, (1, self.error(ASK[3][1][:28])), LATER), "icmp_error")
        r = run(*ASK, (1, self.error(ASK[3][1][:28], 3, 4)), LATER)
        self.outcomes(r, "unanswered")
        self.assertEqual(slow.icmp(r.result)[0]["kind"], "too-big")
        self.assertEqual(slow.icmp(r.result)[0]["transactions"], 1)

    def test_seen_twice(self):
        quoted = self.error(ASK[3][1][:28])
        other = quoted[:4] + b"\0\7" + quoted[6:]
        for again, duplicates in ((quoted, 1), (other, 0)):
            r = run(*ASK, (1, quoted), (1.001, again))
            self.assertEqual((r.result.duplicate_frames, len(r.result.errors)),
                             (duplicates, 2 - duplicates))

    def test_about_a_reply(self):
        r = run(*ASK, (1, self.error(s("A", 501, 1, R)[:28])), LATER)
        self.outcomes(r, "unanswered")
        self.assertEqual(r.result.errors[0][1], "reply")


class Retries(Case):
    def test_truncated_then_tcp(self):
        asked = (0, ip4(17, udp(3999, 53, dns()), CLIENT, SERVER))
        told = (0, ip4(17, udp(53, 3999, dns(reply=True, tc=1)), SERVER, CLIENT))
        r = run(asked, told, *ASK, (1, s("A", 501, 1, R)))
        self.outcomes(r, "truncated", "answered")
        first, second = r.result.transactions
        self.assertIs(first.retry, second)
        self.assertIs(second.retry_of, first)
        self.assertEqual(slow.report(r)["totals"]["tcp_retries"], 1)
        other = [*OPEN, (0.03, c("PA", 101, 501, framed(dns(qname="b.example"))))]
        self.assertIsNone(run(asked, told, *other).result.transactions[0].retry)
        late = [(t + 5, p) for t, p in ASK]
        self.assertIsNone(run(asked, told, *late).result.transactions[0].retry)


class Edns(Case):
    def test_counted_for_the_first_reply(self):
        def option(code, value):
            return struct.pack(">HH", code, len(value)) + value

        data = (option(15, struct.pack(">H", 22) + b"timeout") + option(3, b"ns1")
                + option(10, bytes(8)) + option(8, b"\0\1\0\0"))
        opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(data)) + data
        reply = dns(reply=True)
        reply = ip4(17, udp(53, 4001, reply[:10] + b"\0\1" + reply[12:] + opt), SERVER, CLIENT)
        again = reply[:4] + b"\0\7" + reply[6:]
        r = run(Fragments.QUERY, (0.1, reply), (0.2, again))
        self.assertEqual(slow.report(r)["servers"][0]["edns"], {
            "ede": {"22": 1}, "nsid": [{"hex": "6e7331", "count": 1}], "cookies": 1,
            "client_subnet": 1})


if __name__ == "__main__":
    unittest.main()

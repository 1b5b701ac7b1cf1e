"""What TCP adds to matching: attempts, ends, what was lost, ICMP errors, retries.

docs/matching.md, *How connections change outcomes* and what follows there.
"""
import messages
from packet import Bytes, Verdict

AXFR, IXFR = 252, 251
MS = 10 ** 6
WRAP = 1 << 32


def is_too_big(e):
    return (e.family, e.type, e.code) == (4, 3, 4) or (e.family, e.type) == (6, 2)


class OverTcp:
    """The part of the Matcher that connections talk to."""

    # ------------------------------------------------------------ messages

    def tcp_message(self, conn, is_reply, data, length, s):
        self.result.dns_messages += 1
        try:
            _verdict, m = messages.read_message(Bytes(data, length))
        except Verdict:
            self.result.count["malformed"] += 1
            self.result.tcp_messages.append((s.frame, None, "malformed", None))
            return
        ends = (conn.server, conn.client) if is_reply else (conn.client, conn.server)
        (m.src, m.sport), (m.dst, m.dport) = ends
        m.transport, m.frame, m.time = "tcp", s.frame, s.time
        self.message(m, conn)

    def find_retried(self, tr):
        """tr is a query over TCP that begins: which truncated transaction does it retry?"""
        if not isinstance(tr.question, tuple):
            return
        fitting = [u for u in self.truncated.get((tr.flow[0], *tr.flow[2:4], tr.question), [])
                   if u.retry is None and u.reply.time - self.rules.skew <= tr.t0
                   and tr.t0 <= u.t0 + self.rules.timeout]
        if fitting:
            first = max(fitting, key=lambda u: u.order())
            first.retry, tr.retry_of = tr, first

    # ------------------------------------------------------------ connections

    def still_open(self, conn, time):
        return [tr for tr in conn.transactions
                if tr.connection is conn and not tr.reply and not tr.end
                and self.remembered(tr, time)]

    def lost(self, conn, time):
        for tr in self.still_open(conn, time):
            tr.is_lost = True

    def ended(self, conn, how, time):
        for tr in self.still_open(conn, time):
            if time - tr.t0 <= self.rules.timeout:
                tr.end = (how, time)

    # ------------------------------------------------------------ attempts

    def syn(self, conn, s):
        flow = conn.flow()
        stood = self.stood.get((flow, s.seq))
        if stood is not None and s.time <= stood + self.rules.hold:
            return                                     # that connection stood: again is nothing
        known = [tr for tr in self.by_flow.get(flow, [])
                 if tr.is_attempt and tr.seq == s.seq and s.time <= tr.t0 + self.rules.hold]
        if known:
            tr = max(known, key=lambda x: x.order())
            last = tr.copies[-1]
            if s.same == last.same and abs(s.time - last.time) <= MS:
                self.result.duplicate_frames += 1
            else:
                tr.resends += 1
            if s.time < tr.t0:
                tr.move(s, self.next_place())
        else:
            tr = self.new_transaction(flow, None, None, s)
            tr.is_attempt, tr.seq = True, s.seq
        tr.copies.append(s)
        conn.attempt = tr

    def stands(self, conn, time):
        tr, conn.attempt = conn.attempt, None
        if tr is None:
            return
        tr.has_stood = True
        if tr.outcome is None and time - tr.t0 <= self.rules.timeout:
            self.by_flow[tr.flow].remove(tr)
            self.result.transactions.remove(tr)
            self.stood[tr.flow, tr.seq] = tr.t0

    def refused(self, conn, s):
        tr = conn.attempt
        if (tr is not None and tr.outcome is None and s.time <= tr.t0 + self.rules.hold
                and s.ack == (tr.seq + 1 + tr.copies[-1].wire) % WRAP):
            tr.is_refused = True

    def decide_attempt(self, tr, passed, why_undecided):
        if tr.is_refused:
            return "tcp_refused", "refused"
        if tr.errors:
            return "icmp_error", "error in frame %d" % tr.errors[0].frame
        if passed:
            return "tcp_no_connection", "timeout passed"
        return "undecided", why_undecided

    # ------------------------------------------------------------ ICMP errors

    def tcp_error_fit(self, e, about, flow):
        """(transaction, does it change it, did several fit) or None."""
        live = [tr for tr in self.by_flow.get(flow, []) if self.in_window(tr, e.time)]
        live.sort(key=lambda tr: tr.order())
        if not live:
            return None
        if about == "query":
            tries = [tr for tr in live if tr.is_attempt and not tr.has_stood and tr.seq == e.seq]
            if tries:
                return tries[-1], True, False
            waiting = [tr for tr in live if not tr.is_attempt and not tr.reply]
            if waiting:
                return waiting[-1], True, len(waiting) > 1
        return live[-1], False, False

    def tcp_error(self, e, readings):
        """(about, flow, transaction or None) of an error that quotes TCP."""
        fits = []
        for about, flow in readings:
            fit = self.tcp_error_fit(e, about, flow)
            if fit:
                fits.append((fit[0].order(), about, flow, fit))
        if not fits:
            return (*readings[0], None)
        _order, about, flow, (tr, counts, is_ambiguous) = max(fits, key=lambda x: x[0])
        if is_ambiguous or len(fits) > 1:
            self.result.ambiguous += 1
        if counts and not is_too_big(e):
            tr.errors.append(e)
        return about, flow, tr

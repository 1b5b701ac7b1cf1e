"""Messages and ICMP errors -> transactions, by docs/matching.md.

Lists, and a search through all transactions of one flow for every message.
Nothing is forgotten before a clock step says so; the time windows of the rules
do the rest.  The names in capitals are the rules that a trace can show.
"""
from collections import Counter
from dataclasses import dataclass, field

import decode
from fragments import Assembler
from overtcp import AXFR, IXFR, OverTcp
from packet import CUT_QUESTION, NO_QUESTION
from tcp import Connections

MS = 10 ** 6
SECOND = 10 ** 9
HOUR = 3600 * SECOND
YEAR_2200 = 7258118400 * SECOND

OUTCOMES = ["answered", "late", "unanswered", "icmp_error", "tcp_refused",
            "tcp_no_connection", "tcp_reset", "tcp_closed", "truncated", "undecided"]
REACHED = {"answered", "late", "truncated"}


@dataclass
class Rules:
    timeout: int = 5 * SECOND
    skew: int = 10_000
    reorder: int = SECOND
    server_ports: tuple = (53,)

    @property
    def hold(self):
        return 6 * self.timeout


@dataclass(eq=False)
class Transaction:
    flow: tuple                    # client, client port, server, server port, transport
    ident: int
    question: object
    t0: int
    place: int                     # of the copy that t0 is of, among all queries
    copies: list = field(default_factory=list)     # every query message, duplicates too
    resends: int = 0
    resends_after_reply: int = 0
    query_seen_twice: bool = False
    replies: list = field(default_factory=list)    # the first is the reply
    last_message: int = None       # time of the reply's newest message
    errors: list = field(default_factory=list)     # about the query
    connection: object = None      # over TCP: the one that its newest copy came over
    is_partial: bool = False       # a part of its reply was seen
    is_lost: bool = False          # the capture lost what the server sent
    end: tuple = None              # over TCP: how and when the connection ended
    retry: object = None           # truncated: the transaction over TCP that asks again
    retry_of: object = None        # and back
    is_attempt: bool = False       # to open a connection; no question, no ID
    seq: int = None                # of an attempt
    has_stood: bool = False        # an attempt's connection
    is_refused: bool = False
    outcome: str = None
    why: str = None                # which rule decided

    @property
    def reply(self):
        return self.replies[0] if self.replies else None

    def order(self):
        return self.t0, self.place

    def move(self, m, place):
        self.t0, self.place = m.time, place

    def latency(self):
        return max(0, self.reply.time - self.t0)


@dataclass
class Result:
    transactions: list = field(default_factory=list)
    fate: dict = field(default_factory=dict)       # frame -> (what became of it, transaction)
    duplicate_frames: int = 0
    duplicate_replies: int = 0
    orphan_replies: int = 0
    early_orphan_replies: int = 0
    misdirected: int = 0
    ambiguous: int = 0           # ICMP errors
    ambiguous_replies: int = 0
    icmp_unmatched: int = 0
    clock_steps: int = 0
    one_way: bool = False
    errors: list = field(default_factory=list)     # (error, about, flow, transaction)
    count: Counter = field(default_factory=Counter)         # where messages went
    dns_messages: int = 0
    udp_messages: dict = field(default_factory=dict)        # frame -> message, or why there is none
    tcp_messages: list = field(default_factory=list)        # (frame, message, fate, transaction)
    segments: dict = field(default_factory=dict)            # frame -> what its segment came to
    tcp_stats: Counter = field(default_factory=Counter)
    fragment_stats: Counter = field(default_factory=Counter)
    fragment_rows: dict = field(default_factory=dict)


def set_times_right(times):
    """Times that cannot be, and single outliers: (times, how many were changed)."""
    bad = 0
    out = []
    for t in times:
        if t is None or t < 0 or t >= YEAR_2200:
            out.append(None)
            bad += 1
        else:
            out.append(t)
    for i, t in enumerate(out):                        # a bad first frame: the next good time
        if t is None:
            out[i] = out[i - 1] if i else next((x for x in out if x is not None), 0)
    for i in range(1, len(out) - 1):
        if out[i] - out[i - 1] > HOUR and abs(out[i + 1] - out[i - 1]) < HOUR:
            out[i] = out[i - 1]
            bad += 1
    return out, bad


class Matcher(OverTcp):
    def __init__(self, rules):
        self.rules = rules
        self.ports = set(rules.server_ports)
        self.by_flow = {}            # flow -> live transactions, in order of creation
        self.waiting = []            # (reply, flow)
        self.last_errors = []        # ICMP errors seen
        self.result = Result()
        self.newest = None
        self.first_time = None
        self.saw_reply = False
        self.saw_query_error = False
        self.saw_server_segment = False
        self.places = 0
        self.stood = {}              # flow, sequence number of a SYN whose connection stood -> t0
        self.truncated = {}          # client, server, its port, question -> over UDP with TC
        self.connections = Connections(self.ports, self)
        self.assembler = Assembler(self.ports)

    # ------------------------------------------------------------ what a frame carries

    def take(self, d, number, t):
        """One frame's or one whole datagram's content, after frame_time."""
        tunnels = d.tunnels
        while d.piece:
            piece = d.piece
            whole, beginning = self.assembler.take(piece, t)
            if beginning:
                beginning.frame, beginning.time = number, t
                self.partial(beginning)
            if whole is None:
                return
            d = decode.decode_whole(piece, *whole, self.ports)
            tunnels |= d.tunnels
        if d.is_dns:
            self.result.dns_messages += 1
            self.result.udp_messages[number] = d.message or d.verdict
            if d.message is None:
                self.result.count["unreadable" if d.verdict == "dns_cut" else "malformed"] += 1
        for item, act in ((d.message, self.message), (d.error, self.error),
                          (d.segment, self.connections.segment)):
            if item:
                item.frame, item.time = number, t
                act(item)

    def partial(self, m):
        """The first fragment of a reply, of which the rest is not here yet."""
        where = self.direction(m)
        if where is None or where[1] or self.is_ambiguous(m, where[0]):
            return
        fitting = self.candidates(m, where[0])
        if any(self.is_same_packet(m, tr) for tr in fitting):
            return
        fitting = [tr for tr in fitting if not tr.reply and self.in_window(tr, m.time)]
        if fitting:
            max(fitting, key=Transaction.order).is_partial = True

    # ------------------------------------------------------------ time

    def frame_time(self, t):
        """Every frame, of whatever verdict, moves the time."""
        if self.newest is None:
            self.newest = self.first_time = t
        elif t < self.newest - self.rules.reorder:
            self.result.clock_steps += 1
            self.retire_all(stepped=True)
            self.newest = self.first_time = t
        self.newest = max(self.newest, t)
        self.assembler.expire(self.newest)
        for item in [w for w in self.waiting
                     if self.newest - w[0].time > self.rules.reorder + self.rules.skew]:
            self.waiting.remove(item)
            self.orphan(item[0])

    def retire_all(self, stepped):
        for item in self.waiting:
            self.orphan(item[0])
        self.waiting = []
        self.last_errors = []
        self.truncated, self.stood = {}, {}
        self.connections.forget()
        self.assembler.end_all()
        for live in self.by_flow.values():
            for tr in live:
                self.decide(tr, stepped)
        self.by_flow = {}

    def decide(self, tr, stepped):
        r = self.rules
        passed = self.newest - tr.t0 > r.timeout
        undecided = "clock step" if stepped else "end of capture"
        if tr.is_attempt:
            tr.outcome, tr.why = self.decide_attempt(tr, passed, undecided)
        elif tr.reply:
            late = tr.reply.time - tr.t0 > r.timeout
            tr.outcome = "late" if late else "truncated" if self.is_truncated(tr) else "answered"
            tr.why = "reply in frame %d" % tr.reply.frame
        elif tr.errors:
            tr.outcome, tr.why = "icmp_error", "error in frame %d" % tr.errors[0].frame
        elif tr.is_partial or tr.is_lost:
            tr.outcome = "undecided"
            tr.why = "partial reply" if tr.is_partial else "lost reply"
        elif tr.end:
            tr.outcome, tr.why = tr.end[0], "the connection's end"
        elif passed:
            tr.outcome, tr.why = "unanswered", "timeout passed"
        else:
            tr.outcome, tr.why = "undecided", undecided

    def is_truncated(self, tr):
        return bool(tr.reply and tr.reply.tc and tr.flow[4] == "udp"
                    and tr.reply.time - tr.t0 <= self.rules.timeout)

    # ------------------------------------------------------------ messages

    def direction(self, m):
        """(flow, is it a query), or None when it is misdirected."""
        out = (m.src, m.sport, m.dst, m.dport, m.transport)
        back = (m.dst, m.dport, m.src, m.sport, m.transport)
        to_server, from_server = m.dport in self.ports, m.sport in self.ports
        if m.qr == 0 and to_server:
            return out, True
        if m.qr == 1 and from_server:
            return back, False
        return None

    def message(self, m, conn=None):
        """conn: the connection that it came over."""
        where = self.direction(m)
        if where is None:
            self.result.misdirected += 1
            self.note(m, "misdirected", count="misdirected")
            return
        flow, is_query = where
        if is_query:
            self.query(m, flow, conn)
        else:
            self.saw_reply = True
            if self.is_ambiguous(m, flow):
                self.result.orphan_replies += 1
                self.result.ambiguous_replies += 1
                self.note(m, "orphan reply: several transactions fit", count="orphan_replies")
            elif not self.reply(m, flow) and not self.waits_already(m, flow):
                self.waiting.append((m, flow))

    def note(self, m, what, tr=None, count=None):
        """count: its place in the report's messages; None for what is no message."""
        self.result.count[count] += count is not None
        if getattr(m, "transport", "udp") == "tcp" and count:
            self.result.tcp_messages.append((m.frame, m, what, tr))
        else:
            self.result.fate[m.frame] = (what, tr)

    def next_place(self):
        self.places += 1
        return self.places

    def new_transaction(self, flow, ident, question, m):
        tr = Transaction(flow, ident, question, m.time, self.next_place())
        self.by_flow.setdefault(flow, []).append(tr)
        self.result.transactions.append(tr)
        return tr

    def query(self, m, flow, conn):
        same_key = [tr for tr in self.by_flow.get(flow, [])
                    if tr.ident == m.ident and tr.question == m.question]
        tr = max(same_key, key=Transaction.order, default=None)
        if tr and abs(m.time - tr.t0) <= self.rules.timeout:
            last = tr.copies[-1]
            if m.same and m.same == last.same and abs(m.time - last.time) <= MS:
                self.result.duplicate_frames += 1
                tr.query_seen_twice = True
                self.note(m, "duplicate frame of a query", tr, "duplicate_frames")
            else:
                tr.resends += 1
                if tr.reply:
                    tr.resends_after_reply += 1
                self.note(m, "resend", tr, "resends")
            again = m.time >= tr.t0
            if m.time < tr.t0:
                tr.move(m, self.next_place())
        else:
            again = False
            tr = self.new_transaction(flow, m.ident, m.question, m)
            self.note(m, "query", tr, "queries")
            if conn:
                self.find_retried(tr)
        if conn and conn is not tr.connection:
            tr.connection = conn
            conn.transactions.append(tr)
        tr.copies.append(m)
        if not again:
            self.try_waiting(tr)

    def try_waiting(self, tr):
        """tr began, or begins earlier: replies that were recorded before this query."""
        for item in [w for w in self.waiting if w[1] == tr.flow and self.may_fit(w[0], tr)]:
            if self.reply(*item):
                self.waiting.remove(item)

    def may_fit(self, m, tr):
        unknown = (NO_QUESTION, CUT_QUESTION)
        return (m.ident == tr.ident and tr.t0 - self.rules.skew <= m.time <= tr.t0 + self.rules.hold
                and (m.question in unknown or tr.question in (m.question, CUT_QUESTION)))

    def remembered(self, tr, t):
        r = self.rules
        if tr.reply and self.is_transfer(tr) and t <= tr.last_message + r.hold:
            return True
        settled = tr.reply and tr.reply.time - tr.t0 <= r.timeout and not tr.resends
        return t <= tr.t0 + (r.timeout if settled else r.hold)

    def in_window(self, tr, t):
        return tr.t0 - self.rules.skew <= t and self.remembered(tr, t)

    def candidates(self, m, flow):
        """The transactions that a reply may belong to, but for the times; none when ambiguous."""
        same_id = [tr for tr in self.by_flow.get(flow, []) if tr.ident == m.ident]
        if m.question in (NO_QUESTION, CUT_QUESTION):
            fitting = same_id
        else:
            fitting = [tr for tr in same_id if tr.question == m.question]
            if any(self.in_window(tr, m.time) or self.is_sighting(m, tr) for tr in fitting):
                return fitting                          # by the whole key
            fitting = [tr for tr in same_id if tr.question == CUT_QUESTION]
        return fitting

    def is_ambiguous(self, m, flow):
        """A reply that only flow and ID can place, and more than one open transaction fits."""
        same_id = [tr for tr in self.by_flow.get(flow, []) if tr.ident == m.ident]
        if m.question not in (NO_QUESTION, CUT_QUESTION):
            if any(tr.question == m.question
                   and (self.in_window(tr, m.time) or self.is_sighting(m, tr)) for tr in same_id):
                return False
            same_id = [tr for tr in same_id if tr.question == CUT_QUESTION]
        if any(self.is_same_packet(m, tr) for tr in same_id):
            return False
        return sum(not tr.reply and self.in_window(tr, m.time) for tr in same_id) > 1

    def waits_already(self, m, flow):
        """Is it a waiting reply's packet that came another way?"""
        for other, other_flow in self.waiting:
            if (m.same and other_flow == flow and other.ident == m.ident and other.question == m.question
                    and other.same == m.same and abs(m.time - other.time) <= MS
                    and other.path != m.path):
                self.result.duplicate_frames += 1
                self.note(m, "duplicate frame of a waiting reply", None, "duplicate_frames")
                return True
        return False

    def is_same_packet(self, m, tr):
        """A sighting that shows that it is the same packet, and no second sending."""
        return self.is_sighting(m, tr) and (m.path != tr.replies[-1].path or tr.query_seen_twice)

    def is_sighting(self, m, tr):
        """Is this the packet of the transaction's last reply, seen once more?"""
        last = tr.replies[-1] if tr.replies else None
        return bool(last and m.same) and m.same == last.same and abs(m.time - last.time) <= MS

    def reply(self, m, flow):
        """Books a reply; False when it fits nothing (yet)."""
        fitting = self.candidates(m, flow)
        again = [tr for tr in fitting if self.is_same_packet(m, tr)]
        copies = [tr for tr in fitting if self.is_sighting(m, tr)]
        near = [tr for tr in fitting if self.in_window(tr, m.time)]
        still_open = [tr for tr in near if not tr.reply]
        if again:
            tr = max(again, key=Transaction.order)
            self.result.duplicate_frames += 1
            self.note(m, "duplicate frame of a reply", tr, "duplicate_frames")
            return True                                 # the reply it is a copy of stands
        elif still_open:
            tr = max(still_open, key=Transaction.order)
            self.note(m, "reply", tr, "replies")
        elif copies:
            self.result.duplicate_frames += 1
            self.note(m, "duplicate frame of a reply", max(copies, key=Transaction.order),
                      "duplicate_frames")
            return True
        elif near:
            transfers = [tr for tr in near if self.is_transfer(tr)]
            tr = max(transfers or near, key=Transaction.order)
            if transfers:
                self.note(m, "continuation", tr, "continuations")
                tr.last_message = max(tr.last_message, m.time)
                return True
            self.result.duplicate_replies += 1
            self.note(m, "duplicate reply", tr, "duplicate_replies")
        else:
            return False
        tr.replies.append(m)
        tr.last_message = m.time
        if self.is_truncated(tr):
            key = (tr.flow[0], *tr.flow[2:4], tr.question)
            self.truncated.setdefault(key, []).append(tr)
        return True

    def is_transfer(self, tr):
        return (tr.flow[4] == "tcp" and isinstance(tr.question, tuple)
                and tr.question[1] in (AXFR, IXFR))

    def orphan(self, m):
        self.result.orphan_replies += 1
        early = abs(m.time - self.first_time) <= self.rules.hold
        if early:
            self.result.early_orphan_replies += 1
        self.note(m, "early orphan reply" if early else "orphan reply", None, "orphan_replies")

    # ------------------------------------------------------------ ICMP errors

    def error(self, e):
        for old in self.last_errors:
            if old.same == e.same and abs(e.time - old.time) <= MS:
                self.result.duplicate_frames += 1
                self.note(e, "duplicate frame of an ICMP error")
                return
        self.last_errors.append(e)

        query_flow = (e.qsrc, e.qsport, e.qdst, e.qdport, e.transport)
        reply_flow = (e.qdst, e.qdport, e.qsrc, e.qsport, e.transport)
        if e.qdport in self.ports and e.qsport in self.ports:
            if e.qr is not None:
                readings = [("reply", reply_flow)] if e.qr else [("query", query_flow)]
            else:
                readings = [("query", query_flow), ("reply", reply_flow)]
        elif e.qdport in self.ports:
            readings = [("query", query_flow)]
        else:
            readings = [("reply", reply_flow)]

        if e.transport == "tcp":
            about, flow, tr = self.tcp_error(e, readings)
        else:
            about, flow, tr = self.udp_error(e, readings)
        if tr:
            self.note(e, "ICMP error about a " + about, tr)
        else:
            self.result.icmp_unmatched += 1
            self.note(e, "unmatched ICMP error")
        if about == "query":
            self.saw_query_error = True
        self.result.errors.append((e, about, flow, tr))

    def udp_error(self, e, readings):
        """(about, flow, transaction or None) of an error that quotes UDP."""
        fits = []                                       # (order, about, flow, transaction)
        for about, flow in readings:
            for tr in self.by_flow.get(flow, []):
                if self.error_fits(e, tr, about):
                    fits.append((tr.order(), about, flow, tr))
        if not fits:
            return (*readings[0], None)
        _order, about, flow, tr = max(fits, key=lambda x: x[0])
        if len(fits) > 1:
            self.result.ambiguous += 1
        if about == "query":
            tr.errors.append(e)
        return about, flow, tr

    def error_fits(self, e, tr, about):
        if about == "reply" and e.question == NO_QUESTION:
            asked = None                                # a reply may leave the question out
        else:
            asked = e.question
        return (self.in_window(tr, e.time)
                and (e.ident is None or e.ident == tr.ident)
                and (asked is None or tr.question in (asked, CUT_QUESTION)))

    # ------------------------------------------------------------ the end

    def finish(self):
        self.retire_all(stepped=False)
        res = self.result
        res.tcp_stats, res.segments = self.connections.stats, self.connections.came_to
        res.fragment_stats, res.fragment_rows = self.assembler.stats, self.assembler.rows
        if not res.transactions and self.saw_reply:
            res.one_way = True
        if (res.transactions and not self.saw_reply and not self.saw_query_error
                and not self.saw_server_segment):
            res.one_way = True
            for tr in res.transactions:
                if tr.outcome in ("unanswered", "tcp_no_connection"):
                    tr.outcome, tr.why = "undecided", "one-way capture"
        return res


def match(decoded, times, rules):
    """decoded: a Decoded for every frame, in the file's order."""
    matcher = Matcher(rules)
    for number, (d, t) in enumerate(zip(decoded, times), 1):
        matcher.frame_time(t)
        matcher.take(d, number, t)
    return matcher.finish()

"""TCP segments -> DNS messages: docs/matching.md, *TCP*.  Without bounds on connections.

A stream's octets are counted by numbers that do not wrap; those of the segments
are brought near the next expected one.
"""
from collections import Counter

from messages import begins_like_a_message

FORGOTTEN = 600 * 10 ** 9
MOST_WAITING = 64
WRAP = 1 << 32


def is_past(a, b):
    """Is sequence number a behind b (modulo 2^32)?"""
    return 0 < (a - b) % WRAP < WRAP // 2


class Stream:
    """One direction of a connection."""

    def __init__(self, is_reply, stats):
        self.is_reply = is_reply
        self.stats = stats
        self.acked = None           # furthest acknowledgement of the peer, as on the wire
        self.has_begun = False
        self.next = None            # None: a beginning is sought
        self.floor = None           # while sought behind a hole: where the hole ends
        self.seen = None            # while sought: the end of what was seen, as on the wire
        self.waiting = []           # (start, captured octets, end on the wire, which segment)
        self.fin = None             # of a FIN that waits
        self.buffer = b""           # of the message under way, its length too
        self.rest = 0               # octets of a cut message that are still to come
        self.begun = None           # that message, and its length

    def start(self, begin):
        self.has_begun, self.next = True, begin

    def near(self, seq):
        at = self.next if self.next is not None else self.floor
        return seq if at is None else at + (seq - at + WRAP // 2) % WRAP - WRAP // 2

    def acknowledge(self, ack):
        """Notes an acknowledgement; True when it tells of octets that are not here."""
        lines = [self.acked, self.seen if self.next is None else self.next % WRAP]
        lines = [line for line in lines if line is not None]
        is_loss = bool(lines) and all(is_past(ack, line + 1) for line in lines)
        if self.acked is None or is_past(ack, self.acked):
            self.acked = ack
        return is_loss

    def is_acked_past_next(self):
        return self.acked is not None and is_past(self.acked, self.next % WRAP)

    # ------------------------------------------------------------ what comes

    def take(self, seq, payload, wire, number):
        """The payload of a segment.  Gives what happened: (kind, data, length) each."""
        if self.next is None:
            return self.seek(seq, payload, wire, number)
        start = self.near(seq)
        if not self.keep(start, payload, wire, number):
            self.stats["resent"] += 1
            return []
        if start > self.next:
            self.stats["out_of_order"] += 1
        return self.drain()

    def seek(self, seq, payload, wire, number):
        start = self.near(seq)
        if self.floor is not None and start < self.floor:
            if start + wire <= self.floor:
                self.stats["resent"] += 1
                return []
            payload, wire = payload[self.floor - start:], start + wire - self.floor
            start = self.floor
        if not begins_like_a_message(payload, self.is_reply):
            self.pass_over(start + wire)
            return [("skipped", None, 0)]
        lines = [line for line in (self.acked, self.seen) if line is not None]
        is_gap = bool(lines) and all(is_past(start, line) for line in lines)
        self.start(start)
        self.keep(start, payload, wire, number)
        return [("gap", None, 0)] * is_gap + self.drain()

    def pass_over(self, end):
        self.stats["skipped"] += 1
        if self.seen is None or is_past(end, self.seen):
            self.seen = end % WRAP

    def take_fin(self, seq):
        """A FIN, which is an octet.  Gives what happened."""
        if self.next is None:
            return [("fin", None, 0)]
        if self.fin is None and self.near(seq) >= self.next:
            self.fin = self.near(seq)
        return self.drain()

    def keep(self, start, payload, wire, number):
        """Adds the octets that are not there yet; False when there are none."""
        here = [(self.next - WRAP, self.next)]
        here += [(at, end) for at, _octets, end, _n in self.waiting]
        parts = without(start, start + wire, here)
        for low, high in parts:
            self.waiting.append((low, payload[low - start:high - start], high, number))
        self.waiting.sort()
        return bool(parts)

    # ------------------------------------------------------------ in order

    def drain(self):
        """Takes what is in order, and gives up the holes that may be."""
        events = []
        while self.next is not None:
            start = self.waiting[0][0] if self.waiting else None
            if start == self.next:
                _start, octets, end, _number = self.waiting.pop(0)
                self.next += len(octets)
                self.feed(octets, events)
                if self.next < end:                    # the capture cut the rest off
                    self.give_up(end, events)
            elif self.fin is not None and self.fin <= self.next:
                self.next = max(self.next, self.fin + 1)
                self.fin = None
                events.append(("fin", None, 0))
            elif (start is not None or self.fin is not None) and self.may_give_up():
                self.give_up(min(at for at in (start, self.fin) if at is not None), events)
            else:
                break
        return events

    def may_give_up(self):
        return (self.is_acked_past_next()
                or len({number for _s, _o, _e, number in self.waiting}) >= MOST_WAITING)

    def feed(self, octets, events):
        passed = min(self.rest, len(octets))
        self.pass_rest(passed, events)
        self.buffer += octets[passed:]
        while len(self.buffer) >= 2:
            length = self.buffer[0] << 8 | self.buffer[1]
            if len(self.buffer) < 2 + length:
                break
            if length:
                self.stats["messages"] += 1
                events.append(("message", self.buffer[2:2 + length], length))
            self.buffer = self.buffer[2 + length:]

    def pass_rest(self, count, events):
        """Octets of a message that was cut: it is there when its last one would be."""
        self.rest -= count
        if self.rest == 0 and self.begun:
            self.stats["messages"] += 1
            events.append(("message", *self.begun))
            self.begun = None

    def give_up(self, end, events):
        """The hole from what is expected to end."""
        size = end - self.next
        self.stats["holes"] += 1
        events.append(("hole", None, 0))
        self.next = end
        if self.rest >= size:
            self.pass_rest(size, events)
            return
        if len(self.buffer) >= 2:
            length = self.buffer[0] << 8 | self.buffer[1]
            missing = 2 + length - len(self.buffer)
            if size <= missing:
                if len(self.buffer) >= 2 + 12:
                    self.begun = (self.buffer[2:], length)
                self.buffer, self.rest = b"", missing
                self.pass_rest(size, events)
                return
        self.buffer, self.rest, self.begun = b"", 0, None
        self.seek_again(end, events)

    def seek_again(self, end, events):
        self.seen = end % WRAP
        while self.waiting:
            start, octets, high, _number = self.waiting[0]
            if begins_like_a_message(octets, self.is_reply):
                self.next = start
                return
            self.waiting.pop(0)
            self.pass_over(high)
            events.append(("skipped", None, 0))
        self.next, self.floor = None, end
        if self.fin is not None:
            self.fin = None
            events.append(("fin", None, 0))


def without(low, high, spans):
    """The parts of [low, high) that are in none of the spans."""
    parts = [(low, high)] if low < high else []
    for a, b in spans:
        parts = [p for x, y in parts for p in ((x, min(y, a)), (max(x, b), y)) if p[0] < p[1]]
    return parts


class Connection:
    def __init__(self, client, server, syn_seq, stats):
        self.client, self.server = client, server
        self.syn_seq = syn_seq          # of the client's SYN; None when nothing told it
        self.answer_seq = None          # of the server's SYN
        self.last = None                # time of its newest segment
        self.stands = False
        self.is_closed = False          # by the server
        self.is_reset = False
        self.attempt = None             # the matcher's
        self.transactions = []          # the matcher's
        self.to_server, self.to_client = Stream(0, stats), Stream(1, stats)

    def flow(self):
        return (*self.client, *self.server, "tcp")


class Connections:
    """All connections of a capture.  `matcher` is told what they come to."""

    def __init__(self, ports, matcher):
        self.ports = ports
        self.matcher = matcher
        self.open = {}
        self.stats = Counter()
        self.came_to = {}           # frame -> names of what was counted for its segment

    def forget(self):
        self.open = {}

    def find(self, s):
        """The connection of a segment, begun anew where its SYN says so."""
        a, b = (s.src, s.sport), (s.dst, s.dport)
        key = tuple(sorted((a, b)))
        conn = self.open.get(key)
        if conn is not None and s.time - conn.last > FORGOTTEN:
            conn = None
        is_syn = s.is_syn and not s.is_ack and not s.is_rst
        is_answer = s.is_syn and s.is_ack and not s.is_rst
        if conn is not None and is_answer and is_new_answer(conn, s, a):
            conn = None
        if is_syn and (conn is None or conn.client != a or conn.syn_seq != s.seq):
            conn = Connection(a, b, s.seq, self.stats)
            conn.to_server.start(s.seq + 1)
        elif conn is None:
            if is_answer or a[1] in self.ports and b[1] not in self.ports:
                a, b = b, a
            conn = Connection(a, b, None, self.stats)
        else:
            return conn
        self.open[key] = conn
        if conn.server[1] in self.ports:
            self.stats["connections"] += 1
            self.stats["under_way"] += not (is_syn or is_answer)
        return conn

    def segment(self, s):
        before = Counter(self.stats)
        self.take(s)
        self.came_to[s.frame] = {name for name in self.stats if self.stats[name] != before[name]}

    def take(self, s):
        self.stats["segments"] += 1
        conn = self.find(s)
        conn.last = s.time
        if conn.server[1] not in self.ports:           # somebody connects from a server port
            return
        from_client = (s.src, s.sport) == conn.client
        if not from_client:
            self.matcher.saw_server_segment = True
        mine, other = conn.to_client, conn.to_server
        if from_client:
            mine, other = other, mine
        if s.is_syn and not s.is_rst:
            self.syn(conn, s, from_client)
        if self.makes_it_stand(s, from_client):
            conn.stands = True
            self.matcher.stands(conn, s.time)
        if s.is_ack:
            if other.acknowledge(s.ack) and from_client:
                self.matcher.lost(conn, s.time)
            self.happened(conn, other, other.drain(), s)
        if s.is_rst:
            self.reset(conn, s, from_client)
            return
        seq = (s.seq + s.is_syn) % WRAP
        if s.wire:
            self.happened(conn, mine, mine.take(seq, s.payload, s.wire, s.frame), s)
        if s.is_fin:
            self.happened(conn, mine, mine.take_fin((seq + s.wire) % WRAP), s)

    def syn(self, conn, s, from_client):
        if not s.is_ack:
            if not conn.stands:
                self.matcher.syn(conn, s)
        elif not from_client:
            if conn.answer_seq is None:
                conn.answer_seq = s.seq
            if conn.syn_seq is None:
                conn.syn_seq = (s.ack - 1) % WRAP
            if not conn.to_client.has_begun:
                conn.to_client.start(s.seq + 1)
            if not conn.to_server.has_begun:
                conn.to_server.start(s.ack)

    def makes_it_stand(self, s, from_client):
        if s.is_rst:
            return False
        if from_client:
            return s.is_ack and not s.is_syn
        return s.is_syn and s.is_ack or s.wire > 0

    def reset(self, conn, s, from_client):
        if conn.stands:
            if not conn.is_closed and not conn.is_reset:
                conn.is_reset = True
                self.matcher.ended(conn, "tcp_reset", s.time)
        elif not from_client and s.is_ack:
            self.matcher.refused(conn, s)

    def happened(self, conn, stream, events, s):
        for kind, data, length in events:
            if kind == "message":
                self.matcher.tcp_message(conn, stream.is_reply, data, length, s)
            elif kind == "fin":
                if stream.is_reply and not conn.is_closed:
                    conn.is_closed = True
                    self.matcher.ended(conn, "tcp_closed", s.time)
            elif stream.is_reply:                      # a hole, a segment passed over, a gap
                self.matcher.lost(conn, s.time)


def is_new_answer(conn, s, sender):
    """Does a SYN with ACK belong to another connection than the one that is known?"""
    if sender == conn.client and sender != conn.server:
        return conn.syn_seq is None
    return (conn.answer_seq not in (None, s.seq)
            and (s.ack - 1) % WRAP != conn.syn_seq)

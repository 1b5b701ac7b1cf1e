"""Fragments -> datagrams: docs/matching.md, *Fragments*.  Without bounds."""
from collections import Counter

from decode import read_beginning

LIFETIME = 30 * 10 ** 9
FARTHEST = 65535
SIGHTING = 10 ** 6                  # ns: a whole datagram's fragments, seen a second time


class Datagram:
    def __init__(self, piece, time):
        self.sender = piece.src
        self.begin = time
        self.octets = {}            # offset -> octet, or None: on the wire, not captured
        self.end = None
        self.protocol = None
        self.is_refused = False
        self.beginning = None       # what read_beginning says of the first fragment
        self.has_first = False

    def is_known(self, piece):
        """Are all its bytes there already, and equal where both were captured?"""
        for i in range(piece.wire):
            if piece.offset + i not in self.octets:
                return False
            here = self.octets[piece.offset + i]
            if i < len(piece.data) and here is not None and here != piece.data[i]:
                return False
        return True

    def spoils(self, piece):
        first, end = piece.offset, piece.offset + piece.wire
        if end > FARTHEST or not piece.is_last and piece.wire % 8:
            return True
        if any(at in self.octets for at in range(first, end)):
            return True
        if self.end is not None:
            return end > self.end or piece.is_last and end != self.end
        return piece.is_last and any(at >= end for at in self.octets)

    def add(self, piece):
        for i in range(piece.wire):
            self.octets[piece.offset + i] = piece.data[i] if i < len(piece.data) else None
        if piece.is_last:
            self.end = piece.offset + piece.wire

    def is_whole(self):
        return self.end is not None and self.has_first and len(self.octets) == self.end

    def content(self):
        """(bytes up to the first one that was not captured, length on the wire)"""
        data = bytearray()
        for at in range(self.end):
            if self.octets[at] is None:
                break
            data.append(self.octets[at])
        return bytes(data), self.end


class Assembler:
    """All datagrams of a capture that are under way."""

    def __init__(self, ports):
        self.ports = ports
        self.datagrams = {}
        self.wholes = {}            # key -> (datagram, time at which it was whole)
        self.stats = Counter()
        self.rows = {}              # (sender, port, about) -> Counter of the three ends

    def count(self, datagram, how):
        self.stats[how] += 1
        port = about = None
        if datagram.has_first:
            if datagram.beginning is None:
                return
            port, about = self.side(datagram.beginning)
        self.rows.setdefault((datagram.sender, port, about), Counter())[how] += 1

    def side(self, beginning):
        sport, dport, is_reply, _message = beginning
        if sport in self.ports and dport in self.ports:
            return (sport, "reply") if is_reply else (dport, "query")
        if dport in self.ports:
            return dport, "query"
        return sport, "reply"

    def end(self, key):
        datagram = self.datagrams.pop(key)
        self.count(datagram, "refused" if datagram.is_refused else "incomplete")

    def end_all(self):
        for key in list(self.datagrams):
            self.end(key)
        self.wholes = {}

    def expire(self, now):
        for key in [k for k, d in self.datagrams.items() if now - d.begin > LIFETIME]:
            self.end(key)

    def take(self, piece, time):
        """(what it made whole: protocol, data, length; the message that it begins), or None."""
        self.stats["fragments"] += 1
        key = piece.key()
        datagram = self.datagrams.get(key)
        if piece.wire == 0 and not (datagram and datagram.is_refused):
            self.stats["duplicates"] += 1
            return None, None
        if datagram is None:
            before, when = self.wholes.get(key, (None, 0))
            if before and abs(time - when) <= SIGHTING and before.is_known(piece):
                self.stats["duplicates"] += 1
                return None, None
            datagram = self.datagrams[key] = Datagram(piece, time)
            self.stats["datagrams"] += 1
        elif not datagram.is_refused and datagram.is_known(piece):
            self.stats["duplicates"] += 1
            return None, None
        is_first = piece.offset == 0 and piece.wire > 0 and not datagram.has_first
        if is_first:
            datagram.has_first, datagram.protocol = True, piece.protocol
            datagram.beginning = read_beginning(piece, self.ports)
        begins = datagram.beginning[3] if is_first and datagram.beginning else None
        if datagram.is_refused or datagram.spoils(piece):
            datagram.is_refused = True
        else:
            datagram.add(piece)
        if not datagram.is_refused and datagram.is_whole():
            del self.datagrams[key]
            self.wholes[key] = datagram, time
            self.count(datagram, "whole")
            data, wire = datagram.content()
            return (datagram.protocol, data, wire), begins
        return None, begins

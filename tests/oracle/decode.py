"""Frame -> one verdict, and what it carries: a message, an ICMP error, a segment, a fragment.

Written from docs/decoding.md and RFC 791, 792, 768, 1035, 4443, 4884, 8200, 9293
and 4302.  links.py knows what lies before IP, tunnels.py what lies in it.
"""
import struct

import links
import messages
import tunnels
from packet import (CUT_QUESTION, NO_QUESTION, VERDICTS, Bytes, Decoded, Error,  # noqa: F401
                    Message, Piece, Segment, Verdict, Way, address)

MOST_EXTENSIONS = 16
MOST_IP_HEADERS = 16
OPTIONS6 = (0, 43, 60)                                # hop-by-hop, routing, destination
ICMP4_ERRORS, ICMP6_ERRORS = {3, 11, 12}, {1, 2, 3, 4}


class Ip:
    """What the innermost IP header says that later steps need."""

    def __init__(self, family, src, dst, ident, ttl):
        self.family, self.src, self.dst = family, src, dst
        self.ident = ident              # IPv4 identification; IPv6 has one in fragments only
        self.ttl = ttl


class Walk:
    """The way through one frame, step by step."""

    def __init__(self, data, ports):
        self.data = data
        self.ports = ports
        self.tunnels = set()
        self.link_start = self.link_end = None
        self.outer = []                 # addresses of the IP headers so far
        self.headers = 0
        self.is_whole = False           # in a datagram that was put together

    # ------------------------------------------------------------ the way

    def note_link(self, start, end):
        if self.link_start is None and not self.headers:
            self.link_start, self.link_end = start, end

    def extend_link(self, start, end):
        """VLAN tags right behind the outermost link header are a part of it."""
        if self.link_end == start and not self.headers:
            self.link_end = end

    def way(self):
        start = self.link_start or 0
        return Way(bytes(self.data[start:self.link_end or 0]), tuple(self.outer), self.headers)

    def path(self, ip):
        way = self.way()
        return way.link, way.outer[:-1], ip.ttl

    # ------------------------------------------------------------ IP

    def begin_ip(self):
        self.headers += 1
        self.is_whole = False
        if self.headers > MOST_IP_HEADERS:
            raise Verdict("tunnel")

    def ip4(self, p):
        self.begin_ip()
        p.need(20)
        header = (p.u8(0) & 15) * 4
        if p.u8(0) >> 4 != 4 or header < 20:
            raise Verdict("malformed")
        total = p.u16(2) or p.wire                    # 0: segmentation offload
        if total < header:
            raise Verdict("malformed")
        p = p.limit(total)
        p.need(header)
        ip = Ip(4, address(p.data[12:16]), address(p.data[16:20]), p.u16(4), p.u8(8))
        self.outer.append((ip.src, ip.dst))
        offset, protocol = p.u16(6), p.u8(9)
        p = p.after(header)
        if offset & 0x3FFF:
            return self.fragment(ip, protocol, (offset & 0x1FFF) * 8, not offset & 0x2000, p)
        return Walk.inside4, ip, protocol, p

    def inside4(self, ip, protocol, p):
        while protocol == 51:
            p.need(8)
            length = (p.u8(1) + 2) * 4
            p.need(length)
            protocol, p = p.u8(0), p.after(length)
        return Walk.transport, ip, protocol, p

    def ip6(self, p):
        self.begin_ip()
        p.need(40)
        if p.u8(0) >> 4 != 6:
            raise Verdict("malformed")
        length = p.u16(4)
        ip = Ip(6, address(p.data[8:24]), address(p.data[24:40]), 0, p.u8(7))
        self.outer.append((ip.src, ip.dst))
        header = p.u8(6)
        p = p.after(40)
        if length:                                    # 0: a jumbogram, read as far as it goes
            p = p.limit(length)
        return Walk.inside6, ip, header, p

    def inside6(self, ip, header, p):
        for count in range(MOST_EXTENSIONS + 1):
            if count == MOST_EXTENSIONS and (header in OPTIONS6 or header in (44, 51)):
                raise Verdict("malformed")
            if header in OPTIONS6:
                p.need(8)
                size = (p.u8(1) + 1) * 8
            elif header == 51:                        # AH counts 4-byte units
                p.need(8)
                size = (p.u8(1) + 2) * 4
            elif header == 44:
                if self.is_whole:
                    raise Verdict("malformed")
                p.need(8)
                size, offset = 8, p.u16(2)
                ip.ident = p.u32(4)
                if offset & 0xFFF9:                   # else it is all there: RFC 6946
                    return self.fragment(ip, p.u8(0), offset & 0xFFF8, not offset & 1,
                                         p.after(8))
            else:
                break
            p.need(size)
            header, p = p.u8(0), p.after(size)
        return Walk.transport, ip, header, p

    def fragment(self, ip, protocol, offset, is_last, p):
        piece = Piece(ip.src, ip.dst, ip.family, protocol, ip.ident, ip.ttl, offset, is_last,
                      bytes(p.data), p.wire, self.way())
        return Decoded("fragment", piece=piece)

    def transport(self, ip, protocol, p):
        if protocol == 6:
            return self.tcp(ip, p)
        if protocol == 17:
            return self.udp(ip, p)
        if protocol == (1 if ip.family == 4 else 58):
            return self.icmp(ip, p)
        step = tunnels.of_ip(self, ip.family, protocol, p)
        if step is None:
            raise Verdict("ip_other")
        return step

    # ------------------------------------------------------------ UDP and TCP

    def udp(self, ip, p):
        sport, dport, length, checksum, body = udp_header(p)
        if sport not in self.ports and dport not in self.ports:
            step = tunnels.of_udp(self, sport, dport, body)
            if step is None:
                raise Verdict("udp_other")
            return step
        try:
            verdict, message = messages.read_message(body)
        except Verdict as trouble:
            return Decoded(trouble.name, is_dns=True)
        message.src, message.sport, message.dst, message.dport = ip.src, sport, ip.dst, dport
        message.same, message.path = (ip.ident, length, checksum), self.path(ip)
        return Decoded(verdict, message, is_dns=True)

    def tcp(self, ip, p):
        p.need(20)
        header, flags = (p.u8(12) >> 4) * 4, p.u8(13)
        if header < 20 or header > p.wire:
            raise Verdict("malformed")
        sport, dport = p.u16(0), p.u16(2)
        if sport not in self.ports and dport not in self.ports:
            raise Verdict("tcp_other")
        body = p.after(header)
        return Decoded("tcp_dns", segment=Segment(
            ip.src, sport, ip.dst, dport, p.u32(4), p.u32(8), bool(flags & 2),
            bool(flags & 16), bool(flags & 4), bool(flags & 1), bytes(body.data), body.wire,
            (ip.ident, body.wire, p.u16(16))))

    # ------------------------------------------------------------ ICMP

    def icmp(self, ip, p):
        p.need(4)
        errors = ICMP4_ERRORS if ip.family == 4 else ICMP6_ERRORS
        if p.u8(0) not in errors:
            raise Verdict("icmp_other")
        p.need(8)
        quote = p.after(8)
        # RFC 4884: where the quoted packet ends and extensions begin.
        if ip.family == 4 and p.u8(5):
            quote = quote.limit(p.u8(5) * 4)
        if ip.family == 6 and p.u8(0) in (1, 3) and p.u8(4):
            quote = quote.limit(p.u8(4) * 8)
        try:
            error = read_quote(quote, ip.family, self.ports)
        except Verdict:
            raise Verdict("icmp_other") from None
        error.sender, error.type, error.code = ip.src, p.u8(0), p.u8(1)
        error.same = (ip.src, ip.dst, ip.family == 4 and ip.ident, bytes(p.data))
        return Decoded("icmp_error", error=error)


def run(walk, step):
    """Steps until there is a verdict: never fails."""
    try:
        while isinstance(step, tuple):
            step = step[0](walk, *step[1:])
    except Verdict as verdict:
        is_inside = walk.headers and verdict.name == "not_ip"
        step = Decoded("ip_other" if is_inside else verdict.name)
    step.tunnels = walk.tunnels
    return step


def decode(frame, server_ports):
    """The one entry: every frame has a verdict."""
    data = frame.data[:min(frame.captured, frame.wire)]
    walk = Walk(data, server_ports)
    return run(walk, (links.link, frame.link, Bytes(data, frame.wire)))


def behind(piece, server_ports):
    """The walk as it is where a fragment's data begin."""
    walk = Walk(piece.way.link, server_ports)
    walk.link_start, walk.link_end = 0, len(piece.way.link)
    walk.outer, walk.headers = list(piece.way.outer), piece.way.headers
    walk.is_whole = True
    return walk


def decode_whole(piece, protocol, data, wire, server_ports):
    """What a datagram carries that piece made whole."""
    walk = behind(piece, server_ports)
    ip = Ip(piece.family, piece.src, piece.dst, piece.ident, piece.ttl)
    inside = Walk.inside4 if piece.family == 4 else Walk.inside6
    return run(walk, (inside, ip, protocol, Bytes(data, wire)))


def read_beginning(piece, server_ports):
    """Of a UDP datagram's first fragment with a server port: (ports, QR, message or None).

    None when it is something else.  The message is read as one that was cut where
    the fragment ends.
    """
    walk = behind(piece, server_ports)
    ip = Ip(piece.family, piece.src, piece.dst, piece.ident, piece.ttl)
    step = (Walk.inside4 if piece.family == 4 else Walk.inside6, ip, piece.protocol,
            Bytes(piece.data, piece.wire))
    try:
        while isinstance(step, tuple) and step[0] is not Walk.transport:
            step = step[0](walk, *step[1:])
        if not isinstance(step, tuple) or step[2] != 17:
            return None
        sport, dport, length, checksum, body = udp_header(step[3])
    except Verdict:
        return None
    if sport not in server_ports and dport not in server_ports:
        return None
    is_reply = body.data[2] >> 7 if len(body.data) > 2 else None
    end = length - 8 if length else 1 << 20           # the rest is elsewhere: cut, not wrong
    try:
        _verdict, message = messages.read_message(Bytes(body.data, max(end, body.wire)))
    except Verdict:
        return sport, dport, is_reply, None
    message.src, message.sport, message.dst, message.dport = ip.src, sport, ip.dst, dport
    message.same, message.path = (ip.ident, length, checksum), walk.path(ip)
    return sport, dport, is_reply, message


def udp_header(p):
    """(source port, destination port, length, checksum, what it carries)"""
    p.need(8)
    sport, dport, length, checksum = struct.unpack(">HHHH", p.data[:8])
    if length == 0:                                   # RFC 2675: up to the end
        return sport, dport, length, checksum, p.after(8)
    if length < 8:
        raise Verdict("malformed")
    return sport, dport, length, checksum, p.limit(length).after(8)


def read_quote(q, family, ports):
    """The quoted packet, as far as it goes.  Anything unfit ends in a Verdict."""
    if family == 4:
        q.need(20)
        header, total = (q.u8(0) & 15) * 4, q.u16(2)
        if q.u8(0) >> 4 != 4 or header < 20 or q.u16(6) & 0x1FFF:
            raise Verdict("icmp_other")
        src, dst = address(q.data[12:16]), address(q.data[16:20])
        protocol = q.u8(9)
        if total >= header + 8:                       # some senders spoil this field
            q = q.limit(total)
        q.need(header)
        q = q.after(header)
    else:
        q.need(40)
        if q.u8(0) >> 4 != 6:
            raise Verdict("icmp_other")
        src, dst = address(q.data[8:24]), address(q.data[24:40])
        protocol, length = q.u8(6), q.u16(4)
        q = q.after(40)
        if length >= 8:
            q = q.limit(length)
        while protocol in (0, 43, 44, 51, 60):
            q.need(8)
            if protocol == 44 and q.u16(2) >> 3:
                raise Verdict("icmp_other")
            size = {44: 8, 51: (q.u8(1) + 2) * 4}.get(protocol, (q.u8(1) + 1) * 8)
            q.need(size)
            protocol, q = q.u8(0), q.after(size)
    if protocol not in (6, 17):
        raise Verdict("icmp_other")
    q.need(4)
    sport, dport = q.u16(0), q.u16(2)
    if sport not in ports and dport not in ports:
        raise Verdict("icmp_other")
    error = Error("", family, 0, 0, src, sport, dst, dport, None, None, None, ())
    if protocol == 6:
        error.transport = "tcp"
        if len(q.data) >= 8:
            error.seq = q.u32(4)
        return error
    if len(q.data) >= 8 and q.u16(4) >= 8:
        q = q.limit(q.u16(4))
    messages.read_quoted(error, q.after(8).data if len(q.data) > 8 else b"")
    return error

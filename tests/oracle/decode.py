"""Frame -> one verdict, and what it carries: a DNS message or an ICMP error.

Written from RFC 791, 792, 768, 1035, 4443, 4884, 8200 and 4302.  Every length
is checked against two limits: the bytes that were captured, and the bytes that
were on the wire.  Beyond the first is *cut*, beyond the second is *malformed*.
"""
import ipaddress
import struct
from dataclasses import dataclass

VERDICTS = ["dns", "dns_malformed", "dns_cut", "icmp_error", "icmp_other", "udp_other",
            "tcp_dns", "tcp_other", "fragment", "tunnel", "not_ip", "ip_other", "malformed",
            "cut", "link_unsupported"]

VLAN_TYPES = {0x8100, 0x88A8, 0x9100, 0x9200}
MOST_VLAN_TAGS = 8
MOST_EXTENSIONS = 16
# MPLS, MPLS multicast, PPPoE session, PBB, NSH, transparent bridging, ERSPAN
TUNNEL_ETHERTYPES = {0x8847, 0x8848, 0x8864, 0x88E7, 0x894F, 0x6558, 0x88BE}
TUNNEL_PROTOCOLS = {4, 41, 47, 115, 137}          # IPv4, IPv6, GRE, L2TP, MPLS inside IP
TUNNEL_UDP_PORTS = {4789, 6081, 2152}             # VXLAN, GENEVE, GTP-U
ICMP4_ERRORS, ICMP6_ERRORS = {3, 11, 12}, {1, 2, 3, 4}

# What a message's question can be, beside a (name, type, class).
NO_QUESTION = "no question"       # QDCOUNT is 0
CUT_QUESTION = "question cut"     # there is one; the capture does not show it


class Verdict(Exception):
    """Decoding ends here with this verdict."""

    def __init__(self, name, is_dns=False):
        super().__init__(name)
        self.name = name
        self.is_dns = is_dns


class Bytes:
    """The rest of a packet: captured bytes, and how many were on the wire."""

    def __init__(self, data, wire):
        self.data = data[:wire]
        self.wire = wire

    def need(self, count, cut="cut", malformed="malformed"):
        if count > self.wire:
            raise Verdict(malformed)
        if count > len(self.data):
            raise Verdict(cut)

    def after(self, count):
        return Bytes(self.data[count:], self.wire - count)

    def limit(self, length):
        """Ignore what follows (padding); a longer length changes nothing."""
        return Bytes(self.data, min(self.wire, length))

    def u8(self, at):
        return self.data[at]

    def u16(self, at):
        return struct.unpack(">H", self.data[at:at + 2])[0]


@dataclass
class Message:
    """A DNS message that takes part in matching."""
    src: str
    sport: int
    dst: str
    dport: int
    ident: int            # DNS ID
    qr: int
    opcode: int
    tc: int
    rcode: int
    answers: int
    question: object      # (name, type, class), NO_QUESTION or CUT_QUESTION
    same: tuple           # what two sightings of one packet share: IP ID, length, checksum
    path: tuple           # what tells the way it came: bytes before IP, TTL
    frame: int = 0
    time: int = 0


@dataclass
class Error:
    """An ICMP error that quotes a UDP packet with a server port."""
    sender: str
    family: int
    type: int
    code: int
    qsrc: str
    qsport: int
    qdst: str
    qdport: int
    ident: int            # None: the quote is too short for it
    qr: int               # None likewise
    question: object      # None when the quote does not show it
    same: bytes
    frame: int = 0
    time: int = 0


@dataclass
class Decoded:
    verdict: str
    message: Message = None
    error: Error = None
    is_dns: bool = False  # a UDP datagram, or the first fragment of one, with a server port


def decode(frame, server_ports):
    """The one entry: never fails, every frame has a verdict."""
    wire = frame.wire
    packet = Bytes(frame.data[:min(frame.captured, wire)], wire)
    try:
        decoded = decode_link(packet, frame.link, server_ports)
    except Verdict as verdict:
        decoded = Decoded(verdict.name, is_dns=verdict.is_dns)
    if decoded.message:
        before_ip = len(frame.data) - decoded.message.path[0]
        decoded.message.path = (frame.data[:before_ip], decoded.message.path[1])
    return decoded


# ---------------------------------------------------------------- link

def decode_link(p, link, ports):
    if link == 1:
        p.need(14)
        return decode_inner(p.u16(12), p.after(14), ports)
    if link == 113:                                   # LINUX_SLL
        p.need(16)
        return decode_inner(p.u16(14), p.after(16), ports)
    if link == 276:                                   # LINUX_SLL2
        p.need(20)
        return decode_inner(p.u16(0), p.after(20), ports)
    if link in (12, 14, 101):
        p.need(1)
        version = p.u8(0) >> 4
        if version == 4:
            return decode_ip4(p, ports)
        if version == 6:
            return decode_ip6(p, ports)
        raise Verdict("malformed")
    if link == 228:
        return decode_ip4(p, ports)
    if link == 229:
        return decode_ip6(p, ports)
    if link in (0, 108):                              # NULL, LOOP
        p.need(4)
        big = struct.unpack(">I", p.data[:4])[0]
        little = struct.unpack("<I", p.data[:4])[0]
        families = {big} if link == 108 else {big, little}
        if 2 in families:
            return decode_ip4(p.after(4), ports)
        if families & {10, 24, 28, 30}:               # AF_INET6 here and there
            return decode_ip6(p.after(4), ports)
        raise Verdict("not_ip")
    raise Verdict("link_unsupported")


def decode_inner(ethertype, p, ports):
    """Behind an EtherType, which may be a VLAN tag's: up to eight of them."""
    for _tag in range(MOST_VLAN_TAGS):
        if ethertype not in VLAN_TYPES:
            break
        p.need(4)
        ethertype, p = p.u16(2), p.after(4)
    if ethertype == 0x0800:
        return decode_ip4(p, ports)
    if ethertype == 0x86DD:
        return decode_ip6(p, ports)
    if ethertype in TUNNEL_ETHERTYPES:
        raise Verdict("tunnel")
    raise Verdict("not_ip")


# ---------------------------------------------------------------- IP

@dataclass
class Ip:
    family: int
    src: str
    dst: str
    ident: int              # IPv4 identification; IPv6 has none: 0
    first_fragment: bool
    captured: int           # bytes from the IP header on
    ttl: int


def decode_ip4(p, ports):
    p.need(1)
    header = (p.u8(0) & 15) * 4
    if p.u8(0) >> 4 != 4 or header < 20:
        raise Verdict("malformed")
    p.need(20)
    total = p.u16(2)
    if total == 0:                                    # segmentation offload
        total = p.wire
    if total < header:
        raise Verdict("malformed")
    captured = len(p.data)
    p = p.limit(total)
    p.need(header)
    offset = p.u16(6)
    ip = Ip(4, str(ipaddress.IPv4Address(p.data[12:16])),
            str(ipaddress.IPv4Address(p.data[16:20])), p.u16(4), False, captured, p.u8(8))
    protocol = p.u8(9)
    p = p.after(header)
    if offset & 0x1fff:
        raise Verdict("fragment")
    if offset & 0x2000:
        ip.first_fragment = True
    while protocol == 51:
        p.need(8)
        length = (p.u8(1) + 2) * 4
        p.need(length)
        protocol, p = p.u8(0), p.after(length)
    return decode_transport(ip, protocol, p, ports)


def decode_ip6(p, ports):
    p.need(1)
    if p.u8(0) >> 4 != 6:
        raise Verdict("malformed")
    p.need(40)
    length = p.u16(4)
    ip = Ip(6, str(ipaddress.IPv6Address(p.data[8:24])),
            str(ipaddress.IPv6Address(p.data[24:40])), 0, False, len(p.data), p.u8(7))
    header = p.u8(6)
    p = p.after(40)
    if length:                                        # 0: a jumbogram, read as far as it goes
        p = p.limit(length)
    for count in range(MOST_EXTENSIONS + 1):
        if count == MOST_EXTENSIONS and header in (0, 43, 44, 51, 60):
            raise Verdict("malformed")
        if header in (0, 43, 60):                     # hop-by-hop, routing, destination
            p.need(8)
            size = (p.u8(1) + 1) * 8
        elif header == 51:                            # AH counts 4-byte units
            p.need(8)
            size = (p.u8(1) + 2) * 4
        elif header == 44:
            p.need(8)
            size = 8
            if p.u16(2) >> 3:
                raise Verdict("fragment")
            ip.ident = struct.unpack(">I", p.data[4:8])[0]
            if p.u16(2) & 1:
                ip.first_fragment = True
        else:
            break
        p.need(size)
        header, p = p.u8(0), p.after(size)
    return decode_transport(ip, header, p, ports)


def decode_transport(ip, protocol, p, ports):
    if ip.first_fragment and protocol != 17:
        raise Verdict("fragment")
    if protocol in TUNNEL_PROTOCOLS:
        raise Verdict("tunnel")
    if protocol == 6:
        p.need(4)
        dns = p.u16(0) in ports or p.u16(2) in ports
        raise Verdict("tcp_dns" if dns else "tcp_other")
    if protocol == 17:
        try:
            decoded = decode_udp(ip, p, ports)
        except Verdict as verdict:
            decoded = Decoded(verdict.name, is_dns=verdict.name in ("dns_cut", "dns_malformed"))
        if ip.first_fragment:
            decoded.verdict = "fragment"
        return decoded
    if protocol == (1 if ip.family == 4 else 58):
        return decode_icmp(ip, p, ports)
    raise Verdict("ip_other")


# ---------------------------------------------------------------- UDP and DNS

def decode_udp(ip, p, ports):
    p.need(8)
    sport, dport, length, checksum = struct.unpack(">HHHH", p.data[:8])
    if length == 0:                                   # RFC 2675: up to the end
        p = p.after(8)
    elif length < 8:
        raise Verdict("malformed")
    else:
        p = p.limit(length).after(8)
    if sport not in ports and dport not in ports:
        raise Verdict("tunnel" if dport in TUNNEL_UDP_PORTS else "udp_other")
    if ip.first_fragment:                             # the rest is elsewhere: cut, not wrong
        p = Bytes(p.data[:p.wire], 1 << 20)

    p.need(12, "dns_cut", "dns_malformed")
    ident, flags, questions, answers = struct.unpack(">HHHH", p.data[:8])
    verdict = "dns"
    question = NO_QUESTION
    if questions:
        try:
            question = read_question(p)
        except Verdict as trouble:
            if trouble.name == "dns_malformed":
                raise
            verdict, question = "dns_cut", CUT_QUESTION
    message = Message(ip.src, sport, ip.dst, dport, ident, flags >> 15, flags >> 11 & 15,
                      flags >> 9 & 1, full_rcode(p, flags & 15), answers, question,
                      (ip.ident, length, checksum), (ip.captured, ip.ttl))
    return Decoded(verdict, message, is_dns=True)


def read_question(p):
    """The first question: labels only, at most 255 octets in all."""
    at, labels, octets = 12, [], 1
    while True:
        p.need(at + 1, "dns_cut", "dns_malformed")
        length = p.u8(at)
        if length == 0:
            break
        if length > 63:
            raise Verdict("dns_malformed")
        octets += 1 + length
        if octets > 255:
            raise Verdict("dns_malformed")
        p.need(at + 1 + length, "dns_cut", "dns_malformed")
        labels.append(p.data[at + 1:at + 1 + length].lower())     # bytes.lower(): ASCII only
        at += 1 + length
    p.need(at + 5, "dns_cut", "dns_malformed")
    return tuple(labels), p.u16(at + 1), p.u16(at + 3)


def full_rcode(p, low):
    """The header's rcode, with the OPT record's upper bits when it can be found."""
    data = p.data
    counts = struct.unpack(">HHHH", data[4:12])
    at = 12

    def skip_name(at):
        while data[at]:
            if data[at] >= 0xC0:
                return at + 2
            if data[at] > 63:
                raise IndexError
            at += 1 + data[at]
        return at + 1

    try:
        for _ in range(counts[0]):
            at = skip_name(at) + 4
        for _ in range(sum(counts[1:])):
            at = skip_name(at)
            kind, _class, ttl, length = struct.unpack(">HHIH", data[at:at + 10])
            if kind == 41:
                return ttl >> 24 << 4 | low
            at += 10 + length
    except (IndexError, struct.error):
        pass
    return low


# ---------------------------------------------------------------- ICMP

def decode_icmp(ip, p, ports):
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
        error = read_quote(quote, ip.family, ports)
    except Verdict:
        raise Verdict("icmp_other") from None
    error.sender, error.type, error.code = ip.src, p.u8(0), p.u8(1)
    error.same = (ip.src, ip.dst, p.data)
    return Decoded("icmp_error", error=error)


def read_quote(q, family, ports):
    """The quoted packet, as far as it goes.  Anything unfit ends in a Verdict."""
    if family == 4:
        q.need(20)
        header, total = (q.u8(0) & 15) * 4, q.u16(2)
        if q.u8(0) >> 4 != 4 or header < 20 or q.u16(6) & 0x1fff:
            raise Verdict("icmp_other")
        src = str(ipaddress.IPv4Address(q.data[12:16]))
        dst = str(ipaddress.IPv4Address(q.data[16:20]))
        protocol = q.u8(9)
        if total >= header + 8:                       # some senders spoil this field
            q = q.limit(total)
        q.need(header)
        q = q.after(header)
    else:
        q.need(40)
        if q.u8(0) >> 4 != 6:
            raise Verdict("icmp_other")
        src = str(ipaddress.IPv6Address(q.data[8:24]))
        dst = str(ipaddress.IPv6Address(q.data[24:40]))
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
    if protocol != 17:
        raise Verdict("icmp_other")
    q.need(4)
    sport, dport = q.u16(0), q.u16(2)
    if sport not in ports and dport not in ports:
        raise Verdict("icmp_other")
    error = Error("", family, 0, 0, src, sport, dst, dport, None, None, None, b"")
    if len(q.data) >= 8 and q.u16(4) >= 8:
        q = q.limit(q.u16(4))
    dns = q.after(8).data if len(q.data) > 8 else b""
    if len(dns) >= 2:
        error.ident = struct.unpack(">H", dns[:2])[0]
    if len(dns) >= 3:
        error.qr = dns[2] >> 7
    if len(dns) >= 12:
        if dns[4:6] == b"\0\0":
            error.question = NO_QUESTION
        else:
            try:
                error.question = read_question(Bytes(dns, 1 << 20))
            except Verdict:
                pass
    return error

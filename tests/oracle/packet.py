"""What a frame comes to: a verdict, and the things that take part in matching.

Every length is checked against two limits: the bytes that were captured, and
the bytes that were on the wire.  Beyond the first is *cut*, beyond the second
is *malformed*.
"""
import socket
import struct
from dataclasses import dataclass, field

VERDICTS = ["dns", "dns_malformed", "dns_cut", "icmp_error", "icmp_other", "udp_other",
            "tcp_dns", "tcp_other", "fragment", "tunnel", "not_ip", "ip_other", "malformed",
            "cut", "link_unsupported"]

# What a message's question can be, beside a (name, type, class).
NO_QUESTION = "no question"       # QDCOUNT is 0
CUT_QUESTION = "question cut"     # there is one; the capture does not show it
ENDLESS = 1 << 20                 # bytes of which nobody knows how many there were


class Verdict(Exception):
    """Decoding ends here with this verdict."""

    def __init__(self, name):
        super().__init__(name)
        self.name = name


class Bytes:
    """The rest of a packet: captured bytes, how many were on the wire, place in the frame."""

    def __init__(self, data, wire, at=0):
        self.data = data if len(data) <= wire else data[:wire]
        self.wire = wire
        self.at = at

    def need(self, count, cut="cut", malformed="malformed"):
        if count > self.wire:
            raise Verdict(malformed)
        if count > len(self.data):
            raise Verdict(cut)

    def after(self, count):
        return Bytes(self.data[count:], max(0, self.wire - count), self.at + count)

    def limit(self, length):
        """Ignore what follows (padding); a longer length changes nothing."""
        return Bytes(self.data, min(self.wire, length), self.at)

    def u8(self, at):
        return self.data[at]

    def u16(self, at):
        return self.data[at] << 8 | self.data[at + 1]

    def u32(self, at):
        return struct.unpack(">I", self.data[at:at + 4])[0]


def address(data):
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)


@dataclass
class Options:
    """What EDNS says in a reply."""
    ede: list = field(default_factory=list)       # info codes
    nsid: bytes = None
    has_cookie: bool = False
    has_client_subnet: bool = False


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
    path: tuple           # what tells the way it came
    options: Options = None
    transport: str = "udp"
    frame: int = 0
    time: int = 0


@dataclass
class Error:
    """An ICMP error that quotes a UDP or TCP packet with a server port."""
    sender: str
    family: int
    type: int
    code: int
    qsrc: str
    qsport: int
    qdst: str
    qdport: int
    ident: int            # None: the quote is too short for it, or of TCP
    qr: int               # None likewise
    question: object      # None when the quote does not show it
    same: tuple
    transport: str = "udp"
    seq: int = None       # of TCP; None when the quote is too short
    frame: int = 0
    time: int = 0


@dataclass
class Segment:
    """A TCP segment with a server port."""
    src: str
    sport: int
    dst: str
    dport: int
    seq: int
    ack: int
    is_syn: bool
    is_ack: bool
    is_rst: bool
    is_fin: bool
    payload: bytes        # as far as it was captured
    wire: int             # length of the payload on the wire
    same: tuple
    frame: int = 0
    time: int = 0


@dataclass
class Way:
    """Where in its frame a packet was found."""
    link: bytes = b""                 # the outermost link header
    outer: tuple = ()                 # addresses of the IP headers around it
    headers: int = 0                  # IP headers so far


@dataclass
class Piece:
    """A fragment of an IP datagram."""
    src: str
    dst: str
    family: int
    protocol: int         # of IPv6: what follows the fragment header
    ident: int
    ttl: int
    offset: int
    is_last: bool
    data: bytes
    wire: int
    way: Way

    def key(self):
        return self.src, self.dst, self.ident, self.protocol if self.family == 4 else None


@dataclass
class Decoded:
    verdict: str
    message: Message = None
    error: Error = None
    segment: Segment = None
    piece: Piece = None
    is_dns: bool = False              # a DNS message over UDP, readable or not
    tunnels: set = field(default_factory=set)

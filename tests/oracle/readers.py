"""Plain readers for classic pcap and pcapng files.

Written from the two format descriptions (draft-ietf-opsawg-pcap, -pcapng).  Where
a file is damaged, reading ends: the frames before that count.
"""
import struct
from dataclasses import dataclass, field

BIGGEST_RECORD = 262144
# libpcap allows longer records for DBUS, EBHSCR and the USB link types.
BIGGEST_RECORD_OF = {231: 128 << 20, 279: 8 << 20, 189: 128 << 20,
                     220: 128 << 20, 249: 128 << 20}
BILLION = 10 ** 9


class NotACapture(Exception):
    """The file cannot be opened as a capture at all."""


@dataclass
class Frame:
    number: int        # counted from 1
    time_ns: int       # as the file says it, seconds taken as unsigned; None: it says none
    data: bytes
    captured: int
    wire: int          # length on the wire
    link: int          # link type as the file gives it
    carried: bool = False   # a fraction of a second or more


@dataclass
class Capture:
    path: str
    container: str = ""
    frames: list = field(default_factory=list)
    problem: str = None       # why reading stopped before the end, or None
    links: list = field(default_factory=list)

    def fail(self, why):
        self.problem = why


def longest_record(link):
    return BIGGEST_RECORD_OF.get(link, BIGGEST_RECORD)


def adjusted_snaplen(link, snaplen):
    if snaplen == 0 or snaplen > 0x7fffffff:
        return longest_record(link)
    return snaplen


def read_capture(path):
    with open(path, "rb") as f:
        data = f.read()
    magic = data[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        return read_pcapng(path, data)
    if magic in PCAP_MAGICS:
        return read_pcap(path, data)
    raise NotACapture("starts with " + (magic.hex() or "nothing"))


# ---------------------------------------------------------------- classic pcap

# magic -> byte order, ticks per second, length of a record header
PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 10 ** 6, 16), b"\xa1\xb2\xc3\xd4": (">", 10 ** 6, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 10 ** 9, 16), b"\xa1\xb2\x3c\x4d": (">", 10 ** 9, 16),
    b"\x34\xcd\xb2\xa1": ("<", 10 ** 6, 24), b"\xa1\xb2\xcd\x34": (">", 10 ** 6, 24),
}


def read_pcap(path, data):
    order, ticks, header_len = PCAP_MAGICS[data[:4]]
    if len(data) < 24:
        raise NotACapture("file header is cut: %d bytes" % len(data))
    major, minor, _zone, _figs, snaplen, link = struct.unpack(order + "HHiIII", data[4:24])
    cap = Capture(path, "pcap")
    link &= 0x03ffffff
    cap.links = [link]
    if major < 2:
        raise NotACapture("archaic pcap version %d.%d" % (major, minor))
    # There is nothing past 2.4.
    is_spoilt = major == 2 and minor > 4 and header_len == 16 and order == "<"
    if not (major == 2 and minor <= 4 or (major, minor) == (543, 0) or is_spoilt):
        raise NotACapture("pcap version %d.%d" % (major, minor))
    swapped_lengths = major == 543 or minor < 3
    maybe_swapped = major == 2 and minor == 3
    snaplen = adjusted_snaplen(link, snaplen)
    if header_len == 24 and link == 1:
        snaplen = min(snaplen + 14, 0x7fffffff)

    at = 24
    while at < len(data):
        if at + header_len > len(data):
            cap.fail("file ends inside a record header at offset %d" % at)
            break
        sec, fraction, captured, wire = struct.unpack(order + "IIII", data[at:at + 16])
        if swapped_lengths or (maybe_swapped and captured > wire):
            captured, wire = wire, captured
        if captured > longest_record(link):
            cap.fail("record of %d bytes at offset %d" % (captured, at))
            break
        body = data[at + header_len:at + header_len + captured]
        if len(body) < captured:
            cap.fail("file ends inside a record at offset %d" % at)
            break
        at += header_len + captured
        body = body[:snaplen]
        time_ns = sec * BILLION + fraction * (BILLION // ticks)
        cap.frames.append(Frame(len(cap.frames) + 1, time_ns, body, len(body), wire, link,
                                carried=fraction * (BILLION // ticks) >= BILLION))
    return cap


# ---------------------------------------------------------------- pcapng

SECTION, INTERFACE, PACKET, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
LONGEST_BLOCK = 16 << 20


class Damage(Exception):
    """Nothing behind this can be read."""


@dataclass
class Interface:
    link: int
    snaplen: int
    ticks: int
    offset_s: int

    def time_ns(self, ticks):
        time = ticks * BILLION // self.ticks + self.offset_s * BILLION
        return time if time >= 0 else None


def read_interface(order, body):
    """Section 4.2."""
    if len(body) < 8:
        raise Damage("interface block is short")
    link, _reserved, snaplen = struct.unpack(order + "HHI", body[:8])
    found = {9: b"\6", 14: bytes(8)}               # if_tsresol, if_tsoffset
    seen, at = set(), 8
    while at < len(body):
        code, length = struct.unpack(order + "HH", body[at:at + 4])
        value = body[at + 4:at + 4 + length]
        at += 4 + length + -length % 4
        if at > len(body) or code == 0 and length:
            raise Damage("option of an interface overruns it")
        if code == 0:
            break
        if code in found:
            if code in seen or length != len(found[code]):
                raise Damage("time option of an interface is wrong")
            seen.add(code)
            found[code] = value
    power = found[9][0] & 0x7F
    ticks = 2 ** power if found[9][0] & 0x80 else 10 ** power
    return Interface(link, snaplen, ticks, struct.unpack(order + "q", found[14])[0])


def read_packet(cap, order, kind, body, interfaces):
    """Sections 4.3, 4.4 and A of the draft: adds the frame."""
    if len(body) < (4 if kind == SIMPLE else 20):
        raise Damage("packet block is short")
    if kind == SIMPLE:
        index, ticks, wire, rest = 0, None, struct.unpack(order + "I", body[:4])[0], body[4:]
        captured = min(wire, len(rest))
    else:
        index, high, low, captured, wire = struct.unpack(order + "IIIII", body[:20])
        if kind == PACKET:
            index = struct.unpack(order + "H", body[:2])[0]
        ticks, rest = high << 32 | low, body[20:]
    if index >= len(interfaces):
        raise Damage("packet of interface %d, which is not described" % index)
    if captured > min(len(rest), BIGGEST_RECORD):
        raise Damage("packet is longer than its block")
    card = interfaces[index]
    if card.snaplen:
        captured = min(captured, card.snaplen)
    cap.frames.append(Frame(len(cap.frames) + 1, None if ticks is None else card.time_ns(ticks),
                            rest[:captured], captured, wire, card.link))


def blocks(data):
    """(kind, byte order, body, offset) of each block."""
    at, order = 0, None
    while at < len(data):
        if at + 12 > len(data):
            raise Damage("file ends inside a block header at offset %d" % at)
        if data[at:at + 4] == b"\n\r\r\n":
            order = BYTE_ORDERS.get(data[at + 8:at + 12])
            if order is None:
                raise Damage("section with a bad byte order mark at offset %d" % at)
        kind, total = struct.unpack(order + "II", data[at:at + 8])
        if total < 12 or total % 4 or total > LONGEST_BLOCK:
            raise Damage("block of length %d at offset %d" % (total, at))
        if at + total > len(data):
            raise Damage("file ends inside a block at offset %d" % at)
        if struct.unpack(order + "I", data[at + total - 4:at + total])[0] != total:
            raise Damage("block lengths differ at offset %d" % at)
        yield kind, order, data[at + 8:at + total - 4]
        at += total


def read_pcapng(path, data):
    cap = Capture(path, "pcapng")
    interfaces = []          # of the current section
    order = BYTE_ORDERS.get(data[8:12])
    if len(data) < 24 or order is None:
        raise NotACapture("not a pcapng section header")
    if struct.unpack(order + "H", data[12:14])[0] != 1:
        raise NotACapture("pcapng of another version")
    try:
        for kind, order, body in blocks(data):
            if kind == SECTION:
                if len(body) < 16 or struct.unpack(order + "H", body[4:6])[0] != 1:
                    raise Damage("section header is short or of another version")
                interfaces = []
            elif kind == INTERFACE:
                interfaces.append(read_interface(order, body))
                if interfaces[-1].link not in cap.links:
                    cap.links.append(interfaces[-1].link)
            elif kind in (PACKET, SIMPLE, ENHANCED):
                read_packet(cap, order, kind, body, interfaces)
    except (Damage, struct.error) as trouble:
        cap.fail(str(trouble))
    return cap

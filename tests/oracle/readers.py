"""Plain readers for classic pcap and pcapng files.

Written from the two format descriptions.  The readers go on where the format
allows it, and note beside that at which frame libpcap 1.10.3 would stop and
why (`Capture.stop_at`, `Capture.stop_why`), because dnsgap reads through
libpcap.  `Capture.libpcap_frames()` are the frames that libpcap hands out.
"""
import struct
from dataclasses import dataclass, field

BIGGEST_RECORD = 262144
# libpcap allows longer records for DBUS, EBHSCR and the USB link types.
BIGGEST_RECORD_OF = {231: 128 << 20, 279: 8 << 20, 189: 128 << 20,
                     220: 128 << 20, 249: 128 << 20}
BILLION = 10 ** 9

# Link type in a file -> libpcap's DLT, where the two differ.
FILE_LINK_TO_DLT = {50: 50, 51: 51, 100: 11, 101: 12, 102: 15, 103: 16, 104: 104,
                    106: 19}


class NotACapture(Exception):
    """The file cannot be opened as a capture at all."""


@dataclass
class Frame:
    number: int        # counted from 1
    time_ns: int       # as the file says it, seconds taken as unsigned
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
    stop_at: int = None       # libpcap hands out this many frames, then fails
    stop_why: str = None
    links: list = field(default_factory=list)

    def libpcap_stops(self, why):
        if self.stop_at is None:
            self.stop_at = len(self.frames)
            self.stop_why = why

    def fail(self, why):
        self.problem = why
        self.libpcap_stops(why)

    def libpcap_refuses_to_open(self):
        return bool(self.stop_why) and self.stop_why.startswith("open: ")

    def libpcap_frames(self):
        if self.stop_at is None:
            return self.frames
        return self.frames[:self.stop_at]


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
    if not (major == 2 and minor <= 4 or (major, minor) == (543, 0)):
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

@dataclass
class Interface:
    link: int
    snaplen: int
    ticks: int = 10 ** 6
    offset_s: int = 0


def idb_options(order, body):
    """The options of an interface block: (ticks, offset, complaint or None)."""
    ticks, offset, seen = 10 ** 6, 0, set()
    at = 0
    while at < len(body):
        if at + 4 > len(body):
            return ticks, offset, "option header is cut"
        code, length = struct.unpack(order + "HH", body[at:at + 4])
        value = body[at + 4:at + 4 + length]
        at += 4 + (length + 3) // 4 * 4
        if at > len(body):
            return ticks, offset, "option value is cut"
        if code == 0:
            return ticks, offset, "end of options has a length" if length else None
        if code in (9, 14) and code in seen:
            return ticks, offset, "time option twice"
        seen.add(code)
        if code == 9:
            if length != 1:
                return ticks, offset, "if_tsresol has length %d" % length
            power = value[0] & 0x7f
            binary = value[0] & 0x80
            if power > (63 if binary else 19):
                return ticks, offset, "if_tsresol is too fine"
            ticks = 2 ** power if binary else 10 ** power
        if code == 14:
            if length != 8:
                return ticks, offset, "if_tsoffset has length %d" % length
            offset = struct.unpack(order + "q", value)[0]
    return ticks, offset, None


def read_pcapng(path, data):
    cap = Capture(path, "pcapng")
    order = None
    interfaces = []          # of the current section
    first = None             # libpcap: link type (DLT) and snap length of the first one
    at = 0

    if len(data) < 12 or data[8:12] not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
        raise NotACapture("not a pcapng section header")
    while at < len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a" and len(data) >= at + 12:
            bom = data[at + 8:at + 12]
            new_order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(bom)
            if new_order is None:
                cap.fail("section with a bad byte order mark at offset %d" % at)
                break
            if order not in (None, new_order):
                cap.libpcap_stops("sections with different byte orders")
            order = new_order
        if at + 8 > len(data):
            cap.fail("file ends inside a block header at offset %d" % at)
            break
        kind, total = struct.unpack(order + "II", data[at:at + 8])
        # libpcap looks less closely at the very first section header.
        if at == 0 and not 28 <= total <= 1 << 20:
            cap.fail("section header of length %d" % total)
            break
        if at and (total < 12 or total % 4 or total > 16 << 20):
            cap.fail("block of length %d at offset %d" % (total, at))
            break
        if at + total > len(data):
            cap.fail("file ends inside a block at offset %d" % at)
            break
        if at and struct.unpack(order + "I", data[at + total - 4:at + total])[0] != total:
            cap.fail("block lengths differ at offset %d" % at)
            break
        body = data[at + 8:at + total - 4]
        section_start = at == 0
        at += total

        if kind == 0x0A0D0D0A:
            if len(body) < 16:
                cap.fail("section header is short")
                break
            major, minor = struct.unpack(order + "HH", body[4:8])
            if section_start and (major != 1 or minor not in (0, 2)):
                cap.libpcap_stops("open: unsupported pcapng savefile version %d.%d"
                                  % (major, minor))
            elif major != 1:
                cap.libpcap_stops("unknown pcapng savefile major version number %d" % major)
            if major != 1:
                cap.problem = "pcapng version %d.%d" % (major, minor)
                break
            interfaces = []
        elif kind == 1:
            if len(body) < 8:
                cap.fail("interface block is short")
                break
            link, _reserved, snaplen = struct.unpack(order + "HHI", body[:8])
            dlt = FILE_LINK_TO_DLT.get(link, link)
            if first is None:
                first = (dlt, adjusted_snaplen(dlt, snaplen))
            # libpcap compares the DLT of the first with the number in the file.
            elif link != first[0]:
                cap.libpcap_stops("an interface has a type %d different from the type of "
                                  "the first interface" % link)
            elif adjusted_snaplen(dlt, snaplen) != first[1]:
                cap.libpcap_stops("an interface has a snapshot length %d different from the "
                                  "snapshot length of the first interface" % snaplen)
            ticks, offset, complaint = idb_options(order, body[8:])
            if complaint:
                opening = len(cap.links) == 0
                cap.libpcap_stops("open: " * opening + "interface block: " + complaint)
            interfaces.append(Interface(link, snaplen, ticks, offset))
            if link not in cap.links:
                cap.links.append(link)
        elif kind in (2, 3, 6):
            if first is None:
                cap.libpcap_stops("open: a packet block before any interface block")
            bad = read_packet_block(cap, order, kind, body, interfaces, first)
            if bad:
                cap.fail(bad)
                break
    if first is None:
        cap.stop_at = None
        cap.libpcap_stops("open: the capture file has no Interface Description Blocks")
    return cap


def read_packet_block(cap, order, kind, body, interfaces, first):
    """Adds the frame of one packet block; a text when it cannot."""
    if kind == 3:
        if len(body) < 4:
            return "simple packet block is short"
        index, ticks = 0, 0
        wire = struct.unpack(order + "I", body[:4])[0]
        rest = body[4:]
        captured = min(wire, first[1]) if first else wire
    else:
        if len(body) < 20:
            return "packet block is short"
        if kind == 6:
            index, high, low, captured, wire = struct.unpack(order + "IIIII", body[:20])
        else:
            index, _drops, high, low, captured, wire = struct.unpack(order + "HHIIII", body[:20])
        ticks = high << 32 | low
        rest = body[20:]
    if index >= len(interfaces):
        return "packet of interface %d, which is not described" % index
    if first and captured > first[1]:
        cap.libpcap_stops("invalid packet capture length %d, bigger than snaplen" % captured)
    if captured > len(rest):
        return "packet is longer than its block"
    card = interfaces[index]
    seconds, part = divmod(ticks, card.ticks)
    time_ns = (seconds + card.offset_s) * BILLION + part * BILLION // card.ticks
    cap.frames.append(Frame(len(cap.frames) + 1, time_ns, rest[:captured], captured, wire,
                            card.link))
    return None

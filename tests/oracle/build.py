"""Bytes of packets and capture files, for the oracle's tests."""
import struct


def name(text):
    return b"".join(bytes([len(x)]) + x.encode() for x in text.split(".") if x) + b"\0"


def dns(ident=7, reply=False, qname="www.example", rcode=0, tc=0, count=1, flags=0):
    flags |= reply << 15 | tc << 9 | rcode
    question = name(qname) + struct.pack(">HH", 1, 1) if count else b""
    return struct.pack(">HHHHHH", ident, flags, count, 0, 0, 0) + question


def udp(sport, dport, body, length=None):
    return struct.pack(">HHHH", sport, dport, 8 + len(body) if length is None else length,
                       0) + body


def ip4(protocol, body, src="10.0.0.1", dst="10.0.0.2", offset=0, total=None, options=b""):
    header = 20 + len(options)
    return (struct.pack(">BBHHHBBH", 0x40 | header // 4, 0,
                        header + len(body) if total is None else total, 1, offset, 64, protocol, 0)
            + bytes(map(int, src.split("."))) + bytes(map(int, dst.split("."))) + options + body)


def ip6(header, body, length=None):
    return (struct.pack(">IHBB", 6 << 28, len(body) if length is None else length, header, 64)
            + bytes(15) + b"\1" + bytes(15) + b"\2" + body)


def ether(body, ethertype=0x0800, tags=()):
    out = bytes(12)
    for tag in tags:
        out += struct.pack(">HH", tag, 5)
    return out + struct.pack(">H", ethertype) + body


def pcap(records, link=1, magic=b"\xd4\xc3\xb2\xa1", order="<", ticks=10 ** 6, extra=0):
    """A classic pcap file; records are (time in ns, captured bytes, length on the wire)."""
    out = magic + struct.pack(order + "HHiIII", 2, 4, 0, 0, 262144, link)
    for time_ns, data, wire in records:
        seconds, part = divmod(time_ns, 10 ** 9)
        out += struct.pack(order + "IIII", seconds, part * ticks // 10 ** 9, len(data), wire)
        out += bytes(extra) + data
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def pcapng(records, links=(1,), order="<"):
    """A pcapng file in nanoseconds; the records go round the interfaces."""
    out = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link in links:
        out += block(order, 1, struct.pack(order + "HHI", link, 0, 0)
                     + struct.pack(order + "HHB3x", 9, 1, 9) + bytes(4))
    for i, (time_ns, data, wire) in enumerate(records):
        out += block(order, 6, struct.pack(order + "IIIII", i % len(links), time_ns >> 32,
                                           time_ns & 0xffffffff, len(data), wire) + data)
    return out


# ---------------------------------------------------------------- TCP and fragments

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}


def tcp(sport, dport, flags, seq, ack=0, body=b"", options=b"", checksum=0):
    """flags: letters of FSRPA."""
    return struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff,
                       (20 + len(options)) // 4 << 4, sum(FLAGS[f] for f in flags), 0,
                       checksum, 0) + options + body


def framed(*messages):
    """Messages as TCP carries them: RFC 1035 4.2.2."""
    return b"".join(struct.pack(">H", len(m)) + m for m in messages)


def pieces(payload, *cuts):
    """(offset, is the last, bytes) of the fragments that end at the cuts."""
    ends = [*cuts, len(payload)]
    return [(a, b == len(payload), payload[a:b]) for a, b in zip([0, *ends], ends)]


def fragment4(protocol, piece, ident=1, src="10.0.0.1", dst="10.0.0.2"):
    offset, is_last, body = piece
    data = ip4(protocol, body, src, dst, offset // 8 | (0 if is_last else 0x2000))
    return data[:4] + struct.pack(">H", ident) + data[6:]


def fragment6(protocol, piece, ident=1):
    offset, is_last, body = piece
    return ip6(44, struct.pack(">BBHI", protocol, 0, offset | (not is_last), ident) + body)


def to6(data, src, dst):
    """An IPv6 packet with other addresses: their last octets."""
    return data[:8] + bytes(15) + bytes([src]) + bytes(15) + bytes([dst]) + data[40:]

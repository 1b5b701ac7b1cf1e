"""Frames and captures made by hand, for the tests of the command line.

In a test: `python3 -c 'from wire import *; ...'`.
"""
import ipaddress
import struct

EN10MB, RAW, IEEE802_11 = 1, 101, 127


def name(*labels):
    """Labels (str or bytes, of any octets) as a name on the wire."""
    raw = [x.encode() if isinstance(x, str) else x for x in labels]
    return b"".join(bytes([len(x)]) + x for x in raw) + b"\0"


def message(ident=1, labels=("www", "example"), reply=False, rcode=0):
    flags = (0x8180 | rcode) if reply else 0x0100
    return struct.pack(">6H", ident, flags, 1, 0, 0, 0) + name(*labels) + struct.pack(">2H", 1, 1)


def udp(source, source_port, target, target_port, payload):
    """An IPv4 packet without a link layer."""
    head = struct.pack(">2BHHHBBH", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0)
    head += ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    return head + struct.pack(">4H", source_port, target_port, 8 + len(payload), 0) + payload


def query(port=40000, ident=1, labels=("www", "example"), server="198.51.100.53"):
    return udp("192.0.2.1", port, server, 53, message(ident, labels))


def reply(port=40000, ident=1, labels=("www", "example"), server="198.51.100.53", rcode=0):
    return udp(server, 53, "192.0.2.1", port, message(ident, labels, True, rcode))


def header(link=RAW, snap=262144, magic=0xa1b2c3d4, order="<"):
    return struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)


def record(frame, seconds=1700000000, fraction=0, captured=None, wire=None, order="<"):
    captured = len(frame) if captured is None else captured
    wire = len(frame) if wire is None else wire
    return struct.pack(order + "4I", seconds & 0xffffffff, fraction & 0xffffffff,
                       captured, wire) + frame


def save(path, *records, **options):
    with open(path, "wb") as file:
        file.write(header(**options) + b"".join(records))


def pairs(count, start=1700000000, step=0.1, first_port=20000):
    """Records of queries that are answered after a millisecond."""
    out = []
    for i in range(count):
        micros = round(i * step * 1e6)
        seconds, micros = start + micros // 10**6, micros % 10**6
        out.append(record(query(first_port + i, i), seconds, micros))
        out.append(record(reply(first_port + i, i), seconds, micros + 1000))
    return out

"""pcapng files made by hand, for the tests of the command line.

In a test: `python3 -c 'from wire import *; from ng import *; ...'`.
"""
import struct

from wire import RAW, query, reply

SHB, IDB, PB, SPB, NRB, ISB, EPB, DSB = 0x0a0d0d0a, 1, 2, 3, 4, 5, 6, 10
START = 1700000000


def block(kind, body=b"", order="<", size=None, trailer=None):
    """A block; size and trailer are its two lengths, if they are to be wrong."""
    body += bytes(-len(body) % 4)
    size = 12 + len(body) if size is None else size
    return struct.pack(order + "2I", kind, size) + body \
        + struct.pack(order + "I", size if trailer is None else trailer)


def option(code, value, order="<"):
    return struct.pack(order + "2H", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<", major=1, magic=0x1a2b3c4d, more=b""):
    return block(SHB, struct.pack(order + "I2Hq", magic, major, 0, -1) + more, order)


def interface(link=RAW, snap=262144, order="<", more=b""):
    return block(IDB, struct.pack(order + "2HI", link, 0, snap) + more, order)


def packet(frame, seconds=START, number=0, order="<", unit=10**6, captured=None, wire=None,
           kind=EPB):
    """An enhanced packet, or an old one (PB); its time in units of a second."""
    ticks = round(seconds * unit) & (1 << 64) - 1
    head = struct.pack(order + "I", number) if kind == EPB else struct.pack(order + "2H", number, 0)
    return block(kind, head + struct.pack(
        order + "4I", ticks >> 32, ticks & 0xffffffff,
        len(frame) if captured is None else captured, len(frame) if wire is None else wire)
        + frame, order)


def simple(frame, order="<", wire=None):
    return block(SPB, struct.pack(order + "I", len(frame) if wire is None else wire) + frame, order)


def statistics(number=0, dropped=None, by_system=None, order="<"):
    more = b""
    if dropped is not None:
        more += option(5, struct.pack(order + "Q", dropped), order)
    if by_system is not None:
        more += option(7, struct.pack(order + "Q", by_system), order)
    return block(ISB, struct.pack(order + "3I", number, 0, 0) + more + option(0, b"", order), order)


def both(port=20000, seconds=START, number=0, order="<", unit=10**6, link=b""):
    """A query and its reply, a millisecond later."""
    return packet(link + query(port, port), seconds, number, order, unit) \
        + packet(link + reply(port, port), seconds + 0.001, number, order, unit)


def put(path, *blocks):
    with open(path, "wb") as file:
        file.write(b"".join(blocks))

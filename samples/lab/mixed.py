#!/usr/bin/env python3
"""mixed.py MIX.pcap OUT.pcapng - a capture as pcapng with everything that a file may hold.

Two sections, the second in the other byte order; seven interfaces with different link
types, snap lengths, and clocks; packets in simple and in old blocks; statistics
with losses; blocks that a reader must pass over.  The packets and their times stay,
but for simple blocks, which have no time: only frames that are no IP are in them.
"""
import os
import struct
import sys

from encapsulate import KINDS, Packet, records

SECTION, INTERFACE, OLD, SIMPLE, NAMES, STATISTICS, ENHANCED, CUSTOM = \
    0x0a0d0d0a, 1, 2, 3, 4, 5, 6, 0xbad
S = 10**9

# Of each section: byte order, and interfaces: kind of tunnel or None for Ethernet, snap
# length, if_tsresol or None for microseconds, whether times count from the first
# frame's second on (if_tsoffset), dropped or None.
SECTIONS = (
    ("<", ((None, 262144, None, False, 3), ("raw", 4096, 9, False, 0),
           ("sll2", 0, 0x80 | 30, False, None))),
    (">", ((None, 65535, 9, True, 7), ("nflog-big-endian", 2000, 6, False, None),
           ("ppp", 1600, 12, True, None), ("radiotap", 65535, None, False, 1))),
)


class Writer:
    def __init__(self, order, interfaces, first_s):
        self.order, self.interfaces, self.first_s, self.out = order, interfaces, first_s, []

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        size = self.pack("I", 12 + len(body))
        self.out.append(self.pack("I", kind) + size + body + size)

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def begin(self):
        self.block(SECTION, self.pack("IHHq", 0x1a2b3c4d, 1, 0, -1) + self.option(1, b"a comment"))
        for kind, snap, resolution, offset, _ in self.interfaces:
            more = self.option(2, (kind or "eth0").encode())
            if resolution is not None:
                more += self.option(9, bytes((resolution,)))
            if offset:
                more += self.option(14, self.pack("q", self.first_s))
            link = KINDS[kind][0] if kind else 1
            self.block(INTERFACE, self.pack("HHI", link, 0, snap) + more + self.option(0, b""))
        self.block(NAMES, self.pack("HH", 0, 0))
        self.block(CUSTOM, self.pack("I", 32473) + b"nobody's")

    def ticks(self, number, time_ns):
        """Time as the interface counts it, so that rounding down gives it back."""
        _, _, resolution, offset, _ = self.interfaces[number]
        resolution = 6 if resolution is None else resolution
        per_second = 1 << (resolution & 0x7f) if resolution & 0x80 else 10**resolution
        return -(-(time_ns - offset * self.first_s * S) * per_second // S)

    def packet(self, number, time_ns, frame, old):
        packet = Packet(frame)
        kind = self.interfaces[number][0]
        data = KINDS[kind][1](packet) if kind else frame
        if not packet.is_ip:
            self.block(SIMPLE, self.pack("I", len(data)) + data)
            return
        ticks = self.ticks(number, time_ns)
        head = self.pack("HH", number, 0) if old else self.pack("I", number)
        self.block(OLD if old else ENHANCED, head + self.pack(
            "4I", ticks >> 32, ticks & 0xffffffff, len(data), len(data)) + data)

    def end(self):
        for number, (*_, dropped) in enumerate(self.interfaces):
            if dropped is not None:
                self.block(STATISTICS, self.pack("3I", number, 0, 0) +
                           self.option(5, self.pack("Q", dropped)) + self.option(0, b""))


def mixed(data):
    """The bytes of the pcapng file; `data` is a pcap of microseconds."""
    frames = list(records(data))
    first_s = struct.unpack("<I", frames[0][0][:4])[0]
    writers = [Writer(*section, first_s) for section in SECTIONS]
    for n, (head, frame) in enumerate(frames):
        writer = writers[n * 2 // len(frames)]
        if not writer.out:
            writer.begin()
        seconds, micros = struct.unpack("<2I", head)
        # Frames that are no IP stay Ethernet: the first interface.
        number = n % len(writer.interfaces) if Packet(frame).is_ip else 0
        writer.packet(number, seconds * S + micros * 1000, frame, n % 11 == 10)
    for writer in writers:
        writer.end()
    return b"".join(block for writer in writers for block in writer.out)


def interfaces():
    """What a report must say: (link type's number, snap length, dropped)."""
    return [(KINDS[kind][0] if kind else 1, snap, dropped)
            for _, all_of in SECTIONS for kind, snap, _, _, dropped in all_of]


def main():
    if len(sys.argv) != 3:
        print("usage: mixed.py MIX.pcap OUT.pcapng", file=sys.stderr)
        return 2
    with open(sys.argv[1], "rb") as f:
        made = mixed(f.read())
    os.makedirs(os.path.dirname(os.path.abspath(sys.argv[2])), exist_ok=True)
    with open(sys.argv[2], "wb") as f:
        f.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

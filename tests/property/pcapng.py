#!/usr/bin/env python3
"""Every packet that the blocks of a pcapng file hold is read, where libpcap refuses too.

Frames are held against libpcap's by build/.../tests/readers, and against a walk over the
blocks here, written from draft-ietf-opsawg-pcapng and docs/faults.md.
"""
import os
import random
import struct
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "lib")]

import tap                                             # noqa: E402
from readers import FRAME_BYTES_MAX, NANO, Readers, head_of  # noqa: E402

SHB, IDB, PB, SPB, ISB, EPB = 0x0a0d0d0a, 1, 2, 3, 5, 6
LOOKED_INTO = (SHB, IDB, PB, SPB, ISB, EPB)
BLOCK_MAX, PASSED_MAX = 2 * FRAME_BYTES_MAX, 16 << 20
YEAR_2200_NS = 7258118400 * 10 ** 9
HOUR_NS = 3600 * 10 ** 9
MADE = 120
FLIPS = 400


# --- the walk ---------------------------------------------------------------------

class Damage(Exception):
    """The file's structure ends here."""


def options(body, order):
    at = 0
    while at < len(body):
        if at + 4 > len(body):
            raise Damage
        code, size = struct.unpack_from(order + "2H", body, at)
        if at + 4 + (size + 3) // 4 * 4 > len(body):
            raise Damage
        if code == 0:
            if size:
                raise Damage
            return
        yield code, body[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4


def interface(body, order):
    """(link type, snap length, ticks a second, offset in seconds)."""
    if len(body) < 8:
        raise Damage
    link, _, snap = struct.unpack_from(order + "2HI", body)
    found = {}
    for code, value in options(body[8:], order):
        if code in (9, 14):
            if code in found or len(value) != {9: 1, 14: 8}[code]:
                raise Damage
            found[code] = value
    power = found.get(9, b"\6")[0]
    ticks = 2 ** (power & 127) if power & 128 else 10 ** power
    return link, snap, ticks, struct.unpack(order + "q", found.get(14, bytes(8)))[0]


def packet(kind, body, order, interfaces):
    """(link type, captured and wire length, time or None, bytes)."""
    ticks = None
    if kind == SPB:
        if len(body) < 4:
            raise Damage
        number, wire = 0, struct.unpack_from(order + "I", body)[0]
        data = body[4:]
        captured = min(wire, len(data))
    else:
        if len(body) < 20:
            raise Damage
        number, high, low, captured, wire = struct.unpack_from(order + "5I", body)
        if kind == PB:
            number = struct.unpack_from(order + "H", body)[0]
        ticks, data = high << 32 | low, body[20:]
    if number >= len(interfaces) or captured > min(len(data), FRAME_BYTES_MAX):
        raise Damage
    link, snap, a_second, offset = interfaces[number]
    captured = min(captured, snap or captured, wire)
    time_ns = None
    if ticks is not None:
        # Rounded down within the second, then moved by whole seconds.
        time_ns = ticks * 10 ** 9 // a_second + offset * 10 ** 9
        if not 0 <= time_ns <= YEAR_2200_NS:
            time_ns = None
    return link, captured, wire, time_ns, data[:captured]


def blocks(data):
    """(kind, byte order, body) of each block; Damage where there is none."""
    at, order = 0, None
    while at < len(data):
        if at + 12 > len(data):
            raise Damage
        if data[at:at + 4] == b"\n\r\r\n":
            order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(data[at + 8:at + 12])
        if order is None:
            raise Damage
        kind, size = struct.unpack_from(order + "2I", data, at)
        if size < 12 or size % 4 or at + size > len(data) \
                or size > (BLOCK_MAX if kind in LOOKED_INTO else PASSED_MAX) \
                or struct.unpack_from(order + "I", data, at + size - 4)[0] != size:
            raise Damage
        yield kind, order, data[at + 8:at + size - 4]
        at += size


def walk(data):
    """(frames, how it ended) as docs/faults.md has it; no capture at all: "refused"."""
    frames, interfaces = [], []
    if len(data) < 24 or data[:4] != b"\n\r\r\n" or data[8:12] not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
        return frames, "refused"
    if struct.unpack_from("<H" if data[8] == 0x4d else ">H", data, 12)[0] != 1:
        return frames, "refused"
    try:
        for kind, order, body in blocks(data):
            if kind == SHB:
                if len(body) < 16 or struct.unpack_from(order + "H", body, 4)[0] != 1:
                    raise Damage
                interfaces = []
            elif kind == IDB:
                interfaces.append(interface(body, order))
            elif kind in (PB, SPB, EPB):
                frames.append(packet(kind, body, order, interfaces))
    except Damage:
        return frames, "damaged"
    return frames, "whole"


def settled(frames):
    """The same with times put right, and a checksum for the bytes."""
    before, out = None, []
    for number, (link, captured, wire, time_ns, data) in enumerate(frames):
        after = frames[number + 1][3] if number + 1 < len(frames) else None
        if time_ns is None or (before is not None and after is not None
                               and time_ns - before > HOUR_NS and abs(after - before) < HOUR_NS):
            time_ns = before if before is not None else next(
                (later[3] for later in frames[number + 1:] if later[3] is not None), 0)
        before = time_ns
        out.append((link, captured, wire, time_ns, zlib.crc32(data)))
    return out


# --- captures ---------------------------------------------------------------------

def block(kind, body, order="<", size=None, trailer=None):
    body += bytes(-len(body) % 4)
    size = 12 + len(body) if size is None else size
    return struct.pack(order + "2I", kind, size) + body \
        + struct.pack(order + "I", size if trailer is None else trailer)


def option(code, value, order="<"):
    return struct.pack(order + "2H", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<", more=b""):
    return block(SHB, struct.pack(order + "I2Hq", 0x1a2b3c4d, 1, 0, -1) + more, order)


def described(link=1, snap=FRAME_BYTES_MAX, order="<", more=b""):
    return block(IDB, struct.pack(order + "2HI", link, 0, snap) + more, order)


def enhanced(data, ticks, number=0, order="<", wire=None, more=b"", kind=EPB):
    head = struct.pack(order + "I", number) if kind == EPB \
        else struct.pack(order + "2H", number, 0xffff)
    return block(kind, head + struct.pack(order + "4I", ticks >> 32 & 0xffffffff,
                                          ticks & 0xffffffff, len(data),
                                          len(data) if wire is None else wire)
                 + data + bytes(-len(data) % 4) + more, order)


def simple(data, order="<", wire=None):
    return block(SPB, struct.pack(order + "I", len(data) if wire is None else wire) + data, order)


RESOLUTIONS = [0, 3, 6, 9, 10, 12, 18, 19, 0x80, 0x8a, 0x94, 0xa0, 0xa1]


def ticks_of(seconds, resolution):
    power = resolution & 127
    return int(seconds * (2 ** power if resolution & 128 else 10 ** power)) & (1 << 64) - 1


def converted(path, order, resolution):
    """A sample as pcapng, such as libpcap takes: one link type, one snap length."""
    data, ends = head_of(path)
    link, a_second = struct.unpack_from("<I", data, 20)[0], 9 if data[:4] == NANO else 6
    out = section(order) + described(link, 0, order, option(9, bytes([resolution]), order))
    for at, end in zip(ends, ends[1:]):
        seconds, fraction, _, wire = struct.unpack_from("<4I", data, at)
        power = resolution & 127
        unit = 2 ** power if resolution & 128 else 10 ** power
        ticks = seconds * unit + fraction * unit // 10 ** a_second
        out += enhanced(data[at + 16:end], ticks, 0, order, wire,
                        option(1, b"a comment", order) if at % 3 == 0 else b"")
    return out


def a_block(rng, order, resolutions, now):
    """A block of any kind, and whether it is a packet."""
    kind = rng.choice([EPB] * 6 + [SPB, PB, ISB, IDB, 4, 10, 0xbad, 0x0bad0bad])
    if kind in (EPB, PB):
        number = rng.randrange(len(resolutions))
        data = rng.randbytes(rng.choice([0, 1, 60, 61, 62, 63, 1500, rng.randrange(3000)]))
        return enhanced(data, ticks_of(now, resolutions[number]), number, order,
                        rng.choice([None, None, 0, 40, 9000]),
                        rng.choice([b"", option(1, b"why", order)]), kind)
    if kind == SPB:
        return simple(rng.randbytes(rng.randrange(200)), order, rng.choice([None, 10, 9000]))
    if kind == ISB:
        return block(ISB, struct.pack(order + "3I", 0, 0, 0)
                     + option(5, struct.pack(order + "Q", 7), order), order)
    if kind == IDB:
        resolutions.append(rng.choice(RESOLUTIONS))
        return described(rng.choice([1, 1, 101, 113, 127, 999]), rng.choice([0, 50, 65535, 1 << 31]),
                         order, option(2, b"eth0", order)
                         + option(9, bytes([resolutions[-1]]), order) + option(0, b"", order))
    return block(kind, rng.randbytes(rng.randrange(4000)), order)


def any_file(rng):
    """Several sections, byte orders, interfaces, kinds of blocks."""
    out, now = b"", 1700000000
    for _ in range(rng.choice([1, 1, 2, 3])):
        order, resolutions = rng.choice("<>"), [rng.choice(RESOLUTIONS)]
        out += section(order, rng.choice([b"", option(4, b"dnsgap's test", order)]))
        out += described(rng.choice([1, 101]), rng.choice([0, 100, 65535]), order,
                         option(9, bytes([resolutions[0]]), order))
        for _ in range(rng.choice([3, 30, 700])):
            now += rng.choice([0, 0.001, 0.5])
            out += a_block(rng, order, resolutions, now)
    return out


def borders(rng):
    """Frames and other blocks that lie across every border of the read buffer."""
    begin = section() + described()
    for count in (1, 2, 255, 256, 257, 258, 513):
        yield f"{count} frames", begin + b"".join(
            enhanced(rng.randbytes(60), (1700000000 + i) * 10 ** 6) for i in range(count))
    most = rng.randbytes(FRAME_BYTES_MAX)
    yield "the largest", begin + enhanced(most, 1) * 7
    yield "the largest and the smallest", begin + (enhanced(most, 1) + enhanced(b"", 2)) * 5
    yield "frames between large blocks of no use", begin + (
        enhanced(b"x" * 77, 1) + block(0xbad, bytes(3000000)) + enhanced(b"y", 2)) * 5
    yield "large blocks of no use in a row", begin + enhanced(most, 1) \
        + block(0xbad, bytes(PASSED_MAX - 12)) * 2 + enhanced(b"y", 2)
    yield "a frame without a time before those with one", section() + described() + simple(
        b"arp") + enhanced(b"x", 1700000000 * 10 ** 6) + simple(b"arp")
    yield "more frames without a time than a fill but one", begin + simple(b"arp") * 256 \
        + enhanced(b"x", 1700000000 * 10 ** 6) + simple(b"arp") * 300
    yield "nothing but frames without a time", begin + simple(b"arp") * 600
    yield "options as long as can be", begin + (enhanced(
        most, 1, more=option(1, bytes(65532)) * 3) + enhanced(b"y", 2)) * 5


def damaged(rng):
    """Each rule of F5 broken once, between good packets."""
    good = section() + described() + enhanced(b"one", 1)
    bad = {
        "a length of 11": block(EPB, b"", size=11), "a length of 8": block(EPB, b"", size=8),
        "a length of 0": block(EPB, b"", size=0),
        "a length that is no multiple of 4": block(4, bytes(8), size=21),
        "a length of 2^31": block(EPB, bytes(20), size=1 << 31),
        "a length of 2^32-4": block(4, bytes(20), size=(1 << 32) - 4),
        "one of a packet that is too long": enhanced(bytes(FRAME_BYTES_MAX + 4), 1),
        "one of 17 MiB": block(4, bytes(17 << 20)),
        "another second length": block(EPB, bytes(20), trailer=36),
        "another second length, of no use": block(4, bytes(20), trailer=36),
        "an interface that is not there": enhanced(b"x", 1, 1),
        "a packet longer than its block": block(EPB, struct.pack("<5I", 0, 0, 0, 9, 9) + bytes(8)),
        "a packet's block that is short": block(EPB, bytes(16)),
        "a simple packet's block that is short": block(SPB, b""),
        "an interface's block that is short": block(IDB, bytes(4)),
        "options that overrun": described(more=struct.pack("<2H", 9, 5) + bytes(4)),
        "an option's header that is cut": described(more=b"\2\0"),
        "an end of options with a length": described(more=option(0, b"1234")),
        "if_tsresol of two octets": described(more=option(9, b"\6\6")),
        "if_tsresol twice": described(more=option(9, b"\6") * 2),
        "if_tsoffset of four octets": described(more=option(14, bytes(4))),
        "a section of version 2": block(SHB, struct.pack("<I2Hq", 0x1a2b3c4d, 2, 0, -1)),
        "a section without a byte order": block(SHB, struct.pack("<I2Hq", 0x1a2b3c4e, 1, 0, -1)),
        "a section that is short": block(SHB, struct.pack("<I2H", 0x1a2b3c4d, 1, 0)),
        "a packet before any interface": section() + enhanced(b"x", 1),
        "a simple packet before any interface": section() + simple(b"x"),
    }
    for name, what in bad.items():
        yield name, good + what + enhanced(b"two", 2)
    yield "no interface at all", section()
    for resolution in (20, 27, 28, 29, 127, 0xbf, 0xc0, 0xd0, 0xff):
        yield f"if_tsresol {resolution}", section() + described(
            more=option(9, bytes([resolution]))) \
            + b"".join(enhanced(b"x", rng.getrandbits(64)) for _ in range(20))
    for resolution in RESOLUTIONS:
        yield f"if_tsresol {resolution} with any time", section() + described(
            more=option(9, bytes([resolution]))) \
            + b"".join(enhanced(b"x", rng.getrandbits(rng.randrange(1, 65))) for _ in range(20))
    for offset in (1, -1, -1700000000, 1 << 40, -(1 << 40), (1 << 63) - 1, -(1 << 63)):
        yield f"if_tsoffset {offset}", section() + described(
            more=option(9, b"\0") + option(14, struct.pack("<q", offset))) \
            + b"".join(enhanced(b"x", ticks) for ticks in (
                0, 1700000000, 1700000001, (1 << 63) + 5, (1 << 64) - 1))


def cuts(data):
    """Cut off at every byte of a small file."""
    for size in range(len(data)):
        yield f"at byte {size}", data[:size]


def flips(data, rng):
    """Bytes of the first 400, or anywhere, set at random."""
    for _ in range(FLIPS):
        mutant = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(rng.choice([min(400, len(data)), len(data)]))
            mutant[at] = rng.choice([0, 1, 3, 5, 6, 127, 128, 255, mutant[at] ^ 1 << rng.randrange(8)])
        yield "flipped", bytes(mutant)


# --- the tests --------------------------------------------------------------------

def listed(t, build, folder, what, made, whole=None):
    """Each frame is the walk's: link type, lengths, time, bytes; and so is the end."""
    wrong, count = [], 0
    for name, data in made:
        path = tap.store(os.path.join(folder, "one.pcapng"), data)
        lines = tap.run([f"{build}/tests/readers", "--list", path])[1].decode().splitlines()
        frames, end = walk(data)
        got = [tuple(map(int, line.split())) for line in lines[:-1]]
        ended = lines[-1].split(":")[0] if lines and lines[-1].startswith("refused") \
            else "whole" if lines and lines[-1] == "whole" else "damaged"
        count += 1
        for number, (ours, theirs) in enumerate(zip(got, settled(frames)), 1):
            if ours != theirs:
                wrong.append(f"{name}: frame {number} is {ours}, wanted {theirs}")
                break
        if len(got) != len(frames) or ended != end or (whole and end != "whole"):
            wrong.append(f"{name}: {len(got)} frames, {lines[-1:]}; wanted {len(frames)}, {end}")
    t.ok(count > 0 and not wrong, f"{what}: {count} files", wrong)


def of_captures(t, build, readers, folder):
    files, why = tap.captures()
    if not files:
        t.skip("pcapng captures of others", why)
        return
    files = [path for path in files if tap.load(path)[:4] == b"\n\r\r\n"]
    listed(t, build, folder, "captures of others, against a walk over their blocks",
           ((os.path.basename(path), tap.load(path)) for path in files))
    good, bad = readers.files(files)
    t.ok(not bad and len(good) == len(files), "captures of others, against libpcap", bad)
    gave_up = [path for path in files if readers.by_libpcap.get(path, (0, ""))[1]]
    t.ok(gave_up, f"{len(gave_up)} of them are such as libpcap gives up")
    readers.mutants("captures of others, damaged", with_walk(
        (os.path.basename(path), mutant) for path in files if os.path.getsize(path) < 6000
        for mutant in mutants_of(path)))


def mutants_of(path):
    data, rng = tap.load(path), random.Random(os.path.basename(path))
    for _ in range(12):
        mutant = bytearray(data)
        at = rng.randrange(len(data))
        mutant[at] = rng.choice([0, 1, 255, mutant[at] ^ 1 << rng.randrange(8)])
        yield bytes(mutant)
    yield data[:rng.randrange(len(data))]


def with_walk(made):
    for name, data in made:
        frames, end = walk(data)
        yield name, data, len(frames), end


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        readers = Readers(t, build, folder)
        for path in tap.SAMPLES:
            made = [(f"{order} {resolution}", converted(path, order, resolution))
                    for order in "<>" for resolution in RESOLUTIONS if resolution not in (0x94,)]
            readers.by_libpcap.clear()
            readers.mutants(f"{tap.name_of(path)} as pcapng, as libpcap reads it", with_walk(made))
            t.ok(all(end == "" and frames > 0 for frames, end in readers.by_libpcap.values()),
                 f"{tap.name_of(path)} as pcapng, all of which libpcap reads", readers.by_libpcap)
        made = [(f"made {seed}", any_file(random.Random(seed))) for seed in range(MADE)]
        listed(t, build, folder, "F6 sections, interfaces and byte orders of all kinds", made, True)
        readers.mutants("the same, as far as libpcap reads them", with_walk(made))
        listed(t, build, folder, "frames across every border of the buffer",
               borders(random.Random(1)), True)
        listed(t, build, folder, "F5 each rule of the format broken", damaged(random.Random(2)))
        # libpcap's arithmetic overflows with the others.
        readers.mutants("F5 the same, as far as libpcap reads them", with_walk(
            item for item in damaged(random.Random(2)) if not item[0].startswith("if_ts")
            or item[0].endswith("any time")))
        small = [data for _, data in made if len(data) < 20000][:4]
        for number, data in enumerate(small):
            rng = random.Random(number)
            readers.mutants(f"F2 file {number} cut off", with_walk(cuts(data[:2500])))
            readers.mutants(f"F5 file {number} with bytes changed", with_walk(flips(data, rng)))
        of_captures(t, build, readers, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

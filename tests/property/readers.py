#!/usr/bin/env python3
"""The program's frames are libpcap's, in whole files and up to the damage in others."""
import os
import random
import re
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

# Frames of a sample that are kept for mutation: more than one fill of the reader.
FRAMES = 300
FLIPS = 150
BATCH = 100
LINE = re.compile(r"^(.*): (\d+) frames, (whole|damaged|refused)(?:, libpcap (\d+)(.*))?$")
MICRO, NANO = b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"
FRAME_BYTES_MAX = 262144


class Readers:
    """Runs build/.../tests/readers on files, or on bytes."""

    def __init__(self, t, build, folder):
        self.t, self.folder = t, folder
        self.program = f"{build}/tests/readers"
        self.by_libpcap = {}    # of pcapng files: frames that libpcap gave, and how it ended

    def files(self, paths):
        """({file: (frames, how it ended)}, what differs)."""
        good, bad = {}, []
        for at in range(0, len(paths), BATCH):
            status, out, err = tap.run([self.program, *paths[at:at + BATCH]])
            before = len(bad)
            for line in out.decode("utf-8", "replace").splitlines():
                match = LINE.match(line)
                if match:
                    good[match[1]] = int(match[2]), match[3]
                    if match[4] is not None:
                        self.by_libpcap[match[1]] = int(match[4]), match[5].strip()
                else:
                    bad.append(os.path.basename(line))
            if (status != 0) != (len(bad) > before) or status not in (0, 1):
                bad.append(f"status {status}: {err.decode('utf-8', 'replace')[-2000:]}")
        return good, bad

    def mutants(self, what, made):
        """`made`: (name, bytes, frames, end); None where libpcap alone must say so."""
        made, count, wrong = iter(made), 0, []
        while True:
            batch = [item for _, item in zip(range(BATCH), made)]
            if not batch:
                break
            names = {}
            for number, item in enumerate(batch):
                names[tap.store(os.path.join(self.folder, f"{number}.pcap"), item[1])] = item
            good, bad = self.files(list(names))
            for path, (name, _, frames, end) in names.items():
                wrong += [f"{name}: {line}" for line in bad
                          if line.startswith(os.path.basename(path) + ":")]
                if path in good and (frames, end) != (None, None) and good[path] != (frames, end):
                    wrong.append(f"{name}: {good[path]}, wanted {(frames, end)}")
            if bad and not wrong:
                wrong += bad
            count += len(batch)
        self.t.ok(count > 0 and not wrong, f"{what}: {count} copies", wrong)


def head_of(path):
    """The first frames of a sample: its bytes, where its records begin, and the end."""
    data = tap.load(path)
    ends = tap.records(data)[:FRAMES + 1]
    return data[:ends[-1]], ends


def cuts(data, ends):
    """Cut off at every byte of the last two records."""
    for size in range(ends[-3], ends[-1] + 1):
        frames = sum(end <= size for end in ends[1:])
        yield f"at byte {size}", data[:size], frames, "whole" if size in ends else "damaged"


def head_cuts(data):
    """Cut off at every byte of the file's header."""
    for size in range(25):
        yield (f"at byte {size}", data[:size], 0 if size == 24 else None,
               "whole" if size == 24 else None)


def flips(data, ends, rng):
    """One to three bytes of headers set at random."""
    places = list(range(24)) + [start + i for start in ends[:-1] for i in range(16)]
    for _ in range(FLIPS):
        mutant = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            # The file's header, and a record at which a fill of the reader begins.
            at = rng.choice([rng.randrange(24), rng.choice(places),
                             ends[min(256, len(ends) - 2)] + rng.randrange(16)])
            mutant[at] = rng.choice([0, 1, 127, 128, 255, rng.randrange(256),
                                     mutant[at] ^ 1 << rng.randrange(8)])
        changed = ", ".join(f"{i} = {b}" for i, (a, b) in enumerate(zip(data, mutant)) if a != b)
        yield f"byte {changed}", bytes(mutant), None, None


def lengths(data, ends):
    """A record in the middle whose lengths cannot be."""
    for number in (0, 1, len(ends) // 2, len(ends) - 2):
        at = ends[number] + 8
        for caplen in (FRAME_BYTES_MAX + 1, 1 << 31, (1 << 31) - 1, (1 << 32) - 1):
            yield (f"caplen {caplen} in frame {number + 1}",
                   data[:at] + struct.pack("<I", caplen) + data[at + 4:], number, "damaged")
        for wire in (0, 1, 13, 1 << 31, (1 << 32) - 1):
            yield (f"len {wire} in frame {number + 1}",
                   data[:at + 4] + struct.pack("<I", wire) + data[at + 8:], len(ends) - 1, "whole")


def snaps(data, ends):
    """A snap length that the frames do not keep to."""
    for snap in (0, 1, 14, 60, 65535, FRAME_BYTES_MAX, FRAME_BYTES_MAX + 1, 1 << 31, (1 << 32) - 1):
        yield (f"snaplen {snap}", data[:16] + struct.pack("<I", snap) + data[20:], len(ends) - 1,
               "whole")


def times(data, ends, rng):
    """Times at the limits, at random frames."""
    is_nano = data[:4] == NANO
    second = 10 ** 9 if is_nano else 10 ** 6
    edges = [0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1]
    for _ in range(FLIPS):
        mutant = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            at = ends[rng.choice([0, 1, 2, 255, 256, 257, rng.randrange(len(ends) - 1)])
                      % (len(ends) - 1)]
            now = struct.unpack_from("<I", data, at)[0]
            seconds = rng.choice([*edges, now + 3600, now + 3601, now - 3601, now + 3599, now])
            fraction = rng.choice([*edges, second - 1, second, 3 * second])
            struct.pack_into("<2I", mutant, at, seconds & 0xffffffff, fraction & 0xffffffff)
        yield "times", bytes(mutant), len(ends) - 1, "whole"


def made(rng):
    """Captures whose frames lie across every border of the read buffer."""
    def capture(sizes, magic=MICRO):
        head = magic + struct.pack("<HHiIII", 2, 4, 0, 0, FRAME_BYTES_MAX, 1)
        body = b"".join(struct.pack("<4I", 1700000000 + i, i, size, size) + rng.randbytes(size)
                        for i, size in enumerate(sizes))
        return head + body, len(sizes), "whole"

    yield ("none", *capture([]))
    yield ("empty frames", *capture([0] * 1000))
    for count in (1, 2, 255, 256, 257, 258, 512, 513, 514):
        yield (f"{count} frames", *capture([60] * count, NANO))
    yield ("the largest", *capture([FRAME_BYTES_MAX] * 9))
    yield ("the largest and the smallest", *capture([FRAME_BYTES_MAX, 0] * 6))
    for size in range(4064, 4114, 7):
        yield (f"{size} bytes each", *capture([size] * 400))
    for number in range(12):
        most = rng.choice([100, 2000, 70000, FRAME_BYTES_MAX])
        sizes = [rng.randrange(most + 1) for _ in range(min(3000, 3000000 // most))]
        yield (f"random sizes {number}", *capture(sizes))


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        readers = Readers(t, options.build, folder)
        good, bad = readers.files(tap.SAMPLES)
        t.ok(not bad and len(good) == len(tap.SAMPLES) > 0
             and all(frames > 0 and end == "whole" for frames, end in good.values()),
             f"{len(tap.SAMPLES)} samples", bad)
        files, why = tap.captures()
        if files:
            good, bad = readers.files(files)
            t.ok(not bad and len(good) == len(files), f"{len(files)} captures", bad)
        else:
            t.skip("captures of others", why)
        readers.mutants("made captures", made(random.Random(1)))
        for path in tap.SAMPLES:
            name, rng = tap.name_of(path), random.Random(tap.name_of(path))
            data, ends = head_of(path)
            readers.mutants(f"{name} cut off", cuts(data, ends))
            readers.mutants(f"{name} with bytes changed", flips(data, ends, rng))
            readers.mutants(f"{name} with wrong lengths", lengths(data, ends))
            readers.mutants(f"{name} with other snap lengths", snaps(data, ends))
            readers.mutants(f"{name} with odd times", times(data, ends, rng))
        readers.mutants("a header cut off", head_cuts(head_of(tap.SAMPLES[0])[0]))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

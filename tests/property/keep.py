#!/usr/bin/env python3
"""Files of packets are those of tcpdump: the same names, and the same bytes in each."""
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

# -C, -W: none; one file of many; a ring; zeros before the number; exactly one digit.
WAYS = [(0, 0), (1, 0), (2, 0), (1, 2), (1, 3), (1, 10), (1, 11), (1, 1), (3, 200), (0, 4)]


def in_nanoseconds(path, target, seed):
    """A capture of some megabytes, with nanoseconds that are not whole microseconds."""
    data = tap.load(path)
    out = [struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1)]
    for number, start in enumerate(tap.records(data)[:-1]):
        seconds, part, captured, length = struct.unpack_from("<IIII", data, start)
        out.append(struct.pack("<IIII", seconds, part % 10 ** 6 * 1000 + (number * seed) % 1000,
                               captured, length) + data[start + 16:start + 16 + captured])
    tap.store(target, b"".join(out))


def files_of(folder):
    return {name: tap.load(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}


def by_tcpdump(capture, folder, megabytes, files_max):
    options = ["-C", str(megabytes)] if megabytes else []
    options += ["-W", str(files_max)] if files_max else []
    subprocess.run(["tcpdump", "-r", capture, "--time-stamp-precision=nano", "-Z", "root", *options,
                    "-w", os.path.join(folder, "x.pcap")],
                   check=True, capture_output=True, timeout=60)


def by_us(build, capture, folder, megabytes, files_max):
    with open(capture, "rb") as file:
        done = subprocess.run([f"{build}/tests/keep", folder, "x.pcap", str(megabytes),
                               str(files_max)], stdin=file, capture_output=True, text=True,
                              check=False, timeout=60, env=tap.sanitizer_environment())
    return done.returncode, done.stderr


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        plain, capture = os.path.join(folder, "plain"), os.path.join(folder, "nano")
        subprocess.run([f"{build}/mkpcap", "--queries", "15k", plain], check=True,
                       capture_output=True)
        in_nanoseconds(plain, capture, 7)
        for number, (megabytes, files_max) in enumerate(WAYS):
            theirs, ours = (os.path.join(folder, f"{who}{number}") for who in ("their", "our"))
            os.mkdir(theirs)
            os.mkdir(ours)
            by_tcpdump(capture, theirs, megabytes, files_max)
            status, err = by_us(build, capture, ours, megabytes, files_max)
            want, have = files_of(theirs), files_of(ours)
            t.ok(status == 0 and not err and want == have,
                 f"-C {megabytes or 'none'} -W {files_max or 'none'}: {len(want)} files, "
                 f"{sum(map(len, want.values()))} bytes",
                 [err, *sorted(want), "instead of", *sorted(have),
                  *(f"{name} differs" for name in want if have.get(name) != want[name])])
        t.ok(os.path.getsize(capture) > 3 * 10 ** 6, "the capture fills several files")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

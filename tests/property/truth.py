#!/usr/bin/env python3
"""Every sample says what is true of it, however it is packed, cut or converted."""
import glob
import gzip
import hashlib
import importlib
import json
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

PCAPS = os.path.join(tap.ROOT, "samples", "pcaps")
ROTATED = sorted(glob.glob(os.path.join(PCAPS, "rotated", "*.pcap[0-9]*")))
MIX = os.path.join(PCAPS, "mix.pcap")
MIXED = os.path.join(PCAPS, "mixed", "mixed.pcapng")
LINKS = {1: "EN10MB", 9: "PPP", 101: "RAW", 127: "IEEE802_11_RADIO", 239: "NFLOG",
         276: "LINUX_SLL2"}
MICRO, NANO = b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"


def swapped(data):
    """A classic pcap in the other byte order."""
    ends = tap.records(data)
    head = struct.pack(">IHHiIII", *struct.unpack_from("<IHHiIII", data))
    return head + b"".join(
        struct.pack(">4I", *struct.unpack_from("<4I", data, a)) + data[a + 16:b]
        for a, b in zip(ends, ends[1:]))


def nano(data):
    """A classic pcap of microseconds, with nanoseconds."""
    ends, out = tap.records(data), [NANO + data[4:24]]
    for a, b in zip(ends, ends[1:]):
        seconds, micros = struct.unpack_from("<2I", data, a)
        out.append(struct.pack("<2I", seconds, micros * 1000) + data[a + 8:b])
    return b"".join(out)


def pieces(data, folder):
    """Three files, cut at 1/3 and 2/3 of the records."""
    ends = tap.records(data)
    cuts = [0, (len(ends) - 1) // 3, (len(ends) - 1) * 2 // 3, len(ends) - 1]
    return [tap.store(os.path.join(folder, f"part{i}.pcap"),
                      data[:24] + data[ends[cuts[i]]:ends[cuts[i + 1]]]) for i in range(3)]


def by_program(command, path):
    """The bytes that a program writes to the file that it is given last; None when it failed."""
    try:
        subprocess.run([*command, path], capture_output=True, check=True)
        return tap.load(path)
    except (OSError, subprocess.CalledProcessError) as e:
        return str(e)


def unlike(report, plain, whose):
    """What is not the same in the report of a capture in pieces or in another format."""
    report, plain = tap.without_places(report), tap.without_places(plain)
    return [f"{key} differs {whose}" for key in sorted(set(plain) | set(report))
            if report.get(key) != plain.get(key)]


class Sample:
    def __init__(self, t, build, path, folder):
        self.t, self.build, self.path, self.folder = t, build, path, folder
        self.name = tap.name_of(path)
        self.data = tap.load(path)
        self.truth = json.loads(tap.load(path.replace(".pcap", ".truth.json")))
        self.report = None

    def wrong(self, status, report, err):
        """What is wrong with a report of this sample."""
        if status != 0 or report is None:
            return [f"status {status}", err.strip()]
        found = list(tap.check_truth().compare("", report, self.truth))
        if self.report is not None:
            found += unlike(report, self.report, "from the plain file's")
        return found

    def check(self, what, *args, stdin=None):
        result = tap.read(self.build, *args, stdin=stdin)
        found = self.wrong(*result)
        self.t.ok(not found, f"{self.name} {what}", found)
        return result[1]

    def check_file(self, what, data, expected):
        """One file with these bytes; `expected` of inputs[0]."""
        path = tap.store(os.path.join(self.folder, "other"), data)
        status, report, err = tap.read(self.build, path)
        found = self.wrong(status, report, err)
        if report is not None:
            expected = {**expected, "frames": self.report["inputs"][0]["frames"],
                        "sha256": hashlib.sha256(data).hexdigest()}
            found += [f"inputs[0].{key}: {report['inputs'][0][key]}, wanted {value}"
                      for key, value in expected.items() if report["inputs"][0][key] != value]
        self.t.ok(not found, f"{self.name} {what}", found)

    def check_all(self):
        self.report = self.check("equals its truth", self.path)
        if self.report is None:
            return
        self.check_file("in gzip", gzip.compress(self.data), {"compression": "gzip"})
        self.check_file("in two gzip members",
                        gzip.compress(self.data[:9999]) + gzip.compress(self.data[9999:]),
                        {"compression": "gzip"})
        self.check_file("in xz", lzma.compress(self.data), {"compression": "xz"})
        if shutil.which("zstd"):
            packed = tap.run(["zstd", "-q", "-c"], self.data)[1]
            self.check_file("in zstd", packed, {"compression": "zstd"})
            self.check("in zstd through standard input", "-", stdin=packed)
        else:
            self.t.skip(f"{self.name} in zstd", "zstd is not installed")
        self.check("through standard input", "-", stdin=self.data)
        self.check_file("in the other byte order", swapped(self.data), {"format": "pcap"})
        if self.data[:4] == MICRO:
            self.check_file("with nanoseconds", nano(self.data), {"format": "pcap"})
        one, two, three = pieces(self.data, self.folder)
        self.check("in three files, in a wrong order", three, one, two)
        self.check("in three files, one through standard input", one, "-", three,
                   stdin=tap.load(two))
        self.convert("editcap", ["editcap", "-F", "pcapng", self.path])
        self.convert("tshark", ["tshark", "-n", "-F", "pcapng", "-r", self.path, "-w"])

    def convert(self, program, command):
        what = f"as pcapng of {program}"
        if not shutil.which(program):
            self.t.skip(f"{self.name} {what}", f"{program} is not installed")
            return
        data = by_program(command, os.path.join(self.folder, "converted"))
        if isinstance(data, str):
            self.t.ok(False, f"{self.name} {what}", [data])
        else:
            self.check_file(what, data, {"format": "pcapng", "compression": None})


def differences(result, truth):
    status, report, err = result
    if status != 0 or report is None:
        return [f"status {status}", err.strip()]
    return list(tap.check_truth().compare("", report, truth))


def check_rotated(t, build):
    """A capture in pieces, as tcpdump left them: names that do not end in .pcap."""
    truth = json.loads(tap.load(os.path.join(PCAPS, "rotated", "rotated.truth.json")))
    plain = tap.read(build, *ROTATED)
    t.ok(len(ROTATED) > 3 and not differences(plain, truth),
         f"rotated in its {len(ROTATED)} files equals its truth", differences(plain, truth))
    other = tap.read(build, *ROTATED[::-1])
    found = differences(other, truth)
    if plain[1] and other[1]:
        found += unlike(other[1], plain[1], "from that in order")
    t.ok(not found, "rotated in the wrong order is the same", found)
    one_less = differences(tap.read(build, *(ROTATED[:2] + ROTATED[3:])), truth)
    t.ok(bool(one_less), "rotated without one of its files is noticed")
    in_pieces = sum(report["capture"]["orphan_replies"] for _, report, _ in
                    (tap.read(build, path) for path in ROTATED))
    t.ok(in_pieces > 0, "rotated has replies whose query is in another file")


def check_incomplete(t, build):
    """A capture of which the kernel dropped packets, and says so."""
    base = os.path.join(PCAPS, "incomplete", "incomplete")
    truth = json.loads(tap.load(base + ".truth.json"))
    found = differences(tap.read(build, base + ".pcapng"), truth)
    t.ok(truth["capture"]["kernel_dropped"] > 0 and not found,
         "incomplete counts what the kernel dropped", found)


def check_mixed(t, build):
    """One capture over all that a pcapng file may hold."""
    sys.path.insert(0, os.path.join(tap.ROOT, "samples", "lab"))
    maker = importlib.import_module("mixed")
    data = tap.load(MIX)
    t.ok(maker.mixed(data) == tap.load(MIXED), "mixed is what mixed.py makes of mix")
    truth = json.loads(tap.load(MIX.replace(".pcap", ".truth.json")))
    plain, result = tap.read(build, MIX), tap.read(build, MIXED)
    found = differences(result, truth)
    if plain[1] and result[1]:
        # The file counts drops, which the diagnosis says; nothing else is new.
        told = [row for row in result[1]["findings"] if row["code"] != "capture-incomplete"]
        found += unlike({**result[1], "findings": told},
                        {**plain[1], "capture": result[1]["capture"]}, "from that of mix")
        if len(told) == len(result[1]["findings"]):
            found.append("nothing is said about the drops")
    t.ok(not found, "mixed is what mix is", found)
    if result[1] is None:
        return
    said = [(row["link_type"], row["snap_length"], row["dropped"])
            for row in result[1]["inputs"][0]["interfaces"]]
    wanted = [(LINKS[link], snap, dropped) for link, snap, dropped in maker.interfaces()]
    t.ok(said == wanted, "mixed has its interfaces", [said, wanted])
    frames = sum(row["frames"] for row in result[1]["inputs"][0]["interfaces"])
    t.ok(frames == result[1]["capture"]["frames"] == len(tap.records(data)) - 1,
         "mixed has every frame of mix", [frames])


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    check_rotated(t, options.build)
    check_mixed(t, options.build)
    check_incomplete(t, options.build)
    for path in tap.SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            Sample(t, options.build, path, folder).check_all()
    t.ok(len(tap.SAMPLES) > 0, "there are samples")
    # The check itself must be able to fail.
    sample = Sample(t, options.build, tap.SAMPLES[0], None)
    sample.truth["totals"]["transactions"] += 1
    t.ok(sample.wrong(*tap.read(options.build, sample.path)), "a wrong truth is noticed")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

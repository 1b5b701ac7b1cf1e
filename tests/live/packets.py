#!/usr/bin/env python3
"""Packets kept with -w: in one file or in many, they give the numbers that were seen live."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

SECONDS = 1.5
OPTIONS = ("--timeout", "0.5")
FILES_MAX = 2


def in_order(folder):
    """The files as they were written: by number, none first, or by time in the name."""
    def key(name):
        return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]

    return [os.path.join(folder, name) for name in sorted(os.listdir(folder), key=key)]


def count(paths):
    """How many frames tcpdump reads of each."""
    return [int(lab.run("tcpdump", "-Z", "root", "-r", path, "--count").split()[0]) for path in paths]


def times(path):
    """Of the first and the last frame, in nanoseconds."""
    rows = mixture.frames(path)
    return rows[0][0], rows[-1][0]


def keep(t, build, what, capture, frames, name, *options):
    """Sniffs and keeps twice the capture; what lies there is what was seen."""
    frames *= 2
    with lab.folder() as folder:
        kept = os.path.join(folder, "kept")
        os.mkdir(kept)
        os.chmod(kept, 0o777)
        with lab.Live(build, folder, "-i", "v0", *OPTIONS, "-w", os.path.join(kept, name),
                      *options) as live:
            lab.replay("v1", capture, capture, options=())
            lab.settle()
            status = live.end()
        report = live.report()
        t.ok(status == 0 and report is not None, f"{what}: there is a report", live.notes())
        if report is None:
            return
        t.ok(report["capture"]["frames"] == frames, f"{what}: {frames} frames were seen",
             [report["capture"]])
        check_files(t, build, what, report, in_order(kept), "-W" in options)


def check_files(t, build, what, report, paths, is_ring):
    frames = count(paths)
    names = [os.path.basename(path) for path in paths]
    if is_ring:
        t.ok(len(paths) == FILES_MAX and 0 < sum(frames) < report["capture"]["frames"],
             f"{what}: {len(paths)} files with the last {sum(frames)} frames", [names, frames])
        last = max(times(path)[1] for path in paths)
        t.ok(mixture.rfc3339(last) == report["inputs"][0]["last"],
             f"{what}: the last frame is in them", [mixture.rfc3339(last), report["inputs"]])
        return
    t.ok(sum(frames) == report["capture"]["frames"],
         f"{what}: tcpdump reads {sum(frames)} frames in {len(paths)} files", [names, frames])
    status, again, err = tap.read(build, *OPTIONS, *paths)
    found = ["no report", err] if again is None else mixture.differences(
        mixture.comparable(report), mixture.comparable(again))
    t.ok(status == 0 and not found, f"{what}: dnsgap read gives the same report", found)


def main():
    build = lab.enter(__doc__, ("tcpreplay", "tcpdump")).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        capture = os.path.join(folder, "mixture.pcap")
        sent = (capture, mixture.make(capture, SECONDS))
        keep(t, build, "one file", *sent, "all.pcap")
        keep(t, build, "a file a megabyte (-C)", *sent, "part.pcap", "-C", "1")
        keep(t, build, "a file a second (-G)", *sent, "at-%Y%m%d-%H%M%S.pcap", "-G", "1")
        keep(t, build, "the last files of a megabyte (-C -W)", *sent, "ring.pcap", "-C", "1",
             "-W", str(FILES_MAX))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

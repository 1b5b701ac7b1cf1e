#!/usr/bin/env python3
"""The disk is full: no half report, it is said, capture goes on, and reports come again."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

DISK_BYTES = 1 << 20


def fill(path):
    """Uses up what is left."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


def good(folder):
    """(reports, those of them that are whole)."""
    names = lab.reports(folder)
    return names, [name for name in names if lab.load_report(os.path.join(folder, name))]


def main():
    build = lab.enter(__doc__, ("tcpreplay", "tcpdump", "mount")).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        capture = os.path.join(folder, "mix.pcap")
        mixture.make(capture, 1, ("mix",))
        disk = os.path.join(folder, "disk")
        os.mkdir(disk)
        lab.run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0777", "none", disk)
        with lab.Live(build, folder, "-i", "v0", "--every", "1", "--reports", disk,
                      "--timeout", "0.5") as live:
            sent, _ = lab.replay("v1", capture)
            t.ok(lab.await_true(lambda: len(lab.reports(disk)) >= 2, 20),
                 "reports come while there is room", live.notes())
            filler = os.path.join(disk, "filler")
            fill(filler)
            before = len(live.err)
            t.ok(lab.await_true(lambda: re.search("No space left", live.err[before:]), 20),
                 "a full disk is said on standard error", live.notes())
            at_full = len(lab.reports(disk))
            lab.replay("v1", capture)
            lab.pause(2.5)
            names, whole = good(disk)
            t.ok(names == whole and len(names) <= at_full + 1, "no half report has a name",
                 [names, whole])
            t.ok(live.is_running(), "it goes on", live.notes())
            said = len(re.findall("No space left", live.err))
            t.ok(said <= 10, f"it is said {said} times, not for ever", live.notes())
            os.unlink(filler)
            t.ok(lab.await_true(lambda: len(lab.reports(disk)) > len(names) + 1, 20),
                 "reports come again when there is room", live.notes())
            lab.replay("v1", capture)
            lab.settle()
            status = live.end()
            t.ok(status in (0, 3), "it ends in order", [status, *live.notes()])
        names, whole = good(disk)
        left = [name for name in os.listdir(disk) if not name.endswith(".json")]
        t.ok(names == whole and not left, "all reports are whole, and nothing lies beside them",
             [names, whole, left])
        last = lab.load_report(os.path.join(disk, names[-1])) if names else None
        t.ok(last is not None and last["totals"]["queries"] > 0, "the last one has its traffic",
             [sent, last and last["totals"]])
        lab.run("umount", disk)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

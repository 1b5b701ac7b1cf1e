#!/usr/bin/env python3
"""-G: files by time, named as tcpdump names its own beside it, with the frames of that time."""
import calendar
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

FORMAT = "at-%Y%m%d-%H%M%S.pcap"
SECONDS = 3
QUERY = bytes.fromhex("0001010000010000000000000161000001" "0001")


def send_for(seconds):
    """Queries to ourselves, a hundred a second; how many."""
    count, end = 0, time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while time.monotonic() < end:
            sender.sendto(QUERY, ("127.0.0.1", 53))
            count += 1
            time.sleep(0.01)
    return count


def second_of(name):
    return calendar.timegm(time.strptime(name, FORMAT))


def misplaced(folder):
    """Frames in files that are not of their time."""
    found = []
    for name in sorted(os.listdir(folder)):
        first = second_of(name) * 10 ** 9
        found += [(name, at) for at, _ in mixture.frames(os.path.join(folder, name))
                  if not first <= at < first + 10 ** 9]
    return found


def check_names(t, build, folder):
    ours, theirs = (os.path.join(folder, name) for name in ("ours", "theirs"))
    for path in (ours, theirs):
        os.mkdir(path)
        os.chmod(path, 0o777)
    with lab.Live(build, folder, "-q", "-i", "lo", "-G", "1", "-w",
                  os.path.join(ours, FORMAT)) as live:
        with lab.Sniffer(["tcpdump", "-i", "lo", "-n", "-Z", "root", "--immediate-mode", "-G", "1",
                          "--time-stamp-precision=nano", "-w", os.path.join(theirs, FORMAT)],
                         folder, "tcpdump") as other:
            send_for(SECONDS)
            lab.settle()
            other.end()
        t.ok(live.end() == 0, "it ends in order", live.notes())
        report = live.report()
    # Each began in a second of its own; tcpdump looks at the clock a little later than the frame.
    mine, others = (sorted(os.listdir(path))[1:] for path in (ours, theirs))
    differing = set(mine) ^ set(others)
    t.ok(len(mine) >= SECONDS and differing <= {min(mine), max(mine), max(others)},
         f"the same names as tcpdump's: {len(mine)}", [mine, others])
    t.ok(not misplaced(ours), "each frame is in the file of its second", misplaced(ours))
    kept = sum(len(mixture.frames(os.path.join(ours, name))) for name in os.listdir(ours))
    t.ok(report is not None and kept == report["capture"]["frames"] > 0,
         f"all {kept} frames are kept", [report and report["capture"]["frames"]])


def check_end(t, build, folder):
    """-W: it ends after so many files, as tcpdump does."""
    ended = os.path.join(folder, "ended")
    os.mkdir(ended)
    os.chmod(ended, 0o777)
    with lab.Live(build, folder, "-i", "lo", "-G", "1", "-W", "2", "-w",
                  os.path.join(ended, FORMAT), name="ended") as live:
        send_for(2.5)
        t.ok(live.wait(10) == 0 and len(os.listdir(ended)) == 2,
             "-W 2: it ends after two files", [os.listdir(ended), *live.notes()])
        t.ok(live.report() is not None, "and reports")


def main():
    os.environ["TZ"] = "UTC"
    build = lab.enter(__doc__, ("tcpdump",)).build
    t = tap.Tap()
    with lab.folder() as folder:
        check_names(t, build, folder)
        check_end(t, build, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

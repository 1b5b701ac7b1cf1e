#!/usr/bin/env python3
"""Signals by the hundred: no frame is lost, every report is whole, and INT still ends it."""
import itertools
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

SECONDS = 4
GAP_SECONDS = 0.002
STORM = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGWINCH)
LINES_MAX = 2000
# What tests say about a program that ends at once.
ENDED_AT_ONCE = (0, 128 + signal.SIGINT, -signal.SIGINT)


def check_storm(t, build, folder, capture):
    reports = os.path.join(folder, "reports")
    os.mkdir(reports)
    os.chmod(reports, 0o777)
    sent = 0
    with lab.Live(build, folder, "-i", "v0", "--every", "1", "--reports", reports, "--timeout",
                  "0.5") as live, \
            lab.Process(["tcpreplay", "-q", "-i", "v1", capture], folder, "sender") as sender:
        for number in itertools.cycle(STORM):
            if not sender.is_running() or not live.is_running():
                break
            live.send(number)
            sent += 1
            time.sleep(GAP_SECONDS)
        t.ok(sender.wait() == 0 and live.is_running() and sent > 400,
             f"it outlives {sent} signals", live.notes())
        lab.settle()
        status = live.end(signal.SIGINT)
        t.ok(status == 0, "INT ends it in order afterwards", [status, *live.notes()])
    lines = live.err.splitlines()
    t.ok(len(lines) <= LINES_MAX, f"{sent} signals make {len(lines)} lines of text", lines[:20])
    names = lab.reports(reports)
    whole = [lab.load_report(os.path.join(reports, name)) for name in names]
    t.ok(names and all(whole), f"all {len(names)} reports are whole",
         [name for name, report in zip(names, whole) if not report])
    left = [name for name in os.listdir(reports) if not name.endswith(".json")]
    t.ok(not left, "nothing lies beside them", left)
    return sent


def check_count(t, build, folder, capture, frames):
    """Without cuts: the one report counts every frame in spite of the storm."""
    with lab.Live(build, folder, "-i", "v0", "--timeout", "0.5") as live, \
            lab.Process(["tcpreplay", "-q", "-i", "v1", capture], folder, "sender") as sender:
        for number in itertools.cycle((signal.SIGUSR1, signal.SIGHUP, signal.SIGWINCH)):
            if not sender.is_running() or not live.is_running():
                break
            live.send(number)
            time.sleep(GAP_SECONDS)
        lab.settle()
        status = live.end(signal.SIGTERM)
        report = live.report()
    t.ok(status == 0 and report is not None, "TERM ends it in order", [status, *live.notes()])
    capture_part = report["capture"] if report else {}
    t.ok(capture_part.get("frames") == frames and capture_part.get("kernel_dropped") == 0,
         f"all {frames} frames were counted in the storm", [capture_part])


def check_twice(t, build, folder):
    """The second INT does not wait for anything."""
    with lab.Live(build, folder, "-i", "v0") as live:
        live.send(signal.SIGINT)
        live.send(signal.SIGINT)
        status = live.wait(20)
    t.ok(status in ENDED_AT_ONCE, "INT twice ends it at once", [status, *live.notes()])


def main():
    build = lab.enter(__doc__, ("tcpreplay", "tcpdump")).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        capture = os.path.join(folder, "mixture.pcap")
        frames = mixture.make(capture, SECONDS)
        check_storm(t, build, folder, capture)
        check_count(t, build, folder, capture, frames)
        check_twice(t, build, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

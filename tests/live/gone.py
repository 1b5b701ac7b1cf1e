#!/usr/bin/env python3
"""Interfaces go down, come up and are deleted: it is said, and the last one ends the program."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

OPTIONS = ("--timeout", "0.5")


def says(t, live, pattern, what):
    """Waits until standard error has such a line."""
    t.ok(lab.await_true(lambda: re.search(pattern, live.err) or not live.is_running(), 10)
         and re.search(pattern, live.err), what, live.notes())


def check_one(t, build, folder, capture, frames):
    """Down, up and deleted, beside another that stays; then that one."""
    lab.veth("v0", "v1")
    lab.veth("w0", "w1")
    with lab.Live(build, folder, "-i", "v0", "-i", "w0", *OPTIONS, interfaces=2) as live:
        lab.replay("v1", capture)
        # The kernel throws away what has not come through its queue by then.
        lab.settle()
        lab.run("ip", "link", "set", "dev", "v0", "down")
        says(t, live, r"\bv0\b.*\bdown\b", "an interface that goes down is named")
        lab.run("ip", "link", "set", "dev", "v0", "up")
        says(t, live, r"\bv0\b.*\bup\b", "an interface that comes up is named")
        # Its other end has no carrier until both are up.
        lab.await_true(lambda: "LOWER_UP" in lab.run("ip", "link", "show", "v1"), 10)
        lab.replay("v1", capture)
        lab.replay("w1", capture)
        lab.settle()
        lab.run("ip", "link", "del", "v0")
        says(t, live, r"\bv0\b.*\b(deleted|gone)\b", "an interface that is deleted is named")
        t.ok(live.is_running(), "it goes on with the other interface", live.notes())
        lab.replay("w1", capture)
        lab.settle()
        lab.run("ip", "link", "del", "w0")
        status = live.wait(20)
        t.ok(status in (0, 2), "it ends by itself when the last one is deleted",
             [status, *live.notes()])
        report = live.report()
        t.ok(report is not None, "then there is a report", live.notes())
        if report is None:
            return
        t.ok(report["capture"]["frames"] == 4 * frames,
             "all frames are in it, also those from before it was down and after", [
                 report["capture"]["frames"], frames])
        problems = [row.get("problem") for row in report["inputs"]]
        t.ok(len(problems) == 2 and all(problem and re.search("deleted|gone", problem)
                                        for problem in problems),
             "the report says of both that they were deleted", [problems])


def check_missing(t, build, folder):
    """What was never there."""
    status, out, err = tap.run([f"{build}/dnsgap", "live", "-i", "nosuch0"], cwd=folder)
    said = err.decode("utf-8", "replace")
    t.ok(status == 1 and not out and "nosuch0" in said and len(said.splitlines()) <= 3,
         "an interface that is not there is refused in a few lines", [status, said])


def check_down(t, build, folder):
    """One that is down at the start: nothing would come, and libpcap would not say so."""
    lab.veth("x0", "x1")
    lab.run("ip", "link", "set", "dev", "x0", "down")
    status, out, err = tap.run([f"{build}/dnsgap", "live", "-i", "x0"], cwd=folder)
    said = err.decode("utf-8", "replace")
    t.ok(status == 1 and not out and "x0" in said and "down" in said,
         "an interface that is down is refused, with the reason", [status, said])


def check_hostile(t, build, folder):
    """The system allows nearly anything in a name; a terminal must not see it."""
    name = "h\x1b[2J\u202e`"
    lab.veth(name, "h1")
    with lab.Live(build, folder, "-i", name, *OPTIONS, "--text") as live:
        lab.run("ip", "link", "set", "dev", name, "down")
        lab.await_true(lambda: "down" in live.err, 10)
        status = live.end()
        said = live.err.encode() + live.out
        t.ok(status in (0, 2) and b"down" in said and b"h" in said
             and all(byte >= 0x20 or byte == 0x0a for byte in said)
             and "\u202e".encode() not in said,
             "a hostile name of an interface is escaped", [status, said[-500:]])


def main():
    build = lab.enter(__doc__, ("tcpreplay", "tcpdump")).build
    t = tap.Tap()
    with lab.folder() as folder:
        capture = os.path.join(folder, "mix.pcap")
        frames = mixture.make(capture, 1, ("mix",))
        check_one(t, build, folder, capture, frames)
        check_missing(t, build, folder)
        check_hostile(t, build, folder)
        check_down(t, build, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

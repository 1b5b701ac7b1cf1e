#!/usr/bin/env python3
"""Every frame that the kernel dropped is counted, and what was open then is undecided."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

RING_KIB = 256
# Every query has its reply but for the last ones: whoever is called unanswered is wronged.
RECIPE = ("--queries", "20000", "--rate", "20k", "--loss", "0", "--late", "0", "--resend", "0",
          "--truncated", "0", "--icmp", "none", "--latency", "5", "--nano", "--ports", "full")


def make(build, folder, seed):
    """(path, frames, queries that have no reply in it)."""
    path, truth = os.path.join(folder, f"{seed}.pcap"), os.path.join(folder, "truth.json")
    lab.run(f"{build}/mkpcap", "--seed", str(seed), *RECIPE, "--truth", truth, path)
    told = json.loads(tap.load(truth))
    totals = told["totals"]
    return path, told["capture"]["frames"], totals["queries"] - totals["outcomes"]["answered"]


def main():
    build = lab.enter(__doc__, ("tcpreplay",)).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        captures = [make(build, folder, seed) for seed in (1, 2, 3)]
        with lab.Live(build, folder, "-i", "v0", "-B", str(RING_KIB), "--timeout", "1") as live:
            lab.replay("v1", captures[0][0], options=())
            live.send(signal.SIGSTOP)
            lab.replay("v1", captures[1][0], options=("--topspeed",))
            live.send(signal.SIGCONT)
            lab.settle()
            lab.replay("v1", captures[2][0], options=())
            # So that time goes on past the timeout of all that came before.
            lab.pause(1.2)
            lab.replay("v1", captures[2][0], options=("--topspeed", "--limit=1"))
            lab.settle()
            status = live.end()
            report = live.report()
        t.ok(status in (0, 2) and report is not None, "there is a report", [status, *live.notes()])
        if report is None:
            return t.done()
        capture, totals = report["capture"], report["totals"]
        sent = sum(frames for _, frames, _ in captures) + 1
        lost = capture["kernel_dropped"]
        print(f"# SAYS {lost} of {sent} frames dropped by a ring of {RING_KIB} KiB; "
              f"unanswered {totals['outcomes']['unanswered']}, "
              f"undecided {totals['outcomes']['undecided']}")
        t.ok(lost > 1000, "frames were dropped", [capture])
        t.ok(capture["frames"] + lost == sent, "frames and drops are all that was sent",
             [capture["frames"], lost, sent])
        without = sum(silent for _, _, silent in captures)
        t.ok(totals["outcomes"]["unanswered"] <= without,
             f"unanswered are at most the {without} that truly were", [totals])
        t.ok(totals["outcomes"]["undecided"] > 0, "those that were open at the drop are undecided",
             [totals])
        t.ok("drop" in live.err, "it is said on standard error", live.notes())
        faults = [finding["code"] for finding in report["findings"]
                  if finding["severity"] == "fault"]
        t.ok(not faults, "no fault is found in it", faults)
        codes = [finding["code"] for finding in report["findings"]]
        t.ok("capture-incomplete" in codes, "a finding says that the capture is incomplete", codes)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""200,000 packets a second for ten seconds: none is dropped, and all replies find their queries."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

RATE = 200_000
SECONDS = 10
# Recipe: this many captures of a second each, of different seeds, in which every query has its
# reply but for those at the very end of each; mkpcap says how many.
RECIPE = ("--queries", str(RATE // 2), "--rate", str(RATE // 2), "--loss", "0", "--late", "0",
          "--resend", "0", "--truncated", "0", "--icmp", "none", "--latency", "1", "--nano",
          "--ports", "full")
# tcpreplay reads all into memory first.
SENDER_SECONDS_MAX = 180


def make(build, folder):
    """(paths, frames, queries, answered) of what is to be sent."""
    paths, frames, queries, answered = [], 0, 0, 0
    for seed in range(1, SECONDS + 1):
        path = os.path.join(folder, f"{seed:02}.pcap")
        truth = os.path.join(folder, "truth.json")
        lab.run(f"{build}/mkpcap", "--seed", str(seed), *RECIPE, "--truth", truth, path)
        told = json.loads(tap.load(truth))
        paths.append(path)
        frames += told["capture"]["frames"]
        queries += told["totals"]["queries"]
        answered += told["totals"]["outcomes"]["answered"]
    return paths, frames, queries, answered


def main():
    build = lab.enter(__doc__, ("tcpreplay",)).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        paths, frames, queries, answered = make(build, folder)
        with lab.Live(build, folder, "-i", "v0") as live:
            sent, seconds = lab.replay("v1", *paths, options=["--preload-pcap", f"--pps={RATE}"],
                                       seconds_max=SENDER_SECONDS_MAX)
            lab.settle()
            status = live.end()
            report = live.report()
            rate = sent / seconds
            print(f"# SAYS {sent} packets in {seconds} s: {rate:.0f} a second"
                  + ("" if rate >= 0.98 * RATE else f"; this machine does not send {RATE}"))
            t.ok(status == 0 and report is not None and sent == frames,
                 f"{frames} packets were sent, and there is a report", live.notes())
            if report is None:
                return t.done()
            capture, totals = report["capture"], report["totals"]
            t.ok(capture["kernel_dropped"] == 0 and report["complete"], "0 dropped",
                 [capture, *live.notes()])
            t.ok(capture["frames"] == frames, f"all {frames} frames were seen",
                 [capture["frames"]])
            t.ok(totals["queries"] == queries and totals["resends"] == 0
                 and totals["outcomes"]["answered"] == answered,
                 f"{answered} of {queries} queries have the reply that was sent",
                 [totals])
            rest = totals["outcomes"]["unanswered"] + totals["outcomes"]["undecided"]
            t.ok(rest == queries - answered and capture["orphan_replies"] == 0,
                 f"the other {queries - answered} have none", [totals, capture])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

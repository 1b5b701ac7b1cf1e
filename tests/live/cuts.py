#!/usr/bin/env python3
"""Reports at every cut: together they are the report of the whole, and none blames without cause."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

# A twentieth of the queries has no reply, at random; the cuts are shorter than the wait for
# late replies, which is 1.8 s.
OPTIONS = ("--timeout", "0.3")
EVERY = "1"
RECIPE = ("--queries", "8000", "--rate", "1000", "--loss", "0.05", "--late", "0", "--resend", "0",
          "--truncated", "0", "--icmp", "none", "--servers", "4", "--clients", "20",
          "--ports", "linux")
BY_RANDOM = {"loss-random", "source-ports-predictable", "low-ports-in-use", "capture-incomplete"}


def sums(reports):
    """What adds up over cuts."""
    total = {}
    for report in reports:
        counts = {"frames": report["capture"]["frames"],
                  "transactions": report["totals"]["transactions"],
                  **report["totals"]["outcomes"],
                  **{f"{row['name']} {name}": count for row in report["ranges"]
                     for name, count in row["outcomes"].items()}}
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return total


def main():
    build = lab.enter(__doc__, ("tcpreplay",)).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        capture = os.path.join(folder, "lossy.pcap")
        lab.run(f"{build}/mkpcap", *RECIPE, capture)
        place = os.path.join(folder, "reports")
        os.mkdir(place)
        os.chmod(place, 0o777)
        kept = os.path.join(place, "kept.pcap")
        with lab.Live(build, folder, "-i", "v0", *OPTIONS, "--every", EVERY, "--reports", place,
                      "-w", kept) as live:
            lab.replay("v1", capture, options=())
            lab.settle()
            status = live.end()
        reports = [lab.load_report(os.path.join(place, name)) for name in lab.reports(place)]
        t.ok(status == 0 and len(reports) >= 8 and all(reports),
             f"there are {len(reports)} whole reports", live.notes())
        _, whole, err = tap.read(build, *OPTIONS, kept)
        t.ok(whole is not None and sums(reports) == sums([whole]),
             "their sums are those of the kept packets", [sums(reports), whole and sums([whole]),
                                                          err])
        blamed = [(name, finding["code"], finding["summary"])
                  for name, report in zip(lab.reports(place), reports)
                  for finding in report["findings"] if finding["code"] not in BY_RANDOM]
        t.ok(not blamed, "loss at random is nothing else in any cut", blamed)
        lost = sums(reports)["unanswered"]
        t.ok(lost >= 200, f"there was loss: {lost} queries", [sums(reports)])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""More transactions at once than the limit: memory stays, the limit is named, nothing is blamed."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

QUERIES = 300_000
LIMIT = 20_000
# None is answered, and each has a 5-tuple of its own.
RECIPE = ("--queries", str(QUERIES), "--rate", "100k", "--clients", "60000", "--servers", "2000",
          "--drop", "server=all", "--icmp", "none", "--resend", "0", "--ports", "full")
RATE = 100_000
# The ring, and what the tables may take.
RING_MIB = 16
MEMORY_MIB_MAX = 192


def peak_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) / 1024


def main():
    build = lab.enter(__doc__, ("tcpreplay",)).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        capture = os.path.join(folder, "flood.pcap")
        lab.run(f"{build}/mkpcap", *RECIPE, capture)
        with lab.Live(build, folder, "-i", "v0", "-B", str(RING_MIB * 1024),
                      "--max-transactions", str(LIMIT), "--timeout", "60") as live:
            sent, _ = lab.replay("v1", capture, options=[f"--pps={RATE}"])
            lab.settle()
            peak = peak_mib(live.pid)
            status = live.end()
            report = live.report()
        print(f"# SAYS {sent} queries without a reply, {LIMIT} kept at once: {peak:.0f} MiB at most")
        t.ok(status == 0 and report is not None, "there is a report", [status, *live.notes()])
        if report is None:
            return t.done()
        t.ok(peak < MEMORY_MIB_MAX, f"it took less than {MEMORY_MIB_MAX} MiB", [peak])
        t.ok(report["limits"]["hit"] and report["capture"]["evicted"] > 0, "the limit is named",
             [report["limits"], report["capture"]["evicted"]])
        outcomes = report["totals"]["outcomes"]
        dropped = report["capture"]["kernel_dropped"]
        t.ok(outcomes["unanswered"] == 0 and report["totals"]["queries"] + dropped == sent
             and outcomes["undecided"] == report["totals"]["transactions"],
             "what was given up for want of room is undecided", [report["totals"], dropped])
        faults = [finding["code"] for finding in report["findings"]
                  if finding["severity"] == "fault"]
        t.ok(not faults, "nobody is blamed", faults)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Simulated captures, a few of each family: no healthy one is blamed, sure faults are found."""
import collections
import csv
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

SEED = "7"
RUNS = 3
SIZES = "200,1000"
# At 1,000 queries; smaller captures are sure to an oracle that is told the ports only.
FOUND_AT = "1000"
# Dead ports without a structure show when ports are tried again, in larger captures.
FOUND_LATER = {"ecmp4-other", "ecmp8-other"}


def cells(build, jobs, runs):
    command = [f"{build}/bench-diagnose", "--cells", "--seed", SEED, "--sizes", SIZES,
               "--runs", str(runs), "--jobs", str(jobs)]
    status, out, err = tap.run(command, timeout=900)
    if status != 0:
        return None, [f"status {status}", *err.decode("utf-8", "replace").split("\n")]
    return list(csv.DictReader(io.StringIO(out.decode()), delimiter="\t")), []


def sums(rows, *keys):
    total = collections.defaultdict(int)
    for row in rows:
        for key in keys:
            total[row["family"], key] += int(row[key])
    return total


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    runs = 1 if tap.is_sanitized(build) else RUNS
    rows, notes = cells(build, 2, runs)
    t.ok(rows is not None, "the simulation ends well", notes)
    if rows is None:
        return t.done()
    healthy = [row for row in rows if row["has_fault"] == "0"]
    faulty = [row for row in rows if row["has_fault"] == "1"]
    replay = "bench-diagnose --verbose --seed {} --sizes {} --runs {} --families {}"

    blamed = [replay.format(SEED, row["size"], runs, row["family"])
              for row in healthy if row["blamed"] != "0"]
    t.ok(healthy and not blamed, "no port is blamed in a healthy capture", blamed)

    found = sums([row for row in faulty if row["size"] == FOUND_AT], "sure9", "sure9_found")
    for family in sorted({row["family"] for row in faulty} - FOUND_LATER):
        sure, got = found[family, "sure9"], found[family, "sure9_found"]
        t.ok(2 * got >= sure, f"{family}: sure faults are found in most captures",
             [f"{got} of {sure}", replay.format(SEED, FOUND_AT, runs, family)])
    t.ok(sum(found[family, "sure9"] for family in {row["family"] for row in faulty}) >= runs * 50,
         "there are sure faults to find")

    again, notes = cells(build, 1, runs)
    t.ok(again == rows, "the same with one process as with two", notes)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""check_truth.py REPORT.json TRUTH.json - does a report say what is true?

Every leaf of the truth must be in the report with the same value; the report
may hold more.  The rows of a list are matched by what identifies them, and a
row the truth does not have is a difference too.  Prints each difference, one a
line; exit status 1 when there is any, 2 when a file cannot be read.
"""
import json
import sys

IDENTITY = {
    "servers": ("address", "port"),
    "clients": ("address",),
    "icmp": ("sender", "type", "code", "about", "server"),
    "fragments": ("sender", "port", "about"),
    "ranges": ("name",),
}
ABSENT = object()
# Findings: tests/property/findings.py.
NOT_IN_REPORT = {"/sample", "/findings"}


def show(value):
    return "absent" if value is ABSENT else json.dumps(value)


def same(report, truth):
    # In Python, True == 1; in a report they are two things.
    return type(report) is type(truth) and report == truth


def compare_rows(path, keys, report, truth):
    """Lists of objects, matched by their identity."""
    twice = []

    def label(name):
        return ",".join(f"{k}={v}" for k, v in zip(keys, name))

    def index(rows, whose):
        found = {}
        for row in rows:
            name = tuple(row.get(k) for k in keys)
            if name in found:
                twice.append(f"{path}[{label(name)}]: twice in the {whose}")
            found[name] = row
        return found

    if not isinstance(report, list):
        yield f"{path}: report {show(report)}, truth has a list"
        return
    have, want = index(report, "report"), index(truth, "truth")
    yield from twice
    for name in sorted(set(have) | set(want), key=str):
        here = f"{path}[{label(name)}]"
        if name not in want:
            yield f"{here}: in the report, not in the truth"
        elif name not in have:
            yield f"{here}: in the truth, not in the report"
        else:
            yield from compare(here, have[name], want[name])


def compare(path, report, truth):
    key = path.rsplit("/", 1)[-1]
    if path in NOT_IN_REPORT:
        return
    if isinstance(truth, list) and key in IDENTITY:
        yield from compare_rows(path, IDENTITY[key], report, truth)
    elif isinstance(truth, dict):
        if not isinstance(report, dict):
            yield f"{path or '/'}: report {show(report)}, truth has an object"
            return
        for name, value in truth.items():
            yield from compare(f"{path}/{name}", report.get(name, ABSENT), value)
        # Counts by rcode: one that the truth does not have must be 0.
        if key == "rcodes":
            for name in sorted(set(report) - set(truth)):
                if report[name] != 0:
                    yield f"{path}/{name}: report {show(report[name])}, truth absent"
    elif not same(report, truth):
        yield f"{path}: report {show(report)}, truth {show(truth)}"


def main():
    if len(sys.argv) != 3:
        print("usage: check_truth.py REPORT.json TRUTH.json", file=sys.stderr)
        return 2
    try:
        both = []
        for name in sys.argv[1:]:
            with open(name, encoding="utf-8") as f:
                both.append(json.load(f))
    except (OSError, ValueError) as e:
        print(f"check_truth.py: {e}", file=sys.stderr)
        return 2
    found = list(compare("", *both))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Captures in which nothing is to blame, whole and maimed, give no fault."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

SCRIPT = os.path.join(tap.ROOT, "bench", "diagnose", "captures.py")
RUNS = 2
KINDS = 10
CELLS = 8
ROW = re.compile(r"^\| (?!captures|---)([^|]+) \|((?: [0-9.]+ % \|)+)")


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    command = [sys.executable, SCRIPT, "--program", f"{build}/dnsgap", "--mkpcap",
               f"{build}/mkpcap", "--runs", str(RUNS), "--most", "0"]
    _, out, err = tap.run(command, timeout=600)
    out, err = out.decode(), err.decode("utf-8", "replace").split("\n")
    rows = [ROW.match(line) for line in out.split("\n")]
    rows = [row for row in rows if row]
    t.ok(len(rows) == KINDS, f"{KINDS} kinds of captures were read", [out, *err])
    for row in rows:
        # Behind them, in some rows, the share in which the server was found.
        shares = [float(share) for share in re.findall(r"([0-9.]+) %", row.group(2))][:CELLS]
        t.ok(len(shares) == CELLS and not any(shares), f"no false alarm: {row.group(1)}",
             [line for line in err if line.startswith(row.group(1))])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

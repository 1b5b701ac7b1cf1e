#!/usr/bin/env python3
"""The program's report against the slow implementation's, key by key.

    compare.py --program build/dnsgap [--verbose] FILE... | --captures

Runs, in two processes, `PROGRAM read FILE` (JSON on standard output; status 0, 1 or 2) and slow.py
on each file.  --captures takes every file of $DNSGAP_CAPTURES, else of
../shared/captures beside the project, and says so when there is none.
Ends with `N passed, N failed`; exit status 1 when a file failed.
"""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import decode as dec                                   # noqa: E402
import slow                                            # noqa: E402

# ---------------------------------------------------------------- the mapping
#
# Everything that is known about the two reports' keys is here.

# Ours -> the program's, where the names differ.
RENAMED = {
}

# Keys of ours that the program does not promise in this form.
NOT_COMPARED = {"problem", "capture.icmp_unmatched", "icmp.name", "capture.evicted",
                "capture.tcp.evicted", "capture.fragments.evicted"}

# Keys that must be in the program's report; other missing ones are only listed at the end.
REQUIRED = {"complete", "capture.frames", "capture.dns_messages", "capture.verdicts",
            "capture.cut_frames", "capture.duplicate_frames", "capture.one_way",
            "capture.clock_steps", "capture.orphan_replies", "capture.early_orphan_replies",
            "totals.transactions", "totals.queries", "totals.resends", "totals.outcomes",
            "capture.messages", "capture.tcp", "capture.fragments", "capture.tunnels",
            "capture.partial_replies", "capture.lost_replies", "totals.tcp_retries",
            "icmp.kind", "fragments", "servers.transports",
            "ranges", "servers", "clients", "icmp", "servfail"}

# Keys that are there only when there is something to say.
OPTIONAL = {"servers.edns", "servers.transports.udp", "servers.transports.tcp"}

# Dictionaries of counts: a name that is missing counts 0.
COUNTS = {"verdicts", "outcomes", "rcodes", "tunnels", "ede"}

# Lists whose rows are found by these keys, in whatever order they come.
ROW_NAMES = {"ranges": ("name",), "of_which": ("ports",), "servers": ("address", "port"),
             "clients": ("address",), "nsid": ("hex",),
             "causes": ("resolver", "zone", "server", "port"),
             "fragments": ("sender", "port", "about"),
             "icmp": ("sender", "family", "type", "code", "about", "server")}

# The program keeps latencies in a histogram: (relative, absolute) difference allowed.
QUANTILES = {"p50", "p90", "p99"}
QUANTILE_SLACK = (0.05, 1000)

# The program remembers so many kinds of ICMP errors of a transaction (sender, type, code,
# about); a further kind counts the transaction each time it comes.
ICMP_KINDS_KEPT = 2

PROCESSES = 2


# ---------------------------------------------------------------- comparing

class Comparison:
    def __init__(self):
        self.differences = []
        self.missing = set()

    def differ(self, path, ours, theirs):
        self.differences.append("%s: slow %s, program %s" % (path, json.dumps(ours),
                                                             json.dumps(theirs)))

    def dicts(self, ours, theirs, path, plain):
        for key, value in ours.items():
            here, name = (path + "." + key).lstrip("."), (plain + "." + key).lstrip(".")
            if name in NOT_COMPARED:
                continue
            key = RENAMED.get(name, key)
            if not isinstance(theirs, dict) or key not in theirs:
                if name in REQUIRED | OPTIONAL:
                    self.differ(here, value, "(no such key)")
                else:
                    self.missing.add(name)
                continue
            self.values(value, theirs[key], here, name)

        for name in OPTIONAL:
            parent, key = name.rsplit(".", 1)
            if plain == parent and key not in ours and key in (theirs or {}):
                self.differ(path + "." + key, "(no such key)", "something")

    def values(self, ours, theirs, path, plain):
        key = plain.rsplit(".", 1)[-1]
        if key in COUNTS:
            for name in sorted(set(ours) | set(theirs or {})):
                if ours.get(name, 0) != (theirs or {}).get(name, 0):
                    self.differ(path + "." + name, ours.get(name, 0), (theirs or {}).get(name, 0))
        elif key in ROW_NAMES and isinstance(ours, list):
            self.rows(ours, theirs, path, plain, ROW_NAMES[key])
        elif isinstance(ours, dict) and isinstance(theirs, dict):
            self.dicts(ours, theirs, path, plain)
        elif key == "latency_ns" and ours is None and isinstance(theirs, dict):
            if any(theirs.values()):                   # null or all zero: no latency
                self.differ(path, ours, theirs)
        elif key in QUANTILES and isinstance(theirs, (int, float)):
            relative, absolute = QUANTILE_SLACK
            if abs(ours - theirs) > max(absolute, relative * ours):
                self.differ(path, ours, theirs)
        elif isinstance(ours, float) or isinstance(theirs, float):
            if not isinstance(ours, (int, float)) or not isinstance(theirs, (int, float)) \
                    or abs(ours - theirs) > 1e-6:
                self.differ(path, ours, theirs)
        elif ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
            self.differ(path, ours, theirs)

    def rows(self, ours, theirs, path, plain, names):
        def by_name(rows):
            return {tuple(row.get(n) for n in names): row for row in rows or []}

        mine, other = by_name(ours), by_name(theirs)
        for name in list(mine) + [n for n in other if n not in mine]:
            here = "%s[%s]" % (path, " ".join(str(n) for n in name))
            if name not in other:
                self.differ(here, "a row", "(no such row)")
            elif name not in mine:
                self.differ(here, "(no such row)", "a row")
            else:
                self.dicts(mine[name], other[name], here, plain)


def laws(report):
    """What must hold inside the program's own report: a list of complaints."""
    wrong = []

    def check(good, text):
        if not good:
            wrong.append("law broken: " + text)

    capture, totals = report.get("capture", {}), report.get("totals", {})
    check(sum(capture.get("verdicts", {}).values()) == capture.get("frames"),
          "verdicts sum to the frames")
    unknown = set(capture.get("verdicts", {})) - set(dec.VERDICTS)
    check(not unknown, "verdicts have known names, not %s" % sorted(unknown))

    def tally(rows, what):
        check(all(sum(r["outcomes"].values()) == r["transactions"] for r in rows),
              "outcomes sum to the transactions in " + what)

    try:
        tally([totals], "totals")
        tally(report["ranges"], "ranges")
        tally(report["servers"], "servers")
        tally(report["clients"], "clients")
        for name in ("ranges", "servers", "clients"):
            check(sum(r["transactions"] for r in report[name]) == totals["transactions"],
                  name + " sum to the totals")
        for server in report["servers"]:
            tally(server["ranges"], "ranges of a server")
            check(sum(r["transactions"] for r in server["ranges"]) == server["transactions"],
                  "ranges of a server sum to it")
    except (KeyError, TypeError, AttributeError) as trouble:
        wrong.append("law broken: the report has the promised shape (%r)" % trouble)
    return wrong


def compare_reports(ours, theirs):
    """(differences, keys that the program does not have)."""
    c = Comparison()
    c.dicts(ours, theirs, "", "")
    return c.differences + laws(theirs), c.missing


def crowded_rows(run):
    """The icmp rows of transactions with more kinds of errors than the program remembers."""
    kinds = {}
    for e, about, flow, tr in run.result.errors:
        if tr:
            row = "icmp[%s %d %d %d %s %s]" % (e.sender, e.family, e.type, e.code, about, flow[2])
            kinds.setdefault(id(tr), set()).add(row)
    return {row for rows in kinds.values() if len(rows) > ICMP_KINDS_KEPT for row in rows}


def explain_crowded(run, differences, path):
    """(the differences that the program's bound does not make, notes about those it makes)"""
    rows, left, notes = crowded_rows(run), [], []
    for line in differences:
        row, _, rest = line.partition("].")
        if row + "]" in rows and rest.startswith(("transactions:", "ranges.")):
            notes.append("note %s: a transaction with more than %d kinds of ICMP errors: %s" % (
                path, ICMP_KINDS_KEPT, line))
        else:
            left.append(line)
    return left, notes


def compare_file(program, path):
    """(differences, keys that the program does not have, notes) for one capture."""
    run = slow.analyse([path])
    done = subprocess.run([program, "read", path], capture_output=True, check=False)
    differences, missing, notes = [], set(), []
    if done.returncode != slow.status(run):
        differences.append("exit status: slow expects %d (%s), program %d: %s" % (
            slow.status(run), run.problem, done.returncode,
            done.stderr.decode("utf-8", "replace").strip()[:200]))
    if not run.opened and not done.stdout.strip():
        return differences, missing, notes
    try:
        theirs = json.loads(done.stdout)
    except ValueError as trouble:
        return differences + ["no JSON: %s" % trouble], missing, notes
    if run.opened:
        more, missing = compare_reports(slow.report(run), theirs)
        left, notes = explain_crowded(run, more, path)
        differences += left
    return differences, missing, notes


def all_captures():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folder = os.environ.get("DNSGAP_CAPTURES") or os.path.join(root, "..", "shared", "captures")
    files = os.path.join(folder, "files")
    if not os.path.isdir(files):
        print("compare.py: skipped: no captures in %s (set DNSGAP_CAPTURES)" % folder)
        return None
    return [os.path.join(files, name) for name in sorted(os.listdir(files))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--captures", action="store_true", help="every capture at hand")
    parser.add_argument("--verbose", action="store_true", help="every difference, and passed files")
    parser.add_argument("files", nargs="*", metavar="FILE")
    args = parser.parse_args()
    files = list(args.files)
    if args.captures:
        more = all_captures()
        if more is None and not files:
            return 0
        files += more or []
    if not files:
        parser.error("no FILE")
    with concurrent.futures.ProcessPoolExecutor(PROCESSES) as pool:
        results = pool.map(compare_file, [args.program] * len(files), files, chunksize=4)
        return tell(args, files, results)


def tell(args, files, results):
    """Prints what came out for each file; the exit status."""
    passed = failed = 0
    missing, kinds = set(), Counter()
    for path, (differences, absent, notes) in zip(files, results):
        for line in notes:
            print(line)
        missing |= absent
        if not differences:
            passed += 1
            if args.verbose:
                print("pass " + path)
            continue
        failed += 1
        print("FAIL " + path)
        for line in differences if args.verbose else differences[:8]:
            print("  " + line)
        if len(differences) > 8 and not args.verbose:
            print("  ... and %d more" % (len(differences) - 8))
        kinds.update({d.split(":")[0].split("[")[0] for d in differences})
    for kind, count in kinds.most_common(20):
        print("%5d files differ in %s" % (count, kind))
    if missing:
        print("not compared, not in the program's report: " + " ".join(sorted(missing)))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

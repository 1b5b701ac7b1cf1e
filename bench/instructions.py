#!/usr/bin/env python3
"""Counts the instructions of each stage with callgrind, and holds them against a record.

Time on a shared machine differs by a tenth from run to run; instructions differ by less than
one in a hundred, so a change that costs a few of a hundred is seen.  They say nothing of waiting
for memory: `make bench` measures that.

A stage is a set of functions with all that they call, less other stages within.  Counts are for
one query of a small capture that mkpcap makes.  The record belongs to one compiler: with
another one nothing is compared, and that is said.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

QUERIES = 20_000

# What a stage is: functions, and those within them that belong to another stage.
STAGES = {
    "read": (["dg_pcapfile_next"], ["dg_stream_read"]),
    "decode": (["dg_message_of_plain_frame", "dg_decode"], []),
    "parse": (["dg_dns_parse", "dg_edns_parse"], []),
    "key": (["dg_key_of_message"], []),
    "correlate": (
        ["dg_correlate_message", "dg_correlate_advance", "dg_correlate_finish"],
        ["dg_tally_transaction"],
    ),
    "tally": (["dg_tally_transaction", "dg_tally_edns"], []),
    "packets": (["dg_shard_feed", "dg_shard_finish"], []),
    "summary": (["dg_summary_make"], []),
    "diagnosis": (["dg_diagnose"], []),
    "report": (["dg_report_json"], []),
}


def fail(text):
    sys.exit(f"instructions.py: {text}")


def name_of(text, names):
    """Names are written once, `(12) name`, and then only by their number."""
    match = re.match(r"\((\d+)\)(?: (.*))?$", text)
    if match.group(2) is not None:
        names[match.group(1)] = match.group(2)
    return names[match.group(1)].split("'")[0]


def inclusive(path):
    """The instructions of each function with all that it calls, from callgrind's own file."""
    costs, names = {}, {}
    function, in_call = None, False
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            if line.startswith("fn="):
                function = name_of(line[3:].rstrip("\n"), names)
            elif line.startswith("cfn="):
                callee = name_of(line[4:].rstrip("\n"), names)
            elif line.startswith("calls="):
                in_call = True
            elif function is not None and re.match(r"[0-9+*-]", line):
                fields = line.split()
                cost = int(fields[1]) if len(fields) > 1 else 0
                # What it calls of its own name is in the call's cost already.
                if not (in_call and callee == function):
                    costs[function] = costs.get(function, 0) + cost
                in_call = False
    return costs


def count(args):
    capture = os.path.join(args.work, f"instructions-{QUERIES}.pcap")
    profile = os.path.join(args.work, "instructions.callgrind")
    os.makedirs(args.work, exist_ok=True)
    subprocess.run([args.mkpcap, "--queries", str(QUERIES), capture], check=True)
    command = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={profile}"]
    with open(os.path.join(args.work, "instructions.json"), "w", encoding="utf-8") as report:
        subprocess.run([*command, args.program, "read", capture], stdout=report, check=True)
    costs = inclusive(profile)
    counts = {}
    for stage, (functions, less) in STAGES.items():
        found = [f for f in functions if f in costs]
        if not found:
            fail(f"{stage}: none of {', '.join(functions)} was called; was it renamed?")
        total = sum(costs[f] for f in found) - sum(costs.get(f, 0) for f in less)
        counts[stage] = round(total / QUERIES, 1)
    return counts


def compiler(args):
    words = [args.compiler, "--version"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("\n")[0]


def compare(counts, record, tolerance):
    """Prints a line for each stage; True when none costs more than the record allows."""
    is_good = True
    print(f"{'stage':<12}{'record':>10}{'now':>10}{'change':>9}")
    for stage, now in counts.items():
        before = record.get(stage)
        if before is None:
            print(f"{stage:<12}{'none':>10}{now:>10.1f}")
            is_good = False
            continue
        change = 100 * (now / before - 1)
        mark = ""
        if change > tolerance:
            mark, is_good = "  MORE", False
        elif change < -tolerance:
            mark = "  less: record it"
        print(f"{stage:<12}{before:>10.1f}{now:>10.1f}{change:>+8.1f}%{mark}")
    return is_good


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default="build/release/dnsgap")
    parser.add_argument("--mkpcap", default="build/release/mkpcap")
    parser.add_argument("--work", default="build/bench", help="folder for the capture")
    parser.add_argument("--compiler", default="gcc", help="the one the program was made by")
    parser.add_argument("--baseline", default=os.path.join(here, "instructions.json"))
    parser.add_argument("--tolerance", type=float, default=3, help="in %% (%(default)s)")
    parser.add_argument("--record", action="store_true", help="write the record anew")
    args = parser.parse_args()

    if shutil.which("valgrind") is None:
        print("SKIPPED: valgrind is not installed (apt-get install valgrind)")
        return
    made_by = compiler(args)
    record = None
    if not args.record:
        with open(args.baseline, encoding="utf-8") as f:
            record = json.load(f)
        if record["compiler"] != made_by:
            print(f"SKIPPED: the record is of {record['compiler']}, this is {made_by}")
            return
    counts = count(args)
    if record is None:
        with open(args.baseline, "w", encoding="utf-8") as f:
            json.dump(
                {"compiler": made_by, "queries": QUERIES, "instructions_per_query": counts},
                f,
                indent=2,
            )
            f.write("\n")
        print(json.dumps(counts, indent=2))
        return
    if not compare(counts, record["instructions_per_query"], args.tolerance):
        fail("a stage costs more than the record; if that is meant: --record, and say why")


if __name__ == "__main__":
    main()

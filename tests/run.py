#!/usr/bin/env python3
"""Runs every test, passes their TAP on, and counts.

    tests/run.py --build build/release [--only NAME ...]

A test is a command that prints TAP: unit and scenario programs, replays of the
fuzzers' corpora, bats files, and Python scripts.  Ends with a line
`N passed, N failed, N skipped` and a status that says the same.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def commands(build):
    """(name, command) of every test there is."""
    for path in sorted(glob.glob(f"{build}/tests/unit_*")):
        if os.access(path, os.X_OK) and not path.endswith(".o"):
            yield os.path.basename(path), [path]
    yield "scenario", [f"{build}/tests/scenario", *sorted(glob.glob("tests/scenario/*.scn"))]
    for path in sorted(glob.glob(f"{build}/tests/replay_*")):
        name = os.path.basename(path)
        corpus = sorted(glob.glob(f"fuzz/corpus/{name[len('replay_'):]}/*"))
        yield name, [path, *corpus]
    for folder in ("property", "golden", "html"):
        for path in sorted(glob.glob(f"tests/{folder}/*.py")):
            yield path[len("tests/"):], ["python3", path, "--build", build]
    for path in sorted(glob.glob("tests/cli/*.bats")):
        yield path[len("tests/"):], ["bats", "--tap", path]


def environment(build):
    env = dict(os.environ)
    env.update(
        DNSGAP=os.path.abspath(f"{build}/dnsgap"),
        MKPCAP=os.path.abspath(f"{build}/mkpcap"),
        BUILD=os.path.abspath(build),
        CMOCKA_MESSAGE_OUTPUT="TAP",
        LC_ALL="C.UTF-8",
        TZ="UTC",
        ASAN_OPTIONS="abort_on_error=0:exitcode=99",
        UBSAN_OPTIONS="print_stacktrace=1",
    )
    return env


def run(name, command, env):
    """Runs one command; returns counts of passed, failed, skipped tests."""
    passed = failed = skipped = 0
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    quiet = []
    for line in process.stdout:
        if re.match(r"ok\b", line):
            if re.search(r"# *skip", line, re.IGNORECASE):
                skipped += 1
                print(f"  {line.rstrip()}")
            else:
                passed += 1
        elif re.match(r"not ok\b", line):
            failed += 1
            print(f"  {line.rstrip()}")
        else:
            quiet.append(line.rstrip())
    status = process.wait()
    if failed == 0 and (status != 0 or passed + skipped == 0):
        failed += 1
        print(f"  not ok - {name} ended with status {status} after {passed + skipped} tests")
    if failed:
        print("\n".join(f"    {line}" for line in quiet[-60:]))
    print(f"{name}: {passed} passed, {failed} failed, {skipped} skipped "
          f"({time.monotonic() - started:.1f} s)", flush=True)
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--only", nargs="*", help="names of tests, or parts of them")
    options = parser.parse_args()
    os.chdir(ROOT)
    env = environment(options.build)
    total = [0, 0, 0]
    for name, command in commands(options.build):
        if options.only and not any(part in name for part in options.only):
            continue
        for i, count in enumerate(run(name, command, env)):
            total[i] += count
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())

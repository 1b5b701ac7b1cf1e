#!/usr/bin/env python3
"""Runs every test, several side by side, passes their TAP on, and counts.

    tests/run.py --build build/release [--only NAME ...] [--jobs N] [--live]

A test is a command that prints TAP: unit and scenario programs, replays of the
fuzzers' corpora, bats files, and Python scripts; with --live those of tests/live
instead.  What a command said is printed when it has ended, in one piece.  One
that takes too long is ended and has failed.  Ends with a line
`N passed, N failed, N skipped` and a status that says the same.
"""
import argparse
import concurrent.futures
import dataclasses
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# These begin first, so that none of them runs on alone at the end.
LONGEST = (
    "property/oracle.py", "unit_port_laws", "property/split.py", "property/diagnose.py",
    "property/laws.py", "cli/containers.bats", "property/anonymised.py", "property/truth.py",
    "property/evidence.py", "property/readers.py", "property/schema.py", "cli/inputs.bats",
    "html/browser.py", "property/pcapng.py", "cli/transactions.bats", "html/markup.py",
    "property/misleading.py", "cli/outputs.bats", "cli/signals.bats", "property/alarms.py",
)

# These run with nothing beside them, after all others: name -> why.
ALONE = {
    "live/rate.py": "no frame may be dropped at a rate that takes all cores",
}

# These do not run our C: under the sanitizers they would say again what they said before.
NO_CODE_OF_OURS = {
    "property/docs.py": "tries a checker of documents",
    "property/layers.py": "tries a checker of layers",
    "property/runner.py": "tries this runner",
    "property/style.py": "tries a checker of style",
}

# No test needs a quarter of this on two cores, not even under the sanitizers.
SECONDS_MAX = 900
# What a test gets to put things in order after it was told to end.
SECONDS_TO_END = 5
QUIET_LINES_MAX = 60


@dataclasses.dataclass
class Result:
    """What one command gave: its counts, what is to be printed, and what it cost."""
    counts: tuple
    text: str
    seconds: float
    cpu_seconds: float


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
        yield from scripts(folder, build)
    for path in sorted(glob.glob("tests/cli/*.bats")):
        yield path[len("tests/"):], ["bats", "--tap", path]


def scripts(folder, build):
    for path in sorted(glob.glob(f"tests/{folder}/*.py")):
        yield path[len("tests/"):], ["python3", path, "--build", build]


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


def signal_group(group, number):
    """Whether there was anybody left to get it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def is_empty(group):
    """Whether all of a group end soon: a browser's own processes outlive it by a little."""
    end = time.monotonic() + SECONDS_TO_END
    while signal_group(group, 0):
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True


class Runner:
    """Runs commands, each in a process group of its own, so that all it started ends with it."""

    def __init__(self, env, seconds_max):
        self.env = env
        self.seconds_max = seconds_max
        self.lock = threading.Lock()
        self.running = {}
        self.is_stopped = False

    def run(self, name, command):
        """Runs one command to its end; None when all was stopped before it began."""
        started = time.monotonic()
        with tempfile.TemporaryFile() as output:
            with self.lock:
                if self.is_stopped:
                    return None
                process = subprocess.Popen(      # pylint: disable=consider-using-with
                    command, env=self.env, stdin=subprocess.DEVNULL, stdout=output,
                    stderr=subprocess.STDOUT, start_new_session=True)
                self.running[process.pid] = name
            late = []
            timer = threading.Timer(self.seconds_max, self.end, (process.pid, late))
            timer.daemon = True
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            timer.cancel()
            left = not self.is_stopped and not late and not is_empty(process.pid)
            signal_group(process.pid, signal.SIGKILL)
            with self.lock:
                del self.running[process.pid]
            output.seek(0)
            lines = output.read().decode("utf-8", "replace").splitlines()
        faults = []
        if late:
            faults.append(f"{name} was ended after {self.seconds_max} s")
        elif left:
            faults.append(f"{name} left processes behind")
        seconds = time.monotonic() - started
        counts, said = read_tap(name, lines, process.returncode, faults)
        cpu_seconds = usage.ru_utime + usage.ru_stime
        said.append("%s: %d passed, %d failed, %d skipped (%.1f s, CPU %.1f s)"
                    % (name, *counts, seconds, cpu_seconds))
        return Result(counts, "\n".join(said), seconds, cpu_seconds)

    def end(self, group, late):
        """Ends a command that takes too long, politely first."""
        late.append(group)
        signal_group(group, signal.SIGTERM)
        end = time.monotonic() + SECONDS_TO_END
        while time.monotonic() < end and group in self.running:
            time.sleep(0.05)
        with self.lock:
            if group in self.running:
                signal_group(group, signal.SIGKILL)

    def stop(self):
        """Ends all commands, and begins no more; the names of those that ran."""
        with self.lock:
            self.is_stopped = True
            names = list(self.running.values())
            for group in self.running:
                signal_group(group, signal.SIGTERM)
        end = time.monotonic() + SECONDS_TO_END
        while self.running and time.monotonic() < end:
            time.sleep(0.05)
        with self.lock:
            for group in self.running:
                signal_group(group, signal.SIGKILL)
        return names


def read_tap(name, lines, status, faults):
    """(counts, lines to print) of what a command printed."""
    passed = failed = skipped = 0
    said, quiet = [], []
    for line in lines:
        # What cmocka skips is "not ok" to it.
        if re.match(r"ok\b|not ok \d+ # SKIP\b", line):
            if re.search(r"# *skip", line, re.IGNORECASE):
                skipped += 1
                said.append(f"  {line.rstrip()}")
            else:
                passed += 1
        elif re.match(r"not ok\b", line):
            failed += 1
            said.append(f"  {line.rstrip()}")
        elif line.startswith("# SAYS "):
            # What a test measured, for people.
            said.append(f"  {line.rstrip()}")
        else:
            quiet.append(line.rstrip())
    if failed == 0 and not faults and (status != 0 or passed + skipped == 0):
        faults = [f"{name} ended with status {status} after {passed + skipped} tests"]
    for fault in faults:
        failed += 1
        said.append(f"  not ok - {fault}")
    if failed:
        said += [f"    {line}" for line in quiet[-QUIET_LINES_MAX:]]
    return (passed, failed, skipped), said


def choose(options):
    """(tests to run, (name, why) of those left out): a test is (name, command)."""
    if options.live:
        tests = list(scripts("live", options.build))
    else:
        tests = list(commands(options.build))
    if options.only:
        tests = [test for test in tests if any(part in test[0] for part in options.only)]
    left_out = []
    if os.path.basename(os.path.normpath(options.build)) != "release":
        left_out = [(name, NO_CODE_OF_OURS[name]) for name, _ in tests if name in NO_CODE_OF_OURS]
        tests = [test for test in tests if test[0] not in NO_CODE_OF_OURS]
    rank = {name: i for i, name in enumerate(LONGEST)}
    tests.sort(key=lambda test: rank.get(test[0], len(rank)))
    return tests, left_out


def run_all(runner, tests, jobs, total):
    """Runs all, the lonely ones last, prints their blocks and adds to the counts; CPU seconds."""
    cpu_seconds = 0.0
    crowd = [test for test in tests if test[0] not in ALONE]
    lonely = [test for test in tests if test[0] in ALONE]
    for some, workers in ((crowd, jobs), (lonely, 1)):
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            futures = [pool.submit(runner.run, *test) for test in some]
            try:
                for future in concurrent.futures.as_completed(futures):
                    result = future.result()
                    print(result.text, flush=True)
                    cpu_seconds += result.cpu_seconds
                    for i, count in enumerate(result.counts):
                        total[i] += count
            except BaseException:
                for future in futures:
                    future.cancel()
                for name in runner.stop():
                    print(f"  stopped: {name}", flush=True)
                raise
    return cpu_seconds


def on_term(number, _frame):
    raise SystemExit(128 + number)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--only", nargs="*", help="names of tests, or parts of them")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
                        help="commands side by side; as many as there are cores when not said")
    parser.add_argument("--seconds", type=float, default=SECONDS_MAX, metavar="N",
                        help="a command that takes longer is ended and has failed (%(default)s)")
    parser.add_argument("--live", action="store_true", help="the tests of tests/live instead")
    options = parser.parse_args()
    if options.jobs < 1:
        parser.error("--jobs takes 1 or more")
    return options


def main():
    options = parse()
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGHUP, on_term)
    total = [0, 0, 0]
    tests, left_out = choose(options)
    for name, why in left_out:
        total[2] += 1
        print(f"  ok - {name} # SKIP left out under the sanitizers: {why}, runs no C of ours")
    started = time.monotonic()
    try:
        cpu_seconds = run_all(Runner(environment(options.build), options.seconds), tests,
                              options.jobs, total)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    print(f"{len(tests)} commands, {options.jobs} at a time: {time.monotonic() - started:.0f} s, "
          f"CPU {cpu_seconds:.0f} s")
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The runner of the tests: it counts, notices what fails or hangs, and leaves nothing running."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

RUNNER = os.path.join(tap.ROOT, "tests", "run.py")
# Nobody waits that long: it is ended.
HANG = "sleep 3600"
SECONDS_MAX = 60

GOOD = "echo ok 1 - a; echo ok 2 - b"
SKIPPED = "echo ok 1 - a; echo 'ok 2 - b # SKIP no such thing'"

# (what is proved, {name: shell script}, options, exit status, (passed, failed, skipped),
# what is said)
CASES = [
    ("all that passes is counted", {"a": GOOD, "b": SKIPPED}, [], 0, (3, 0, 1),
     r"b # SKIP no such thing"),
    ("a test that fails is named, with what the command said",
     {"a": "echo why; echo not ok 1 - it; exit 1", "b": GOOD}, [], 1, (2, 1, 0),
     r"not ok 1 - it\n.*\n? +why\n"),
    ("a command that fails behind its last test has failed", {"a": GOOD + "; exit 3"}, [], 1,
     (2, 1, 0), "not ok - unit_a ended with status 3 after 2 tests"),
    ("a command that is killed has failed", {"a": "echo ok 1; kill -9 $$"}, [], 1, (1, 1, 0),
     "not ok - unit_a ended with status -9 after 1 tests"),
    ("a command without a test has failed", {"a": "true"}, [], 1, (0, 1, 0),
     "not ok - unit_a ended with status 0 after 0 tests"),
    ("one that hangs is ended, has failed, and what it said is shown",
     {"a": f"echo ok 1; echo then; {HANG}", "b": GOOD}, ["--seconds", "0.5"], 1, (3, 1, 0),
     r"not ok - unit_a was ended after 0\.5 s\n +then\n"),
    ("one that hangs and hears no TERM is ended too",
     {"a": f"trap '' TERM; echo ok 1; {HANG}; {HANG}"}, ["--seconds", "0.5"], 1, (1, 1, 0),
     r"not ok - unit_a was ended"),
    ("one that leaves a process behind has failed", {"a": f"{GOOD}; {HANG} &"}, [], 1, (2, 1, 0),
     "not ok - unit_a left processes behind"),
    ("blocks are whole", {name: f"for i in 1 2 3 4 5 6 7 8; do echo not ok {name}; sleep 0.01; done"
                          for name in "abcd"}, ["--jobs", "4"], 1, (0, 32, 0),
     r"(?s)(  not ok (\w)\n(  not ok \2\n){7}unit_\2: [^\n]*\n){4}"),
    ("no test is no success", {}, [], 1, (0, 0, 0), "0 commands"),
]


def put(folder, scripts):
    """A build folder whose unit tests are these scripts."""
    build = os.path.join(folder, "release")
    os.makedirs(os.path.join(build, "tests"))
    for name, text in scripts.items():
        path = tap.store(os.path.join(build, "tests", f"unit_{name}"),
                         f"#!/bin/sh\n{text}\n".encode())
        os.chmod(path, 0o755)
    return build


def start(build, *options):
    # A shell that put us into the background may have had SIGINT ignored; programs inherit that.
    return subprocess.Popen(
        [sys.executable, RUNNER, "--build", build, "--only", "unit_", *options], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def check_case(t, what, scripts, options, status, counts, said):
    with tempfile.TemporaryDirectory() as folder:
        process = start(put(folder, scripts), *options)
        out, _ = process.communicate(timeout=SECONDS_MAX)
        last = out.splitlines()[-1:]
        t.ok(process.returncode == status
             and last == ["%d passed, %d failed, %d skipped" % counts]
             and re.search(said, out), what, [process.returncode, *out.splitlines()])


def is_alive(pid):
    """A process that has ended and waits for its parent is not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def await_true(condition):
    end = time.monotonic() + SECONDS_MAX
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def check_signal(t, number):
    """A signal to the runner alone ends it and all that it started, and what they started."""
    with tempfile.TemporaryDirectory() as folder:
        pids = os.path.join(folder, "pids")
        script = f"echo $$ >>{pids}; {HANG} & echo $! >>{pids}; wait"
        process = start(put(folder, {"a": script, "b": script, "c": script}), "--jobs", "2")

        def numbers():
            return tap.load(pids).split() if os.path.exists(pids) else []

        began = await_true(lambda: len(numbers()) == 4)
        process.send_signal(number)
        out, _ = process.communicate(timeout=SECONDS_MAX)
        gone = await_true(lambda: not any(is_alive(int(pid)) for pid in numbers()))
        t.ok(began and gone and process.returncode == 128 + number and len(numbers()) == 4
             and "stopped: unit_a" in out and "stopped: unit_b" in out and "passed" not in out,
             f"{signal.Signals(number).name} ends all that runs, and nothing begins any more",
             [began, gone, process.returncode, numbers(), *out.splitlines()])


def main():
    tap.arguments(__doc__)
    t = tap.Tap()
    for case in CASES:
        check_case(t, *case)
    check_signal(t, signal.SIGINT)
    check_signal(t, signal.SIGTERM)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

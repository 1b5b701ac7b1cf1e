#!/usr/bin/env python3
"""The program against the second implementation in tests/oracle, as TAP.

Samples, made captures at the edge of every rule, and all captures at hand; and
every difference from tshark's counts explained by a rule.
"""
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

ORACLE = os.path.join(tap.ROOT, "tests", "oracle")
TORTURES = 600
TORTURES_SANITIZED = 150
RESOLVERS = 300
RESOLVERS_SANITIZED = 60
TIMEOUT = 1200


def tool(name, *args):
    """(exit status, lines) of a script of tests/oracle."""
    status, out, err = tap.run([sys.executable, os.path.join(ORACLE, name), *args],
                               timeout=TIMEOUT)
    return status, (out + err).decode("utf-8", "replace").splitlines()


def compare(build, files):
    """(how many passed, how many failed, what was said) of files; compare.py uses two processes."""
    status, lines = tool("compare.py", "--program", f"{build}/dnsgap", *files)
    match = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1]) if lines else None
    if match is None or (status != 0) != (int(match[2]) > 0):
        return 0, 0, [f"status {status}", *lines[-5:]]
    return int(match[1]), int(match[2]), [line for line in lines
                                          if line.startswith(("FAIL", "  "))]


def check(t, build, what, files):
    passed, failed, notes = compare(build, files)
    t.ok(failed == 0 and passed == len(files) > 0,
         f"{what}: {passed} of {len(files)} reports as the second implementation's", notes)


def check_explain(t, build):
    status, lines = tool("explain.py", "--program", f"{build}/dnsgap")
    match = re.fullmatch(r"explained (\d+), unexplained (\d+)", lines[-1]) if lines else None
    good = status == 0 and match is not None and int(match[1]) > 0 and int(match[2]) == 0
    at = [i for i, line in enumerate(lines) if "UNEXPLAINED" in line]
    t.ok(good, "every difference from tshark's counts has its rule: "
         + (lines[-1] if lines else "nothing was said"),
         [line for i in at for line in lines[max(0, i - 2):i + 1]] or lines[-5:])


def check_itself(t):
    """The second implementation's own tests, with values counted by hand."""
    status, out, err = tap.run([sys.executable, "-m", "unittest", "discover", "-s", ORACLE],
                               timeout=TIMEOUT)
    lines = (out + err).decode("utf-8", "replace").splitlines()
    ran = [re.match(r"Ran (\d+) tests", line) for line in lines]
    t.ok(status == 0 and any(m and int(m[1]) > 0 for m in ran),
         "the second implementation passes its own tests", lines[-20:])


def check_checks(t, build, folder):
    """Of a sample with a query less, the report must not pass for the sample's."""
    data = tap.load(tap.SAMPLES[0])
    ends = tap.records(data)
    path = tap.store(os.path.join(folder, "less.pcap"), data)
    fake = os.path.join(folder, "fake")
    tap.store(os.path.join(folder, "real.pcap"), data[:ends[-2]])
    tap.store(fake, f"#!/bin/sh\nexec '{build}/dnsgap' read '{folder}/real.pcap'\n".encode())
    os.chmod(fake, 0o755)
    status, lines = tool("compare.py", "--program", fake, path)
    t.ok(status == 1 and lines[-1:] == ["0 passed, 1 failed"],
         "a report of another capture is noticed", lines)


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    sanitized = tap.is_sanitized(options.build)
    check_itself(t)
    check(t, options.build, "samples", tap.SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        check_checks(t, options.build, folder)
        made = os.path.join(folder, "made")
        tool("torture.py", "--count", str(TORTURES_SANITIZED if sanitized else TORTURES), made)
        files = [os.path.join(made, name) for name in sorted(os.listdir(made))]
        check(t, options.build, "made captures", files)
        made = os.path.join(folder, "resolvers")
        tool("resolvers.py", "--count", str(RESOLVERS_SANITIZED if sanitized else RESOLVERS), made)
        files = [os.path.join(made, name) for name in sorted(os.listdir(made))]
        check(t, options.build, "captures of resolvers", files)
    files, why = tap.captures()
    if files and sanitized:
        why = "the release build is compared; tests/property/laws.py reads them with this one"
    if why:
        t.skip("captures of others", why)
        t.skip("tshark's counts", why)
        return t.done()
    check(t, options.build, "captures", files)
    if shutil.which("tshark"):
        check_explain(t, options.build)
    else:
        t.skip("tshark's counts", "tshark is not installed")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Times dnsgap against a bare libpcap loop on captures made by mkpcap.

Before anything is timed, the report is held against the generator's truth: the
speed of a wrong answer is worth nothing.  Then both programs run in turn with
a warm page cache, and each run of dnsgap is divided by the bare run before it,
so that a machine that is busy for a while slows both.

With --others the programs that Debian has for captures run in the same way, and dnsgap on
packed copies of the capture; with --calls, calls of malloc() and of the system are counted at
two sizes: what they grow by is what packets cost.  What is not installed is named as skipped.

Weak spot: the kernel carries the peak memory of this interpreter (about 20 MiB)
over to the programs that it starts, so no smaller peak can be seen.
"""

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

SIZES = {"100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
HERE = os.path.dirname(os.path.abspath(__file__))
CHECKER = os.path.join(HERE, "..", "samples", "lab", "check_truth.py")

# What makes two rows of a list the same row.
ROW_KEYS = {
    "ranges": ("name",),
    "servers": ("address", "port"),
    "icmp": ("sender", "type", "code", "about", "server"),
}


def fail(text):
    sys.exit(f"run.py: {text}")


# ---- truth ----


def differences(truth, report, path="", key=None):
    """Yields a line for each fact of the truth that the report does not hold."""
    if isinstance(truth, dict):
        if not isinstance(report, dict):
            yield f"{path}: missing"
            return
        for name, value in truth.items():
            yield from differences(value, report.get(name), f"{path}.{name}", name)
    elif isinstance(truth, list):
        names = ROW_KEYS[key]
        rows = {tuple(row.get(n) for n in names): row for row in report or []}
        for row in truth:
            own = tuple(row[n] for n in names)
            yield from differences(row, rows.pop(own, None), f"{path}[{own[0]}]")
        for own in rows:
            yield f"{path}[{own[0]}]: not in the truth"
    elif truth != report:
        yield f"{path}: {report} instead of {truth}"


def compare(report_path, truth_path):
    import json

    with open(report_path, encoding="utf-8") as f:
        try:
            report = json.load(f)
        except ValueError as error:
            print(f"{report_path} is not JSON: {error}", file=sys.stderr)
            return 1
    with open(truth_path, encoding="utf-8") as f:
        truth = json.load(f)
    lines = list(differences(truth, report))
    for line in lines[:20]:
        print(line, file=sys.stderr)
    if len(lines) > 20:
        print(f"... and {len(lines) - 20} more", file=sys.stderr)
    return 1 if lines else 0


def check(report_path, truth_path):
    """In a process of its own: a large report must not enter our peak."""
    if os.path.exists(CHECKER):
        command = [sys.executable, CHECKER, report_path, truth_path]
    else:
        command = [sys.executable, __file__, "--compare", report_path, truth_path]
    return subprocess.run(command, check=False).returncode == 0


# ---- captures ----


def make_capture(args, label):
    """Returns the paths of a capture and its truth; makes them if need be."""
    with open(args.mkpcap, "rb") as f:
        version = hashlib.sha256(f.read()).hexdigest()[:8]
    options = shlex.split(args.mkpcap_options)
    if options:
        version += "-" + hashlib.sha256(repr(options).encode()).hexdigest()[:8]
    base = os.path.join(args.work, f"{label}-{version}")
    capture, truth = base + ".pcap", base + ".truth.json"
    if os.path.exists(capture) and os.path.exists(truth):
        return capture, truth
    command = [args.mkpcap, "--queries", str(SIZES[label]), *options]
    command += ["--truth", truth, capture + ".part"]
    if subprocess.run(command, check=False).returncode != 0:
        if os.path.exists(capture + ".part"):
            os.remove(capture + ".part")
        fail(f"{shlex.join(command)} failed")
    os.rename(capture + ".part", capture)
    return capture, truth


def frame_count(truth_path):
    # Not json.load: this process stays small.
    with open(truth_path, encoding="utf-8") as f:
        return int(re.search(r'"frames": (\d+)', f.read(4096)).group(1))


# ---- time ----


def command_for(text, capture):
    words = shlex.split(text)
    if "FILE" not in words:
        words.append("FILE")
    return [capture if word == "FILE" else word for word in words]


def run(command, out_path, is_quiet=False):
    """Returns CPU seconds and peak KiB of one run."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, out_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    ]
    if is_quiet:
        actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        code = os.waitstatus_to_exitcode(status)
        fail(f"{shlex.join(command)} ended with {code}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return (values[middle - 1] + values[middle]) / 2


def measure(args, label):
    capture, truth = make_capture(args, label)
    report = os.path.join(args.work, "report.json")
    bare = command_for(args.bare, capture)
    program = command_for(args.program, capture)

    # These two runs warm the page cache as well.
    run(bare, os.devnull)
    run(program, report)
    if not args.no_check and not check(report, truth):
        fail(f"{label}: the report is not the truth ({report}, {truth}): nothing was timed")

    bare_cpu, program_cpu, ratios, peak = [], [], [], 0
    for _ in range(args.runs):
        bare_seconds, _ = run(bare, os.devnull)
        seconds, kib = run(program, report)
        bare_cpu.append(bare_seconds)
        program_cpu.append(seconds)
        ratios.append(seconds / bare_seconds)
        peak = max(peak, kib)
    frames = frame_count(truth)
    return [
        label,
        f"{frames}",
        f"{os.path.getsize(capture) / 1e6:.0f}",
        f"{median(bare_cpu):.3f}",
        f"{median(program_cpu):.3f}",
        f"{min(ratios):.2f}",
        f"{median(ratios):.2f}",
        f"{max(ratios):.2f}",
        f"{peak / 1024:.0f}",
        f"{frames / median(program_cpu) / 1e6:.2f}",
    ]


# ---- what others cost ----

UNANSWERED = "dns.flags.response == 0 && !dns.response_in"

# Name, what it does of our job, and its command.
OTHERS = [
    ("tcpdump", "copies", ["tcpdump", "-r", "FILE", "-w", "-"]),
    ("dnscap", "decodes, copies what is DNS", ["dnscap", "-r", "FILE", "-w", "-"]),
    ("dnstop", "counts", ["dnstop", "-l", "1", "FILE"]),
    (
        "tshark",
        "lists unanswered queries",
        ["tshark", "-2", "-r", "FILE", "-Y", UNANSWERED, "-T", "fields", "-e", "frame.number"],
    ),
]

PACKERS = [("gzip", ".gz", ["-6"]), ("zstd", ".zst", ["-3", "-q"]), ("xz", ".xz", ["-1"])]


def timed(command):
    """CPU seconds, wall seconds and peak KiB of one run."""
    begin = time.monotonic()
    cpu, kib = run(command, os.devnull, is_quiet=True)
    return cpu, time.monotonic() - begin, kib


def measure_other(args, capture, name, job, command, runs):
    """A row: the program, the bare loop and dnsgap on the plain capture in turn."""
    bare = command_for(args.bare, capture)
    own = command_for(args.program, capture)
    command = [capture if word == "FILE" else word for word in command]
    ratios, walls, peak = [], [], 0
    run(command, os.devnull, is_quiet=True)
    for _ in range(runs):
        bare_cpu, _ = run(bare, os.devnull)
        cpu, wall, kib = timed(command)
        _, own_wall, _ = timed(own)
        ratios.append(cpu / bare_cpu)
        walls.append(wall / own_wall)
        peak = max(peak, kib)
    return [name, job, f"{median(ratios):.2f}", f"{median(walls):.2f}", f"{peak / 1024:.0f}"]


def pack(capture, tool, suffix, options):
    if not os.path.exists(capture + suffix):
        with open(capture + suffix + ".part", "wb") as out:
            subprocess.run([tool, "-c", *options, capture], stdout=out, check=True)
        os.rename(capture + suffix + ".part", capture + suffix)
    return capture + suffix


def measure_others(args, label):
    capture, _ = make_capture(args, label)
    own = command_for(args.program, "FILE")
    rows = [measure_other(args, capture, "dnsgap", "all of it", own, args.runs)]
    for name, job, command in OTHERS:
        if shutil.which(name) is None:
            print(f"SKIPPED: {name} is not installed")
            continue
        runs = min(args.runs, 2 if name == "tshark" else 5)
        rows.append(measure_other(args, capture, name, job, command, runs))
    for tool, suffix, options in PACKERS:
        if shutil.which(tool) is None:
            print(f"SKIPPED: {tool} is not installed: {suffix} is not measured")
            continue
        packed = pack(capture, tool, suffix, options)
        command = [packed if word == "FILE" else word for word in own]
        job = f"all of it, packed by {tool} {options[0]}"
        runs = min(args.runs, 3)
        rows.append(measure_other(args, capture, f"dnsgap {suffix}", job, command, runs))
    return rows


OTHER_HEADS = ["program", "what it does", "CPU / bare loop", "wall / dnsgap", "peak MiB"]


# ---- calls ----


def count_allocations(args, capture):
    environment = dict(os.environ, LD_PRELOAD=os.path.abspath(args.allocations))
    done = subprocess.run(
        command_for(args.program, capture),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(re.search(r"allocations: (\d+)", done.stderr).group(1))


def count_system_calls(args, capture):
    if shutil.which("strace") is None:
        return None
    counts = os.path.join(args.work, "strace.txt")
    command = ["strace", "-f", "-c", "-o", counts, *command_for(args.program, capture)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    with open(counts, encoding="utf-8") as f:
        total = f.read().strip().split("\n")[-1].split()
    return int(total[2] if "." in total[2] or len(total) < 5 else total[3])


def count_calls(args, labels):
    """A row for each kind of call: how many at both sizes, and for 1,000 frames more."""
    small, large = labels
    captures = [make_capture(args, label) for label in (small, large)]
    more = frame_count(captures[1][1]) - frame_count(captures[0][1])
    rows = []
    for name, count in (("malloc() and its like", count_allocations), ("system", count_system_calls)):
        numbers = [count(args, capture) for capture, _ in captures]
        if None in numbers:
            print("SKIPPED: strace is not installed: calls of the system are not counted")
            continue
        each = (numbers[1] - numbers[0]) / more * 1000
        rows.append([name, f"{numbers[0]}", f"{numbers[1]}", f"{each:.2f}"])
    return ["calls", small, large, "more, for 1,000 frames more"], rows


HEADS = [
    "queries",
    "frames",
    "MB",
    "bare CPU s",
    "dnsgap CPU s",
    "ratio min",
    "median",
    "max",
    "peak MiB",
    "M frames/CPU s",
]


def print_table(heads, rows, is_markdown):
    if is_markdown:
        print("| " + " | ".join(heads) + " |")
        print("| " + " | ".join("---:" for _ in heads) + " |")
        for row in rows:
            print("| " + " | ".join(row) + " |")
        return
    widths = [max(len(line[i]) for line in [heads, *rows]) for i in range(len(heads))]
    for line in [heads, *rows]:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--sizes", default="100k,1M", help="of 100k, 1M and 10M, by commas (%(default)s)"
    )
    parser.add_argument("--runs", type=int, default=7, help="pairs of runs (%(default)s)")
    parser.add_argument("--work", default="build/bench", help="folder for the captures")
    parser.add_argument("--bare", default="build/bare", help="the bare loop")
    parser.add_argument("--mkpcap", default="build/mkpcap", help="the generator")
    parser.add_argument("--mkpcap-options", default="", help="more options for it")
    parser.add_argument(
        "--program",
        default="build/dnsgap read",
        help="what is timed; the word FILE, or the end, is the capture (%(default)s)",
    )
    parser.add_argument(
        "--no-check", action="store_true", help="time it although nobody knows if it is right"
    )
    parser.add_argument(
        "--others", metavar="SIZE", help="time Debian's programs and packed captures, too"
    )
    parser.add_argument(
        "--calls", metavar="SIZE,SIZE", help="count calls of malloc() and of the system"
    )
    parser.add_argument(
        "--allocations", default="build/release/allocations.so", help="what counts malloc()"
    )
    parser.add_argument("--markdown", action="store_true", help="a table for a page")
    parser.add_argument("--compare", nargs=2, metavar=("REPORT", "TRUTH"), help="only compare")
    args = parser.parse_args()

    if args.compare:
        sys.exit(compare(*args.compare))
    labels = args.sizes.split(",")
    call_labels = args.calls.split(",") if args.calls else []
    if len(call_labels) not in (0, 2):
        parser.error("--calls takes two sizes")
    for label in labels + call_labels + ([args.others] if args.others else []):
        if label not in SIZES:
            parser.error(f"no such size: {label}")
    if args.runs < 1:
        parser.error("at least one run")
    for path in (args.mkpcap, command_for(args.bare, "")[0]):
        if not os.path.exists(path):
            fail(f"{path} is missing; build it first")
    os.makedirs(args.work, exist_ok=True)
    rows = [measure(args, label) for label in labels]
    if args.no_check:
        print("NOT CHECKED against the truth.\n")
    print_table(HEADS, rows, args.markdown)
    if args.others:
        print()
        print_table(OTHER_HEADS, measure_others(args, args.others), args.markdown)
    if args.calls:
        print()
        print_table(*count_calls(args, call_labels), args.markdown)


if __name__ == "__main__":
    main()

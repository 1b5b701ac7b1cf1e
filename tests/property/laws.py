#!/usr/bin/env python3
"""The laws of docs/formats.md, over every sample and every capture at hand."""
import collections
import json
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

PROCESSES = 2
# Small captures in which keys and times collide; hashes have a random key, so runs are many.
MADE = 400
MADE_RUNS = 5
COLUMNS = 80
# A number is written with six digits: how far it may be from what it was.
SIX_DIGITS = 5.01e-6
SANITIZER = re.compile(r"Sanitizer|runtime error:")

NO_CRASH = "no crash, no sanitizer's report, status 0, 1 or 2"
IS_JSON = "a report is there, and parses, unless the status is 1"
SAME = "all runs give the same bytes"
COMPLETE = "status 0 and `complete` say the same"
VERDICTS = "verdicts sum to frames, and inputs do"
MESSAGES = "places of messages sum to dns_messages, and verdicts do"
OUTCOMES = "outcomes sum to transactions, wherever they stand"
RANGES = "ranges partition what they are the ranges of, and parts their range"
SERVERS = "servers sum to the totals"
CLIENTS = "clients sum to the totals"
WIRE = "fragments and segments sum to what is said of them"
LINES = "lines of transactions parse, and sum to the report"
ICMP = "icmp ranges sum to their transactions, and errors to the verdicts"
RATIOS = "ratios lie in their intervals; undecided is in none of them"
READ = "no file in which tcpdump sees packets has no frames"
TEXT = "text is printable ASCII of at most 80 columns"
LAWS = [NO_CRASH, IS_JSON, SAME, COMPLETE, VERDICTS, MESSAGES, OUTCOMES, RANGES, SERVERS, CLIENTS,
        ICMP, WIRE, LINES, RATIOS, READ, TEXT]


def tallies(node, path=""):
    """Every object that has outcomes, with its path."""
    if isinstance(node, list):
        for i, inner in enumerate(node):
            yield from tallies(inner, f"{path}[{i}]")
    elif isinstance(node, dict):
        if "outcomes" in node:
            yield path, node
        for key, inner in node.items():
            yield from tallies(inner, f"{path}.{key}")


def sums(rows, whole, key="transactions"):
    return sum(row[key] for row in rows) == whole[key]


def outcome_sums(rows, whole):
    """Rows partition the whole, outcome by outcome."""
    return sums(rows, whole) and all(
        sums([row["outcomes"] for row in rows], whole["outcomes"], key)
        for key in whole["outcomes"])


def check_sums(report):
    """(law, what is wrong) of one report."""
    capture, totals = report["capture"], report["totals"]
    verdicts, messages = capture["verdicts"], capture["messages"]
    if sum(verdicts.values()) != capture["frames"]:
        yield VERDICTS, f"{sum(verdicts.values())} verdicts, {capture['frames']} frames"
    if sum(i["frames"] for i in report["inputs"]) != capture["frames"]:
        yield VERDICTS, "inputs do not sum to capture.frames"
    if sum(messages.values()) != capture["dns_messages"]:
        yield MESSAGES, f"{sum(messages.values())} places, {capture['dns_messages']} messages"
    # Each of UDP has a verdict of its own; the rest came over TCP or in fragments.
    whole = verdicts["dns"] + verdicts["dns_malformed"] + verdicts["dns_cut"]
    rest = capture["dns_messages"] - whole - capture["tcp"]["messages"]
    if not 0 <= rest <= capture["fragments"]["whole"]:
        yield MESSAGES, f"{capture['dns_messages']} messages, {whole} verdicts of DNS"
    yield from check_wire(report)
    if totals["queries"] != messages["queries"] + messages["resends"]:
        yield MESSAGES, "totals.queries are not the queries and resends among the messages"

    for path, row in tallies(report):
        if sum(row["outcomes"].values()) != row["transactions"]:
            yield OUTCOMES, path
        if "ranges" in row and not outcome_sums(row["ranges"], row):
            yield RANGES, path
        if "of_which" in row and not outcome_sums(row["of_which"], row):
            yield RANGES, f"{path}.of_which"
        if "transports" in row and not outcome_sums(list(row["transports"].values()), row):
            yield SERVERS, f"{path}.transports"
        yield from check_ratio(path, row)
    if not outcome_sums(report["ranges"], totals):
        yield RANGES, "ranges do not sum to the totals"
    servers, clients = list(report["servers"]), list(report["clients"])
    servers += [report["other_servers"]] if "other_servers" in report else []
    clients += [report["other_clients"]] if "other_clients" in report else []
    if not outcome_sums(servers, totals):
        yield SERVERS, "servers do not sum to the totals"
    if not sums(servers, totals, "resends"):
        yield SERVERS, "resends of the servers do not sum to the totals"
    if not outcome_sums(clients, totals):
        yield CLIENTS, "clients do not sum to the totals"
    for i, row in enumerate(report["icmp"]):
        if sum(row["ranges"].values()) != row["transactions"]:
            yield ICMP, f"icmp[{i}]"
        if row["unmatched"] > row["count"]:
            yield ICMP, f"icmp[{i}]: more unmatched than there are"
    # Without fragments and duplicates they are equal; an error that came in fragments has
    # another verdict.
    errors, frames = sum(row["count"] for row in report["icmp"]), verdicts["icmp_error"]
    again = capture["duplicate_frames"] - messages["duplicate_frames"]
    is_full = "max_icmp_rows" in report["limits"]["hit"]
    if errors > frames + capture["fragments"]["whole"] or errors < frames - again and not is_full:
        yield ICMP, f"{errors} errors, {frames} frames with one, {again} seen again"


def check_wire(report):
    capture, totals = report["capture"], report["totals"]
    tcp, fragments, tunnels = capture["tcp"], capture["fragments"], capture["tunnels"]
    ends = ("whole", "incomplete", "refused")
    if sum(fragments[end] for end in ends) != fragments["datagrams"]:
        yield WIRE, f"datagrams in fragments: {fragments}"
    if fragments["datagrams"] + fragments["duplicates"] > fragments["fragments"]:
        yield WIRE, f"more datagrams than fragments: {fragments}"
    if "max_fragment_rows" not in report["limits"]["hit"] and any(
            sum(row[end] for row in report["fragments"]) > fragments[end] for end in ends):
        yield WIRE, "more datagrams in rows of fragments than there are"
    if fragments["evicted"] > fragments["incomplete"] or tcp["under_way"] > tcp["connections"]:
        yield WIRE, f"a part is more than its whole: {fragments} {tcp}"
    if tcp["segments"] < capture["verdicts"]["tcp_dns"]:
        yield WIRE, f"fewer segments than frames with one: {tcp}"
    if any(not 0 < count <= capture["frames"] for count in tunnels.values()):
        yield WIRE, f"tunnels: {tunnels}"
    if capture["partial_replies"] + capture["lost_replies"] > totals["outcomes"]["undecided"]:
        yield WIRE, "more replies in part or lost than are undecided for it"
    if not capture["one_way"] and totals["tcp_retries"] > totals["outcomes"]["truncated"]:
        yield WIRE, "more retries over TCP than truncated replies"


def check_lines(report, data):
    totals = report["totals"]
    try:
        lines = [json.loads(line) for line in data.split(b"\n")[:-1]]
    except ValueError as e:
        yield LINES, str(e)
        return
    if len(lines) != totals["transactions"] or (data and not data.endswith(b"\n")):
        yield LINES, f"{len(lines)} lines, {totals['transactions']} transactions"
    seen = collections.Counter(line["outcome"] for line in lines)
    wanted = collections.Counter(totals["outcomes"])
    if report["capture"]["one_way"]:
        for end in ("unanswered", "tcp_no_connection"):
            seen["undecided"] += seen.pop(end, 0)
    if +seen != +wanted:
        yield LINES, f"{seen} in lines, {wanted} in totals"
    queries = [line for line in lines if "is_attempt" not in line]
    if sum(line["resends"] for line in queries) != totals["resends"]:
        yield LINES, "resends do not sum to the totals"
    retries = sum("tcp_retry" in line for line in lines)
    if retries != totals["tcp_retries"] or retries != sum("retry_of" in line for line in lines):
        yield LINES, f"{retries} lines have a retry, totals.tcp_retries {totals['tcp_retries']}"
    for key, name in (("partial_reply", "partial_replies"), ("lost", "lost_replies")):
        count = sum(key in line and line["outcome"] == "undecided" for line in lines)
        if count < report["capture"][name]:
            yield LINES, f"{count} lines are undecided and have {key}, {name} says more"
    frames = {i["file"]: i["frames"] for i in report["inputs"]}
    for line in lines:
        for key in ("query", "reply", "end", "icmp", "tcp_retry", "retry_of"):
            place = line.get(key)
            if place and not 1 <= place["frame"] <= frames.get(place["file"], 0):
                yield LINES, f"a frame that is not there: {line}"


def check_ratio(path, row):
    if "reached_ratio" not in row:
        return
    decided = row["transactions"] - row["outcomes"]["undecided"]
    ratio, interval = row["reached_ratio"], row["reached_interval"]
    if (decided == 0) != (ratio is None) or (ratio is None) != (interval is None):
        yield RATIOS, f"{path}: {decided} decided, ratio {ratio}, interval {interval}"
    elif ratio is not None:
        reached = sum(row["outcomes"][key] for key in ("answered", "late", "truncated"))
        if abs(ratio - reached / decided) > SIX_DIGITS * ratio \
                or not interval[0] <= ratio <= interval[1]:
            yield RATIOS, f"{path}: {reached} of {decided}, ratio {ratio}, interval {interval}"


def check_text(text):
    for number, line in enumerate(text.split(b"\n"), 1):
        if any(not 0x20 <= byte < 0x7f for byte in line):
            yield TEXT, f"line {number}: {line!r}"
        elif len(line) > COLUMNS:
            indent = len(line) - len(line.lstrip())
            if indent + max(map(len, line.split())) <= COLUMNS:
                yield TEXT, f"line {number} has {len(line)} columns: {line.decode()}"


def tcpdump_count(path, cwd):
    """How many packets tcpdump sees; 0 when it refuses the file."""
    out = tap.run(["tcpdump", "-r", path, "--count", "-n"], cwd=cwd)
    words = out[1].split()
    return int(words[0]) if out[0] == 0 and words and words[0].isdigit() else 0


def check_file(build, path, folder, number, runs=2):
    """All (law, what is wrong) of one file."""
    # A short relative name leaves the columns to the report.
    cwd, name = os.path.split(path)
    name = os.path.join(".", name)
    text_path = os.path.join(folder, f"{number}.txt")
    lines_path = os.path.join(folder, f"{number}.ndjson")
    first = tap.run([f"{build}/dnsgap", "read", "--json", "-", f"--text={text_path}",
                     "--transactions", lines_path, name], cwd=cwd)
    lines = tap.load(lines_path) if os.path.exists(lines_path) else b""
    others = [tap.run([f"{build}/dnsgap", "read", name], cwd=cwd)]
    others += [tap.run([f"{build}/dnsgap", "read", "--transactions", "-", name], cwd=cwd)
               for _ in range(runs - 1)]
    for status, _, err in (first, *others):
        err = err.decode("utf-8", "replace")
        if status not in (0, 1, 2) or SANITIZER.search(err):
            yield NO_CRASH, f"status {status}: {err[-2000:].strip()}"
    status, out, _ = first
    if (status, out) != others[0][:2]:
        yield SAME, "another report in the second run"
    if any((status, lines) != other[:2] for other in others[1:]):
        yield SAME, f"other lines of transactions in one of {runs} runs"
    if status == 1:
        if out:
            yield IS_JSON, "status 1, and a report"
        frames = 0
    else:
        try:
            report = json.loads(out)
        except ValueError as e:
            yield IS_JSON, str(e)
            return
        frames = report["capture"]["frames"]
        if report["complete"] != (status == 0):
            yield COMPLETE, f"complete is {report['complete']}, status {status}"
        yield from check_sums(report)
        yield from check_text(tap.load(text_path))
        yield from check_lines(report, lines)
        os.unlink(text_path)
        os.unlink(lines_path)
    if frames == 0 and shutil.which("tcpdump"):
        seen = tcpdump_count(name, cwd)
        if seen:
            yield READ, f"tcpdump sees {seen} packets"


def check_all(t, build, what, files, runs=2):
    broken = {law: [] for law in LAWS}

    def one(job):
        number, path = job
        return path, list(check_file(build, path, folder, number, runs))

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(PROCESSES) as pool:
        for path, found in pool.map(one, enumerate(files)):
            for law, trouble in found:
                broken[law].append(f"{os.path.basename(path)}: {trouble}")
    for law in LAWS:
        if law == READ and not shutil.which("tcpdump"):
            t.skip(f"{len(files)} {what}: {law}", "tcpdump is not installed")
        else:
            t.ok(not broken[law], f"{len(files)} {what}: {law}", broken[law])


def check_checks(t, build):
    """A report that breaks a law must be noticed."""
    def of(law, change):
        report = tap.read(build, tap.SAMPLES[0])[1]
        change(report)
        laws = {broken for broken, _ in check_sums(report)}
        t.ok(law in laws, f"noticed when broken: {law}", sorted(laws))

    def add(*path):
        def change(report):
            for key in path[:-1]:
                report = report[key]
            report[path[-1]] += 1
        return change

    of(VERDICTS, add("capture", "verdicts", "cut"))
    of(MESSAGES, add("capture", "messages", "evicted"))
    of(OUTCOMES, add("servers", 0, "ranges", 0, "of_which", 0, "outcomes", "late"))
    of(RANGES, add("ranges", 2, "transactions"))
    of(SERVERS, lambda report: report["servers"].pop())
    of(SERVERS, add("servers", 0, "resends"))
    of(CLIENTS, lambda report: report["clients"].pop())
    of(ICMP, add("icmp", 0, "ranges", "ephemeral"))
    of(ICMP, lambda report: report["icmp"][0].update(count=10 ** 6))
    of(ICMP, add("capture", "verdicts", "icmp_error"))
    of(WIRE, add("capture", "fragments", "datagrams"))
    of(WIRE, add("totals", "tcp_retries"))
    of(RATIOS, add("totals", "reached_ratio"))
    report = tap.read(build, tap.SAMPLES[0])[1]
    lines = tap.run([f"{build}/dnsgap", "read", "--transactions", "-", tap.SAMPLES[0]])[1]
    t.ok(not list(check_lines(report, lines)), "the lines of a sample are in order")
    one = lines.split(b"\n")[0] + b"\n"
    for name, wrong in (("one too few", lines[len(one):]), ("one too many", lines + one),
                        ("half a line", lines[:-7]), ("no newline at the end", lines[:-1]),
                        ("another outcome", lines.replace(b'"answered"', b'"late"', 1)),
                        ("no such frame", lines.replace(b'"frame":', b'"frame":9999999', 1))):
        t.ok(list(check_lines(report, wrong)), f"noticed when broken: {LINES}: {name}")
    t.ok(list(check_text(b"ab\x1b")) and list(check_text(b"a b " * 21))
         and not list(check_text(b"ab " + b"c" * 90)), f"noticed when broken: {TEXT}")


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    # A sanitizer sees the same in every run; whether runs differ, the release build tells.
    sanitized = tap.is_sanitized(options.build)
    check_checks(t, options.build)
    check_all(t, options.build, "samples", tap.SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        torture = os.path.join(tap.ROOT, "tests", "oracle", "torture.py")
        tap.run([sys.executable, torture, "--count", str(MADE), folder])
        files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
        check_all(t, options.build, "made captures", files, 1 if sanitized else MADE_RUNS)
    files, why = tap.captures()
    if files:
        check_all(t, options.build, "captures", files, 1 if sanitized else 2)
    else:
        t.skip("the laws over captures of others", why)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

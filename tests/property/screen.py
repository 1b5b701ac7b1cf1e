#!/usr/bin/env python3
"""Screens and lines for logs: their size is exact, and nothing on them moves the cursor.

What stands on a screen is held against the JSON report.
"""
import json
import os
import random
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

LARGEST = (200, 200)
SIZES = [(40, 10), (40, 200), (80, 24), (200, 10), LARGEST]
RANDOM_SIZES = 8
FORMS = ("text", "colour", "blocks", "both")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BLOCKS = "".join(chr(c) for c in range(0x2588, 0x2590))
RANGES = ("well-known", "registered", "ephemeral")
HOSTILE = "a\x1b[2J\x9b31m\n\r\u202e`{}.pcap"


def shown(build, form, sizes, path):
    """A screen of each size, or None."""
    status, out, err = tap.run([f"{build}/tests/render", form,
                                ",".join(f"{columns}x{lines}" for columns, lines in sizes), path])
    return out.decode().split("\0") if status == 0 and not err else None


def faults(text, form, size):
    """What is wrong with a screen."""
    wrong = []
    plain = COLOUR.sub("", text)
    lines = plain.split("\n")
    if len(lines) != size[1] + 1 or lines[-1]:
        wrong.append(f"{len(lines) - 1} lines")
    wrong += [f"{len(line)} columns: {line!r}" for line in lines if len(line) > size[0]]
    if plain != text and form in ("text", "blocks"):
        wrong.append("colours that nobody asked for")
    rest = [c for c in plain if not (" " <= c <= "~" or c == "\n")]
    if any(c not in BLOCKS for c in rest) or rest and form in ("text", "colour"):
        wrong.append(f"characters {set(rest)}")
    for line in text.split("\n"):
        if "\x1b" in line and COLOUR.findall(line)[-1:] != ["\x1b[0m"]:
            wrong.append(f"a colour that goes on: {line!r}")
    return wrong


def number(text):
    return 0 if text == "-" else int(text.replace(",", ""))


def range_faults(text, report):
    """The rows of ranges, by the report."""
    if not report["totals"]["transactions"]:
        return [] if "waiting for queries" in text else ["it does not say what it waits for"]
    wrong, rows = [], {}
    for line in text.splitlines():
        words = line.split()
        if words and words[0] in RANGES:
            rows.setdefault(words[0], [number(word) for word in words[1:6]])
    for row in report["ranges"]:
        outcomes = row["outcomes"]
        wanted = [row["transactions"],
                  outcomes["answered"] + outcomes["late"] + outcomes["truncated"],
                  outcomes["unanswered"] + outcomes["tcp_no_connection"],
                  outcomes["icmp_error"] + outcomes["tcp_refused"] + outcomes["tcp_reset"]
                  + outcomes["tcp_closed"], outcomes["undecided"]]
        if rows.get(row["name"]) != wanted:
            wrong.append(f"{row['name']}: {rows.get(row['name'])}, wanted {wanted}")
    return wrong


def finding_faults(text, report):
    """All findings in their order, on a screen that has room for them."""
    words = " ".join(text.split())
    at, wrong = 0, []
    for finding in report["findings"]:
        # Long lists of ports are broken anywhere.
        sentence = " ".join(f"{finding['severity']}: {finding['code']}: "
                            f"{finding['summary']}".split())[:60]
        found = words.find(sentence, at)
        if found < 0:
            wrong.append(f"not there: {sentence}")
        at = max(at, found)
    return wrong


def line_faults(line, report):
    if not line or not re.fullmatch(r"[ -~]+", line):
        return [f"no line of printable ASCII: {line!r}"]
    wrong = []
    count = report["totals"]["transactions"]
    if not line.startswith(f"{count:,} transaction" if count else "no transaction in "):
        wrong.append("transactions")
    for row in report["ranges"]:
        outcomes = row["outcomes"]
        lost = row["transactions"] - outcomes["undecided"] - outcomes["answered"] \
            - outcomes["late"] - outcomes["truncated"]
        if (lost > 0) != (f"{lost:,} {row['name']}" in line):
            wrong.append(f"{lost} not reached of {row['name']}")
    worst = report["findings"][:1]
    if worst and f"; {worst[0]['severity']} {worst[0]['code']}: {worst[0]['summary']}" not in line:
        wrong.append("the worst finding")
    return [f"{what}: {line}" for what in wrong]


def all_faults(build, form, sizes, path):
    screens = shown(build, form, sizes, path) or []
    if len(screens) != len(sizes):
        return [f"{len(screens)} screens for {len(sizes)} sizes"]
    return [f"{form} {size}: {fault}" for text, size in zip(screens, sizes)
            for fault in faults(text, form, size)]


def hostile(t, build):
    """A file's name stands where an interface's does."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, HOSTILE)
        shutil.copy(tap.SAMPLES[0], path)
        for form in FORMS:
            wrong = all_faults(build, form, SIZES, path)
            t.ok(not wrong, f"a hostile name does nothing ({form})", wrong)


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    t.ok(faults("a\x1b[2J\n" * 10, "both", (40, 10)) and faults("a\n" * 9, "text", (40, 10))
         and faults("a" * 41 + "\n" * 10, "text", (40, 10)), "the test sees what is wrong")
    chance = random.Random(7)
    for i, path in enumerate(tap.SAMPLES):
        sizes = SIZES + [(chance.randint(40, 200), chance.randint(10, 200))
                         for _ in range(RANDOM_SIZES)]
        form = FORMS[i % len(FORMS)]
        wrong = all_faults(options.build, form, sizes, path)
        name = tap.name_of(path)
        t.ok(not wrong, f"{name}: {len(sizes)} sizes are exact ({form})", wrong)
        report = json.loads(tap.run([f"{options.build}/tests/render", "json", path])[1])
        large = (shown(options.build, "text", [LARGEST], path) or [""])[0]
        wrong = range_faults(large, report) + finding_faults(large, report)
        t.ok(not wrong, f"{name}: numbers and findings are the report's", wrong)
        line = tap.run([f"{options.build}/tests/render", "line", path])[1].decode()
        wrong = line_faults(line, report)
        t.ok(not wrong, f"{name}: the line for a log says the same", wrong)
    for size in ((39, 24), (201, 24), (80, 9), (80, 201)):
        t.ok(shown(options.build, "text", [size], tap.SAMPLES[0]) is None, f"{size} is refused")
    hostile(t, options.build)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

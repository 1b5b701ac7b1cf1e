#!/usr/bin/env python3
"""Metrics: promtool takes them, they say what the report says, and their series do not depend on
the traffic.

The rules of alerts that are installed are taken by promtool too, ask for series that there are,
and fire where they should (tests of rules beside them).
"""
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

LINE = re.compile(r'(dnsgap_\w+)(?:\{(.*)\})? (-?[0-9.]+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\\n]|\\.)*)"')
FATES = {"query": "queries", "resend": "resends", "reply": "replies",
         "duplicate_reply": "duplicate_replies", "duplicate_frame": "duplicate_frames",
         "continuation": "continuations", "orphan_reply": "orphan_replies",
         "misdirected": "misdirected", "evicted": "evicted", "malformed": "malformed",
         "unreadable": "unreadable"}
LABELS = {"version", "verdict", "fate", "kind", "range", "transport", "outcome", "le", "code",
          "severity", "limit", "interface", "by"}
HOSTILE = 'a"b\\c\\x0a\\x1b[2J\\xff'
RULES = os.path.join("packaging", "prometheus", "dnsgap.rules.yml")
RULES_TEST = os.path.join("tests", "property", "data", "rules.test.yml")


def parse(text):
    """{(name, ((label, value), ...)): number as text}, and what is wrong."""
    series, wrong = {}, []
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        found = LINE.fullmatch(line)
        if found is None:
            wrong.append(f"no sample: {line!r}")
            continue
        labels = tuple((name, re.sub(r"\\(.)", r"\1", value))
                       for name, value in LABEL.findall(found[2] or ""))
        if (found[1], labels) in series:
            wrong.append(f"twice: {line}")
        series[found[1], labels] = found[3]
    return series, wrong


def total(series, metric, **wanted):
    return sum(int(value) for (name, labels), value in series.items()
               if name == metric and wanted.items() <= dict(labels).items())


def differences(series, report):
    """What the series say, and the report does not."""
    totals, capture = report["totals"], report["capture"]
    pairs = [(total(series, "dnsgap_frames_total", verdict=name), count, f"verdict {name}")
             for name, count in capture["verdicts"].items()]
    pairs += [(total(series, "dnsgap_frames_total"), capture["frames"], "frames")]
    pairs += [(total(series, "dnsgap_messages_total", fate=fate), capture["messages"][key], fate)
              for fate, key in FATES.items()]
    pairs += [(total(series, "dnsgap_transactions_total"), totals["transactions"],
               "transactions")]
    for row in report["ranges"]:
        pairs += [(total(series, "dnsgap_transactions_total", range=row["name"], outcome=outcome),
                   count, f"{row['name']} {outcome}")
                  for outcome, count in row["outcomes"].items()]
    for transport in ("udp", "tcp"):
        pairs += [(total(series, "dnsgap_transactions_total", transport=transport),
                   sum(side["transactions"] for server in report["servers"]
                       for name, side in server["transports"].items() if name == transport),
                   transport)]
    pairs += [(total(series, "dnsgap_icmp_errors_total"),
               sum(row["count"] for row in report["icmp"]), "ICMP errors")]
    for code in {finding["code"] for finding in report["findings"]}:
        pairs += [(total(series, "dnsgap_findings", code=code),
                   sum(finding["code"] == code for finding in report["findings"]), code)]
    pairs += [(total(series, "dnsgap_findings"), len(report["findings"]), "findings")]
    answered = sum(row["outcomes"][name] for row in report["ranges"]
                   for name in ("answered", "truncated"))
    pairs += [(total(series, "dnsgap_latency_seconds_count"), answered, "latencies")]
    return [f"{what}: {seen}, and the report has {wanted}"
            for seen, wanted, what in pairs if seen != wanted]


def buckets_faults(series):
    buckets = [(float("inf") if dict(labels)["le"] == "+Inf" else float(dict(labels)["le"]),
                int(value)) for (name, labels), value in series.items()
               if name == "dnsgap_latency_seconds_bucket"]
    good = buckets == sorted(buckets) and \
        all(a[1] <= b[1] for a, b in zip(buckets, buckets[1:])) and buckets[-1][0] == float("inf")
    return [] if good and len(buckets) > 10 else [str(buckets)]


def check_sample(t, build, path, shape):
    """The names of all series."""
    name = tap.name_of(path)
    text = tap.run([f"{build}/tests/render", "metrics", path])[1].decode()
    series, wrong = parse(text)
    status, out, err = tap.run(["promtool", "check", "metrics"], text.encode())
    t.ok(status == 0 and not out and not err and not wrong, f"{name}: promtool takes the metrics",
         [status, out, err, *wrong])
    report = json.loads(tap.run([f"{build}/tests/render", "json", path])[1])
    wrong = differences(series, report) + buckets_faults(series)
    t.ok(not wrong, f"{name}: they say what the report says", wrong)
    if shape is not None and set(series) != shape:
        t.ok(False, f"{name}: the series are the same", set(series) ^ shape)
    return set(series)


def check_page(t, shape):
    """docs/formats.md has every family with its labels, and no other."""
    with open(os.path.join(tap.ROOT, "docs", "formats.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| `(dnsgap_\w+)` \| \w+([^|]*)\|", file.read(), re.MULTILINE)
    said = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    there = {}
    for name, labels in shape:
        family = re.sub(r"^(dnsgap_latency_seconds)_(bucket|sum|count)$", r"\1", name)
        there.setdefault(family, set()).update(name for name, _ in labels if name != "le")
    t.ok(said == there, "docs/formats.md has all metrics and their labels",
         [name for name in said.keys() | there.keys() if said.get(name) != there.get(name)])


def check_rules(t, shape):
    with open(os.path.join(tap.ROOT, RULES), encoding="utf-8") as file:
        used = set(re.findall(r"dnsgap_\w+", re.sub(r"#.*", "", file.read())))
    names = {name for name, _ in shape}
    t.ok(used and used <= names, "alerts ask for series that there are", used - names)
    for what, command in (("alerts are rules", ["check", "rules", RULES]),
                          ("alerts fire when they should", ["test", "rules", RULES_TEST])):
        status, out, err = tap.run(["promtool", *command])
        t.ok(status == 0, what, [out.decode(), err.decode()])


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if shutil.which("promtool") is None:
        t.skip("metrics", "promtool (package prometheus) is not installed")
        return t.done()
    shape = None
    for path in tap.SAMPLES:
        shape = check_sample(t, options.build, path, shape)
    labels = {name for _, labels in shape for name, _ in labels}
    t.ok(labels == LABELS, "labels are those that are bounded", labels ^ LABELS)
    t.ok(len(shape) < 400, "there are not many series", [len(shape)])
    names = {dict(labels).get("interface") for _, labels in shape}
    t.ok(names == {None, "eth0", HOSTILE}, "a hostile interface's name is a label", names)
    status = tap.run(["promtool", "check", "metrics"], b'dnsgap_a{b="c} 1\n')[0]
    t.ok(status != 0, "promtool sees what is wrong")
    check_page(t, shape)
    check_rules(t, shape)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Of every sample the diagnosis says what was done to it, and blames nothing else.

The truth names every fault and every warning that must come; notes are free, but for those
that the truth names.
"""
import copy
import glob
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

PCAPS = os.path.join(tap.ROOT, "samples", "pcaps")
SCHEMA = os.path.join(tap.ROOT, "analyzer", "report", "report.schema.json")
BLAMES = ("fault", "warning")
ENDS = ("first_silent", "last_silent", "nearest_answered_below", "nearest_answered_above")


def samples():
    """(name, files, truth) of each sample whose truth names its findings."""
    for path in sorted(glob.glob(os.path.join(PCAPS, "**", "*.truth.json"), recursive=True)):
        truth = json.loads(tap.load(path))
        if "findings" in truth:
            base = path[:-len(".truth.json")]
            files = [base + end for end in (".pcap", ".pcapng") if os.path.exists(base + end)]
            yield truth["sample"], files or sorted(glob.glob(base + ".pcap[0-9]*")), truth


def subjects(finding):
    """(servers, clients) that it is about."""
    return ({row["address"] for row in finding["servers"]},
            {row if isinstance(row, str) else row["address"] for row in finding["clients"]})


def is_about(finding, row):
    """Whether a finding of the report is, among others, about what a row of the truth is about."""
    servers, clients = subjects(finding)
    if finding["code"] != row["code"]:
        return False
    if "among" in row:
        return servers | clients <= set(row["among"]) and finding["prefix"] is None
    return finding["prefix"] == row.get("prefix") and \
        (row["server"] in servers if "server" in row else not servers) and \
        (row["client"] in clients if "client" in row else not clients)


def together(rows):
    """The ends of several rows as one: what somebody sees who takes them for one thing."""
    bounds = [row["bounds"][0] for row in rows]
    first = min(b["first_silent"] for b in bounds)
    last = max(b["last_silent"] for b in bounds)
    below = [b["nearest_answered_below"] for b in bounds]
    above = [b["nearest_answered_above"] for b in bounds]
    return {"first_silent": first, "last_silent": last,
            "nearest_answered_below": max((p for p in below if p is not None and p < first),
                                          default=None),
            "nearest_answered_above": min((p for p in above if p is not None and p > last),
                                          default=None)}


def ends_of(port_set):
    """The least and the greatest port of "1-52,54-1023"."""
    ports = [int(port) for part in port_set.split(",") for port in part.split("-")]
    return min(ports), max(ports)


def compare(finding, rows):
    """What differs between a finding and the rows of the truth that it is about."""
    servers, clients = subjects(finding)
    name = f"{finding['code']} of {', '.join(sorted(servers | clients)) or 'all'}"
    for row in rows:
        for key in ("severity", "where", "ports", "except", "transports"):
            if key in row and finding[key] != row[key]:
                yield f"{name}: {key} is {finding[key]}, wanted {row[key]}"
        if row.get("begins") and finding["since"] is None:
            yield f"{name}: it began while the capture ran"
        if "within" in row:
            low, high = ends_of(row["within"])
            first, last = ends_of(finding["within"] or "0-65535")
            if first < low or last > high:
                yield f"{name}: within {finding['within']}, wanted {row['within']}"
    bounded = [row for row in rows if "bounds" in row]
    if bounded:
        wanted = together(bounded)
        said = [{end: b[end] for end in ENDS} for b in finding["bounds"]]
        if said != [wanted]:
            yield f"{name}: bounds {said}, wanted {wanted}"
    if not any("among" in row for row in rows):
        extra = (servers - {row.get("server") for row in rows}) | \
            (clients - {row.get("client") for row in rows})
        if extra:
            yield f"{name}: {', '.join(sorted(extra))} is more than it is about"


def differences(findings, truth):
    """What a report's findings say otherwise than the truth."""
    told = [[] for _ in truth]
    for finding in findings:
        mine = [i for i, row in enumerate(truth) if is_about(finding, row)]
        if finding["severity"] not in BLAMES and \
                not any(truth[i]["severity"] == finding["severity"] for i in mine):
            continue
        if not mine:
            yield f"not so: {finding['severity']} {finding['code']}: {finding['summary']}"
        for i in mine:
            told[i].append(finding)
        if mine:
            yield from compare(finding, [truth[i] for i in mine])
    for row, found in zip(truth, told):
        name = f"{row['code']} of " + str(row.get("server", row.get("client", "all")))
        if not found and not row.get("optional"):
            yield f"{name}: not found"
        if len(found) > 1 and "among" not in row:
            yield f"{name}: told {len(found)} times"


def codes():
    """Every code that a finding may have."""
    def search(node):
        if isinstance(node, dict):
            enum = node.get("properties", {}).get("code", {}).get("enum")
            if enum and "ports-silent" in enum:
                yield from enum
            for inner in node.values():
                yield from search(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from search(inner)

    return sorted(set(search(json.loads(tap.load(SCHEMA)))))


def check_codes(t, truths):
    """Each code is in one sample, and absent from another one of which the truth is known."""
    every = codes()
    t.ok(len(every) > 10, "the schema has the codes of findings", every)
    for code in every:
        sick = [name for name, truth in truths if any(row["code"] == code for row in truth)]
        well = [name for name, truth in truths if not truth]
        t.ok(sick and well, f"{code} has a sick and a healthy sample", [sick, well])
    unknown = {row["code"] for _, truth in truths for row in truth} - set(every)
    t.ok(not unknown, "no truth has a code that is none", sorted(unknown))


def check_itself(t, findings, truth):
    """A truth that is not true is noticed, whatever is wrong with it."""
    def changed(what):
        other = copy.deepcopy(truth)
        what(other)
        return list(differences(findings, other))

    t.ok(not changed(lambda rows: None), "the truth of low-ports holds here")
    for name, what in (
            ("a finding too few", lambda rows: rows.pop()),
            ("a finding too many", lambda rows: rows.append(
                {"code": "outage", "severity": "warning", "server": "198.51.100.54"})),
            ("another server", lambda rows: rows[0].update(server="198.51.100.54")),
            ("another severity", lambda rows: rows[0].update(severity="warning")),
            ("another place", lambda rows: rows[0].update(where="unknown")),
            ("other ports", lambda rows: rows[0].update(ports="1-1023")),
            ("another exception", lambda rows: rows[0].update({"except": None})),
            ("other bounds", lambda rows: rows[0]["bounds"][0].update(last_silent=1024)),
            ("another transport", lambda rows: rows[0].update(transports=["tcp"]))):
        t.ok(changed(what), f"{name} is noticed")


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    truths = []
    for name, files, truth in samples():
        truths.append((name, truth["findings"]))
        status, report, err = tap.read(options.build, *files)
        if status != 0 or report is None:
            t.ok(False, f"{name} can be read", [f"status {status}", err.strip()])
            continue
        found = list(differences(report["findings"], truth["findings"]))
        t.ok(not found, f"{name}: what was done to it is found, and nothing else", found)
        if name == "low-ports":
            check_itself(t, report["findings"], truth["findings"])
    t.ok(len(truths) > 30, "there are samples", [len(truths)])
    check_codes(t, truths)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

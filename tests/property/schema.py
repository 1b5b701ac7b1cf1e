#!/usr/bin/env python3
"""Every report is what `dnsgap read --schema` promises, and the schema can say no."""
import copy
import gzip
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

jsonschema = tap.need_jsonschema()

# What makes a report odd: options of mkpcap, options of dnsgap.
MADE = [
    ("plain", [], []),
    ("one query", ["--queries", "1"], []),
    ("from one port", ["--ports", "fixed53"], []),
    ("low ports that a server drops", ["--ports", "low", "--drop", "server=1"], []),
    ("every server unreachable", ["--icmp", "server=all"], []),
    ("IPv6 only", ["--v6", "1"], []),
    ("nothing but losses", ["--loss", "1", "--icmp", "none"], []),
    ("late, resent, truncated", ["--late", "0.3", "--resend", "1/4", "--truncated", "0.3",
                                 "--rate", "50"], []),
    ("nanoseconds, VLAN", ["--nano", "--vlan", "7"], []),
    ("cooked", ["--link", "sll2"], []),
    ("raw IP", ["--link", "raw"], []),
    ("loopback", ["--link", "loop"], []),
    ("a full table", ["--loss", "0.5"], ["--max-transactions", "3"]),
    ("other settings", [], ["--timeout", "0.5", "--hold", "9", "--skew", "0"]),
    ("other server ports", [], ["--server-port", "53,5353,8053-8060"]),
    ("stopped after three frames", [], ["-c", "3"]),
]


def damage(sample, folder):
    """(name, files) of inputs that cannot be read whole."""
    data = tap.load(sample)
    ends = tap.records(data)

    def put(name, bytes_):
        return tap.store(os.path.join(folder, name), bytes_)

    yield "cut off in a packet", [put("cut.pcap", data[:-5])]
    yield "cut off in a record's header", [put("head.pcap", data[:ends[9] + 7])]
    yield "a header and nothing else", [put("none.pcap", data[:24])]
    yield "an absurd record", [put("absurd.pcap", data[:ends[9] + 8] + b"\xff" * 8 + data[ends[9]:])]
    yield "a link type that is not supported", [
        put("radiotap.pcap", data[:20] + b"\x7f\0\0\0" + data[24:])]
    yield "a link type without a name", [put("link.pcap", data[:20] + b"\xff\xff\0\0" + data[24:])]
    yield "a gzip that is cut off", [put("cut.pcap.gz", gzip.compress(data)[:-9000])]
    yield "one file that is none", [sample, put("text.pcap", b"no capture")]
    yield "one file that is not there", [sample, os.path.join(folder, "no such file")]
    yield "a file twice", [sample, sample]
    yield "a hostile name", [put("a\033[31m\u202e\n\"\\b.pcap", data[:-5])]
    yield "a name that is no UTF-8", [put(b"\xff\xfe.pcap".decode("utf-8", "surrogateescape"),
                                          data)]
    times = bytearray(data[:ends[20]])
    for at in ends[3:20:4]:
        times[at:at + 8] = b"\xff\xff\xff\xff\xff\xff\xff\xff"
    yield "impossible times", [put("times.pcap", bytes(times))]
    yield "nothing but impossible times", [put("never.pcap", data[:24] + b"".join(
        b"\xff" * 8 + data[a + 8:b] for a, b in zip(ends[:5], ends[1:6])))]


# How a report goes wrong: a name, and what is done to it.
def drop(*path):
    def change(report):
        for key in path[:-1]:
            report = report[key]
        del report[path[-1]]
    return "without " + ".".join(map(str, path)), change


def put(value, *path):
    def change(report):
        for key in path[:-1]:
            report = report[key]
        report[path[-1]] = value
    return ".".join(map(str, path)) + " = " + json.dumps(value), change


def wrong_reports():
    yield put("dnsgap.report/2", "schema")
    yield put("yes", "complete")
    yield put("tshark", "tool", "name")
    yield put(5.5, "settings", "timeout_ns")
    yield put("53;54", "settings", "server_ports")
    yield put("", "inputs", 0, "file")
    yield put("A" * 64, "inputs", 0, "sha256")
    yield put("erf", "inputs", 0, "format")
    yield put("lrzip", "inputs", 0, "compression")
    yield put("EN10MB", "inputs", 0, "link_types")
    yield put("2026-11-21 08:17:04.476264199Z", "inputs", 0, "first")
    yield put("2026-11-21T08:17:04.476264Z", "inputs", 0, "first")
    yield put("2026-11-21T08:17:04.476264199+00:00", "inputs", 0, "last")
    yield put("1900-11-21T08:17:04.476264199Z", "inputs", 0, "last")
    yield put(1, "inputs", 0, "problem")
    yield put(-1, "capture", "frames")
    yield put(True, "capture", "frames")
    yield put("0", "capture", "cut_frames")
    yield put(0, "capture", "one_way")
    yield put([1], "capture", "warnings")
    yield put(1, "capture", "verdicts", "lost")
    yield drop("capture", "verdicts", "tunnel")
    yield drop("capture", "messages", "evicted")
    yield put(1, "totals", "outcomes", "timeout")
    yield drop("totals", "outcomes", "late")
    yield put(1.01, "totals", "reached_ratio")
    yield put([0.5], "totals", "reached_interval")
    yield put([0.5, 0.6, 0.7], "totals", "reached_interval")
    yield put(1, "totals", "rcodes", "no error")
    yield put(0, "totals", "rcodes", "NXRRSET")
    yield put(1.5, "totals", "latency_ns", "p50")
    yield drop("ranges", 2)
    yield put("low", "ranges", 0, "name")
    yield put("ephemeral", "ranges", 1, "name")
    yield put("0-1024", "ranges", 0, "ports")
    yield put(65537, "ranges", 0, "distinct_ports")
    yield put("53-", "ranges", 0, "of_which", 0, "ports")
    yield put([], "ranges", 0, "of_which")
    yield put("localhost", "servers", 0, "address")
    yield put(65536, "servers", 0, "port")
    yield put("", "servers", 0, "names", 0)
    yield put("a b", "servers", 0, "names", 0)
    yield put({}, "servers", 0, "transports", "quic")
    yield put({}, "servers", 0, "transports", "udp")
    yield put(0, "clients", 0, "source_ports", "distinct")
    yield put("bad", "clients", 0, "source_ports", "rating")
    yield put(5, "icmp", 0, "family")
    yield put(256, "icmp", 0, "code")
    yield put("both", "icmp", 0, "about")
    yield put(1, "icmp", 0, "ranges", "high")
    yield put([{"code": "ports-silent", "severity": "error", "summary": "?"}], "findings")
    yield put([{"code": "ports-silent", "severity": "fault"}], "findings")
    yield put(["max_memory"], "limits", "hit")
    yield put([], "limits")


def every_required(node, defs, path=()):
    """Paths of all keys that the schema requires, as deep as a report goes."""
    while "$ref" in node:
        node = defs[node["$ref"].rsplit("/", 1)[-1]]
    for key in node.get("required", ()):
        yield (*path, key)
    for key, inner in node.get("properties", {}).items():
        yield from every_required(inner, defs, (*path, key))
    if "prefixItems" in node:
        yield from every_required(node["prefixItems"][0], defs, (*path, 0))
    elif isinstance(node.get("items"), dict):
        yield from every_required(node["items"], defs, (*path, 0))


def has(report, path):
    for key in path:
        if isinstance(report, list):
            if key >= len(report):
                return False
        elif not isinstance(report, dict) or key not in report:
            return False
        report = report[key]
    return True


def closed(node):
    """The schema in which every key must be one that it describes."""
    if isinstance(node, list):
        return [closed(x) for x in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and "required" in node \
            and "additionalProperties" not in node:
        node["additionalProperties"] = False
    return node


def undescribed(node, defs, path="#"):
    """Keys without a description of their own or of what they refer to."""
    if isinstance(node, list):
        for i, inner in enumerate(node):
            yield from undescribed(inner, defs, f"{path}/{i}")
    elif isinstance(node, dict):
        for key, inner in node.get("properties", {}).items():
            target = defs.get(inner.get("$ref", "").rsplit("/", 1)[-1], {})
            if "description" not in inner and "description" not in target \
                    and "const" not in inner:
                yield f"{path}/{key}"
        for key, inner in node.items():
            yield from undescribed(inner, defs, f"{path}/{key}")


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if jsonschema is None:
        t.skip("reports against the schema", "python3-jsonschema is not installed")
        return t.done()
    status, schema, _ = tap.read(options.build, "--schema")
    t.ok(status == 0 and schema == json.loads(tap.load(
        os.path.join(tap.ROOT, "analyzer", "report", "report.schema.json"))),
        "--schema prints report.schema.json")
    kind = jsonschema.Draft202012Validator
    t.ok(schema["$schema"] == kind.META_SCHEMA["$id"] and schema["$id"] == "urn:dnsgap:report:1"
         and all(schema.get(key) for key in ("title", "description")),
         "it is a schema of 2020-12, with id, title and description")
    try:
        kind.check_schema(schema)
        t.ok(True, "it is a valid schema")
    except jsonschema.SchemaError as e:
        t.ok(False, "it is a valid schema", [e.message])
    lacking = list(undescribed(schema, schema["$defs"]))
    t.ok(not lacking, "every key has a description", lacking)
    strict = kind(closed(schema))

    def errors(report, validator=strict):
        return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(report)]

    def check(name, files, settings=(), wanted=(0, 2)):
        status, report, err = tap.read(options.build, *settings, *files)
        if report is None or status not in wanted:
            t.ok(False, name, [f"status {status}, wanted {wanted}", err.strip()])
        else:
            found = errors(report)
            t.ok(not found, name, found)
        return report

    samples = {}
    for path in tap.SAMPLES:
        samples[tap.name_of(path)] = check(f"sample {tap.name_of(path)}", [path], wanted=(0,))
    t.ok(len(samples) > 0, "there are samples")
    with tempfile.TemporaryDirectory() as folder:
        for name, make, settings in MADE:
            path = os.path.join(folder, "made.pcap")
            status, _, err = tap.run([f"{options.build}/mkpcap", "--queries", "300", "--servers",
                                      "3", "--clients", "5", *make, path])
            if status != 0:
                t.ok(False, f"made: {name}", [err.decode()])
                continue
            check(f"made: {name}", [path], settings)
        for name, files in damage(tap.SAMPLES[0], folder):
            check(f"damaged: {name}", files, wanted=(0,) if name in WHOLE else (2,))

    # The schema as it is, not the closed one, must refuse these.
    plain = kind(schema)
    rich = next((r for r in samples.values() if r and r["icmp"]), None)
    t.ok(rich is not None and not errors(rich, plain), "a report with every kind of row is right")
    for name, change in wrong_reports():
        report = copy.deepcopy(rich)
        change(report)
        t.ok(errors(report, plain), f"refused: {name}")
    passed, tried = [], 0
    for path in every_required(schema, schema["$defs"]):
        if has(rich, path):
            for _, change in (drop(*path), put({"no": "such"}, *path)):
                report = copy.deepcopy(rich)
                change(report)
                tried += 1
                if plain.is_valid(report):
                    passed.append(path)
    t.ok(tried > 200 and not passed, "refused: any required key gone, or of a wrong type",
         [f"{tried} tried", *passed])
    report = copy.deepcopy(rich)
    for row in (report, report["capture"], report["totals"], report["servers"][0]):
        row["new_key"] = 1
    t.ok(not errors(report, plain), "new keys are let pass")
    return t.done()


WHOLE = {"a file twice", "a name that is no UTF-8", "a header and nothing else", "impossible times",
         "nothing but impossible times"}

if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Every report, and every line of a transaction, is what the schemas promise; they can say no."""
import copy
import gzip
import json
import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

sys.path.insert(0, os.path.join(tap.ROOT, "tests", "cli"))

import wire                                            # noqa: E402

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
        put("usb.pcap", data[:20] + b"\xbd\0\0\0" + data[24:])]
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


CLIENT, SERVER, RESOLVER = "192.0.2.1", "198.51.100.53", "203.0.113.53"


def ip(source, target, protocol, payload, flags=0):
    head = struct.pack(">2BHHHBBH", 0x45, 0, 20 + len(payload), 77, flags, 64, protocol, 0)
    return head + wire.ipaddress.ip_address(source).packed \
        + wire.ipaddress.ip_address(target).packed + payload


def segment(port, to_server, flags, seq, ack, payload=b""):
    ports = (port, 53) if to_server else (53, port)
    ends = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
    return ip(*ends, 6, struct.pack(">2H2IBBHHH", *ports, seq, ack, 0x50, flags, 9999, 0, 0)
              + payload)


def stream(port, message):
    """A connection on which the message is sent, with its length before it."""
    data = struct.pack(">H", len(message)) + message
    yield segment(port, True, 0x02, 1000, 0)
    yield segment(port, False, 0x12, 5000, 1001)
    yield segment(port, True, 0x18, 1001, 5001, data)


def everything():
    """Frames that give every kind of row, and every member of a line."""
    options = b"".join(struct.pack(">2H", code, len(x)) + x for code, x in (
        (15, b"\0\x16"), (3, b"ns1\xff"), (10, bytes(16)), (8, b"\0\1\0\0")))
    opt = b"\0" + struct.pack(">2HIH", 41, 1232, 0, len(options)) + options
    whole = bytearray(wire.message(1, reply=True))
    whole[11] = 1
    yield wire.query(2000, 1)
    yield wire.udp(SERVER, 53, CLIENT, 2000, bytes(whole) + opt)
    yield wire.query(2000, 1)
    truncated = bytearray(wire.message(2, reply=True))
    truncated[2] |= 2
    yield wire.query(2001, 2)
    yield wire.udp(SERVER, 53, CLIENT, 2001, bytes(truncated))
    answer = wire.message(3, reply=True)
    yield from stream(2002, wire.message(3))
    yield segment(2002, False, 0x18, 5001, 1030, struct.pack(">H", len(answer)) + answer)
    yield from stream(2003, wire.message(4))
    yield segment(2003, False, 0x14, 5001, 1030)
    yield segment(2004, True, 0x02, 1000, 0)
    yield segment(2004, False, 0x14, 0, 1001)
    yield wire.query(2005, 5)
    yield ip(SERVER, CLIENT, 1, b"\3\3\0\0\0\0\0\0" + wire.query(2005, 5))
    yield wire.query(2006, 6)
    first = wire.reply(2006, 6)[20:]
    first = first[:4] + struct.pack(">H", 3000) + first[6:] + bytes(-len(first) % 8)
    yield ip(SERVER, CLIENT, 17, first, 0x2000)
    yield ip("198.51.100.77", CLIENT, 17, bytes(16), 0x2001)
    yield from stream(2007, wire.message(7))
    yield segment(2007, True, 0x10, 1030, 5100)
    yield ip(CLIENT, SERVER, 47, b"\0\0\x08\0" + wire.query(2009, 9))
    yield wire.query(2010, 10, server=RESOLVER)
    yield wire.udp(RESOLVER, 600, SERVER, 53, wire.message(11))
    yield wire.reply(2010, 10, server=RESOLVER, rcode=2)


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
    yield put("refused", "icmp", 0, "kind")
    yield put({"teredo": 1}, "capture", "tunnels")
    yield put(["198.51.100.1"] * 17, "capture", "one_way_servers", "replies_only")
    yield put("none", "fragments", 0, "about")
    yield put({"-1": 1}, "servers", 0, "edns", "ede")
    yield put({"22": 0}, "servers", 0, "edns", "ede")
    yield put("6e7", "servers", 0, "edns", "nsid", 0, "hex")
    yield put("\u001b[31m", "servers", 0, "edns", "nsid", 0, "text")
    yield put(1, "icmp", 0, "ranges", "high")
    yield put(-1, "servfail", "explained")
    yield put("no", "servfail", "sampled")
    yield put("", "servfail", "causes", 0, "silent_ports")
    yield put("600-", "servfail", "causes", 0, "reached_ports")
    yield put("", "servfail", "causes", 0, "name")
    yield put(0, "servfail", "causes", 0, "upstream_unanswered")
    yield put([{"code": "ports-silent", "severity": "error", "summary": "?"}], "findings")
    yield put([{"code": "ports-silent", "severity": "fault"}], "findings")
    yield put(["max_memory"], "limits", "hit")
    yield put([], "limits")


def wrong_findings():
    yield put("ports-blocked", "code")
    yield put("error", "severity")
    yield put("", "summary")
    yield put("\u001b[2J", "evidence", 0)
    yield put("localhost", "server")
    yield put(65536, "server_port")
    yield put("10.0.0.0", "prefix")
    yield put(["198.51.100.53"], "servers")
    yield put("53;54", "except")
    yield put(["quic"], "transports")
    yield put(-1, "bounds", 0, "first_silent")
    yield drop("bounds", 0, "nearest_answered_above")
    yield put({"transactions": 1}, "inside")
    yield put(1.5, "confidence")
    yield put(-0.1, "p_value")
    yield put("near-client", "where")
    yield put("198.51.100.53", "controls", 0)
    yield put(0, "frames", "silent", 0, "frame")
    yield put("dig", "reproduce")
    yield put("yesterday", "first")


def wrong_lines():
    yield put(2, "v")
    yield put("query", "type")
    yield put("timeout", "outcome")
    yield put("quic", "transport")
    yield put("localhost", "client")
    yield put(65536, "client_port")
    yield put("low", "range")
    yield put(65536, "ID")
    yield put("a b", "QNAME")
    yield put("", "QNAME")
    yield put("A", "QTYPE")
    yield put(4096, "RCODE")
    yield put("2026-11-21T08:17:04Z", "time")
    yield put(-1, "latency_ns")
    yield put({"file": "a.pcap"}, "query")
    yield put({"file": "a.pcap", "frame": 0}, "query")
    yield put("a.pcap", "reply")
    yield put(False, "nodata")
    yield put("22", "ede")
    yield put({"file": "a", "frame": 1, "by": "router"}, "end")
    yield put({"file": "a", "frame": 1, "type": 3, "code": 3, "name": "Port"}, "icmp")
    yield put(None, "tcp_retry")


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


def check_schema(t, kind, build, option, file, name):
    """What is asked of either schema; returns it."""
    status, schema, _ = tap.read(build, f"--schema={option}")
    t.ok(status == 0 and schema == json.loads(tap.load(
        os.path.join(tap.ROOT, "analyzer", "report", file))), f"--schema={option} prints {file}")
    t.ok(schema["$schema"] == kind.META_SCHEMA["$id"] and schema["$id"] == f"urn:dnsgap:{name}:1"
         and all(schema.get(key) for key in ("title", "description")),
         f"{file} is a schema of 2020-12, with id, title and description")
    try:
        kind.check_schema(schema)
        t.ok(True, f"{file} is a valid schema")
    except jsonschema.SchemaError as e:
        t.ok(False, f"{file} is a valid schema", [e.message])
    lacking = list(undescribed(schema, schema["$defs"]))
    t.ok(not lacking, f"every key of {file} has a description", lacking)
    return schema


def check_everything(t, build, folder, schemas, kind):
    """A capture with every kind of row; returns its report."""
    path = os.path.join(folder, "everything.pcap")
    wire.save(path, *(wire.record(frame, 1700000000, 1000 * n)
                      for n, frame in enumerate(everything())),
              wire.record(wire.reply(2008, 8, server="198.51.100.99"), 1700000100),
              wire.record(bytes(20), 1700000200))
    lines_path = os.path.join(folder, "everything.ndjson")
    status, report, err = tap.read(build, "--json", "-", "--transactions", lines_path, path)
    if report is None:
        t.ok(False, "a capture with everything is read", [status, err])
        return None
    found = [f"{e.json_path}: {e.message[:200]}"
             for e in kind(closed(schemas["report"])).iter_errors(report)]
    t.ok(status == 0 and not found, "a report with everything is right", found)
    missing = [key for key, rows in (
        ("edns", [s for s in report["servers"] if "edns" in s]), ("icmp", report["icmp"]),
        ("fragments", [f for f in report["fragments"] if f["port"] is not None]),
        ("unknown fragments", [f for f in report["fragments"] if f["port"] is None]),
        ("tunnels", report["capture"]["tunnels"]),
        ("one-way servers", report["capture"]["one_way_servers"]["replies_only"]),
        ("causes", (report["servfail"] or {}).get("causes")),
        ("tcp", [s for s in report["servers"] if "tcp" in s["transports"]])) if not rows]
    t.ok(not missing, "it has every kind of row", missing)
    lines = [json.loads(line) for line in tap.load(lines_path).splitlines()]
    strict = kind(closed(schemas["line"]))
    found = [f"{e.json_path}: {e.message[:200]}" for line in lines
             for e in strict.iter_errors(line)]
    t.ok(lines and not found, "its lines are right", found)
    missing = sorted(set(schemas["line"]["properties"]) - {key for x in lines for key in x}
                     - {"nodata" if any("nodata" in x for x in lines) else ""})
    t.ok(not missing, "its lines have every member", missing)
    check_line_refusals(t, kind(schemas["line"]), lines)
    return report


def check_line_refusals(t, plain, lines):
    whole = next((x for x in lines if x["reply"]), None)
    t.ok(whole is not None and plain.is_valid({**whole, "new_key": 1}), "new keys are let pass")
    for name, change in wrong_lines():
        line = copy.deepcopy(whole)
        change(line)
        t.ok(not plain.is_valid(line), f"refused in a line: {name}")
    passed = [key for key in plain.schema["required"]
              if plain.is_valid({k: v for k, v in whole.items() if k != key})
              or plain.is_valid({**whole, key: {"no": "such"}})]
    t.ok(not passed, "refused in a line: any required key gone, or of a wrong type", passed)


def check_finding_refusals(t, schema, kind, report):
    """A report with a finding, and each key of it gone or wrong."""
    first = next((f for f in (report or {}).get("findings", []) if f["controls"]), None)
    if first is None:
        t.ok(False, "low-ports.pcap has a finding with controls")
        return
    plain = kind({"$defs": schema["$defs"], **schema["$defs"]["finding"]})
    t.ok(plain.is_valid(first) and plain.is_valid({**first, "new_key": 1}), "a finding is right")
    for name, change in wrong_findings():
        finding = copy.deepcopy(first)
        change(finding)
        t.ok(not plain.is_valid(finding), f"refused in a finding: {name}")
    passed = [key for key in plain.schema["required"]
              if plain.is_valid({k: v for k, v in first.items() if k != key})
              or plain.is_valid({**first, key: {"no": "such"}})]
    t.ok(not passed, "refused in a finding: any required key gone, or of a wrong type", passed)
    t.ok(all(list(f) == list(first) for f in report["findings"]),
         "every finding has the same keys in the same order")


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if jsonschema is None:
        t.skip("reports against the schema", "python3-jsonschema is not installed")
        return t.done()
    kind = jsonschema.Draft202012Validator
    schema = check_schema(t, kind, options.build, "report", "report.schema.json", "report")
    line_schema = check_schema(t, kind, options.build, "transactions", "line.schema.json",
                               "transaction")
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
        rich = check_everything(t, options.build, folder,
                                {"report": schema, "line": line_schema}, kind)

    check_finding_refusals(t, schema, kind, samples.get("low-ports"))

    # The schema as it is, not the closed one, must refuse these.
    plain = kind(schema)
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

#!/usr/bin/env python3
"""dnsgap, slow and plain: the second implementation that the first is held to.

    slow.py [--json] [--transactions] [--frames] FILE...

Written from docs/matching.md and the RFCs alone.  Several files are read one
after the other as one capture.  Exit status: 0 all read, 1 nothing could be
opened, 2 something stopped before its end.
"""
import argparse
import datetime
import ipaddress
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import decode as dec                                   # noqa: E402
import matching                                        # noqa: E402
import readers                                         # noqa: E402
import servfail                                        # noqa: E402

RANGES = [("well-known", 0, 1023), ("registered", 1024, 49151), ("ephemeral", 49152, 65535)]
OF_WHICH = [("53", {53}), ("0", {0}), ("1-52,54-1023", set(range(1, 1024)) - {53})]
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED",
          6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE",
          16: "BADVERS", 17: "BADKEY", 18: "BADTIME", 19: "BADMODE", 20: "BADNAME",
          21: "BADALG", 22: "BADTRUNC", 23: "BADCOOKIE"}
ICMP_NAMES = {(4, 3, 0): "net-unreachable", (4, 3, 1): "host-unreachable",
              (4, 3, 3): "port-unreachable", (6, 1, 4): "port-unreachable"}
ICMP_KINDS = {(4, 3): "unreachable", (4, 11): "hop-limit", (4, 12): "parameter",
              (6, 1): "unreachable", (6, 2): "too-big", (6, 3): "hop-limit", (6, 4): "parameter"}
TCP_STATS = ["segments", "connections", "under_way", "messages", "resent", "out_of_order",
             "holes", "skipped", "evicted"]
FRAGMENT_STATS = ["fragments", "duplicates", "datagrams", "whole", "incomplete", "refused",
                  "evicted"]
MESSAGE_PLACES = ["queries", "resends", "replies", "duplicate_replies", "duplicate_frames",
                  "continuations", "orphan_replies", "misdirected", "evicted", "malformed",
                  "unreadable"]


@dataclass
class Run:
    frames: list
    decoded: list
    times: list
    bad_times: int
    result: object
    problem: str          # None when all was read
    opened: bool


def analyse(paths, rules=None):
    """Reads, decodes and matches."""
    rules = rules or matching.Rules()
    frames, problem, opened = [], None, False
    for path in paths:
        try:
            cap = readers.read_capture(path)
        except readers.NotACapture as trouble:
            problem = str(trouble)
            continue
        problem = problem or cap.problem
        frames += cap.frames
        opened = True
    ports = set(rules.server_ports)
    decoded = [dec.decode(f, ports) for f in frames]
    times, bad = matching.set_times_right([f.time_ns for f in frames])
    bad += sum(f.carried and f.time_ns is not None and 0 <= f.time_ns < matching.YEAR_2200 for f in frames)
    result = matching.match(decoded, times, rules)
    return Run(frames, decoded, times, bad, result, problem, opened)


def status(run):
    """0 all read, 1 nothing opened, 2 stopped early or a link type nobody decodes."""
    if not run.opened:
        return 1
    if run.problem or any(d.verdict == "link_unsupported" for d in run.decoded):
        return 2
    return 0


# ---------------------------------------------------------------- the report

def outcomes(trs):
    count = Counter(tr.outcome for tr in trs)
    return {name: count[name] for name in matching.OUTCOMES}


def rcodes(trs):
    return dict(Counter(RCODES.get(tr.reply.rcode, "RCODE%d" % tr.reply.rcode)
                        for tr in trs if tr.reply))


def latency(trs):
    values = sorted(tr.latency() for tr in trs if tr.outcome in ("answered", "truncated"))
    if not values:
        return None

    def nearest_rank(percent):
        return values[max(0, -(-percent * len(values) // 100) - 1)]

    return {"p50": nearest_rank(50), "p90": nearest_rank(90), "p99": nearest_rank(99),
            "max": values[-1]}


def ranges(trs):
    rows = []
    for name, low, high in RANGES:
        mine = [tr for tr in trs if low <= tr.flow[1] <= high]
        decided = [tr for tr in mine if tr.outcome != "undecided"]
        reached = [tr for tr in mine if tr.outcome in matching.REACHED]
        row = {"name": name, "ports": "%d-%d" % (low, high), "transactions": len(mine),
               "outcomes": outcomes(mine),
               "reached_ratio": len(reached) / len(decided) if decided else None,
               "distinct_ports": len({tr.flow[1] for tr in mine}), "rcodes": rcodes(mine)}
        if low == 0:
            row["of_which"] = []
            for ports, members in OF_WHICH:
                part = [tr for tr in mine if tr.flow[1] in members]
                row["of_which"].append({"ports": ports, "transactions": len(part),
                                        "outcomes": outcomes(part)})
        rows.append(row)
    return rows


def group(trs, key):
    groups = {}
    for tr in trs:
        groups.setdefault(key(tr), []).append(tr)
    return sorted(groups.items(),
                  key=lambda kv: (ipaddress.ip_address(kv[0][0]).version,
                                  ipaddress.ip_address(kv[0][0]), kv[0][1:]))


def edns(trs):
    """What EDNS said in the first reply of each; None when nothing."""
    options = [tr.reply.options for tr in trs if tr.reply]
    ede = Counter(str(code) for o in options for code in o.ede)
    nsid = Counter(o.nsid.hex() for o in options if o.nsid is not None)
    cookies = sum(o.has_cookie for o in options)
    subnets = sum(o.has_client_subnet for o in options)
    if not (ede or nsid or cookies or subnets):
        return {}
    return {"edns": {"ede": dict(ede), "nsid": [{"hex": h, "count": n} for h, n in nsid.items()],
                     "cookies": cookies, "client_subnet": subnets}}


def transports(trs):
    """A row of each transport of which there was any."""
    out = {}
    for name in ("udp", "tcp"):
        mine = [tr for tr in trs if tr.flow[4] == name]
        if mine:
            out[name] = {"transactions": len(mine), "outcomes": outcomes(mine),
                         "ranges": [{key: row[key] for key in
                                     ("name", "ports", "transactions", "outcomes")}
                                    for row in ranges(mine)]}
    return out


def fragment_rows(result):
    return [{"sender": sender, "port": port, "about": about, "whole": count["whole"],
             "incomplete": count["incomplete"], "refused": count["refused"]}
            for (sender, port, about), count in result.fragment_rows.items()]


def icmp_kind(family, kind, code):
    if (family, kind, code) == (4, 3, 4):
        return "too-big"
    if (family, kind, code) in ((4, 11, 1), (6, 3, 1)):
        return "reassembly-timeout"
    return ICMP_KINDS[(family, kind)]


def icmp(result):
    groups = {}
    for e, about, flow, tr in result.errors:
        key = (e.sender, e.family, e.type, e.code, about, flow[2])
        groups.setdefault(key, []).append((flow, tr))
    rows = []
    for key in sorted(groups):
        sender, family, kind, code, about, server = key
        trs = {id(tr): tr for _flow, tr in groups[key] if tr}.values()
        rows.append({"sender": sender, "family": family, "type": kind, "code": code,
                     "name": ICMP_NAMES.get((family, kind, code)),
                     "kind": icmp_kind(family, kind, code), "about": about,
                     "server": server, "count": len(groups[key]), "transactions": len(trs),
                     "ranges": {name: sum(low <= tr.flow[1] <= high for tr in trs)
                                for name, low, high in RANGES}})
    return rows


def stamp(time_ns):
    """A time as RFC 3339 has it."""
    at = datetime.datetime.fromtimestamp(time_ns // 10 ** 9, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + ".%09dZ" % (time_ns % 10 ** 9)


def report(run):
    res, trs = run.result, run.result.transactions
    verdicts = Counter(d.verdict for d in run.decoded)
    return {
        "schema": "dnsgap.report/1",
        "complete": status(run) == 0,
        "problem": run.problem,
        "capture": {
            "frames": len(run.frames),
            "dns_messages": res.dns_messages,
            "messages": {name: res.count[name] for name in MESSAGE_PLACES},
            "tcp": {name: res.tcp_stats[name] for name in TCP_STATS},
            "fragments": {name: res.fragment_stats[name] for name in FRAGMENT_STATS},
            "tunnels": dict(Counter(name for d in run.decoded for name in d.tunnels)),
            "partial_replies": sum(tr.why == "partial reply" for tr in trs),
            "lost_replies": sum(tr.why == "lost reply" for tr in trs),
            "verdicts": {v: verdicts[v] for v in dec.VERDICTS if verdicts[v]},
            "cut_frames": sum(f.captured < f.wire for f in run.frames),
            "duplicate_frames": res.duplicate_frames,
            "one_way": res.one_way,
            "clock_steps": res.clock_steps,
            "bad_times": run.bad_times,
            "orphan_replies": res.orphan_replies,
            "early_orphan_replies": res.early_orphan_replies,
            "duplicate_replies": res.duplicate_replies,
            "misdirected": res.misdirected,
            "icmp_ambiguous": res.ambiguous,
            "ambiguous_replies": res.ambiguous_replies,
            "resends_after_reply": sum(tr.resends_after_reply for tr in trs),
            "icmp_unmatched": res.icmp_unmatched,
            "evicted": 0},
        "totals": {
            "transactions": len(trs),
            "queries": res.count["queries"] + res.count["resends"],
            "resends": res.count["resends"],
            "outcomes": outcomes(trs),
            "rcodes": rcodes(trs),
            "nodata": sum(1 for tr in trs if tr.reply and tr.reply.rcode == 0
                          and tr.reply.answers == 0 and not tr.reply.tc),
            "tcp_retries": sum(tr.retry is not None for tr in trs),
            "latency_ns": latency(trs)},
        "ranges": ranges(trs),
        "servers": [{"address": address, "port": port, "transactions": len(mine),
                     "outcomes": outcomes(mine), "rcodes": rcodes(mine),
                     "latency_ns": latency(mine), "ranges": ranges(mine),
                     "transports": transports(mine), **edns(mine)}
                    for (address, port), mine in group(trs, lambda tr: tr.flow[2:4])],
        "clients": [{"address": address, "transactions": len(mine), "outcomes": outcomes(mine),
                     "source_ports": {"lowest": min(tr.flow[1] for tr in mine),
                                      "highest": max(tr.flow[1] for tr in mine),
                                      "distinct": len({tr.flow[1] for tr in mine})}}
                    for (address,), mine in group(trs, lambda tr: tr.flow[:1])],
        "icmp": icmp(res),
        "fragments": fragment_rows(res),
        "servfail": servfail.servfail(trs, res.one_way, stamp),
    }


# ---------------------------------------------------------------- lines to read

def question_text(question):
    if question is None:
        return "(attempt)"
    if isinstance(question, str):
        return "(%s)" % question
    name = ".".join("".join(chr(c) if 33 <= c <= 126 and c not in b'.\\"' else "\\%03d" % c
                            for c in label) for label in question[0])
    return "%s. type %d class %d" % (name, question[1], question[2])


def print_transactions(run):
    for tr in sorted(run.result.transactions, key=lambda tr: tr.copies[0].frame):
        client, cport, server, sport, transport = tr.flow
        print("%-10s %s %s#%d > %s#%d id=%s %s frames=%s resends=%d%s: %s" % (
            tr.outcome, transport, client, cport, server, sport, tr.ident, question_text(tr.question),
            ",".join(str(m.frame) for m in tr.copies), tr.resends,
            " latency_ns=%d" % tr.latency() if tr.reply else "", tr.why))


def print_frames(run):
    for frame, d in zip(run.frames, run.decoded):
        fate = run.result.fate.get(frame.number)
        print(frame.number, d.verdict, fate[0] if fate else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="the report (default)")
    parser.add_argument("--transactions", action="store_true", help="a line per transaction")
    parser.add_argument("--frames", action="store_true", help="a line per frame")
    parser.add_argument("--server-port", default="53", help="comma-separated")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds")
    args = parser.parse_args()
    rules = matching.Rules(timeout=round(args.timeout * matching.SECOND),
                           server_ports=tuple(int(p) for p in args.server_port.split(",")))
    run = analyse(args.files, rules)
    if not run.opened:
        print("slow.py: %s" % run.problem, file=sys.stderr)
        return 1
    if args.frames:
        print_frames(run)
    if args.transactions:
        print_transactions(run)
    if args.json or not (args.frames or args.transactions):
        json.dump(report(run), sys.stdout, indent=1)
        print()
    return status(run)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""truth.py - what a sample must show, from the client's own log.

    truth.py [OPTIONS] NAME LOG PCAP >NAME.truth.json

The result is a part of the analyzer's report, with the report's keys.  No
packet is decoded here: of the capture only the times of its first and last
frame are read, because they limit what it can show.  The rules are those of
docs/matching.md, written down a second time.

A log that comes close to a limit (timeout, hold, the ends of the capture), or
that disagrees with the router's counters, is refused: its truth would depend
on luck.
"""
import argparse
import collections
import json
import struct
import sys

S = 10**9
TIMEOUT, HOLD, MARGIN = 5 * S, 30 * S, 3 * S // 10
OUTCOMES = ("answered", "late", "unanswered", "icmp_error", "tcp_refused",
            "tcp_no_connection", "tcp_reset", "tcp_closed", "truncated",
            "undecided")
RANGES = (("well-known", 0, 1023), ("registered", 1024, 49151),
          ("ephemeral", 49152, 65535))
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN",
          4: "NOTIMP", 5: "REFUSED"}
ICMP = {(4, 3, 3): "port-unreachable", (6, 1, 4): "port-unreachable"}


def fail(text):
    sys.exit(f"truth.py: {text}")


def clear_of(interval, limit, what):
    if abs(interval - limit) < MARGIN:
        fail(f"{what}: {interval / S:.3f} s is too near to {limit / S:.0f} s")


def frame_times(path):
    """Times of the first and the last frame of a classic pcap."""
    with open(path, "rb") as f:
        data = f.read()
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[struct.unpack("<I", data[:4])[0]]
    at, times = 24, []
    while at < len(data):
        seconds, part, size = struct.unpack("<3I", data[at:at + 12])
        times.append(seconds * S + part * unit)
        at += 16 + size
    return min(times), max(times)


class Transaction:
    def __init__(self, send):
        self.t0, self.tx = send["t"], send["tx"]
        self.client, self.port = send["client"], send["port"]
        self.server, self.server_port = send["server"], send["server_port"]
        self.sends = [send["t"]]
        self.replies = []
        self.errors = []      # ICMP errors about the query
        self.refusals = 0     # ICMP errors about a reply
        self.range = next(name for name, low, high in RANGES
                          if low <= self.port <= high)

    def outcome(self, last):
        if self.replies:
            after = self.replies[0]["t"] - self.t0
            clear_of(after, TIMEOUT, "reply")
            if after > TIMEOUT:
                return "late"
            return "truncated" if self.replies[0]["tc"] else "answered"
        if self.errors:
            return "icmp_error"
        clear_of(last - self.t0, TIMEOUT, "end of the capture")
        return "unanswered" if last - self.t0 > TIMEOUT else "undecided"


def key_of(e):
    return (e["client"], e["port"], e["server"], e["server_port"], e["id"],
            e["qname"].lower(), e["qtype"])


def refused_replies(events):
    """
    The replies that met a closed socket.  The server was stopped and answers
    every query it holds as soon as it goes on.
    """
    made = []
    for n, e in enumerate(events):
        if e["ev"] != "send":
            continue
        rest = events[n + 1:]
        closed = next((f for f in rest if f["ev"] == "close" and
                       (f["client"], f["port"]) == (e["client"], e["port"])),
                      None)
        if closed is None:
            continue
        heard = [f for f in rest if f["ev"] == "reply" and
                 key_of(f) == key_of(e)]
        if heard:
            continue
        again = next(f for f in rest if f["ev"] == "signal" and
                     f["sig"] == "CONT" and f["t"] > closed["t"])
        made.append(dict(e, ev="reply", t=again["t"], rcode=0, tc=False,
                         ancount=1, refused=True))
    return made


def match(events):
    """Transactions and the replies that belong to none."""
    known = collections.defaultdict(list)
    every, orphans = [], []
    for e in events:
        here = known[key_of(e)]
        if e["ev"] == "send":
            if here:
                clear_of(e["t"] - here[-1].t0, TIMEOUT, "resend")
            if here and e["t"] - here[-1].t0 <= TIMEOUT:
                if here[-1].replies:
                    fail(f"tx {e['tx']} was sent again after its reply")
                if here[-1].tx != e["tx"]:
                    fail(f"tx {e['tx']} looks like a resend of another")
                here[-1].sends.append(e["t"])
            else:
                here.append(Transaction(e))
                every.append(here[-1])
            continue
        for t in here:
            clear_of(e["t"] - t.t0, HOLD, e["ev"])
        fit = [t for t in here if e["t"] - t.t0 <= HOLD]
        if e["ev"] == "icmp":
            fit[-1].errors.append(e)
        elif not fit:
            orphans.append(e)
        else:
            waiting = [t for t in fit if not t.replies] or fit
            waiting[-1].replies.append(e)
            waiting[-1].refusals += e.get("refused", False)
    return every, orphans


def outcomes_of(some, last):
    found = collections.Counter(t.outcome(last) for t in some)
    return {name: found[name] for name in OUTCOMES}


def ranges_of(some, last, ports):
    rows = []
    for name, _, _ in RANGES:
        here = [t for t in some if t.range == name]
        row = {"name": name, "transactions": len(here),
               "outcomes": outcomes_of(here, last)}
        if ports:
            row["distinct_ports"] = len({t.port for t in here})
        rows.append(row)
    return rows


def grouped(some, key):
    groups = collections.defaultdict(list)
    for t in some:
        groups[key(t)].append(t)
    return sorted(groups.items())


def servers_of(some, last):
    return [{"address": address, "port": port, "transactions": len(here),
             "outcomes": outcomes_of(here, last),
             "ranges": ranges_of(here, last, False)}
            for (address, port), here in
            grouped(some, lambda t: (t.server, t.server_port))]


def clients_of(some):
    rows = []
    for address, here in grouped(some, lambda t: t.client):
        ports = {t.port for t in here}
        rows.append({"address": address, "transactions": len(here),
                     "source_ports": {"lowest": min(ports),
                                      "highest": max(ports),
                                      "distinct": len(ports)}})
    return rows


def icmp_of(some):
    """Rows of errors; `transactions` and `ranges` count transactions."""
    rows = collections.defaultdict(list)
    for t in some:
        for e in t.errors:
            rows[(e["sender"], e["family"], e["type"], e["code"], "query",
                  t.server)].append(t)
        family = 6 if ":" in t.client else 4
        for _ in range(t.refusals):
            rows[(t.client, family, *((1, 4) if family == 6 else (3, 3)),
                  "reply", t.server)].append(t)
    result = []
    for (sender, family, kind, code, about, server), all_of in sorted(rows.items()):
        once = {id(t): t for t in all_of}.values()
        result.append({
            "sender": sender, "family": family, "type": kind, "code": code,
            "name": ICMP[(family, kind, code)], "about": about,
            "server": server, "count": len(all_of), "transactions": len(once),
            "ranges": {name: sum(t.range == name for t in once)
                       for name, _, _ in RANGES}})
    return result


def check_counters(path, events):
    with open(path) as f:
        rows = json.load(f)["nftables"]
    counted = {row["counter"]["name"]: row["counter"]["packets"]
               for row in rows if "counter" in row}
    logged = {"queries": sum(e["ev"] == "send" for e in events),
              "replies": sum(e["ev"] == "reply" for e in events),
              "errors": sum(e["ev"] == "icmp" for e in events),
              "refusals": sum(e.get("refused", False) for e in events)}
    if counted != logged:
        fail(f"the router counted {counted}, the client logged {logged}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--counters", help="nft's counters, as JSON")
    parser.add_argument("--wire", help="where to write the frame counts")
    parser.add_argument("--twice", action="store_true",
                        help="the capture shows every packet twice")
    parser.add_argument("--refused", action="store_true",
                        help="some replies met a closed socket")
    parser.add_argument("name")
    parser.add_argument("log")
    parser.add_argument("pcap")
    args = parser.parse_args()

    with open(args.log) as f:
        events = [json.loads(line) for line in f]
    events.sort(key=lambda e: e["t"])
    if args.refused:
        events = sorted(events + refused_replies(events), key=lambda e: e["t"])
    if args.counters:
        check_counters(args.counters, events)

    first, last = frame_times(args.pcap)
    edge = S // 10
    seen = []
    for e in events:
        if e["ev"] not in ("send", "reply", "icmp"):
            continue
        # A refused reply has the time of the signal, which is a little early.
        if first - S // 1000 <= e["t"] <= last + S // 1000:
            seen.append(e)
        elif first - edge < e["t"] < last + edge:
            fail(f"an event within 0.1 s of the capture's ends: {e}")
    every, orphans = match(seen)
    for e in orphans:
        clear_of(e["t"] - first, HOLD, "orphan reply")
    early = sum(e["t"] - first <= HOLD for e in orphans)

    copies = 2 if args.twice else 1
    capture = {"orphan_replies": len(orphans), "early_orphan_replies": early,
               "one_way": False, "duplicate_frames": len(seen) * (copies - 1) +
               sum(t.refusals for t in every) * (copies - 1)}
    for t in every:
        times = [e["t"] for e in t.replies]
        if ":" in t.client and any(b - a < 2 * S // 1000
                                   for a, b in zip(times, times[1:])):
            # Two replies to two copies, so close that they pass for one; in
            # IPv4 their IP IDs differ.
            capture.pop("duplicate_frames", None)

    reached = [t.replies[0] for t in every if t.replies]
    rcodes = collections.Counter(RCODES[e["rcode"]] for e in reached)
    queries = sum(len(t.sends) for t in every)
    truth = {
        "sample": args.name,
        "totals": {"transactions": len(every), "queries": queries,
                   "resends": queries - len(every),
                   "outcomes": outcomes_of(every, last),
                   "rcodes": dict(sorted(rcodes.items())),
                   "nodata": sum(e["rcode"] == 0 and not e["tc"] and
                                 not e["ancount"] for e in reached)},
        "ranges": ranges_of(every, last, True),
        "servers": servers_of(every, last),
        "clients": clients_of(every),
        "icmp": icmp_of(every),
        "capture": capture,
    }
    print(json.dumps(truth, indent=1))
    if args.wire:
        with open(args.wire, "w") as f:
            json.dump({"queries": queries * copies,
                       "replies": sum(e["ev"] == "reply" for e in seen) * copies,
                       "icmp": sum(r["count"] for r in truth["icmp"]) * copies},
                      f)


if __name__ == "__main__":
    main()

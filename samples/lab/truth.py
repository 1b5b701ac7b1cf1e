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

import findings

S = 10**9
TIMEOUT, HOLD, MARGIN = 5 * S, 30 * S, 3 * S // 10
OUTCOMES = ("answered", "late", "unanswered", "icmp_error", "tcp_refused",
            "tcp_no_connection", "tcp_reset", "tcp_closed", "truncated",
            "undecided")
RANGES = (("well-known", 0, 1023), ("registered", 1024, 49151),
          ("ephemeral", 49152, 65535))
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN",
          4: "NOTIMP", 5: "REFUSED"}
# Type and code: the name and the kind in the report.
ICMP = {(4, 3, 3): ("port-unreachable", "unreachable"),
        (6, 1, 4): ("port-unreachable", "unreachable"),
        (4, 3, 13): ("administratively-prohibited", "unreachable"),
        (6, 1, 1): ("administratively-prohibited", "unreachable"),
        (4, 3, 1): ("host-unreachable", "unreachable"),
        (6, 1, 3): ("address-unreachable", "unreachable"),
        (4, 3, 4): ("fragmentation-needed", "too-big"),
        (6, 2, 0): ("packet-too-big", "too-big"),
        (4, 11, 1): ("reassembly-time-exceeded", "reassembly-timeout"),
        (6, 3, 1): ("reassembly-time-exceeded", "reassembly-timeout")}
TOO_BIG = ((4, 3, 4), (6, 2, 0))
ROUTER = ("192.0.2.1", "2001:db8:c::1")
# What IP and UDP headers take, and how long a packet may be: on the link, where a
# router was found to allow less, and of an nsd that sends no longer ones over IPv6.
HEADERS = {4: 28, 6: 48}
MTU, NARROW_MTU = 1500, 1280


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
    one_way = False       # the capture has one direction only

    def __init__(self, send):
        self.t0, self.tx, self.conn = send["t"], send["tx"], send.get("conn")
        self.client, self.port = send["client"], send["port"]
        self.server, self.server_port = send["server"], send["server_port"]
        self.sends = [send["t"]]
        self.replies = []
        self.errors = []      # ICMP errors about the query
        self.refusals = 0     # ICMP errors about a reply
        self.partials = []    # replies of which the later fragments were lost
        self.transport = "tcp" if "conn" in send else "udp"
        self.qname, self.qtype = send.get("qname"), send.get("qtype")
        self.end = None       # how its connection ended, while it had no reply
        self.retry = None
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
        if self.partials:
            return "undecided"
        if self.end:
            clear_of(self.end["t"] - self.t0, TIMEOUT, "end of the connection")
            if self.end["t"] - self.t0 < TIMEOUT and self.end["ev"] != "shut":
                return {"reset": "tcp_reset", "eof": "tcp_closed"}[self.end["ev"]]
        clear_of(last - self.t0, TIMEOUT, "end of the capture")
        is_over = last - self.t0 > TIMEOUT and not self.one_way
        return "unanswered" if is_over else "undecided"


class Attempt(Transaction):
    """To open a connection; `end` is `failed` or `gave-up`."""

    def outcome(self, last):
        if self.errors:
            return "icmp_error"
        if self.end["ev"] == "failed":
            if self.end["why"] != "ECONNREFUSED":
                fail(f"no outcome for {self.end}")
            return "tcp_refused"
        clear_of(last - self.t0, TIMEOUT, "end of the capture")
        return "tcp_no_connection" if last - self.t0 > TIMEOUT else "undecided"


def key_of(e):
    return (e["client"], e["port"], e["server"], e["server_port"], e["id"],
            e["qname"].lower(), e["qtype"], e.get("conn"))


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


def partial_replies(events, servers):
    """
    The replies whose later fragments never came: servers that answer every
    query, of which the client heard nothing.
    """
    heard = {key_of(e) for e in events if e["ev"] == "reply"}
    return [dict(e, ev="partial", t=e["t"] + 1) for e in events
            if e["ev"] == "send" and "conn" not in e and e["server"] in servers
            and key_of(e) not in heard]


def replies_beyond(events, servers):
    """
    The replies that were lost between the capture and the client: these servers answer every
    query, each copy of it, and of the client's copies only the last can have been answered.
    """
    heard = collections.Counter(key_of(e) for e in events if e["ev"] == "reply")
    sends = collections.defaultdict(list)
    for e in events:
        if e["ev"] == "send" and e["server"] in servers:
            sends[key_of(e)].append(e)
    return [dict(e, ev="reply", t=e["t"] + 1, rcode=0, tc=False, ancount=1, lost=True)
            for key, copies in sends.items() for e in copies[:len(copies) - heard[key]]]


def family(address):
    return 6 if ":" in address else 4


def fragmented(events):
    """
    (sender, about, whole) of each datagram that came in fragments.  The client's
    host sends smaller ones once a router has told it of a narrow path; a
    query on which the router did so was no fragment.
    """
    narrow, found = set(), []
    for e in events:
        if "conn" in e or "client" not in e:
            continue
        version = family(e["client"])
        if e["ev"] == "icmp" and (version, e["type"], e["code"]) in TOO_BIG:
            narrow.add(e["server"])
        elif e["ev"] == "send":
            mtu = NARROW_MTU if e["server"] in narrow and not e.get("probe") else MTU
            if e["size"] + HEADERS[version] > mtu:
                found.append((e["client"], "query", True))
        elif e["ev"] == "reply":
            mtu = NARROW_MTU if version == 6 else MTU
            if e["size"] + HEADERS[version] > mtu:
                found.append((e["server"], "reply", True))
        elif e["ev"] == "partial":
            found.append((e["server"], "reply", False))
    return found


def connections(events, last):
    """Attempts that did not succeed, and the event that ended each connection."""
    attempts, ends = [], {}
    for e in events:
        if e["ev"] == "connect":
            attempts.append(Attempt({**e, "tx": None}))
        elif e["ev"] == "icmp" and "conn" in e:
            next(a for a in attempts if a.conn == e["conn"]).errors.append(e)
        elif e["ev"] in ("failed", "gave-up", "eof", "reset", "shut"):
            ends[e["conn"]] = e
    stood = {e["conn"] for e in events if e["ev"] == "connected"}
    for a in attempts:
        if a.conn not in ends and last - a.t0 < TIMEOUT + MARGIN:
            fail(f"connection {a.conn} has no end")
        a.end = ends.get(a.conn)
    return [a for a in attempts if a.conn not in stood], ends


def link_retries(every):
    """Truncated over UDP, then asked over TCP: by hand, as a client pairs them."""
    for t in every:
        if t.transport != "tcp" or t.qname is None:
            continue
        fit = [u for u in every if u.transport == "udp" and u.retry is None and u.replies
               and u.replies[0]["tc"]
               and (u.client, u.server, u.qname.lower(), u.qtype) ==
               (t.client, t.server, t.qname.lower(), t.qtype)
               and u.replies[0]["t"] <= t.t0 <= u.t0 + TIMEOUT]
        if fit:
            max(fit, key=lambda u: u.t0).retry = t


def match(events):
    """Transactions and the replies that belong to none."""
    known = collections.defaultdict(list)
    every, orphans = [], []
    for e in events:
        if e["ev"] == "icmp" and "conn" in e:
            continue
        here = known[key_of(e)]
        if e["ev"] == "send":
            if here:
                clear_of(e["t"] - here[-1].t0, TIMEOUT, "resend")
            if here and e["t"] - here[-1].t0 <= TIMEOUT:
                if any(not f.get("lost") for f in here[-1].replies):
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
        elif e["ev"] == "partial":
            fit[-1].partials.append(e)
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
             "ranges": ranges_of(here, last, False),
             "transports": {name: {"transactions": len(some),
                                   "outcomes": outcomes_of(some, last),
                                   "ranges": ranges_of(some, last, False)}
                            for name, some in grouped(here, lambda t: t.transport)}}
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
        version = family(t.client)
        for _ in range(t.refusals):
            rows[(t.client, version, *((1, 4) if version == 6 else (3, 3)),
                  "reply", t.server)].append(t)
        for _ in t.partials:
            rows[(t.client, version, *((3, 1) if version == 6 else (11, 1)),
                  "reply", t.server)].append(t)
    result = []
    for (sender, version, kind, code, about, server), all_of in sorted(rows.items()):
        once = {id(t): t for t in all_of}.values()
        name, sort = ICMP[(version, kind, code)]
        result.append({
            "sender": sender, "family": version, "type": kind, "code": code,
            "name": name, "kind": sort, "about": about, "server": server,
            "count": len(all_of), "transactions": len(once),
            "ranges": {name: sum(t.range == name for t in once)
                       for name, _, _ in RANGES}})
    return result


def check_counters(path, events):
    """The router's counters against the log; returns how many fragments there were."""
    with open(path) as f:
        rows = json.load(f)["nftables"]
    counted = {row["counter"]["name"]: row["counter"]["packets"]
               for row in rows if "counter" in row}
    fragments = counted.pop("fragments")

    def count(what, **more):
        return sum(e["ev"] == what and all(e.get(k) == v for k, v in more.items())
                   for e in events)

    by_router = [e for e in events if e["ev"] == "icmp" and e["sender"] in ROUTER]
    too_big = sum((e["family"], e["type"], e["code"]) in TOO_BIG for e in by_router)
    by_router = len(by_router)
    partial = count("partial")
    syns = sum(1 if e["ev"] == "connect" else e["retrans"] for e in events
               if e["ev"] in ("connect", "gave-up", "failed"))
    # A query that was too big for the path ended at the router, before it was counted.
    logged = {"queries": count("send", conn=None) - too_big,
              "replies": count("reply", conn=None) + partial,
              "errors": count("icmp") - by_router,
              "refusals": count("reply", refused=True),
              "own_errors": by_router, "timeouts": partial,
              "syns": syns, "synacks": count("connected"),
              "first_fragments": len(fragmented(events))}
    if counted != logged:
        fail(f"the router counted {counted}, the client logged {logged}")
    return fragments


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--counters", help="nft's counters, as JSON")
    parser.add_argument("--wire", help="where to write the frame counts")
    parser.add_argument("--twice", action="store_true",
                        help="the capture shows every packet twice")
    parser.add_argument("--refused", action="store_true",
                        help="some replies met a closed socket")
    parser.add_argument("--lost-fragments", nargs="+", default=[], metavar="SERVER",
                        help="of its replies only first fragments came")
    parser.add_argument("--also", nargs="+", default=[], metavar="LOG",
                        help="of others that asked, such as a resolver")
    parser.add_argument("--beyond", nargs="+", default=[], metavar="SERVER",
                        help="some of its replies were lost behind the capture")
    parser.add_argument("--one-way", choices=("queries", "replies"),
                        help="the only direction that the capture has")
    parser.add_argument("--cut", action="store_true",
                        help="the snap length cut segments: holes, but none that matters")
    parser.add_argument("name")
    parser.add_argument("log")
    parser.add_argument("pcap")
    args = parser.parse_args()

    events = []
    for log in (args.log, *args.also):
        with open(log) as f:
            events += [json.loads(line) for line in f]
    events.sort(key=lambda e: e["t"])
    if args.refused:
        events = sorted(events + refused_replies(events), key=lambda e: e["t"])
    if args.lost_fragments:
        events = sorted(events + partial_replies(events, args.lost_fragments),
                        key=lambda e: e["t"])
    if args.beyond:
        events = sorted(events + replies_beyond(events, args.beyond), key=lambda e: e["t"])
    fragments = check_counters(args.counters, events) if args.counters else 0

    first, last = frame_times(args.pcap)
    edge = S // 10
    seen = []
    for e in events:
        if e["ev"] not in ("send", "reply", "icmp", "partial"):
            continue
        # A refused reply has the time of the signal, which is a little early.
        if first - S // 1000 <= e["t"] <= last + S // 1000:
            seen.append(e)
        elif first - edge < e["t"] < last + edge:
            fail(f"an event within 0.1 s of the capture's ends: {e}")
    if args.one_way:
        kept = {"queries": "send", "replies": "reply"}[args.one_way]
        seen = [e for e in seen if e["ev"] == kept]
        Transaction.one_way = True
    every, orphans = match(seen)
    attempts, ends = connections(events, last)
    for t in every:
        t.end = ends.get(t.conn)
    link_retries(every)
    every += attempts
    for e in orphans:
        clear_of(e["t"] - first, HOLD, "orphan reply")
    early = sum(e["t"] - first <= HOLD for e in orphans)

    copies = 2 if args.twice else 1
    capture = {"orphan_replies": len(orphans), "early_orphan_replies": early,
               "one_way": bool(args.one_way), "duplicate_frames": len(seen) * (copies - 1) +
               sum(t.refusals for t in every) * (copies - 1)}
    for t in every:
        times = [e["t"] for e in t.replies]
        if any(e.get("lost") for e in t.replies):
            after = capture.setdefault("resends_after_reply", 0)
            capture["resends_after_reply"] = after + len(t.sends) - 1
        if t.transport == "udp" and ":" in t.client and any(b - a < 2 * S // 1000
                                   for a, b in zip(times, times[1:])):
            # Two replies to two copies, so close that they pass for one; in
            # IPv4 their IP IDs differ.
            capture.pop("duplicate_frames", None)

    reached = [t.replies[0] for t in every if t.replies]
    rcodes = collections.Counter(RCODES[e["rcode"]] for e in reached)
    asked = [t for t in every if not isinstance(t, Attempt)]
    queries = sum(len(t.sends) for t in asked)
    if any(e["ev"] == "connect" for e in events):
        messages = [e for e in seen if e["ev"] in ("send", "reply") and "conn" in e]
        capture["tcp"] = {"connections": sum(e["ev"] == "connect" for e in events),
                          "under_way": 0, "messages": len(messages), "holes": 0,
                          "skipped": 0, "evicted": 0}
        capture["lost_replies"] = 0
        if args.cut:
            del capture["tcp"]["holes"]
    datagrams = collections.Counter(fragmented(seen))
    rows = collections.defaultdict(lambda: {"whole": 0, "incomplete": 0, "refused": 0})
    for (sender, about, whole), n in datagrams.items():
        rows[(sender, about)]["whole" if whole else "incomplete"] += n
    if datagrams:
        capture["fragments"] = {
            "fragments": fragments, "duplicates": 0, "datagrams": sum(datagrams.values()),
            "whole": sum(row["whole"] for row in rows.values()),
            "incomplete": sum(row["incomplete"] for row in rows.values()),
            "refused": 0, "evicted": 0}
        capture["partial_replies"] = sum(
            bool(t.partials) and t.outcome(last) == "undecided" for t in every)
    truth = {
        "sample": args.name,
        "totals": {"transactions": len(every), "queries": queries,
                   "resends": queries - len(asked),
                   "outcomes": outcomes_of(every, last),
                   "rcodes": dict(sorted(rcodes.items())),
                   "nodata": sum(e["rcode"] == 0 and not e["tc"] and
                                 not e["ancount"] for e in reached)},
        "ranges": ranges_of(every, last, True),
        "servers": servers_of(every, last),
        "clients": clients_of(every),
        "icmp": icmp_of(every),
        "fragments": [{"sender": sender, "port": 53, "about": about, **row}
                      for (sender, about), row in sorted(rows.items())],
        "capture": capture,
    }
    if any(e["ev"] == "connect" for e in events):
        truth["totals"]["tcp_retries"] = sum(t.retry is not None for t in every)
    if not datagrams:
        del truth["fragments"]
    truth["findings"] = findings.expected(args.name, [
        findings.Trial(t.client, t.server, t.transport, t.port, t.outcome(last))
        for t in every])
    print(json.dumps(truth, indent=1))
    if args.wire:
        with open(args.wire, "w") as f:
            udp = [t for t in asked if t.transport == "udp"]
            json.dump({"queries": sum(len(t.sends) for t in udp) * copies,
                       "replies": sum(e["ev"] == "reply" and "conn" not in e
                                      for e in seen) * copies,
                       "tcp_queries": sum(t.transport == "tcp" for t in asked),
                       # Of a reply that was cut, tshark counts each segment.
                       "tcp_replies": None if args.cut else sum(
                           e["ev"] == "reply" and "conn" in e for e in seen),
                       "icmp": sum(r["count"] for r in truth["icmp"]) * copies},
                      f)


if __name__ == "__main__":
    main()

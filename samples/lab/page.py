#!/usr/bin/env python3
"""page.py TEXT PCAP TRUTH WIRE - the page of a sample.

TEXT is what a person wrote.  The tables come from the truth, and below them
stands what tshark counts in the capture; a count that differs from the
client's log (WIRE) is an error.
"""
import json
import struct
import subprocess
import sys

LINKS = {1: "EN10MB", 113: "LINUX_SLL", 276: "LINUX_SLL2"}
SERVERS4, SERVERS6 = "198.51.100.0/24", "2001:db8:5::/64"
FAR4, FAR6 = "203.0.113.0/24", "2001:db8:7::/64"


def hosts(side, is_far):
    """An address of a server as source or destination."""
    near = f"ip.{side} == {SERVERS4} || ipv6.{side} == {SERVERS6}"
    return near + (f" || ip.{side} == {FAR4} || ipv6.{side} == {FAR6}" if is_far else "")


FILTERS = (
    ("queries", "udp.dstport == 53 && !icmp && !icmpv6 && (%s)", "dst"),
    ("replies", "udp.srcport == 53 && !icmp && !icmpv6 && (%s)", "src"),
    ("icmp", "icmp.type in {3, 11} || icmpv6.type in {1, 2, 3}", None),
)
# Messages, of which a frame may hold several.  A client port says nothing about the protocol.
TCP_FILTERS = (
    ("tcp_queries", "tcp.dstport == 53 && dns && !icmp && !icmpv6 && (%s)", "dst"),
    ("tcp_replies", "tcp.srcport == 53 && dns && !icmp && !icmpv6 && (%s)", "src"),
)
AS_DNS = ["-d", "tcp.port==1-65535,dns", "-T", "fields", "-e", "dns.id"]


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" for _ in head) + " |")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def outcomes(row):
    return ", ".join(f"{name} {n}" for name, n in row["outcomes"].items() if n) or "-"


def tshark_count(pcap, what, *more):
    """Lines, or the commas between fields too."""
    done = subprocess.run(["tshark", "-n", "-r", pcap, *more, "-Y", what],
                          check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    return len(done.stdout.splitlines()) + done.stdout.count(b",") * bool(more)


def about(finding):
    """What a finding is about, and how much of it is open."""
    who = [f"{key} {finding[key]}" for key in ("server", "prefix", "client") if key in finding]
    return ", ".join(who + finding.get("among", [])) or "all"


def findings(rows):
    """What the diagnosis must say, and no other fault or warning."""
    print("## Findings\n")
    if not rows:
        print("No fault and no warning.\n")
        return
    table(("code", "severity", "about", "ports", "where"),
          [(r["code"], r["severity"] + (", if any" if r.get("optional") else ""), about(r),
            r.get("ports", r.get("within", "-")), r.get("where", "-")) for r in rows])


def main():
    text, pcap, truth, wire = sys.argv[1:]
    with open(truth) as f:
        t = json.load(f)
    with open(wire) as f:
        expected = json.load(f)
    with open(pcap, "rb") as f:
        magic, link = struct.unpack("<I16xI", f.read(24))
    with open(text) as f:
        print(f.read().rstrip("\n") + "\n")

    print("## Expected\n")
    print(f"Link type {LINKS[link]}, "
          f"{'nanoseconds' if magic == 0xa1b23c4d else 'microseconds'}.\n")
    totals = t["totals"]
    rows = [(k, totals[k]) for k in ("transactions", "queries", "resends")]
    rows += [(k, n) for k, n in totals["outcomes"].items() if n]
    rows += list(totals["rcodes"].items()) + [("nodata", totals["nodata"])]
    for k, v in t["capture"].items():
        if isinstance(v, dict):
            rows += [(f"{k}: {inner}", n) for inner, n in v.items()]
        else:
            rows.append((k, str(v).lower()))
    if "tcp_retries" in totals:
        rows.append(("tcp_retries", totals["tcp_retries"]))
    table(("what", "number"), rows)
    table(("range", "transactions", "distinct ports", "outcomes"),
          [(r["name"], r["transactions"], r["distinct_ports"], outcomes(r))
           for r in t["ranges"]])
    table(("server", "range", "transactions", "outcomes"),
          [(s["address"], r["name"], r["transactions"], outcomes(r))
           for s in t["servers"] for r in s["ranges"]])
    if any("tcp" in s.get("transports", ()) for s in t["servers"]):
        table(("server", "transport", "range", "transactions", "outcomes"),
              [(s["address"], name, r["name"], r["transactions"], outcomes(r))
               for s in t["servers"] for name, side in s["transports"].items()
               for r in side["ranges"] if r["transactions"]])
    if t.get("fragments"):
        table(("sender", "port", "about", "whole", "incomplete", "refused"),
              [row.values() for row in t["fragments"]])
    table(("client", "transactions", "lowest port", "highest", "distinct"),
          [(c["address"], c["transactions"], *c["source_ports"].values())
           for c in t["clients"]])
    if t["icmp"]:
        table(("ICMP sender", "type, code", "name", "about", "server", "count",
               "transactions", "well-known, registered, ephemeral"),
              [(r["sender"], f"{r['type']}, {r['code']}", r["name"],
                r["about"], r["server"], r["count"], r["transactions"],
                ", ".join(map(str, r["ranges"].values())))
               for r in t["icmp"]])

    findings(t["findings"])
    print("## Counted by tshark\n")
    print("Frames, so resends and copies count. "
          f"Each filter was run as `tshark -n -r {pcap} -Y FILTER | wc -l`.\n")
    rows = []
    is_far = any(s["address"].startswith(("203.", "2001:db8:7:")) for s in t["servers"])
    for name, what, side in FILTERS:
        what = what % hosts(side, is_far) if side else what
        n = tshark_count(pcap, what)
        if n != expected[name]:
            sys.exit(f"page.py: tshark counts {n} {name}, "
                     f"the log has {expected[name]}")
        rows.append((name, "`" + what.replace("|", "\\|") + "`", n, expected[name]))
    for name, what, side in TCP_FILTERS:
        if not expected.get(name):
            continue
        what = what % hosts(side, is_far)
        n = tshark_count(pcap, what, *AS_DNS)
        if n != expected[name]:
            sys.exit(f"page.py: tshark counts {n} {name}, the log has {expected[name]}")
        rows.append((name, "`" + what.replace("|", "\\|") + "` (messages)", n, expected[name]))
    table(("frames", "filter", "tshark", "client's log"), rows)


if __name__ == "__main__":
    main()

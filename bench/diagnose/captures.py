#!/usr/bin/env python3
"""False alarms of the whole program, on captures in which nothing is to blame.

Each capture is made by mkpcap from a seed, then maimed in the way that its row says; the
program reads it, and every finding of severity fault that the row does not allow is a
false alarm.  The rows with a dead server, or a closed one, allow that server's finding, and
ask for it.

  make bench-captures BENCH_CAPTURES='--runs 200'
"""

import argparse
import ipaddress
import json
import multiprocessing
import os
import random
import struct
import subprocess
import sys
import tempfile

LOSSES = (0, 0.01, 0.05, 0.20)
HABITS = ("full", "linux", "iana", "1024-65535", "sequential", "low", "1-5000", "fixed53")
HEADER = 24


# ---- captures ----


def split(data):
    """The records of a classic capture, each with its header; times in microseconds."""
    at, records = HEADER, []
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        records.append(data[at : at + 16 + length])
        at += 16 + length
    return data[:HEADER], records


def is_query(record):
    """Whether the frame goes to port 53 and does not come from it; ICMP is no query."""
    frame = record[16:]
    kind, ip = frame[12:14], frame[14:]
    if kind == b"\x08\x00":
        protocol, header = ip[9], (ip[0] & 15) * 4
    else:
        protocol, header = ip[6], 40
    if protocol != 17:
        return False
    source, destination, _, _, _, flags = struct.unpack_from(">HHHHHH", ip, header)
    return destination == 53 and not (source == 53 and flags & 0x8000)


def whole(head, records, chance):
    return head + b"".join(records)


def begins_late(head, records, chance):
    return head + b"".join(records[len(records) // 3 :])


def ends_early(head, records, chance):
    data = head + b"".join(records[: 2 * len(records) // 3])
    return data[: len(data) - 7]


def queries_only(head, records, chance):
    return head + b"".join(r for r in records if is_query(r))


def replies_only(head, records, chance):
    return head + b"".join(r for r in records if not is_query(r))


def frames_missing(head, records, chance):
    return head + b"".join(r for r in records if chance.random() > 0.05)


def frames_cut(head, records, chance):
    def cut(record):
        seconds, micros, length, wire = struct.unpack_from("<IIII", record)
        length = min(length, 68)
        return struct.pack("<IIII", seconds, micros, length, wire) + record[16 : 16 + length]

    return head + b"".join(cut(r) for r in records)


def gap(head, records, chance):
    """Nothing was captured for a tenth of it."""
    first, last = 4 * len(records) // 10, len(records) // 2
    return head + b"".join(records[:first] + records[last:])


# Name, what is done to the capture, options of mkpcap, code and server that must be found.
ROWS = (
    ("whole", whole, (), None),
    ("begins late", begins_late, (), None),
    ("ends early, in a frame", ends_early, (), None),
    ("queries only", queries_only, (), None),
    ("replies only", replies_only, (), None),
    ("5 % of frames missing", frames_missing, (), None),
    ("frames cut to 68 octets", frames_cut, (), None),
    ("a gap of a tenth", gap, (), None),
    ("a dead server", whole, ("--drop", "server=2"), ("server-silent", 2)),
    ("a closed server", whole, ("--icmp", "server=2"), ("server-port-closed", 2)),
)


def make(args, folder, row, loss, queries, seed):
    chance = random.Random(f"{row[0]} {loss} {queries} {seed}")
    path = os.path.join(folder, "capture.pcap")
    servers, clients = chance.choice((1, 3, 10, 40)), chance.choice((1, 2, 5, 50))
    if row[3] is not None:
        servers = max(servers, 3)
    command = [args.mkpcap, "--seed", str(chance.getrandbits(60)), "--queries", str(queries)]
    command += ["--rate", str(chance.choice((5, 50, 500))), "--loss", str(loss)]
    command += ["--servers", str(servers), "--clients", str(clients), "--zones", "5"]
    command += ["--ports", chance.choice(HABITS), "--resend", chance.choice(("0", "0.9/2"))]
    if "--icmp" not in row[2]:
        command += ["--icmp", "none"]
    subprocess.run(command + list(row[2]) + [path], check=True)
    with open(path, "rb") as f:
        data = row[1](*split(f.read()), chance)
    with open(path, "wb") as f:
        f.write(data)
    return path, shown(command + list(row[2]))


def shown(command):
    return " ".join(command[1:])


# ---- what is said of them ----


def is_server(finding, number):
    """Servers are numbered in their addresses: 198.18.0.N and 2001:db8:0:5::N."""
    if finding["server"] is None:
        return False
    return int(ipaddress.ip_address(finding["server"])) & 0xFFFF == number


def judge(args, path, wanted):
    """Faults that nothing justifies; and whether what is wanted was found."""
    done = subprocess.run([args.program, "read", path], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 2):
        return [f"exit status {done.returncode}"], False
    wrong, found = [], wanted is None
    for finding in json.loads(done.stdout)["findings"]:
        if wanted is not None and finding["code"] == wanted[0] and is_server(finding, wanted[1]):
            found = True
        elif finding["severity"] == "fault":
            wrong.append(f"{finding['code']}: {finding['summary']}")
    return wrong, found


def run_cell(work):
    """All runs of a row at one loss and size."""
    args, row, loss, queries = work
    alarms, found, lines = 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(args.runs):
            path, options = make(args, folder, row, loss, queries, args.seed + run)
            wrong, is_found = judge(args, path, row[3])
            alarms += bool(wrong)
            found += is_found
            lines += [f"{row[0]}, loss {loss}, {options}: {text}" for text in wrong]
    return row[0], loss, queries, alarms, found, lines


# ---- the table ----


def columns(args):
    return [(queries, loss) for queries in args.sizes for loss in LOSSES]


def print_table(args, cells):
    heads = [f"{queries}, {loss * 100:g} %" for queries, loss in columns(args)]
    print("| captures without a fault: false alarms | " + " | ".join(heads) + " | found |")
    print("| --- |" + " --- |" * (len(heads) + 1))
    for name, _, _, wanted in ROWS:
        shares, found, runs = [], 0, 0
        for queries, loss in columns(args):
            alarms, hits = cells[name, loss, queries]
            shares.append(f"{100 * alarms / args.runs:.1f} %")
            found += hits
            runs += args.runs
        last = "" if wanted is None else f"{100 * found / runs:.0f} %"
        print(f"| {name} | " + " | ".join(shares) + f" | {last} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--mkpcap", required=True)
    parser.add_argument("--runs", type=int, default=200, help="captures for each cell (200)")
    parser.add_argument("--seed", type=int, default=20130401)
    parser.add_argument("--sizes", default="300,3000", help="queries, by commas (300,3000)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--most", type=float, default=1.0, help="per cent that pass (1.0)")
    args = parser.parse_args()
    args.sizes = [int(s) for s in args.sizes.split(",")]
    work = [(args, row, loss, queries) for row in ROWS for queries, loss in columns(args)]
    cells, failed = {}, 0
    with multiprocessing.Pool(args.jobs) as pool:
        for name, loss, queries, alarms, found, lines in pool.imap_unordered(run_cell, work):
            cells[name, loss, queries] = alarms, found
            failed += alarms * 100 > args.most * args.runs
            for line in lines:
                print(line, file=sys.stderr)
    print(f"{args.runs} captures a cell, seeds from {args.seed}; columns: queries, loss")
    print()
    print_table(args, cells)
    if failed:
        print(f"\n{failed} cells have more than {args.most:g} % of false alarms")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""incomplete.py NAME LOG COUNTERS SAID OUT - truth and page of a capture with drops.

Which packets the kernel dropped nobody knows.  What dumpcap SAID of them is held against the
client's LOG and the router's COUNTERS: OUT.truth.json and OUT.md.
"""
import json
import re
import sys

import findings

PAGE = """# {name}

Made by `samples/lab/{name}.sh`: network namespaces of one machine, captured
by dumpcap on the client's interface.  No packet is from a real network.

One client asks two nsd over IPv4 and IPv6 from ports of all ranges for 8 s.  All is answered.  dumpcap, with the smallest
buffer there is, was stopped (SIGSTOP) from 3 s to 5 s: the kernel dropped what did not fit.  The
pcapng file says so (`isb_ifdrop`).

| what | number |
| --- | --- |
| queries that were sent | {queries} |
| replies that came | {replies} |
| frames of them that were captured | {received} |
| frames of them that the kernel dropped | {dropped} |

A query without a reply in this capture says nothing about the servers.

## Findings

| code | severity | about |
| --- | --- | --- |
| {code} | {severity} | all |
"""


def main():
    name, log, counters, said, out = sys.argv[1:]
    with open(log, encoding="ascii") as f:
        events = [json.loads(line)["ev"] for line in f]
    with open(counters, encoding="ascii") as f:
        counted = {row["counter"]["name"]: row["counter"]["packets"]
                   for row in json.load(f)["nftables"] if "counter" in row}
    with open(said, encoding="utf-8") as f:
        match = re.search(r"received/dropped on interface '\w+': (\d+)/(\d+)", f.read())
    queries, replies = events.count("send"), events.count("reply")
    received, dropped = int(match[1]), int(match[2])
    if (queries, replies) != (counted["queries"], counted["replies"]):
        sys.exit(f"incomplete.py: the client logged {queries}, {replies}; the router {counted}")
    if not dropped or received + dropped != queries + replies:
        sys.exit(f"incomplete.py: {received} and {dropped} of {queries} and {replies} frames")
    rows = findings.expected(name, [])
    with open(out + ".truth.json", "w", encoding="ascii") as f:
        json.dump({"sample": name, "capture": {"kernel_dropped": dropped}, "findings": rows}, f,
                  indent=1)
        f.write("\n")
    with open(out + ".md", "w", encoding="ascii") as f:
        f.write(PAGE.format(name=name, queries=queries, replies=replies, received=received,
                            dropped=dropped, **rows[0]))


if __name__ == "__main__":
    main()

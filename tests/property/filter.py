#!/usr/bin/env python3
"""A filter on files does what tcpdump does with it; the one of the documentation loses nothing."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

EXPRESSIONS = ("udp port 53", "tcp", "icmp or icmp6", "less 100", "not port 53", "ip6",
               "host 10.0.0.1 or net 10.0.0.0/30", "port domain", "vlan and port 53")
MIXED = os.path.join(tap.ROOT, "samples", "pcaps", "mixed", "mixed.pcapng")
# Words of a filter that would ask DNS, and those that only look so.
NAMES = ("host ns1.example", "example", "port 53 or ns1", "src dead.beef", "net loopback")


def comparable(report):
    """What does not name the file, or say that there was a filter."""
    report = tap.without_places(report)
    for place, key in (("settings", "filter"), ("capture", "filtered_frames")):
        report[place] = {name: value for name, value in report[place].items() if name != key}
    return report


def differences(ours, theirs):
    ours, theirs = comparable(ours), comparable(theirs)
    return [key for key in theirs if ours[key] != theirs[key]]


def documented():
    """The filter of docs/capturing.md, with and without its part for VLANs."""
    text = tap.load(os.path.join(tap.ROOT, "docs", "capturing.md")).decode()
    whole = " ".join(re.search(r"-w dns.pcap \\\n\s*'([^']*)'", text)[1].split())
    return whole, whole[:whole.index(" or (vlan")]


def check_same(t, build, folder, path, expression):
    """`dnsgap read FILE -- EXPRESSION` against tcpdump before `dnsgap read`."""
    name, short = os.path.basename(path), os.path.join(folder, "short.pcap")
    status, _, err = tap.run(["tcpdump", "-r", path, "-w", short, "--time-stamp-precision=nano",
                              expression])
    code, ours, said = tap.read(build, path, "--", expression)
    if status != 0:
        t.ok(code == 2 and ours and not ours["complete"]
             and "does not go with the filter" in ours["inputs"][0]["problem"],
             f"{name}: '{expression}' does not go with it, and that is said", [err, said])
        return 0
    _, theirs, _ = tap.read(build, short)
    if ours is None or theirs is None:
        t.ok(False, f"{name}: '{expression}' gives a report", [said])
        return 0
    found = differences(ours, theirs)
    t.ok(not found, f"{name}: '{expression}' leaves {theirs['capture']['frames']} frames, as "
         "with tcpdump", found)
    read = sum(row["frames"] for row in ours["inputs"])
    t.ok(ours["capture"]["frames"] + ours["capture"]["filtered_frames"] == read,
         f"{name}: what the filter left out is counted", [ours["capture"], read])
    return theirs["capture"]["frames"]


def check_documented(t, build, path, filters):
    """What is said of a capture stays, but for frames that are none of DNS."""
    name = os.path.basename(path)
    _, whole, _ = tap.read(build, path)
    status, kept, err = tap.read(build, path, "--", filters[0])
    if status == 2:
        status, kept, err = tap.read(build, path, "--", filters[1])
    if whole is None or kept is None:
        t.ok(False, f"{name}: there is a report", [err])
        return
    same = ("totals", "ranges", "servers", "icmp", "fragments")
    found = [key for key in same if whole[key] != kept[key]]
    lost = {verdict: count - kept["capture"]["verdicts"][verdict]
            for verdict, count in whole["capture"]["verdicts"].items()
            if count != kept["capture"]["verdicts"][verdict]}
    wanted = {"dns", "icmp_error", "fragment", "tcp_dns", "dns_malformed", "dns_cut"}
    t.ok(not found and not wanted & set(lost),
         f"{name}: the filter of docs/capturing.md loses nothing", [found, lost])


def check_mixed(t, build):
    """Several link types in a file: a program for each; where there is none, that is said."""
    _, all_of_it, _ = tap.read(build, MIXED)
    status, report, err = tap.read(build, MIXED, "--", "udp")
    t.ok(status in (0, 2) and report["capture"]["verdicts"]["dns"] > 0
         and report["capture"]["verdicts"]["dns"]
         <= all_of_it["capture"]["verdicts"]["dns"],
         "a file of several link types is filtered by a program for each", [err])
    status, report, err = tap.read(build, MIXED, "--", "ether host 02:00:00:00:00:01 or vlan")
    problems = [row["problem"] for row in report["inputs"][0]["interfaces"]]
    t.ok(status == 2 and any(problem and "does not go with the filter" in problem
                             for problem in problems),
         "interfaces that a filter does not go with are named", [problems, err])


def check_refused(t, build, path):
    for expression in NAMES:
        status, report, err = tap.read(build, path, "--", expression)
        t.ok(status == 1 and report is None and "ask DNS" in err,
             f"'{expression}' is refused, for it would ask DNS", [status, err])
    status, report, err = tap.read(build, path, "--", "port (")
    t.ok(status == 1 and report is None and "not understood" in err,
         "a filter that is not understood is refused", [err])
    status, report, err = tap.read(build, path, "--", "host \x1b[31m\x07")
    t.ok(status == 1 and report is None and "\x1b" not in err and "\x07" not in err,
         "what a filter holds reaches the terminal escaped", [repr(err)])
    # As one argument the system takes 128 KiB; a file has no such end.
    with tempfile.NamedTemporaryFile("w", suffix=".filter") as file:
        file.write("ip or " * 170000 + "ip")
        file.flush()
        status, report, err = tap.read(build, "-F", file.name, path)
        t.ok(status == 1 and report is None and re.search("filter", err) is not None
             and len(err) < 1000, "a filter of 1 MB is refused with a reason", [status, err[:300]])


def check_anonymised(t, build, path):
    _, report, _ = tap.read(build, "--anonymize", path, "--", "host 10.0.0.1 or port 53")
    t.ok(report is not None and report["settings"]["filter"] is None,
         "anonymised, a report does not show the filter's addresses")
    _, report, _ = tap.read(build, path, "--", "port 53")
    t.ok(report is not None and report["settings"]["filter"] == "port 53",
         "else it shows the filter")


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    filters = documented()
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for i, path in enumerate(tap.SAMPLES):
            total += check_same(t, build, folder, path, EXPRESSIONS[i % len(EXPRESSIONS)])
            check_documented(t, build, path, filters)
    t.ok(total > 10000, f"the filters left {total} frames to compare")
    check_mixed(t, build)
    check_refused(t, build, tap.SAMPLES[0])
    check_anonymised(t, build, tap.SAMPLES[0])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

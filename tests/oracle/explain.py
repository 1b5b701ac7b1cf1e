#!/usr/bin/env python3
"""Why dnsgap's numbers are not tshark's, file by file: unanswered queries over UDP and
TCP, messages over TCP, messages in datagrams that came in fragments (explain_more.py).

    explain.py [--program build/dnsgap] [--all] [FILE...]

The index of the captures counts, from tshark's listing, every query to port 53
over UDP without a later reply of the reversed addresses and ports and the same
ID: no time limit, no question, one reply for all earlier repeats.  Here the
same count is made again from tshark's listing; it must equal the index.  Then
every query in it is followed into our transactions, and the rule that makes our
answer another one is named.  A rule is named only after its condition was
checked on the frames.  What no rule explains is UNEXPLAINED, and the exit
status is 1.

The captures are looked for in $DNSGAP_CAPTURES, else in ../shared/captures
beside the project.  Needs tshark.  Without either, it says so and exits 0.
"""
import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import explain_more                                    # noqa: E402
import matching                                        # noqa: E402
import slow                                            # noqa: E402

COLUMN = "unanswered53_udp_5tuple_id"
RULES = matching.Rules()
UNEXPLAINED = "UNEXPLAINED"
VERDICT_RULE = {
    "tunnel": "tunnel that nobody can look into",
    "fragment": "a part of a datagram that did not come whole",
    "link_unsupported": "link type not supported",
    "dns_malformed": "malformed DNS message",
    "dns_cut": "cut by the capture before its header or question",
    "cut": "cut by the capture",
    "malformed": "malformed IP or UDP header",
    "ip_other": "IP protocol not opened",
    "not_ip": "link payload not opened",
}


@dataclass
class Seen:
    """One DNS message as tshark lists it."""
    frame: int
    src: str
    dst: str
    sport: int
    dport: int
    ident: int
    is_reply: bool
    name: str
    nested: bool          # in an IP packet inside another one


def captures_folder():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.environ.get("DNSGAP_CAPTURES") or os.path.join(root, "..", "shared", "captures")


def tshark_listing(path):
    """Every DNS message over UDP with port 53 that tshark decodes, ICMP quotes left out."""
    fields = ["frame.number", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
              "udp.srcport", "udp.dstport", "dns.id", "dns.flags.response", "dns.qry.name"]
    command = ["tshark", "-n", "-r", path, "-Y", "dns && udp.port==53", "-T", "fields",
               "-E", "occurrence=a", "-E", "aggregator=\x1f"]
    for name in fields:
        command += ["-e", name]
    out = subprocess.run(command, capture_output=True, text=True, errors="replace",
                         check=False).stdout
    seen = []
    for line in out.splitlines():
        row = dict(zip(fields, [x.split("\x1f") for x in line.split("\t")]))
        layers = row["frame.protocols"][0].split(":")
        if "dns" not in layers or layers[layers.index("dns") - 1] != "udp":
            continue
        if {"icmp", "icmpv6"} & set(layers[:layers.index("dns")]):
            continue
        # The addresses and ports of the innermost packet are the last ones.
        six = "ipv6" in layers and ("ip" not in layers or
                                    len(layers) - layers[::-1].index("ipv6") >
                                    len(layers) - layers[::-1].index("ip"))
        family = "ipv6" if six else "ip"
        if not row["dns.id"][-1] or not row["dns.flags.response"][-1]:
            continue
        m = Seen(int(row["frame.number"][0]), row[family + ".src"][-1], row[family + ".dst"][-1],
                 int(row["udp.srcport"][-1]), int(row["udp.dstport"][-1]),
                 int(row["dns.id"][-1], 0), row["dns.flags.response"][-1] in ("1", "True"),
                 row["dns.qry.name"][-1].lower(),
                 layers.count("ip") + layers.count("ipv6") > 1)
        if 53 in (m.sport, m.dport):
            seen.append(m)
    return seen


def by_index_rule(seen):
    """The queries that the index counts as unanswered."""
    last_reply = {}
    for m in seen:
        if m.is_reply and m.sport == 53:
            last_reply[(m.dst, m.dport, m.src, m.sport, m.ident)] = m.frame
    return [m for m in seen if not m.is_reply and m.dport == 53
            and last_reply.get((m.src, m.sport, m.dst, m.dport, m.ident), 0) <= m.frame]


class Explainer:
    def __init__(self, run, seen):
        self.run = run
        self.seen = seen
        self.seen_at = {m.frame: m for m in seen}
        self.counted = {m.frame: m for m in by_index_rule(seen)}
        self.newest = 0               # at the end: the newest time since the last clock step
        for t in run.times:
            self.newest = t if t < self.newest - RULES.reorder else max(self.newest, t)

    def verdict(self, frame):
        return self.run.decoded[frame - 1].verdict if frame <= len(self.run.frames) else None

    def undecoded(self, frame):
        """The rule why a frame that tshark decodes is no message for us, or None."""
        if frame > len(self.run.frames):
            return "damaged before this frame: " + str(self.run.problem)
        message = self.run.result.udp_messages.get(frame)
        if message and not isinstance(message, str):
            return None
        verdict = message or self.verdict(frame)
        if verdict == "udp_other" and self.seen_at[frame].nested:
            return "tunnel of a kind that dnsgap does not know"
        return VERDICT_RULE.get(verdict, UNEXPLAINED)

    def why_only_index(self, frame):
        """A query that the index counts and that is not our unanswered one: the rule."""
        rule = self.undecoded(frame)
        if rule:
            return rule
        fate, tr = self.run.result.fate[frame]
        if fate == "misdirected":
            return "misdirected"
        if tr is None:
            return UNEXPLAINED
        place = [m.frame for m in tr.copies].index(frame)
        mine, first = tr.copies[place], tr.copies[0]
        if tr.outcome == "unanswered":
            same = (mine.ident == first.ident and mine.question == first.question
                    and abs(mine.time - tr.t0) <= RULES.timeout)
            return "%s: one transaction" % fate if place and same else UNEXPLAINED
        if tr.outcome == "icmp_error":
            return "ICMP error apart" if tr.errors else UNEXPLAINED
        if tr.outcome == "undecided":
            return self.why_undecided(tr)
        reply = tr.reply
        if reply.frame < frame:
            if place:
                return "resend after the reply: one transaction"
            return ("reply recorded before its query" if reply.time >= tr.t0 - RULES.skew
                    else UNEXPLAINED)
        rule = None if reply.frame in self.seen_at else "tshark does not decode the reply"
        return rule or UNEXPLAINED

    def why_undecided(self, tr):
        if tr.why == "end of capture" and self.newest - tr.t0 <= RULES.timeout:
            return "undecided: the capture ends within the timeout"
        if tr.why == "clock step" and any(
                later < earlier - RULES.reorder
                for earlier, later in zip(self.run.times[tr.copies[0].frame - 1:],
                                          self.run.times[tr.copies[0].frame:])):
            return "undecided: clock step"
        if tr.why == "one-way capture":
            theirs = [m for m in self.seen if m.is_reply and not self.undecoded(m.frame)
                      and self.run.result.fate[m.frame][0] != "misdirected"]
            errors = [e for e in self.run.result.errors if e[1] == "query"]
            if not theirs and not errors:
                return "undecided: one-way capture"
        return UNEXPLAINED

    def why_only_ours(self, tr):
        """Our unanswered transaction of which the index counts no copy: the rule."""
        copies = [m for m in tr.copies if m.frame in self.seen_at]
        if not copies:
            return "tshark does not decode the query as DNS"
        client, cport, server, sport = tr.flow[:4]
        answers = [m for m in self.seen if m.is_reply and m.frame > copies[0].frame
                   and (m.dst, m.dport, m.src, m.sport, m.ident)
                   == (client, cport, server, sport, tr.ident)]
        reasons = {self.why_not_this_reply(tr, m.frame) for m in answers}
        if len(reasons) == 1:
            return reasons.pop()
        if not reasons or UNEXPLAINED in reasons:
            return UNEXPLAINED
        return " or ".join(sorted(reasons))

    def why_not_this_reply(self, tr, frame):
        rule = self.undecoded(frame)
        if rule:
            return "reply: " + rule
        m = self.run.result.udp_messages[frame]
        if m.question != tr.question and not isinstance(m.question, str):
            return "question compared: the reply is to another one"
        if m.time > tr.t0 + RULES.hold:
            return "reply later than the hold"
        if m.time < tr.t0 - RULES.skew:
            return "reply stamped before its query"
        between = self.run.times[tr.copies[0].frame - 1:frame]
        if any(b < a - RULES.reorder for a, b in zip(between, between[1:])):
            return "reply after a clock step"
        other = self.run.result.fate[frame][1]
        if other is not None and other is not tr and other.t0 >= tr.t0:
            return "one reply answers one transaction: it belongs to a later one"
        return UNEXPLAINED

    def ledger(self):
        """(rules that make the index's count larger, rules that make ours larger)."""
        agreed, plus, minus = set(), Counter(), Counter()
        for tr in self.run.result.transactions:
            if tr.outcome != "unanswered" or tr.flow[4] != "udp":
                continue
            shown = [m.frame for m in tr.copies if m.frame in self.counted]
            if shown:
                agreed.add(shown[0])
            else:
                minus[self.why_only_ours(tr)] += 1
        for frame in self.counted:
            if frame not in agreed:
                plus[self.why_only_index(frame)] += 1
        return plus, minus


def program_figure(program, path):
    """The program's unanswered transactions of both transports; None without a report."""
    done = subprocess.run([program, "read", path], capture_output=True, check=False)
    try:
        return json.loads(done.stdout)["totals"]["outcomes"]["unanswered"]
    except (ValueError, KeyError):
        return None


def explain_file(path, row, program, show_all):
    """(differs, explained, lines to print)."""
    index_figure = int(row[COLUMN] or 0)
    try:
        run = slow.analyse([path])
    except OSError as trouble:
        return True, False, ["%s: %s" % (UNEXPLAINED, trouble)]
    both = [tr for tr in run.result.transactions if tr.outcome == "unanswered"]
    ours = sum(tr.flow[4] == "udp" for tr in both)
    _differs, explained, lines = explain_more.all_of_it(run, path, row)
    if program:
        theirs = program_figure(program, path)
        if theirs is None and not run.opened:
            theirs = 0
        if theirs != len(both):
            explained = False
            lines.append("  %-6s the program says %s, the slow implementation %d"
                         % (UNEXPLAINED, theirs, len(both)))
    title = "%5d -> %-5d %s" % (index_figure, ours, os.path.basename(path))
    if not index_figure and not ours and not show_all:
        return bool(lines), explained, [title] + lines
    who = Explainer(run, tshark_listing(path))
    if len(who.counted) != index_figure:
        explained = False
        lines.append("  %s: by the index's rule tshark's listing gives %d, the index %d"
                     % (UNEXPLAINED, len(who.counted), index_figure))
    plus, minus = who.ledger()
    for sign, rules in (("-", plus), ("+", minus)):
        for rule, count in sorted(rules.items()):
            lines.append("  %s%-5d %s" % (sign, count, rule))
            explained = explained and UNEXPLAINED not in rule
    if index_figure - sum(plus.values()) + sum(minus.values()) != ours:
        explained = False
        lines.append("  %s: the sum does not close" % UNEXPLAINED)
    return bool(lines), explained, [title] + lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help="names in the index; default all")
    parser.add_argument("--program", help="take our figure from this program's report too")
    parser.add_argument("--all", action="store_true", help="tshark reads every file with DNS")
    args = parser.parse_args()

    folder = captures_folder()
    index = os.path.join(folder, "index.tsv")
    if not os.path.exists(index):
        print("explain.py: skipped: no captures in %s (set DNSGAP_CAPTURES)" % folder)
        return 0
    if not shutil.which("tshark"):
        print("explain.py: skipped: tshark is not installed")
        return 0
    with open(index, newline="", encoding="utf-8") as f:
        rows = list(csv.DictReader(f, delimiter="\t"))
    wanted = {os.path.basename(name) for name in args.files}

    same = explained = unexplained = 0
    rules = Counter()
    print("index -> ours   file")
    for row in rows:
        if wanted and row["file"] not in wanted:
            continue
        show_all = args.all and row["kind"] == "dns"
        differs, good, lines = explain_file(os.path.join(folder, "files", row["file"]),
                                            row, args.program, show_all)
        if not differs:
            same += 1
            continue
        print("\n".join(lines), flush=True)
        explained += good
        unexplained += not good
        for line in lines[1:]:
            sign_and_count, rule = line.strip().split(None, 1)
            if sign_and_count[0] in "+-":
                rules[(sign_and_count[0], rule.split(" before this frame")[0])] += abs(int(sign_and_count))
    print("\nrule, over all files")
    for (sign, rule), count in sorted(rules.items(), key=lambda kv: (kv[0][0], -kv[1])):
        print("  %s%-5d %s" % (sign, count, rule))
    print("%d files with the same figure" % same)
    print("explained %d, unexplained %d" % (explained, unexplained))
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())

"""Why our messages over TCP, and in fragments, are not tshark's: for explain.py.

tshark lists every DNS message that it decodes over TCP with port 53, and every
one in a datagram that it put together.  The listing must be what the index says.
Then both lists are held together, message by message: (frame, ID, QR).
"""
import subprocess
from collections import Counter
from dataclasses import dataclass

UNEXPLAINED = "UNEXPLAINED"
LIFETIME = 30 * 10 ** 9
SEP = "\x1f"


@dataclass(frozen=True)
class Listed:
    frame: int
    ident: int
    is_reply: bool


def tshark_messages(path, what):
    """Every (frame, DNS ID, QR) of the frames that fit a display filter, and its stream."""
    fields = ["frame.number", "dns.id", "dns.flags.response", "tcp.stream", "frame.protocols"]
    command = ["tshark", "-n", "-r", path, "-Y", what, "-T", "fields", "-E", "occurrence=a",
               "-E", "aggregator=" + SEP]
    for name in fields:
        command += ["-e", name]
    out = subprocess.run(command, capture_output=True, text=True, errors="replace",
                         check=False).stdout
    listed = []
    for line in out.splitlines():
        row = dict(zip(fields, line.split("\t")))
        layers = row["frame.protocols"].split(":")
        if {"icmp", "icmpv6"} & set(layers[:layers.index("dns")] if "dns" in layers else []):
            continue
        for ident, flag in zip(row["dns.id"].split(SEP), row["dns.flags.response"].split(SEP)):
            if ident and flag:
                listed.append(Listed(int(row["frame.number"]), int(ident, 0),
                                     flag in ("1", "True")))
    return listed


def tell(name, theirs, ours, index, plus, minus):
    """(differs, explained, lines) of one figure."""
    lines, explained = [], True
    if index != theirs:
        explained = False
        lines.append("  %s: %s: tshark lists %d, the index %d" % (UNEXPLAINED, name, theirs, index))
    for sign, rules in (("-", plus), ("+", minus)):
        for rule, count in sorted(rules.items()):
            lines.append("  %s%-5d %s: %s" % (sign, count, name, rule))
            explained = explained and UNEXPLAINED not in rule
    if theirs - sum(plus.values()) + sum(minus.values()) != ours:
        explained = False
        lines.append("  %s: %s: the sum does not close" % (UNEXPLAINED, name))
    return bool(lines), explained, lines


# ---------------------------------------------------------------- TCP

def why_not_ours(run, m, taken):
    """A message that tshark decodes over TCP and that we do not have: the rule."""
    if m.frame > len(run.frames):
        return "the file is damaged before this frame"
    came_to = run.result.segments.get(m.frame)
    if came_to is None:
        return "the frame is %s for us" % run.decoded[m.frame - 1].verdict
    if "resent" in came_to and any(x.ident == m.ident and x.is_reply == m.is_reply
                                   and x.frame < m.frame for x in taken):
        return "a segment sent again brings no second message"
    if "connections" not in came_to and "messages" not in came_to and came_to == {"segments"}:
        return "octets without a beginning, or of a message that is not whole"
    if "skipped" in came_to:
        return "passed over while a message's beginning was sought"
    return UNEXPLAINED


def why_only_ours(run, m, listed):
    """A message over TCP that we have and tshark does not list: the rule."""
    same = [x for x in listed if (x.ident, x.is_reply) == (m.ident, m.is_reply)]
    if any(x.frame < m.frame for x in same) and "connections" in run.result.segments[m.frame]:
        return "tshark takes it for sent again; for us it begins another connection"
    if "holes" in run.result.segments[m.frame]:
        return "read behind a hole in the capture"
    return UNEXPLAINED


def over_tcp(run, path, row):
    index = int(row["q53_tcp"] or 0) + int(row["r53_tcp"] or 0)
    ours = [Listed(frame, m.ident, bool(m.qr)) for frame, m, _fate, _tr in run.result.tcp_messages
            if m is not None]
    if not index and not ours:
        return False, True, []
    listed = tshark_messages(path, "dns && tcp.port==53")
    plus, minus = Counter(), Counter()
    for m, count in (Counter(listed) - Counter(ours)).items():
        plus[why_not_ours(run, m, ours)] += count
    for m, count in (Counter(ours) - Counter(listed)).items():
        minus[why_only_ours(run, m, listed)] += count
    return tell("over TCP", len(listed), len(ours), index, plus, minus)


def unanswered_over_tcp(run, row):
    """The index's queries without a reply, and what became of ours."""
    index = int(row["unanswered53_tcp_5tuple_id"] or 0)
    without = [tr for tr in run.result.transactions
               if tr.flow[4] == "tcp" and not tr.is_attempt and not tr.reply]
    ours = sum(tr.outcome == "unanswered" for tr in without)
    if index == ours:
        return False, True, []
    plus = Counter("%s (%s)" % (tr.outcome, tr.why) for tr in without
                   if tr.outcome != "unanswered")
    attempts = sum(tr.is_attempt for tr in run.result.transactions)
    lines = []
    left = index - len(without)
    if left and 0 < left == index - sum(plus.values()) - ours:
        lacking = [f for f in range(1, len(run.frames) + 1)
                   if "skipped" in run.result.segments.get(f, ())]
        plus["its query was passed over" if lacking else UNEXPLAINED] += left
    for rule, count in sorted(plus.items()):
        lines.append("  -%-5d unanswered over TCP: %s" % (count, rule))
    good = index - sum(plus.values()) == ours and UNEXPLAINED not in plus
    if not good:
        lines.append("  %s: unanswered over TCP: the index says %d, ours %d of %d (%d attempts)"
                     % (UNEXPLAINED, index, ours, len(without), attempts))
    return True, good, lines


# ---------------------------------------------------------------- fragments

def why_not_whole(run, frame):
    """A datagram that tshark puts together at this frame, and we do not: the rule."""
    if frame > len(run.frames):
        return "the file is damaged before this frame"
    times = [t for t, d in zip(run.times[:frame], run.decoded) if d.verdict == "fragment"]
    if run.result.fragment_stats["incomplete"] and times[-1] - min(times) > LIFETIME:
        return "its fragments came more than 30 s apart"
    return UNEXPLAINED


def in_fragments(run, path, row):
    index = int(row["dns_after_ip_reassembly"] or 0)
    ours = [frame for frame in run.result.udp_messages
            if run.decoded[frame - 1].verdict == "fragment"]
    if not index and not ours:
        return False, True, []
    theirs = [m.frame for m in tshark_messages(path, "dns && (ip.fragment || ipv6.fragment)")]
    plus = Counter(why_not_whole(run, f) for f in theirs if f not in ours)
    minus = Counter("whole, and tshark does not decode it as DNS"
                    if isinstance(run.result.udp_messages[f], str) else UNEXPLAINED
                    for f in ours if f not in theirs)
    return tell("in fragments", len(theirs), len(ours), index, plus, minus)


def all_of_it(run, path, row):
    """(differs, explained, lines) of all figures here."""
    parts = [over_tcp(run, path, row), unanswered_over_tcp(run, row),
             in_fragments(run, path, row)]
    return (any(p[0] for p in parts), all(p[1] for p in parts),
            [line for p in parts for line in p[2]])

"""SERVFAILs and slow answers of resolvers, and the queries in vain behind them, by
docs/matching.md: every answer against every query in vain.
"""
import ipaddress

SECOND = 10 ** 9
NAME_NS, ZONE_NS, SKEW_NS, SLOW_NS = 10 * SECOND, 900 * SECOND, SECOND // 100, SECOND
REACHED = {"answered", "late", "truncated"}
SHARED = b"ac co com edu go gob gouv gov gv ltd mil ne net nhs nom or org plc sch".split()


def labels(tr):
    """The folded labels of a transaction's name; None without a question."""
    return tuple(tr.question[0]) if isinstance(tr.question, tuple) else None


def zone(name):
    if len(name) > 2 and (name[-1] == b"arpa" or len(name[-1]) == 2 and name[-2] in SHARED):
        return name[-3:]
    return name[-2:]


def above(name):
    """The names that a name is tied to."""
    yield name
    for i in range(1, len(name)):
        yield name[i:]
        yield (b"_",) + name[i:]


def text(name):
    return ".".join("".join(chr(c) if 33 <= c <= 126 and c not in b'.\\"();@$' else
                            "\\%c" % c if 33 <= c <= 126 else "\\%03d" % c for c in label)
                    for label in name) or "."


def common(names):
    """The longest name under which all of them lie."""
    shared = ()
    for n in range(1, min(map(len, names)) + 1):
        if len({name[-n:] for name in names}) > 1:
            break
        shared = names[0][-n:]
    return shared


def ranges(ports):
    ports, out = sorted(set(ports)), []
    for p in ports:
        if out and out[-1][1] == p - 1:
            out[-1][1] = p
        else:
            out.append([p, p])
    return ",".join("%d-%d" % (a, b) if b > a else str(a) for a, b in out[:64])


def is_vain(tr):
    return tr.outcome not in REACHED and tr.outcome != "undecided"


def firsts(trs):
    """When a port reached: of one second, the first time."""
    seen = {}
    for tr in trs:
        key = tr.flow[1], tr.flow[4], tr.t0 // SECOND
        seen[key] = min(seen.get(key, tr.t0), tr.t0)
    return seen.values()


class Join:
    def __init__(self, trs):
        self.resolvers = {tr.flow[0] for tr in trs} & {tr.flow[2] for tr in trs}
        asked = [tr for tr in trs if tr.flow[0] in self.resolvers]
        self.vain = [tr for tr in asked if is_vain(tr) and labels(tr) is not None]
        self.reached = {}
        for tr in asked:
            if tr.outcome in REACHED:
                self.reached.setdefault((tr.flow[0], *tr.flow[2:4]), []).append(tr)
        self.failed = [tr for tr in asked if tr.outcome in REACHED and tr.reply.rcode == 2
                       and labels(tr) is not None]
        self.causes = {}

    def by_name(self, answer, before, queries):
        names = set(above(labels(answer)))
        end = answer.t0 + NAME_NS if is_vain(answer) else answer.reply.time
        return [q for q in queries if q.flow[0] == answer.flow[2] and labels(q) in names
                and answer.t0 - before <= q.t0 <= end]

    def by_zone(self, answer):
        own, out = zone(labels(answer)), []
        for q in self.vain:
            if (q.flow[0] != answer.flow[2] or zone(labels(q)) != own or not own
                    or not answer.t0 - ZONE_NS <= q.t0 <= answer.reply.time):
                continue
            server = (q.flow[0], *q.flow[2:4])
            since = [t for t in firsts(self.reached.get(server, []))
                     if q.t0 <= t <= answer.reply.time]
            if not since:
                out.append(q)
        return out

    def tie(self, answer, queries, kind, is_by_zone=False):
        for key in {(q.flow[0], zone(labels(q)), *q.flow[2:4]) for q in queries}:
            row = self.causes.setdefault(key, {"servfails": 0, "by_zone": 0, "slow": 0,
                                               "unanswered": 0,
                                               "queries": {}, "names": []})
            row[kind] += 1
            row["by_zone"] += is_by_zone
            row["names"].append(labels(answer))
        for q in queries:
            self.causes[q.flow[0], zone(labels(q)), *q.flow[2:4]]["queries"][id(q)] = q


def rows(join, stamp):
    out = []
    for (resolver, own, server, port), row in join.causes.items():
        queries = row["queries"].values()
        silent = [q.flow[1] for q in queries]
        reached = [tr.flow[1] for tr in join.reached.get((resolver, server, port), [])]
        out.append({"name": text(common(row["names"])), "zone": text(own), "resolver": resolver,
                    "servfails": row["servfails"], "by_zone": row["by_zone"],
                    "slow": row["slow"], "unanswered": row["unanswered"], "server": server,
                    "port": port,
                    "silent_ports": ranges(silent), "silent_port_count": len(set(silent)),
                    "reached_ports": ranges(reached), "reached_port_count": len(set(reached)),
                    "upstream_unanswered": len(queries),
                    "first": stamp(min(q.t0 for q in queries)),
                    "last": stamp(max(q.t0 for q in queries))})
    return out


def address_order(text_):
    address = ipaddress.ip_address(text_)
    return address.version, address.packed


def servfail(trs, one_way, stamp):
    """The report's `servfail`; `stamp` writes a time."""
    join = Join(trs)
    if one_way or not join.resolvers:
        return None
    count = dict.fromkeys(("judged", "explained", "by_zone", "passed_on", "slow", "tied", "lost",
                           "lost_tied"), 0)
    own = [tr for tr in trs if tr.flow[2] in join.resolvers]
    for tr in own:
        if tr.outcome == "undecided" or labels(tr) is None:
            continue
        if is_vain(tr):
            if tr.flow[0] != tr.flow[2]:
                queries = join.by_name(tr, NAME_NS, join.vain)
                count["lost"] += 1
                count["lost_tied"] += bool(queries)
                join.tie(tr, queries, "unanswered")
            continue
        if tr.reply.rcode == 2:
            count["judged"] += 1
            queries = join.by_name(tr, NAME_NS, join.vain)
            by_zone = [] if queries else join.by_zone(tr)
            join.tie(tr, queries or by_zone, "servfails", bool(by_zone))
            count["explained"] += bool(queries or by_zone)
            count["by_zone"] += bool(by_zone)
            count["passed_on"] += not (queries or by_zone) and bool(
                join.by_name(tr, NAME_NS, join.failed))
        elif tr.outcome == "late" or tr.latency() >= SLOW_NS:
            queries = join.by_name(tr, SKEW_NS, join.vain)
            count["slow"] += 1
            count["tied"] += bool(queries)
            join.tie(tr, queries, "slow")
    causes = rows(join, stamp)
    return {"to_clients": sum(tr.reply is not None and tr.reply.rcode == 2 for tr in own),
            "judged": count["judged"], "explained": count["explained"],
            "by_zone": count["by_zone"], "passed_on": count["passed_on"],
            "slow": {"to_clients": count["slow"], "explained": count["tied"]},
            "unanswered": {"to_clients": count["lost"], "explained": count["lost_tied"]},
            "sampled": False,
            "resolvers": sorted(join.resolvers, key=address_order)[:64],
            "resolver_count": len(join.resolvers), "causes": causes,
            "cause_count": len(causes)}

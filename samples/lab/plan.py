#!/usr/bin/env python3
"""plan.py SAMPLE - writes the plan of a sample, one JSON object a line.

The seed is fixed, so a sample is made of the same queries each time.
"""
import importlib
import json
import random
import sys

A, AAAA, TXT = 1, 28, 16
C4, C6 = "192.0.2.%d", "2001:db8:c::%d"
S4, S6 = "198.51.100.%d", "2001:db8:5::%d"
RANGES = ((1, 1023), (1024, 49151), (49152, 65535))

# Both sides of each place where something could change.
EDGES = [1, 2, 7, 13, 19, 37, 51, 52, 53, 54, 55, 511, 512, 1021, 1022, 1023,
         1024, 1025, 1026, 32767, 32768, 49150, 49151,
         49152, 49153, 60999, 61000, 65534, 65535]


class Plan:
    def __init__(self):
        self.ops = []
        self.used = set()
        self.tx = 0

    def add(self, op, at, **fields):
        self.ops.append({"op": op, "at": round(at, 6), **fields})

    def ask(self, at, client, port, server, qname="a.example.", qtype=A,
            **more):
        ident = None
        while ident is None or (ident, client, port) in self.used:
            ident = random.randrange(65536)
        self.used.add((ident, client, port))
        self.again(at, client=client, port=port, server=server, id=ident,
                   qname=qname, qtype=qtype, **more)
        return self.ops[-1]

    def again(self, at, **fields):
        """A transaction of its own with everything given, the ID too."""
        self.tx += 1
        self.add("ask", at, **{**fields, "tx": self.tx})

    def connection(self, client, port, server, names, qtype=A, **more):
        """What connect.py wants; one query for each name."""
        send = []
        for qname, ident in zip(names, random.sample(range(65536), len(names))):
            self.tx += 1
            send.append({"tx": self.tx, "id": ident, "qname": qname, "qtype": qtype})
        return {"client": client, "port": port, "server": server, "send": send, **more}

    def tcp(self, at, client, port, server, names=("a.example.",), **more):
        self.add("tcp", at, **self.connection(client, port, server, names, **more))

    def last(self):
        return max(op["at"] + max(op.get("resend") or [0]) + op.get("patience", 0)
                   for op in self.ops)

    def finish(self, number, quiet=6.0, client=C4 % 10, server=None,
               qname="a.example."):
        """A last answered query, so late that every other one is decided."""
        at = self.last() + quiet
        self.ask(at, client, 40000, server or S4 % number, qname)
        self.add("end", at + 0.5)

    def write(self):
        self.ops.sort(key=lambda op: op["at"])
        for op in self.ops:
            print(json.dumps(op))


def both(n, m):
    """Client n and server m in both families."""
    return ((C4 % n, S4 % m), (C6 % n, S6 % m))


def some_ports(counts, edges=True):
    ports = set()
    for (low, high), count in zip(RANGES, counts):
        here = {p for p in EDGES if low <= p <= high} if edges else set()
        while len(here) < count:
            here.add(random.randint(low, high))
        ports |= here
    return sorted(ports)


def low_ports(plan):
    asks = [(pair, port) for port in some_ports((170, 110, 110))
            for m in (53, 54, 55) for pair in both(10, m)]
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        resend = [1.0, 2.5] if n % 15 == 0 else [1.0] if n % 5 == 0 else []
        plan.ask(0.1 + n * 0.0016, client, port, server, resend=resend)
    plan.finish(54)


def port_unreachable(plan):
    ports = some_ports((60, 50, 50))
    asks = [(pair, port) for port in ports for m in (56, 53)
            for pair in both(10, m)]
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        # One in six asks the closed port again although it was told.
        always = n % 6 == 0 and server.endswith("56")
        plan.ask(0.1 + n * 0.004, client, port, server,
                 resend=[1.0] if always else [], always=always)
    plan.finish(53)


def healthy(plan):
    """Every kind of answer; no port that named ignores."""
    kinds = (("a.example.", A), ("A.Example.", A), ("a.example.", AAAA),
             ("b.example.", AAAA), ("t.example.", TXT), ("t.example.", A),
             ("nx.example.", A), ("no.such.example.", AAAA))
    asks = []
    for client in (10, 11, 12, 13, 14):
        for m in (53, 55):
            for pair in both(client, m):
                ports = some_ports((8, 12, 20), edges=False)
                asks += [(pair, p) for p in ports if p not in (7, 13, 19, 37)]
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        qname, qtype = kinds[n % len(kinds)]
        at = 0.1 + n * 0.004
        op = plan.ask(at, client, port, server, qname, qtype,
                      edns=n % 3 == 0)
        if n % 10 == 0:
            # A and AAAA at once from one port with one ID.
            fields = {k: v for k, v in op.items() if k not in ("op", "at", "tx")}
            plan.again(at + 0.0002, **{**fields, "qname": "ns.example.",
                                       "qtype": AAAA})
    plan.add("end", plan.last() + 1)


def random_loss(plan):
    asks = [(pair, port) for m in (53, 54) for pair in both(10, m)
            for port in some_ports((80, 110, 110), edges=False)]
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        resend = [1.0, 2.0] if n % 5 < 2 else [1.0] if n % 5 == 2 else []
        plan.ask(0.1 + n * 0.003, client, port, server, resend=resend)
    plan.finish(55)


def late_and_resent(plan):
    ports = iter(random.sample(some_ports((120, 200, 200), edges=False), 520))

    def asks(m, low, high, count, resends=((),), always=False):
        for n in range(count):
            for client, server in both(10, m):
                plan.ask(low + (high - low) * n / count, client, next(ports),
                         server, resend=list(resends[n % len(resends)]),
                         always=always)

    plan.ask(0.0, C4 % 10, next(ports), S4 % 54)
    # The first server is stopped for 32 s: longer than a reply is waited for.
    plan.add("signal", 1.0, who="nsd1", sig="STOP")
    asks(53, 1.2, 2.6, 20, ((), (1.5,)))
    asks(53, 4.0, 26.0, 30, ((), (1.5, 3.5), ()))
    for client, server in both(10, 53):
        for _ in range(5):
            # The same ID and question again, each more than 5 s later.
            op = plan.ask(20.0, client, next(ports), server)
            fields = {k: v for k, v in op.items() if k not in ("op", "at", "tx")}
            plan.again(25.6, **fields)
            plan.again(31.2, **fields)
    asks(53, 29.0, 32.0, 15, ((), (0.9,)))
    plan.add("signal", 33.0, who="nsd1", sig="CONT")
    # The second is stopped for 2 s, then for 6.5 s.
    plan.add("signal", 5.0, who="nsd2", sig="STOP")
    asks(54, 5.1, 5.6, 20, ((1.0,), (0.7, 1.2), ()), always=True)
    plan.add("signal", 7.0, who="nsd2", sig="CONT")
    asks(54, 9.0, 10.0, 40)
    plan.add("signal", 12.0, who="nsd2", sig="STOP")
    asks(54, 12.2, 13.0, 30, ((), (2.0,)))
    plan.add("signal", 18.5, who="nsd2", sig="CONT")
    plan.finish(54)


def starts_late_ends_early(plan):
    open_ports = iter(random.sample(
        [p for p in some_ports((100, 250, 250), edges=False)
         if not 600 <= p <= 699], 500))
    deaf = iter(range(600, 700))

    def asks(m, low, high, count, ports=open_ports, **more):
        for n in range(count):
            for client, server in both(10, m):
                plan.ask(low + (high - low) * n / count, client, next(ports),
                         server, **more)

    plan.add("signal", 0.0, who="nsd1", sig="STOP")
    asks(54, 0.1, 0.4, 20)
    asks(53, 0.1, 0.5, 30)
    asks(53, 0.1, 0.5, 10, resend=[1.2], always=True)
    plan.add("touch", 1.0, file="sent")
    plan.add("hold", 1.0, file="go")
    asks(54, 1.1, 1.3, 20)
    plan.add("signal", 2.5, who="nsd1", sig="CONT")
    asks(54, 3.0, 4.0, 20, ports=deaf)
    asks(54, 3.0, 4.0, 20)
    asks(53, 3.0, 4.0, 20)
    asks(54, 9.5, 10.0, 10)
    plan.add("signal", 10.2, who="nsd1", sig="STOP")
    asks(53, 10.3, 10.8, 25)
    asks(53, 10.3, 10.8, 10, resend=[0.6])
    asks(54, 10.3, 10.8, 15, ports=deaf)
    asks(54, 10.3, 10.8, 15)
    plan.add("touch", 11.6, file="inflight")
    plan.add("hold", 11.6, file="cut")
    plan.add("signal", 11.7, who="nsd1", sig="CONT")
    plan.add("end", 12.5)


def any_twice(plan):
    asks = [(pair, port) for port in some_ports((45, 35, 35))
            for m in (53, 54, 56) for pair in both(10, m)]
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        plan.ask(0.1 + n * 0.004, client, port, server,
                 resend=[1.0] if n % 4 == 0 else [])
    plan.finish(54)


def reply_refused(plan):
    ports = iter(random.sample(some_ports((120, 180, 180), edges=False), 480))
    for start in (0.5, 3.5, 6.5):
        plan.add("signal", start, who="nsd1", sig="STOP")
        for n in range(30):
            for client, server in both(10, 53):
                port = next(ports)
                # Twice in IPv4 only, where an IP ID tells two replies apart.
                resend = [0.5] if n % 6 == 0 and "." in client else []
                plan.ask(start + 0.1 + n * 0.01, client, port, server,
                         resend=resend, always=True)
                plan.add("close", start + 1.0 + n * 0.005, client=client,
                         port=port)
        plan.add("signal", start + 1.8, who="nsd1", sig="CONT")
    for n in range(60):
        for m in (53, 54):
            for client, server in both(10, m):
                plan.ask(9.0 + n * 0.01, client, next(ports), server)
    plan.finish(54)


def port_maker(edges=()):
    """One port of each range, then again, none twice; those of `edges` first."""
    left = []
    for low, high in RANGES:
        ports = random.sample(range(low, high + 1), min(high - low + 1, 4000))
        first = [p for p in edges if low <= p <= high]
        left.append([p for p in ports if p not in first] + first)
    while True:
        random.shuffle(left)
        for ports in left:
            yield ports.pop()


def tcp_outcomes(plan):
    asks = []

    def of(m, times, names, **more):
        """So many for each range and family."""
        for client, server in both(10, m):
            for _ in range(3 * times):
                asks.append((client, next(ports[client, m]), server, names, more))

    ports = {(client, m): port_maker(EDGES) for m in range(53, 59)
             for client in (C4 % 10, C6 % 10)}
    some = ("a.example.", "ns.example.", "nx.example.", "t.example.", "b.example.", "A.Example.")
    of(53, 6, some[:1])
    of(53, 1, some)
    of(53, 1, some, how="together")
    of(53, 1, some[:1], how="bytes")
    of(54, 1, some[:2])
    of(54, 1, [f"turn4.n{n}.example." for n in range(4)])
    of(54, 1, [f"together5.n{n}.example." for n in range(5)], how="together")
    of(54, 1, ("bytes.example.",))
    of(54, 2, ("close.example.",))
    of(54, 1, ("half.example.",))
    of(54, 2, ("reset.example.",))
    of(54, 2, ("silent.example.",), patience=7)
    of(54, 2, ("late.example.",), patience=7.5)
    of(54, 1, ("a.example.", "silent.example.", "b.example."), patience=7)
    of(54, 1, ("a.example.", "silent.example.", "close.example."))
    of(54, 1, ("a.example.", "silent.example.", "reset.example."))
    of(55, 4, some[:1], patience=3.4)
    of(56, 5, some[:1])
    of(57, 4, some[:1])
    of(58, 3, some[:1])
    random.shuffle(asks)
    for n, (client, port, server, names, more) in enumerate(asks):
        plan.tcp(0.1 + n * 0.012, client, port, server, names, **more)
    plan.finish(53)


def tcp_low_ports(plan):
    asks = [(pair, port) for port in some_ports((36, 16, 16))
            for m in (53, 54, 55) for pair in both(10, m)]
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        more = {"patience": 6.5} if server.endswith("53") else {}
        plan.tcp(0.1 + n * 0.006, client, port, server, **more)
    plan.finish(54)


def truncated_then_tcp(plan):
    kinds = (("large.example.", False), ("huge.example.", 1232), ("large.example.", 512),
             ("huge.example.", False), ("a.example.", 1232))
    udp, tcp = port_maker(), port_maker(EDGES)
    at = 0.1
    for n in range(36):
        for m in (53, 54, 55, 56):
            for client, server in both(10, m):
                qname, edns = kinds[n % len(kinds)]
                op = plan.ask(at, client, next(udp), server, qname, TXT, edns=edns,
                              resend=[1.0] if n % 7 == 0 else [])
                # One in six is content with what it got.
                if n % 6:
                    op["retry"] = plan.connection(client, next(tcp), server, (qname,),
                                                  qtype=TXT, patience=3.4)
                at += 0.006
    plan.finish(53, quiet=12.0)


def fragments(plan):
    ports = port_maker()
    at = 0.1
    for n in range(18):
        for client, server in both(10, 53):
            # Whole, small, a long query, and long both ways.
            plan.ask(at, client, next(ports), server, ("huge", "large")[n % 2] + ".example.",
                     TXT, edns=4096)
            if n % 3 == 0:
                plan.ask(at + 0.01, client, next(ports), server, edns=4096)
                plan.ask(at + 0.02, client, next(ports), server, edns=4096, pad=2000)
                plan.ask(at + 0.03, client, next(ports), server, "large.example.", TXT,
                         edns=4096, pad=1700)
        for client, server in both(10, 54):
            op = plan.ask(at + 0.04, client, next(ports), server, "huge.example.", TXT,
                          edns=4096, resend=[1.0] if n % 3 == 0 else [])
            if n % 3 == 1:
                plan.tcp(at + 1.5, client, next(ports), server, (op["qname"],), qtype=TXT)
            if n % 2:
                plan.ask(at + 0.05, client, next(ports), server, edns=4096)
        for client, server in both(10, 55):
            # The first one finds out how long a packet may be on this path.
            plan.ask(at + 0.06, client, next(ports), server, edns=4096, pad=1340,
                     resend=[1.0] if n == 0 else [], always=n == 0)
            if n > 11:
                plan.ask(at + 0.07, client, next(ports), server, edns=4096, pad=1340,
                         probe=True)
        at += 0.12
    plan.finish(53, quiet=8.0)


def mix(plan):
    """A little of everything."""
    ports = port_maker()
    at = 0.1
    for n in range(3):
        for m in (53, 54, 56):
            for client, server in both(10, m):
                plan.ask(at, client, next(ports), server, resend=[1.0] if n == 1 else [])
                at += 0.01
        for client, server in both(10, 53):
            plan.ask(at, client, next(ports), server, "large.example.", TXT, edns=4096)
            plan.ask(at + 0.01, client, next(ports), server, "nx.example.", edns=1232)
            plan.tcp(at + 0.02, client, next(ports), server, ("a.example.", "b.example."))
            op = plan.ask(at + 0.03, client, next(ports), server, "large.example.", TXT)
            op["retry"] = plan.connection(client, next(ports), server, ("large.example.",),
                                          qtype=TXT)
            at += 0.05
        for client, server in both(10, 56):
            plan.tcp(at, client, next(ports), server)
            at += 0.01
    plan.finish(53)


def rotated(plan):
    ports = port_maker()
    for n in range(300):
        for client, server in both(10, 53 + n % 2):
            plan.ask(0.1 + n * 0.04, client, next(ports), server,
                     resend=[1.0] if n % 4 == 0 else [])
        if n % 12 == 0:
            for client, server in both(10, 53):
                plan.tcp(0.11 + n * 0.04, client, next(ports), server,
                         ("a.example.", "b.example."), patience=4.0)
    # While a server is stopped, the capture turns to the next file.
    # No query that may be sent again, nor the second sending, falls on a change.
    for n in range(5):
        plan.add("signal", 0.98 + n * 2.4, who="nsd1", sig="STOP")
        plan.add("signal", 2.62 + n * 2.4, who="nsd1", sig="CONT")
    plan.finish(55, quiet=9.0)


def snap_cut(plan):
    ports = port_maker(EDGES)
    long = ".".join(("a" * 50, "b" * 40, "example."))
    for n in range(60):
        for m in (53, 54):
            for client, server in both(10, m):
                plan.ask(0.1 + n * 0.02, client, next(ports), server,
                         (long, "a.example.", "medium.example.")[n % 3], TXT,
                         edns=1232, resend=[1.0] if n % 5 == 0 else [])
        if n % 3 == 0:
            for client, server in both(10, 53):
                plan.tcp(0.11 + n * 0.02, client, next(ports), server, ("a.example.",))
                plan.tcp(0.11 + n * 0.02, client, next(ports), server,
                         (("medium.example.", "large.example.")[n % 2],), qtype=TXT)
    plan.finish(53)


def main():
    random.seed(sys.argv[1])
    plan = Plan()
    name = sys.argv[1].replace("-", "_")
    makers = globals()
    if name not in makers:
        makers = vars(importlib.import_module("plan_faults"))
    makers[name](plan)
    plan.write()


if __name__ == "__main__":
    main()

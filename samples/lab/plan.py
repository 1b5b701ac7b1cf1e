#!/usr/bin/env python3
"""plan.py SAMPLE - writes the plan of a sample, one JSON object a line.

The seed is fixed, so a sample is made of the same queries each time.
"""
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

    def last(self):
        return max(op["at"] + max(op.get("resend") or [0]) for op in self.ops)

    def finish(self, server, quiet=6.0):
        """A last answered query, so late that every other one is decided."""
        at = self.last() + quiet
        self.ask(at, C4 % 10, 40000, S4 % server)
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


def main():
    random.seed(sys.argv[1])
    plan = Plan()
    globals()[sys.argv[1].replace("-", "_")](plan)
    plan.write()


if __name__ == "__main__":
    main()

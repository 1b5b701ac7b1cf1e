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

    def add(self, op, at, **fields):
        self.ops.append({"op": op, "at": round(at, 6), **fields})

    def ask(self, at, client, port, server, qname="a.example.", qtype=A, **more):
        while True:
            ident = random.randrange(65536)
            if (client, port, ident) not in self.used:
                break
        self.used.add((client, port, ident))
        self.add("ask", at, tx=len(self.used), client=client, port=port,
                 server=server, id=ident, qname=qname, qtype=qtype, **more)
        return self.ops[-1]

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


def main():
    random.seed(sys.argv[1])
    plan = Plan()
    globals()[sys.argv[1].replace("-", "_")](plan)
    plan.write()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Small captures of resolvers between clients and servers, some of which are silent.

    resolvers.py [--seed N] [--count N] FOLDER

For compare.py, as torture.py's: few names, ports and hosts, and times on the limits of the
rules for SERVFAILs in docs/matching.md.  The same seed gives the same files.
"""
import argparse
import os
import random
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from build import dns, ether, ip4, pcap, udp           # noqa: E402

MS, S = 10 ** 6, 10 ** 9
CLIENTS, RESOLVERS = ["10.0.0.1", "10.0.0.4"], ["10.0.0.9", "10.0.0.8"]
SERVERS = ["192.0.2.1", "192.0.2.2", "198.51.100.7"]
PORTS = [0, 53, 600, 601, 1023, 1024, 40000, 40001, 65535]
NAMES = ["example", "www.example.com", "mx.example.com", "Example.com", "a.b.c.example.org",
         "_.example.com", "_.com", "x.co.uk", "www.x.co.uk", "www.y.co.uk", "co.uk", "gmx.de",
         "www.gmx.de", "1.2.0.192.in-addr.arpa", "9.2.0.192.in-addr.arpa", "com", "", "de"]
DELAYS = [0, MS, 9 * MS, 10 * MS, 11 * MS, 300 * MS, S - 1000, S, S + 1000, 3 * S, 5 * S,
          6 * S, 10 * S - 1000, 10 * S, 10 * S + 1000]
PAUSES = [*DELAYS, 30 * S, 400 * S, 900 * S - 1000, 900 * S, 900 * S + 1000, 2000 * S]


class Household:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.names = self.rng.sample(NAMES, self.rng.randint(1, 6))
        self.ports = self.rng.sample(PORTS, self.rng.randint(1, 5))
        self.silent = self.rng.choice([0, 0.3, 0.7, 1])
        self.frames = []
        self.ident = 0

    def pick(self, things):
        return self.rng.choice(things)

    def put(self, time, source, sport, target, dport, message):
        data = ether(ip4(17, udp(sport, dport, message), source, target))
        data = data[:18] + struct.pack(">H", self.rng.randrange(65536)) + data[20:]
        self.frames.append((time, data, len(data)))

    def ask(self, time, client, port, server, name, after, rcode):
        """A query, and its reply `after` it; None for none."""
        self.ident += 1
        self.put(time, client, port, server, 53, dns(self.ident, False, name))
        if after is not None:
            self.put(time + after, server, 53, client, port,
                     dns(self.ident, True, name, rcode))

    def upstream(self, time, resolver):
        for _ in range(self.rng.randint(0, 3)):
            begins = max(0, time + self.pick([-1, 1, 1]) * self.pick(DELAYS))
            is_silent = self.rng.random() < self.silent
            self.ask(begins, resolver, self.pick(self.ports), self.pick(SERVERS + RESOLVERS[1:]),
                     self.pick(self.names), None if is_silent else self.pick(DELAYS[:8]),
                     self.pick([0, 0, 2, 3]))

    def capture(self):
        time = 10 * S
        for _ in range(self.rng.randint(1, 14)):
            resolver = self.pick(RESOLVERS)
            self.ask(time, self.pick(CLIENTS), 2000 + self.ident, resolver,
                     self.pick(self.names), self.pick([None, *DELAYS]),
                     self.pick([0, 2, 2, 2]))
            self.upstream(time, resolver)
            time += self.pick(PAUSES)
        self.put(time + 60 * S, "10.0.0.77", 9, "10.0.0.78", 9, b"the end")
        self.frames.sort(key=lambda frame: frame[0])
        return pcap([(1_700_000_000 * S + t, data, wire) for t, data, wire in self.frames],
                    magic=struct.pack("<I", 0xa1b23c4d), ticks=S)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("folder", metavar="FOLDER")
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    for n in range(args.seed, args.seed + args.count):
        path = os.path.join(args.folder, "resolver%06d.pcap" % n)
        with open(path, "wb") as out:
            out.write(Household(n).capture())


if __name__ == "__main__":
    main()

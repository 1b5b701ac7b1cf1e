#!/usr/bin/env python3
"""Small captures in which every rule of docs/matching.md is at its edge.

    torture.py [--seed N] [--count N] FOLDER

Few clients, ports, IDs and names, so that keys collide; times that lie on the
limits; duplicates, stray and early replies, cut frames, ICMP quotes of every
length, fragments, tunnels, links, TCP sessions, clock steps.  The same seed gives the same files:

    torture.py --count 1000 /tmp/t && compare.py --program build/dnsgap /tmp/t/*
"""
import argparse
import os
import random
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from build import dns, ip4, ip6, pcap, pcapng, udp     # noqa: E402
from sessions import Session                           # noqa: E402
from wrapping import LINKS, fragments, frame, wrap     # noqa: E402

US, MS, S = 10 ** 3, 10 ** 6, 10 ** 9
STEPS = [0] * 6 + [20 * MS] * 6 + [
    US, 9 * US, 10 * US, 11 * US, 500 * US, MS, MS + US, S // 2, S, S + US,
    5 * S - US, 5 * S, 5 * S + US, 2 * S, 24 * S, 30 * S, 30 * S + US,
    -US, -10 * US, -11 * US, -MS, -S // 2, -S]
WILD_STEPS = [-S - US, -40 * S, -3601 * S, 3600 * S, 3601 * S, 86400 * S]
CLIENTS, SERVERS = ["10.0.0.1", "10.0.0.9"], ["10.0.0.2", "10.0.0.3"]
PORTS, IDS = [0, 53, 1023, 1024, 49151, 49152], [7, 8]
NAMES = ["www.example", "WWW.Example", "b.example", ""]


def label(quoted):
    """In the checksum's place: nobody verifies it, but it tells packets apart."""
    return struct.pack(">H", zlib.crc32(quoted) & 0xffff)


class Torturer:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.ip_id = 0
        # Each capture has a few of everything, or nothing would ever meet.
        self.clients = self.some(CLIENTS, 0.2)
        self.servers = self.some(SERVERS, 0.2)
        self.ports = self.some(PORTS, 0.5)
        self.ids = self.some(IDS, 0.3)
        self.names = self.some(NAMES, 0.5)
        self.six = self.pick([0, 0, 0.3, 1])
        self.broken = self.depth = 0
        self.sessions = []

    def some(self, things, more):
        count = 1
        while count < len(things) and self.chance(more):
            count += 1
        return self.rng.sample(things, count)

    def pick(self, things):
        return self.rng.choice(things)

    def chance(self, share):
        return self.rng.random() < share

    def packet(self):
        """(is it IPv6, bytes): a DNS message, mostly in order."""
        reply = self.chance(0.5)
        message = dns(self.pick(self.ids), reply, self.pick(self.names),
                      self.pick([0, 0, 2, 3, 5]) if reply else 0,
                      int(reply and self.chance(0.1)), int(not self.chance(0.1)),
                      self.pick([0, 0, 0, 0x100, 0x2800]))
        if self.chance(0.04):
            message = message[:1 + self.rng.randrange(len(message))]
        if self.chance(0.04):
            at = self.rng.randrange(len(message))
            message = message[:at] + bytes([self.rng.randrange(256)]) + message[at + 1:]
        client, server = self.pick(self.clients), self.pick(self.servers)
        port, back = self.pick(self.ports), reply != self.chance(0.02)
        sport, dport = (53, port) if back else (port, 53)
        if self.chance(0.03):
            dport = self.pick([4789, 5353])
        length = self.pick([0, 7, 8, 999]) if self.chance(0.03) else None
        body = udp(sport, dport, message, length)
        if self.chance(self.six):
            ends = (b"\1", b"\2") if not back else (b"\2", b"\1")
            data = ip6(17, body)
            return True, data[:8] + bytes(15) + ends[0] + bytes(15) + ends[1] + data[40:]
        src, dst = (server, client) if back else (client, server)
        offset = self.pick([0x2000, 3, 0x4000]) if self.chance(0.05) else 0
        protocol = self.pick([6, 4, 47, 51, 50]) if self.chance(0.04) else 17
        total = self.pick([0, 19, 27, 60]) if self.chance(0.03) else None
        data = ip4(protocol, body, src, dst, offset, total)
        self.ip_id = self.ip_id + 1 & 0xffff
        return False, data[:4] + struct.pack(">H", self.ip_id) + data[6:]

    def error(self, seen):
        """An ICMP error about a packet that was seen, from either end or a router."""
        six, quoted = self.pick(seen)
        if self.chance(0.5):
            head = 40 if six else 20
            quoted = quoted[:head + self.pick([4, 8, 10, 11, 12, 20, 24, 60])]
        if six:
            kind = self.pick([1, 1, 2, 3, 4, 128])
            return True, ip6(58, bytes([kind, 4]) + label(quoted) + bytes(4) + quoted)
        kind = self.pick([3, 3, 3, 11, 12, 5, 8])
        words = len(quoted) // 4 if self.chance(0.2) else 0
        return False, ip4(1, bytes([kind, 3]) + label(quoted + bytes([words])) + bytes([0, words, 0, 0])
                          + quoted,
                          self.pick(["10.0.0.2", "10.0.0.254"]), "10.0.0.1")

    def session(self):
        server_port = 80 if self.chance(0.03) else 53
        return Session(self.rng, self.pick(self.clients), self.pick(self.ports),
                       self.pick(self.servers), server_port).packets()

    def packets(self, seen):
        """The next packets, one mostly; the sessions' are interleaved with others."""
        if self.sessions and self.chance(0.6):
            session = self.pick(self.sessions)
            packet = session.pop(0)
            if not session:
                self.sessions.remove(session)
        elif seen and self.chance(0.15):
            packet = self.error(seen)
        else:
            packet = self.packet()
        seen.append(packet)
        several = fragments(self.rng, *packet) if self.chance(self.broken) else [packet]
        out = []
        for piece in several:
            for _ in range(self.depth):
                if self.chance(0.4):
                    piece = wrap(self.rng, *piece)
                    if self.chance(self.broken / 2):
                        piece, *more = fragments(self.rng, *piece)
                        out += more
            out.append(piece)
        return out

    def capture(self):
        link = self.pick(LINKS)
        form = self.rng.randrange(7)
        order = ">" if form in (1, 6) else "<"
        now = 1_700_000_000 * S
        wild = self.chance(0.15)
        self.broken = self.pick([0, 0, 0.05, 0.4])
        self.depth = self.pick([0, 0, 1, 2])
        sessions = [self.session() for _ in range(self.pick([0, 1, 1, 3]))]
        self.sessions = [packets for packets in sessions if packets]
        calm = self.chance(0.5)
        seen, records = [], []
        for _ in range(self.rng.randrange(1, 40) + sum(map(len, self.sessions))):
            for packet in self.packets(seen):
                if wild and self.chance(0.1):
                    now += self.pick(WILD_STEPS)
                else:
                    now += 20 * MS if calm else self.pick(STEPS)
                data = frame(self.rng, link, *packet, order)
                wire = len(data)
                if self.chance(0.04):
                    data = data[:self.rng.randrange(len(data) + 1)]
                records.append((now, data, wire))
                if self.chance(0.06):                  # the same frame again
                    records.append((now + self.pick([0, US, MS, 2 * MS]), data, wire))
        if form in (0, 6):
            return pcapng(records, (link,), order)
        if form == 1:
            return pcap(records, link, b"\xa1\xb2\xc3\xd4", ">")
        if form == 2:
            return pcap(records, link, b"\x4d\x3c\xb2\xa1", "<", 10 ** 9)
        return pcap(records, link)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("folder")
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    for seed in range(args.seed, args.seed + args.count):
        with open(os.path.join(args.folder, "torture-%06d.pcap" % seed), "wb") as f:
            f.write(Torturer(seed).capture())
    return 0


if __name__ == "__main__":
    sys.exit(main())

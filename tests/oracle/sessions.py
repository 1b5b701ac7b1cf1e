"""Random TCP sessions in which much goes wrong, for torture.py."""
import struct

from build import dns, framed, ip4, ip6, tcp, to6

TYPES = [1, 1, 1, 252, 251]


class Session:
    """One client's connection to one server: next() gives its packets."""

    def __init__(self, rng, client, port, server, server_port=53):
        self.rng = rng
        self.client, self.port, self.server, self.server_port = client, port, server, server_port
        self.six = rng.random() < 0.15
        high = rng.random() < 0.2
        self.seq = {True: (1 << 32) - rng.randrange(60) if high else 1000,
                    False: (1 << 32) - rng.randrange(90) if rng.random() < 0.2 else 5000}
        self.asked = []
        self.ip_id = rng.randrange(65536)
        self.plan = self.opening()
        self.turns = rng.randrange(1, 5)

    def chance(self, share):
        return self.rng.random() < share

    def packet(self, from_client, flags, seq=None, ack=None, body=b"", options=b""):
        seq = self.seq[from_client] if seq is None else seq
        ack = self.seq[not from_client] if ack is None else ack
        ports = (self.port, self.server_port)
        if not from_client:
            ports = ports[::-1]
        data = tcp(*ports, flags, seq, ack if "A" in flags else 0, body, options,
                   self.rng.randrange(3))
        if self.six:
            ends = (1, 2) if from_client else (2, 1)
            return True, to6(ip6(6, data), *ends)
        ends = (self.client, self.server) if from_client else (self.server, self.client)
        self.ip_id = self.ip_id + (not self.chance(0.1)) & 0xffff
        data = ip4(6, data, *ends)
        return False, data[:4] + struct.pack(">H", self.ip_id) + data[6:]

    # ------------------------------------------------------------ what happens

    def opening(self):
        what = self.rng.randrange(12)
        if what == 0:                                 # it is under way
            return []
        isn = self.seq[True]
        body = framed(dns()) if self.chance(0.05) else b""
        syn = self.packet(True, "S", isn, body=body, options=bytes(4) * self.rng.randrange(2))
        plan = [syn] + [syn] * (what == 1)
        if what == 2:
            plan.append(self.packet(True, "S", isn))
        if what == 3:
            return plan
        if what == 4:
            return plan + [self.packet(False, "RA", 0, isn + 1 + self.rng.choice([0, 0, len(body), 7]))]
        answer = self.packet(False, "SA", self.seq[False], isn + 1)
        self.seq[True] = isn + 1
        self.seq[False] += 1
        if what == 5:
            plan = []
        plan.append(answer)
        if what == 6:
            plan += [answer, syn]
        if what == 7:
            plan.append(self.packet(True, "S", isn + 77))
        if what == 8:
            plan.append(self.packet(False, "SA", self.seq[False] + 50,
                                    self.rng.choice([isn + 1, isn + 9])))
        if what != 9:
            plan.append(self.packet(True, "A"))
        return plan

    def sent(self, from_client, data):
        """Segments of some octets, with faults."""
        cuts = {self.rng.randrange(1, len(data)) for _ in range(self.rng.choice([0, 0, 0, 1, 2, 4]))}
        ends = sorted(cuts) + [len(data)]
        base, out = self.seq[from_client], []
        for a, b in zip([0, *ends], ends):
            if self.chance(0.03):
                a, b = max(0, a - 5), min(len(data), b + 3)
            out.append(self.packet(from_client, "A", base + a, body=data[a:b]))
        self.seq[from_client] = base + len(data)
        what = self.rng.randrange(14)
        if what == 0 and out:
            out.pop(self.rng.randrange(len(out)))
        elif what == 1:
            self.rng.shuffle(out)
        elif what == 2:
            out.append(self.rng.choice(out))
        elif what == 3:
            out.append(self.packet(from_client, "A", base, body=bytes(len(data))))
        if self.chance(0.5):
            out.append(self.packet(not from_client, "A"))
        return out

    def message(self, ident, kind, reply):
        bare = reply and self.chance(0.15)
        m = dns(ident, reply, self.rng.choice(["www.example", "b.example"]),
                self.rng.choice([0, 0, 3]) if reply else 0, int(reply and self.chance(0.1)),
                int(not bare))
        m = m if bare else m[:-4] + struct.pack(">HH", kind, 1)
        if self.chance(0.04):
            m = m[:self.rng.randrange(len(m))]
        return m + bytes(self.rng.choice([0, 0, 40, 200])) * reply

    def turn(self):
        what = self.rng.randrange(20)
        if what == 0:
            return [self.packet(self.chance(0.5), "R" + "A" * self.rng.randrange(2))]
        if what in (1, 2):
            from_client = self.chance(0.3)
            at = self.seq[from_client] + self.rng.choice([0, 0, 0, 9])
            return [self.packet(from_client, "FA", at)] * self.rng.choice([1, 1, 2])
        if what == 3:
            return self.sent(self.chance(0.5), bytes(self.rng.randrange(1, 40)))
        if what == 4:                                 # octets that the capture does not have
            self.seq[self.chance(0.5)] += self.rng.choice([1, 2, 30, 100])
            return [self.packet(True, "A")]
        if what == 5:
            return [self.packet(True, "S", self.seq[True] + 1000)]
        if what < 12 or not self.asked:
            several = [(self.rng.choice([7, 8]), self.rng.choice(TYPES))
                       for _ in range(self.rng.choice([1, 1, 2, 3]))]
            self.asked += several
            return self.sent(True, framed(*[self.message(i, k, False) for i, k in several]))
        several = self.rng.choices(self.asked, k=self.rng.choice([1, 1, 2, 3]))
        return self.sent(False, framed(*[self.message(i, k, True) for i, k in several]))

    def many(self):
        """A hole, and so many segments behind it that it is given up, or nearly."""
        data = framed(self.message(7, 1, True) + bytes(300))
        base = self.seq[False]
        self.seq[False] += len(data)
        return [self.packet(False, "A", base + at, body=data[at:at + 4])
                for at in range(30, 30 + 4 * self.rng.choice([63, 64, 65]), 4)]

    def packets(self):
        out = list(self.plan)
        for _ in range(self.turns):
            out += self.turn()
        if self.chance(0.03):
            out += self.many() + self.turn()
        return out

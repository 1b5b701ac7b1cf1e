#!/usr/bin/env python3
"""Traffic in which nothing is wrong with ports, or nothing at all, is not blamed for it.

Each capture is made here, several times with other numbers.  A row says what a report may say
of it, by code and severity: anything else that is a fault or a warning is wrong.
"""
import json
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

import tap                                             # noqa: E402
import wire                                            # noqa: E402

SEEDS = 3
FAULTS_MAX = 20          # a person reads no more
LEAST = 1024


class Capture:
    """Frames by time; `ask` adds a query and, unless it is lost, its reply."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.frames = []
        self.asked = 0

    def port(self):
        return self.random.randint(LEAST, 65535)

    def packet(self, at, source, source_port, target, target_port, payload):
        self.frames.append((at, len(self.frames),
                            wire.udp(source, source_port, target, target_port, payload)))

    def ask(self, at, client, server, port=None, lost=False, name=None, delay=.02, resends=0,
            query=True, kind=1, rcode=0):
        port = self.port() if port is None else port
        self.asked += 1
        labels = (name or f"n{self.asked}", "example")
        ident = self.random.randrange(65536)
        ask, answer = (bytearray(wire.message(ident, labels, reply, rcode))
                       for reply in (False, True))
        ask[-3], answer[-3] = kind, kind
        for again in range(resends + 1 if query else 0):
            self.packet(at + again, client, port, server, 53, bytes(ask))
        if not lost:
            self.packet(at + delay, server, 53, client, port, bytes(answer))

    def refuse(self, at, router, client, port, server, name):
        """A query, and the ICMP error of a router that quotes it."""
        packet = wire.udp(client, port, server, 53, wire.message(port, (name, "example")))
        self.frames.append((at, len(self.frames), packet))
        icmp = bytes([3, 1]) + bytes(6) + packet
        head = bytearray(wire.udp(router, 0, client, 0, icmp)[:20])
        head[2:4] = (20 + len(icmp)).to_bytes(2, "big")
        head[9] = 1
        self.frames.append((at + .005, len(self.frames), bytes(head) + icmp))

    def save(self, path, keep=None):
        records = []
        for at, _, frame in sorted(self.frames):
            micros = round(at * 1e6)
            if keep is None or keep(at, frame):
                records.append(wire.record(frame, 1700000000 + micros // 10**6, micros % 10**6))
        wire.save(path, *records)


def host(net, number):
    return f"10.{net}.{number // 250}.{number % 250 + 1}"


CLIENT, SERVER, OTHER = host(1, 1), host(9, 1), host(77, 1)


def background(c, seconds=120, clients=3, servers=(SERVER, OTHER), step=.3):
    """Clients with any ports, and servers that answer."""
    for i in range(int(seconds / step)):
        c.ask(i * step + c.random.random() * step, host(1, 1 + i % clients),
              servers[c.random.randrange(len(servers))])


# --- what misleads: each fills a capture -------------------------------------

def dead_zone(c):
    """A server drops queries for one zone; the resolver asks again from other ports."""
    background(c)
    for i in range(40):
        for again in range(4):
            c.ask(i * 2.5 + again * .8, CLIENT, SERVER, lost=True, name=f"dead{i % 6}")


def happy_eyeballs(c):
    """A and AAAA from one port; AAAA is never answered."""
    for i in range(300):
        port = c.port()
        name = f"both{i}"
        c.ask(i * .4, host(1, i % 3), SERVER, port, name=name)
        c.ask(i * .4 + .001, host(1, i % 3), SERVER, port, name=name, lost=True, kind=28)
        c.ask(i * .4, host(1, i % 3), OTHER)


def fixed_port_monitor(c):
    """A tool that always asks from one port, through a server's outage."""
    background(c, servers=(OTHER,))
    for i in range(240):
        down = 40 < i * .5 < 80
        c.ask(i * .5, CLIENT, SERVER, 40053, lost=down)
        if not down and i % 2:
            c.ask(i * .5 + .1, host(1, 2), SERVER)


def fixed_port_late_monitor(c):
    """A tool on one port that runs only while the server is down; others came before and after."""
    background(c, servers=(OTHER,))
    for i in range(200):
        if not 40 < i * .6 < 80:
            c.ask(i * .6, host(1, 2), SERVER)
    for i in range(30):
        c.ask(42 + i * 1.2, CLIENT, SERVER, 161, lost=True)


def walk_through_restart(c):
    """Ports count up while the server is restarted."""
    background(c, servers=(OTHER,))
    for i in range(400):
        c.ask(i * .3, CLIENT, SERVER, 30000 + i, lost=140 <= i < 190)


def walk_two_restarts(c):
    """Ports count up by two through two restarts, another client asks too."""
    for i in range(500):
        down = 100 <= i < 130 or 300 <= i < 340
        c.ask(i * .3, CLIENT, SERVER, 30000 + 2 * i, lost=down)
        c.ask(i * .3 + .1, host(1, 2), SERVER, lost=down)
        c.ask(i * .3 + .2, host(1, 3), OTHER)


def nat_blocks(c):
    """A NAT gives each host a block of ports; one host asks for dead names only."""
    for i in range(900):
        inside = c.random.randrange(12)
        port = 20000 + inside * 2048 + c.random.randrange(2048)
        dead = inside == 7
        c.ask(i * .2, CLIENT, SERVER, port, lost=dead, name=f"dead{i % 4}" if dead else None)
        c.ask(i * .2 + .1, host(1, 2), OTHER)


def rotated(c):
    """The capture begins and ends while queries wait."""
    background(c, seconds=60, step=.02)


def one_way_server(c):
    """Replies of one server take another way: they are not in the capture."""
    background(c)
    for i in range(60):
        c.ask(i * 2, host(1, i % 3), host(12, 1), lost=True)


def slow_for_low_ports(c):
    """Replies come too late for low ports, but they come."""
    background(c)
    for i in range(150):
        low = i % 2 == 0
        c.ask(i * .8, CLIENT, SERVER, c.random.randint(1, 1023) if low else None,
              delay=7 if low else .02)


def limited_errors(c):
    """A closed server's router sends one error a second."""
    background(c)
    for i in range(200):
        port = c.port()
        if i % 20 == 0:
            c.refuse(i * .5, host(3, 1), CLIENT, port, host(12, 1), f"r{i}")
        else:
            c.ask(i * .5, CLIENT, host(12, 1), port, lost=True)


def moved_server(c):
    """A server is taken out of service for good."""
    background(c, servers=(OTHER,))
    for i in range(240):
        c.ask(i * .5, host(1, 1 + i % 3), SERVER, lost=i > 100)


def scanner(c):
    """Thousands of addresses are asked once from one scanner; few of them answer."""
    background(c)
    for i in range(4000):
        c.ask(i * .03, host(200, 1), host(20, i), lost=c.random.random() < .97, name="scan")


def scanner_fixed_port(c):
    """The same from one port."""
    background(c)
    for i in range(3000):
        c.ask(i * .03, host(200, 1), host(20, i), 54321, lost=c.random.random() < .97)


def scanner_walks(c):
    """The same, asking twice, ports counting up; the first half of the addresses is empty."""
    background(c)
    for i in range(3000):
        for again in range(2):
            c.ask(i * .03 + again * .01, host(200, 1), host(20, i), 20000 + i,
                  lost=i < 1500 or c.random.random() < .9)


def scanner_many_names(c):
    """Two or more questions to each of thousands of addresses."""
    background(c)
    for i in range(2000):
        silent = c.random.random() < .95
        for again in range(3):
            c.ask(i * .05 + again, host(200, 1), host(20, i), lost=silent)


def amplification(c):
    """Spoofed victims ask for ANY from a few ports; a server drops most of it."""
    background(c)
    for i in range(6000):
        c.ask(30 + i * .005, host(66, i % 900), SERVER, c.random.choice((80, 443, 53, 123)),
              lost=c.random.random() < .9, name="isc", kind=255)


def amplification_any_port(c):
    """The same from any port; the server limits it."""
    background(c)
    for i in range(6000):
        c.ask(30 + i * .005, host(66, i % 900), SERVER, lost=c.random.random() < .9, name="isc",
              kind=255)


def water_torture(c):
    """Random names below a dead zone, from spoofed clients."""
    background(c)
    for i in range(3000):
        c.ask(20 + i * .01, host(66, c.random.randrange(2000)), SERVER, lost=True)


def broken_client(c):
    """A client asks one question again a hundred times, from its port and from others."""
    background(c)
    c.ask(10, host(1, 9), SERVER, 137, lost=True, resends=100)
    for i in range(100):
        c.ask(10 + i, host(1, 8), SERVER, 200 + i, lost=True, name="stuck")


def few_queries(count):
    def fill(c):
        for i in range(count):
            c.ask(i, CLIENT, SERVER, 53 if i else None, lost=i % 2 == 1)
    fill.__doc__ = f"{count} queries"
    return fill


def few_dead_of_few(c):
    """Three queries from low ports in vain among ten."""
    for i in range(10):
        c.ask(i * 2, CLIENT, SERVER, 100 + i if i % 3 == 0 else None, lost=i % 3 == 0)


def low_port_tool_bad_zone(c):
    """A tool on low ports asks for names of a zone that is dead; nobody else does."""
    background(c)
    for i in range(60):
        c.ask(i * 2, CLIENT, SERVER, 600 + i % 300, lost=True, name=f"bad{i % 3}")


def two_resolvers_behind_nat(c):
    """Behind one address: a resolver, and a device with 2000-2999 that comes in a bad minute."""
    for i in range(600):
        at = i * .2
        bad = 50 < at < 58
        c.ask(at, CLIENT, SERVER, lost=bad and c.random.random() < .8)
    for i in range(40):
        at = 50 + i * .2
        c.ask(at, CLIENT, SERVER, c.random.randint(2000, 2999), lost=c.random.random() < .8)


def busy_minutes(c):
    """Loss comes and goes with load, in waves; clients have ranges of their own."""
    for i in range(1500):
        at = i * .1
        wave = .4 if int(at) % 30 < 5 else .01
        client = c.random.randrange(4)
        port = 1024 + client * 16000 + c.random.randrange(16000)
        c.ask(at, host(1, client), SERVER, port, lost=c.random.random() < wave)


def parity_walk(c):
    """Two sockets, on an even and on an odd port, counting up by two: one host is cut off."""
    for i in range(300):
        c.ask(i * .4, CLIENT, SERVER, 40000 + 2 * i)
        c.ask(i * .4 + .1, CLIENT, SERVER, 50001 + 2 * i, lost=i > 200)
        c.ask(i * .4 + .2, host(1, 2), OTHER)


MAY_LOSE = {("loss-random", "warning"), ("loss-random", "note")}
DOWN = {("outage", "warning"), ("outage", "fault")}
SILENT = {("server-silent", "fault"), ("server-silent", "warning"), ("server-silent", "note")}
LIMITED = {("rate-limited", "warning"), ("rate-limited", "fault")}
GUESSED = {("source-ports-predictable", "warning")}

ROWS = [
    (dead_zone, MAY_LOSE),
    (happy_eyeballs, set()),
    (fixed_port_monitor, DOWN | GUESSED),
    (fixed_port_late_monitor, DOWN | GUESSED | SILENT),
    (walk_through_restart, DOWN | GUESSED),
    (walk_two_restarts, DOWN | GUESSED),
    (nat_blocks, MAY_LOSE),
    (rotated, set()),
    (one_way_server, SILENT),
    (slow_for_low_ports, set()),
    (limited_errors, {("server-unreachable", "fault")}),
    (moved_server, DOWN),
    (scanner, SILENT | MAY_LOSE),
    (scanner_fixed_port, SILENT | MAY_LOSE | GUESSED),
    (scanner_walks, SILENT | MAY_LOSE | GUESSED),
    (scanner_many_names, SILENT | MAY_LOSE),
    (amplification, LIMITED | MAY_LOSE | SILENT | GUESSED),
    (amplification_any_port, LIMITED | MAY_LOSE | SILENT),
    (water_torture, MAY_LOSE | SILENT | DOWN | LIMITED),
    (broken_client, MAY_LOSE | SILENT),
    (few_queries(0), set()),
    (few_queries(1), set()),
    (few_queries(2), set()),
    (few_queries(3), set()),
    (few_dead_of_few, MAY_LOSE),
    (low_port_tool_bad_zone, MAY_LOSE),
    (two_resolvers_behind_nat, DOWN | MAY_LOSE),
    (busy_minutes, DOWN | MAY_LOSE | LIMITED),
    (parity_walk, DOWN | GUESSED | MAY_LOSE),
]


def keeps(fill):
    """Which frames the capture holds."""
    if fill is rotated:
        return lambda at, _: 20 < at < 40
    return None


def check(build, fill, may, seed, path):
    """What the report of one capture says that it must not."""
    c = Capture(seed)
    fill(c)
    c.save(path, keeps(fill))
    status, out, err = tap.run([os.path.join(build, "dnsgap"), "read", path])
    if status not in (0, 2):
        yield f"seed {seed}: status {status}: {err.decode()[:300]}"
        return
    findings = json.loads(out)["findings"]
    for f in findings:
        if f["severity"] != "note" and (f["code"], f["severity"]) not in may:
            yield f"seed {seed}: {f['severity']} {f['code']}: {f['summary']}"
    faults = sum(f["severity"] == "fault" for f in findings)
    if faults > FAULTS_MAX:
        yield f"seed {seed}: {faults} faults"


def main():
    options = tap.arguments(__doc__, ("--show", {"action": "store_true"}))
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.pcap")
        for fill, may in ROWS:
            seeds = 1 if tap.is_sanitized(options.build) else SEEDS
            notes = [note for seed in range(1, seeds + 1)
                     for note in check(options.build, fill, may, seed, path)]
            t.ok(not notes, (fill.__doc__ or fill.__name__).split("\n", maxsplit=1)[0], notes)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

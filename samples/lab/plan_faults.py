"""plan_faults.py - plans of the samples that the diagnosis is held against, for plan.py.

Each fault has a sample where it is, and one of the same kind of traffic where it is not.
"""
import random

from plan import A, C4, C6, EDGES, TXT, both, port_maker

F4, F6 = "203.0.113.%d", "2001:db8:7::%d"
AMPLIFIERS = [7, 17, 19, 69, 111, 123, 137, 161, 162, 389, 520, 1194, 1434, 1900, 3283, 3389,
              3702, 5353, 5683, 11211, 27015, 37810]


def far(n, m):
    """Client n and server m of the other prefix in both families."""
    return ((C4 % n, F4 % m), (C6 % n, F6 % m))


def ports_of(*parts, edges=()):
    """`count` ports of each (low, high, count), and `edges`."""
    ports = set(edges)
    for low, high, count in parts:
        here = [p for p in range(low, high + 1) if p not in ports]
        ports |= set(random.sample(here, count))
    return sorted(ports)


def spread(plan, asks, step, at=0.1, **more):
    """(client, server) and port, in any order, one each `step` seconds."""
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        plan.ask(at + n * step, client, port, server, **more)


def three(clients):
    """The pairs of these clients with two servers of one prefix and one of another."""
    return [pair for n in clients for pair in (*both(n, 53), *both(n, 54), *far(n, 55))]


LOW = (1, 2, 52, 53, 54, 512, 1022, 1023, 1024, 1025)


def healthy_ports(plan):
    ports = ports_of((56, 1021, 4), (1025, 49151, 5), (49152, 65535, 4),
                     edges=(1, 53, 123, 161, 389, 1023, 1024, 1900, 4999, 11211, 49151, 65535))
    spread(plan, [(pair, port) for pair in three((10, 11, 12)) for port in ports], 0.008)
    plan.finish(54)


def ports_refused(plan):
    ports = ports_of((55, 1021, 16), (2049, 4094, 14), (4097, 32767, 8), (49152, 65535, 8),
                     edges=(*LOW, 2047, 2048, 4095, 4096))
    spread(plan, [(pair, port) for m in (53, 54, 55) for pair in both(10, m)
                  for port in ports], 0.008)
    plan.finish(55)


def ports_hash(plan):
    """Ports again after 32 s: a hash without structure shows only in ports that repeat."""
    linear = ports_of((1024, 65535, 240))
    other = ports_of((1024, 65535, 150))
    first = [(both(10, 53)[0], port) for port in linear[::2]]
    second = [(both(10, 53)[0], port) for port in linear[1::2]]
    same = [(both(10, 54)[1], port) for port in other]
    clean = [(pair, port) for pair in both(10, 55) for port in (*linear[::6], *other[::6])]
    spread(plan, first + same + clean, 0.01)
    spread(plan, second + same, 0.01, at=38.0)
    plan.finish(55)


def ports_one_client(plan):
    ports = ports_of((1, 1022, 4), (1026, 4998, 12), (5002, 65535, 12),
                     edges=(1023, 1024, 1025, 4998, 4999, 5000, 5001))
    pairs = [pair for pair in three((10, 11, 12))
             if ":" not in pair[0] or pair[0].endswith("10")]
    spread(plan, [(pair, port) for pair in pairs for port in ports], 0.008)
    plan.finish(54)


def ports_near_observer(plan):
    ports = ports_of((55, 1021, 5), (1026, 65535, 12), edges=LOW)
    spread(plan, [(pair, port) for pair in three((10, 11)) for port in ports], 0.012)
    plan.finish(54)


def ports_one_server(plan):
    ports = ports_of((55, 1021, 30), (1026, 65535, 60), edges=LOW)
    spread(plan, [(both(n, 53)[1], port) for n in (10, 11) for port in ports], 0.012)
    plan.finish(53, client=C6 % 10, server="2001:db8:5::53")


def ports_window(plan):
    """The plan holds after 4 s until the fault has begun."""
    ports = ports_of((55, 1021, 16), (1026, 65535, 34), edges=LOW)
    asks = [(pair, port) for m in (53, 54) for pair in both(10, m) for port in ports]
    spread(plan, list(asks), 0.015)
    plan.add("touch", 4.2, file="before")
    plan.add("hold", 4.2, file="fault")
    spread(plan, list(asks), 0.015, at=4.3)
    plan.finish(54)


def ports_amplification(plan):
    ports = ports_of((1026, 65535, 26), (55, 1021, 6), edges=AMPLIFIERS)
    spread(plan, [(pair, port) for n in (10, 11, 12) for m in (53, 54) for pair in both(n, m)
                  for port in ports if "." in pair[0] or n == 10], 0.008)
    plan.finish(54)


def ports_soft(plan):
    """Each query has a port of its own: 20000-29999 and others."""
    for m in (53, 54):
        for pair in both(10, m):
            ports = ports_of((20000, 29999, 60), (1024, 19900, 45), (30100, 65535, 45))
            asks = [(pair, port) for port in ports]
            spread(plan, asks, 0.03)
    plan.finish(54)


def server_silent(plan):
    ports = ports_of((1, 1023, 10), (1024, 49151, 15), (49152, 65535, 15))
    asks = [(pair, port) for m in (53, 54, 55) for pair in both(10, m) for port in ports]
    names = ("a.example.", "b.example.", "nx.example.", "t.example.")
    random.shuffle(asks)
    for n, ((client, server), port) in enumerate(asks):
        plan.ask(0.1 + n * 0.05, client, port, server, random.choice(names),
                 resend=[1.0, 2.5])
    plan.finish(54)


def server_unreachable(plan):
    ports = ports_of((1, 1023, 9), (1024, 49151, 12), (49152, 65535, 12))
    asks = [(pair, port) for m in (53, 56, 57) for pair in both(10, m) for port in ports]
    spread(plan, asks, 0.012)
    plan.finish(53)


def outage(plan):
    """Two servers, a steady stream; one is gone from 4 s to 7 s."""
    ports = port_maker()
    for n in range(110):
        for m in (53, 54):
            for client, server in both(10, m):
                plan.ask(0.1 + n * 0.1, client, next(ports), server,
                         resend=[1.0] if n % 4 == 0 else [])
    for at, sign, go in ((4.05, "before", "down"), (7.05, "during", "up")):
        plan.add("touch", at, file=sign)
        plan.add("hold", at, file=go)
    plan.finish(54)


def bursts(plan, pairs):
    """Three times 5 queries a second for 3 s, then 36 a second for 2.5 s; no name twice."""
    ports = port_maker()
    at, number = 0.1, 0
    for _ in range(3):
        for count, seconds in ((15, 3.0), (90, 2.5)):
            for n in range(count):
                number += 1
                for client, server in pairs:
                    plan.ask(at + n * seconds / count, client, next(ports), server,
                             f"n{number:03d}.w.example.")
            at += seconds


def rate_limited(plan):
    bursts(plan, [both(10, 53)[0], both(10, 54)[0]])
    plan.finish(54)


def rate_limited_slips(plan):
    bursts(plan, [both(10, 53)[1], both(10, 54)[1]])
    plan.finish(54, client=C6 % 10, server="2001:db8:5::54")


def healthy_bursts(plan):
    pairs = [pair for n in (10, 11) for m in (53, 54) for pair in both(n, m)]
    # Nobody asks anything for 3 s, twice.
    for n in range(3):
        ports = port_maker()
        for i in range(14):
            for client, server in pairs:
                plan.ask(0.1 + n * 4.0 + i * (0.1 if i < 7 else 0.02), client, next(ports),
                         server, ("a.example.", "nx.example.", "t.example.")[i % 3])
    plan.add("end", plan.last() + 1)


def replies_lost_beyond(plan):
    ports = port_maker()
    for n in range(60):
        for client, server in (*both(10, 53), *(both(10, 54) if n % 2 else ())):
            plan.ask(0.1 + n * 0.05, client, next(ports), server, resend=[1.0, 2.2])
    plan.finish(54)


def large_replies(plan, count):
    ports = port_maker()
    for n in range(count):
        for m in (53, 54):
            for client, server in both(10, m):
                plan.ask(0.1 + n * 0.12, client, next(ports), server, "large.example.", TXT,
                         edns=4096, resend=[1.0] if n % 4 == 0 else [])
                plan.ask(0.15 + n * 0.12, client, next(ports), server, edns=4096)
    plan.finish(53, quiet=8.0)


def fragments_lost(plan):
    large_replies(plan, 14)


def healthy_fragments(plan):
    large_replies(plan, 12)


def over_tcp(plan):
    """Truncated over UDP, asked again over TCP; small answers in between."""
    ports = port_maker()
    for n in range(14):
        for m in (53, 54):
            for client, server in both(10, m):
                op = plan.ask(0.1 + n * 0.05, client, next(ports), server, "medium.example.",
                              TXT)
                op["retry"] = plan.connection(client, next(ports), server,
                                              ("medium.example.",), qtype=TXT, patience=3.4)
                plan.ask(0.12 + n * 0.05, client, next(ports), server)
    plan.finish(53, quiet=11.0)


tcp_blocked = healthy_tcp = over_tcp


def resolver(plan):
    """Names of two zones' worth, each once, at the resolver on the router."""
    names = [f"n{n:02d}.w.example." for n in range(50)]
    names += [f"n{n:02d}.far.w.example." for n in range(30)]
    random.shuffle(names)
    ports = port_maker()
    for n, name in enumerate(names):
        client = 11 + n % 2
        plan.ask(0.1 + n * 0.06, C4 % client, next(ports), "198.51.100.1", "v4-" + name)
        plan.ask(0.13 + n * 0.06, C6 % client, next(ports), "2001:db8:5::1", "v6-" + name)
    plan.finish(1, qname="last.far.w.example.")


servfail = healthy_resolver = resolver


def ports_predictable(plan):
    """One client has a fixed port, one counts up, one does neither."""
    free = port_maker()
    for n in range(40):
        for m in (53, 54):
            plan.ask(0.1 + n * 0.03, C4 % 10, 32853, both(10, m)[0][1])
            plan.ask(0.11 + n * 0.03, C6 % 10, 20000 + 2 * n + m - 53, both(10, m)[1][1])
            for client, server in both(11, m):
                plan.ask(0.12 + n * 0.03, client, next(free), server)
    plan.add("end", plan.last() + 1)


def low_ports_in_use(plan):
    for n in (10, 11):
        for m in (53, 54):
            ports = ports_of((600, 1022, 40), (1024, 65535, 10), edges=(1023,))
            for pair in both(n, m):
                spread(plan, [(pair, port) for port in ports], 0.03)
    plan.add("end", plan.last() + 1)


def one_way(plan):
    ports = ports_of((1, 1023, 8), (1024, 49151, 16), (49152, 65535, 16))
    asks = [(pair, port) for m in (53, 54) for pair in both(10, m) for port in ports]
    spread(plan, asks, 0.01)
    plan.finish(54)


one_way_queries = one_way_replies = one_way


def dead_names(plan):
    """Names that no server answers, asked again and again from new ports."""
    ports = port_maker()
    names = [f"dead.n{n}.example." for n in range(9)]
    for n in range(110):
        for m in (53, 54):
            for client, server in both(10, m):
                plan.ask(0.1 + n * 0.04, client, next(ports), server,
                         ("a.example.", "b.example.", "t.example.")[n % 3])
    for n, name in enumerate(names):
        for again in range(3):
            for m in (53, 54):
                for client, server in both(10, m):
                    plan.ask(0.12 + n * 0.3 + again * 0.8, client, next(ports), server, name)
    plan.finish(54)


def incomplete(plan):
    """The capturing program is stopped from 3 s to 5 s."""
    ports = port_maker()
    for n in range(160):
        for client, server in both(10, 53 + n % 2):
            plan.ask(0.1 + n * 0.05, client, next(ports), server)
    for at, sign, go in ((3.01, "before", "stopped"), (5.01, "during", "going")):
        plan.add("touch", at, file=sign)
        plan.add("hold", at, file=go)
    plan.finish(54)

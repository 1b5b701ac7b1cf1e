"""findings.py - what the diagnosis must say of each sample, beside what truth.py counts.

What was done to the traffic stands here; where a set of ports ends for whoever sees only
this traffic comes from the client's log.  A finding has:

    code, severity            "note" only where the sample is there to show the note
    server, client, prefix    what it is about; none of them: all of the capture
    among                     instead: about one or more of these, or about all
    ports, except, where, transports
    within                    of raised loss: the range
    bounds                    the ends of the ports as they were seen
    begins                    true: it began while the capture ran
    optional                  it is true, but the sample alone does not prove it

Every fault and every warning of the report must be one of these.
"""
import collections

Trial = collections.namedtuple("Trial", "client server transport port outcome")

REACHED = ("answered", "late", "truncated")
SEVERITY = {
    "loss-random": "warning", "rate-limited": "warning", "client-refuses-replies": "warning",
    "replies-lost-beyond": "warning", "fragments-lost": "warning", "outage": "warning",
    "capture-one-way": "warning", "capture-incomplete": "warning",
    "source-ports-predictable": "note", "low-ports-in-use": "note"}
LOW = {"ports": "1-52,54-1023", "except": "53"}


def servers(*numbers):
    """Of both families."""
    return [address % n for n in numbers for address in ("198.51.100.%d", "2001:db8:5::%d")]


def clients(*numbers):
    return [address % n for n in numbers for address in ("192.0.2.%d", "2001:db8:c::%d")]


def about(code, **more):
    return {"code": code, "severity": SEVERITY.get(code, "fault")} | more


def of_servers(code, which, **more):
    """One for each server."""
    return [about(code, server=server, **more) for server in which]


def of_clients(code, which, **more):
    return [about(code, client=client, **more) for client in which]


NEAR = {"where": "near-server"}
LOW_NEAR = {**LOW, **NEAR, "transports": ["udp"]}
LOW_NEAR_TCP = {**LOW, **NEAR, "transports": ["tcp"]}
FAULTS = {
    # The samples that were there before the diagnosis.
    "low-ports": of_servers("ports-silent", servers(53), **LOW_NEAR),
    "port-unreachable": of_servers("server-port-closed", servers(56)),
    "random-loss": [about("loss-random", among=servers(53, 54))],
    "late-and-resent": of_servers("outage", servers(53)),
    # 20 of these ports in each family, within a second, at one of two servers.
    "starts-late-ends-early": [about("ports-silent", optional=True,
                                     among=servers(54) + clients(10))],
    "any-twice": of_servers("ports-silent", servers(53), **LOW_NEAR) +
                 of_servers("server-port-closed", servers(56)),
    "reply-refused": of_clients("client-refuses-replies", clients(10)),
    "tcp-outcomes": of_servers("server-silent", servers(55), transports=["tcp"]) +
                    of_servers("server-port-closed", servers(56), transports=["tcp"]) +
                    of_servers("server-unreachable", servers(57), transports=["tcp"]) +
                    # Every query to it is reset; there are nine.
                    of_servers("server-silent", servers(58), transports=["tcp"],
                               severity="warning"),
    "tcp-low-ports": of_servers("ports-silent", servers(53), **LOW_NEAR_TCP),
    "truncated-then-tcp": of_servers("tcp-blocked", servers(55, 56), transports=["tcp"]) +
                          # From port 53 it was not tried.
                          of_servers("ports-silent", servers(54), transports=["tcp"],
                                     ports="1-1023", **NEAR),
    "fragments": of_servers("fragments-lost", servers(54)),
    "mix": of_servers("server-port-closed", servers(56)) +
           of_servers("ports-silent", servers(54), optional=True),
    # Nor here.
    "snap-cut": of_servers("ports-silent", servers(54), transports=["udp"], ports="1-1023",
                           **NEAR) + [about("capture-incomplete")],
    # One for each kind of fault.
    "ports-refused": of_servers("ports-refused", servers(53), **LOW_NEAR) +
                     of_servers("ports-refused", servers(54), ports="2048-4095", **NEAR),
    "ports-hash": [about("ports-hash", server="198.51.100.53", **NEAR),
                   about("ports-hash", server="2001:db8:5::54", **NEAR)],
    "ports-one-client": [about("ports-silent", client="192.0.2.11", ports="1024-4999",
                               where="one-client")],
    "ports-near-observer": [about("ports-silent", ports="1-1023", where="near-observer")],
    "ports-one-server": [about("ports-silent", server="2001:db8:5::53", where="unknown", **LOW)],
    "ports-window": of_servers("ports-silent", servers(53), begins=True, **LOW_NEAR),
    "ports-amplification": of_servers("ports-silent", servers(53),
                                      ports="123,161,389,1900,11211", **NEAR),
    "ports-soft": of_servers("ports-silent", servers(53), within="20000-29999",
                             **NEAR),
    "server-silent": of_servers("server-silent", servers(55), **NEAR),
    "server-unreachable": of_servers("server-unreachable", servers(56, 57)),
    "outage": of_servers("outage", servers(53)),
    "rate-limited": of_servers("rate-limited", ["198.51.100.53"]),
    "rate-limited-slips": of_servers("rate-limited", ["2001:db8:5::53"]),
    # Whose reply it is hardly ever matters there: the client is what the capture can name.
    "replies-lost-beyond": of_clients("replies-lost-beyond", clients(10)),
    "fragments-lost": of_servers("fragments-lost", servers(54)),
    "tcp-blocked": of_servers("tcp-blocked", servers(54)),
    # The resolver never asks from port 53.
    "servfail": of_servers("ports-silent", servers(53), ports="1-1023", **NEAR) +
                [about("servfail-explained", server=server, client=resolver)
                 for server, resolver in zip(servers(53), servers(1))],
    "ports-predictable": of_clients("source-ports-predictable", clients(10)),
    "low-ports-in-use": [about("low-ports-in-use", among=clients(10, 11))],
    "one-way-queries": [about("capture-one-way")],
    "one-way-replies": [about("capture-one-way")],
    "incomplete": [about("capture-incomplete")],
}
# Alive before, or in no range: no port is where it ends.
WITHOUT_BOUNDS = ("ports-window", "ports-amplification")


def in_set(ports, port):
    """Whether "1-52,54-1023" has it."""
    for part in ports.split(","):
        first, _, last = part.partition("-")
        if int(first) <= port <= int(last or first):
            return True
    return False


def bounds_of(trials, ports):
    """Dead ones of these ports, and the nearest ones that were answered; None: nothing seen."""
    alive = {t.port for t in trials if t.outcome in REACHED}
    dead = {t.port for t in trials if t.outcome not in (*REACHED, "undecided")
            and in_set(ports, t.port)} - alive
    first, last = min(dead), max(dead)
    return [{"first_silent": first, "last_silent": last,
             "nearest_answered_below": max((p for p in alive if p < first), default=None),
             "nearest_answered_above": min((p for p in alive if p > last), default=None)}]


def expected(name, trials):
    """The findings of a sample; `trials`: its transactions."""
    rows = [dict(row) for row in FAULTS.get(name, [])]
    for row in rows:
        ports = row.get("ports", row.get("within"))
        if ports is None or name in WITHOUT_BOUNDS:
            continue
        mine = [t for t in trials if row.get("server") in (None, t.server)
                and row.get("client") in (None, t.client)
                and t.transport in row.get("transports", ["udp"])]
        row["bounds"] = bounds_of(mine, ports)
    return rows

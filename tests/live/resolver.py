#!/usr/bin/env python3
"""A real resolver behind a real filter: the finding comes up while it runs.

unbound asks nsd from ports on both sides of 1024; nftables in front of nsd drops what comes
from 1-1023 but 53, as some do in front of their name servers.
"""
import os
import signal
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

SERVER, OTHER, RESOLVER = "198.51.100.53", "198.51.100.54", "198.51.100.1"
FILTER = f"""table inet fault {{
    chain input {{
        type filter hook input priority 0;
        ip daddr {SERVER} udp dport 53 udp sport {{ 1-52, 54-1023 }} drop
    }}
}}
"""
ZONE = """$ORIGIN {zone}.
$TTL 60
@ SOA ns.{zone}. host.{zone}. 1 3600 600 86400 60
@ NS ns.{zone}.
ns A {address}
* A 192.0.2.82
"""
NSD = """server:
    ip-address: {address}
    server-count: 1
    username: ""
    database: ""
    zonesdir: "{folder}"
    pidfile: "{folder}/pid"
    xfrdfile: "{folder}/xfrd"
    xfrdir: "{folder}"
    zonelistfile: "{folder}/zones"
    logfile: "{folder}/log"
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: "{zone}."
    zonefile: "{folder}/zone"
"""
# Half of its ports are below 1024; it keeps asking a server that seems dead.
UNBOUND = """server:
    interface: 127.0.0.1
    port: 5300
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: "{folder}/unbound.pid"
    use-syslog: no
    logfile: "{folder}/unbound.log"
    do-ip6: no
    do-daemonize: no
    do-not-query-localhost: no
    module-config: "iterator"
    num-threads: 1
    outgoing-range: 200
    outgoing-port-avoid: 0-65535
    outgoing-port-permit: 500-1500
    infra-keep-probing: yes
    infra-host-ttl: 1
    outbound-msg-retry: 3
    access-control: 127.0.0.0/8 allow
remote-control:
    control-enable: no
stub-zone:
    name: "near.example"
    stub-addr: {server}
stub-zone:
    name: "far.example"
    stub-addr: {other}
"""
# Without waiting for late replies a query without one is told as early as one with one, so that
# cuts as short as these have both.
OPTIONS = ("--timeout", "1", "--hold", "1")
ROUNDS_SECONDS = 40
NAMES_A_SECOND = 60


class Server:
    """A namespace with a wire to ours, in which nsd answers behind a filter."""

    def __init__(self, folder):
        self.parts = []
        self.folder = folder
        self.holder = self.keep(lab.Process(["unshare", "-n", "sleep", "600"], folder, "holder"))
        ours = os.readlink("/proc/self/ns/net")
        if not lab.await_true(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != ours, 10):
            raise lab.Lacking("no second namespace")
        lab.run("ip", "link", "add", "name", "up0", "type", "veth", "peer", "name", "s0", "netns",
                str(self.holder.pid))
        lab.run("ip", "addr", "add", f"{RESOLVER}/24", "dev", "up0")
        lab.run("ip", "link", "set", "dev", "up0", "up")
        for address in (SERVER, OTHER):
            self.inside("ip", "addr", "add", f"{address}/24", "dev", "s0")
        for device in ("lo", "s0"):
            self.inside("ip", "link", "set", "dev", device, "up")
        rules = os.path.join(folder, "rules")
        tap.store(rules, FILTER.encode())
        self.inside("nft", "-f", rules)
        self.nsd("near", SERVER)
        self.nsd("far", OTHER)

    def keep(self, process):
        self.parts.append(process)
        return process

    def enter(self, *command):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--", *command]

    def inside(self, *command):
        return lab.run(*self.enter(*command))

    def nsd(self, name, address):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        zone = f"{name}.example"
        tap.store(os.path.join(folder, "zone"), ZONE.format(zone=zone, address=address).encode())
        conf = os.path.join(folder, "nsd.conf")
        tap.store(conf, NSD.format(zone=zone, address=address, folder=folder).encode())
        nsd = self.keep(lab.Process(self.enter(lab.which("nsd"), "-d", "-c", conf), self.folder,
                                    f"nsd-{name}"))
        if not lab.await_true(lambda: asked(address, 53, f"first.{zone}", 4000) is not None, 20):
            raise lab.Lacking(f"nsd does not answer: {nsd.err}")

    def close(self):
        for process in reversed(self.parts):
            process.send(signal.SIGTERM) if process.is_running() else None
        for process in reversed(self.parts):
            process.wait(5)
            process.__exit__()


def query(name, number):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def asked(address, port, name, number, seconds=0.3):
    """The rcode of a reply, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.settimeout(seconds)
        try:
            wire.sendto(query(name, number), (address, port))
            reply = wire.recv(4096)
        except OSError:
            return None
        return reply[3] & 15


def ask_resolver(wire, round_number):
    """New names in both zones; nobody waits for the answers."""
    for i in range(NAMES_A_SECOND):
        zone = "near" if i % 2 else "far"
        name = f"n{round_number}-{i}.{zone}.example"
        wire.sendto(query(name, (round_number * NAMES_A_SECOND + i) & 0xffff), ("127.0.0.1", 5300))
        lab.pause(0.6 / NAMES_A_SECOND)


def silent_ports(folder):
    """(report's name, finding) of the first report that names the server's silent ports."""
    for name in lab.reports(folder):
        report = lab.load_report(os.path.join(folder, name))
        for finding in (report or {}).get("findings", []):
            if finding["code"] == "ports-silent" and finding["server"] == SERVER:
                return name, finding
    return None, None


def check_finding(t, name, finding, live):
    t.ok(finding is not None, f"the finding came up in {name}, while it ran", live.notes())
    if finding is None:
        return
    t.ok(finding["severity"] == "fault" and "udp" in finding["transports"],
         f"it is a fault: {finding['summary']}", [finding])
    bounds = finding["bounds"][-1]
    t.ok(bounds["last_silent"] <= 1023 and (bounds["nearest_answered_above"] or 1024) >= 1024,
         f"silent up to {bounds['last_silent']}, answered from {bounds['nearest_answered_above']}",
         [finding])
    t.ok(finding["inside"]["reached"] == 0 and finding["inside"]["transactions"] >= 10,
         "from no port inside came a reply", [finding["inside"]])
    t.ok(finding["where"] == "near-server" and finding["controls"],
         "the other server answers the same ports: the fault is near this one",
         [finding["where"], finding["controls"]])


def watch(t, build, folder, server):
    reports = os.path.join(folder, "reports")
    os.mkdir(reports)
    os.chmod(reports, 0o777)
    conf = os.path.join(folder, "unbound.conf")
    tap.store(conf, UNBOUND.format(folder=folder, server=SERVER, other=OTHER).encode())
    unbound = server.keep(lab.Process([lab.which("unbound"), "-c", conf, "-d"], folder, "unbound"))
    if not lab.await_true(lambda: asked("127.0.0.1", 5300, "a.far.example", 1) is not None, 20):
        raise lab.Lacking(f"unbound does not answer: {unbound.err}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire, \
            lab.Live(build, folder, "-i", "up0", *OPTIONS, "--every", "5", "--reports",
                     reports) as live:
        name = finding = None
        for round_number in range(ROUNDS_SECONDS):
            ask_resolver(wire, round_number)
            name, finding = silent_ports(reports)
            if finding or not live.is_running():
                break
        check_finding(t, name, finding, live)
        t.ok(live.is_running(), "it runs still", live.notes())
        t.ok(live.end() == 0, "it ends in order", live.notes())


def main():
    build = lab.enter(__doc__, ("unbound", "nsd", "nft", "nsenter")).build
    t = tap.Tap()
    with lab.folder() as folder:
        server = None
        try:
            server = Server(folder)
            watch(t, build, folder, server)
        finally:
            if server is not None:
                server.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""ask.py - asks DNS queries as a plan says and writes down what came of it.

    ask.py [--dir DIR] [--pid LABEL=PID]... PLAN LOG
    ask.py --probe ADDRESS...

The plan is one JSON object a line, `at` in seconds:

    ask     sends a query (tx client port server id qname qtype edns), and
            again after each of `resend` seconds: if nothing was heard yet, or
            in any case with `always`.  `edns` is the size it offers; `pad`
            makes the query so many octets longer; `probe` sends it whole with
            DF set, whatever is known of the path; a truncated reply begins the
            connection `retry`
    tcp     opens a connection (connect.py)
    close   closes the socket of a client and port
    signal  sends `sig` to the process group of the server `who`
    hold    stops the plan's clock until `file` exists in DIR
    touch   makes `file` in DIR
    end     the last line

The log is one JSON object a line with the time of the machine's clock in
nanoseconds.  Receive times are the kernel's.  ICMP errors come from the
socket's error queue, so the log holds their sender, type and code.
"""
import argparse
import heapq
import json
import os
import resource
import selectors
import signal
import socket
import struct
import sys
import time

from connect import Connection

SO_TIMESTAMPNS = 35
IP_RECVERR, IPV6_RECVERR = 11, 25
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, PMTUDISC_PROBE = 10, 23, 3
EDNS_BYTES, PADDING = 1232, 12
MSG_ERRQUEUE = 0x2000


def message(ident, qname, qtype, edns, pad=0):
    wire = struct.pack("!6H", ident, 0, 1, 0, 0, 1 if edns else 0)
    for label in qname.rstrip(".").split("."):
        wire += bytes([len(label)]) + label.encode()
    wire += b"\0" + struct.pack("!2H", qtype, 1)
    if edns:
        options = struct.pack("!2H", PADDING, pad) + bytes(pad) if pad else b""
        size = EDNS_BYTES if edns is True else edns
        wire += b"\0" + struct.pack("!2HIH", 41, size, 0, len(options)) + options
    return wire


def decode(wire):
    """What the log needs of a message; names here are never compressed."""
    ident, flags, _, ancount, _, _ = struct.unpack("!6H", wire[:12])
    at, labels = 12, []
    while wire[at]:
        labels.append(wire[at + 1:at + 1 + wire[at]].decode())
        at += 1 + wire[at]
    return {"id": ident, "rcode": flags & 15, "tc": bool(flags & 0x200),
            "qr": flags >> 15, "ancount": ancount,
            "qname": ".".join(labels) + ".",
            "qtype": struct.unpack("!H", wire[at + 1:at + 3])[0]}


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Asker:
    def __init__(self, plan, log, folder, pids):
        self.plan, self.log, self.folder, self.pids = plan, log, folder, pids
        self.sockets = {}
        self.heard = {}
        self.asked = {}
        self.selector = selectors.DefaultSelector()
        self.timers = []
        self.count = 0
        self.start = time.monotonic()
        self.done = False

    def note(self, event, t=None, **fields):
        self.log.write(json.dumps({"ev": event, "t": t or time.time_ns(),
                                   **fields}) + "\n")

    def now(self):
        return time.monotonic() - self.start

    @staticmethod
    def new_socket(client, kind):
        """With the ICMP errors that it gets in its error queue."""
        s = socket.socket(family_of(client), kind)
        s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if s.family == socket.AF_INET:
            s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        else:
            s.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        s.setblocking(False)
        return s

    def socket_for(self, client, port, probe=False):
        key = (client, port)
        if key not in self.sockets:
            s = self.new_socket(client, socket.SOCK_DGRAM)
            if probe:
                s.setsockopt(*((socket.IPPROTO_IP, IP_MTU_DISCOVER)
                               if s.family == socket.AF_INET else
                               (socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER)), PMTUDISC_PROBE)
            s.bind(key)
            self.sockets[key] = s
            self.selector.register(s, selectors.EVENT_READ, key)
        return self.sockets[key]

    def later(self, at, what):
        self.count += 1
        heapq.heappush(self.timers, (at, self.count, what))

    @staticmethod
    def name(op, ident, qname, qtype, server):
        return (op[0], op[1], server, 53, ident, qname.lower(), qtype)

    def key_of(self, op):
        return self.name((op["client"], op["port"]), op["id"], op["qname"],
                         op["qtype"], op["server"])

    def send(self, op, copy):
        if copy and not op.get("always") and self.heard.get(self.key_of(op)):
            return
        key = (op["client"], op["port"])
        s = self.socket_for(*key, op.get("probe", False))
        self.asked.setdefault(self.key_of(op), op)
        wire = message(op["id"], op["qname"], op["qtype"], op.get("edns"), op.get("pad", 0))
        for _ in range(8):
            # A pending ICMP error fails the next send: take it, send again.
            t = time.time_ns()
            try:
                s.sendto(wire, (op["server"], 53))
                break
            except OSError:
                self.receive(s, key)
        else:
            sys.exit(f"ask.py: cannot send {op}")
        self.note("send", t, tx=op["tx"], copy=copy, client=op["client"],
                  port=op["port"], server=op["server"], server_port=53,
                  id=op["id"], qname=op["qname"], qtype=op["qtype"], size=len(wire),
                  probe=op.get("probe", False))

    def receive(self, s, key):
        while True:
            try:
                wire, extra, _, peer = s.recvmsg(65535, 512, MSG_ERRQUEUE)
            except BlockingIOError:
                break
            self.receive_error(key, wire, extra, peer)
        while True:
            try:
                wire, extra, _, peer = s.recvmsg(65535, 512)
            except BlockingIOError:
                break
            except OSError:
                continue    # the error that was read from the queue above
            t = self.kernel_time(extra)
            m = self.decoded(wire)
            name = self.name(key, m["id"], m["qname"], m["qtype"], peer[0])
            self.heard[name] = True
            self.note("reply", t, client=key[0], port=key[1], server=peer[0],
                      server_port=peer[1], size=len(wire), **m)
            op = self.asked.get(name, {})
            if m["tc"] and "retry" in op:
                Connection(self, op.pop("retry"))

    @staticmethod
    def decoded(wire):
        m = decode(wire)
        if m.pop("qr") != 1:
            sys.exit("ask.py: a query came to the client")
        return m

    @staticmethod
    def framed(q):
        wire = message(q["id"], q["qname"], q["qtype"], q.get("edns"))
        return struct.pack("!H", len(wire)) + wire

    @staticmethod
    def kernel_time(extra):
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", data[:16])
                return seconds * 10**9 + nanoseconds
        return None

    @staticmethod
    def errors_in(extra):
        for level, kind, data in extra:
            if (level, kind) not in ((socket.IPPROTO_IP, IP_RECVERR),
                                     (socket.IPPROTO_IPV6, IPV6_RECVERR)):
                continue
            origin, kind, code = struct.unpack("4xBBB", data[:7])
            if origin == 2:
                sender = socket.inet_ntop(socket.AF_INET, data[20:24])
            elif origin == 3:
                sender = socket.inet_ntop(socket.AF_INET6, data[24:40])
            else:
                sys.exit(f"ask.py: local error {data!r}")
            yield {"sender": sender, "family": 4 if origin == 2 else 6,
                   "type": kind, "code": code}

    def receive_tcp_error(self, s, known):
        """The ICMP errors about a connection that could not be opened."""
        while True:
            try:
                extra = s.recvmsg(65535, 512, MSG_ERRQUEUE)[1]
            except OSError:
                return
            for error in self.errors_in(extra):
                self.note("icmp", self.kernel_time(extra), **known, **error)

    def receive_error(self, key, wire, extra, peer):
        for error in self.errors_in(extra):
            m = decode(wire)
            self.heard[self.name(key, m["id"], m["qname"], m["qtype"],
                                 peer[0])] = True
            self.note("icmp", self.kernel_time(extra), client=key[0],
                      port=key[1], server=peer[0], server_port=peer[1],
                      **error, id=m["id"], qname=m["qname"], qtype=m["qtype"])

    def act(self, op):
        what = op["op"]
        if what == "ask":
            self.send(op, 0)
            for n, after in enumerate(op.get("resend", []), 1):
                self.later(op["at"] + after,
                           {"op": "again", "ask": op, "copy": n})
        elif what == "tcp":
            Connection(self, op)
        elif what == "call":
            op["what"]()
        elif what == "again":
            self.send(op["ask"], op["copy"])
        elif what == "close":
            key = (op["client"], op["port"])
            s = self.sockets.pop(key)
            self.receive(s, key)
            self.selector.unregister(s)
            s.close()
            self.note("close", client=key[0], port=key[1])
        elif what == "signal":
            os.killpg(self.pids[op["who"]], getattr(signal, "SIG" + op["sig"]))
            self.note("signal", who=op["who"], sig=op["sig"])
        elif what == "touch":
            self.log.flush()
            open(os.path.join(self.folder, op["file"]), "w").close()
        elif what == "hold":
            held = time.monotonic()
            path = os.path.join(self.folder, op["file"])
            while not os.path.exists(path):
                self.poll(0.02)
            self.start += time.monotonic() - held
            self.note("held", file=op["file"])
        elif what == "end":
            self.done = True
        else:
            sys.exit(f"ask.py: what is {what}?")

    def poll(self, wait):
        for ready, _ in self.selector.select(wait):
            if isinstance(ready.data, Connection):
                ready.data.ready()
            elif ready.data in self.sockets:
                self.receive(ready.fileobj, ready.data)

    def run(self):
        for op in self.plan:
            self.later(op["at"], op)
        while not self.done:
            wait = self.timers[0][0] - (time.monotonic() - self.start)
            if wait > 0:
                self.poll(wait)
            else:
                self.act(heapq.heappop(self.timers)[2])
                self.poll(0)


def probe(addresses):
    """Waits until each address answers."""
    for address in addresses:
        s = socket.socket(family_of(address), socket.SOCK_DGRAM)
        s.settimeout(0.3)
        while True:
            s.sendto(message(1, "a.example.", 1, False), (address, 53))
            try:
                if decode(s.recv(4096))["ancount"]:
                    break
            except OSError:
                time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", nargs="+")
    parser.add_argument("--dir", default=".")
    parser.add_argument("--pid", action="append", default=[])
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    if args.probe:
        probe(args.probe)
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    pids = {p.split("=")[0]: int(p.split("=")[1]) for p in args.pid}
    with open(args.files[0]) as f:
        plan = [json.loads(line) for line in f]
    with open(args.files[1], "w") as log:
        Asker(plan, log, args.dir, pids).run()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""ask.py - asks DNS queries as a plan says and writes down what came of it.

    ask.py [--dir DIR] [--pid LABEL=PID]... PLAN LOG
    ask.py --probe ADDRESS...

The plan is one JSON object a line, `at` in seconds:

    ask     sends a query (tx client port server id qname qtype edns), and
            again after each of `resend` seconds: if nothing was heard yet, or
            in any case with `always`
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

SO_TIMESTAMPNS = 35
IP_RECVERR, IPV6_RECVERR = 11, 25
MSG_ERRQUEUE = 0x2000


def message(ident, qname, qtype, edns):
    wire = struct.pack("!6H", ident, 0, 1, 0, 0, 1 if edns else 0)
    for label in qname.rstrip(".").split("."):
        wire += bytes([len(label)]) + label.encode()
    wire += b"\0" + struct.pack("!2H", qtype, 1)
    if edns:
        wire += b"\0" + struct.pack("!2HIH", 41, 1232, 0, 0)
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
        self.selector = selectors.DefaultSelector()
        self.timers = []
        self.count = 0
        self.start = time.monotonic()
        self.done = False

    def note(self, event, t=None, **fields):
        self.log.write(json.dumps({"ev": event, "t": t or time.time_ns(),
                                   **fields}) + "\n")

    def socket_for(self, client, port):
        key = (client, port)
        if key not in self.sockets:
            s = socket.socket(family_of(client), socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            if s.family == socket.AF_INET:
                s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
            else:
                s.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
            s.setblocking(False)
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
        s = self.socket_for(*key)
        wire = message(op["id"], op["qname"], op["qtype"], op.get("edns"))
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
                  id=op["id"], qname=op["qname"], qtype=op["qtype"])

    def receive(self, s, key):
        while True:
            try:
                wire, extra, _, peer = s.recvmsg(4096, 512, MSG_ERRQUEUE)
            except BlockingIOError:
                break
            self.receive_error(key, wire, extra, peer)
        while True:
            try:
                wire, extra, _, peer = s.recvmsg(4096, 512)
            except BlockingIOError:
                break
            except OSError:
                continue    # the error that was read from the queue above
            t = self.kernel_time(extra)
            m = decode(wire)
            if m.pop("qr") != 1:
                sys.exit("ask.py: a query came to the client")
            self.heard[self.name(key, m["id"], m["qname"], m["qtype"],
                                 peer[0])] = True
            self.note("reply", t, client=key[0], port=key[1], server=peer[0],
                      server_port=peer[1], **m)

    @staticmethod
    def kernel_time(extra):
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", data[:16])
                return seconds * 10**9 + nanoseconds
        return None

    def receive_error(self, key, wire, extra, peer):
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
            m = decode(wire)
            self.heard[self.name(key, m["id"], m["qname"], m["qtype"],
                                 peer[0])] = True
            self.note("icmp", self.kernel_time(extra), client=key[0],
                      port=key[1], server=peer[0], server_port=peer[1],
                      sender=sender, family=4 if origin == 2 else 6,
                      type=kind, code=code, id=m["id"], qname=m["qname"],
                      qtype=m["qtype"])

    def act(self, op):
        what = op["op"]
        if what == "ask":
            self.send(op, 0)
            for n, after in enumerate(op.get("resend", []), 1):
                self.later(op["at"] + after,
                           {"op": "again", "ask": op, "copy": n})
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
            if ready.data in self.sockets:
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

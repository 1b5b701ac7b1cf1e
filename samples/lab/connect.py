"""connect.py - DNS over TCP for ask.py: one connection of the plan, and its log.

The plan's `tcp` has client, port, server, and `send`: the queries (tx id qname
qtype edns).  `how` says how they are written:

    apart     each in a segment of its own (the default)
    together  all at once
    bytes     an octet a segment

Each is heard for `patience` seconds; then the client gives up and closes.  A
connection whose queries are all answered is closed at once.
"""
import errno
import selectors
import socket
import struct
import time

TCP_INFO_BYTES, TOTAL_RETRANS_AT = 104, 100
PENDING = (errno.EINPROGRESS, errno.EAGAIN)


class Connection:
    count = 0

    def __init__(self, asker, op):
        Connection.count += 1
        self.asker, self.op, self.number = asker, op, Connection.count
        self.waiting = {q["id"] for q in op["send"]}
        self.buffer, self.connected = b"", False
        self.known = {"conn": self.number, "client": op["client"], "port": op["port"],
                      "server": op["server"], "server_port": 53}
        self.socket = s = asker.new_socket(op["client"], socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.bind((op["client"], op["port"]))
        self.note("connect")
        failed = s.connect_ex((op["server"], 53))
        if failed not in (0, *PENDING):
            raise OSError(failed, f"cannot connect {op}")
        asker.selector.register(s, selectors.EVENT_WRITE, self)
        asker.later(asker.now() + op.get("patience", 6.5), {"op": "call", "what": self.give_up})

    def note(self, event, t=None, **more):
        self.asker.note(event, t, **self.known, **more)

    def over(self, event, **more):
        """Nothing more is wanted of it, or to be had."""
        retrans = struct.unpack_from("=I", self.socket.getsockopt(
            socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES), TOTAL_RETRANS_AT)[0]
        self.note(event, retrans=retrans, **more)
        self.asker.selector.unregister(self.socket)
        self.socket.close()
        self.socket = None

    def give_up(self):
        if self.socket is not None:
            self.over("shut" if self.connected else "gave-up")

    def ready(self):
        if self.socket is None:
            return
        if self.connected:
            self.receive()
            return
        failed = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            self.asker.receive_tcp_error(self.socket, self.known)
            self.over("failed", why=errno.errorcode[failed])
            return
        self.connected = True
        self.note("connected")
        self.asker.selector.modify(self.socket, selectors.EVENT_READ, self)
        self.send()

    def send(self):
        wires = [self.asker.framed(q) for q in self.op["send"]]
        how = self.op.get("how", "apart")
        if how == "bytes":
            whole = b"".join(wires)
            ends, at = {}, 0
            for n, wire in enumerate(wires):
                at += len(wire)
                ends[at - 1] = n
            for n in range(len(whole)):
                self.asker.later(self.asker.now() + n * 0.0007,
                                 {"op": "call", "what": lambda n=n: self.octet(whole, n, ends)})
            return
        if how == "together":
            self.write(b"".join(wires))
        for n, wire in enumerate(wires):
            if how == "apart":
                self.write(wire)
            self.sent(n)

    def octet(self, whole, n, ends):
        if self.socket is not None:
            self.write(whole[n:n + 1])
            if n in ends:
                self.sent(ends[n])

    def write(self, data):
        if self.socket is not None and self.socket.send(data) != len(data):
            raise OSError("the connection took less than was written")

    def sent(self, n):
        q = self.op["send"][n]
        self.note("send", tx=q["tx"], copy=0, id=q["id"], qname=q["qname"], qtype=q["qtype"])

    def receive(self):
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return
        except ConnectionResetError:
            self.over("reset")
            return
        t = time.time_ns()
        self.buffer += data
        while len(self.buffer) >= 2:
            size = struct.unpack("!H", self.buffer[:2])[0]
            if len(self.buffer) < 2 + size:
                break
            m = self.asker.decoded(self.buffer[2:2 + size])
            self.buffer = self.buffer[2 + size:]
            self.waiting.discard(m["id"])
            self.note("reply", t, size=size, **m)
        if not data:
            self.over("eof")
        elif not self.waiting:
            self.over("shut")

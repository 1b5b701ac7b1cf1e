#!/usr/bin/env python3
"""resolve.py READY LOG - a forwarding resolver on the router, which asks from any port.

It asks the second server about names under far.w.example. and the first about all others,
each time from a port drawn anew, half of the time one below 1024 (but not 53).  After 0.7 s it asks once
more; after 0.7 s more it gives up and says SERVFAIL.  The draw is made from the question, so that
a name has the same ports whenever the sample is made, but for one that is taken.  What it sends and what comes back it writes
into LOG as ask.py does.  The file READY is made when it listens.
"""
import json
import random
import selectors
import socket
import struct
import sys
import time

from ask import decode, family_of, message

WAIT = 0.7
TRIES = 2
LOW = [port for port in range(1, 1024) if port != 53]
UPSTREAM = {"198.51.100.1": "198.51.100.%d", "2001:db8:5::1": "2001:db8:5::%d"}


class Resolver:
    def __init__(self, log):
        self.log, self.selector, self.waiting = log, selectors.DefaultSelector(), []
        self.count = 0
        for address in UPSTREAM:
            s = socket.socket(family_of(address), socket.SOCK_DGRAM)
            s.bind((address, 53))
            self.selector.register(s, selectors.EVENT_READ, address)

    def note(self, event, job, **fields):
        self.log.write(json.dumps({
            "ev": event, "t": time.time_ns(), "client": job["address"], "port": job["port"],
            "server": job["upstream"], "server_port": 53, **fields}) + "\n")
        self.log.flush()

    def send(self, job):
        """From a port of its own, which no other query has now."""
        job["tries"] += 1
        job["id"] = job["draw"].randrange(65536)
        taken = {j.get("port") for j in self.waiting}
        while True:
            job["port"] = job["draw"].choice(LOW) if job["draw"].random() < 0.5 \
                else job["draw"].randrange(1024, 65536)
            if job["port"] not in taken:
                break
        job["socket"] = s = socket.socket(family_of(job["address"]), socket.SOCK_DGRAM)
        s.bind((job["address"], job["port"]))
        wire = message(job["id"], job["qname"], job["qtype"], True)
        self.count += 1
        self.note("send", job, tx=f"resolver-{self.count}", copy=0, id=job["id"],
                  qname=job["qname"], qtype=job["qtype"], size=len(wire), probe=False)
        s.sendto(wire, (job["upstream"], 53))
        job["until"] = time.monotonic() + WAIT
        self.selector.register(s, selectors.EVENT_READ, job)

    def drop(self, job):
        self.selector.unregister(job["socket"])
        job["socket"].close()

    def asked(self, s, address):
        wire, peer = s.recvfrom(65535)
        m = decode(wire)
        number = 54 if ".far." in m["qname"] else 53
        job = {"address": address, "upstream": UPSTREAM[address] % number, "to": s,
               "peer": peer, "query": wire, "qname": m["qname"], "qtype": m["qtype"],
               "draw": random.Random(m["qname"]), "tries": 0}
        self.waiting.append(job)
        self.send(job)

    def answered(self, job):
        wire = job["socket"].recv(65535)
        m = decode(wire)
        m.pop("qr")
        self.note("reply", job, size=len(wire), **m)
        job["to"].sendto(job["query"][:2] + wire[2:], job["peer"])
        self.drop(job)
        self.waiting.remove(job)

    def expire(self):
        for job in [j for j in self.waiting if j["until"] <= time.monotonic()]:
            self.drop(job)
            if job["tries"] < TRIES:
                self.send(job)
                continue
            question = job["query"][12:]
            job["to"].sendto(job["query"][:2] + struct.pack("!5H", 0x8182, 1, 0, 0, 0) +
                             question, job["peer"])
            self.waiting.remove(job)

    def run(self):
        while True:
            for ready, _ in self.selector.select(0.02):
                if isinstance(ready.data, dict):
                    self.answered(ready.data)
                else:
                    self.asked(ready.fileobj, ready.data)
            self.expire()


def main():
    ready, log = sys.argv[1:]
    with open(log, "w", encoding="ascii") as f:
        resolver = Resolver(f)
        with open(ready, "w", encoding="ascii"):
            pass
        resolver.run()


if __name__ == "__main__":
    main()

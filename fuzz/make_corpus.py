#!/usr/bin/env python3
"""Writes seeds for the fuzz targets.

    fuzz/make_corpus.py OUT [samples/pcaps/*.pcap ...]

OUT/<target>/ gets one file per seed: frames and messages of the samples given, and messages
made by hand after the mistakes that RFC 9267 lists.  Nothing is random.
fuzz/run.sh starts from fuzz/corpus; to renew that, make seeds, run for a
while and keep what `-merge=1` keeps (see fuzz/README.md).
"""
import gzip
import lzma
import os
import struct
import sys

LINKS = {1: 0, 101: 1, 113: 2, 276: 3, 0: 4, 108: 5}


def header(id=7, flags=0x0100, qd=1, an=0, ns=0, ar=0):
    return struct.pack(">6H", id, flags, qd, an, ns, ar)


def question(name=b"\1a\4test\0", qtype=1, qclass=1):
    return name + struct.pack(">2H", qtype, qclass)


def record(name, rtype, data=b"", rclass=1, ttl=0, length=None):
    return name + struct.pack(">2HIH", rtype, rclass, ttl,
                              len(data) if length is None else length) + data


def opt(data=b"", size=1232, ttl=0x8000, length=None):
    return record(b"\0", 41, data, size, ttl, length)


def label_name(total):
    """A name of `total` octets in labels as long as they may be."""
    name, left = b"", total - 1
    while left > 0:
        step = min(64, left)
        if left - step == 1:
            step -= 1
        name += bytes([step - 1]) + b"x" * (step - 1)
        left -= step
    return name + b"\0"


MESSAGES = {
    "query": header() + question(),
    "query-with-opt": header(ar=1) + question() + opt(),
    "reply-nxdomain-soa": header(flags=0x8183, ns=1) + question()
    + record(b"\xc0\x0c", 6, b"\xc0\x0e\xc0\x0e" + bytes(20)),
    "reply-badvers": header(flags=0x8180, ar=1) + question() + opt(ttl=0x01000000),
    "reply-without-question": header(flags=0x8180, qd=0),
    "mixed-case": header() + question(b"\3WwW\7eXaMpLe\0", 28),
    "root": header() + question(b"\0", 2),
    "odd-octets": header() + question(b"\6\x00\xff.\\\"\x1b\x03@$;\0"),
    "pointer-in-question": header() + question(b"\xc0\x0c"),
    "pointer-to-itself": header(flags=0x8180, an=1, ar=1) + question()
    + record(b"\xc0\x17", 1, bytes(4)) + opt(),
    "pointer-forward": header(flags=0x8180, an=1, ar=1) + question()
    + record(b"\xc0\x30", 1, bytes(4)) + opt(),
    "pointer-into-header": header(flags=0x8180, an=1, ar=1) + question()
    + record(b"\xc0\x04", 1, bytes(4)) + opt(),
    "pointer-cut": header(flags=0x8180, ar=1) + question() + b"\xc0",
    "label-bits-01": header() + question(b"\x41a\0"),
    "label-bits-10": header() + question(b"\x81a\0"),
    "label-bits-01-in-record": header(ar=1) + question() + record(b"\x41a\0", 41),
    "label-past-the-end": header() + b"\x3fabc",
    "name-without-end": header() + b"\1a\1b\1c",
    "name-255": header() + question(label_name(255)),
    "name-256": header() + question(label_name(256)),
    "name-of-127-labels": header() + question(b"\1a" * 127 + b"\0"),
    "name-of-128-labels": header() + question(b"\1a" * 128 + b"\0"),
    "counts-65535": header(qd=65535, an=65535, ns=65535, ar=65535),
    "two-questions-and-opt": header(qd=2, ar=1) + question() + question(b"\1b\0") + opt(),
    "answers-65535-and-opt": header(flags=0x8180, an=65535, ar=1) + question() + opt(),
    "rdlength-past-the-end": header(ar=1) + question() + opt(length=500),
    "rdlength-zero": header(flags=0x8180, an=1, ar=1) + question()
    + record(b"\xc0\x0c", 1) + opt(),
    "opt-twice": header(ar=2) + question() + opt(ttl=0x01000000) + opt(ttl=0x02000000),
    "opt-as-answer": header(an=1, ar=1) + question() + opt(size=1) + opt(size=2),
    "opt-not-at-root": header(ar=1) + question() + record(b"\1a\0", 41),
    "opt-option-overrun": header(ar=1) + question() + opt(b"\0\x0d\xff\xff"),
    "ede-with-control-bytes": header(flags=0x8182, ar=1) + question()
    + opt(b"\0\x0f\0\x08\0\x16\x1b[31m\0"),
    "header-short": header()[:11],
    "type-and-class-short": header() + b"\1a\0\0\1\0",
    "update": header(flags=0x2800) + question(qtype=6),
}


def ip4(payload, proto=17, src=b"\x0a\0\0\1", dst=b"\x0a\0\0\x35", frag=0, total=None, ihl=5,
        options=b""):
    length = 20 + len(options) + len(payload) if total is None else total
    return struct.pack(">BBHHHBBH", 0x40 | ihl, 0, length, 7, frag, 64, proto, 0) \
        + src + dst + options + payload


def ip6(payload, nxt=17, length=None):
    return struct.pack(">IHBB", 0x60000000, len(payload) if length is None else length, nxt, 64) \
        + bytes(15) + b"\1" + bytes(15) + b"\2" + payload


def udp(payload, sport=4001, dport=53, length=None):
    return struct.pack(">4H", sport, dport,
                       8 + len(payload) if length is None else length, 0) + payload


def ether(payload, etype=0x0800, tags=b""):
    return bytes(12) + tags + struct.pack(">H", etype) + payload


def frames():
    q = MESSAGES["query"]
    whole = ip4(udp(q))
    ext = lambda nxt, n=0: bytes([nxt, n]) + bytes(6 + 8 * n)
    yield "ip4", 1, whole
    yield "ip6", 1, ip6(udp(q))
    yield "ip4-length-zero", 1, ip4(udp(q), total=0)
    yield "ip4-length-short", 1, ip4(udp(q), total=19)
    yield "ip4-length-past-the-frame", 1, ip4(udp(q), total=1500)
    yield "ip4-ihl-4", 1, ip4(udp(q), ihl=4)
    yield "ip4-options", 1, ip4(udp(q), ihl=15, options=bytes(40))
    yield "ip4-first-fragment", 1, ip4(udp(q, length=2000), frag=0x2000)
    yield "ip4-later-fragment", 1, ip4(q, frag=0x00b9)
    yield "ip4-tiny-fragment", 1, ip4(udp(q)[:4], frag=0x2000)
    yield "udp-length-7", 1, ip4(udp(q, length=7))
    yield "udp-length-zero", 1, ip4(udp(q, length=0))
    yield "udp-length-past-ip", 1, ip4(udp(q, length=9000))
    yield "udp-cut", 1, ip4(udp(q)[:6])
    yield "vxlan", 1, ip4(udp(q, dport=4789))
    yield "gre", 1, ip4(bytes(4) + whole, proto=47)
    yield "ipip", 1, ip4(whole, proto=4)
    yield "tcp", 1, ip4(struct.pack(">2H", 4001, 53) + bytes(16), proto=6)
    yield "ip6-hop-by-hop", 1, ip6(ext(17) + udp(q), nxt=0)
    yield "ip6-ah", 1, ip6(bytes([17, 4]) + bytes(22) + udp(q), nxt=51)
    yield "ip6-extensions-16", 1, ip6(ext(60) * 15 + ext(17) + udp(q), nxt=60)
    yield "ip6-extensions-17", 1, ip6(ext(60) * 16 + ext(17) + udp(q), nxt=60)
    yield "ip6-extension-past-the-end", 1, ip6(bytes([17, 255]) + bytes(14), nxt=60)
    yield "ip6-fragment", 1, ip6(b"\x11\0\0\1\0\0\0\7" + udp(q, length=2000), nxt=44)
    yield "ip6-atomic-fragment", 1, ip6(b"\x11\0\0\0\0\0\0\7" + udp(q), nxt=44)
    yield "ip6-two-fragment-headers", 1, \
        ip6(b"\x2c\0\0\1\0\0\0\7" + b"\x11\0\0\0\0\0\0\7" + udp(q), nxt=44)
    yield "ip6-no-next-header", 1, ip6(b"", nxt=59)
    yield "ip6-jumbo", 1, ip6(ext(17) + udp(q, length=0), nxt=0, length=0)
    for kind, code in ((3, 3), (3, 13), (11, 0), (12, 0), (0, 0)):
        yield f"icmp-{kind}-{code}", 1, ip4(bytes([kind, code]) + bytes(6) + whole, proto=1)
    yield "icmp-quote-of-28", 1, ip4(b"\3\3" + bytes(6) + whole[:28], proto=1)
    yield "icmp-quote-of-27", 1, ip4(b"\3\3" + bytes(6) + whole[:27], proto=1)
    yield "icmp-quote-with-length", 1, ip4(b"\3\3\0\0\0\7\0\0" + whole, proto=1)
    yield "icmp-quote-of-icmp", 1, ip4(b"\3\3" + bytes(6) + ip4(b"\3\3" + bytes(6) + whole,
                                                               proto=1), proto=1)
    yield "icmp-quote-of-fragment", 1, ip4(b"\x0b\1" + bytes(6) + ip4(udp(q), frag=0x2000), proto=1)
    yield "icmp6-1-4", 1, ip6(b"\1\4" + bytes(6) + ip6(udp(q)), nxt=58)
    yield "icmp6-2-0", 1, ip6(b"\2\0\0\0\0\0\5\0" + ip6(udp(q)), nxt=58)
    yield "icmp6-quote-with-length", 1, ip6(b"\1\4\0\0\7\0\0\0" + ip6(udp(q)), nxt=58)
    yield "ethernet", 0, ether(whole)
    for n in (1, 8, 9):
        yield f"ethernet-{n}-tags", 0, ether(whole, tags=b"\x81\0\0\7" * n)
    yield "ethernet-arp", 0, ether(bytes(28), 0x0806)
    yield "ethernet-802.3", 0, ether(bytes(40), 40)
    yield "ethernet-mpls", 0, ether(bytes(4) + whole, 0x8847)
    yield "sll", 2, bytes(14) + b"\x08\0" + whole
    yield "sll-netlink", 2, b"\0\4\x03\x38" + bytes(12) + whole
    yield "sll2", 3, b"\x08\0" + bytes(18) + whole
    yield "null-little", 4, b"\2\0\0\0" + whole
    yield "null-big", 4, b"\0\0\0\x1e" + ip6(udp(q))
    yield "loop", 5, b"\0\0\0\2" + whole
    yield "unsupported", 10, whole
    yield from tunnels(q, whole)
    yield from links(whole)


def tunnels(q, whole):
    """A seed for each tunnel, and for what is fragmented in one."""
    inner = ether(whole)
    over = lambda port, data: ip4(udp(data, sport=50000, dport=port))
    label = b"\0\0\x11\xff"
    yield "mpls-ip4", 0, ether(b"\0\0\x10\xff" + label + whole, 0x8847)
    yield "mpls-control-word", 0, ether(label + bytes(4) + inner, 0x8847)
    yield "mpls-17-labels", 0, ether(b"\0\0\x10\xff" * 16 + label + whole, 0x8848)
    yield "mpls-in-ip", 1, ip4(label + whole, proto=137)
    yield "mpls-in-udp", 1, over(6635, label + whole)
    yield "pppoe", 0, ether(b"\x11\0\0\1\0\x3f\0\x21" + whole, 0x8864)
    yield "pbb", 0, ether(b"\0\0\0\7" + inner, 0x88e7)
    yield "nsh", 0, ether(b"\x0f\xc2\2\3\0\0\1\xff" + inner, 0x894f)
    yield "gre-key", 1, ip4(b"\x20\0\x65\x58\0\0\0\7" + inner, proto=47)
    yield "gre-route", 1, ip4(b"\x40\0\x08\0" + bytes(4) + whole, proto=47)
    yield "gre-in-udp", 1, over(4754, b"\0\0\x08\0" + whole)
    yield "gre-pptp", 1, ip4(b"\x30\x81\x88\x0b\0\x3b\0\7" + bytes(8) + b"\xff\3\0\x21" + whole,
                             proto=47)
    yield "erspan-1", 1, ip4(b"\0\0\x88\xbe" + inner, proto=47)
    yield "erspan-2", 1, ip4(b"\x10\0\x88\xbe" + bytes(4) + b"\x10\7\0\1" + bytes(4) + inner, proto=47)
    yield "erspan-3", 1, ip4(b"\x10\0\x22\xeb" + bytes(4) + b"\x20\7\0\1" + bytes(7) + b"\1"
                             + bytes(8) + inner, proto=47)
    yield "vxlan-ethernet", 1, over(4789, b"\x08\0\0\0\0\0\7\0" + inner)
    yield "vxlan-gpe", 1, over(4790, b"\x0c\0\0\1\0\0\7\0" + whole)
    yield "vxlan-reply-of-dns", 1, ip4(udp(b"\x08\0\0\0\0\0\7\0" + inner, sport=53, dport=4789))
    yield "geneve", 1, over(6081, b"\1\0\x65\x58\0\0\7\0\0\0\0\0" + inner)
    yield "gtp", 1, over(2152, b"\x30\xff" + struct.pack(">H", len(whole)) + b"\0\0\0\1" + whole)
    yield "gtp-extension", 1, over(2152, b"\x34\xff" + struct.pack(">H", 8 + len(whole))
                                   + b"\0\0\0\1\0\0\0\x85\1\x10\x09\0" + whole)
    yield "l2tp", 1, over(1701, b"\x4a\2\0\x50\0\1\0\2\0\1\0\1\0\1\0\xff\3\0\x21" + whole)
    yield "l2tp-control", 1, over(1701, b"\xc8\2\0\x0c" + bytes(8))
    yield "l2tpv3", 1, ip4(b"\0\0\0\1" + inner, proto=115)
    yield "ip6-in-ip4", 1, ip4(ip6(udp(q)), proto=41)
    yield "ip4-in-ip6", 1, ip6(whole, nxt=4)
    nested = whole
    for depth in range(1, 17):
        nested = ip4(nested, proto=4)
        if depth >= 15:
            yield f"ip-in-ip-{depth + 1}", 1, nested
    yield "fragment-in-gre", 1, ip4(b"\0\0\x08\0" + ip4(udp(q, length=2000), frag=0x2000), proto=47)
    yield "gre-in-fragment", 1, ip4(b"\0\0\x08\0" + whole, proto=47, frag=0x2000)
    yield "ip6-fragment-of-tunnel", 1, ip6(b"\x04\0\0\1\0\0\0\7" + whole, nxt=44)
    yield "tcp-options", 1, ip4(struct.pack(">2H2IBB3H", 4001, 53, 1, 2, 0x80, 0x18, 65535, 0, 0)
                                + bytes(12) + struct.pack(">H", len(q)) + q, proto=6)
    yield "tcp-offset-past-the-end", 1, ip4(struct.pack(">2H2IBB3H", 4001, 53, 1, 2, 0xf0, 2, 0,
                                                        0, 0), proto=6)


def links(whole):
    """A seed for each link that came with its own header."""
    wifi = bytes([8, 1]) + bytes(22) + b"\xaa\xaa\3\0\0\0\x08\0" + whole
    yield "llc-snap", 0, ether(b"\xaa\xaa\3\0\0\0\x08\0" + whole, 65)
    yield "ppp", 11, b"\xff\3\0\x21" + whole
    yield "ppp-one-octet", 11, b"\x21" + whole
    yield "ppp-hdlc-cisco", 12, b"\x0f\0\x08\0" + whole
    yield "ppp-ether", 13, b"\x11\0\0\1\0\x3f\0\x21" + whole
    yield "c-hdlc", 14, b"\x0f\0\x08\0" + whole
    yield "wifi", 15, wifi
    yield "wifi-qos-amsdu", 15, bytes([0x88, 3]) + bytes(28) + b"\x80\0" + bytes(14) \
        + b"\xaa\xaa\3\0\0\0\x08\0" + whole
    yield "wifi-protected", 15, bytes([8, 0x41]) + bytes(30)
    yield "frame-relay", 16, b"\x18\x41\3\xcc" + whole
    yield "frame-relay-snap", 16, b"\x18\x41\3\0\x80\0\0\0\x08\0" + whole
    yield "prism", 17, bytes(144) + wifi
    yield "radiotap", 18, b"\0\0\x11\0\3\0\0\0" + bytes(8) + b"\x20" + wifi
    yield "pktap-apple", 19, struct.pack("<3I", 12, 1, 0) + b"\2\0\0\0" + whole
    yield "avs", 20, b"\x80\x21\x10\1\0\0\0\x0c" + bytes(4) + wifi
    yield "ppi", 21, b"\0\0\x08\0" + struct.pack("<I", 105) + wifi
    yield "ppi-in-ppi", 21, b"\0\0\x08\0" + struct.pack("<I", 192) + bytes(8)
    yield "ppp-with-direction", 22, b"\1\xff\3\0\x21" + whole
    yield "nflog", 23, b"\2\0\0\0\5\0\x0a\0f\0\0\0" + struct.pack("<2H", 4 + len(whole), 9) + whole
    yield "nflog-big", 23, b"\2\0\0\0" + struct.pack(">2H", 4 + len(whole), 9) + whole
    yield "pktap", 24, struct.pack("<4I", 16, 1, 1, 0) + ether(whole)


NAMES = {
    "pointer-chain": bytes(12) + b"\0" + b"".join(
        b"\1a" + struct.pack(">H", 0xc000 | (12 if i == 0 else 13 + 4 * (i - 1)))
        for i in range(130)),
    "pointer-loop": bytes(12) + b"\xc0\x0e\xc0\x0c",
    "pointer-mid-label": bytes(12) + b"\3\1a\0\0\xc0\x0d",
    "text": bytes(12) + b"\6\x00\xff.\\\"\x1b\x03@$;\4(){}\0",
}


def path_record(kind, count, *six):
    return bytes([kind, count, *six])


def paths():
    """Queries, replies, errors by the six-byte kinds; unit 1 is milliseconds."""
    def query(name, ms=1, end=0, id=1, flags=0, icmp=False, unit=8, type=0, cut=0, port=0):
        return path_record((7 if icmp else 4) | unit, ms, end, port | name << 3, id, flags, type,
                           cut)
    plain = bytes([0, 0, 0, 50])
    full = bytes([0, 131, 0, 50])
    yield "answered", plain + query(0) + query(0, 20, flags=1)
    yield "late", plain + query(0) + query(0, 80, flags=1, unit=16)
    yield "unanswered", plain + query(0) + query(1, 7, unit=24, id=2) + query(2, 3, flags=1, id=2)
    yield "resends", plain + query(0) + query(0, 10, id=0x21, unit=16) + query(0, 5, flags=1) \
        + query(0, 5, id=0x31) + query(0, 5, flags=1, id=0x41)
    yield "duplicate-frames", plain + query(0) + b"\3\1" + query(0, 9, flags=1) + b"\3\1"
    yield "reply-before-query", plain + query(0, flags=1) + query(0, 1, unit=0x28)
    yield "truncated", plain + query(0) + query(0, 20, flags=3)
    yield "misdirected", plain + query(0, flags=0x0c) + query(0, flags=0x0d)
    yield "icmp-about-query", plain + query(0) + query(0, 5, icmp=True, type=0x33) \
        + query(0, 5, icmp=True, type=0x33, id=0x11)
    yield "icmp-about-reply", plain + query(0) + query(0, flags=1) \
        + query(0, 5, icmp=True, flags=1, type=0x33, end=0x20)
    yield "icmp-unmatched-twice", plain + query(0, icmp=True, type=0x33) + b"\3\1"
    yield "icmp-short", plain + query(0) + query(0, icmp=True, type=0x33, cut=28)
    yield "no-question", plain + query(0) + query(6, flags=1)
    yield "no-question-ambiguous", plain + query(0) + query(2) + query(6, flags=1)
    yield "both-server-ports", bytes([0, 0, 3, 50]) + query(0) + query(0, flags=1) \
        + query(0, port=2) \
        + query(0, port=2, flags=1) + query(0, port=2, icmp=True, type=0x33, cut=28)
    yield "clock-step", plain + query(0) + query(2, 100, unit=0x38) + query(2, flags=1)
    yield "ip6", plain + query(0, end=2) + query(0, end=2, flags=1) \
        + query(0, end=2, icmp=True, type=0x41)
    yield "long-names", full + b"".join(query(4, id=i) for i in range(12)) \
        + b"".join(query(4, id=i, flags=1) for i in range(12))
    yield "full-of-queries", full + b"".join(query(i & 7, id=i) for i in range(16)) \
        + query(0, 7, unit=24) + b"".join(query(i & 7, id=i) for i in range(16))
    yield "full-of-strays", full + b"".join(query(i & 7, id=i, flags=1) for i in range(16)) \
        + b"".join(query(i & 7, id=i) for i in range(16))
    yield "full-short-timeout", bytes([0x1e, 131, 0, 50]) \
        + b"".join(query(i & 7, 40, id=i & 15, flags=i >> 3 & 1) for i in range(60))
    yield "full-reordered", bytes([0xc3, 131, 0, 50]) + b"".join(
        query(i * 5 & 7, i * 7 & 15, id=i & 3, flags=i & 1, unit=8 | (i % 3 == 0) << 5)
        for i in range(60))
    yield "same-id", bytes([3, 0, 0, 50]) + b"".join(query(0, id=1) for i in range(70))
    yield "earlier-copy-after-reply", bytes([2, 0, 0, 50]) + query(0, 5, unit=16) \
        + query(0, 1, flags=1, unit=16) + query(0, 2, id=0x21, unit=0x30)
    yield "earlier-copy-after-late-reply", bytes([2, 0, 0, 50]) + query(0, 5, unit=16) \
        + query(0, 90, id=0x21) + query(0, 91, flags=1) + query(0, 2, id=0x31, unit=0x30)
    yield "strays-in-a-full-table", bytes([0x1e, 135, 0, 50]) + b"".join(
        query(0, 60, id=1 | i << 4, flags=1) for i in range(10)) + query(0, 7, unit=0x30) \
        + b"".join(query(1, id=i) for i in range(9))
    yield "fragment", plain + query(0) + query(0, end=0x40, flags=1)
    yield "cut", plain + bytes([0x4c, 1, 3]) + bytes(6) + bytes([0x4c, 1, 30]) + bytes(6)


def judges():
    """Queries with their outcomes, for the judge of ports (odd) and for all rules (even)."""
    answered, unanswered, icmp, truncated, no_connection = 0, 2, 3, 8, 5

    def ask(outcome, times=64, port=32768, ports=2, time=1, servers=0, clients=0, who=0):
        return struct.pack(">BBHBB", outcome, times - 1, port,
                           ports | time << 2 | servers << 4 | clients << 6, who)

    low = b"".join(ask(unanswered, 40, 1 + 200 * i, 1) + ask(answered, 40, 5000 * i)
                   for i in range(6))
    seeds = {
        "range": low,
        "range-twice": low + ask(unanswered, 60, 53, 1, who=1) + ask(answered, 200, who=1),
        "one-port": ask(unanswered, 60, 53, 0) + ask(answered, 60, 53, 0),
        "all-at-once": ask(unanswered, 200, time=0) + ask(answered, 200, time=0),
        "far-apart": ask(unanswered, 100, time=3) + ask(answered, 100, time=3),
        "alternating": ask(unanswered | 0x80, 256) + ask(icmp | 0x80, 256, 1, 1),
        "walks": ask(unanswered, 200, 40000, 1) + ask(answered, 200, 50000, 1),
        "saturated": ask(unanswered, 100, 1000, 3, 3, 3, 3) + ask(answered, 100, 0, 3, 3, 3, 3),
        "no-questions": ask(unanswered | 0x60, 100, 9, 1) + ask(answered | 0x60, 100),
        "one-question": ask(unanswered | 0x20, 100, 9, 1) + ask(answered | 0x20, 100),
        "spread": ask(unanswered, 256, 1, 1, 1, 1, 1) + ask(answered, 256, 1, 1, 1, 2, 2),
        "dead": ask(unanswered, 100) + ask(icmp, 100, who=1),
        "tcp": ask(truncated, 50) + ask(no_connection | 0x10, 50) + ask(answered, 50),
        "everything": low + ask(icmp, 50, who=1) + ask(unanswered, 50, who=2)
        + ask(truncated, 50, who=3) + ask(no_connection | 0x10, 50, who=3)
        + ask(answered, 50, who=0x14) + ask(unanswered, 50, who=0x14) + ask(answered, 50, who=4),
    }
    for name, records in seeds.items():
        for what in (0, 1):
            for sizes in (0x1b, 0x5b, 0x3f):
                yield f"{name}-{what}-{sizes:02x}", bytes([what, sizes, 0]) + records
        yield f"{name}-1-first", bytes([1, 0x12, 1]) + records
        yield f"{name}-1-last", bytes([1, 0x12, 2]) + records
        yield f"{name}-0-last", bytes([0, 0x12, 3]) + records


def pcap(frames, magic=0xa1b2c3d4, order="<", link=101, snap=65535, times=None):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for i, f in enumerate(frames):
        s, u = times[i] if times else (1700000000 + i, 1000 * i)
        out += struct.pack(order + "IIII", s, u, len(f), len(f)) + f
    return out


def block(kind, body, order="<", length=None):
    body += bytes(-len(body) % 4)
    n = 12 + len(body) if length is None else length
    return struct.pack(order + "II", kind, n) + body + struct.pack(order + "I", n)


def pcapng(frames, order="<", options=b"", link=101):
    out = block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1), order)
    out += block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)
    for i, f in enumerate(frames):
        t = (1700000000 + i) * 1000000
        out += block(6, struct.pack(order + "5I", 0, t >> 32, t & 0xffffffff, len(f), len(f)) + f,
                     order)
    return out


def pcaps():
    q = ip4(udp(MESSAGES["query"]))
    three = [q, q[:30], q]
    good = pcap(three)
    yield "micro", good
    yield "nano-big", pcap(three, 0xa1b23c4d, ">")
    yield "kuznetzov-magic", pcap(three, 0xa1b2cd34)
    yield "empty", b""
    yield "header-only", pcap([])
    yield "header-cut", good[:20]
    yield "record-cut", good[:-5]
    yield "record-header-cut", good[:24 + 7]
    yield "snaplen-0", pcap(three, snap=0)
    yield "snaplen-all", pcap(three, snap=0xffffffff)
    yield "captured-too-long", pcap([]) + struct.pack("<IIII", 1, 1, 300000, 300000) + q
    yield "captured-over-wire", pcap([]) + struct.pack("<IIII", 1, 1, len(q), 10) + q
    yield "times", pcap([q] * 7, times=[(5, 5), (0x80000000, 1), (0xffffffff, 0xffffffff),
                                        (10, 1000000), (9, 0), (999999, 0), (11, 0)])
    yield "link-127", pcap(three, link=127)
    yield "not-a-capture", b"PK\3\4 something else"
    yield "ng", pcapng(three)
    yield "ng-big", pcapng(three, ">")
    yield "ng-tsresol-nano", pcapng(three, options=b"\x09\0\1\0\x09\0\0\0\0\0\0\0")
    yield "ng-tsresol-2-63", pcapng(three, options=b"\x09\0\1\0\xbf\0\0\0\0\0\0\0")
    yield "ng-tsresol-10-255", pcapng(three, options=b"\x09\0\1\0\x7f\0\0\0\0\0\0\0")
    yield "ng-tsoffset", pcapng(three, options=b"\x0e\0\x08\0" + b"\xff" * 7 + b"\x7f" + bytes(4))
    yield "ng-option-overrun", pcapng(three, options=b"\x09\0\xff\xff")
    yield "ng-no-interface", pcapng([])[:28] + pcapng([q])[48:]
    yield "ng-block-of-11", pcapng([q]) + block(6, b"", length=11)
    yield "ng-block-of-2-31", pcapng([q]) + block(6, bytes(20), length=1 << 31)
    yield "ng-unaligned", pcapng([q]) + block(6, bytes(20), length=33)
    yield "ng-trailer-mismatch", pcapng([q])[:-4] + bytes(4) + pcapng([q])
    yield "ng-simple-packet", pcapng([]) + block(3, struct.pack("<I", len(q)) + q)
    yield "ng-unknown-block", pcapng([]) + block(0x0bad, b"hello") + pcapng([q])[48:]
    yield "ng-two-links", pcapng([q]) + block(1, struct.pack("<HHI", 1, 0, 0)) + pcapng([q])[48:]
    yield "ng-two-sections", pcapng([q]) + pcapng([q], ">")
    option = struct.Struct("<HH")
    yield "ng-old-packet", pcapng([q]) + block(2, struct.pack("<HH4I", 0, 3, 0x60a24, 9, len(q),
                                                              len(q)) + q)
    yield "ng-statistics", pcapng([q]) + block(5, struct.pack("<3I", 0, 0, 0) + option.pack(5, 8)
                                               + struct.pack("<Q", 7) + option.pack(7, 8)
                                               + struct.pack("<Q", 9) + option.pack(0, 0))
    yield "ng-two-snaps", pcapng([q]) + block(1, struct.pack("<HHI", 101, 0, 20)) + block(
        6, struct.pack("<5I", 1, 0x60a24, 0, len(q), len(q)) + q) + pcapng([q])[48:]
    yield "ng-interface-of-another-section", pcapng([q]) + pcapng([])[:28] + pcapng([q])[48:]
    yield "ng-long-unknown-block", pcapng([q]) + block(0x0bad, bytes(900)) + pcapng([q])[48:]
    yield "ng-packed", gzip.compress(pcapng(three), mtime=0)
    packed = gzip.compress(good, mtime=0)
    yield "gzip", packed
    yield "gzip-cut", packed[:-9]
    yield "gzip-bad-crc", packed[:-8] + b"\0\0\0\0" + packed[-4:]
    yield "gzip-members", gzip.compress(good[:40], mtime=0) + gzip.compress(good[40:], mtime=0)
    yield "gzip-trailing", packed + b"garbage"
    yield "gzip-twice", gzip.compress(packed, mtime=0)
    yield "gzip-bomb", gzip.compress(pcap([]) + bytes(1 << 20), mtime=0)
    yield "xz", lzma.compress(good)
    yield "xz-cut", lzma.compress(good)[:-20]
    yield "xz-large-dictionary", lzma.compress(good, filters=[
        {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 64 << 20}])
    yield "xz-streams", lzma.compress(good[:50], preset=0) + bytes(4) + lzma.compress(
        good[50:], check=lzma.CHECK_SHA256, filters=[{"id": lzma.FILTER_DELTA, "dist": 4},
                                                     {"id": lzma.FILTER_LZMA2, "preset": 1}])
    # One raw block of zstd (RFC 8878 3.1.1): no window, the size is a byte.
    small = good[:200]
    yield "zstd", b"\x28\xb5\x2f\xfd\x20" + bytes([len(small)]) \
        + struct.pack("<I", len(small) << 3 | 1)[:3] + small
    yield "zstd-skipped-and-large-window", b"\x28\xb5\x2f\xfd\x20" + bytes([len(small)]) \
        + struct.pack("<I", len(small) << 3 | 1)[:3] + small \
        + b"\x50\x2a\x4d\x18\3\0\0\0abc\x28\xb5\x2f\xfd\x04\x88\1\0\0" + bytes(4)
    yield "zstd-repeat", b"\x28\xb5\x2f\xfd\x20\x01" + struct.pack("<I", 1 << 3 | 3)[:3] + b"a"


def piece(offset, size, more=False, other=None, captured=None, datagram=0):
    """A record of fuzz_frag.c."""
    what = datagram | (32 if more else 0) | (0 if other is None else 64)
    cut = 0 if captured is None else captured + size + 1
    return struct.pack(">B4H", what, offset // 8, size, cut, other or 0)


def passed(seconds, how=0):
    return bytes([0x80, seconds, how])


def frags():
    begin, end = piece(0, 16, True), piece(16, 5)
    yield "whole", begin + end
    yield "out-of-order", piece(24, 9) + piece(8, 16, True) + piece(0, 8, True)
    yield "duplicates", begin + begin + end + end + piece(0, 8, True)
    yield "same-place-other-bytes", begin + piece(0, 16, True, other=15) + end
    yield "overlap", begin + piece(8, 16, True) + piece(24, 5)
    yield "overlap-around", piece(8, 8, True) + piece(0, 24, True) + piece(24, 8)
    yield "across-blocks", piece(0, 2040, True) + piece(2040, 4096, True) + piece(6136, 1)
    yield "65535-octets", piece(0, 40000, True) + piece(40000, 25535)
    yield "65536-octets", piece(0, 40000, True) + piece(40000, 25536)
    yield "endless", struct.pack(">B4H", 0, 0, 0, 0xffff, 0)
    yield "no-multiple-of-8", piece(0, 12, True) + piece(16, 8)
    yield "second-end-later", piece(8, 8) + piece(16, 8) + piece(0, 8, True)
    yield "second-end-earlier", piece(16, 8) + piece(8, 4) + piece(0, 8, True)
    yield "bytes-past-the-end", piece(8, 8) + piece(16, 8, True)
    yield "end-before-bytes", piece(16, 8, True) + piece(0, 8)
    yield "no-bytes", piece(0, 0, True) + piece(0, 8, True) + piece(8, 0) + piece(8, 8)
    yield "tiny-first", piece(0, 8, True) + piece(8, 1200)
    yield "cut", piece(0, 16, True, captured=10) + piece(0, 16, True) + end
    yield "cut-twice", piece(16, 8, captured=1) + piece(0, 8, True) + piece(8, 8, True, captured=2)
    yield "nothing-captured", piece(0, 8, True, captured=0) + piece(8, 8, captured=0)
    yield "cut-and-other-bytes", piece(0, 16, True, captured=9) + piece(0, 16, True, other=15) \
        + piece(0, 16, True, other=8)
    yield "all-datagrams", b"".join(piece(0, 16, True, datagram=n) for n in range(32)) \
        + b"".join(piece(16, 5, datagram=n) for n in range(32))
    yield "after-30-s", begin + passed(30) + piece(24, 1) + passed(1) + end
    yield "refused-for-30-s", begin + piece(8, 8, True, other=0) + passed(30) + end + passed(1) \
        + begin + end
    yield "earlier-time", passed(10) + begin + passed(255, 2) + piece(0, 16, True, datagram=2) \
        + passed(30) + piece(16, 5, datagram=2) + end
    yield "clock-step", begin + passed(0, 3) + end
    yield "again", begin + end + begin + end


def segment(is_server, flags, seq, ack, data=b"", cut=0, extra=0):
    """Numbers count from the SYN's; flags: 1 FIN, 2 SYN, 4 RST, 16 ACK."""
    return bytes([1 | is_server << 7 | extra, flags, seq, ack, cut, len(data)]) + data


def streams():
    """Half of the targets' ways each: messages cut up, and anything."""
    lengths = [29, 40, 100, 255, 254, 207, 203, 200, 201, 202]
    for i in range(8):
        cuts = b"".join(bytes([(0, 0x40, 0, 0x80)[(j * i) % 4], 37 * j * (i + 1) & 255])
                        for j in range(100))
        yield f"sent-{i}", bytes([0, 2 * i + 1, i & 1, 0, 5 * i]) \
            + bytes(lengths[j * (i + 1) % 10] for j in range(2 * i + 1)) + cuts
    name = b"\2k1\7example\0\0\1\0\1"
    query = b"\0\x1c\1\1\0\0\0\1\0\0\0\0\0\0" + name
    reply = b"\0\x1c\1\1\x80\0\0\1\0\0\0\0\0\0" + name
    begun = b"\1" + segment(0, 2, 0, 0) + segment(1, 18, 100, 1) + segment(0, 16, 1, 101)
    yield "answered", begun + segment(0, 16, 1, 101, query) + segment(1, 16, 101, 31, reply) \
        + segment(1, 17, 131, 31) + segment(0, 16, 31, 132)
    yield "refused", b"\1" + segment(0, 2, 0, 0) + segment(1, 20, 0, 1)
    yield "reset", begun + segment(0, 4, 1, 101)
    yield "hole", begun + segment(1, 16, 101, 1, reply) + segment(1, 16, 161, 1, reply) \
        + segment(0, 16, 1, 191)
    yield "hole-in-a-message", begun + segment(1, 16, 101, 1, reply[:16]) \
        + segment(1, 16, 121, 1, reply[20:]) + segment(0, 16, 1, 131)
    yield "cut", begun + segment(1, 16, 101, 1, reply[:22], 0x48) + segment(1, 16, 131, 1, reply)
    yield "sought", b"\1" + segment(1, 16, 101, 1, reply[9:]) + segment(1, 16, 122, 1, reply) \
        + segment(0, 16, 1, 152, query)
    yield "forgotten", begun + segment(0, 16, 1, 101, b"", 0x80) * 2 \
        + segment(0, 16, 1, 101, query, 0x80)
    yield "not-dns", b"\1" + segment(1, 2, 0, 0) + segment(0, 18, 1, 1) + segment(1, 16, 1, 1, reply)
    yield "both-server-ports", b"\1" + segment(1, 16, 101, 1, reply, extra=0x40) \
        + segment(0, 2, 50, 0, extra=0x40) + segment(1, 18, 9, 51, extra=0x40)
    octets = [segment(1, 16, 101 + i, 1, reply[i:i + 1]) for i in range(30)]
    yield "byte-a-segment", begun + b"".join(octets)
    yield "byte-a-segment-backwards", begun + b"".join(reversed(octets))
    yield "many-wait", begun + b"".join(segment(1, 16, 105 + 2 * i & 255, 1, b"x")
                                        for i in range(70))
    yield "large-ahead", begun + b"".join(bytes([0xa9, 16, i, 0, 3, 250]) for i in range(1, 40))


REVERSE = b"\x014\x013\x012\x0210\7in-addr\4arpa\0"
SUBNET4 = b"\0\x08\0\7\0\1\x18\0\x0a\1\2"
RDATA = {
    "a": (1, b"\x0a\1\2\3"),
    "aaaa": (28, b"\x20\1\x0d\xb8" + bytes(11) + b"\1"),
    "ns": (2, b"\3ns1\xc0\x0c"),
    "ptr": (12, b"\4host\7example\0"),
    "soa": (6, b"\2ns\xc0\x0c\4root\xc0\x0c" + bytes(range(20))),
    "mx": (15, b"\0\x0a\4mail\xc0\x0c"),
    "srv": (33, b"\0\1\0\2\0\x35\4mail\7example\0"),
    "naptr": (35, b"\0\1\0\2\1u\3E2U\6!^.*$!\xc0\x0c"),
    "rrsig": (46, b"\0\1\x08\2" + bytes(14) + b"\7example\0" + bytes(range(64))),
    "nsec": (47, b"\1b\7example\0\0\6\x40\1\0\0\0\3"),
    "nsec3": (50, b"\1\0\0\1\4salt\x14" + b"h" * 20 + b"\0\1\x40"),
    "https": (65, b"\0\1\3svc\xc0\x0c\0\3\0\2\1\xbb\0\4\0\4\x0a\1\2\3"
              + b"\0\6\0\x10" + bytes(15) + b"\1\0\1\0\3\2h2"),
    "txt": (16, b"\x0aclient=me!"),
    "apl": (42, b"\0\1\x08\1\x0a"),
    "tsig": (250, b"\4hmac\0" + bytes(8) + b"\0\4hash\0\1\0\0\0\0"),
    "unknown": (65280, b"\x0a\1\2\3"),
}


# Of each, what must not be left of it (tests/property/anonymised_frames.py).
SECRETS = {
    "a": [b"\x0a\1\2\3"],
    "aaaa": [b"\x20\1\x0d\xb8"],
    "ptr": [b"\4host"],
    "soa": [bytes(range(4)), b"\4root"],
    "mx": [b"\4mail"],
    "srv": [b"\4mail"],
    "naptr": [b"E2U", b"!^.*$!"],
    "rrsig": [bytes(range(1, 64))],
    "nsec3": [b"salt", b"hhhh"],
    "https": [b"\3svc", b"\x0a\1\2\3", b"h2"],
    "txt": [b"client"],
    "tsig": [b"hash", b"\4hmac"],
    "unknown": [b"\x0a\1\2\3"],
}


def anonymised():
    """(name, link of fuzz_anonymise.c, frame)"""
    def reply(*records):
        return header(flags=0x8180, an=len(records)) + question() + b"".join(records)

    def over4(message, sport=4001, dport=53):
        return ip4(udp(message, sport, dport))

    for name, (rtype, data) in RDATA.items():
        yield f"record-{name}", 1, over4(reply(record(b"\xc0\x0c", rtype, data)))
        yield f"record-{name}-twice", 1, ip6(udp(reply(
            record(b"\xc0\x0c", rtype, data), record(b"\xc0\x0c", rtype, data))))
    reverse = header(qd=1) + question(REVERSE, 12)
    back = header(flags=0x8180, an=2) + question(REVERSE, 12) \
        + record(b"\xc0\x0c", 12, b"\4host\7example\0") + record(b"\xc0\x0e", 2, b"\2ns\xc0\x13")
    edns = header(ar=1) + question() + opt(
        SUBNET4 + b"\0\x0a\0\x08clientno" + b"\0\3\0\4host" + b"\0\x0f\0\x05\0\x16why")
    for name, message in (("reverse", reverse), ("reverse-reply", back), ("edns", edns),
                          ("text", reply(record(b"\xc0\x0c", *RDATA["txt"])))):
        yield name, 1, over4(message)
        yield f"{name}-trailing", 1, over4(message + b"rest")
        yield f"{name}-quoted", 1, ip4(b"\3\3\0\0\0\0\0\0" + over4(message), 1)
        yield f"{name}-quoted-28", 1, ip4(b"\3\3\0\0\0\0\0\0" + over4(message)[:28], 1)
        yield f"{name}-quoted-6", 1, ip6(b"\1\4\0\0\0\0\0\0" + ip6(udp(message)), 58)
        yield f"{name}-quoted-extended", 1, ip4(
            b"\3\3\0\0\0\x20\0\0" + over4(message).ljust(128, b"\0")[:128]
            + b"\x20\0\0\0\0\x08\1\1\x0a\1\2\3", 1)
        yield f"{name}-first-fragment", 1, ip4(udp(message + bytes(64)), frag=0x2000)
        prefixed = struct.pack(">H", len(message)) + message
        head = struct.pack(">2H2IBBHHH", 4001, 53, 1, 2, 0x50, 16, 1000, 0, 0)
        yield f"{name}-tcp", 1, ip4(head + prefixed * 2, 6)
        yield f"{name}-tcp-begun", 1, ip4(head + prefixed + prefixed[:-3], 6)
    yield "options", 1, ip4(udp(MESSAGES["query"]), ihl=7, options=b"\7\7\4\x0a\1\2\3\0")
    yield "options-tcp", 1, ip4(struct.pack(">2H2IBBHHH", 4001, 53, 1, 2, 0x70, 16, 1000, 0, 0)
                                + b"\x22\6fast\1\0", 6)
    for kind, body in ((0, b"\x05\2\0\0\1\0"), (60, b"\xc9\x10" + b"h" * 4),
                       (43, b"\0\1" + b"r" * 4)):
        yield f"extension-{kind}", 1, ip6(bytes([17, 0]) + body + udp(MESSAGES["query"]), kind)
    yield "redirect", 1, ip4(b"\5\1\0\0\x0a\1\2\3" + over4(reverse), 1)
    yield "echo", 1, ip4(b"\x08\0\0\0\0\1\0\1payload", 1)
    yield "to-a-tunnel-s-port", 1, over4(header(0x0800, 0x8180, an=1) + question()
                                         + record(b"\xc0\x0c", *RDATA["a"]), 5300, 4789)


def sample_frames(path, most):
    """(link type, bytes) of some frames of a classic little-endian pcap."""
    with open(path, "rb") as file:
        data = file.read()
    link = struct.unpack_from("<I", data, 20)[0]
    found, at = [], 24
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        found.append((link, data[at + 16:at + 16 + size]))
        at += 16 + size
    step = max(1, len(found) // most)
    return found[::step][:most], data


def interfaces():
    """(name, datagram) of rtnetlink in this machine's byte order."""
    def attribute(kind, data, length=None):
        size = 4 + len(data) if length is None else length
        return struct.pack("=HH", size, kind) + data + bytes(-len(data) % 4)

    def link(kind=16, index=3, flags=0x11043, family=0, attributes=b"", length=None):
        body = struct.pack("=BBHiII", family, 0, 1, index, flags, 0) + attributes
        size = 16 + len(body) if length is None else length
        return struct.pack("=IHHII", size, kind, 2, 0, 0) + body

    name = attribute(3, b"eth0\0")
    yield "up", link(attributes=name + attribute(13, b"\xe8\3\0\0"))
    yield "down", link(flags=0x1002, attributes=attribute(1, bytes(6)) + name)
    yield "deleted", link(17, attributes=name)
    yield "bridge", link(17, family=7, attributes=name)
    yield "two", link(attributes=name) + link(17, index=70000, attributes=name)
    yield "dump-and-done", link(attributes=name) + struct.pack("=IHHIIi", 20, 3, 2, 0, 0, 0)
    yield "error", struct.pack("=IHHIIi", 36, 2, 0, 0, 0, -1) + bytes(16)
    yield "name-without-end", link(attributes=attribute(3, b"abcdefgh"))
    yield "name-too-long", link(attributes=attribute(3, b"x" * 40 + b"\0"))
    yield "name-of-no-octet", link(attributes=attribute(3, b""))
    yield "attribute-longer-than-all", link(attributes=attribute(3, b"eth0\0", 60000))
    yield "attribute-of-length-0", link(attributes=attribute(3, b"eth0\0", 0))
    yield "attribute-of-length-3", link(attributes=attribute(3, b"eth0\0", 3))
    yield "message-longer-than-all", link(attributes=name, length=0xffffffff)
    yield "message-of-length-0", link(attributes=name, length=0)
    yield "message-of-length-15", link(attributes=name, length=15)
    yield "message-of-a-header", link(attributes=name, length=16)


def main():
    out, samples = sys.argv[1], sys.argv[2:]

    def put(target, name, data):
        os.makedirs(f"{out}/{target}", exist_ok=True)
        with open(f"{out}/{target}/{name}", "wb") as file:
            file.write(data)

    for name, message in MESSAGES.items():
        put("dns", name, b"\0" + message)
        put("name", f"message-{name}", b"\0\x0c\0" + message)
    for name, message in NAMES.items():
        put("name", name, struct.pack(">HB", max(12, len(message) - 4), 0) + message)
    for name, link, frame in frames():
        put("frame", name, bytes([link, 0, 0]) + frame)
        if link < 3:
            put("path", f"frame-{name}", bytes([0, 0, 0, 50, link, 1])
                + struct.pack(">H", len(frame)) + frame)
    for name, data in paths():
        put("path", name, data)
    for name, data in pcaps():
        put("pcap", name, data)
    for name, data in frags():
        put("frag", name, data)
    for name, data in streams():
        put("stream", name, data)
    for name, link, frame in anonymised():
        put("anonymise", name, bytes([link, 0, 0]) + frame)
    for name, data in judges():
        put("judge", name, data)
    for name, data in interfaces():
        put("links", name, data)
    for path in samples:
        stem = os.path.basename(path).split(".")[0]
        some, data = sample_frames(path, 12)
        put("pcap", f"sample-{stem}", data[:1500])
        whole = bytes([0, 0, 0, 50])
        for i, (link, frame) in enumerate(some):
            if link in LINKS:
                put("frame", f"sample-{stem}-{i}", bytes([LINKS[link], 0, 0]) + frame)
                put("anonymise", f"sample-{stem}-{i}", bytes([LINKS[link], 0, 0]) + frame)
                if LINKS[link] < 3:
                    whole += bytes([LINKS[link] | 8, 5]) + struct.pack(">H", len(frame)) + frame
        put("path", f"sample-{stem}", whole)


if __name__ == "__main__":
    main()

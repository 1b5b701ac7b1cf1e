#!/usr/bin/env python3
"""encapsulate.py KIND IN.pcap OUT.pcap - puts every IP packet of a capture into a tunnel.

    encapsulate.py --list

IN is a classic pcap of Ethernet frames.  The packets, their times and lengths stay;
what is put around them is made up here, as the kernel of the lab has no such
devices.  Frames that are no IP are left out.
"""
import struct
import sys

IP4, IP6 = 0x0800, 0x86dd
MAC = bytes.fromhex("020000000002020000000001")
OUTER4 = bytes((203, 0, 113, 1, 203, 0, 113, 2))
OUTER6 = b"".join(bytes.fromhex("20010db800ff") + bytes(9) + bytes((n,)) for n in (1, 2))
SNAP = b"\xaa\xaa\x03\0\0\0"


def pack(form, *values):
    return struct.pack("!" + form, *values)


class Packet:
    """An IP packet and the Ethernet frame it came in."""

    def __init__(self, frame):
        self.frame, self.type, self.ip = frame, struct.unpack_from("!H", frame, 12)[0], frame[14:]
        self.is_ip = self.type in (IP4, IP6)

    def pick(self, four, six):
        return four if self.type == IP4 else six

    @property
    def ppp(self):
        return pack("H", self.pick(0x21, 0x57)) + self.ip


def ethernet(kind, payload):
    return MAC + pack("H", kind) + payload


def ip4(protocol, payload):
    head = pack("BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0) + OUTER4
    total = sum(struct.unpack("!10H", head))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return head[:10] + pack("H", total ^ 0xffff) + head[12:] + payload


def ip6(protocol, payload):
    return pack("IHBB", 0x60000000, len(payload), protocol, 64) + OUTER6 + payload


def udp(port, payload, outer=ip4):
    return outer(17, pack("4H", 49999, port, 8 + len(payload), 0) + payload)


def gre(kind, payload, flags=0, fields=b"", outer=ip4):
    return outer(47, pack("HH", flags, kind) + fields + payload)


def over4(packet):
    return ethernet(IP4, packet)


def over6(packet):
    return ethernet(IP6, packet)


def labels(*numbers):
    last = len(numbers) - 1
    return b"".join(pack("I", n << 12 | (i == last) << 8 | 64) for i, n in enumerate(numbers))


def l2tp(p):
    # Length, sequence numbers and an offset of 4 octets.
    body = b"\xff\x03" + p.ppp
    return pack("7H", 0x4a02, 18 + len(body), 1, 2, 3, 4, 4) + bytes(4) + body


def gtp(p):
    extension = pack("HBB", 7, 0, 0x85) + b"\x01\x10\x01\0"
    return pack("BBHI", 0x34, 255, len(extension) + len(p.ip), 99) + extension + p.ip


def nflog(p, order="<"):
    """`order`: of the bytes of the machine that captured."""
    def tlv(kind, value):
        return struct.pack(order + "HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return pack("BBH", p.pick(2, 10), 0, 5) + tlv(1, pack("HBB", p.type, 1, 0)) + \
        tlv(10, b"lab\0") + tlv(9, p.ip)


def wifi(p, pad):
    """A QoS data frame to an access point; its header of 26 octets may be padded to 28."""
    head = b"\x88\x01\0\0" + bytes.fromhex("020000000003") + p.frame[6:12] + p.frame[:6] + \
        b"\x10\0" + b"\0\0"
    return head + bytes(2 * pad) + SNAP + p.frame[12:]


def radiotap(p):
    # Flags (data are padded), rate and channel.
    return struct.pack("<BBHIBBHH", 0, 0, 14, 0xe, 0x20, 2, 2412, 0xa0) + wifi(p, True)


def avs(p):
    return pack("II", 0x80211001, 64) + bytes(56) + wifi(p, False)


def pktap(p):
    return struct.pack("<III", 108, 1, 1) + b"lab0" + bytes(108 - 16) + p.frame


def sll2(p):
    return pack("HHIHBB", p.type, 0, 2, 1, 0, 6) + p.frame[6:12] + bytes(2) + p.ip


def sll(p):
    return pack("HHH", 0, 1, 6) + p.frame[6:12] + bytes(2) + pack("H", p.type) + p.ip


def ah(p):
    return pack("BBHII", p.pick(4, 41), 4, 0, 1, 1) + bytes(12) + p.ip


def deep(p):
    """VXLAN over MPLS over two VLAN tags; in it GRE with a key; in it IP in IP."""
    inner = gre(IP6, ip6(p.pick(4, 41), p.ip), 0x2000, pack("I", 7), ip6)
    outer = udp(4789, pack("II", 0x08000000, 42 << 8) + over6(inner))
    return ethernet(0x88a8, pack("HHHH", 5, 0x8100, 6, 0x8847) + labels(16, 17) + outer)


ETHERNET = 1

# Link type, what is made of a packet, and the tunnels that dnsgap must name.
KINDS = {
    "qinq": (ETHERNET, lambda p: ethernet(0x88a8, pack("HHHH", 10, 0x8100, 20, p.type) + p.ip), ()),
    "snap": (ETHERNET, lambda p: ethernet(min(8 + len(p.ip), 1500), SNAP + pack("H", p.type) + p.ip), ()),
    "mpls": (ETHERNET, lambda p: ethernet(0x8847, labels(16, 1000, 17) + p.ip), ("mpls",)),
    "mpls-pseudowire": (ETHERNET, lambda p: ethernet(
        0x8847, labels(16, 17) + bytes(4) + p.frame), ("mpls",)),
    "mpls-in-ip": (ETHERNET, lambda p: over4(ip4(137, labels(16) + p.ip)), ("mpls",)),
    "mpls-in-udp": (ETHERNET, lambda p: over4(udp(6635, labels(16) + p.ip)), ("mpls",)),
    "pppoe": (ETHERNET, lambda p: ethernet(
        0x8864, pack("BBHH", 0x11, 0, 1, len(p.ppp)) + p.ppp), ("pppoe",)),
    "pbb": (ETHERNET, lambda p: ethernet(0x88e7, bytes(4) + p.frame), ("pbb",)),
    "nsh": (ETHERNET, lambda p: ethernet(0x894f, b"\x0f\xc2\x02\x03" + bytes(4) + p.frame), ("nsh",)),
    "gre": (ETHERNET, lambda p: over4(gre(p.type, p.ip)), ("gre",)),
    "gre-key": (ETHERNET, lambda p: over6(gre(
        p.type, p.ip, 0xb000, pack("HHII", 0, 0, 7, 8), ip6)), ("gre",)),
    "gre-ethernet": (ETHERNET, lambda p: over4(gre(0x6558, p.frame)), ("gre",)),
    "gre-in-udp": (ETHERNET, lambda p: over4(udp(
        4754, pack("HH", 0, p.type) + p.ip)), ("gre",)),
    "pptp": (ETHERNET, lambda p: over4(gre(
        0x880b, b"\xff\x03" + p.ppp, 0x3081,
        pack("HHII", 2 + len(p.ppp), 1, 2, 3))), ("gre",)),
    "erspan-i": (ETHERNET, lambda p: over4(gre(0x88be, p.frame)), ("gre", "erspan")),
    "erspan-ii": (ETHERNET, lambda p: over4(gre(
        0x88be, pack("II", 0x10010001, 0) + p.frame, 0x1000, pack("I", 1))), ("gre", "erspan")),
    "erspan-iii": (ETHERNET, lambda p: over4(gre(
        0x22eb, pack("III", 0x20010001, 0, 1) + bytes(8) + p.frame, 0x1000,
        pack("I", 1))), ("gre", "erspan")),
    "vxlan": (ETHERNET, lambda p: over4(udp(
        4789, pack("II", 0x08000000, 42 << 8) + p.frame)), ("vxlan",)),
    "vxlan-gpe": (ETHERNET, lambda p: over6(udp(
        4790, pack("II", 0x0c000000 | p.pick(1, 2), 42 << 8) + p.ip, ip6)), ("vxlan",)),
    "geneve": (ETHERNET, lambda p: over4(udp(
        6081, pack("BBHI", 2, 0, 0x6558, 42 << 8) + pack("HBBI", 0x102, 1, 1, 5) + p.frame)),
               ("geneve",)),
    "gtp-u": (ETHERNET, lambda p: over4(udp(2152, gtp(p))), ("gtp",)),
    "l2tpv2": (ETHERNET, lambda p: over4(udp(1701, l2tp(p))), ("l2tp",)),
    "ip-in-ipv4": (ETHERNET, lambda p: over4(ip4(p.pick(4, 41), p.ip)), ("ip-in-ipv4",)),
    "ip-in-ipv6": (ETHERNET, lambda p: over6(ip6(p.pick(4, 41), p.ip)), ("ip-in-ipv6",)),
    "ah": (ETHERNET, lambda p: over4(ip4(51, ah(p))), ("ip-in-ipv4",)),
    "deep": (ETHERNET, deep, ("mpls", "vxlan", "gre", "ip-in-ipv6")),
    "null": (0, lambda p: struct.pack("<I", p.pick(2, 30)) + p.ip, ()),
    "loop": (108, lambda p: pack("I", p.pick(2, 24)) + p.ip, ()),
    "raw": (101, lambda p: p.ip, ()),
    "ppp": (9, lambda p: b"\xff\x03" + p.ppp, ()),
    "ppp-hdlc": (50, lambda p: b"\xff\x03" + p.ppp, ()),
    "cisco-hdlc": (104, lambda p: pack("HH", 0x0f00, p.type) + p.ip, ()),
    "frame-relay": (107, lambda p: b"\x18\x41\x03" + p.pick(b"\xcc", b"\x8e") + p.ip, ()),
    "sll": (113, sll, ()),
    "sll2": (276, sll2, ()),
    "wifi": (105, lambda p: wifi(p, False), ()),
    "radiotap": (127, radiotap, ()),
    "avs": (163, avs, ()),
    "ppi": (192, lambda p: struct.pack("<BBHI", 0, 0, 8, 1) + p.frame, ()),
    "nflog": (239, nflog, ()),
    "nflog-big-endian": (239, lambda p: nflog(p, ">"), ()),
    "pktap": (258, pktap, ()),
}


def records(data):
    """(head of 8 octets, frame) of each record of a little-endian classic pcap."""
    at = 24
    while at < len(data):
        size, wire = struct.unpack_from("<2I", data, at + 8)
        if size != wire:
            sys.exit("encapsulate.py: the capture is cut")
        yield data[at:at + 8], data[at + 16:at + 16 + size]
        at += 16 + size


def encapsulate(kind, data):
    """(a pcap in which every IP packet is in a tunnel, their number)."""
    link, put, _ = KINDS[kind]
    out, count = [data[:16] + struct.pack("<2I", 262144, link)], 0
    for head, frame in records(data):
        packet = Packet(frame)
        if packet.is_ip:
            made = put(packet)
            out.append(head + struct.pack("<2I", len(made), len(made)) + made)
            count += 1
    return b"".join(out), count


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(KINDS))
        return 0
    if len(sys.argv) != 4 or sys.argv[1] not in KINDS:
        print("usage: encapsulate.py KIND IN.pcap OUT.pcap, or --list", file=sys.stderr)
        return 2
    with open(sys.argv[2], "rb") as f:
        made = encapsulate(sys.argv[1], f.read())[0]
    with open(sys.argv[3], "wb") as f:
        f.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())

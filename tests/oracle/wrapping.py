"""Random links, tunnels and fragments around packets, for torture.py."""
import struct
import zlib

from build import ether, ip4, ip6, pieces, to6, udp

OUTER = ["172.16.0.1", "172.16.0.2"]
SNAP = b"\xaa\xaa\x03\0\0\0"
LINKS = [1] * 6 + [101] * 3 + [113, 276, 0, 108, 9, 204, 50, 51, 104, 107, 105, 127, 192, 119, 163,
                               239, 258, 14, 149]
TUNNELS = ["ip", "ip", "gre", "gre", "erspan", "mpls", "vxlan", "gpe", "geneve", "gtp", "l2tp",
           "pptp", "mpls-udp", "gre-udp", "ether-gre"]


def ethertype(six):
    return 0x86DD if six else 0x0800


def ppp(rng, six):
    return rng.choice([b"\xff\3", b""]) + rng.choice([b"\0", b""]) + (b"\x57" if six else b"\x21")


def tagged(rng, six, data):
    """An Ethernet frame, or what is like one."""
    kind, tags = ethertype(six), [0x8100] * rng.choice([0, 0, 0, 1, 2])
    what = rng.randrange(16)
    if what == 0:
        return ether(SNAP + struct.pack(">H", kind) + data, rng.choice([60, 1500]), tags)
    if what == 1:
        label = bytes(4) * rng.randrange(2) + b"\0\0\1\x40"
        if rng.random() < 0.3:
            return ether(label + bytes(4) * rng.randrange(2) + ether(data, kind), 0x8847, tags)
        return ether(label + data, 0x8848, tags)
    if what == 2:
        return ether(b"\x11" + bytes([rng.random() < 0.1]) + bytes(4) + ppp(rng, six) + data, 0x8864,
                     tags)
    if what == 3:
        return ether(bytes(4) + ether(data, kind), 0x88E7, tags)
    if what == 4:
        words = rng.randrange(1, 5)
        return ether(bytes([0, words, 1, 2 if six else 1]) + bytes(max(0, 4 * words - 4)) + data,
                     0x894F, tags)
    return ether(data, kind, tags)


def wifi(rng, six, data, is_padded=False):
    flags = rng.choice([0, 1, 2, 3, 0x80, 0x43])
    qos = rng.random() < 0.5
    length = 24 + 6 * (flags & 3 == 3) + 2 * qos + 4 * bool(qos and flags & 0x80)
    head = bytearray(length + (-length % 4 if is_padded else 0))
    head[0], head[1] = 0x88 if qos else rng.choice([0x08, 0x08, 0x48, 0x80]), flags
    head[9] = rng.randrange(2)
    inner = b""
    if qos and rng.random() < 0.2:
        head[30 if flags & 3 == 3 else 24] = 0x80
        inner = bytes(14)
    return bytes(head) + inner + SNAP + struct.pack(">H", ethertype(six)) + data


def frame(rng, link, six, data):
    """A packet on a link."""
    kind = struct.pack(">H", ethertype(six))
    if link == 1:
        return tagged(rng, six, data)
    if link == 113:
        return bytes([0, rng.randrange(2)]) + bytes(12) + kind + data
    if link == 276:
        return kind + bytes(18) + data
    if link in (0, 108):
        return struct.pack(">I" if link else rng.choice("<>") + "I", 10 if six else 2) + data
    if link in (9, 50):
        if link == 50 and rng.random() < 0.4:
            return b"\x0f\0" + kind + data
        return ppp(rng, six) + data
    if link == 204:
        return bytes([rng.randrange(2)]) + ppp(rng, six) + data
    if link == 51:
        return b"\x11" + bytes(5) + ppp(rng, six) + data
    if link == 104:
        return b"\x8f\0" + kind + data
    if link == 107:
        head = rng.choice([b"\x18\x41", b"\x18\x40\x41", b"\x18\x40\x40\x41"])
        return head + rng.choice([b"\3" + (b"\x8e" if six else b"\xcc"), kind,
                                  b"\3\0\x80\0\0\0" + kind, b"\3\x80\0\0\0" + kind]) + data
    if link == 105:
        return wifi(rng, six, data)
    if link == 127:
        is_padded = rng.random() < 0.5
        return (struct.pack("<HHI", 0, 9, 2) + bytes([0x20 * is_padded])
                + wifi(rng, six, data, is_padded))
    if link == 192:
        inner = rng.choice([1, 105, 101, 9])
        return struct.pack("<HHI", 0, 12, inner) + bytes(4) + frame(rng, inner, six, data)
    if link in (119, 163):
        head = bytes(144)
        if rng.random() < 0.5:
            head = struct.pack(">II", 0x80211001, 64) + bytes(56)
        return head + wifi(rng, six, data)
    if link == 239:
        order = rng.choice("<>")
        return (bytes([2, 0, 0, 0]) + struct.pack(order + "HH", 5, 3) + bytes(4)
                + struct.pack(order + "HH", 4 + len(data), 9) + data)
    if link in (258, 149):
        inner = rng.choice([1, 12, 0])
        return struct.pack("<III", 16, 1, inner) + bytes(4) + frame(rng, inner, six, data)
    return data


def outer(rng, protocol, body):
    """(is it IPv6, packet): the IP header around a tunnel."""
    src, dst = rng.sample(OUTER, 2)
    if rng.random() < 0.3:
        return True, to6(ip6(protocol, body), 71, 72)
    data = ip4(protocol, body, src, dst)
    return False, data[:4] + struct.pack(">H", zlib.crc32(body) & 0xffff) + data[6:]


def wrap(rng, six, data):
    """The packet in a tunnel: (is the outer one IPv6, packet)."""
    kind = rng.choice(TUNNELS)
    what, frame_in = ethertype(six), ether(data, ethertype(six))
    ports = {"vxlan": rng.choice([4789, 8472]), "gpe": 4790, "geneve": 6081, "gtp": 2152,
             "l2tp": 1701, "mpls-udp": 6635, "gre-udp": 4754}
    label = b"\0\0\1\x40"
    flags = rng.choice([0, 0x2000, 0x9000, 0xB000])
    more = bytes(4 * bin(flags).count("1"))
    gre = struct.pack(">HH", flags, what) + more + data
    bodies = {
        "ip": (41 if six else 4, data), "mpls": (137, label + data), "gre": (47, gre),
        "ether-gre": (47, struct.pack(">HH", flags, 0x6558) + more + frame_in),
        "erspan": (47, rng.choice([
            struct.pack(">HH", 0, 0x88BE) + frame_in,
            struct.pack(">HHI", 0x1000, 0x88BE, 1) + bytes(8) + frame_in,
            struct.pack(">HHI", 0x1000, 0x22EB, 1) + bytes(12) + frame_in,
            struct.pack(">HHI", 0x1000, 0x22EB, 1) + bytes(10) + b"\x08\1" + bytes(8) + data])),
        "pptp": (47, struct.pack(">HHII", 0x3001, 0x880B, 0, 1) + ppp(rng, six) + data),
        "vxlan": b"\x08" + bytes(7) + frame_in,
        "gpe": b"\x0c\0\0" + (b"\2" if six else b"\1") + bytes(4) + data,
        "geneve": rng.choice([b"\0\0" + struct.pack(">H", what) + bytes(4) + data,
                              b"\1\0\x65\x58" + bytes(8) + frame_in]),
        "gtp": b"\x30\xff" + struct.pack(">HI", len(data), 1) + data,
        "l2tp": rng.choice([b"\0\2" + bytes(4), b"\x4a\2" + bytes(12)]) + ppp(rng, six) + data,
        "mpls-udp": label + data, "gre-udp": gre}
    if kind in ports:
        return outer(rng, 17, udp(40000, ports[kind], bodies[kind]))
    return outer(rng, *bodies[kind])


def fragments(rng, six, data):
    """The packet in fragments, in order mostly: [(is it IPv6, packet)]."""
    head = 40 if six else 20
    payload = data[head:]
    if len(payload) < 16:
        return [(six, data)]
    cuts = sorted({8 * rng.randrange(1, (len(payload) + 7) // 8) for _ in range(rng.randrange(1, 4))})
    parts = pieces(payload, *cuts)
    what = rng.randrange(10)
    if what in (0, 1):
        rng.shuffle(parts)
    elif what == 2:
        parts.pop(rng.randrange(len(parts)))
    elif what == 3:
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(parts))
    elif what == 4:
        offset, is_last, body = rng.choice(parts)
        parts.insert(rng.randrange(len(parts) + 1), rng.choice([
            (offset, is_last, body[:8]), (offset, not is_last, body), (offset, is_last, body + b"x"),
            (offset + 8, is_last, body), (offset, is_last, bytes(len(body))), (offset, is_last, b""),
            (65528, True, bytes(20)), (max(0, offset - 8), False, bytes(8))]))
    ident = rng.randrange(3)
    out = []
    for offset, is_last, body in parts:
        if six:
            packet = ip6(44, struct.pack(">BBHI", data[6], 0, offset | (not is_last), ident) + body)
            packet = packet[:8] + data[8:40] + packet[40:]
        else:
            packet = bytearray(data[:20] + body)
            packet[2:8] = struct.pack(">HHH", len(packet), ident,
                                      offset // 8 | (0 if is_last else 0x2000))
        out.append((six, bytes(packet)))
    return out

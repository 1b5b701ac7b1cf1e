"""What lies before IP: links, EtherTypes, PPP, LLC, 802.11.

By docs/decoding.md, *Links* and *EtherTypes*.  Each function takes the walk and
the bytes and gives the next step: a function and its arguments.
"""
import struct

from packet import Verdict

VLAN_TYPES = {0x8100, 0x88A8, 0x9100, 0x9200}
MOST_VLAN_TAGS = 8
MOST_LABELS = 16
IP4, IP6, ETHERNET = 0x0800, 0x86DD, 0x6558
NETLINK = 824
LONGEST_LENGTH = 1500


def ip4(walk, p):
    return walk.ip4(p)


def ip6(walk, p):
    return walk.ip6(p)


def any_ip(_walk, p, otherwise="malformed"):
    """IP of the version that its first nibble says."""
    p.need(1)
    version = p.u8(0) >> 4
    if version == 4:
        return ip4, p
    if version == 6:
        return ip6, p
    raise Verdict(otherwise)


# ---------------------------------------------------------------- link types

def link(walk, number, p, is_inner=False):
    if number not in LINKS or is_inner and LINKS[number] in (ppi, pktap):
        raise Verdict("link_unsupported")
    return (LINKS[number], p, *LINK_ARGUMENTS.get(number, ()))


def outermost(walk, before, after, step):
    """The outermost link header lies between the two: it tells the way."""
    walk.note_link(before.at, after.at)
    return step


def link_ethernet(walk, p):
    p.need(14)
    rest = p.after(14)
    return outermost(walk, p, rest, (after_type_or_length, p.u16(12), rest))


def link_raw(walk, p):
    walk.note_link(p.at, p.at)
    return any_ip, p


def link_ip4(walk, p):
    walk.note_link(p.at, p.at)
    return ip4, p


def link_ip6(walk, p):
    walk.note_link(p.at, p.at)
    return ip6, p


def link_null(walk, p, orders):
    p.need(4)
    families = {struct.unpack(order + "I", p.data[:4])[0] for order in orders}
    rest = p.after(4)
    if 2 in families:
        return outermost(walk, p, rest, (ip4, rest))
    if families & {10, 24, 28, 30}:                   # AF_INET6 here and there
        return outermost(walk, p, rest, (ip6, rest))
    raise Verdict("not_ip")


def link_cooked(walk, p, length, type_at, hardware_at):
    p.need(length)
    kind, rest = p.u16(type_at), p.after(length)
    if p.u16(hardware_at) == NETLINK:
        raise Verdict("not_ip")
    if kind > LONGEST_LENGTH:
        return outermost(walk, p, rest, (ethertype, kind, rest))
    if kind == 4:
        return outermost(walk, p, rest, (llc, rest))
    raise Verdict("not_ip")


def link_ppp(walk, p, direction=0):
    p.need(direction + 1)
    return outermost(walk, p, p.after(direction), (ppp, p.after(direction)))


def link_ppp_hdlc(walk, p):
    p.need(1)
    if p.u8(0) in (0x0F, 0x8F):
        return link_c_hdlc, p
    return link_ppp, p


def link_ppp_ether(walk, p):
    walk.note_link(p.at, p.at + 6)
    return pppoe, p


def link_c_hdlc(walk, p):
    p.need(4)
    rest = p.after(4)
    return outermost(walk, p, rest, (ethertype, p.u16(2), rest))


def link_frelay(walk, p):
    length = 2
    p.need(length)
    while length < 4 and not p.u8(length - 1) & 1:
        length += 1
        p.need(length)
    rest = p.after(length)
    rest.need(2)
    if rest.u8(0) != 3:
        if rest.u16(0) > LONGEST_LENGTH:
            walk.note_link(p.at, rest.at + 2)
            return ethertype, rest.u16(0), rest.after(2)
        raise Verdict("not_ip")
    at = 1
    if rest.u8(1) == 0:
        at = 2
        rest.need(3)
    walk.note_link(p.at, rest.at + at + 1)
    if rest.u8(at) == 0xCC:
        return ip4, rest.after(at + 1)
    if rest.u8(at) == 0x8E:
        return ip6, rest.after(at + 1)
    if rest.u8(at) == 0x80:
        return snap, rest.after(at + 1)
    raise Verdict("not_ip")


def wifi(walk, p, is_padded=False):
    p.need(2)
    kind, subtype, flags = p.u8(0) >> 2 & 3, p.u8(0) >> 4, p.u8(1)
    if kind != 2 or subtype & 4:
        raise Verdict("not_ip")
    length, qos = 24, None
    if flags & 3 == 3:
        length = 30
    if subtype & 8:
        qos = length
        length += 2
        if flags & 0x80:
            length += 4
    if is_padded:
        length += -length % 4
    p.need(length)
    walk.note_link(p.at + 4, p.at + 22)
    if flags & 0x40:
        raise Verdict("tunnel")
    rest = p.after(length)
    if qos is not None and p.u8(qos) & 0x80:
        rest.need(14)
        rest = rest.after(14)
    return llc, rest


def radiotap(walk, p):
    p.need(8)
    length = struct.unpack("<H", p.data[2:4])[0]
    if length < 8:
        raise Verdict("malformed")
    p.need(length)
    words, at = [], 4
    while not words or words[-1] & 1 << 31:
        if at + 4 > length:
            raise Verdict("malformed")
        words.append(struct.unpack("<I", p.data[at:at + 4])[0])
        at += 4
    is_padded = False
    if words[0] & 2:
        if words[0] & 1:
            at += -at % 8 + 8
        if at >= length:
            raise Verdict("malformed")
        is_padded = bool(p.u8(at) & 0x20)
    return wifi, p.after(length), is_padded


def ppi(walk, p):
    p.need(8)
    length, number = struct.unpack("<HI", p.data[2:8])
    if length < 8:
        raise Verdict("malformed")
    p.need(length)
    return link, number, p.after(length), True


def pktap(walk, p):
    p.need(12)
    length, _next, number = struct.unpack("<III", p.data[:12])
    if length < 12:
        raise Verdict("malformed")
    p.need(length)
    return link, number, p.after(length), True


def prism(walk, p):
    p.need(8)
    length = 144
    if p.u32(0) & 0xFFFFFFF0 == 0x80211000:
        length = p.u32(4)
        if length < 8:
            raise Verdict("malformed")
    p.need(length)
    return wifi, p.after(length)


def nflog(walk, p):
    p.need(8)
    rest, order = p.after(4), None
    for tried in "<>":
        if order is None and 4 <= struct.unpack(tried + "H", rest.data[:2])[0] <= rest.wire:
            order = tried
    if order is None:
        raise Verdict("malformed")
    while rest.wire:
        rest.need(4)
        length, kind = struct.unpack(order + "HH", rest.data[:4])
        if length < 4 or length > rest.wire:
            raise Verdict("malformed")
        if kind == 9:
            body = rest.limit(length).after(4)
            return outermost(walk, p, body, (any_ip, body, "not_ip"))
        length = min(length + -length % 4, rest.wire)
        rest.need(length)
        rest = rest.after(length)
    raise Verdict("not_ip")


LINKS = {1: link_ethernet, 0: link_null, 108: link_null, 101: link_raw, 12: link_raw,
         14: link_raw, 228: link_ip4, 229: link_ip6, 113: link_cooked, 276: link_cooked,
         9: link_ppp, 204: link_ppp, 50: link_ppp_hdlc, 51: link_ppp_ether, 104: link_c_hdlc,
         107: link_frelay, 105: wifi, 127: radiotap, 192: ppi, 119: prism, 163: prism,
         239: nflog, 258: pktap, 149: pktap}
LINK_ARGUMENTS = {0: ("<>",), 108: (">",), 113: (16, 14, 2), 276: (20, 0, 8), 204: (1,)}


# ---------------------------------------------------------------- EtherTypes and beside them

def after_type_or_length(walk, kind, p):
    if kind <= LONGEST_LENGTH:
        return llc, p
    return ethertype, kind, p


def inner_ethernet(walk, p):
    p.need(14)
    return after_type_or_length, p.u16(12), p.after(14)


def ethertype(walk, kind, p):
    tags = 0
    while kind in VLAN_TYPES:
        tags += 1
        if tags > MOST_VLAN_TAGS:
            raise Verdict("malformed")
        p.need(4)
        kind, before = p.u16(2), p
        p = p.after(4)
        walk.extend_link(before.at, p.at)
    if tags and kind <= LONGEST_LENGTH:
        return llc, p
    if kind == IP4:
        return ip4, p
    if kind == IP6:
        return ip6, p
    if kind in (0x8847, 0x8848):
        return mpls, p
    if kind == 0x8864:
        return pppoe, p
    if kind == 0x88E7:
        p.need(4)
        walk.tunnels.add("pbb")
        return inner_ethernet, p.after(4)
    if kind == 0x894F:
        return nsh, p
    raise Verdict("not_ip")


def llc(walk, p):
    p.need(3)
    walk.extend_link(p.at, p.at + 3)
    if p.data[:3] == b"\xaa\xaa\x03":
        return snap, p.after(3)
    if p.data[:3] == b"\xfe\xfe\x03":
        p.need(4)
        walk.extend_link(p.at + 3, p.at + 4)
        if p.u8(3) == 0xCC:
            return ip4, p.after(4)
        if p.u8(3) == 0x8E:
            return ip6, p.after(4)
    raise Verdict("not_ip")


def snap(walk, p):
    p.need(5)
    walk.extend_link(p.at, p.at + 5)
    if p.data[:3] in (b"\0\0\0", b"\0\0\xf8"):
        return ethertype, p.u16(3), p.after(5)
    raise Verdict("not_ip")


def pppoe(walk, p):
    p.need(6)
    if p.u8(0) != 0x11 or p.u8(1) != 0:
        raise Verdict("malformed")
    walk.tunnels.add("pppoe")
    return ppp, p.after(6)


def ppp(walk, p):
    p.need(1)
    start = p.at
    if p.u8(0) == 0xFF:
        p.need(2)
        if p.u8(1) == 3:
            p = p.after(2)
            p.need(1)
    if p.u8(0) & 1:
        protocol, p = p.u8(0), p.after(1)
    else:
        p.need(2)
        protocol, p = p.u16(0), p.after(2)
    walk.extend_link(start, p.at)
    if protocol == 0x0021:
        return ip4, p
    if protocol == 0x0057:
        return ip6, p
    if protocol in (0x0281, 0x0283):
        return mpls, p
    raise Verdict("not_ip")


def mpls(walk, p):
    for _label in range(MOST_LABELS):
        p.need(4)
        is_bottom = p.u8(2) & 1
        p = p.after(4)
        if is_bottom:
            break
    else:
        raise Verdict("malformed")
    walk.tunnels.add("mpls")
    p.need(1)
    nibble = p.u8(0) >> 4
    if nibble == 4:
        return ip4, p
    if nibble == 6:
        return ip6, p
    if nibble == 0:
        p.need(4)
        p = p.after(4)
    return inner_ethernet, p


def nsh(walk, p):
    p.need(8)
    length = (p.u8(1) & 63) * 4
    if p.u8(0) >> 6 or length < 8:
        raise Verdict("malformed")
    p.need(length)
    walk.tunnels.add("nsh")
    steps = {1: ip4, 2: ip6, 3: inner_ethernet, 5: mpls}
    if p.u8(3) not in steps:
        raise Verdict("not_ip")
    return steps[p.u8(3)], p.after(length)

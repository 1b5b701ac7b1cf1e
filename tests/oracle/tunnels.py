"""What lies in IP and UDP and holds packets again: docs/decoding.md, *Inside IP*."""
import links
from packet import Verdict


class NotThis(Exception):
    """A UDP payload without the values of the tunnel that its port speaks of."""


def whole(p, count):
    """The header of a UDP tunnel: too short on the wire, and it is none."""
    if p.wire < count:
        raise NotThis
    p.need(count)


def gre(walk, p, in_udp=False):
    if in_udp:
        whole(p, 4)
    p.need(4)
    flags, kind = p.u16(0), p.u16(2)
    version = flags & 7
    if version > 1 and in_udp:
        raise NotThis
    if version > 1 or flags & 0x4000 or version == 1 and kind == 0x6400:
        raise Verdict("tunnel")
    if version == 1 and (not flags & 0x2000 or kind != 0x880B):
        raise Verdict("malformed")
    bits = 0xB000 if version == 0 else 0x3080
    length = 4 + 4 * bin(flags & bits).count("1")
    p.need(length)
    walk.tunnels.add("gre")
    rest = p.after(length)
    if version == 1:
        if not flags & 0x1000:
            raise Verdict("ip_other")
        return links.ppp, rest
    if kind in (0x88BE, 0x22EB):
        return erspan, rest, kind, bool(flags & 0x1000)
    steps = {0x0800: links.ip4, 0x86DD: links.ip6, 0x8847: links.mpls, 0x8848: links.mpls,
             0x880B: links.ppp, 0x6558: links.inner_ethernet, 0x894F: links.nsh}
    if kind not in steps:
        raise Verdict("not_ip")
    return steps[kind], rest


def erspan(walk, p, kind, has_sequence):
    if kind == 0x88BE:
        length = 8 if has_sequence else 0
        p.need(length)
        walk.tunnels.add("erspan")
        return links.inner_ethernet, p.after(length)
    p.need(12)
    length = 20 if p.u8(11) & 1 else 12
    p.need(length)
    walk.tunnels.add("erspan")
    what = p.u8(10) & 0x7C
    if what == 0:
        return links.inner_ethernet, p.after(length)
    if what == 8:
        return links.any_ip, p.after(length)
    raise Verdict("not_ip")


def vxlan(walk, p, is_gpe=False):
    whole(p, 8)
    if not p.u8(0) & 8:
        raise NotThis
    walk.tunnels.add("vxlan")
    rest = p.after(8)
    if not is_gpe or not p.u8(0) & 4:
        return links.inner_ethernet, rest
    steps = {1: links.ip4, 2: links.ip6, 3: links.inner_ethernet, 4: links.nsh, 5: links.mpls}
    if p.u8(3) not in steps:
        raise Verdict("not_ip")
    return steps[p.u8(3)], rest


def geneve(walk, p):
    whole(p, 8)
    if p.u8(0) >> 6:
        raise NotThis
    length = 8 + (p.u8(0) & 63) * 4
    p.need(length)
    walk.tunnels.add("geneve")
    steps = {0x6558: links.inner_ethernet, 0x0800: links.ip4, 0x86DD: links.ip6}
    if p.u16(2) not in steps:
        raise Verdict("not_ip")
    return steps[p.u16(2)], p.after(length)


def gtp(walk, p):
    whole(p, 8)
    flags = p.u8(0)
    if flags >> 4 != 3 or p.u8(1) != 255:
        raise NotThis
    p = p.limit(8 + p.u16(2))
    at = 8
    if flags & 7:
        p.need(12)
        at = 12
        following = p.u8(11) if flags & 4 else 0
        while following:
            p.need(at + 1)
            units = p.u8(at)
            if units < 1:
                raise Verdict("malformed")
            p.need(at + 4 * units)
            following = p.u8(at + 4 * units - 1)
            at += 4 * units
    walk.tunnels.add("gtp")
    return links.any_ip, p.after(at), "not_ip"


def l2tp(walk, p):
    whole(p, 2)
    flags = p.u16(0)
    if flags & 0x8000 or flags & 15 != 2:
        raise NotThis
    length = 6 + (2 if flags & 0x4000 else 0) + (4 if flags & 0x0800 else 0)
    if flags & 0x0200:
        p.need(length + 2)
        length += 2 + p.u16(length)
    p.need(length)
    walk.tunnels.add("l2tp")
    return links.ppp, p.after(length)


def mpls_in_udp(walk, p):
    whole(p, 4)
    return links.mpls(walk, p)


def of_udp(walk, sport, dport, p):
    """The step into a UDP packet's tunnel; None when it has none."""
    try:
        if dport == 4754:
            return gre(walk, p, in_udp=True)
        if dport == 6635:
            return mpls_in_udp(walk, p)
        if dport in (4789, 8472, 4790):
            return vxlan(walk, p, dport == 4790)
        if dport == 6081:
            return geneve(walk, p)
        if dport == 2152:
            return gtp(walk, p)
        if 1701 in (dport, sport):
            return l2tp(walk, p)
    except NotThis:
        pass
    return None


def of_ip(walk, family, protocol, p):
    """The step into what an IP packet holds; None when it is no tunnel."""
    if protocol in (4, 41):
        walk.tunnels.add("ip-in-ipv%d" % family)
        return links.ip4 if protocol == 4 else links.ip6, p
    if protocol == 47:
        return gre, p
    if protocol == 137:
        return links.mpls, p
    if protocol == 115:
        raise Verdict("tunnel")
    return None

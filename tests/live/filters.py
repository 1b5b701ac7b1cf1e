#!/usr/bin/env python3
"""What the default filter keeps once the kernel has taken the outer tag off, `any`, and -c."""
import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

ETHER = bytes.fromhex("020000000002 020000000001")
COUNT = 25


def ip4(protocol, payload, offset=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, offset, 64, protocol, 0,
                       bytes([192, 0, 2, 1]), bytes([198, 51, 100, 2])) + payload


def ip6(header, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), header, 64) + b"\x20\1\x0d\xb8" \
        + bytes(11) + b"\1\x20\1\x0d\xb8" + bytes(11) + b"\2" + payload


def udp(source, target, payload):
    return struct.pack(">4H", source, target, 8 + len(payload), 0) + payload


def query(number):
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + b"\1a\7example\0" \
        + struct.pack(">2H", 1, 1)


def tag(kind):
    return struct.pack(">2H", 7, kind)


def frames(number):
    """{name: (kept without --tunnels, frame)}, each with a query of its own."""
    dns = udp(4000 + number, 53, query(number))
    plain4, plain6 = ip4(17, dns), ip6(17, dns)
    other = ip4(17, udp(4000, 8080, bytes(20)))
    vxlan = b"\x08\0\0\0\0\0\7\0" + ETHER + b"\x08\0" + plain4
    return {
        "plain": (True, b"\x08\0" + plain4),
        "over IPv6": (True, b"\x86\xdd" + plain6),
        "one tag": (True, b"\x81\0" + tag(0x0800) + plain4),
        "one tag over IPv6": (True, b"\x81\0" + tag(0x86dd) + plain6),
        "two tags": (False, b"\x88\xa8" + tag(0x8100) + tag(0x0800) + plain4),
        "two tags over IPv6": (False, b"\x81\0" + tag(0x8100) + tag(0x86dd) + plain6),
        "three tags": (False, b"\x88\xa8" + tag(0x8100) + tag(0x8100) + tag(0x0800) + plain4),
        "PPPoE": (False, b"\x88\x64\x11\0\0\1\0\x3f\0\x21" + plain4),
        "PPPoE behind a tag": (False, b"\x81\0" + tag(0x8864) + b"\x11\0\0\1\0\x52\0\x57"
                               + plain6),
        "MPLS": (False, b"\x88\x47\0\0\x11\xff" + plain4),
        "MPLS behind a tag": (False, b"\x81\0" + tag(0x8847) + b"\0\0\x10\xff\0\0\x11\xff"
                              + plain6),
        "GRE": (False, b"\x08\0" + ip4(47, b"\0\0\x08\0" + plain4)),
        "VXLAN": (False, b"\x08\0" + ip4(17, udp(5000, 4789, vxlan))),
        "VXLAN behind a tag": (False, b"\x81\0" + tag(0x0800)
                               + ip4(17, udp(5000, 4789, vxlan))),
        "another port": (None, b"\x08\0" + other),
        "another port behind two tags": (None, b"\x88\xa8" + tag(0x8100) + tag(0x0800) + other),
        "another port in PPPoE": (None, b"\x88\x64\x11\0\0\1\0\x3f\0\x21" + other),
    }


def send(interface, wanted):
    """Sends what `wanted` says yes to, a query of its own each."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((interface, 0))
        for number, name in enumerate(frames(0)):
            kept, frame = frames(number)[name]
            if wanted(kept):
                sender.send(ETHER + frame)


def check_kept(t, build, folder, option, what):
    """Each kind of frame, alone; then the counts of all together."""
    should = (lambda kept: kept is True) if not option else (lambda kept: kept is not None)
    with lab.Live(build, folder, "-i", "v0", *option) as live:
        send("v1", lambda kept: True)
        lab.settle()
        live.end()
        report = live.report()
    names = [name for name, (kept, _) in frames(0).items() if should(kept)]
    t.ok(report is not None, f"{what}: there is a report", live.notes())
    if report is None:
        return
    messages = report["capture"]["dns_messages"]
    t.ok(messages == len(names), f"{what}: {', '.join(names)}",
         [messages, len(names), report["capture"]["verdicts"], report["capture"]["tunnels"]])
    t.ok(report["capture"]["verdicts"]["udp_other"] == 0, f"{what}: no other port",
         [report["capture"]["verdicts"]])


def check_any(t, build, folder):
    """Every interface at once, with the number of each."""
    with lab.Live(build, folder, "-i", "any") as live:
        send("v1", lambda kept: kept is True)
        lab.settle()
        live.end()
        report = live.report()
    row = report["inputs"][0] if report else {}
    t.ok(report is not None and row["link_types"] == ["LINUX_SLL2"]
         and report["totals"]["transactions"] >= 4,
         "any: queries are found, whatever interface they come from", [row, live.notes()])
    t.ok(report is not None and "vlan" not in row["filter"],
         "any: the filter has no part that libpcap refuses there", [row])


def check_count(t, build, folder):
    """-c over two interfaces: just so many, whatever is held back to be put in order."""
    with lab.Live(build, folder, "-i", "v0", "-i", "w0", "-c", str(COUNT), interfaces=2) as live:
        for _ in range(6):
            send("v1", lambda kept: kept is True)
            send("w1", lambda kept: kept is True)
        status = live.wait(20)
        report = live.report()
    t.ok(status == 0 and report is not None and report["capture"]["frames"] == COUNT
         and sum(row["frames"] for row in report["inputs"]) == COUNT,
         f"-c {COUNT} over two interfaces is {COUNT} frames", [status, *live.notes()])


def check_anonymised(t, build, folder):
    """Names of interfaces and what a filter names are told to nobody."""
    with lab.Live(build, folder, "-i", "v0", "--anonymize", "--", "udp", "or", "host",
                  "192.0.2.77") as live:
        send("v1", lambda kept: kept is True)
        lab.settle()
        live.end()
        out, report = live.out, live.report()
    t.ok(report is not None and report["totals"]["transactions"] > 0
         and b'"v0"' not in out and b"192.0.2" not in out
         and report["inputs"][0]["file"] == "capture-1"
         and report["inputs"][0]["filter"] is None,
         "anonymised, a report names neither interface nor filter", [out[:1000]])


def check_refused(t, build):
    """What cannot be opened is told, with what to do."""
    for args, pattern, what in (
            (("-i", "v00"), r"no such interface; did you mean v0\?", "a name that is misspelt"),
            (("-i", "v0", "--", "host", "ns1.example"), "ask DNS", "a filter with a host's name"),
            (("-i", "v0", "--", "port", "("), "v0: ", "a filter that is not understood"),
            (("-i", "v0", "-y", "PPP"), "has no link type PPP", "a link type that it has not"),
            (("-i", "v0", "-i", "v0"), "named twice", "an interface twice")):
        status, _, err = tap.run([f"{build}/dnsgap", "live", *args])
        t.ok(status == 1 and re.search(pattern, err.decode()), f"refused: {what}",
             [status, err.decode()])
    lab.run("ip", "link", "set", "dev", "w0", "down")
    status, _, err = tap.run([f"{build}/dnsgap", "live", "-i", "w0"])
    t.ok(status == 1 and "ip link set w0 up" in err.decode(),
         "refused: an interface that is down", [status, err.decode()])


def main():
    build = lab.enter(__doc__).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    lab.veth("w0", "w1")
    with lab.folder() as folder:
        check_kept(t, build, folder, (), "the default filter keeps")
        check_kept(t, build, folder, ("--tunnels",), "with --tunnels it keeps")
        check_any(t, build, folder)
        check_count(t, build, folder)
        check_anonymised(t, build, folder)
    check_refused(t, build)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

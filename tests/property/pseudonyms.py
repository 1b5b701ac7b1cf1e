#!/usr/bin/env python3
"""Pseudonyms are those of a second implementation (lib/pseudonym.py)."""
import ipaddress
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import pseudonym                                       # noqa: E402
import tap                                             # noqa: E402

SAMPLE_KEY = bytes([21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216,
                    152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2])
SIMPLE = "abcdefghijklmnopqrstuvwxyz0123456789-"
CASES = [
    ("nothing is kept", SAMPLE_KEY, [], []),
    ("another key", bytes(range(32)), [], []),
    ("addresses are kept", SAMPLE_KEY,
     ["10.0.0.2", "192.0.2.0/24", "2001:db8::/32", "::ffff:10.0.0.3", "64:ff9b::a00:0/127",
      "fe80::1", "128.0.0.0/2"], []),
    ("names are kept", SAMPLE_KEY, [],
     ["example.com", "www.inner.lan", "_sip.example", "Shop.CO.uk.", "host.mycorp",
      "10.in-addr.arpa", "a.com", "b.com", "ab.org"]),
]


def addresses(chance):
    fixed = """0.0.0.0 0.0.0.1 255.255.255.255 255.255.255.254 127.0.0.1 127.0.0.53 169.254.0.1
        169.254.255.254 224.0.0.251 233.252.0.1 234.192.0.2 239.1.1.1 240.0.0.1 10.0.0.1 10.0.0.2
        10.0.0.3 192.168.1.1 172.16.0.1 100.64.0.1 192.0.2.1 198.51.100.53 8.8.8.8 :: ::1 ::2
        ::10.0.0.2 ::ffff:10.0.0.2 ::ffff:10.0.0.3 ::ffff:127.0.0.1 ::ffff:224.0.0.1 64:ff9b::
        64:ff9b::a00:1 64:ff9b::a00:2 64:ff9b:1::a00:2 fe80::1 fe80::2 fe80:0:0:1::1 febf::1
        ff02::fb ff02::1:ff00:1 ff02::1:ffab:cdef ff32:0030:2001:db8::1 ff75::1 fd00::1
        2001:db8::1 2001:db9::1 2002:a00:2::1 2606:4700::1111""".split()
    made = [str(ipaddress.IPv4Address(chance.getrandbits(32))) for _ in range(60)]
    made += [str(ipaddress.IPv6Address(chance.getrandbits(128))) for _ in range(15)]
    made += [str(ipaddress.IPv6Address(0x20 << 120 | chance.getrandbits(64))) for _ in range(10)]
    return fixed + made


def names(chance):
    fixed = """. com co.uk www.example.com EXAMPLE.com MaIl.eXample.COM example www.example localhost
        a.localhost local printer.local b.test a.b.test dc1.mycorp host.mycorp mycorp www.host.mycorp
        x.mycorp inner.lan www.inner.lan w.www.inner.lan db.inner.lan shop.co.uk www.shop.co.uk
        chop.co.uk ck www.ck foo.ck com.ck x.com.ck np com.np acme.np kawasaki.jp foo.kawasaki.jp
        a.foo.kawasaki.jp city.kawasaki.jp www.city.kawasaki.jp x.co.kawasaki.jp github.io user.github.io
        in-addr.arpa IN-ADDR.arpa 10.in-addr.arpa 0.10.in-addr.arpa 2.0.0.10.in-addr.arpa
        53.0.0.127.in-addr.arpa 1.2.0.192.in-addr.arpa 2.0.192.in-addr.arpa 9.1.2.0.192.in-addr.arpa
        0-25.2.0.192.in-addr.arpa 010.2.0.192.in-addr.arpa 256.in-addr.arpa 1.256.in-addr.arpa
        x.in-addr.arpa lb._dns-sd._udp.0.0.10.in-addr.arpa ip6.arpa 2.ip6.arpa
        1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa
        B.E.F.ip6.ARPA 8.B.D.0.1.0.0.2.IP6.ARPA 00.2.ip6.arpa g.ip6.arpa home.arpa nas.home.arpa
        e164.arpa 4.3.2.1.e164.arpa _tcp.example.com _sip.example x._sip.example _sip._tcp.example.com
        _dmarc.example.org _acme-challenge.a.example.org _acme-challenges.a.example.org
        _0123456789abcdef0123.example.org _.example.org __x.example.org a_b.example.org -.example.org
        -a-.example.org --.example.org xn--mnchen-3ya.de xn--p1ai xn--e1afmkfd.xn--p1ai version.bind
        VERSION.BIND x.bind id.server bind a.com b.com c.com ab.org cd.org a b 0 9 a.a.a.a""".split()
    made = [[part.encode() for part in name.split(".") if part] for name in fixed]
    made += [[b"\xff\x00A.b", b"example", b"com"], [b"\x1b[2J", b"test"], [b"a\x80z"], [b"\xc3\xbc", b"de"],
             [b"x" * 63, b"y" * 62, b"Z" * 61, b"w" * 40, b"example", b"com"],
             [b"a"] * 127, [b"0"] * 122 + [b"10", b"in-addr", b"arpa"][1:],
             [b"q" * 63, b"q" * 63, b"q" * 63, b"q" * 40, b"0", b"0", b"0", b"0", b"in-addr", b"arpa"]]
    made = [labels for labels in made if len(pseudonym.wire(labels)) <= 255]
    tops = [[b"com"], [b"co", b"uk"], [b"example"], [b"de"], [b"intra"], []]
    for _ in range(60):
        labels = [bytes(ord(chance.choice(SIMPLE)) for _ in range(chance.choice(
            [1, 1, 2, 3, 4, 5, 6, 8, 12, 20, 21, 33, 63]))) for _ in range(chance.randrange(1, 4))]
        made.append(labels + chance.choice(tops))
    for _ in range(30):
        labels = [bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))]
        made.append(labels + [b"ExAmPlE", b"Com"])
    return made


def ask(build, case, lines):
    _, key, kept, kept_names = case
    command = [f"{build}/tests/pseudonyms", key.hex()]
    for address in kept:
        command += ["-a", address]
    for name in kept_names:
        command += ["-n", name]
    status, out, err = tap.run(command, stdin="\n".join(lines).encode())
    if status != 0:
        raise SystemExit(err.decode("utf-8", "replace"))
    return out.decode().split("\n")[:-1]


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    if pseudonym.load_suffixes() is None:
        t.skip("a second implementation", f"{pseudonym.SUFFIXES} is not there")
        return t.done()
    for case in CASES:
        chance = random.Random(case[0])
        mine = pseudonym.Pseudonyms(*case[1:])
        given = addresses(chance)
        got = ask(build, case, ["a " + a for a in given])
        wrong = [f"{a}: {g}, expected {mine.address(a)}" for a, g in zip(given, got)
                 if ipaddress.ip_address(g) != ipaddress.ip_address(mine.address(a))]
        t.ok(not wrong and len(got) == len(given), f"{case[0]}: {len(given)} addresses", wrong)
        given = names(chance)
        got = ask(build, case, ["n " + pseudonym.wire(n).hex() for n in given])
        wrong = [f"{n}: {bytes.fromhex(g)}, expected {mine.name(n)}" for n, g in zip(given, got)
                 if g != pseudonym.wire(mine.name(n)).hex()]
        t.ok(not wrong and len(got) == len(given), f"{case[0]}: {len(given)} names", wrong)
        given = [b"ns1.fra", b"x", bytes(range(64)), b"\0" * 64]
        got = ask(build, case, ["b " + b.hex() for b in given])
        t.ok(got == [mine.octets(b).hex() for b in given], f"{case[0]}: other octets", got)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

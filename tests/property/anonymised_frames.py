#!/usr/bin/env python3
"""Anonymised frames by tshark: nothing of a host or a person is left, and all else is as before."""
import importlib.util
import os
import re
import shutil
import socket
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

KEY = "7"
OCTETS_MIN = 6
# Fragments and segments are looked at one by one, checksums always.
OPTIONS = [part for option in (
    "ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE",
    "ip.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.check_checksum:TRUE",
    "tcp.analyze_sequence_numbers:FALSE") for part in ("-o", option)]
CHECKSUMS = ["ip.checksum.status", "udp.checksum.status", "tcp.checksum.status",
             "icmp.checksum.status", "icmpv6.checksum.status"]
SAME = ["ip.id", "ip.ttl", "ip.proto", "ip.frag_offset", "ipv6.hlim", "udp.srcport", "udp.dstport",
        "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len",
        "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code", "dns.id", "dns.flags", "dns.qry.type",
        "dns.count.queries", "dns.count.answers", "dns.count.auth_rr", "dns.count.add_rr",
        "dns.resp.type", "dns.resp.ttl", "dns.rr.udp_payload_size", "dns.opt.code"]
OTHERS = ["frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "_ws.malformed",
          "ip.flags.mf", "ipv6.fraghdr.more", "ip.len", "ipv6.plen"]
ADDRESSES = ["ip.addr", "ipv6.addr", "dns.a", "dns.aaaa", "dns.opt.client.addr4",
             "dns.opt.client.addr6", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"]
CARDS = ["eth.addr", "sll.src.eth", "arp.src.hw_mac", "arp.dst.hw_mac"]
NAMES = ["dns.qry.name", "dns.resp.name", "dns.ns", "dns.cname", "dns.ptr.domain_name",
         "dns.soa.mname", "dns.soa.rname", "dns.mx.mail_exchange", "dns.srv.target"]
TEXTS = ["dns.txt", "dns.opt.cookie.client"]
FIELDS = [*OTHERS, *SAME, *CHECKSUMS, *ADDRESSES, *CARDS, *NAMES, *TEXTS]
# Nobody's addresses.
NOBODY = re.compile(r"0\.0\.0\.0|127\.|255\.255\.255\.255|22[4-9]\.|23\d\.|::1?$|ff")


def dissect(path, fields):
    """A dict of fields for each frame; values of a field that is there often are a tuple."""
    command = ["tshark", "-n", "-r", path, *OPTIONS, "-T", "fields", "-E", "separator=/t",
               "-E", "aggregator=|", *(part for field in fields for part in ("-e", field))]
    status, out, err = tap.run(command, timeout=300)
    if status:
        raise RuntimeError(err.decode("utf-8", "replace"))
    rows = []
    for line in out.decode("utf-8", "replace").splitlines():
        values = line.split("\t")
        rows.append({field: tuple(value.split("|")) if value else ()
                     for field, value in zip(fields, values)})
    return rows


def anonymise(build, path, out):
    """Numbers of frames that are missing in `out`."""
    status, said, err = tap.run([f"{build}/tests/anonymised", KEY, path, out])
    if status:
        raise RuntimeError(err.decode("utf-8", "replace"))
    return {int(number) for number in said.split()}


def dissect_all(paths, folder):
    """The frames of each file; tshark takes longer to start than to read one."""
    joined = os.path.join(folder, "joined.pcapng")
    status, _, err = tap.run(["mergecap", "-a", "-w", joined, *paths])
    if status:
        raise RuntimeError(err.decode("utf-8", "replace"))
    rows, at, found = dissect(joined, FIELDS), 0, []
    for path in paths:
        count = len(tap.records(tap.load(path))) - 1
        some = rows[at:at + count]
        for number, row in enumerate(some, 1):
            row["frame.number"] = (str(number),)
        found.append(some)
        at += count
    assert at == len(rows)
    return found


def is_begin(short, whole):
    return whole[:len(short)] == short


def is_part(some, all_of_them):
    """Whether all of `some` are there, in their order."""
    rest = iter(all_of_them)
    return bool(some) and all(value in rest for value in some)


def compare_frame(old, new):
    """What is not as it was in a frame."""
    number = old["frame.number"][0]
    is_cut = new["frame.len"] != new["frame.cap_len"]
    for field in CHECKSUMS:
        # What is cut, now or before, is not checked.
        if not is_cut and old[field] != new[field]:
            yield f"frame {number}: {field} was {old[field]}, is {new[field]}"
    for field in SAME:
        # tshark takes the types that an NSEC or NSEC3 record lists, which are blanked.
        if field == "dns.resp.type" and {"47", "50"} & set(old[field]) \
                and is_part(new[field], old[field]):
            continue
        if old[field] != new[field] and not (is_cut and is_begin(new[field], old[field])):
            yield f"frame {number}: {field} was {old[field]}, is {new[field]}"
    if new["_ws.malformed"] and not old["_ws.malformed"]:
        yield f"frame {number}: is malformed"
    if old["frame.time_epoch"] != new["frame.time_epoch"]:
        yield f"frame {number}: its time differs"


def is_short_quote(old):
    """An ICMP error that quotes the beginning of a packet only."""
    lengths = [int(n) for n in old["ip.len"]] or [int(n) + 40 for n in old["ipv6.plen"]]
    return len(lengths) == 2 and sum(lengths[1:]) > lengths[0] - (28 if old["ip.len"] else 48)


def is_wrongly_cut(old, new):
    """A frame whose message was whole and is no longer."""
    return old["frame.len"] == old["frame.cap_len"] and new["frame.len"] != new["frame.cap_len"] \
        and bool(old["dns.count.queries"]) and not old["tcp.len"] and not old["_ws.malformed"] \
        and not is_short_quote(old) and "1" not in old["ip.flags.mf"] + old["ipv6.fraghdr.more"]


def check_frames(old, new, missing):
    notes = []
    kept = [row for row in old if int(row["frame.number"][0]) not in missing]
    for row in old:
        if int(row["frame.number"][0]) in missing and (row["ip.proto"] or row["ipv6.hlim"]):
            notes.append(f"frame {row['frame.number'][0]}: an IP packet is missing")
    if len(kept) != len(new):
        notes.append(f"{len(new)} frames, wanted {len(kept)}")
    for before, after in zip(kept, new):
        notes += compare_frame(before, after)
    return notes


def wire(name):
    return b"".join(bytes([len(label)]) + label for label in name.lower().encode().split(b"."))


def originals(rows):
    """(what it is, octets that must not be in the output, in lower case)"""
    addresses = {a for row in rows for field in ADDRESSES for a in row[field]}
    for address in sorted(addresses):
        if NOBODY.match(address):
            continue
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        octets = socket.inet_pton(family, address)
        yield address, octets.lower()
        yield f"{address} reversed", octets[::-1].lower()
        yield f"{address} as text", address.encode()
        if family == socket.AF_INET:
            reverse = ".".join(reversed(address.split(".")))
            yield f"{address} as a reverse name", wire(reverse) + b"\7in-addr"
        else:
            yield f"{address} as a reverse name", wire(".".join(octets.hex()[::-1]))
    for card in sorted({a for row in rows for field in CARDS for a in row[field]}):
        octets = bytes.fromhex(card.replace(":", ""))
        if any(octets) and not octets[0] & 1:
            yield card, octets.lower()
            yield f"{card} as text", card.encode()
    names = {name.lower() for row in rows for field in NAMES for name in row[field]}
    for name in sorted(names):
        # The suffix stays.  Of short labels, another one's pseudonym may be the same.
        if len(name.rpartition(".")[0]) < OCTETS_MIN or "\\" in name:
            continue
        yield name, name.encode()
        yield f"{name} on the wire", wire(name)
        for label in name.split(".")[:-1]:
            if len(label) >= OCTETS_MIN and not label.startswith("_") and label != "in-addr":
                yield f"{label} of {name}", label.encode()
    for text in sorted({text for row in rows for field in TEXTS for text in row[field]}):
        if len(text) >= OCTETS_MIN and set(text) != {"0"}:
            yield f"text {text[:20]}", text.lower().encode()


def leaks(rows, data):
    lowered = data.lower()
    return [f"{what} is in the output" for what, octets in originals(rows) if octets in lowered]


# Queries and replies an octet a segment: a message is rewritten only in the segment that it begins in.
SEGMENTED = {"tcp-outcomes"}


def check_ranges(build, path, out, name):
    before, after = tap.read(build, path)[1], tap.read(build, out)[1]
    notes = []
    for old, new in zip(before["ranges"], after["ranges"]):
        if name in SEGMENTED:
            lost = {key: old["outcomes"][key] - new["outcomes"][key] for key in old["outcomes"]}
            if any(n < 0 for key, n in lost.items() if key != "undecided"):
                notes.append(f"{old['name']}: {lost}")
        elif old["outcomes"] != new["outcomes"]:
            notes.append(f"{old['name']}: {old['outcomes']}, anonymised: {new['outcomes']}")
    if before["totals"]["rcodes"] != after["totals"]["rcodes"] and name not in SEGMENTED:
        notes.append(f"{before['totals']['rcodes']}, anonymised: {after['totals']['rcodes']}")
    return notes


def check_sample(t, build, path, out, missing, old, new):
    name = tap.name_of(path)
    kept = [row for row in old if int(row["frame.number"][0]) not in missing]
    notes = check_frames(old, new, missing)
    t.ok(new and not notes, f"{name}: sums, ports, IDs, types and counts are as before", notes)
    cut = [row["frame.number"][0] for row, now in zip(kept, new) if is_wrongly_cut(row, now)]
    t.ok(not cut, f"{name}: no message over UDP is cut", cut)
    notes = leaks(old, tap.load(out))
    t.ok(not notes, f"{name}: no address, name or card is left", notes)
    notes = check_ranges(build, path, out, name)
    t.ok(not notes, f"{name}: the outcomes by range are the same", notes)


def module(*path):
    """A script beside the tests, by its path."""
    spec = importlib.util.spec_from_file_location(path[-1].partition(".")[0],
                                                  os.path.join(tap.ROOT, *path))
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def check_tunnels(t, build, folder):
    """Whatever a packet came in, it comes out the same."""
    encapsulate = module("samples", "lab", "encapsulate.py")
    path = os.path.join(tap.ROOT, "samples", "pcaps", "mix.pcap")
    plain, inner = (os.path.join(folder, name) for name in ("plain.pcap", "inner.pcap"))
    missing = anonymise(build, path, plain)
    for kind in encapsulate.KINDS:
        tap.store(os.path.join(folder, "in.pcap"), encapsulate.encapsulate(kind, tap.load(path))[0])
        more = anonymise(build, os.path.join(folder, "in.pcap"), inner)
        # Of frames without IP there is nothing in either.
        t.ok(missing and not more and tap.load(plain) == tap.load(inner), f"mix in {kind} is what mix is")


def sum16(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return total ^ 0xffff


def records_capture(corpus):
    """One reply for each kind of record, IPv4 and UDP with right sums; (capture, octets to hide)."""
    data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)
    hide = []
    source, destination = b"\xc6\x33\x64\x35", b"\xc0\x00\x02\x0a"
    for number, (kind, parts) in enumerate(corpus.RDATA.items()):
        message = corpus.header(id=number, flags=0x8180, an=2) \
            + corpus.question(b"\7another\7example\0", parts[0]) \
            + corpus.record(b"\xc0\x0c", *parts) + corpus.record(corpus.REVERSE, *parts)
        udp = struct.pack(">4H", 53, 4001, 8 + len(message), 0) + message
        total = sum16(source + destination + struct.pack(">2H", 17, len(udp)) + udp)
        udp = udp[:6] + struct.pack(">H", total) + udp[8:]
        ip = struct.pack(">2B3H2BH", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0) + source + destination
        ip = ip[:10] + struct.pack(">H", sum16(ip)) + ip[12:]
        data += struct.pack("<4I", number, 0, len(ip + udp), len(ip + udp)) + ip + udp
        hide += [(f"{kind}: {piece!r}", piece.lower()) for piece in corpus.SECRETS.get(kind, ())]
    return data, hide


def check_records(t, build, folder):
    """Every kind of record, made by hand."""
    corpus = module("fuzz", "make_corpus.py")
    data, hide = records_capture(corpus)
    path = tap.store(os.path.join(folder, "records.pcap"), data)
    out = os.path.join(folder, "records-anonymised.pcap")
    missing = anonymise(build, path, out)
    old, new = dissect(path, FIELDS), dissect(out, FIELDS)
    notes = [row["frame.number"][0] for row in old if row["udp.checksum.status"] != ("1",)]
    t.ok(len(old) == len(corpus.RDATA) and not notes, "records: the sums were right", notes)
    notes = check_frames(old, new, missing)
    t.ok(not notes, "records: sums, types and counts are as before", notes)
    cut = [row["frame.number"][0] for row, now in zip(old, new) if is_wrongly_cut(row, now)]
    t.ok(not cut, "records: no message is cut", cut)
    lowered = tap.load(out).lower()
    notes = leaks(old, tap.load(out)) + [f"{what} is in the output" for what, octets in hide
                                         if octets in lowered]
    here = [what for what, octets in hide if octets not in data.lower()]
    t.ok(hide and not notes and not here, "records: nothing of them is left", notes + here)


def check_checks(t, path, rows):
    """The checks themselves must be able to fail."""
    t.ok(bool(leaks(rows, tap.load(path))), "what was not anonymised is noticed")
    others = [dict(row) for row in rows]
    others[-1]["dns.id"] = ("0x0000beef",)
    t.ok(bool(check_frames(rows, others, set())), "another ID is noticed")
    t.ok(bool(check_frames(rows, rows[:-1], set())), "a frame that is missing is noticed")


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if not shutil.which("tshark") or not shutil.which("mergecap"):
        t.skip("anonymised frames", "tshark is not installed")
        return t.done()
    samples = tap.SAMPLES if not tap.is_sanitized(options.build) else tap.SAMPLES[::4]
    with tempfile.TemporaryDirectory() as folder:
        outs = [os.path.join(folder, os.path.basename(path)) for path in samples]
        missing = [anonymise(options.build, path, out) for path, out in zip(samples, outs)]
        old, new = dissect_all(samples, folder), dissect_all(outs, folder)
        check_checks(t, samples[0], old[0])
        check_tunnels(t, options.build, folder)
        check_records(t, options.build, folder)
        for sample in zip(samples, outs, missing, old, new):
            check_sample(t, options.build, *sample)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

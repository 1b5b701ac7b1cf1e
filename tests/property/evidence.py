#!/usr/bin/env python3
"""Evidence holds the frames of the input, of the findings, with true comments; tshark is asked."""
import collections
import gzip
import hashlib
import itertools
import json
import os
import re
import shutil
import struct
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

sys.path.insert(0, os.path.join(tap.ROOT, "tests", "cli"))

import ng                                              # noqa: E402
import wire                                            # noqa: E402

PROCESSES = 2
EINVAL, ESTATE, EOPEN = 2, 3, 4
FIELDS = ("frame.time_epoch", "frame.len", "frame.cap_len", "frame.md5_hash")
# Whose worst finding cannot be seen in frames, and why.
NOT_IN_FRAMES = {
    "incomplete": "it is about drops that the file's own counters tell",
}
SANITIZED = ["low-ports", "tcp-outcomes", "fragments-lost", "servfail", "reply-refused"]
HOSTILE = "\x1b[31m\u202e|`\"},{'=cmd()\r"


def tshark(path, *args):
    """The lines that tshark says of a file; also what it complains of."""
    status, out, err = tap.run(["tshark", "-n", "-r", path, *args])
    complaints = [line for line in err.decode("utf-8", "replace").splitlines()
                  if "Running as user" not in line and line]
    if status != 0:
        complaints.append(f"status {status}")
    return out.decode("utf-8", "replace").splitlines(), complaints


def columns(path, names, *args):
    args = [*args, "-T", "fields"]
    for name in names:
        args += ["-e", name]
    lines, complaints = tshark(path, *args)
    return [tuple(line.split("\t")) for line in lines], complaints


def nanoseconds(text):
    """Digits behind the point are as many as the file's clock has."""
    seconds, _, rest = text.partition(".")
    return int(seconds or 0) * 10**9 + int((rest + "0" * 9)[:9])


def frames(path):
    """Times, lengths and hashes of all octets of a file's frames, by tshark; its complaints."""
    rows, complaints = columns(path, FIELDS, "-o", "frame.generate_md5_hash:TRUE")
    return [(nanoseconds(row[0]), *row[1:]) for row in rows], complaints


def octets_of(seconds_ns, captured, wired, octets):
    return (seconds_ns, str(wired), str(captured),
            hashlib.md5(octets, usedforsecurity=False).hexdigest())


def options_of(data, order):
    """{code: value} of a block's options."""
    found = {}
    while len(data) >= 4:
        code, size = struct.unpack_from(order + "2H", data)
        found[code] = data[4:4 + size]
        data = data[4 + size + -size % 4:]
    return found


def recorded_ng(data):
    """Of a pcapng file in any byte order, with the number and name of each frame's interface."""
    rows, names, links, at, first, order = [], [], [], 0, 0, "<"
    while at < len(data):
        if data[at:at + 4] == b"\n\r\r\n":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            first = len(names)
        kind, size = struct.unpack_from(order + "2I", data, at)
        body = data[at + 8:at + size - 4]
        if kind == ng.IDB:
            more = options_of(body[8:], order)
            digits = more.get(9, b"\6")[0]
            unit = (2 ** (digits & 127)) if digits & 128 else 10 ** digits
            offset = struct.unpack(order + "q", more.get(14, bytes(8)))[0]
            names.append(more.get(2, b"").decode())
            links.append((unit, offset))
        elif kind in (ng.EPB, ng.PB):
            head = struct.unpack_from(order + ("5I" if kind == ng.EPB else "2H4I"), body)
            number, (high, low, captured, wired) = head[0] + first, head[-4:]
            unit, offset = links[number]
            time = (high << 32 | low) * 10**9 // unit + offset * 10**9
            rows.append((*octets_of(time, captured, max(wired, captured), body[20:20 + captured]),
                         number, names[number]))
        at += size
    return rows


def recorded(path):
    """The same as frames(), without tshark, and without its hashes."""
    data = tap.load(path)
    if path.endswith("pcapng"):
        return [row[:4] for row in recorded_ng(data)]
    unit = 1 if data[:4] == b"\x4d\x3c\xb2\xa1" else 1000
    rows = []
    for at in tap.records(data)[:-1]:
        seconds, part, captured, wired = struct.unpack_from("<4I", data, at)
        rows.append(octets_of(seconds * 10**9 + part * unit, captured, wired,
                              data[at + 16:at + 16 + captured]))
    return rows


def samples():
    """Captures of one file each, with the folders that have their own."""
    more = [os.path.join(tap.ROOT, "samples", "pcaps", name, f"{name}.pcapng")
            for name in ("incomplete", "mixed")]
    return tap.SAMPLES + more


class Maker:
    """Runs build/.../tests/evidence."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.program = f"{build}/tests/evidence"
        self.numbers = itertools.count()

    def make(self, files, most=0, options=()):
        """(status, path, report or None, what was said)."""
        path = os.path.join(self.folder, f"evidence-{next(self.numbers)}.pcapng")
        status, out, err = tap.run([self.program, *options, path, str(most), *files])
        report = json.loads(out) if status == 0 else None
        return status, path, report, err.decode("utf-8", "replace")


def comments(path):
    """[(time, comment)] by tshark."""
    return columns(path, ("frame.time_epoch", "frame.comment"))[0]


def worst(report):
    finding = report["findings"][0] if report["findings"] else None
    return finding and (finding["code"], finding["severity"])


def said(report, made, path):
    """What is wrong with the report's words about the evidence."""
    evidence = report["evidence"]
    data = tap.load(path)
    count = len(made)
    if evidence != {"file": path, "format": "pcapng", "frames": count,
                    "sha256": hashlib.sha256(data).hexdigest(), "left_out": evidence["left_out"]}:
        yield f"{evidence} of {count} frames"


def of_input(made, source):
    """Frames that are not in the input as often."""
    return list((collections.Counter(made) - collections.Counter(source)).elements())


def sample_cases(maker, path):
    """(what it proves, whether it holds, what to say if not)."""
    name = tap.name_of(path)
    status, out, report, err = maker.make([path])
    if report is None:
        yield f"{name}: evidence is made", False, [status, err]
        return
    rows, complaints = columns(out, (*FIELDS, "frame.comment"), "-o",
                               "frame.generate_md5_hash:TRUE")
    made = [(nanoseconds(row[0]), *row[1:4]) for row in rows]
    bare = [row for row in rows if len(row) < 5 or not row[4]]
    strange = of_input(made, recorded(path))
    yield f"{name}: tshark reads it without a complaint", not complaints, complaints
    yield f"{name}: each frame is one of the input, with its time and lengths", not strange, strange
    yield f"{name}: each packet has a comment", not bare and made, bare
    notes = list(said(report, made, out))
    yield f"{name}: the report names it, its SHA-256 and its frames", not notes, notes
    if report["findings"] and report["findings"][0]["severity"] != "note":
        _, again, err = tap.read(maker.build, out)
        same = again and worst(again) == worst(report)
        if name in NOT_IN_FRAMES:
            yield (f"{name}: the worst finding is not in frames: {NOT_IN_FRAMES[name]}", not same,
                   [worst(report)])
        else:
            yield (f"{name}: read again, its worst finding is the same", same,
                   [worst(report), again and worst(again), err])


# ---- comments are true ----

def exchanges(path):
    """{time: (key, is a reply)} of all DNS over UDP, and the keys that were answered."""
    rows, _ = columns(path, ("frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst",
                             "udp.srcport", "udp.dstport", "dns.id", "dns.flags.response"),
                      "-Y", "udp && dns && !icmp && !icmpv6")
    of_time, answered = {}, set()
    for time, src4, src6, dst4, dst6, sport, dport, number, is_reply in rows:
        source, target = (src4 or src6, sport), (dst4 or dst6, dport)
        reply = is_reply in ("1", "True")
        key = (target, source, number) if reply else (source, target, number)
        of_time[time] = key, reply
        if reply:
            answered.add(key)
    return of_time, answered


def truth_of_comments(maker, name):
    """Of `name`: queries that the comments call answered were, and the others were not."""
    path = os.path.join(tap.ROOT, "samples", "pcaps", f"{name}.pcap")
    _, out, report, _ = maker.make([path])
    of_time, answered = exchanges(path)
    wrong, counts = [], collections.Counter()
    for time, comment in comments(out):
        key, is_reply = of_time.get(time, (None, None))
        for word in comment.split("; "):
            finding = re.match(r"finding (\d+), ([a-z-]+): (control: )?(.*)$", word)
            if not finding:
                continue
            what = finding[4]
            counts[finding[1], what] += 1
            if key is None:
                continue    # no DNS for tshark: port 7 is another protocol's
            good = {"query, not answered": not is_reply and key not in answered,
                    "query, answered": not is_reply and key in answered,
                    "reply": is_reply}.get(what, True)
            if not good:
                wrong.append(f"{time}: {word}")
    inside = report["findings"][0]["inside"]
    silent = inside["transactions"] - inside["reached"]
    yield (f"{name}: queries called answered were, by tshark, the others were not",
           counts and not wrong, wrong)
    named, rest = counts["1", "query, not answered"], report["evidence"]["left_out"]
    yield (f"{name}: all that the first finding calls silent is there, or counted",
           counts and named <= silent <= named + rest, [counts, silent, rest])


# ---- the limit ----

def limit_cases(maker):
    path = os.path.join(tap.ROOT, "samples", "pcaps", "low-ports.pcap")
    _, whole, report, _ = maker.make([path])
    all_of_it = report["evidence"]["frames"] + report["evidence"]["left_out"]
    silent = [time for time, comment in comments(whole)
              if "finding 1, ports-silent: query, not answered" in comment]
    for most in (1, 3, 50, 400):
        _, out, report, _ = maker.make([path], most)
        made, complaints = frames(out)
        evidence = report["evidence"]
        together = evidence["frames"] + evidence["left_out"]
        yield (f"of at most {most} frames, with those left out, there are all",
               len(made) == evidence["frames"] <= most and not complaints
               and abs(together - all_of_it) <= 2, [evidence, all_of_it, complaints])
        if most < 50:
            continue
        kept = [time for time, comment in comments(out)
                if "finding 1, ports-silent: query, not answered" in comment]
        yield (f"of at most {most} frames the first and the last silent query are there",
               kept and (kept[0], kept[-1]) == (silent[0], silent[-1]), [kept[:1], kept[-1:]])
        codes = set(re.findall(r"finding (\d+)", " ".join(c for _, c in comments(out))))
        yield (f"of at most {most} frames every finding has some",
               codes == {str(n + 1) for n in range(len(report["findings"]))}, codes)


def big_cases(maker):
    """A capture of which the evidence is a small part."""
    path = os.path.join(maker.folder, "big.pcap")
    queries = "4k" if tap.is_sanitized(maker.build) else "20k"
    tap.run([f"{maker.build}/mkpcap", "--queries", queries, "--rate", "200", "--icmp", "none",
             "--drop", "server=all,ports=2048-4095", "--nano", path])
    status, out, report, err = maker.make([path], 1000)
    if report is None:
        yield "evidence of a large capture is made", False, [status, err]
        return
    made, complaints = frames(out)
    source = recorded(path)
    strange = of_input(made, source)
    yield (f"of {len(source)} frames, {len(made)} are evidence, and each is one of them",
           0 < len(made) <= 1000 and not complaints and not strange, complaints + strange)
    times = [row[0] for row in made]
    steps = [b - a for a, b in zip(times, times[1:])]
    yield ("they are spread over the whole time", times == sorted(times)
           and max(steps) < 0.25 * (times[-1] - times[0]), [max(steps)])
    _, again, _ = tap.read(maker.build, out)
    yield ("read again, the worst finding is the same",
           again and worst(report) and worst(again) == worst(report),
           [worst(report), again and worst(again)])
    _, second, _, _ = maker.make([path], 1000)
    first, twin = tap.load(out), tap.load(second)
    yield "made twice, it has the same bytes", first == twin, [len(first), len(twin)]


# ---- files and interfaces ----

def cut(path, folder):
    """A sample in three files."""
    data = tap.load(path)
    starts = tap.records(data)
    third = (len(starts) - 1) // 3
    ends = [24, starts[third], starts[2 * third], len(data)]
    return [tap.store(os.path.join(folder, f"part-{n}.pcap"),
                      data[:24] + data[ends[n]:ends[n + 1]]) for n in range(3)]


def interfaces_of(path):
    """Descriptions of the interfaces, by name of their frames' interface, and how many."""
    rows, _ = columns(path, ("frame.interface_description", "frame.time_epoch"))
    return collections.Counter(row[0] for row in rows)


def file_cases(maker):
    path = os.path.join(tap.ROOT, "samples", "pcaps", "low-ports.pcap")
    _, whole, _, _ = maker.make([path])
    parts = cut(path, maker.folder)
    status, out, _, err = maker.make(parts)
    same = status == 0 and frames(out)[0] == frames(whole)[0]
    yield "of a sample in three files it has the same frames", same, [status, err]
    names = interfaces_of(out)
    yield ("and an interface for each file", set(names) == {f"interface 0 of {p}" for p in parts},
           names)
    packed = tap.store(os.path.join(maker.folder, "packed.pcap.gz"), gzip.compress(tap.load(path)))
    status, out, _, err = maker.make([packed])
    yield ("of a packed file it has the same frames",
           status == 0 and frames(out)[0] == frames(whole)[0], [status, err])
    mixed = os.path.join(tap.ROOT, "samples", "pcaps", "mixed", "mixed.pcapng")
    _, out, report, _ = maker.make([mixed])
    was = {row[:4]: f"interface {row[4]} ({row[5]}) of {mixed}"
           for row in recorded_ng(tap.load(mixed))}
    rows, _ = columns(out, (*FIELDS, "frame.interface_description"), "-o",
                      "frame.generate_md5_hash:TRUE")
    wrong = [row for row in rows if was.get((nanoseconds(row[0]), *row[1:4])) != row[4]]
    yield ("of a pcapng file each frame's interface has its number and name",
           len({row[4] for row in rows}) > 4 and not wrong, wrong)
    status, out, report, err = maker.make([path], options=["--frames", "3500"])
    late = columns(path, ("frame.time_epoch",), "-Y", "frame.number > 3500")[0][0]
    made = frames(out)[0] if report else []
    yield ("of a capture that was read in part it holds nothing from behind",
           made and max(row[0] for row in made) < nanoseconds(late[0]), [status, err])


def empty_cases(maker):
    """A capture without a finding."""
    path = os.path.join(maker.folder, "quiet.pcapng")
    tap.store(path, ng.section() + ng.interface(wire.RAW)
              + b"".join(ng.both(20000 + n * 777 % 30000, ng.START + n) for n in range(5)))
    status, out, report, err = maker.make([path])
    if report is None or report["findings"]:
        yield "a quiet capture has no findings", False, [status, err]
        return
    lines, complaints = tshark(out)
    _, again, _ = tap.read(maker.build, out)
    yield ("without findings it is a capture without packets", not lines and not complaints
           and report["evidence"]["frames"] == 0 and again["capture"]["frames"] == 0, complaints)
    yield ("which says so", b"There are no findings" in tap.load(out), [])


def refusal_cases(maker):
    """What cannot be done, or must not: the error and its text."""
    sample = os.path.join(tap.ROOT, "samples", "pcaps", "server-silent.pcap")

    def copy():
        return shutil.copy(sample, os.path.join(maker.folder, "changed.pcap"))

    for what, options, files, error, text in (
            ("a file whose time changed", ["--touch", copy()], [copy()], EOPEN, "was changed"),
            ("a file with other octets and the same time and size", ["--flip", copy()], [copy()],
             EOPEN, "is not the file that was read"),
            ("a file that is gone", ["--gone", copy()], [copy()], EOPEN, "No such file"),
            ("frames that were fed", ["--fed"], [sample], EINVAL, "write them to a file"),
            ("a second time", ["--again"], [sample], ESTATE, "made before")):
        copy()
        status, _, _, err = maker.make(files, options=options)
        yield f"{what}: no evidence, and why", status == error and text in err, [status, err]
    status, out, err = tap.run([maker.program, os.path.join(maker.folder, "x"), "0", "-"],
                               tap.load(sample))
    yield ("standard input: no evidence, and what to do",
           status == EINVAL and b"write the capture to a file" in err, [status, out[:99], err])


def moved_cases(maker):
    """An octet that --flip changes is one of a frame's time: found without a hash."""
    sample = tap.load(os.path.join(tap.ROOT, "samples", "pcaps", "server-silent.pcap"))
    path = os.path.join(maker.folder, "moved.pcap")
    first = struct.unpack_from("<2I", sample, 24)
    statuses = []
    # A frame in front, that is none of ours, moves the middle of the file onto a time.
    for pad in range(0, 600, 4):
        moved = sample[:24] + struct.pack("<4I", *first, pad, pad) + bytes(pad) + sample[24:]
        if not any(start + 4 <= len(moved) // 2 < start + 6 for start in tap.records(moved)):
            continue
        status, _, _, err = maker.make([tap.store(path, moved)],
                                       options=["--no-sha256", "--flip", path])
        statuses.append((pad, status, err))
        if status != 0:
            break
    good = statuses and statuses[-1][1] == EOPEN and "is another one" in statuses[-1][2]
    yield "a frame with another time is noticed without a hash", good, statuses


# ---- text from outside ----

def control_octets(data):
    """Octets of comments, names and descriptions that are not printable ASCII."""
    at, bad = 0, set()
    while at < len(data):
        kind, size = struct.unpack_from("<2I", data, at)
        head = {ng.SHB: 24, ng.IDB: 16}.get(kind, 28)
        if kind == ng.EPB:
            captured = struct.unpack_from("<I", data, at + 20)[0]
            head += captured + -captured % 4
        options = data[at + head:at + size - 4]
        while len(options) >= 4:
            code, length = struct.unpack_from("<2H", options)
            text = options[4:4 + length]
            if code in (1, 2, 3, 4) and (kind, code) != (ng.SHB, 2):
                bad |= {octet for octet in text if not 32 <= octet < 127} - {10}
            options = options[4 + length + -length % 4:]
        at += size
    return bad


def hostile_cases(maker):
    folder = os.path.join(maker.folder, HOSTILE)
    os.mkdir(folder)
    name = ng.option(2, HOSTILE.encode() + b"\xff\x9b\x00tail") + ng.option(0, b"")
    data = ng.section() + ng.interface(wire.RAW, more=name) + b"".join(
        ng.packet(wire.query(20000 + n, n), ng.START + n) for n in range(9)) \
        + ng.packet(wire.query(30000, 99), ng.START + 60)
    path = tap.store(os.path.join(folder, "x\n.pcapng"), data)
    status, out, _, err = maker.make([path])
    bad = control_octets(tap.load(out)) if status == 0 else None
    yield "names of files and interfaces are escaped", bad == set(), [status, err, bad]
    text = tap.load(out)
    yield ("and there", rb"\x1b[31m\xe2\x80\xae|" in text and rb"\xff\x9b" in text, [])


def writer_cases(maker):
    """Random frames, written by our writer, are what tshark reads."""
    for seed in range(1, 4):
        path = os.path.join(maker.folder, "random.pcapng")
        status, out, _ = tap.run([f"{maker.build}/tests/unit_ngwrite", str(seed), path])
        wanted = out.decode().splitlines()
        lines, complaints = tshark(path, "-T", "fields", "-e", "frame.time_epoch", "-e",
                                   "frame.cap_len", "-e", "frame.len", "-e", "frame.interface_id",
                                   "-e", "frame.comment")
        wrong = [f"{a} | {b}" for a, b in zip(wanted, lines) if a != b]
        yield (f"random frames {seed}: tshark reads what was written", status == 0 and len(lines)
               == len(wanted) > 100 and not wrong and not complaints, wrong + complaints)


# ---- pseudonyms ----

def addresses(path):
    rows, _ = columns(path, ("ip.addr", "ipv6.addr", "eth.addr"))
    return {value for row in rows for cell in row for value in cell.split(",") if value}


def pseudonym_cases(maker):
    name = "low-ports"
    sample = os.path.join(tap.ROOT, "samples", "pcaps", f"{name}.pcap")
    key = tap.store(os.path.join(maker.folder, "key"), bytes(range(32)))
    os.chmod(key, 0o600)
    out = [os.path.join(maker.folder, f"{n}.pcapng") for n in "ab"]
    for path in out:
        status, _, err = tap.run([f"{maker.build}/dnsgap", "read", f"--anonymize={key}",
                                  "--evidence", path, "--json", path + ".json", sample])
        if status != 0:
            yield "evidence with pseudonyms is made", False, [status, err]
            return
    report = json.loads(tap.load(out[0] + ".json"))
    _, plain, _ = tap.read(maker.build, sample)
    _, again, _ = tap.read(maker.build, out[0])
    data = tap.load(out[0])
    yield ("with pseudonyms, read again, the worst finding is the same",
           again and worst(again) == worst(plain) == worst(report), [again and worst(again)])
    yield "the same key gives the same bytes", data == tap.load(out[1]), []
    found = [text for text in addresses(sample) if text.encode() in data
             and not text.startswith(("ff", "224."))]
    yield "no address of the input is in it as text", not found, found
    both = {text for text in addresses(sample) & addresses(out[0])
            if not text.startswith(("ff", "224.", "33:33", "01:00"))}
    yield "nor as an address that tshark sees", not both, both
    digest = hashlib.sha256(tap.load(sample)).hexdigest().encode()
    yield ("nor a name or hash of the input", digest not in data and b"are pseudonyms" in data
           and f"{name}.pcap".encode() not in data, [])
    lines, complaints = tshark(out[0], "-Y", "ip.checksum.status==0 || udp.checksum.status==0",
                               "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")
    was, _ = tshark(sample, "-Y", "ip.checksum.status==0 || udp.checksum.status==0",
                    "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")
    yield ("checksums are no worse", len(lines) <= len(was) and not complaints,
           [len(lines), len(was), complaints])


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    if shutil.which("tshark") is None:
        t.skip("evidence", "tshark is not installed")
        return t.done()
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(build, folder)
        chosen = [path for path in samples()
                  if (tap.name_of(path) in SANITIZED if tap.is_sanitized(build)
                      else not tap.name_of(path).startswith("healthy-"))]
        groups = [sample_cases(maker, path) for path in chosen]
        groups += [truth_of_comments(maker, name)
                   for name in ("low-ports", "server-silent", "random-loss", "ports-refused")]
        groups += [make(maker) for make in (
            limit_cases, big_cases, file_cases, empty_cases, refusal_cases, moved_cases,
            hostile_cases, writer_cases, pseudonym_cases)]
        with ThreadPoolExecutor(PROCESSES) as pool:
            for cases in pool.map(list, groups):
                for name, good, notes in cases:
                    t.ok(bool(good), name, notes)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

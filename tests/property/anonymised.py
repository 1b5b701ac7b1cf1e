#!/usr/bin/env python3
"""Anonymised outputs hold no original address, name or file, and else say what the plain ones say.

What is looked for, in every output of every sample: each address that tshark or the plain outputs
know, as text (IPv6 short and long, in small and capital letters), in hexadecimal digits and as
reverse names have it; each name, each end of it with two labels or more, and each label of four
octets or more that does not stay.  A label that is one of the program's own words (anything in
its sources) is looked for only next to a dot, as in a name: in prose it may mean itself.  Shorter
labels are not looked for by themselves: three letters come about by chance.  Addresses and labels
count only with nothing around them that would make another word of them.

Two reports are the same when the plain one, with each address and name replaced as
tests/pseudonyms tells it, is the other one, lists in any order.  Sentences that name some of many
addresses may name others, as lists are in the order of addresses; so in sentences and commands
there is a mark for any address or name, and for any number where they tell of some clients only.

The plain outputs must not pass: that shows that the search finds what is there.
"""
import ipaddress
import json
import os
import re
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

KEY = bytes(range(7, 39))
OTHER_KEY = bytes(range(8, 40))
FORMS = ["json", "text", "markdown", "html", "transactions"]
PROCESSES = 2
SMALL_CAPTURE = 150_000
CAPTURES_MAX = 12
# A finding has a sentence for each of so many clients.
CLIENTS_TOLD = 8
FIELDS = ["ip.addr", "ipv6.addr", "dns.a", "dns.aaaa", "dns.qry.name", "dns.resp.name", "dns.cname",
          "dns.ns", "dns.ptr.domain_name", "dns.mx.mail_exchange", "dns.soa.mname", "dns.soa.rname",
          "dns.srv.target", "eth.addr"]
NAME_FIELDS = FIELDS[4:13]
ADDRESS = re.compile(r"(?<![0-9A-Za-z.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*:[0-9a-f.]*[0-9a-f:])"
                     r"(?:/\d+)?(?![0-9A-Za-z])")
SENTENCES = {"summary", "evidence", "rivals", "untested", "reproduce", "next", "avoid", "warnings"}
NAME_KEYS = {"name", "zone"}
# An address that dig is told to ask from, and those that stay.
ANYBODY = {"0.0.0.0", "::", "::1", "255.255.255.255"}


def own_words():
    """Every word in the program's sources."""
    words = set()
    for folder, _, files in os.walk(os.path.join(tap.ROOT, "analyzer")):
        for file in files:
            with open(os.path.join(folder, file), encoding="utf-8", errors="replace") as source:
                words |= set(re.findall(r"[a-z0-9]+", source.read().lower()))
    return words


class Pseudonyms:
    """Asks tests/pseudonyms."""

    def __init__(self, build):
        self.command = [f"{build}/tests/pseudonyms", KEY.hex()]

    def ask(self, lines):
        status, out, _ = tap.run(self.command, stdin="\n".join(lines).encode())
        return out.decode().split("\n")[:-1] if status == 0 else []

    def names(self, names):
        names = sorted(names)
        got = self.ask(["n " + to_wire(name).hex() for name in names])
        return {name: from_wire(bytes.fromhex(new)) for name, new in zip(names, got) if new != "-"}

    def addresses(self, texts):
        texts = sorted(texts)
        return dict(zip(texts, self.ask([("p " if "/" in t else "a ") + t for t in texts])))


def to_wire(name):
    labels, label, at = [], b"", 0
    while at < len(name):
        if name[at] == "\\" and name[at + 1:at + 4].isdigit():
            label, at = label + bytes([int(name[at + 1:at + 4])]), at + 4
        elif name[at] == "\\":
            label, at = label + name[at + 1].encode("latin-1"), at + 2
        elif name[at] == ".":
            labels, label, at = labels + [label], b"", at + 1
        else:
            label, at = label + name[at].encode("latin-1"), at + 1
    labels += [label] if label else []
    return b"".join(bytes([len(part)]) + part for part in labels if part) + b"\0"


def from_wire(wire):
    labels, at = [], 0
    while wire[at]:
        labels.append("".join(
            chr(c) if 33 <= c <= 126 and chr(c) not in ".\\\"();@$" else f"\\{c:03d}" if not 33 <= c <= 126
            else "\\" + chr(c) for c in wire[at + 1:at + 1 + wire[at]]))
        at += 1 + wire[at]
    return ".".join(labels) or "."


def outputs(build, path, folder, key, *options):
    """{form: text} of a capture; anonymised with a key, else plain."""
    os.makedirs(folder)
    names = {form: os.path.join(folder, form) for form in FORMS}
    command = [f"{build}/dnsgap", "read", "--no-sha256", "--json", names["json"],
               f"--text={names['text']}", f"--markdown={names['markdown']}", "--html", names["html"],
               "--transactions", names["transactions"], path]
    if key is not None:
        key_file = os.path.join(folder, "key")
        with open(os.open(key_file, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(key)
        command[2:3] = [f"--anonymize={key_file}", *options]
    status, out, err = tap.run(command)
    if status not in (0, 2) or out:
        raise SystemExit(f"{path}: exit status {status}: {err.decode('utf-8', 'replace')}")
    return {form: tap.load(name).decode("utf-8") for form, name in names.items()}


def originals(path, plain):
    """Addresses and names that the capture holds, as tshark and the plain outputs tell them."""
    addresses, names, others = set(), set(), set()
    for line in plain["transactions"].splitlines():
        row = json.loads(line)
        addresses |= {row["client"], row["server"]}
        names.add(row["QNAME"])
    for text in (plain["json"], plain["text"]):
        addresses |= {a for a in ADDRESS.findall(text) if is_address(a)}
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=\x1f", "-E", "aggregator=\x1e"]
    for field in FIELDS:
        command += ["-e", field]
    out = tap.run(command)[1].decode("utf-8", "replace")
    for line in out.splitlines():
        for field, values in zip(FIELDS, line.split("\x1f")):
            for value in filter(None, values.split("\x1e")):
                if field in NAME_FIELDS:
                    names.add(value.lower())
                elif field == "eth.addr":
                    others.add(value)
                elif is_address(value):
                    addresses.add(value)
    return addresses, {n for n in names if n not in (None, "", ".", "<Root>")}, others


def is_address(text):
    try:
        ipaddress.ip_address(text)
        return True
    except ValueError:
        return False


def address_forms(text):
    address = ipaddress.ip_address(text)
    reverse = address.reverse_pointer.rsplit(".", 2)[0]
    forms = {str(address), address.exploded, address.packed.hex(), reverse}
    if address.version == 6:
        forms.add(":".join(f"{int(part, 16):x}" for part in address.exploded.split(":")))
    return forms


def find(form, text):
    """Whether it stands in a text (both in small letters) as a word of its own."""
    at = text.find(form)
    while at >= 0:
        before = text[at - 1:at]
        after = text[at + len(form):at + len(form) + 1]
        if not (before.isalnum() or before in ("-", "_", ":")) and not (after.isalnum() or after in ("-", "_")):
            return True
        at = text.find(form, at + 1)
    return False


def leaks(made, given, renamed_addresses, renamed_names, words):
    addresses, names, others = given
    forms = set()
    for address in addresses:
        if address not in ANYBODY and renamed_addresses.get(address) != address:
            forms |= address_forms(address)
    labels = set()
    for name in names:
        new = renamed_names.get(name)
        if new is None or new == name:
            continue
        forms.add(name)
        old_labels, new_labels = name.split("."), new.split(".")
        for at in range(len(old_labels) - 1):
            end = ".".join(old_labels[at:])
            if renamed_names.get(end, "") != end and end in renamed_names:
                forms.add(end)
        if len(old_labels) == len(new_labels):
            labels |= {old for old, other in zip(old_labels, new_labels) if old != other and len(old) >= 4}
    labels -= {label for name in names if renamed_names.get(name) == name for label in name.split(".")}
    made_of_new = set(renamed_addresses.values()) | set(renamed_names.values())
    found = []
    for form, text in made.items():
        text = text.lower()
        for original in forms | others:
            if original.lower() not in made_of_new and find(original.lower(), text):
                found.append(f"{form}: {original}")
        for label in labels:
            in_name = find("." + label, text) or re.search(
                r"(?<![a-z0-9_-])" + re.escape(label) + r"\.[a-z0-9]", text)
            if in_name or (not set(re.findall(r"[a-z0-9]+", label)) <= words and find(label, text)):
                found.append(f"{form}: label {label}")
    return found


def mark(text, names):
    text = ADDRESS.sub("ADDRESS", text)
    return re.sub(r"[A-Za-z0-9_\\-][A-Za-z0-9._\\-]*", lambda m: "NAME" if m[0].rstrip(".") in names else m[0], text)


def same_shape(node, addresses, names, all_names, key=None, parents=()):
    """The plain report as the anonymised one has to be, or (with nothing to replace) as it is."""
    if isinstance(node, dict):
        if node.get("clients_count", 0) > CLIENTS_TOLD:
            node = {**node, "evidence": [re.sub(r"[0-9.]+", "N", mark(s, all_names)) for s in node["evidence"]]}
        return {k: same_shape(v, addresses, names, all_names, k, parents + (key,)) for k, v in node.items()}
    if isinstance(node, list):
        made = [same_shape(v, addresses, names, all_names, key, parents) for v in node]
        return made if key in ("ranges", "of_which", "bounds", "reached_interval", "looks_like") \
            else sorted(made, key=lambda v: json.dumps(v, sort_keys=True))
    if not isinstance(node, str) or "looks_like" in parents:
        return node
    if key in SENTENCES:
        return mark(node, all_names)
    if node in addresses:
        return addresses[node]
    is_name = key == "names" or (key in NAME_KEYS and "causes" in parents)
    return names.get(node, node) if is_name else node


def strip(report):
    for number, given in enumerate(report["inputs"], 1):
        given["sha256"] = None
        given["file"] = f"capture-{number}"
    for finding in report["findings"]:
        for places in finding["frames"].values():
            for place in places:
                place["file"] = "capture-1"
    report["anonymised"] = True
    return report


def lines_of(text, addresses, names):
    rows = []
    for line in text.splitlines():
        row = json.loads(line)
        for key in ("client", "server"):
            row[key] = addresses.get(row[key], row[key])
        row["QNAME"] = names.get(row["QNAME"], row["QNAME"])
        for place in row.values():
            if isinstance(place, dict):
                place["file"] = "capture-1"
        rows.append(row)
    return rows


def differences(path, one, two):
    if isinstance(one, dict) and isinstance(two, dict) and one.keys() == two.keys():
        return [d for k in one for d in differences(f"{path}.{k}", one[k], two[k])]
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return [d for i, (a, b) in enumerate(zip(one, two)) for d in differences(f"{path}[{i}]", a, b)]
    return [] if one == two else [f"{path}: {str(one)[:300]} became {str(two)[:300]}"]


def ends_of(names):
    ends = set()
    for name in names:
        labels = name.split(".") if "\\" not in name else [name]
        ends |= {".".join(labels[at:]) for at in range(len(labels))}
    return ends


def check(build, path, words):
    """[(test's name, notes)]"""
    with tempfile.TemporaryDirectory() as folder:
        plain = outputs(build, path, os.path.join(folder, "plain"), None)
        made = outputs(build, path, os.path.join(folder, "made"), KEY)
        again = outputs(build, path, os.path.join(folder, "again"), KEY)
        other = outputs(build, path, os.path.join(folder, "other"), OTHER_KEY)
    given = originals(path, plain)
    report = json.loads(plain["json"])
    texts = given[0] | {a for a in ADDRESS.findall(plain["json"]) if "/" in a}
    known = Pseudonyms(build)
    names = known.names(ends_of(given[1]))
    addresses = known.addresses(texts)
    wanted = same_shape(strip(report), addresses, names, set(names))
    got = same_shape(json.loads(made["json"]), {}, {}, set(names.values()))
    file = os.path.basename(path)
    in_file = [f"{form}: {file}" for form, text in made.items() if file in text]
    same_lines = lines_of(plain["transactions"], addresses, names) == [
        json.loads(line) for line in made["transactions"].splitlines()]
    text_lines = [len(t["text"].splitlines()) > 0 for t in (plain, made)]
    renames = any(addresses[a] != a for a in given[0] - ANYBODY if find(a, plain["transactions"]))
    return [
        ("what is looked for stands in the plain outputs",
         [] if leaks(plain, given, addresses, names, words) or not renames else ["nothing was found"]),
        ("no original address, name or file is left",
         leaks(made, given, addresses, names, words) + in_file),
        ("the report is the plain one with other addresses and names", differences("", wanted, got)),
        ("so are the lines of transactions", [] if same_lines else ["they differ"]),
        ("the same key gives the same bytes", [f for f in made if made[f] != again[f]]),
        ("another key gives others",
         [f for f in ("json", "transactions") if made[f] == other[f] and (
             f == "transactions" and made[f] or any(find(a, plain[f]) for a in addresses if addresses[a] != a))]
         + ([] if all(text_lines) else ["an empty text"])),
    ]


def check_kept(build, path, words):
    """What a person keeps stays, nothing else does, and the numbers are the same."""
    with tempfile.TemporaryDirectory() as folder:
        plain = outputs(build, path, os.path.join(folder, "plain"), None)
        rows = [json.loads(line) for line in plain["transactions"].splitlines()]
        server = next(row["server"] for row in rows if row["QNAME"])
        name = next(row["QNAME"] for row in rows if row["QNAME"])
        made = outputs(build, path, os.path.join(folder, "made"), KEY, "--keep", server, "--keep-name", name)
    known = Pseudonyms(build)
    known.command += ["-a", server, "-n", name]
    given = originals(path, plain)
    names, addresses = known.names(ends_of(given[1])), known.addresses(given[0])
    got = [json.loads(line) for line in made["transactions"].splitlines()]
    return [
        ("what is kept stays", [] if any(row["server"] == server for row in got)
         and any(row["QNAME"] == name for row in got) else ["it does not"]),
        ("nothing else does", leaks(made, given, addresses, names, words)),
        ("lines are those of the plain ones", [] if got == lines_of(plain["transactions"], addresses, names)
         else ["they differ"]),
        ("totals are the same", differences("", json.loads(plain["json"])["totals"],
                                            json.loads(made["json"])["totals"])),
    ]


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    if not shutil.which("tshark"):
        t.skip("anonymised outputs", "tshark is not installed")
        return t.done()
    words = own_words()
    files = list(tap.SAMPLES)
    captures, why = tap.captures()
    if captures is None:
        t.skip("anonymised outputs of real captures", why)
    else:
        files += [f for f in captures if os.path.getsize(f) < SMALL_CAPTURE][:CAPTURES_MAX]
    if tap.is_sanitized(build):
        files = files[::6]
    for name, notes in check_kept(build, os.path.join(tap.ROOT, "samples", "pcaps", "servfail.pcap"), words):
        t.ok(not notes, f"kept: {name}", notes)
    with ThreadPoolExecutor(PROCESSES) as pool:
        for path, results in zip(files, pool.map(lambda f: check(build, f, words), files)):
            for name, notes in results:
                t.ok(not notes, f"{tap.name_of(path)}: {name}", notes)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The HTML report as text: an independent parser takes it, its pictures say what was counted
by hand, it stays small, and it is the same every time."""
import base64
import collections
import hashlib
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import pages                                           # noqa: E402
from pages import tap                                  # noqa: E402

html5lib = tap.need("html5lib")

BYTES_MAX = 1 << 20
COUNTED = ["low-ports", "port-unreachable", "ports-hash", "ports-soft", "outage", "tcp-outcomes",
           "healthy"]
REACHED = {"answered", "late", "truncated"}
SILENT = {"unanswered", "tcp_no_connection"}
NS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"


def parse(path):
    """(tree, None), or (None, the first mistake)."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        data.decode("utf-8")
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=True)
        return parser.parse(data, transport_encoding="utf-8"), None
    except (UnicodeDecodeError, html5lib.html5parser.ParseError) as error:
        return None, f"{path}: {error}"


def check_parser(t, folder):
    """It can say no."""
    path = os.path.join(folder, "mistake.html")
    faults = []
    for text in ("<!DOCTYPE html><title>x</title><p>a</div>", "<!DOCTYPE html><title>x</title><p a=1 a=2>",
                 "<title>x</title>", "<!DOCTYPE html><title>x</title>&nosuch;", "<!DOCTYPE html><title>x</title>\0",
                 "<!DOCTYPE html><title>x</title><table><tr><td>a<p>b</table><svg><p>c"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        if parse(path)[1] is None:
            faults.append(text)
    os.unlink(path)
    t.ok(not faults, "the parser complains of what is wrong", faults)


def all_text(element):
    return " ".join("".join(element.itertext()).split())


def check_markup(t, paths):
    faults = []
    for path in paths:
        tree, fault = parse(path)
        if tree is None:
            faults.append(fault)
            continue
        for element in tree.iter():
            if not isinstance(element.tag, str):
                faults.append(f"{path}: a comment")
                continue
            name = element.tag.rsplit("}", 1)[-1]
            if name in ("script", "link", "img", "iframe", "object", "a", "base", "form", "use",
                        "foreignObject", "image", "animate", "set"):
                faults.append(f"{path}: <{name}>")
            for key, value in element.attrib.items():
                if key.lower().startswith("on") or key in ("style", "href", "src") \
                        or "url(" in value or "//" in value:
                    faults.append(f"{path}: {name} has {key}={value!r}")
        style = tree.find(f".//{HTML}style").text
        policy = [m.get("content") for m in tree.iter(f"{HTML}meta")
                  if m.get("http-equiv") == "Content-Security-Policy"]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        wanted = (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
                  "form-action 'none'")
        if policy != [wanted]:
            faults.append(f"{path}: the policy is {policy}")
        if "url(" in style or "@import" in style:
            faults.append(f"{path}: the style loads something")
    t.ok(not faults, f"an independent parser finds no mistake in {len(paths)} pages, nothing that "
         "runs or loads, and the hash of the style", faults)


# --- what the pictures say, counted again from the lines of transactions ------------------

def transactions(build, capture):
    _, out, _ = tap.run([f"{build}/dnsgap", "read", "--transactions", "-", capture])
    return [json.loads(line) for line in out.splitlines()]


def is_refused(x):
    return x["outcome"] in ("icmp_error", "tcp_refused") or \
        (x["outcome"] == "tcp_reset" and x["end"]["by"] == "server")


def server_name(x):
    return x["server"] if x["server_port"] == 53 else f"{x['server']}#{x['server_port']}"


def ports_of(lines):
    """By port: queries answered, not answered, refused."""
    ports = collections.defaultdict(lambda: [0, 0, 0])
    for x in lines:
        if x["outcome"] != "undecided":
            row = ports[x["client_port"]]
            row[0] += x["outcome"] in REACHED
            row[1] += x["outcome"] not in REACHED
            row[2] += is_refused(x)
    return ports


def port_words(ports):
    kinds = collections.Counter()
    for reached, dead, refused in ports.values():
        kinds["at times" if reached and dead else "answered" if reached
              else "silent" if dead > refused else "refused"] += 1
    words = f"{len(ports):,} port{'' if len(ports) == 1 else 's'} tried: {kinds['answered']:,} " \
            f"answered, {kinds['silent']:,} silent"
    if kinds["at times"]:
        words += f", {kinds['at times']:,} answered at times"
    if kinds["refused"]:
        words += f", {kinds['refused']:,} refused"
    return words


def section(tree, title):
    for part in tree.iter(f"{HTML}section"):
        if all_text(part.find(f"{HTML}h2")) == title:
            return part
    return None


def rows(tree, title):
    """(who, words, row) of a picture."""
    for row in section(tree, title).iter(f"{HTML}div"):
        if row.get("class") != "row":
            continue
        who = row.find(f"{HTML}p")
        yield all_text(who.find(f"{HTML}strong")), all_text(who.find(f"{HTML}span")), row


def strokes(svg):
    """Strokes by class of a strip."""
    return {path.get("class"): path.get("d").count("M") for path in svg.iter(f"{SVG}path")}


def check_ports(tree, lines):
    faults, shown = [], 0
    for who, words, row in rows(tree, "The client's source ports, answered and silent"):
        if who == "all servers":
            ports = ports_of(lines)
            wanted = (f"{len(ports):,} port{'' if len(ports) == 1 else 's'} tried, in "
                      f"{sum(p[0] for p in ports.values()):,} queries that were answered and "
                      f"{sum(p[1] for p in ports.values()):,} that were not")
        else:
            shown += 1
            ports = ports_of(x for x in lines if server_name(x) == who)
            wanted = port_words(ports)
        if words != wanted:
            faults.append(f"{who}: {words!r}, not {wanted!r}")
        pictures = [s for s in row.iter(f"{SVG}svg") if s.get("role") == "img"]
        notes = [all_text(p) for p in row.iter(f"{HTML}p") if p.get("class") == "closer"]
        if len(pictures) != len(notes) + 1:
            faults.append(f"{who}: {len(pictures)} strips and {len(notes)} notes")
        for note, svg in zip(notes, pictures[1:]):
            first, last = map(int, re.match(r"Ports (\d+) to (\d+), closer", note).groups())
            inside = {p: row for p, row in ports.items() if first <= p <= last}
            if port_words(inside) not in note:
                faults.append(f"{who}: {note!r}, not {port_words(inside)!r}")
            if last - first < 1280:
                wanted = {"tick answered": sum(r[0] > 0 for r in inside.values()),
                          "tick silent": sum(r[1] > r[2] for r in inside.values()),
                          "tick refused": sum(r[2] > 0 for r in inside.values())}
                if strokes(svg) != wanted:
                    faults.append(f"{who} {first}-{last}: {strokes(svg)}, not {wanted}")
    return faults, shown


def check_matrix(tree, report):
    faults, shown = [], 0
    by_name = {server_name({"server": s["address"], "server_port": s["port"]}): s["ranges"]
               for s in report["servers"]}
    by_name["all servers"] = report["ranges"]
    for who, _, row in rows(tree, "Servers by range of the client's port"):
        if who == "server":
            continue
        shown += 1
        cells = [all_text(e) for e in row.iter(f"{SVG}text") if "wide" in e.get("class")
                 or "narrow" not in e.get("class")]
        for cell, part in zip(cells, by_name[who]):
            outcomes = part["outcomes"]
            decided = part["transactions"] - outcomes["undecided"]
            reached = sum(outcomes[o] for o in REACHED)
            wanted = f"({reached:,}/{decided:,})" if decided else \
                "undecided" if part["transactions"] else "not tried"
            share = re.match(r"(<1|>99|\d+) %", cell)
            good = wanted in cell and (not decided or (
                share.group(1) == "100") == (reached == decided) and (
                share.group(1) == "0") == (reached == 0))
            if not good:
                faults.append(f"{who} {part['name']}: {cell!r}, not {wanted!r}")
    return faults, shown


def check_time(tree, lines):
    faults, shown = [], 0
    for who, words, row in rows(tree, "Over the time of the capture"):
        if not who:
            continue
        shown += 1
        mine = [x for x in lines if who in ("all servers", server_name(x))
                and x["outcome"] != "undecided"]
        reached = sum(x["outcome"] in REACHED for x in mine)
        refused = sum(is_refused(x) for x in mine)
        wanted = f"{reached:,} answered, {len(mine) - reached - refused:,} silent" + (
            f", {refused:,} refused" if refused else "")
        bars = strokes(row)
        most = int(re.search(r"highest bar is ([\d,]+)", words).group(1).replace(",", ""))
        if not words.startswith(wanted + ";"):
            faults.append(f"{who}: {words!r}, not {wanted!r}")
        if not 1 <= bars["bar answered"] + bars["bar silent"] + bars["bar refused"] <= 360 \
                or not 1 <= most <= len(mine):
            faults.append(f"{who}: {bars}, highest {most}")
    return faults, shown


def check_latency(tree, report):
    faults, shown = [], 0
    by_name = {server_name({"server": s["address"], "server_port": s["port"]}): s["latency_ns"]
               for s in report["servers"]}
    for who, words, row in rows(tree, "How long answers took"):
        if not who:
            continue
        shown += 1
        for q, value, unit in re.findall(r"(p\d\d) ([\d.]+) (ns|us|ms|s)\b", words):
            wanted = by_name[who][q]
            if abs(float(value) * NS[unit] - wanted) > 0.06 * wanted:
                faults.append(f"{who}: {q} {value} {unit}, not {wanted} ns")
        at = [float(s.get("x").rstrip("%")) for s in row.iter(f"{SVG}svg") if s.get("overflow")]
        if len(at) != 3 or at != sorted(at, reverse=True):
            faults.append(f"{who}: marks at {at}")
    return faults, shown


def check_pictures(t, build, name, path):
    tree, fault = parse(path)
    if tree is None:
        t.ok(False, f"{name}: can be read", [fault])
        return
    capture = pages.sample(name)
    lines = transactions(build, capture)
    _, report, _ = tap.read(build, capture)
    checks = [("ports", check_ports(tree, lines)), ("matrix", check_matrix(tree, report)),
              ("time", check_time(tree, lines)), ("latency", check_latency(tree, report))]
    for what, (faults, shown) in checks:
        t.ok(not faults and shown > 0, f"{name}: the picture of {what} says what was counted again",
             [*faults, f"{shown} rows"])


def check_size(t, build, folder):
    """However much there is, a page stays below a megabyte and says what it left out."""
    capture = os.path.join(folder, "large.pcap")
    page = os.path.join(folder, "large.html")
    # The sanitizers make it ten times as slow, and see as much in fewer.
    is_large = not tap.is_sanitized(build)
    queries = "330000" if is_large else "20000"
    tap.run([f"{build}/mkpcap", "--queries", queries, "--rate", "12000", "--servers", "9",
             "--loss", "0.4", "--drop", "server=1,ports=2000-9000", "--drop",
             "server=2,ports=30000-31000", capture])
    made, why = pages.make(build, [(capture, page)])
    os.unlink(capture)
    size = os.path.getsize(page)
    tree, fault = parse(page)
    sampled = "from an even sample, 1 of" in all_text(tree) if tree is not None else False
    t.ok(made and tree is not None and size < BYTES_MAX and sampled == is_large,
         f"{queries} queries with loss make a page of {size} bytes, below a megabyte, that says "
         "whether it draws a sample", [why, fault])


def check_same(t, build, folder, path):
    again = os.path.join(folder, "again.html")
    pages.make(build, [(pages.sample("low-ports"), again)])
    with open(path, "rb") as one, open(again, "rb") as two:
        t.ok(one.read() == two.read(), "the same capture gives the same bytes")


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if html5lib is None:
        t.skip("the markup of the HTML report", "there is no python3-html5lib")
        return t.done()
    # Not browser.py's own: both may run at once.
    folder = os.path.join(options.build, "html", "markup")
    os.makedirs(folder, exist_ok=True)
    hostile = pages.hostile_capture(os.path.join(folder, *pages.HOSTILE_PATH))
    pairs = [(path, os.path.join(folder, f"{tap.name_of(path)}.html"))
             for path in tap.SAMPLES] + [(hostile, os.path.join(folder, "hostile.html"))]
    made, why = pages.make(options.build, pairs)
    t.ok(made, "there are pages of all samples", [why])
    check_parser(t, folder)
    check_markup(t, [page for _, page in pairs])
    for name in COUNTED:
        check_pictures(t, options.build, name, os.path.join(folder, f"{name}.html"))
    check_size(t, options.build, folder)
    check_same(t, options.build, folder, os.path.join(folder, "low-ports.html"))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

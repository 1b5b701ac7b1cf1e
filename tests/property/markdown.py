#!/usr/bin/env python3
"""Markdown as GitHub's own parser reads it: nothing but what was meant, and all of it.

cmark-gfm, with raw HTML let through and every extension on, makes HTML of each report.
"""
import html.parser
import os
import random
import re
import shutil
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

sys.path.insert(0, os.path.join(tap.ROOT, "tests", "cli"))

import wire                                            # noqa: E402

BYTES_MAX = 32767           # what Jira's fields take; GitHub takes 65,536
PARSER = ["cmark-gfm", "--unsafe"] + [word for name in (
    "table", "autolink", "strikethrough", "tasklist") for word in ("-e", name)]
ALLOWED = {"h1": set(), "h2": set(), "h3": set(), "p": set(), "strong": set(), "ul": set(),
           "li": set(), "code": {("class", "language-sh")}, "pre": {("lang", "sh")},
           "table": set(), "thead": set(), "tbody": set(), "tr": set(),
           "th": {("align", "left"), ("align", "right")},
           "td": {("align", "left"), ("align", "right")}}
BLOCKS = {"h1", "h2", "h3", "p", "li", "pre", "th", "td"}
# What ticket systems see in text that is no code.
REFERENCES = re.compile(r"[@#!~$%&]\w|://|\bwww\.|\b[A-Z][A-Z0-9]+-\d|:[a-z+-][\w+-]*:|\bGH-", re.I)
REFERENCES_CASED = re.compile(r"\b[A-Z][A-Z0-9]+-\d")

# docs/faults.md, A3; a file's name holds neither a slash nor a NUL.
HOSTILE = [
    b"\x1b[31mred\x1b[0m", b"bel\x07", b"a\rb", b"a\nb", b"a\n\n# heading", b"a\n```\nb",
    bytes(range(0x80, 0xc0)), bytes(range(0xc0, 0x100)), "\u202egnp.exe".encode(),
    "\u2066x\u2069\ufeff".encode(), b"`id`", b"``", b"`", b"a` <b>x`", b"a|b", b"a\\|b", b"|---|",
    b"x\n| a | b |\n| --- | --- |\n| c | d |", b"<script>alert(1)<\\script>", b"<b>", b"<!--",
    b"<img src=x onerror=alert(1)>", b"&lt;b&gt;", b"&#60;", b"\"},{\"x\":\"", b"=cmd()", b"-rf",
    b"+1", b"1. one", b"#1", b"# one", b"> one", b"    code", b"@all", b"a @all b", b"GH-1", b"!1",
    b"[a](javascript:alert(1))", b"![a](b)", b"[a]: b", b"[^1]", b"https:\\\\a.example",
    b"www.a.example", b"a@b.example", b"*a*", b"__a__", b"~~a~~", b":smile:", b"$x$", b"$(id)",
    b"{code}", b"a\\", b"\\", b" a ", b"a  ", b"\x0ea\x0f", b"\x0f\x0e`", b"%s%n", bytes(range(1, 0x20)),
    b"8f3a9c1d",
]


class Reader(html.parser.HTMLParser):
    """Tags in their order, what is not allowed, and the text, in code and not."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.faults, self.texts, self.plain = [], [], [""], ""
        self.blocks = []        # the tag that each text but the first belongs to
        self.depth, self.columns, self.row = 0, None, 0

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in ALLOWED:
            self.faults.append(f"<{tag}> in line {self.getpos()[0]}")
        elif not set(attrs) <= ALLOWED[tag]:
            self.faults.append(f"<{tag} {attrs}>")
        if tag in BLOCKS:
            self.texts.append("")
            self.blocks.append(tag)
            self.plain += "\n"
        self.depth += tag == "code"
        if tag == "table":
            self.columns = None
        elif tag == "tr":
            self.row = 0
        elif tag in ("th", "td"):
            self.row += 1

    def handle_endtag(self, tag):
        self.depth -= tag == "code"
        if tag == "tr":
            if self.columns not in (None, self.row):
                self.faults.append(f"{self.row} cells under {self.columns} titles")
            self.columns = self.row

    def handle_data(self, data):
        self.texts[-1] += data
        self.plain += "\0" if self.depth else data

    def handle_comment(self, data):
        self.faults.append(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


def cells(line):
    """How many cells a row of a table has in the source, by GFM's rule."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) - 1


def source_faults(text):
    """What is wrong before any parser comes: bytes, and rows of other lengths than their title."""
    faults = []
    if re.search(r"[^\n -~]", text):
        faults.append(f"no ASCII: {ascii(re.search(r'[^ -~]', text.replace(chr(10), '')))}")
    if len(text) > BYTES_MAX:
        faults.append(f"{len(text)} bytes")
    if not text.startswith("# DNS: "):
        faults.append(f"begins with {text[:40]!r}")
    width, is_fenced = None, False
    for line in text.split("\n"):
        is_fenced ^= line.startswith("```")
        if is_fenced or not line.startswith("|"):
            width = None
        elif cells(line) != (width or cells(line)):
            faults.append(f"{cells(line)} cells, not {width}: {line[:80]}")
        else:
            width = cells(line)
    return faults


def read(text):
    """(Reader, faults) of a text in Markdown."""
    status, out, err = tap.run(PARSER, text.encode())
    reader = Reader()
    reader.feed(out.decode("utf-8", "replace"))
    reader.close()
    faults = source_faults(text) + reader.faults
    if status != 0 or err:
        faults.append(f"cmark-gfm: {status} {err!r}")
    found = REFERENCES.search(re.sub(r"\b[A-Z][A-Z0-9]+-\d", "", reader.plain, flags=re.I)) \
        or REFERENCES_CASED.search(reader.plain)
    if found:
        faults.append(f"a reference outside of code: {reader.plain[found.start():][:40]!r}")
    if reader.tags.count("h1") != 1:
        faults.append(f"{reader.tags.count('h1')} titles")
    return reader, faults


def render(build, form, *files, cwd=tap.ROOT):
    status, out, err = tap.run([f"{build}/tests/render", form, *files], cwd=cwd)
    assert status == 0 and not err, f"render {form} {files}: {status} {err[:300]!r}"
    return out.decode("utf-8")


def squeeze(text):
    return re.sub(r"\s+", " ", text.replace("`", "")).strip().rstrip(".").lower()


def wanted_texts(report):
    """What of the JSON report a person must find: of the first findings all words."""
    for i, finding in enumerate(report["findings"][:16]):
        yield finding["summary"]
        yield finding["code"]
        if i >= 4 or finding["severity"] == "note":
            continue
        for key in ("evidence", "rivals", "next", "avoid", "reproduce"):
            yield from finding[key]
        if finding["untested"]:
            yield finding["untested"]
        for control in finding["controls"][:8]:
            yield control["server"]
    for source in report["inputs"][:8]:
        yield source["file"]
        for key in ("sha256", "format", "first", "last"):
            if source[key]:
                yield source[key]
    yield from report["capture"]["warnings"]
    if len(report["servers"]) <= 10:
        yield from (server["address"] for server in report["servers"])
    if len(report["clients"]) <= 8:
        yield from (client["address"] for client in report["clients"])
    yield from (error["sender"] for error in report["icmp"][:8])


def test_samples(t, build):
    for sample in tap.SAMPLES:
        name = os.path.relpath(sample, tap.ROOT)
        text = render(build, "markdown", name)
        reader, faults = read(text)
        _, report, _ = tap.read(build, name)
        found = squeeze(" ".join(reader.texts))
        faults += [f"is missing: {wanted}" for wanted in wanted_texts(report)
                   if squeeze(wanted) not in found]
        if render(build, "markdown", name) != text:
            faults.append("other bytes at the second time")
        t.ok(not faults, f"{tap.name_of(sample)}: nothing else is in it, and nothing is missing",
             faults)


def outline(reader):
    """The elements of a document; code apart, which is where names stand."""
    return [tag for tag in reader.tags if tag != "code"]


def cut_capture():
    """A capture whose last frame is cut off: its name is in a warning, too."""
    data = tap.load(tap.SAMPLES[0])
    return data[:-5]


def test_names_of_files(t, build, folder):
    tap.store(os.path.join(folder, "plain.pcap"), cut_capture())
    plain = outline(read(render(build, "markdown", "plain.pcap", cwd=folder))[0])
    for name in HOSTILE:
        path = os.fsdecode(name.replace(b"/", b"\\"))
        tap.store(os.path.join(folder, path), cut_capture())
        reader, faults = read(render(build, "markdown", "./" + path, cwd=folder))
        if outline(reader) != plain:
            faults.append("has other elements than with a plain name")
        os.unlink(os.path.join(folder, path))
        t.ok(not faults, f"a file named {ascii(path)[1:-1]}", faults)


def test_names_on_the_wire(t, build, folder):
    """Each is asked of a silent server again and again; another one answers to the end."""
    records = wire.pairs(60, step=1)
    for i, name in enumerate(HOSTILE):
        for again in range(4):
            packet = wire.query(30000 + 10 * i + again, i, [name[:63], b"example"], f"203.0.113.{i + 1}")
            records.append(wire.record(packet, 1700000000 + again, i))
    records.sort(key=lambda record: struct.unpack("<2I", record[:8]))
    wire.save(os.path.join(folder, "names.pcap"), *records)
    reader, faults = read(render(build, "markdown", "names.pcap", cwd=folder))
    if "server-silent" not in " ".join(reader.texts):
        faults.append("no silent server was found")
    t.ok(not faults, "hostile names on the wire, in commands that ask for them", faults)


def test_length(t, build, folder):
    """Many files with names that become four times as long, all with problems."""
    files = []
    for i in range(60):
        name = f"{i:02}" + os.fsdecode(b"\xff" * 240)
        files.append(name)
        tap.store(os.path.join(folder, name), cut_capture())
    text = render(build, "markdown", *files, cwd=folder)
    _, faults = read(text)
    if "left out here; the JSON report has all of it" not in text:
        faults.append("does not say that something is left out")
    t.ok(not faults, "a report that would be too long is cut, and says so", faults)


# What hostile words are made of at random.
PIECES = [piece.encode() for piece in (
    "` `` ``` | || \\ \\\\ * ** _ __ [ ] ( ) ]( < <b> </b> <a <!-- --> > & &amp; &#60; # ## @ @a 1. 1) "
    "- --- + = === ! ![ ~ ~~ $ $$ { } {{ : :a: % a b a1 http://a https://a.b www. www.a.b ftp://x "
    "x@y.zz mailto:x@y.zz AB-1 GH-1 #1 !1 |---| :--- 10.0.0.2 2001:db8::1 8f3a9c1d [a]: [^1] [x] "
    "<http://a> javascript:a \"").split()] + [
        b" ", b"  ", b"    ", b"\n", b"\n\n", b"\r", b"\t", b"\x1b", b"\x0e", b"\x0f", b"\x7f",
        b"\x80", b"\xff", "\u202e".encode(), "\u00a0".encode(), "\u2028".encode(), b"\xe2\x80"]
WORDS = 40
ROUNDS = 50


def visible(word):
    """What of a word is seen when it is code."""
    return "".join(chr(c) if 32 <= c < 127 and c != 0x7c else f"\\x{c:02x}" for c in word)


def bare(text):
    """Of words in a text backticks, marks and spaces may go, and pipes look like they do in code."""
    return re.sub(r"[` ]|\\x0[ef]", "", text.replace("|", "\\x7c"))


def test_words(t, build):
    """Words of random pieces, as text and as code, in items and in rows, come back as they were."""
    random_words, faults = random.Random(20261121), []
    for _ in range(ROUNDS):
        words = [b"".join(random_words.choices(PIECES, k=random_words.randint(1, 9)))
                 for _ in range(WORDS)]
        status, out, err = tap.run([f"{build}/tests/render", "words"], b"".join(
            word + b"\0" for word in words))
        assert status == 0 and not err, f"render words: {status} {err[:300]!r}"
        for tag, text in zip(("li", "td"), out.decode("ascii").split("\0")):
            reader, found = read(text)
            faults += found
            shown = [part.rstrip("\n") for name, part in zip(reader.blocks, reader.texts[1:])
                     if name == tag]
            if len(shown) != 2 * WORDS:
                faults.append(f"{len(shown)} of {2 * WORDS} words in <{tag}>")
                continue
            # Two spaces before a cell mark a part of the row above.
            shown = [re.sub("^of which ?", "", text) for text in shown]
            for word, as_text, as_code in zip(words, shown[::2], shown[1::2]):
                if bare(as_text) != bare(visible(word)):
                    faults.append(f"<{tag}> {word!r} as text became {as_text!r}")
                # Cells are for words: they have no two spaces in a row.
                if as_code != visible(word) and not (tag == "td" and b"  " in word):
                    faults.append(f"<{tag}> {word!r} as code became {as_code!r}")
    t.ok(not faults, f"{ROUNDS * WORDS} words of random pieces, as text and as code, come back",
         faults)


BROKEN = [
    ("HTML", "# DNS: x\n\n<b>x</b>"),
    ("a picture", "# DNS: x\n\n![x](y)"),
    ("a link that nobody made", "# DNS: x\n\nwww.a.example"),
    ("a mention", "# DNS: x\n\n@all"),
    ("the key of an issue", "# DNS: x\n\nABC-12"),
    ("a comment", "# DNS: x\n\n<!-- x -->"),
    ("a row that is too long", "# DNS: x\n\n| a | b |\n| --- | --- |\n| c | d | e |"),
    ("two titles", "# DNS: x\n\n# y"),
    ("a letter that turns the direction", "# DNS: x\n\n\u202ey"),
    ("no title", "x"),
    ("too long", "# DNS: x\n\n" + "x" * BYTES_MAX),
]


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if shutil.which(PARSER[0]) is None:
        t.skip("Markdown", "cmark-gfm is not there (tools/setup check installs it)")
        return t.done()
    for name, text in BROKEN:
        t.ok(read(text)[1], f"the test sees {name}")
    t.ok(not read("# DNS: x\n\n- `@all`\n\n| a | b |\n| :--- | ---: |\n| \\| | `c` |")[1],
         "and nothing in what is right", read("# DNS: x\n\n- `@all`")[1])
    test_samples(t, options.build)
    with tempfile.TemporaryDirectory() as folder:
        test_names_of_files(t, options.build, folder)
        test_names_on_the_wire(t, options.build, folder)
        test_length(t, options.build, folder)
    test_words(t, options.build)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The HTML report in a real browser: Chromium without a window.

Pictures of the pages lie in BUILD/html afterwards, for people to look at.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))

import browser                                         # noqa: E402
import pages                                           # noqa: E402
from pages import tap                                  # noqa: E402

SAMPLES = ["low-ports", "port-unreachable", "ports-soft", "healthy", "outage", "tcp-outcomes",
           "one-way-queries"]
PHOTOGRAPHED = ["low-ports", "outage"]
WIDTHS = [360, 800, 1600]
A4_POINTS = (595, 842)

# Each is an attempt to do what the policy forbids; the page must complain of all of them.
FORBIDDEN = """
(async () => {
  const seen = [];
  document.addEventListener('securitypolicyviolation', e => seen.push(e.effectiveDirective));
  const add = (name, set) => {
    const e = document.createElement(name);
    Object.assign(e, set);
    document.body.append(e);
    return e;
  };
  const script = add('script', {textContent: 'document.title = "run"'});
  add('img', {src: 'http://127.0.0.1:9/a.png'});
  add('style', {textContent: 'body { color: red }'});
  add('iframe', {src: 'http://127.0.0.1:9/'});
  add('p', {}).setAttribute('style', 'color: red');
  add('link', {rel: 'stylesheet', href: 'http://127.0.0.1:9/a.css'});
  try { await fetch('http://127.0.0.1:9/'); } catch (e) { }
  await new Promise(done => setTimeout(done, 100));
  return [document.title, seen.sort()];
})()
"""

STRUCTURE = """
(() => {
  const faults = [];
  const all = [...document.querySelectorAll('*')];
  const known = new Set(('html head meta title style body header main footer section article div ' +
    'h1 h2 h3 p ul li dl dt dd pre code span strong table caption thead tbody tr th td ' +
    'svg desc rect line text path').split(' '));
  for (const e of all) {
    if (!known.has(e.localName)) faults.push('an element ' + e.localName);
    for (const a of e.attributes) {
      if (/^on|^style$|href|^src/i.test(a.name)) faults.push(`${e.localName} has ${a.name}`);
    }
  }
  const ids = all.map(e => e.id).filter(id => id);
  if (new Set(ids).size !== ids.length) faults.push('ids are not unique');
  let level = 0;
  for (const h of document.querySelectorAll('h1, h2, h3')) {
    const next = Number(h.localName[1]);
    if (next > level + 1) faults.push('a heading is left out before ' + h.textContent);
    level = next;
  }
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  if (document.documentElement.lang !== 'en') faults.push('no language');
  for (const t of document.querySelectorAll('table')) {
    if (!t.caption || !t.caption.textContent.trim()) faults.push('a table without a caption');
    if (t.querySelector('th:not([scope])')) faults.push('a header without scope');
    const widths = [...t.rows].map(r => [...r.cells].reduce((n, c) => n + c.colSpan, 0));
    if (new Set(widths).size > 1) faults.push('rows of different widths');
  }
  for (const s of document.querySelectorAll('svg')) {
    if (s.parentElement.closest('svg') || s.getAttribute('aria-hidden')) continue;
    const named = (s.getAttribute('aria-labelledby') || '').split(' ').map(id => document.getElementById(id));
    if (s.getAttribute('role') !== 'img' || named.length !== 2 ||
        named.some(e => !e || !s.contains(e) || !e.textContent.trim()))
      faults.push('a picture without a name and words');
  }
  return faults;
})()
"""


def texts(page):
    """What a person can read on the page, in one line."""
    return " ".join(page.ask("document.body.innerText").split())


def check_findings(t, page, name, report):
    """Whatever the JSON report says of findings, the page says."""
    text = texts(page)
    missing = []
    for finding in report["findings"]:
        for wanted in (finding["summary"], finding["code"]):
            if " ".join(wanted.split()) not in text:
                missing.append(wanted)
    commands = page.ask("[...document.querySelectorAll('pre code')].map(e => e.textContent)")
    for finding in report["findings"][:4]:
        if finding["severity"] != "note":
            missing += [c for c in finding["reproduce"] if c not in commands]
    t.ok(not missing, f"{name}: each finding with its code and commands is on the page", missing)
    first = report["findings"][0]["severity"] if report["findings"] else "note"
    wanted = first if first != "note" else "no fault" if any(
        count for outcome, count in report["totals"]["outcomes"].items()
        if outcome != "undecided") else "undecided"
    badge = page.ask("document.querySelector('h1 .badge').textContent")
    t.ok(badge == wanted, f"{name}: the title says how bad it is", [badge, wanted])


def check_looks(t, page, name, look, folder):
    """In each size and scheme: nothing overlaps, sticks out, or is too pale."""
    faults = []
    for width in WIDTHS:
        for is_dark in (False, True):
            page.show(width, is_dark)
            view = f"{width}-{'dark' if is_dark else 'light'}"
            faults += [f"{view}: {fault}" for fault in page.ask(look)]
            if name in PHOTOGRAPHED:
                page.shoot(os.path.join(folder, f"{name}-{view}.png"))
    t.ok(not faults, f"{name}: at 360, 800 and 1600 pixels, light and dark, all can be read", faults)


def check_schemes(t, page, name):
    """The style is at work, and each scheme has its colours."""
    grounds = []
    for is_dark in (False, True):
        page.show(800, is_dark)
        grounds.append(page.ask("getComputedStyle(document.body).backgroundColor"))
    t.ok(grounds[0] == "rgb(255, 255, 255)" and sum(map(int, re.findall(r"\d+", grounds[1]))) < 150,
         f"{name}: white when light, dark when dark", grounds)


def check_quiet(t, page, name, path):
    wanted = ["file://" + os.path.abspath(path)]
    t.ok(page.requests() == wanted and not page.faults(),
         f"{name}: nothing on the console, nothing asked for", page.requests() + page.faults())


def check_print(t, page, name, folder):
    page.call("Emulation.setEmulatedMedia", media="")
    pdf = page.print(os.path.join(folder, f"{name}.pdf"))
    boxes = {tuple(round(float(x)) for x in box.split()[2:])
             for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", pdf)}
    count = len(re.findall(rb"/Type\s*/Page\b", pdf))
    t.ok(pdf.startswith(b"%PDF") and boxes == {A4_POINTS} and 1 <= count <= 12,
         f"{name}: prints on A4, in {count} pages", [boxes, count])
    page.call("Emulation.setDeviceMetricsOverride", width=680, height=1000, deviceScaleFactor=1,
              mobile=False)
    page.call("Emulation.setEmulatedMedia", media="print", features=[
        {"name": "prefers-color-scheme", "value": "dark"}])
    ground = page.ask("getComputedStyle(document.body).backgroundColor")
    with open(os.path.join(HERE, "lib", "look.js"), encoding="utf-8") as file:
        faults = [f for f in page.ask(file.read()) if "letters of" not in f]
    t.ok(ground == "rgb(255, 255, 255)" and not faults,
         f"{name}: on paper it is white, also where the screen is dark, and fits", [ground, *faults])


def check_sample(t, page, build, name, folder, look):
    path = os.path.join(folder, f"{name}.html")
    _, report, _ = tap.read(build, pages.sample(name))
    page.open(path)
    check_findings(t, page, name, report)
    faults = page.ask(STRUCTURE)
    t.ok(not faults, f"{name}: headings, tables and pictures are there for those who do not see", faults)
    check_looks(t, page, name, look, folder)
    check_quiet(t, page, name, path)
    if name in PHOTOGRAPHED:
        check_schemes(t, page, name)
        check_print(t, page, name, folder)


def check_names(t, page, folder):
    """The browser's own tree for screen readers has a name and a text for each picture."""
    page.open(os.path.join(folder, "low-ports.html"))
    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    images = [n for n in nodes if n.get("role", {}).get("value") in ("image", "img")
              and not n.get("ignored")]
    bad = [n for n in images if not n.get("name", {}).get("value")]
    pictures = page.ask("document.querySelectorAll('svg[role=img]').length")
    tables = [n for n in nodes if n.get("role", {}).get("value") == "table"
              and n.get("name", {}).get("value")]
    t.ok(len(images) == pictures > 10 and not bad and len(tables) ==
         page.ask("document.querySelectorAll('table').length"),
         "screen readers are told a name for each picture and each table",
         [len(images), pictures, bad[:2], len(tables)])
    page.call("Accessibility.disable")


def check_policy(t, page, folder):
    page.open(os.path.join(folder, "low-ports.html"))
    before = page.ask("document.title")
    title, seen = page.ask(FORBIDDEN)
    kinds = {"script-src-elem", "img-src", "style-src-elem", "style-src-attr", "frame-src",
             "connect-src"}
    t.ok(title == before and kinds <= set(seen) and seen.count("style-src-elem") == 2,
         "the policy stops scripts, pictures, styles, frames and connections", [title, seen])


def shape(page):
    """Names and classes of all elements, and the names of their attributes."""
    return page.ask("[...document.querySelectorAll('*')].map(e => e.localName + '.' + "
                    "[...e.attributes].map(a => a.name).join())")


def check_hostile(t, page, build, folder, look):
    """Names from packets and of files make no element, run nothing, turn nothing around."""
    bad = os.path.join(folder, *pages.HOSTILE_PATH)
    good = os.path.join(folder, "plain", "capture.pcap")
    pages.hostile_capture(bad)
    # As long as the bad ones, so that all numbers are the same.
    pages.hostile_capture(good, [b"q%0*d" % (len(x) - 1, i)
                                 for i, x in enumerate(pages.HOSTILE_LABELS)])
    paths = [os.path.join(folder, f"{name}.html") for name in ("hostile", "plain")]
    made, why = pages.make(build, [(bad, paths[0]), (good, paths[1])])
    t.ok(made, "hostile names: there is a page", [why])
    page.open(paths[1])
    plain = shape(page)
    page.open(paths[0])
    t.ok(shape(page) == plain, "hostile names: the page has the elements of one with plain names",
         [len(shape(page)), len(plain)])
    t.ok(not page.faults() and len(page.requests()) == 1,
         "hostile names: nothing runs, nothing is asked for", page.faults() + page.requests())
    title, text = page.ask("document.title"), page.ask("document.documentElement.textContent")
    odd = sorted({hex(ord(c)) for c in title + text
                  if (ord(c) < 32 and c != "\n") or 0x7f <= ord(c) < 0xa0
                  or c in "\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067"
                          "\u2068\u2069\ufffd"})
    t.ok(not odd and "spoof" not in title, "hostile names: no control character, no bidi control, "
         "no other title", [odd, title])
    wanted = ["a</script>alert(1)</script>/", "\\u{202E}\\u{2066}\\u{200B}&amp;", "\\xff\\xfe\\x80.pcap",
              "\"><img src=x onerror=alert(2)>"]
    t.ok(all(x in text for x in wanted), "hostile names: they can be read",
         [x for x in wanted if x not in text])
    faults = []
    for width in WIDTHS:
        page.show(width, False)
        faults += page.ask(look)
    t.ok(not faults, "hostile names: the page keeps its shape", faults)


def made_captures(build, folder):
    """(name, options) of captures that make a page odd."""
    rows = [("one query", ["--queries", "1"]),
            ("nothing but losses", ["--queries", "300", "--loss", "1", "--icmp", "none"]),
            ("many servers", ["--queries", "30000", "--rate", "2500", "--servers", "400", "--v6", "0.5",
                              "--drop", "server=1,ports=1-52,54-1023", "--ports", "full"]),
            ("few ports of many", ["--queries", "9000", "--rate", "700", "--servers", "3", "--clients", "2",
                                   "--drop", "server=1,ports=17,19,69,111,123,1900,5353,11211",
                                   "--ports", "1-12000"])]
    for name, options in rows:
        path = os.path.join(folder, name.replace(" ", "-") + ".pcap")
        tap.run([f"{build}/mkpcap", *options, path])
        yield name, path


def check_made(t, page, build, folder, look):
    for name, path in made_captures(build, folder):
        html = path[:-5] + ".html"
        made, why = pages.make(build, [(path, html)])
        page.open(html)
        faults = page.ask(STRUCTURE)
        for width in WIDTHS:
            page.show(width, width == 800)
            faults += [f"{width}: {fault}" for fault in page.ask(look)]
        t.ok(made and not faults and not page.faults(), f"{name}: the page can be read", [why, *faults])


BROKEN = """<!DOCTYPE html><html lang="en"><head><title>x</title></head><body style="margin: 0">
<p style="color: #999999">pale</p>
<p style="position: absolute; top: 100px">below</p><p style="position: absolute; top: 104px">above</p>
<p style="width: 40px; overflow: hidden; white-space: nowrap">cut off in the middle</p>
<p style="font-size: 8px">tiny</p>
<div style="width: 2000px">wide</div>
<svg width="100" height="20"><text x="60" y="15">sticks out of it</text></svg>
<svg width="100" height="20"><rect class="range" width="100" height="20" fill="#eeeeee"/>
<path class="tick" stroke="#dddddd" d="M5 20v-20"/></svg>
</body></html>
"""


def check_eyes(t, page, folder, look):
    """The tests above can fail: each fault of this page is seen."""
    path = os.path.join(folder, "broken.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(BROKEN)
    page.open(path)
    page.show(800, False)
    found = page.ask(look)
    wanted = ['"pale"', '"below" lies on "above"', "is cut off", "letters of 8px",
              "the page is 2000 wide", "leaves its picture", ".tick"]
    missing = [w for w in wanted if not any(w in f for f in found)]
    t.ok(not missing, "what these tests look for is found in a page that has it",
         missing + found)


def make_only(t, build, folder):
    """The pages, and no look at them: a browser would not see what a sanitizer sees."""
    bad = pages.hostile_capture(os.path.join(folder, *pages.HOSTILE_PATH))
    captures = [("hostile", bad), *((name, pages.sample(name)) for name in SAMPLES),
                *made_captures(build, folder)]
    for name, path in captures:
        made, why = pages.make(build, [(path, os.path.join(folder, f"{name}.html"))])
        t.ok(made, f"{name}: there is a page", [why])
    t.skip("looks at the pages", "Chromium looks at those of the release build")
    return t.done()


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if tap.is_sanitized(options.build):
        folder = os.path.join(options.build, "html")
        os.makedirs(folder, exist_ok=True)
        return make_only(t, options.build, folder)
    program = browser.find()
    if program is None:
        t.skip("the HTML report in a browser", "there is no chromium")
        return t.done()
    folder = os.path.join(options.build, "html")
    os.makedirs(folder, exist_ok=True)
    made, why = pages.make(options.build, [
        (pages.sample(name), os.path.join(folder, f"{name}.html")) for name in SAMPLES])
    t.ok(made, "there are pages", [why])
    with open(os.path.join(HERE, "lib", "look.js"), encoding="utf-8") as file:
        look = file.read()
    with browser.Browser(program) as chromium:
        page = browser.Page(chromium)
        for name in SAMPLES:
            check_sample(t, page, options.build, name, folder, look)
        check_names(t, page, folder)
        check_policy(t, page, folder)
        check_hostile(t, page, options.build, folder, look)
        check_made(t, page, options.build, folder, look)
        check_eyes(t, page, folder, look)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

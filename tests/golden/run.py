#!/usr/bin/env python3
"""The whole reports of all samples, JSON and text (and Markdown of some), against those kept here.

    tests/golden/run.py --build build/release [--update]

--update rewrites them; look at the difference before you commit it.  Versions of
the program and its libraries are left out.
"""
import difflib
import glob
import json
import os
import re
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "property", "lib"))

import tap                                             # noqa: E402

FORMS = {"json": ["--json", "-"], "txt": ["--text"]}
# Markdown says what the text does, so three of them are enough.
MARKDOWN = ("low-ports", "mix", "servfail")
# Screens of: much to say, nothing wrong, IPv6 and more findings than fit, nothing to pair.
SCREENS = ("healthy", "low-ports", "mix", "one-way-replies")
SCREEN_SIZES = "80x24,40x10,132x40"
TOOL = re.compile(r'"tool": \{"name": "dnsgap", "version": "[^"]*", "libraries": \{[^}]*\}\}')
FIRST_LINE = re.compile(r"\Adnsgap \S+:")
MADE_BY = re.compile(r"\nMade by dnsgap \S+,")


def forms(sample):
    """The forms of which a report is kept."""
    name = tap.name_of(sample)
    return [*FORMS, *(["md"] if name in MARKDOWN else []),
            *(["screen"] if name in SCREENS else [])]


def report(build, sample, form):
    """A report without versions, or None and why not."""
    command = {"md": [f"{build}/tests/render", "markdown"],
               "screen": [f"{build}/tests/render", "text", SCREEN_SIZES]}.get(form) \
        or [f"{build}/dnsgap", "read", *FORMS[form]]
    # Relative: the name is in the report.
    status, out, err = tap.run([*command, os.path.relpath(sample, tap.ROOT)])
    if status != 0 or err:
        return None, [f"status {status}", err.decode("utf-8", "replace")]
    text = out.decode("ascii")
    if form == "json":
        text, count = TOOL.subn('"tool": {"name": "dnsgap", "version": "", "libraries": {}}', text)
    elif form == "screen":
        text, count = text.replace("\0", "-" * 80 + "\n"), 1
    elif form == "md":
        text, count = MADE_BY.subn("\nMade by dnsgap VERSION,", text)
    else:
        text, count = FIRST_LINE.subn("dnsgap VERSION:", text)
    return (text, []) if count == 1 else (None, ["where is the version?", text[:300]])


def leaves(node, path=""):
    """Every value of a report, by its path; rows by what they are about."""
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for i, inner in enumerate(node):
            name = i
            if isinstance(inner, dict):
                name = " ".join(str(inner[key]) for key in
                                ("address", "port", "sender", "about", "server", "name", "ports",
                                 "file", "code") if key in inner) or i
            yield from leaves(inner, f"{path}[{name}]")
        if not node:
            yield path, node
    else:
        yield path, node


def difference(kept, now, form):
    """Lines that tell what changed: by value in JSON, else by line."""
    if form == "json":
        try:
            old, new = dict(leaves(json.loads(kept))), dict(leaves(json.loads(now)))
        except ValueError as e:
            return [f"no JSON: {e}"]
        lines = []
        for path in list(old) + [path for path in new if path not in old]:
            if path not in new:
                lines.append(f"{path}: gone, was {json.dumps(old[path])}")
            elif path not in old:
                lines.append(f"{path}: new, {json.dumps(new[path])}")
            elif old[path] != new[path]:
                lines.append(f"{path}: {json.dumps(old[path])} became {json.dumps(new[path])}")
        if lines:
            return lines
    return [line.rstrip("\n")[:300] for line in difflib.unified_diff(
        kept.splitlines(True), now.splitlines(True), "kept", "now", n=1)]


def update(build):
    wanted = set()
    for sample in tap.SAMPLES:
        for form in forms(sample):
            text, why = report(build, sample, form)
            if text is None:
                print("\n".join([f"{sample}: no report", *why]), file=sys.stderr)
                return 1
            path = os.path.join(FOLDER, f"{tap.name_of(sample)}.{form}")
            wanted.add(path)
            kept = tap.load(path).decode() if os.path.exists(path) else None
            if text != kept:
                tap.store(path, text.encode())
                print(f"{os.path.relpath(path, tap.ROOT)}: "
                      + ("new" if kept is None else "changed"))
                for line in difference(kept, text, form)[:20] if kept is not None else []:
                    print(f"  {line}")
    for path in kept_files() - wanted:
        os.unlink(path)
        print(f"{os.path.relpath(path, tap.ROOT)}: gone")
    return 0


def kept_files():
    return {path for form in [*FORMS, "md", "screen"] for path in glob.glob(os.path.join(FOLDER, f"*.{form}"))}


def main():
    options = tap.arguments(__doc__, ("--update", {"action": "store_true"}))
    if options.update:
        return update(options.build)
    t = tap.Tap()
    left = kept_files()
    for sample in tap.SAMPLES:
        for form in forms(sample):
            name = f"{tap.name_of(sample)}.{form}"
            path = os.path.join(FOLDER, name)
            if path not in left:
                t.ok(False, name, ["is not there; run `make golden` and look at it"])
                continue
            left.discard(path)
            text, why = report(options.build, sample, form)
            kept = tap.load(path).decode("utf-8", "replace")
            t.ok(text == kept, name, why if text is None else difference(kept, text, form))
    t.ok(not left and tap.SAMPLES, "every kept report has its sample", sorted(left))
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The example reports in docs/examples are what their commands make.

    tests/golden/examples.py --build build/release [--update]

--update makes them anew; look at them before you commit them.
"""
import os
import shutil
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, "..", "property", "lib"))

import tap                                             # noqa: E402

EXAMPLES = ("low-ports", "port-unreachable")
FORMS = ("md", "html", "pcapng")
SCREEN = ("100x24", "low-ports")
PLACE = os.path.join("docs", "examples")


def make(build, name, folder):
    """The command of docs/examples/README.md, with another folder."""
    status, _, err = tap.run([
        f"{build}/dnsgap", "read", "--evidence", f"{folder}/{name}.pcapng",
        "--evidence-frames", "400", f"--markdown={folder}/{name}.md",
        "--html", f"{folder}/{name}.html", f"samples/pcaps/{name}.pcap"])
    return [] if status == 0 and not err else [f"status {status}", err.decode()]


def picture(build):
    """The screen of docs/watching.md."""
    size, name = SCREEN
    status, out, err = tap.run([f"{build}/tests/render", "both", size,
                                f"samples/pcaps/{name}.pcap"])
    if status == 0:
        status, out, err = tap.run([os.path.join(tap.ROOT, "tools", "screen-picture")], out)
    return out if status == 0 and not err else None


def check_picture(t, options, readme):
    kept = os.path.join(tap.ROOT, PLACE, "screen.svg")
    made = picture(options.build)
    if options.update and made is not None:
        tap.store(kept, made)
    t.ok(made is not None and os.path.exists(kept) and tap.load(kept) == made,
         "screen.svg is what is kept", ["run `make golden` and look at it"])
    t.ok(f"render both {SCREEN[0]} samples/pcaps/{SCREEN[1]}.pcap" in readme,
         "screen.svg: the page has its command")


def main():
    options = tap.arguments(__doc__, ("--update", {"action": "store_true"}))
    t = tap.Tap()
    readme = tap.load(os.path.join(tap.ROOT, PLACE, "README.md")).decode()
    with tempfile.TemporaryDirectory() as folder:
        for name in EXAMPLES:
            why = make(options.build, name, folder)
            t.ok(not why, f"{name}: made", why)
            t.ok(f"samples/pcaps/{name}.pcap" in readme, f"{name}: the page has its command")
            for form in FORMS:
                kept = os.path.join(tap.ROOT, PLACE, f"{name}.{form}")
                made = os.path.join(folder, f"{name}.{form}")
                if options.update and not why:
                    shutil.copyfile(made, kept)
                t.ok(not why and os.path.exists(kept) and tap.load(kept) == tap.load(made),
                     f"{name}.{form} is what is kept", ["run `make golden` and look at it"])
    check_picture(t, options, readme)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

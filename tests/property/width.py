#!/usr/bin/env python3
"""Text for narrow terminals: no line is wider than the terminal.

What cannot be broken may be wider: one long word (an address, a file's name, a time), a piece
of code, a command.  The widths are counted here, from the output.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

WIDTHS = (40, 50, 66, 80, 132)


def is_one_word(line):
    """Beside its label and what marks a list or a line that goes on."""
    words = [word for word in line.split() if word not in ("-", "\\")]
    return len(words) <= 2 or "`" in line or "dig " in line


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    t.ok(not is_one_word("Servers, the worst first: reached of decided"),
         "the test sees a line that could be broken")
    for path in tap.SAMPLES:
        wide = []
        for width in WIDTHS:
            text = subprocess.run(
                [f"{options.build}/tests/render", "text", str(width), path],
                check=True, capture_output=True, text=True).stdout
            wide += [f"{width}: {line}" for line in text.splitlines()
                     if len(line) > width and not is_one_word(line)]
        t.ok(not wide, f"{tap.name_of(path)} fits {WIDTHS[0]} to {WIDTHS[-1]} columns", wide)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

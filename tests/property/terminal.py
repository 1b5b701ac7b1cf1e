#!/usr/bin/env python3
"""What a person sees on a terminal, by an independent emulator (pyte).

Each sample's screen is shown after another's, at several sizes: in the end there is the last one,
as it was made, and nothing of those before.  Then the terminal is as it was.
"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

pyte = tap.need("pyte")

SIZES = ((80, 24), (40, 10), (132, 50))
# Few pairs of screens differ more than these; the first one is short, the second one long.
SAMPLES = ("one-way-queries", "mix", "healthy", "server-silent", "low-ports", "servfail")
QUIET_S = 0.2
PATIENCE_S = 10


def screen(build, sample, size, form="both"):
    path = os.path.join(tap.ROOT, "samples", "pcaps", f"{sample}.pcap")
    return subprocess.run([f"{build}/tests/render", form, f"{size[0]}x{size[1]}", path],
                          check=True, capture_output=True).stdout


class Emulator:
    """A terminal of a size, with `terminal` running in it."""

    def __init__(self, build, screens, size):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        self.sent = b""
        self.child = subprocess.Popen(
            [f"{build}/tests/terminal"], stdin=subprocess.PIPE, stdout=self.slave,
            env=tap.sanitizer_environment())
        self.child.stdin.write(b"".join(text + b"\0" for text in screens))
        self.child.stdin.close()

    def look(self):
        """Takes what comes, until nothing more does."""
        patience = PATIENCE_S
        while select.select([self.master], [], [], patience)[0]:
            data = os.read(self.master, 65536)
            self.sent += data
            self.stream.feed(data)
            patience = QUIET_S
        return [line.rstrip() for line in self.screen.display]

    def key(self, key):
        os.write(self.master, key)

    def end(self):
        self.key(b"q")
        status = self.child.wait(timeout=PATIENCE_S)
        self.look()
        os.close(self.slave)
        os.close(self.master)
        return status


def differences(seen, wanted):
    return [f"{i + 1}: seen {a!r}, wanted {b!r}"
            for i, (a, b) in enumerate(zip(seen, wanted)) if a != b]


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    if pyte is None:
        t.skip("screens on a terminal", "python3-pyte is not installed")
        return t.done()
    for size in SIZES:
        plain = [screen(options.build, sample, size, "blocks").decode().splitlines()
                 for sample in SAMPLES]
        coloured = [screen(options.build, sample, size) for sample in SAMPLES]
        emulator = Emulator(options.build, coloured, size)
        name = f"{size[0]}x{size[1]}"
        for i, wanted in enumerate(plain):
            if i > 0:
                emulator.key(b"x")
            wrong = differences(emulator.look(), wanted)
            t.ok(len(wanted) == size[1] and not wrong, f"{name}: {SAMPLES[i]} after "
                 f"{SAMPLES[i - 1] if i > 0 else 'nothing'} is what was made", wrong)
        hidden = emulator.screen.cursor.hidden
        status = emulator.end()
        t.ok(status == 0 and hidden and not emulator.screen.cursor.hidden,
             f"{name}: the cursor is hidden, and there again in the end", [status, hidden])
        t.ok(emulator.sent.count(b"\x1b[?1049h") == emulator.sent.count(b"\x1b[?1049l") == 1
             and emulator.sent.endswith(b"\x1b[?1049l"),
             f"{name}: the other screen is left, and nothing comes after", [emulator.sent[-40:]])
        t.ok(b"\n" not in emulator.sent, f"{name}: nothing scrolls")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

"""What the tests of the HTML report share: captures, pages made of them, hostile names."""
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "property", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "cli"))

import tap                                             # noqa: E402
import wire                                            # noqa: E402

# What A3 of the list of bad input names, and what a page could fall for.
HOSTILE_LABELS = [
    b"</script><script>alert(1)", b"<img src=x onerror=alert(2)>", b"\"><svg onload=alert(3)>",
    b"</title><title>spoof", b"</style><style>*{color:red}", b"' onload='alert(4)",
    b"&lt;script&gt;alert(5)", b"<!--", b"]]>", b"\x1b[31mred", b"a\x07\r\n\0b",
    bytes(range(0x80, 0xbf)), b"\xff\xfe", "\u202egnp.exe".encode(), b"`id`", b"a|b",
    b"\"},{\"x\":\"", b"=cmd()", b"-rf", b"javascript:alert(6)", b"<iframe src=//example.com>",
]
# The parts of a path to a capture; each is a folder but the last.
HOSTILE_PATH = ["a<", "script>alert(1)<", "script>", "\"><img src=x onerror=alert(2)>",
                "' onload='alert(3)", "<", "title><title>spoof",
                "\u202e\u2066\u200b&amp;\x1b[31m\x07\r\n`tick`|=cmd()",
                b"\xff\xfe\x80.pcap".decode("utf-8", "surrogateescape")]


def sample(name):
    return os.path.join(tap.ROOT, "samples", "pcaps", f"{name}.pcap")


def hostile_capture(path, labels=None):
    """A server that is silent from low ports; the questions have hostile names."""
    rows = random.Random(5)
    records, at = [], 0
    labels = labels or HOSTILE_LABELS
    for i in range(400):
        low = i % 2 == 0
        port = rows.randint(1, 1023) if low else rows.randint(1024, 65535)
        label = labels[i % len(labels)]
        seconds, micros = 1700000000 + at // 100, at % 100 * 10000
        for server in ("198.51.100.53", "198.51.100.54"):
            records.append(wire.record(wire.query(port, i, [label, b"x"], server), seconds, micros))
            if server.endswith("54") or not low:
                records.append(wire.record(wire.reply(port, i, [label, b"x"], server),
                                           seconds, micros + 900))
        at += 7
    records.append(wire.record(wire.query(40000, 7), 1700000100))
    records.append(wire.record(wire.reply(40000, 7), 1700000100, 900))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    wire.save(path, *records)
    return path


def make(build, pairs):
    """Pages of captures, [(capture, page)]; (True, "") or (False, why)."""
    for capture, page in pairs:
        status, out, err = tap.run([f"{build}/tests/render", "html", capture])
        with open(page, "wb") as file:
            file.write(out)
        if status != 0 or not out:
            return False, f"{capture}: {err.decode('utf-8', 'replace')}"
    return True, ""

"""Captures to be sent: the samples' frames, squeezed into a few seconds."""
import os
import struct
import time

import lab
from lab import tap

MICROSECONDS, NANOSECONDS = 0xa1b2c3d4, 0xa1b23c4d
ETHERNET = 1
# What the mixture is made of: every transport, fragments, ICMP errors, losses.
SAMPLES = ("mix", "fragments", "tcp-outcomes", "port-unreachable", "truncated-then-tcp",
           "server-unreachable", "low-ports-in-use", "late-and-resent", "healthy")


def frames(path):
    """(nanoseconds, frame as it is on the wire) of a classic pcap of this byte order."""
    data = tap.load(path)
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    assert magic in (MICROSECONDS, NANOSECONDS) and link == ETHERNET, path
    unit = 1000 if magic == MICROSECONDS else 1
    found = []
    for start in tap.records(data)[:-1]:
        seconds, part, captured, length = struct.unpack_from("<IIII", data, start)
        assert captured == length, f"{path}: a frame that is cut"
        found.append((seconds * 10 ** 9 + part * unit, data[start + 16:start + 16 + captured]))
    return found


def save(path, rows):
    """Rows of (nanoseconds, frame), as a classic pcap with nanoseconds."""
    out = [struct.pack("<IHHiIII", NANOSECONDS, 2, 4, 0, 0, 262144, ETHERNET)]
    for time_ns, frame in rows:
        out.append(struct.pack("<IIII", *divmod(time_ns, 10 ** 9), len(frame), len(frame)) + frame)
    return tap.store(path, b"".join(out))


def make(path, seconds, names=SAMPLES):
    """All samples side by side, each squeezed into so many seconds; how many frames of it the
    filter takes."""
    rows = []
    for name in names:
        some = frames(os.path.join(tap.ROOT, "samples", "pcaps", f"{name}.pcap"))
        first, last = some[0][0], max(row[0] for row in some)
        span = max(last - first, 1)
        rows += [(max(0, at - first) * int(seconds * 10 ** 9) // span, frame)
                 for at, frame in some]
    rows.sort(key=lambda row: row[0])
    save(path, rows)
    return wanted(path)


def wanted(path):
    """How many frames of a capture the filter takes, as tcpdump says."""
    return int(lab.run("tcpdump", "-Z", "root", "-r", path, "--count", lab.FILTER).split()[0])


def rfc3339(time_ns):
    """As reports have it."""
    seconds, part = divmod(time_ns, 10 ** 9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{part:09}Z"


def differences(one, other, path=""):
    """Where two reports differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = []
        for key in sorted(set(one) | set(other)):
            here = f"{path}.{key}".lstrip(".")
            if key not in one or key not in other:
                found.append(f"{here}: only in one of them")
            else:
                found += differences(one[key], other[key], here)
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [line for i, pair in enumerate(zip(one, other))
                for line in differences(*pair, f"{path}[{i}]")]
    return [] if one == other else [f"{path}: {str(one)[:200]} instead of {str(other)[:200]}"]


def comparable(report):
    """Without what a capture from an interface says otherwise: inputs, settings, drops."""
    report = tap.without_places(report)
    report.pop("settings")
    report["capture"] = {key: value for key, value in report["capture"].items()
                         if key != "kernel_dropped"}
    return report

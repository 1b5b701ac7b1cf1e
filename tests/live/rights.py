#!/usr/bin/env python3
"""What a running capture may still do: nothing but read packets and write reports.

Its threads are made, from outside, to do the calls that an intruder would do.
"""
import errno
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import inject                                          # noqa: E402
import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

AT_FDCWD = -100
# (what, call): each must fail; the same calls are tried first in a process without a sandbox.
FORBIDDEN = [
    ("a program cannot be started", ("execve", b"/bin/true", 0, 0)),
    ("no socket of the internet", ("socket", socket.AF_INET, socket.SOCK_DGRAM, 0)),
    ("no packet socket", ("socket", socket.AF_PACKET, socket.SOCK_RAW, 0)),
    ("no socket to programs of this machine", ("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0)),
    ("/etc/passwd cannot be opened", ("openat", AT_FDCWD, b"/etc/passwd", os.O_RDONLY, 0)),
    ("/etc/passwd cannot be opened, the old way", ("open", b"/etc/passwd", os.O_RDONLY, 0)),
    ("no file can be made in /tmp", ("openat", AT_FDCWD, b"/tmp/dnsgap-intruder",
                                     os.O_RDWR | os.O_CREAT, 0o600)),
    ("it cannot be root again", ("setresuid", 0, 0, 0)),
    ("no namespace", ("unshare", 0x10000000)),
    ("nobody else is traced", ("ptrace", 0x4206, 1, 0, 0)),
]
REFUSED = (-errno.EPERM, -errno.EACCES, -errno.ENOSYS)


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return dict(re.findall(r"^(\w+):\t(.*)$", file.read(), re.MULTILINE))


def check_status(t, pid, tid):
    """What the kernel says of a thread."""
    status = status_of(f"{pid}/task/{tid}")
    is_root = os.geteuid() == 0 and has_users()
    ids = [*status["Uid"].split(), *status["Gid"].split()]
    if is_root:
        t.ok("0" not in ids, f"{status['Name']}: user and group are not root's", [ids])
        t.ok(not status["Groups"].split() or set(status["Groups"].split()) <= set(ids),
             f"{status['Name']}: no group is left", [status["Groups"]])
    for name in ("CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"):
        t.ok(int(status[name], 16) == 0, f"{status['Name']}: {name} is empty", [status[name]])
    t.ok(status["NoNewPrivs"] == "1" and status["Seccomp"] == "2",
         f"{status['Name']}: no_new_privs and seccomp are on",
         [status["NoNewPrivs"], status["Seccomp"]])


def has_users():
    """Whether there are other users than one here."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return int(file.read().split()[2]) > 1


def check_calls(t, pid, tid):
    name = status_of(f"{pid}/task/{tid}")["Name"]
    with inject.Thread(pid, tid) as thread:
        t.ok(thread.call("getpid") in (pid, -errno.EPERM), f"{name}: it can be asked")
        for what, call in FORBIDDEN:
            got = thread.call(*call)
            t.ok(got in REFUSED, f"{name}: {what}", [got])


def check_checks(t, folder):
    """In a process without a sandbox the calls go well: they are right, and so is the way."""
    with lab.Process(["sleep", "600"], folder, "plain") as plain:
        lab.await_true(lambda: status_of(plain.pid)["Name"] == "sleep")
        with inject.Thread(plain.pid, plain.pid) as thread:
            got = {what: thread.call(*call) for what, call in FORBIDDEN
                   if call[0] in ("socket", "openat", "open")}
            t.ok(thread.call("getpid") == plain.pid and all(value >= 0 for value in got.values()),
                 "a process without a sandbox can do all that", [got])
        if os.path.exists("/tmp/dnsgap-intruder"):
            os.unlink("/tmp/dnsgap-intruder")
        t.ok(plain.is_running(), "and goes on afterwards", plain.notes())


def main():
    build = lab.enter(__doc__, ("tcpreplay", "tcpdump")).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        capture = os.path.join(folder, "mix.pcap")
        frames = mixture.make(capture, 1, ("mix",))
        reports = os.path.join(folder, "reports")
        os.mkdir(reports)
        os.chmod(reports, 0o777)
        with lab.Live(build, folder, "-i", "v0", "--every", "1", "--reports", reports, "-w",
                      os.path.join(reports, "kept.pcap"), "--timeout", "0.5") as live:
            t.ok(lab.await_true(lambda: len(lab.reports(reports)) >= 1, 20),
                 "it writes reports", live.notes())
            for tid in inject.threads(live.pid):
                check_status(t, live.pid, tid)
            if inject.is_possible():
                check_checks(t, folder)
                for tid in inject.threads(live.pid):
                    check_calls(t, live.pid, tid)
            else:
                t.skip("system calls of an intruder", "only on x86-64")
            t.ok(not os.path.exists("/tmp/dnsgap-intruder"), "it made no file")
            before = len(lab.reports(reports))
            lab.replay("v1", capture)
            t.ok(lab.await_true(lambda: len(lab.reports(reports)) >= before + 2, 20),
                 "it goes on writing reports", live.notes())
            t.ok(live.end() == 0, "it ends in order", live.notes())
            whole = [lab.load_report(os.path.join(reports, name))
                     for name in lab.reports(reports)]
            t.ok(all(whole) and sum(report["capture"]["frames"] for report in whole) == frames,
                 "and counted every frame", [live.err])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

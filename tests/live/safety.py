#!/usr/bin/env python3
"""The sandbox where it has holes on purpose: folders and sockets that a run needs.

rights.py asks for what nobody needs; here an intruder uses the descriptors that are there, and
strace shows that the program itself touches nothing but its folders.
"""
import errno
import os
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import inject                                          # noqa: E402
import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

# How outputs are opened, as docs/decisions/0028-sandbox.md has it.
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
NOBODY = 65534
SAMPLE = os.path.join(tap.ROOT, "samples", "pcaps", "mix.pcap")
# Calls that name a file by descriptor and path, and where both stand among the arguments.
AT = re.compile(r'^(?:openat|newfstatat|unlinkat|renameat2?|linkat|mkdirat|faccessat2?)\(')
PAIR = re.compile(r'(AT_FDCWD|\d+), "((?:[^"\\]|\\.)*)"')


def has_landlock():
    create_ruleset, version = 444, 1
    return inject.libc.syscall(create_ruleset, None, 0, version) > 0


def descriptors(pid, ends):
    """Numbers of descriptors whose link ends so."""
    folder = f"/proc/{pid}/fd"
    return sorted(int(name) for name in os.listdir(folder)
                  if os.readlink(os.path.join(folder, name)).endswith(ends))


def packet_sockets(pid):
    """Descriptors of packet sockets: their inodes are in the namespace's own table."""
    with open("/proc/net/packet", encoding="ascii") as file:
        inodes = [line.split()[-1] for line in file.read().splitlines()[1:]]
    return [fd for inode in inodes for fd in descriptors(pid, f"socket:[{inode}]")]


def attempts(reports, outside, wire):
    """(what, call, errnos that refuse it)."""
    beyond = (errno.EACCES, errno.EXDEV) if has_landlock() else None
    here = reports[0]
    victim = os.fsencode(os.path.join(outside, "victim"))
    return [
        ("a file that exists cannot be made again", ("openat", here, b"/etc/passwd", FLAGS, 0o600),
         (errno.EEXIST, errno.EACCES)),
        ("it cannot be read beside the folder", ("openat", here, b"/etc/passwd", os.O_RDONLY, 0),
         (errno.EPERM,)),
        ("nor appended to", ("openat", here, victim, os.O_WRONLY | os.O_APPEND, 0),
         (errno.EPERM,)),
        ("a file of its own cannot be read", ("openat", here, b"kept.pcap", os.O_RDONLY, 0),
         (errno.EPERM,)),
        ("no file can be made elsewhere",
         ("openat", here, os.fsencode(os.path.join(outside, "made")), FLAGS, 0o600), beyond),
        ("nor above the folder", ("openat", here, b"../made", FLAGS, 0o600), beyond),
        ("nothing can be removed elsewhere", ("unlinkat", here, victim, 0), beyond),
        ("nothing can be moved elsewhere", ("renameat2", here, b"kept.pcap", here, b"../kept", 0),
         beyond),
        ("nothing can be fetched from elsewhere", ("renameat2", here, victim, here, b"got", 0),
         beyond),
        ("no frame can be sent", ("write", wire, b"\xff" * 60, 60), (errno.EPERM,)),
        ("nor by sendto", ("sendto", wire, b"\xff" * 60, 60, 0, 0, 0), (errno.EPERM,)),
        ("nor when the number is disguised", ("write", wire | 1 << 32, b"\xff" * 60, 60),
         (errno.EPERM,)),
        ("no calls through a ring", ("io_uring_setup", 1, 0), (errno.EPERM,)),
    ]


def check_intruder(t, live, reports, outside):
    """What a thread can do with the descriptors that it finds."""
    folders = descriptors(live.pid, reports)
    wires = packet_sockets(live.pid)
    t.ok(folders and wires, "it has its folders and its socket", [folders, wires])
    with inject.Thread(live.pid, live.pid) as thread:
        for what, call, refusals in attempts(folders, outside, wires[0]):
            if refusals is None:
                t.skip(what, "the system has no landlock")
                continue
            got = thread.call(*call)
            t.ok(-got in refusals, what, [errno.errorcode.get(-got, got)])
    t.ok(sorted(os.listdir(outside)) == ["victim"], "everything outside is as it was",
         os.listdir(outside))


def check_process(t, pid, uid):
    """What /proc says of the process besides rights."""
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        limits = file.read()
    t.ok(re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE) is not None,
         "no core file is written", [limits])
    t.ok(os.stat(f"/proc/{pid}/maps").st_uid == 0 and uid != 0,
         "its own user cannot look into it: it is not dumpable")


def touched(trace):
    """(descriptor, path) of every call that named a file after the last fence stood."""
    text = tap.load(trace).decode("utf-8", "replace")
    start = text.index("seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC")
    for line in text[start:].splitlines()[1:]:
        call = line.split(None, 1)[1]
        if AT.match(call):
            yield from ((fd, path, call) for fd, path in PAIR.findall(call))
        elif re.match(r"(open|creat|unlink|rename|link|symlink|mkdir|chmod|truncate|stat)\(", call):
            yield "", call, call


def check_touched(t, build, folder):
    """The program itself, from its last fence to its end."""
    reports, trace = os.path.join(folder, "traced"), os.path.join(folder, "trace")
    with lab.Sniffer(["strace", "-f", "-o", trace, f"{build}/dnsgap", "live", "-q", "-i", "v0",
                      "--every", "1s", "--keep", "1", "--reports", reports, "--text", "--html",
                      "--timeout", "0.5", "--duration", "4s"], folder, "traced") as traced:
        lab.replay("v1", SAMPLE)
        t.ok(traced.wait() == 0, "a traced run ends in order", traced.notes())
    seen = list(touched(trace))
    names = [path for fd, path, call in seen if fd.isdigit() and path]
    t.ok(len(names) > 20 and all("/" not in name and name != ".." for name in names),
         f"of {len(names)} names of files all were plain names in a folder of its own",
         [name for name in names if "/" in name])
    # jansson asks for a seed, and does without.
    others = [call for fd, path, call in seen if not fd.isdigit() and "EPERM" not in call]
    t.ok(not others, "no file was named in any other way", others)


def check_root(t, build, folder):
    """-Z root keeps the user and nothing else."""
    with lab.Live(build, folder, "-q", "-i", "v0", "-Z", "root", name="root") as live:
        with open(f"/proc/{live.pid}/status", encoding="ascii", errors="replace") as file:
            status = dict(re.findall(r"^(\w+):\t(.*)$", file.read(), re.MULTILINE))
        t.ok(status["Uid"].split()[0] == "0" and status["Seccomp"] == "2"
             and all(int(status[name], 16) == 0 for name in ("CapEff", "CapPrm", "CapBnd")),
             "-Z root: root without capabilities, in the sandbox", [status])
        t.ok(live.end() == 0, "-Z root: it ends in order", live.notes())


def check_folder(t, build, folder):
    """A folder that it makes belongs to the user that it becomes; one that is there does not."""
    closed = os.path.join(folder, "closed")
    os.mkdir(closed, 0o755)
    with lab.Process([f"{build}/dnsgap", "live", "-i", "v0", "--every", "1s", "--reports", closed],
                     folder, "closed") as refused:
        t.ok(refused.wait() == 3 and "-Z" in refused.err and not os.listdir(closed),
             "a folder that the user may not write to is noticed before anything else",
             refused.notes())
    made = os.path.join(folder, "made")
    with lab.Live(build, folder, "-q", "-i", "v0", "--every", "1s", "--reports", made,
                  name="made") as live:
        t.ok(os.stat(made).st_uid == NOBODY, "a folder that it made is the user's")
        t.ok(live.end() == 0 and lab.reports(made), "and takes reports", live.notes())


def main():
    build = lab.enter(__doc__, ("strace", "tcpreplay"), needs_root=True).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    with lab.folder() as folder:
        reports, outside = os.path.join(folder, "reports"), os.path.join(folder, "outside")
        for path in (reports, outside):
            os.mkdir(path)
            os.chmod(path, 0o777)
        tap.store(os.path.join(outside, "victim"), b"")
        os.chown(os.path.join(outside, "victim"), NOBODY, NOBODY)
        with lab.Live(build, folder, "-q", "-i", "v0", "--every", "1s", "--reports", reports,
                      "-Z", "nobody", "-w", os.path.join(reports, "kept.pcap")) as live:
            check_process(t, live.pid, NOBODY)
            if inject.is_possible():
                check_intruder(t, live, reports, outside)
            else:
                t.skip("what an intruder can do", "only on x86-64")
            t.ok(live.end() == 0 and lab.reports(reports), "it goes on and ends in order",
                 live.notes())
        check_touched(t, build, folder)
        check_root(t, build, folder)
        check_folder(t, build, folder)
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

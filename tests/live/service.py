#!/usr/bin/env python3
"""The service's unit: its command line runs with what the unit leaves, and needs all of it.

systemd itself is not started.  What the unit allows is read from the unit, groups of system
calls are spelt out by systemd-analyze, and the program is watched by strace.
"""
import os
import re
import shlex
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

UNIT = os.path.join(tap.ROOT, "packaging", "dnsgap@.service")
INTERFACE = "v0"
# Some user without rights; the unit's own does not exist here.
USER = "65534"
# It tries whether it can be root again, and has to be refused: that the unit does so is as good.
TO_BE_REFUSED = {"setresuid", "setresgid"}
CALL = re.compile(r"^\d+ +(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed>)")
SOCKET = re.compile(r"\bsocket\((AF_\w+), .* = \d")


def settings():
    """Key -> values of the unit, each in its order."""
    found = {}
    with open(UNIT, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"(\w+)=(.*)$", line)
            if match:
                found.setdefault(match[1], []).append(match[2])
    return found


def spell_out(name):
    """The system calls of a group, through groups in it."""
    if not name.startswith("@"):
        return {name}
    found = set()
    for line in lab.run("systemd-analyze", "syscall-filter", name).splitlines()[1:]:
        word = line.strip()
        if word and not word.startswith("#"):
            found |= spell_out(word)
    return found


def allowed_calls(unit):
    """As systemd.exec(5) has it: the first line decides, those that follow add and take away."""
    found = spell_out("@default")
    for line in unit["SystemCallFilter"]:
        names = set().union(*(spell_out(name) for name in line.lstrip("~").split()))
        found = found - names if line.startswith("~") else found | names
    return found


def command_of(unit, build, state):
    """ExecStart's words for our interface."""
    line = unit["ExecStart"][0].replace("%S", state).replace("%i", INTERFACE)
    words = [word for word in shlex.split(line) if not word.startswith("$")]
    return [os.path.join(build, "dnsgap"), *words[1:]]


def with_rights(capabilities):
    """setpriv's words for a user who has these capabilities and no others."""
    names = {name.lower().removeprefix("cap_") for name in capabilities.split()}
    sets = ",".join(["-all", *(f"+{name}" for name in sorted(names))])
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs",
            f"--inh-caps={sets}", f"--ambient-caps={sets}", f"--bounding-set={sets}"]


def narrow_proc():
    """/proc as ProcSubset=pid and ProtectProc=invisible leave it."""
    lab.run("mount", "-t", "proc", "-o", "subset=pid,hidepid=invisible", "proc", "/proc")


def program_in(folder, build):
    """A copy that everyone may start."""
    folder = os.path.join(folder, "bin")
    os.mkdir(folder)
    path = os.path.join(folder, "dnsgap")
    tap.store(path, tap.load(os.path.join(build, "dnsgap")))
    os.chmod(path, 0o755)
    return folder


def calls_in(path):
    """The calls of the program alone, without those of what started it."""
    calls, families, has_begun = set(), set(), False
    for line in tap.load(path).decode("utf-8", "replace").splitlines():
        has_begun = has_begun or re.search(r'execve\("[^"]*/dnsgap"', line) is not None
        match = CALL.match(line)
        if has_begun and match:
            calls.add(match[1])
            families |= set(SOCKET.findall(line))
    return calls, families


def main():
    build = lab.enter(__doc__, ("strace", "setpriv", "systemd-analyze", "tcpreplay"),
                      needs_root=True).build
    t = tap.Tap()
    unit = settings()
    allowed = allowed_calls(unit)
    lab.veth(INTERFACE, "v1")
    with lab.folder() as folder:
        state = os.path.join(folder, "dnsgap", INTERFACE)
        os.makedirs(state)
        os.chown(state, int(USER), int(USER))
        trace = os.path.join(folder, "trace")
        narrow_proc()
        command = command_of(unit, program_in(folder, build), folder)
        with lab.Sniffer(["strace", "-f", "-o", trace, *with_rights(unit["CapabilityBoundingSet"][0]),
                          *command, "--every", "1s"], folder, "service") as service:
            sample = os.path.join(tap.ROOT, "samples", "pcaps", "mix.pcap")
            lab.replay("v1", sample)
            t.ok(lab.await_true(lambda: len(lab.reports(state)) >= 2, 20),
                 "it writes reports into its folder", service.notes())
            inner = int(lab.run("pgrep", "-P", str(service.pid), "-f", "dnsgap live"))
            os.kill(inner, 1)
            os.kill(inner, 15)
            t.ok(service.wait() == 0, "it ends in order when systemd stops it", service.notes())
        with lab.Process([*with_rights(""), *command], folder, "powerless") as powerless:
            t.ok(powerless.wait(20) == 1, "it needs the capability", powerless.notes())
        calls, families = calls_in(trace)
        t.ok({"seccomp", "landlock_restrict_self", "capset"} <= calls, "it closed its sandbox",
             sorted(calls))
        lacking = calls - allowed - TO_BE_REFUSED
        t.ok(not lacking and unit["SystemCallErrorNumber"] == ["EPERM"],
             "the unit allows every system call that it does", sorted(lacking))
        wanted = set(unit["RestrictAddressFamilies"][0].split())
        t.ok(families == wanted, "it has sockets of just the families that the unit allows",
             [sorted(families), sorted(wanted)])
        never = spell_out("@mount") | spell_out("@module") | spell_out("@debug") | {"bpf"}
        t.ok(not never & allowed, "the unit allows no mount, no module, no ptrace, no bpf",
             sorted(never & allowed))
        frames = sum(lab.load_report(os.path.join(state, name))["capture"]["frames"]
                     for name in lab.reports(state))
        t.ok(frames > 0, f"it saw {frames} frames with cap_net_raw alone")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

"""What the live tests share: namespaces of their own, interfaces, senders, `dnsgap live`.

A test calls enter() first: it runs itself again in new network and mount namespaces, which
the kernel takes away with the last process in them, however that ends.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "property", "lib"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "cli"))

import tap                                             # noqa: E402,F401

INSIDE = "DNSGAP_LIVE_INSIDE"
# Nothing here takes so long unless it hangs.
SECONDS_MAX = 60
STEP_SECONDS = 0.02
# What the kernel holds back of a block that is not full, and much more.
SETTLE_SECONDS = 0.5

# The filter of docs/capturing.md, with the part for VLANs left out: -i any has no VLANs.
FILTER = ("(port 53) or icmp or icmp6 or (ip[6:2]&0x1fff!=0)"
          " or (ip6[6]=44 or ip6[6]=0 or ip6[6]=60 or ip6[6]=43)")


PROBE = "ip link set lo up && ip link add name p0 type veth peer name p1"


class Lacking(Exception):
    """Something that a test needs is not here; the text says what."""


def skip_all(name, why):
    print("1..1")
    print(f"ok 1 - {name} # SKIP {why}")
    sys.exit(0)


def enter(doc, tools=(), needs_root=False):
    """The options, in namespaces of our own; skips the whole test where that cannot be."""
    options = tap.arguments(doc)
    name = doc.split("\n", maxsplit=1)[0]
    missing = [tool for tool in ("ip", "unshare", *tools) if not which(tool)]
    if missing:
        skip_all(name, "not installed: " + ", ".join(missing))
    if os.environ.get(INSIDE):
        settle_in()
        return options
    is_root = os.geteuid() == 0
    if needs_root and not is_root:
        skip_all(name, "needs root: several users are concerned")
    command = ["unshare", "-nm"] if is_root else ["unshare", "-Ucnm", "--keep-caps"]
    tried = subprocess.run([*command, "sh", "-c", PROBE], check=False, capture_output=True,
                           text=True, env={**os.environ, "PATH": path_with_sbin()})
    if tried.returncode != 0:
        skip_all(name, f"no network namespaces with veth here: {' '.join(tried.stderr.split())}")
    os.environ[INSIDE] = "1"
    os.environ["PATH"] = path_with_sbin()
    sys.stdout.flush()
    os.execvp(command[0], [*command, sys.executable, *sys.argv])
    return None


def path_with_sbin():
    return os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"


def which(tool):
    return shutil.which(tool, path=path_with_sbin())


def settle_in():
    """A clean start: lo up, and nothing sent by the kernel of itself."""
    # The runner tells us to end with TERM: what we started shall end as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    run("mount", "--make-rprivate", "/")
    run("ip", "link", "set", "lo", "up")
    for which_ones in ("all", "default"):
        put(f"/proc/sys/net/ipv6/conf/{which_ones}/disable_ipv6", "1")


def put(path, text):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        pass


def run(*command, seconds_max=SECONDS_MAX):
    """Standard output of a command that must go well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=seconds_max)
    if done.returncode != 0:
        raise Lacking(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def veth(one, other, mtu=9000):
    """Two ends of a wire; both are up, and neither asks who is there."""
    run("ip", "link", "add", "name", one, "mtu", str(mtu), "type", "veth", "peer", "name", other,
        "mtu", str(mtu))
    for end in (one, other):
        run("ip", "link", "set", "dev", end, "arp", "off", "up")


def await_true(condition, seconds=SECONDS_MAX):
    """Waits until it is so; whether it came to that."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(STEP_SECONDS)
    return True


def pause(seconds):
    time.sleep(seconds)


def settle():
    """Until what was sent has surely reached those who sniff."""
    time.sleep(SETTLE_SECONDS)


def sniffers():
    """How many packet sockets of this namespace are at work."""
    with open("/proc/self/net/packet", encoding="ascii") as file:
        rows = [line.split() for line in file.read().splitlines()[1:]]
    return sum(row[5] == "1" for row in rows)


class Process:
    """A program beside the test: what it says goes to files, and it never outlives us."""

    def __init__(self, command, folder, name, **settings):
        self.name = name
        self.out_path = os.path.join(folder, f"{name}.out")
        self.err_path = os.path.join(folder, f"{name}.err")
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(     # pylint: disable=consider-using-with
                ["setpriv", "--pdeathsig", "KILL", "--", *command],
                stdin=subprocess.DEVNULL, stdout=settings.pop("stdout", out), stderr=err,
                env=tap.sanitizer_environment(), **settings)

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()

    def send(self, number):
        self.process.send_signal(number)

    def is_running(self):
        return self.process.poll() is None

    def wait(self, seconds=SECONDS_MAX):
        """The exit status; None when it does not end."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self, number=signal.SIGINT):
        self.send(number)
        return self.wait()

    @property
    def out(self):
        return tap.load(self.out_path)

    @property
    def err(self):
        return tap.load(self.err_path).decode("utf-8", "replace")

    def notes(self):
        """For a test that failed."""
        return [f"{self.name}: status {self.process.poll()}", *self.err.splitlines()[-15:]]


class Sniffer(Process):
    """A program that listens to `interfaces` interfaces by now."""

    def __init__(self, command, folder, name, interfaces=1, **settings):
        wanted = sniffers() + interfaces
        super().__init__(command, folder, name, **settings)
        if not await_true(lambda: sniffers() >= wanted or not self.is_running()) \
                or not self.is_running():
            self.__exit__()
            raise Lacking(f"{name} does not listen: {self.err.strip()}")
        self.got_ready()

    def got_ready(self):
        pass


class Live(Sniffer):
    """`dnsgap live`, which listens by now."""

    def __init__(self, build, folder, *args, interfaces=1, name="live", **settings):
        super().__init__([f"{build}/dnsgap", "live", *args], folder, name, interfaces, **settings)

    def report(self):
        """The JSON on its standard output, or None."""
        try:
            return json.loads(self.out)
        except ValueError:
            return None


class Tcpdump(Sniffer):
    """tcpdump beside it, writing nanoseconds."""

    def __init__(self, folder, interface, path, *expression):
        self.path = path
        super().__init__(["tcpdump", "-i", interface, "-n", "-s", "0", "-B", "65536", "-U",
                          "-Z", "root", "--time-stamp-precision=nano", "-w", path, *expression],
                         folder, f"tcpdump-{interface}")

    def finish(self):
        """Ends it once it has written all that it was given: what waits in its ring is lost."""
        before, size = -1, 0
        while before != size:
            before = size
            settle()
            size = os.path.getsize(self.path)
        return self.end(signal.SIGINT)


def replay(interface, *paths, options=("--topspeed",), seconds_max=SECONDS_MAX):
    """Sends captures one after the other; (packets, seconds) as tcpreplay counts them."""
    said = run("tcpreplay", "-q", "-i", interface, *options, *paths, seconds_max=seconds_max)
    match = re.search(r"Actual: (\d+) packets .* sent in ([0-9.]+) seconds", said)
    if not match:
        raise Lacking(f"tcpreplay said: {said}")
    return int(match[1]), float(match[2])


def folder():
    """A temporary folder that everyone may enter and write to: `live` gives up its user."""
    made = tempfile.TemporaryDirectory(prefix="dnsgap-live-")
    os.chmod(made.name, 0o777)
    return made


def reports(path):
    """The names of reports under a folder, sorted by time."""
    return sorted(name for name in os.listdir(path) if name.endswith(".json")
                  and not name.startswith("."))


def load_report(path):
    """A report, or None when it is no whole one."""
    try:
        return json.loads(tap.load(path))
    except (OSError, ValueError):
        return None

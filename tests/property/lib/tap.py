"""What the property tests share: TAP, the program, samples, captures, pcap records."""
import argparse
import glob
import importlib.util
import json
import os
import struct
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SAMPLES = sorted(glob.glob(os.path.join(ROOT, "samples", "pcaps", "*.pcap")))
SYSTEM_PYTHON = "/usr/bin/python3"
NOTES_MAX = 20


class Tap:
    """Prints one line a test; done() prints the plan and gives the exit status."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, notes=()):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            notes = [str(note) for note in notes]
            for note in notes[:NOTES_MAX]:
                print(f"# {note}")
            if len(notes) > NOTES_MAX:
                print(f"# ... and {len(notes) - NOTES_MAX} more")
        sys.stdout.flush()

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def done(self):
        print(f"1..{self.count}")
        return 1 if self.failed or not self.count else 0


def need_jsonschema():
    """The module, or None."""
    return need("jsonschema")


def need(name):
    """A module; python3 may be one without Debian's packages: then the other one goes on."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.path.realpath(sys.executable) != os.path.realpath(SYSTEM_PYTHON) \
                and os.path.exists(SYSTEM_PYTHON):
            sys.stdout.flush()
            os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON, *sys.argv])
        return None


def arguments(doc, *more):
    """--build FOLDER, and the (name, settings) of `more`."""
    parser = argparse.ArgumentParser(description=doc.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build/release")
    for name, settings in more:
        parser.add_argument(name, **settings)
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    return options


def is_sanitized(build):
    return os.path.basename(build) != "release"


def sanitizer_environment():
    env = dict(os.environ)
    env.setdefault("ASAN_OPTIONS", "abort_on_error=0:exitcode=99")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    return env


def run(command, stdin=None, cwd=ROOT, timeout=120):
    """(exit status, standard output, standard error); bytes."""
    done = subprocess.run(command, input=stdin if stdin is not None else b"", cwd=cwd,
                          capture_output=True, timeout=timeout, check=False,
                          env=sanitizer_environment())
    return done.returncode, done.stdout, done.stderr


def read(build, *args, stdin=None, cwd=ROOT):
    """`dnsgap read ARGS`: (exit status, report or None, standard error as text)."""
    status, out, err = run([f"{build}/dnsgap", "read", *args], stdin, cwd)
    try:
        report = json.loads(out)
    except ValueError:
        report = None
    return status, report, err.decode("utf-8", "replace")


def without_places(report):
    """A report that names no file and no frame: of a capture in other pieces it is the same."""
    findings = [{**finding, "frames": {kind: len(frames) for kind, frames
                                       in finding["frames"].items()}}
                for finding in report["findings"]]
    return {**{key: value for key, value in report.items() if key != "inputs"},
            "findings": findings}


def name_of(path):
    return os.path.basename(path).rsplit(".", 1)[0]


def captures():
    """(files, None), or (None, why there are none)."""
    folder = os.environ.get("DNSGAP_CAPTURES") or os.path.join(ROOT, "..", "shared", "captures")
    files = sorted(glob.glob(os.path.join(folder, "files", "*")))
    if not files:
        return None, "no captures in ../shared/captures (set DNSGAP_CAPTURES)"
    return files, None


def check_truth():
    """The module samples/lab/check_truth.py."""
    path = os.path.join(ROOT, "samples", "lab", "check_truth.py")
    spec = importlib.util.spec_from_file_location("check_truth", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(path):
    with open(path, "rb") as file:
        return file.read()


def store(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def records(data):
    """Where the records of a little-endian classic pcap begin, and its end."""
    starts, at = [], 24
    while at < len(data):
        starts.append(at)
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    assert at == len(data), "a sample that ends inside a record"
    return starts + [at]

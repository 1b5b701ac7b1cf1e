#!/usr/bin/env python3
"""A capture in tunnels and on other links gives the same report as without them."""
import importlib.util
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

BASE = os.path.join(tap.ROOT, "samples", "pcaps", "mix.pcap")
# The frames that are no IP (ARP) are missing in a tunnel.
MAY_DIFFER = {"capture"}
CAPTURE_MAY_DIFFER = {"frames", "verdicts", "tunnels"}


def encapsulator():
    path = os.path.join(tap.ROOT, "samples", "lab", "encapsulate.py")
    spec = importlib.util.spec_from_file_location("encapsulate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bytes_of(value):
    return json.dumps(value)


def differences(report, base, tunnels, count):
    """What is not as it is without a tunnel; `count` frames are in each of `tunnels`."""
    report, base = tap.without_places(report), tap.without_places(base)
    found = [f"{key} differs" for key in sorted(set(base) | set(report))
             if key not in MAY_DIFFER and bytes_of(report.get(key)) != bytes_of(base.get(key))]
    here, there = report["capture"], base["capture"]
    found += [f"capture.{key}: {here.get(key)}, without: {there.get(key)}"
              for key in sorted(set(here) | set(there))
              if key not in CAPTURE_MAY_DIFFER and here.get(key) != there.get(key)]
    lost = there["verdicts"]["not_ip"]
    wanted = {**there["verdicts"], "not_ip": 0}
    found += [f"capture.verdicts.{key}: {here['verdicts'].get(key)}, wanted {value}"
              for key, value in wanted.items() if here["verdicts"].get(key) != value]
    if here["frames"] != count or there["frames"] != count + lost:
        found.append(f"{here['frames']} frames, wanted {count}")
    if here.get("tunnels") != {name: count for name in tunnels}:
        found.append(f"capture.tunnels: {here.get('tunnels')}, wanted {count} in each of {tunnels}")
    return found


def main():
    options = tap.arguments(__doc__)
    t = tap.Tap()
    encapsulate = encapsulator()
    data = tap.load(BASE)
    status, base, err = tap.read(options.build, BASE)
    t.ok(status == 0 and base is not None and not base["capture"].get("tunnels"),
         "mix is read, and in no tunnel", [status, err])
    if base is None:
        return t.done()
    with tempfile.TemporaryDirectory() as folder:
        for kind, (_, _, tunnels) in encapsulate.KINDS.items():
            made, count = encapsulate.encapsulate(kind, data)
            path = tap.store(os.path.join(folder, f"{kind}.pcap"), made)
            status, report, err = tap.read(options.build, path)
            found = [f"status {status}", err.strip()] if status or report is None else \
                differences(report, base, tunnels, count)
            t.ok(not found, f"mix in {kind} is what mix is", found)
        # The check itself must be able to fail.
        made, count = encapsulate.encapsulate("gre", data)
        path = tap.store(os.path.join(folder, "fewer.pcap"), made[:tap.records(made)[-3]])
        report = tap.read(options.build, path)[1]
        t.ok(bool(differences(report, base, ("gre",), count)), "frames that are missing are noticed")
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

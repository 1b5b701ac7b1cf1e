#!/usr/bin/env python3
"""Live equals file: `dnsgap live` says what `dnsgap read` says of the same packets from tcpdump."""
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
import mixture                                         # noqa: E402
from lab import tap                                    # noqa: E402

SECONDS = 4
OPTIONS = ("--timeout", "0.5")
SO_TIMESTAMPNS = 35


def stamp_early():
    """From now on each frame gets one time when it comes, and all who sniff are told the same."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    holder.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return holder


def send_all(sending):
    """Sends (interface, capture) pairs side by side, each in its own time; frames in all."""
    with lab.folder() as folder:
        senders = [lab.Process(["tcpreplay", "-q", "-i", interface, path], folder, f"send-{i}")
                   for i, (interface, path) in enumerate(sending)]
        for sender in senders:
            with sender:
                if sender.wait() != 0:
                    raise lab.Lacking(f"tcpreplay: {sender.err}")
    lab.settle()


def compare(t, build, what, live, dumps):
    """The report of `live` (ended) against that of what tcpdump wrote."""
    status, theirs, err = tap.read(build, *OPTIONS, *dumps)
    ours = live.report()
    t.ok(ours is not None and theirs is not None, f"{what}: there is a report",
         [*live.notes(), status, err])
    if ours is None or theirs is None:
        return
    found = mixture.differences(mixture.comparable(ours), mixture.comparable(theirs))
    t.ok(not found, f"{what}: {theirs['capture']['frames']} frames, the same report", found)
    outcomes = theirs["totals"]["outcomes"]
    seen = [name for name, count in outcomes.items() if count]
    t.ok(theirs["totals"]["transactions"] > 100 and outcomes["answered"] > 50,
         f"{what}: there was something to say: {', '.join(seen)}", [theirs["totals"]])
    t.ok(ours["capture"]["kernel_dropped"] == 0 and ours["complete"], f"{what}: nothing dropped",
         [ours["capture"], live.err])


def check(t, build, what, interfaces, sending, expression=(), options=()):
    """Sniffs with both, sends, ends both, compares."""
    with lab.folder() as folder:
        dumps = [os.path.join(folder, f"{name}.pcap") for name in interfaces]
        named = [word for name in interfaces for word in ("-i", name)]
        filters = ["--", *expression] if expression else []
        tcpdumps = [lab.Tcpdump(folder, name, path, *(expression or [lab.FILTER]))
                    for name, path in zip(interfaces, dumps)]
        try:
            with lab.Live(build, folder, *named, *OPTIONS, *options, *filters,
                          interfaces=len(interfaces)) as live:
                send_all(sending)
                status = live.end(signal.SIGINT)
                t.ok(status == 0, f"{what}: INT ends it in order", live.notes())
                for dump in tcpdumps:
                    dump.finish()
                compare(t, build, what, live, dumps)
        finally:
            for dump in tcpdumps:
                dump.__exit__()


def main():
    build = lab.enter(__doc__, ("tcpreplay", "tcpdump")).build
    t = tap.Tap()
    holder = stamp_early()
    lab.veth("v0", "v1")
    lab.veth("w0", "w1")
    with lab.folder() as folder:
        capture = os.path.join(folder, "mixture.pcap")
        mixture.make(capture, SECONDS)
        low = os.path.join(folder, "low.pcap")
        mixture.make(low, SECONDS, ("low-ports",))
        check(t, build, "one interface", ["v0"], [("v1", capture)])
        check(t, build, "one interface, a filter of one's own", ["v0"], [("v1", capture)],
              ["udp port 53"])
        check(t, build, "two interfaces", ["v0", "w0"], [("v1", capture), ("w1", low)])
        check(t, build, "any", ["any"], [("v1", capture)])
        check(t, build, "lo", ["lo"], [("lo", capture)])
    holder.close()
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

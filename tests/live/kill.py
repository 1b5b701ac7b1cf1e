#!/usr/bin/env python3
"""Killed at any moment, it leaves whole reports under their names or none, and no rubbish for ever."""
import os
import random
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import lab                                             # noqa: E402
from lab import tap                                    # noqa: E402

KILLS = 40
# Reports come one after the other, and the kill in the middle of one of them.
ASKS_MAX = 12
SEED = 20070413
# A large report takes longer to write: many servers, each with its rows.
RECIPE = ("--queries", "3000", "--rate", "100k", "--servers", "150", "--clients", "150")


def kill_one(build, folder, capture, dice):
    """One life: traffic, reports that are asked for, death.  Whether it could be killed."""
    with lab.Live(build, folder, "-i", "v0", "--every", "3600", "--reports",
                  os.path.join(folder, "reports"), "--timeout", "0.2") as live:
        lab.replay("v1", capture)
        for _ in range(dice.randint(1, ASKS_MAX)):
            live.send(signal.SIGUSR2)
            lab.pause(dice.uniform(0, 0.02))
        is_running = live.is_running()
        live.send(signal.SIGKILL)
        return is_running and live.wait() == -signal.SIGKILL


def main():
    build = lab.enter(__doc__, ("tcpreplay",)).build
    t = tap.Tap()
    lab.veth("v0", "v1")
    dice = random.Random(SEED)
    with lab.folder() as folder:
        capture = os.path.join(folder, "many.pcap")
        lab.run(f"{build}/mkpcap", *RECIPE, capture)
        reports = os.path.join(folder, "reports")
        os.mkdir(reports)
        os.chmod(reports, 0o777)
        killed = aside = 0
        for _ in range(KILLS):
            killed += kill_one(build, folder, capture, dice)
            aside += any(name.startswith(".") for name in os.listdir(reports))
        names = lab.reports(reports)
        whole = [name for name in names if lab.load_report(os.path.join(reports, name))]
        sizes = [os.path.getsize(os.path.join(reports, name)) for name in names]
        print(f"# SAYS {KILLS} kills, {aside} with a report half written aside; "
              f"{len(names)} reports of up to {max(sizes, default=0)} bytes")
        t.ok(killed == KILLS, f"it was killed {KILLS} times while it ran", [killed])
        t.ok(names == whole and names, f"all {len(names)} reports are whole", [
            name for name in names if name not in whole])
        t.ok(aside > 0, f"{aside} of the kills came in the middle of a report")
        with lab.Live(build, folder, "-i", "v0", "--reports", reports) as live:
            status = live.end()
        left = [name for name in os.listdir(reports) if not name.endswith(".json")]
        t.ok(status == 0 and not left, "the next run takes away what the killed ones left aside",
             [status, left, *live.notes()])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

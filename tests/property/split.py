#!/usr/bin/env python3
"""The split law: a sample cut at any frame into files gives the same report but for `inputs`."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

PROCESSES = 2
# Under a sanitizer a cut costs ten times as much, and its address is of no matter.
SANITIZED_STEP = 61


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    step = SANITIZED_STEP if tap.is_sanitized(build) else 1
    # The longest first, so that two processes end at about the same time.
    files = sorted(tap.SAMPLES, key=os.path.getsize, reverse=True)

    def one(path):
        return path, tap.run([f"{build}/tests/split", str(step), path], timeout=900)

    with ThreadPoolExecutor(PROCESSES) as pool:
        for path, (status, out, err) in pool.map(one, files):
            frames = len(tap.records(tap.load(path))) - 1
            wanted = f"{path}: {frames // step + 1 + 62} cuts, the same\n"
            t.ok(status == 0 and out.decode() == wanted,
                 f"{tap.name_of(path)}: cut behind every frame" if step == 1 else
                 f"{tap.name_of(path)}: cut behind every {step}th frame",
                 [out.decode("utf-8", "replace")[:2000], err.decode("utf-8", "replace")[-2000:]])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The merge law: what random cuts of a session took, merged, is what an uncut one counts."""
import glob
import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

PROCESSES = 2
ROUNDS = 3


def captures():
    files = list(tap.SAMPLES)
    for folder in ("incomplete", "mixed", "rotated"):
        files += [path for path in glob.glob(f"samples/pcaps/{folder}/*.pcap*")
                  if not path.endswith((".md", ".json"))]
    return sorted(files, key=os.path.getsize, reverse=True)


def main():
    build = tap.arguments(__doc__).build
    t = tap.Tap()
    rounds = 1 if tap.is_sanitized(build) else ROUNDS

    def one(path):
        return path, tap.run([f"{build}/tests/cuts", str(rounds), path], timeout=600)

    files = captures()
    t.ok(len(files) > 40, "there are captures to cut", files)
    with ThreadPoolExecutor(PROCESSES) as pool:
        for path, (status, out, err) in pool.map(one, files):
            text = out.decode("utf-8", "replace")
            t.ok(status == 0 and text.endswith(" cuts, the same\n"),
                 f"{os.path.basename(path)}: cuts, merged in any order",
                 [text[:2000], err.decode("utf-8", "replace")[-2000:]])
    return t.done()


if __name__ == "__main__":
    sys.exit(main())

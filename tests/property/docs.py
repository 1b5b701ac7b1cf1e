#!/usr/bin/env python3
"""tools/check-docs: every rule, with a small tree that breaks it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "check-docs")

# What it proves, the files, and what must be said (None when all is well).
CASES = [
    ("paths that are there",
     {"docs/a.md": "`analyzer/base/a.c` `base/a.c` `analyzer/*/a.c` `docs/`\n",
      "analyzer/base/a.c": ""}, None),
    ("a path that is not there",
     {"docs/a.md": "\n`analyzer/base/b.c`\n"}, r"^docs/a\.md:2: `analyzer/base/b\.c` is not there"),
    ("a room's file that is not there",
     {"docs/a.md": "`base/b.c`\n"}, r"^docs/a\.md:1: `base/b\.c` is not there"),
    ("a name in capitals stands for many", {"docs/a.md": "`fuzz/corpus/NAME/`\n"}, None),
    ("a link that leads nowhere", {"docs/a.md": "[b](b.md)\n"}, r"a\.md:1: the link to b\.md"),
    ("a link that leads somewhere", {"docs/a.md": "[b](../b.md#c)\n", "b.md": ""}, None),
    ("a comment that points to no page",
     {"analyzer/base/a.c": "/* docs/b.md */\n"}, r"^analyzer/base/a\.c:1: docs/b\.md is not there"),
    ("an empty tree proves nothing", {}, r"^check-docs: 0 files"),
]
MAN = ".Dd November 21, 2026\n.Dt A 1\n.Os\n.Sh NAME\n.Nm a\n.Nd a test\n"
MAN_CASES = [
    ("a man page in order", {"docs/man/a.1": MAN}, None),
    ("a man page that is not", {"docs/man/a.1": MAN + ".Xx b\n"}, r"^docs/man/a\.1:7: "),
]


def run(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return subprocess.run([sys.executable, TOOL, "--root", folder],
                              capture_output=True, text=True, check=False)


def main():
    failed = 0
    cases = CASES + MAN_CASES
    print(f"1..{len(cases)}")
    for number, (name, files, wanted) in enumerate(cases, 1):
        if number > len(CASES) and not shutil.which("mandoc"):
            print(f"ok {number} - {name} # SKIP mandoc is not installed")
            continue
        result = run(files)
        output = result.stdout + result.stderr
        if wanted is None:
            good = result.returncode == 0
        else:
            good = result.returncode == 1 and re.search(wanted, output, re.MULTILINE)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print("".join(f"# {line}\n" for line in [f"wanted {wanted}", *output.splitlines()]),
                  end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

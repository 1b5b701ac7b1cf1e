#!/usr/bin/env python3
"""tools/check-layers: every rule, with a small tree that breaks it."""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "check-layers")

TABLE = """
[rooms]
base   :
decode : base
source : base
dns    : base
cli    : base

[public]
error.h : *
*       : cli

[libraries]
pcap/      : source
ldns/      : dns/deep.c
pthread.h  : base/ring.c

[made]
bytes.h    : dns/deep.c
"""

# What it proves, the files (layers.txt is TABLE unless it is given), and what
# must be said: a pattern, or None when all is well.
CASES = [
    ("a room includes itself, and what it may",
     {"analyzer/decode/a.c": '#include "decode/a.h"\n#include "base/b.h"\n#include <stdio.h>\n'},
     None),
    ("a room may not include what is not named",
     {"analyzer/base/a.c": '\n#include "decode/a.h"\n'},
     r"^analyzer/base/a\.c:2: `base` includes `decode`"),
    ("a header is checked as a source is",
     {"analyzer/base/a.h": '#include "dns/a.h"\n'}, r"^analyzer/base/a\.h:1: `base` includes `dns`"),
    ("blanks around the # hide nothing",
     {"analyzer/base/a.c": ' # include "dns/a.h"\n'}, r"a\.c:1: `base` includes `dns`"),
    ("a folder that the table does not know",
     {"analyzer/cellar/a.c": "\n"}, r"^analyzer/cellar/a\.c:1: `cellar` is no known room"),
    ("an include of a room that the table does not know",
     {"analyzer/base/a.c": '#include "cellar/a.h"\n'}, r'"cellar/a\.h" is in no known room'),
    ("an include without its room",
     {"analyzer/base/a.c": '#include "a.h"\n'}, r'"a\.h" names no room; write "room/a\.h"'),
    ("the command line reaches the analysis through the public headers",
     {"analyzer/cli/a.c": '#include "dnsgap/session.h"\n#include "base/b.h"\n'}, None),
    ("the command line does not reach into a room",
     {"analyzer/cli/a.c": '#include "decode/a.h"\n'}, r"`cli` includes `decode`"),
    ("a room does not use the library it is part of",
     {"analyzer/decode/a.c": '#include "dnsgap/session.h"\n'},
     r'`decode` includes "dnsgap/session\.h", which is for cli'),
    ("error codes are for all", {"analyzer/decode/a.c": '#include "dnsgap/error.h"\n'}, None),
    ("a library's room owns it", {"analyzer/source/a.c": "#include <pcap/pcap.h>\n"}, None),
    ("another room does not use the library",
     {"analyzer/decode/a.c": "#include <pcap/pcap.h>\n"}, r"<pcap/pcap\.h> belongs to source"),
    ("a library's file owns it", {"analyzer/dns/deep.c": "#include <ldns/ldns.h>\n"}, None),
    ("another file of the room does not use the library",
     {"analyzer/dns/parse.c": "#include <ldns/ldns.h>\n"}, r"<ldns/ldns\.h> belongs to dns/deep\.c"),
    ("threads meet in one file",
     {"analyzer/base/map.c": "#include <pthread.h>\n"}, r"<pthread\.h> belongs to base/ring\.c"),
    ("a library without an owner",
     {"analyzer/source/a.c": "#include <lzo/lzo1x.h>\n"}, r"<lzo/lzo1x\.h> is neither C nor POSIX"),
    ("POSIX needs no owner",
     {"analyzer/source/a.c": "#include <sys/stat.h>\n#include <fcntl.h>\n"}, None),
    ("a made header is for its file",
     {"analyzer/dns/parse.c": '#include "bytes.h"\n'}, r'"bytes\.h" is made for dns/deep\.c'),
    ("a public header needs C alone",
     {"include/dnsgap/a.h": '#include "dnsgap/b.h"\n#include <stdint.h>\n', "analyzer/base/a.c": ""},
     None),
    ("a public header does not include an inner one",
     {"include/dnsgap/a.h": '#include "base/b.h"\n'}, r"^include/dnsgap/a\.h:1: .*\"base/b\.h\""),
    ("a public header does not include a library",
     {"include/dnsgap/a.h": "#include <pcap/pcap.h>\n"}, r"a\.h:1: .*<pcap/pcap\.h>"),
    ("rooms that go round",
     {"docs/layers.txt": "[rooms]\na : b\nb : c\nc : a\n", "analyzer/a/a.c": ""},
     r"^docs/layers\.txt:2: the rooms go round: a -> b -> c -> a"),
    ("a table that names an unknown room",
     {"docs/layers.txt": "[rooms]\na : cellar\n", "analyzer/a/a.c": ""},
     r"^docs/layers\.txt:2: `a` names the room `cellar`"),
    ("an owner in an unknown room",
     {"docs/layers.txt": "[rooms]\na :\n[libraries]\nzlib.h : cellar/a.c\n", "analyzer/a/a.c": ""},
     r"^docs/layers\.txt:4: owner `cellar/a\.c` is in no known room"),
    ("a line that is no row",
     {"docs/layers.txt": "[rooms]\na\n", "analyzer/base/a.c": ""}, r"^docs/layers\.txt:2: is no"),
    ("an empty tree proves nothing", {}, r"^check-layers: 0 files"),
]


def run(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"docs/layers.txt": TABLE, **files}.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return subprocess.run([sys.executable, TOOL, "--root", folder],
                              capture_output=True, text=True, check=False)


def main():
    failed = 0
    print(f"1..{len(CASES)}")
    for number, (name, files, wanted) in enumerate(CASES, 1):
        result = run(files)
        output = result.stdout + result.stderr
        if wanted is None:
            good = result.returncode == 0
        else:
            good = result.returncode == 1 and re.search(wanted, output, re.MULTILINE)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print("".join(f"# {line}\n" for line in [f"status {result.returncode}; wanted {wanted}",
                                                     *output.splitlines()]), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

/*
 * help.c - the help of `dnsgap read`: one screen of 24 lines and 80 columns.
 */
#include "cli/opts_read.h"

const char dg_read_help[] =
    "Usage: dnsgap read [OPTION...] FILE... [-- FILTER]     (- is standard input)\n"
    "Reads captures (pcap, pcapng; plain, gzip, zstd, xz), joined in order of time.\n"
    "Reports: as many as you like, JSON if none; a FILE of - is standard output\n"
    "  --text[=FILE]           to read        --markdown[=FILE]  to paste in a ticket\n"
    "  --html FILE             with pictures  --json FILE        for programs\n"
    "  --report DIR            all four and the evidence, named for a ticket\n"
    "  --evidence FILE         the frames behind the findings, as pcapng\n"
    "  --evidence-frames N     at most so many (10000)\n"
    "  --transactions FILE     a line of JSON for each transaction\n"
    "  --force                 replace files  --color, --colour[=auto|always|never]\n"
    "Pseudonyms (to keep a key: head -c 32 /dev/urandom > KEYFILE; chmod 600 KEYFILE)\n"
    "  --anonymize, --anonymise[=KEYFILE]  addresses, names; or a key for this run\n"
    "  --keep ADDR[/BITS]      stays as it is    --keep-name NAME  with all below it\n"
    "Reading\n"
    "  --timeout S  late after this (5)     --hold S  wait for late ones (6 timeouts)\n"
    "  --skew S  of clocks (0.00001)        --server-port LIST  as 53,8053-8060 (53)\n"
    "  -c, --count N  frames, then stop     --max-transactions N  at once (1000000)\n"
    "  -r, --read FILE  as FILE  -F FILE  filter  --resolve-filter  hosts in it  -n\n"
    "  --sha256, --no-sha256   of inputs (up to 64 MiB)     --progress, --no-progress\n"
    "Other\n"
    "  --fail-on fault|warning  status 10     --strict  status 4 when a limit was hit\n"
    "  --schema[=transactions]  JSON Schema   -h, --help  this; all of it: man dnsgap\n"
    "Status: 0 all was read; 1 usage, nothing could be opened; 2 read in part;\n"
    "3 output failed; 4 --strict; 10 --fail-on.  Of several: 3, 10, 2, 4.\n";

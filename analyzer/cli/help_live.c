/*
 * help_live.c - the help of `dnsgap live`: one screen of 24 lines and 80 columns.
 */
#include "cli/opts_live.h"

const char dg_live_help[] =
    "Usage: dnsgap live -i IFACE [-i IFACE...] [OPTION...] [-- FILTER]\n"
    "Sniffs until Ctrl-C (twice: at once), then reports.  Needs root or cap_net_raw.\n"
    "  -i IFACE  or any     -D  lists them     -F FILE  the filter     -p  only ours\n"
    "  -B KIB  ring (65536)    -s BYTES  of a frame (262144)    -y TYPE  of the link\n"
    "  -c, --count N  frames, then stop    --duration TIME  the same; 60s, 5m, 1h, 1d\n"
    "  --tunnels  in the filter, too       --resolve-filter  may look up names in it\n"
    "Reports: JSON to standard output if none; FILE holds the latest\n"
    "  --text[=FILE]  --markdown[=FILE]  --html[=FILE]  --json[=FILE]  --force\n"
    "  --every TIME   at full minutes, hours...  --reports DIR  as dnsgap-UTC.json\n"
    "  --keep N       the N latest in DIR        --top          a screen; q quits\n"
    "  --metrics FILE for Prometheus             --transactions FILE  a line for each\n"
    "  -w FILE  packets;  -C MB  -G S  a file;  -W N  files    -q, --quiet  few lines\n"
    "Signals: USR1 a line now; USR2 a report now; HUP reopens -w and --transactions\n"
    "As of read\n"
    "  --anonymize, --anonymise[=KEYFILE]   --keep ADDR[/BITS]   --keep-name NAME\n"
    "  --timeout S  late after this (5)     --hold S  wait for late ones (6 timeouts)\n"
    "  --skew S  of clocks (0.00001)        --server-port LIST  as 53,8053-8060 (53)\n"
    "  --max-transactions N  at once (1000000)    -n  goes without saying\n"
    "  --fail-on fault|warning  status 10         --strict  status 4 at a limit\n"
    "  --color, --colour[=auto|always|never]      -h, --help  this; more: man dnsgap\n"
    "Rights, once all is open\n"
    "  -Z USER  who it becomes (dnsgap, nobody)   --no-sandbox  to find a fault\n"
    "Status: 0 well; 1 usage, nothing opened; 2 an interface gone; 3 output failed;\n"
    "4 --strict; 10 --fail-on.  Of several: 3, 10, 2, 4.\n";

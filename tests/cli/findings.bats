#!/usr/bin/env bats
# dnsgap explain, --fail-on, and findings on a terminal.

load common

setup() {
    common_setup
}

codes() {
    "$dnsgap" explain | sed -n 's/^\([a-z-]*\)  .*/\1/p'
}

@test "explain lists all codes on one screen" {
    expect 0 "$dnsgap" explain
    [ "$(wc -l <out)" -le 24 ]
    [ "$(wc -L <out)" -le 80 ]
    [ "$(codes | wc -l)" -eq 18 ]
    [ ! -s err ]
}

@test "explain says of every code what it means, on one screen" {
    for code in $(codes); do
        expect 0 "$dnsgap" explain "$code"
        head -1 out | grep -q "^$code: "
        [ "$(wc -l <out)" -le 24 ]
        [ "$(wc -L <out)" -le 80 ]
        for label in seen means 'or else' check avoid; do
            grep -q "^$label " out
        done
        ! grep -qi firewall out || return 1
    done
}

@test "the help of explain" {
    for words in "explain --help" "explain -h" "help explain"; do
        # shellcheck disable=SC2086
        expect 0 "$dnsgap" $words
        grep -q '^Usage: dnsgap explain' out
    done
}

@test "a code that there is not: those that there are" {
    expect 1 "$dnsgap" explain ports
    no_report
    says "no finding has the code \`ports\`"
    says "ports-silent, "
    expect 1 "$dnsgap" explain $'x\e[2J'
    says 'x\x1b[2J'
    expect 1 "$dnsgap" explain ''
    expect 1 "$dnsgap" explain --all
    says "unknown option"
    expect 1 "$dnsgap" explain outage loss-random
    says "one code at a time"
}

@test "explain says when it could not be written" {
    [ -w /dev/full ] || skip "there is no /dev/full"
    got=0
    "$dnsgap" explain >/dev/full 2>err || got=$?
    [ "$got" -eq 3 ]
}

@test "--fail-on fault: 10 when there is one, and the report is whole" {
    expect 10 "$dnsgap" read --fail-on fault "$samples/low-ports.pcap"
    is '.findings[0].severity' fault
    is '.complete' true
    says "fault: "
    says "[ports-silent]"
    expect 10 "$dnsgap" read --fail-on=warning --text "$samples/low-ports.pcap"
    grep -q '^Findings, the worst first$' out
}

@test "--fail-on: a warning is no fault, a note is neither" {
    expect 0 "$dnsgap" read --fail-on warning "$samples/healthy.pcap"
    [ ! -s err ]
    expect 0 "$dnsgap" read --fail-on fault "$samples/reply-refused.pcap"
    [ ! -s err ]
    is '.findings[0].severity' warning
    expect 10 "$dnsgap" read --fail-on warning "$samples/reply-refused.pcap"
    says "warning: "
}

@test "without --fail-on a finding changes no status" {
    expect 0 "$dnsgap" read "$samples/low-ports.pcap"
    [ ! -s err ]
}

@test "--fail-on wants a severity" {
    expect 1 "$dnsgap" read --fail-on note "$samples/healthy.pcap"
    no_report
    says "wanted: fault or warning"
    expect 1 "$dnsgap" read "$samples/healthy.pcap" --fail-on
    says "wants a value"
}

@test "of several statuses: output, then finding, then damage, then limit" {
    size=$(stat -c %s "$samples/low-ports.pcap")
    head -c $((size - 7)) "$samples/low-ports.pcap" >cut.pcap
    expect 2 "$dnsgap" read cut.pcap
    expect 10 "$dnsgap" read --fail-on fault cut.pcap
    is '.complete' false
    says "cut.pcap"
    expect 10 "$dnsgap" read --fail-on fault --strict --max-transactions 100 \
        "$samples/low-ports.pcap"
    size=$(stat -c %s "$samples/healthy.pcap")
    head -c $((size - 7)) "$samples/healthy.pcap" >cut.pcap
    expect 2 "$dnsgap" read --fail-on fault cut.pcap
    [ -w /dev/full ] || skip "there is no /dev/full"
    expect 3 "$dnsgap" read --fail-on fault --json /dev/full "$samples/low-ports.pcap"
}

@test "findings come first, and name what to do" {
    expect 0 "$dnsgap" read --text "$samples/low-ports.pcap"
    [ "$(sed -n 3p out)" = "Findings, the worst first" ]
    grep -q "dig -b '0.0.0.0#1023' .* @198.51.100.53 +tries=1" out
    grep -q "dig -b '0.0.0.0#1024' .* @198.51.100.53 +tries=1" out
    [ "$(LC_ALL=C tr -d '\n -~' <out | wc -c)" -eq 0 ]
}

# Both names are hostile to a shell; queries from ports below 1024 get no reply.
hostile_capture() {
    python3 - "$1" <<'PYTHON'
import sys

import wire

NAMES = (("$(touch owned)", "x"), ("';touch owned;'", "-f", "\x1b[2J\n\r"))
records = []
for n in range(120):
    port, name = (10 + 7 * n if n % 2 else 20000 + 97 * n), NAMES[n % 3 == 0]
    records.append(wire.record(wire.query(port, n, name), 1700000000 + n))
    if n % 2 == 0:
        records.append(wire.record(wire.reply(port, n, name), 1700000000 + n, 5000))
records.append(wire.record(wire.query(50000, 999), 1700000200))
wire.save(sys.argv[1], *records)
PYTHON
}

@test "commands with names from packets do in a shell what they say, and nothing else" {
    hostile_capture hostile.pcap
    expect 0 "$dnsgap" read --json - --text=report.txt hostile.pcap
    is '.findings[0].code' ports-silent
    jq -r '.findings[].reproduce[]' out >commands
    [ "$(wc -l <commands)" -ge 2 ]
    ! LC_ALL=C grep -q '[^ -~]' commands report.txt || return 1
    mkdir bin
    printf '#!/bin/sh\nprintf "%%s\\n" "$#" "$@" >>asked\n' >bin/dig
    chmod +x bin/dig
    while read -r command; do
        PATH="$PWD/bin:$PATH" sh -c "$command"
    done <commands
    [ ! -e owned ]
    grep -qx '198.51.100.53' <(sed -n 's/^@//p' asked)
    grep -qE '^(\\036\\040touch\\032owned\\041\.x|\\039\\059touch\\032owned\\059\\039\.)' asked
}

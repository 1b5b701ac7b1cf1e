#!/usr/bin/env bats
# dnsgap live: what needs no rights, and a short run on a loopback interface of its own.
# tests/live has longer ones.

load common

setup() {
    common_setup
}

teardown() {
    if [ -n "${pid:-}" ]; then
        kill -KILL "$pid" 2>/dev/null || true
    fi
}

refused() {
    expect 1 "$dnsgap" live "$@"
    no_report
}

# A namespace in which everything is allowed, with an interface that no other traffic passes.
needs_namespace() {
    unshare -Urn true 2>/dev/null || skip "unshare -Urn is not permitted here"
    # What the sanitizer does at a thread's end and the program's, the sandbox does not allow.
    ! is_sanitized ||
        export ASAN_OPTIONS="${ASAN_OPTIONS:-}:use_sigaltstack=0:detect_leaks=0"
}

@test "help fits a terminal of 24 lines and 80 columns" {
    for words in "live --help" "live -h" "help live"; do
        # shellcheck disable=SC2086
        expect 0 "$dnsgap" $words
        grep -q '^Usage: dnsgap live' out
        [ "$(wc -l <out)" -le 24 ]
        [ "$(wc -L <out)" -le 80 ]
        ! LC_ALL=C grep -q '[^ -~]' out || return 1
    done
}

@test "without an interface it says which there are, and what to type" {
    refused
    says "no interface was named"
    says "dnsgap live -i"
}

@test "-D lists interfaces, as tcpdump numbers them" {
    unshare -Urn true 2>/dev/null || skip "unshare -Urn is not permitted here"
    expect 0 unshare -Urn sh -c 'ip link set lo up && exec "$0" live -D' "$dnsgap"
    grep -qE '^[0-9]+\.lo \[up, .*loopback' out
    grep -qE '^[0-9]+\.any \[' out
    [ "$(head -1 out | cut -d. -f1)" = 1 ]
}

@test "an interface that is not there, twice the same, none by that name" {
    refused -i no-such-if
    says "no-such-if"
    says "dnsgap live -D"
    refused -i lo -i lo
    says "twice"
    refused -i $'a\e[31mb'
    says '\x1b[31mb'
    refused -i ""
}

@test "without rights it says what to do" {
    unshare -Ur true 2>/dev/null || skip "unshare -Ur is not permitted here"
    # Root in a user namespace has no rights over the interfaces outside of it.
    expect 1 unshare -Ur "$dnsgap" live -i lo
    no_report
    says "root"
    says "setcap cap_net_raw"
}

@test "bad values are refused with the option, the value, and what is wanted" {
    while read -r option values; do
        for value in $values; do
            refused -i lo "$option" "$value"
            says "$option $value: wanted:"
        done
    done <<'EOT'
--every 0 0.5 -1 x 5x 1.5.5s nan inf 999999d s
--duration 0 0.9 -5 x 5w ms
-B 63 0 -1 x 2097153 18446744073709551616
-s 63 0 -1 x 262145
-C 0 -1 x 1.5
-G 0 -1 x 1.5
-W 0 -1 x 1.5
--count 0 -1 x 1.5
--timeout 0 -1 x 5s
--fail-on note x
--reports -
EOT
    refused -i lo -y FOO
    says "FOO"
}

@test "what does not go together is refused, with what to type instead" {
    while IFS='|' read -r options text; do
        # shellcheck disable=SC2086
        refused -i lo $options
        says "$text"
    done <<'EOT'
--keep 5|--reports DIR
--keep 10.0.0.1|--anonymize
--metrics m|--every 60s
--metrics -|wanted: a file
-w -|tcpdump -w -
-w x -G 5|%Y
-C 5|-w FILE
-W 5|-w FILE
--reports r --json=x|name no file
--json --text|both go to standard output
--json=x -w ./x|both go to
--tunnels port 53|filter
--resolve-filter|there is none
--text out.txt|--text=out.txt
--html out.html|--html=out.html
-F f port 53|one of them
-F no-such-file|No such file
-Z no-such-user|no-such-user
EOT
    [ "$(ls -A)" = "$(printf 'err\nout')" ]
}

@test "the screen is refused politely where there is no terminal" {
    refused -i lo --top
    says "no terminal"
}

@test "a filter that libpcap does not understand, or would ask DNS about" {
    needs_namespace
    while read -r filter; do
        # shellcheck disable=SC2086
        expect 1 unshare -Urn "$dnsgap" live -i lo -- $filter
        no_report
    done <<'EOT'
port
port 53 and
foo
host www.example
EOT
    says "--resolve-filter"
}

@test "read: a filter behind --, in a file with comments, and what is wrong with one" {
    pcap="$samples/low-ports.pcap"
    expect 0 "$dnsgap" read "$pcap" -- udp src port 1023 or udp dst port 1023
    few=$(number .totals.transactions)
    [ "$few" -gt 0 ]
    printf '# one port\nudp src port 1023 # queries\n  or udp dst port 1023\n' >filter
    expect 0 "$dnsgap" read -F filter "$pcap"
    is .totals.transactions "$few"
    expect 0 "$dnsgap" read "$pcap"
    [ "$(number .totals.transactions)" -gt "$few" ]
    expect 1 "$dnsgap" read "$pcap" -- host www.example
    says "--resolve-filter"
    expect 1 "$dnsgap" read "$pcap" -F filter -- port 53
    says "one of them"
    head -c 70000 /dev/zero | tr '\0' ' ' >long
    expect 1 "$dnsgap" read -F long "$pcap"
    says "64 KiB"
    expect 1 "$dnsgap" read -F "$pcap" "$pcap"
    says "no filter"
}

# run OPTIONS: sniffs lo for a few seconds, in which asker.py asks and answers; signals of $sent.
run() {
    timeout 60 unshare -Urn bash -c '
        ip link set lo up
        dnsgap=$1 sent=$2
        shift 2
        "$dnsgap" live -i lo --timeout 0.3 --hold 0.5 "$@" >out 2>err &
        pid=$!
        until grep -q sniffing err || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
        python3 "$PYTHONPATH/asker.py" 2 100
        for signal in $sent; do
            kill -$signal $pid
            sleep 0.3
        done
        kill -INT $pid 2>/dev/null
        wait $pid' bash "$dnsgap" "${sent:-}" "$@"
}

@test "a run on lo: reports at cuts, those asked for, metrics, packets, lines; they agree" {
    needs_namespace
    sent="USR1 USR2 HUP"
    run --every 1s --reports folder --markdown --metrics m.prom -w p.pcap --transactions t.json ||
        { cat err; false; }
    grep -qE '^[0-9-]+T[0-9:]+Z sniffing lo' err
    ls folder
    ls folder | grep -qE '^dnsgap-[0-9-]{10}T[0-9-]{8}Z.json$'
    ls folder | grep -qE '^dnsgap-now-[0-9-]{10}T[0-9-]{8}Z.json$'
    [ "$(find folder -name 'dnsgap-2*.json' | wc -l)" -eq \
        "$(find folder -name 'dnsgap-2*.md' | wc -l)" ]
    [ -z "$(find . -name '.dnsgap*')" ]
    # Every transaction is in one cut, and in one line.
    sum=$(jq -s 'map(.totals.transactions) | add' folder/dnsgap-2*.json)
    [ "$sum" -eq "$(wc -l <t.json)" ]
    # 100 were asked, a third of them from ports that nobody answers.
    [ "$sum" -eq 100 ]
    [ "$(jq -s 'map(.totals.outcomes.answered) | add' folder/dnsgap-2*.json)" -eq \
        "$(grep -c '"outcome":"answered"' t.json)" ]
    expect 0 "$dnsgap" read --timeout 0.3 --hold 0.5 p.pcap
    is .totals.transactions 100
    [ "$(awk '/^dnsgap_transactions_total/ { n += $NF } END { print n }' m.prom)" -eq 100 ]
}

@test "a run on lo: one report at the end, and the status that --fail-on asks for" {
    needs_namespace
    got=0
    run --text=report.txt --json --fail-on fault || got=$?
    is .totals.transactions 100
    is '.inputs[0].file' lo
    is '.inputs[0].format' live
    is .findings[0].code ports-silent
    [ "$got" -eq 10 ]
    says "ports-silent"
    grep -q 'ports-silent' report.txt
}

@test "--keep leaves the latest, and nothing else is touched" {
    needs_namespace
    mkdir folder
    touch folder/dnsgap-2001-01-01T00-00-00Z.json folder/dnsgap-mine.json folder/other
    run --every 1s --reports folder --keep 2
    [ -e folder/dnsgap-mine.json ]
    [ -e folder/other ]
    [ ! -e folder/dnsgap-2001-01-01T00-00-00Z.json ]
    [ "$(find folder -name 'dnsgap-2*.json' | wc -l)" -eq 2 ]
}

@test "-c and --duration end it by themselves" {
    needs_namespace
    expect 0 timeout 20 unshare -Urn sh -c \
        'ip link set lo up; exec "$0" live -i lo --duration 1s --quiet' "$dnsgap"
    is .capture.frames 0
    is .complete true
    ! grep -v "sandbox: " err || return 1
    got=0
    run -c 50 || got=$?
    [ "$got" -eq 0 ]
    is .capture.frames 50
}

@test "reports that nobody reads any more end it, as with any other program in a pipe" {
    needs_namespace
    expect 0 timeout 20 unshare -Urn bash -c 'ip link set lo up
        "$0" live -i lo --every 1s | head -c 20
        echo "status ${PIPESTATUS[0]}" >&2' "$dnsgap"
    says "status 3"
    says "standard output: could not be written: Broken pipe"
}

@test "a file that is there is not replaced without --force" {
    needs_namespace
    echo mine >here.json
    expect 3 unshare -Urn "$dnsgap" live -i lo --json=here.json
    says "--force"
    [ "$(cat here.json)" = mine ]
    expect 3 unshare -Urn "$dnsgap" live -i lo --transactions here.json
    [ "$(cat here.json)" = mine ]
}

#!/usr/bin/env bats
# A bound that is hit is told, and what it pushed out is not called lost.

load common

setup() {
    common_setup
    # 100 queries, of which each is answered after all were asked; one that is not.
    python3 - <<'PY'
from wire import *
save("a.pcap", *[record(query(1000 + i, i), 1700000000, i) for i in range(100)],
     *[record(reply(1000 + i, i), 1700000000, 1000 + i) for i in range(100)],
     record(query(9, 9), 1700000001), record(b"", 1700000100))
PY
}

@test "without a limit hit: nothing is told, --strict gives 0" {
    expect 0 "$dnsgap" read --strict a.pcap
    is '.limits.hit | length' 0
    is .capture.evicted 0
    is .totals.outcomes.answered 100
    is .totals.outcomes.unanswered 1
    expect 0 "$dnsgap" read --strict --max-transactions 101 a.pcap
    is '.limits.hit | length' 0
}

@test "the limit of transactions: told, counted, undecided and never unanswered" {
    for max in 1 7 50 99; do
        expect 0 "$dnsgap" read --max-transactions "$max" a.pcap
        is '.limits.hit | index("max_transactions") != null' true
        is .limits.max_transactions "$max"
        [ "$(number .capture.evicted)" -ge $((100 - max)) ]
        [ "$(number .totals.outcomes.unanswered)" -le 1 ]
        [ "$(number .totals.outcomes.undecided)" -ge $((100 - max)) ]
        is '.totals | .transactions == ([.outcomes[]] | add)' true
        is '.capture.warnings | length > 0' true
        is .complete true
    done
}

@test "--strict gives 4 when a limit was hit, with the whole report" {
    expect 4 "$dnsgap" read --strict --max-transactions 7 a.pcap
    is '.limits.hit | length > 0' true
    says "limit"
    expect 4 "$dnsgap" read --strict --max-transactions 7 --text a.pcap
    tail -1 out | grep -q .
}

@test "3 goes before 2, and 2 before 4" {
    expect 2 "$dnsgap" read --strict --max-transactions 7 a.pcap missing.pcap
    [ -c /dev/full ] || skip "/dev/full is missing"
    expect 3 "$dnsgap" read --strict --max-transactions 7 --json /dev/full a.pcap missing.pcap
}

@test "questions under one port and ID are bounded, and that is told" {
    python3 - <<'PY'
from wire import *
save("a.pcap", *[record(query(5, 5, [f"n{i}", "example"]), 1700000000, i) for i in range(200)],
     record(b"", 1700000100))
PY
    expect 4 "$dnsgap" read --strict a.pcap
    is '.limits.hit | join(" ")' max_same_id
    is .totals.transactions 200
    is '.totals.outcomes | .unanswered + .undecided' 200
    [ "$(number .totals.outcomes.undecided)" -gt 0 ]
}

@test "replies that cannot be kept waiting are told" {
    python3 - <<'PY'
from wire import *
save("same.pcap", *[record(reply(5, 5, [f"n{i}", "example"]), 1700000000, i)
                    for i in range(200)], record(b"", 1700000100))
save("many.pcap", *[record(reply(1000 + i, i), 1700000000, i) for i in range(100)],
     record(b"", 1700000100))
PY
    expect 4 "$dnsgap" read --strict same.pcap
    is '.limits.hit | join(" ")' max_same_id
    is '.capture.messages | .evicted + .orphan_replies' 200
    is '[.capture.warnings[] | select(test("kept waiting"))] | length' 1
    expect 4 "$dnsgap" read --strict --max-transactions 8 many.pcap
    is '.limits.hit | join(" ")' max_transactions
    is '[.capture.warnings[] | select(test("kept waiting"))] | length' 1
}

@test "warnings are bounded, and the last one says how many are left out" {
    expect 2 "$dnsgap" read a.pcap $(seq -f 'missing%g' 40)
    is '.inputs | map(select(.problem != null)) | length' 40
    is '.capture.warnings | length' 32
    is '.capture.warnings[31] | test("^and [0-9]+ more")' true
}

# Both fill the table of trials, and the sets of ports of all clients.
@test "memory does not grow with the length of a capture" {
    ! is_sanitized || skip "the sanitizer's own memory would be measured"
    for count in 1000k 2000k; do
        "$mkpcap" --queries "$count" --rate 5k --clients 50 --servers 50 - |
            python3 -c '
import resource, subprocess, sys
subprocess.run([sys.argv[1], "read", "--max-transactions", "1000", "-"], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$dnsgap" >"$count"
    done
    echo "$(cat 1000k) and $(cat 2000k) KiB"
    [ "$(cat 2000k)" -lt $(($(cat 1000k) + 8192)) ]
    [ "$(cat 2000k)" -lt 131072 ]
}

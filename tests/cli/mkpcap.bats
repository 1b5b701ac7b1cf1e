#!/usr/bin/env bats
# mkpcap's captures are what its truth says, and a seed decides every byte.

setup() {
    root="$BATS_TEST_DIRNAME/../.."
    mkpcap="${MKPCAP:-$root/build/mkpcap}"
    cd "$BATS_TEST_TMPDIR" || return 1
}

# Twenty seconds with losses, resends, late replies and ICMP errors.
make_lively() {
    "$mkpcap" --seed 7 --queries 2000 --rate 100 --servers 20 --v6 0.3 --loss 0.1 \
        --late 0.05 --icmp server=3 --drop server=2,ports=32768-40000 --ports linux \
        --truth "$1.json" "$1.pcap"
}

@test "the same seed gives the same bytes" {
    make_lively a
    make_lively b
    cmp a.pcap b.pcap
    cmp a.json b.json
}

@test "another seed gives other bytes" {
    "$mkpcap" --queries 100 --seed 1 a.pcap
    "$mkpcap" --queries 100 --seed 2 b.pcap
    run cmp a.pcap b.pcap
    [ "$status" -eq 1 ]
}

@test "standard output carries the same bytes as a file" {
    "$mkpcap" --queries 5k a.pcap
    "$mkpcap" --queries 5k - >b.pcap
    cmp a.pcap b.pcap
}

@test "frames come in the order of time" {
    make_lively a
    python3 - a.pcap <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
at, last, count = 24, 0, 0
while at < len(data):
    seconds, micros, captured, _ = struct.unpack_from("<4I", data, at)
    now = seconds * 10**6 + micros
    assert now >= last, f"frame {count + 1} goes back in time"
    at, last, count = at + 16 + captured, now, count + 1
assert at == len(data) and count > 2000
PY
}

@test "the truth's servers and ranges add up to its totals" {
    make_lively a
    python3 - a.json <<'PY'
import json, sys
truth = json.load(open(sys.argv[1]))
totals = truth["totals"]
assert totals["transactions"] == 2000
assert totals["queries"] == totals["transactions"] + totals["resends"]

def add(rows):
    return {name: sum(row["outcomes"][name] for row in rows) for name in totals["outcomes"]}

def check(row):
    assert row["transactions"] == sum(row["outcomes"].values()), row
    for part in row.get("ranges", []):
        check(part)
    if "ranges" in row:
        assert add(row["ranges"]) == row["outcomes"], row

check(totals)
check(dict(totals, ranges=truth["ranges"]))
for server in truth["servers"]:
    check(server)
assert add(truth["servers"]) == totals["outcomes"]
assert sum(row["transactions"] for row in truth["icmp"]) == totals["outcomes"]["icmp_error"]
for name in ("answered", "late", "unanswered", "icmp_error", "undecided"):
    assert totals["outcomes"][name] > 0, f"no {name}: this test sees too little"
PY
}

@test "tshark counts the queries, replies and ICMP errors of the truth" {
    command -v tshark >/dev/null || skip "tshark is missing"
    make_lively a
    count() {
        tshark -r a.pcap -Y "$1" 2>/dev/null | wc -l
    }
    queries=$(count 'dns.flags.response == 0 && !icmp && !icmpv6')
    replies=$(count 'dns.flags.response == 1 && !icmp && !icmpv6')
    errors=$(count 'icmp.type == 3 || icmpv6.type == 1')
    python3 - a.json "$queries" "$replies" "$errors" <<'PY'
import json, sys
truth = json.load(open(sys.argv[1]))
seen = [int(word) for word in sys.argv[2:]]
capture, queries = truth["capture"], truth["totals"]["queries"]
told = [queries, capture["dns_messages"] - queries, capture["verdicts"]["icmp_error"]]
assert seen == told, f"tshark {seen}, truth {told}"
assert sum(seen) == capture["frames"]
PY
}

@test "tshark finds no wrong checksum and no malformed packet" {
    command -v tshark >/dev/null || skip "tshark is missing"
    for link in "ethernet" "ethernet --vlan 7" raw null loop sll "sll2 --vlan 7"; do
        # shellcheck disable=SC2086
        "$mkpcap" --queries 500 --rate 1k --v6 0.5 --icmp server=20 --ports linux --link $link a.pcap
        wrong=$(tshark -r a.pcap -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -Y \
            '_ws.malformed || udp.checksum.status == 0 || ip.checksum.status == 0 ||
             icmp.checksum.status == 0 || icmpv6.checksum.status == 0' 2>/dev/null | wc -l)
        [ "$wrong" -eq 0 ]
        good=$(tshark -r a.pcap -o udp.check_checksum:TRUE -Y 'udp.checksum.status == 1' \
            2>/dev/null | wc -l)
        [ "$good" -gt 900 ]
    done
}

@test "a capture without any answer has only undecided transactions" {
    "$mkpcap" --queries 2000 --rate 100 --loss 1 --truth a.json a.pcap
    python3 - a.json <<'PY'
import json, sys
assert json.load(open(sys.argv[1]))["totals"]["outcomes"]["undecided"] == 2000
PY
}

@test "what would repeat a key within 40 s is refused" {
    run "$mkpcap" --clients 1 --rate 1M a.pcap
    [ "$status" -eq 1 ]
    [[ "$output" == *"keys would recur"* ]]
}

@test "a full disk is an error" {
    [ -w /dev/full ] || skip "/dev/full is missing"
    run "$mkpcap" --queries 20k /dev/full
    [ "$status" -eq 3 ]
}

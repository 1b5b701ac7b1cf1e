#!/usr/bin/env bats
# A line of JSON for each transaction (docs/formats.md): it says what the report says,
# and is written like every other output.

load common

setup() {
    common_setup
    python3 -c 'from wire import *; save("a.pcap", *pairs(5))'
}

teardown() {
    exec 9>&- || true
    if [ -n "${pid:-}" ]; then
        kill -KILL "$pid" 2>/dev/null || true
    fi
}

# No temporary file is left in any folder.
nothing_left() {
    [ -z "$(find . -name '.dnsgap-*')" ]
}

# Only printable ASCII and newlines.
is_harmless() {
    [ "$(tr -d '\n -~' <"$1" | wc -c)" -eq 0 ]
}

@test "lines are as many as transactions, and sum to the outcomes and ranges of the report" {
    "$mkpcap" --queries 2000 --servers 5 --loss 0.1 --late 0.1 --truncated 0.1 --resend 1/4 \
        --rate 100 made.pcap
    for capture in "$samples"/*.pcap made.pcap; do
        # Of one direction the report says undecided, which its lines cannot know.
        [[ $capture != */one-way-*.pcap ]] || continue
        expect 0 "$dnsgap" read --force --json r.json --transactions t.ndjson "$capture"
        jq -n -e --slurpfile r r.json '
            $r[0] as $r | [inputs] as $lines
            | ($lines | length) == $r.totals.transactions
            and ([$lines[] | select(.is_attempt | not).resends] | add // 0) == $r.totals.resends
            and ($r.totals.outcomes | to_entries
                | all(.key as $k | .value == ([$lines[] | select(.outcome == $k)] | length)))
            and ($r.ranges
                | all(.name as $n | .transactions == ([$lines[] | select(.range == $n)] | length)))
            and ($r.servers | all(. as $s | .transactions == ([$lines[]
                | select(.server == $s.address and .server_port == $s.port)] | length)))
            and ($r.totals.rcodes | to_entries
                | all(.key as $k | .value == ([$lines[] | select(.RCODEname == $k)] | length)))
        ' t.ndjson >/dev/null || {
            echo "$capture"
            return 1
        }
    done
}

@test "equal captures give equal lines, to a file and to standard output" {
    "$mkpcap" --queries 3000 --loss 0.2 --rate 500 made.pcap
    expect 0 "$dnsgap" read --transactions t.ndjson made.pcap
    [ ! -s out ]
    for try in 1 2 3; do
        expect 0 "$dnsgap" read --transactions - made.pcap
        cmp out t.ndjson
    done
    expect 0 "$dnsgap" read --transactions - --json r.json --text=r.txt made.pcap
    cmp out t.ndjson
    jq -e .schema r.json >/dev/null
}

@test "times, ports and places are those of the frames" {
    python3 - <<'PY'
from wire import *
first = [record(query(1023, 7), 1700000000, 5), record(reply(1023, 7), 1700000000, 1005)]
last = [record(query(60000, 8), 1700000010), record(query(60000, 8), 1700000011),
        record(reply(60000, 8, rcode=3), 1700000012), record(query(5, 9), 1700000019)]
save("z.pcap", *first)
save("b.pcap", *last)
PY
    expect 0 "$dnsgap" read --transactions - b.pcap z.pcap
    [ "$(wc -l <out)" -eq 3 ]
    jq -s -c 'sort_by(.time)[] | [.outcome, .client, .client_port, .range, .server, .server_port,
        .ID, .QNAME, .QTYPE, .QTYPEname, .QCLASS, .RCODE, .RCODEname, .time, .reply_time,
        .latency_ns, .resends, .query.file, .query.frame, .reply.file, .reply.frame]' out >got
    cat >wanted <<'END'
["answered","192.0.2.1",1023,"well-known","198.51.100.53",53,7,"www.example",1,"A",1,0,"NOERROR","2023-11-14T22:13:20.000005000Z","2023-11-14T22:13:20.001005000Z",1000000,0,"z.pcap",1,"z.pcap",2]
["answered","192.0.2.1",60000,"ephemeral","198.51.100.53",53,8,"www.example",1,"A",1,3,"NXDOMAIN","2023-11-14T22:13:30.000000000Z","2023-11-14T22:13:32.000000000Z",2000000000,1,"b.pcap",1,"b.pcap",3]
["undecided","192.0.2.1",5,"well-known","198.51.100.53",53,9,"www.example",1,"A",1,null,null,"2023-11-14T22:13:39.000000000Z",null,null,0,"b.pcap",4,null,null]
END
    diff wanted got
}

@test "a transaction's line comes while the capture goes on" {
    mkfifo fifo
    "$dnsgap" read --transactions - fifo >out 2>err 9>&- &
    pid=$!
    exec 9>fifo
    python3 - >&9 <<'PY'
from wire import *
import sys
sys.stdout.buffer.write(header() + b"".join(pairs(20, step=20)))
PY
    has_lines() { [ "$(wc -l <out)" -ge 5 ]; }
    await 10 has_lines
    exec 9>&-
    wait "$pid"
    [ "$(wc -l <out)" -eq 20 ]
}

@test "every line is what --schema=transactions promises, which is another schema than the report's" {
    expect 0 "$dnsgap" read --schema=transactions
    is '."$id"' urn:dnsgap:transaction:1
    expect 0 "$dnsgap" read --schema=report
    mv out report
    expect 0 "$dnsgap" read --schema
    cmp out report
    is '."$id"' urn:dnsgap:report:1
    expect 1 "$dnsgap" read --schema=lines
    says "wanted: report or transactions"
}

@test "two outputs to one place are refused" {
    expect 1 "$dnsgap" read --transactions - --json - a.pcap
    says "--json and --transactions both go to standard output"
    expect 1 "$dnsgap" read --transactions - --text a.pcap
    says "--text and --transactions both go to standard output"
    expect 1 "$dnsgap" read --transactions t --json ./t a.pcap
    says "both go to"
    [ ! -e t ]
    no_report
}

@test "A4 a file that exists is left alone without --force, and captures always" {
    echo mine >t.ndjson
    expect 3 "$dnsgap" read --transactions t.ndjson a.pcap
    says "t.ndjson: exists; use --force"
    [ "$(cat t.ndjson)" = mine ]
    expect 0 "$dnsgap" read --force --transactions t.ndjson a.pcap
    [ "$(wc -l <t.ndjson)" -eq 5 ]
    cp a.pcap copy
    expect 1 "$dnsgap" read --force --transactions a.pcap a.pcap
    says "a.pcap: is to be read"
    cmp a.pcap copy
    expect 3 "$dnsgap" read --transactions missing/t a.pcap
    nothing_left
}

@test "A4 what could not be opened leaves no file" {
    expect 1 "$dnsgap" read --transactions t.ndjson missing.pcap
    [ ! -e t.ndjson ]
    nothing_left
}

@test "A4 a damaged capture gives the lines of what was read, and status 2" {
    head -c -5 a.pcap >cut.pcap
    expect 2 "$dnsgap" read --transactions t.ndjson cut.pcap
    [ "$(jq -s 'length' t.ndjson)" -eq 5 ]
    nothing_left
}

@test "A4 lines that cannot be written give status 3, and the report is there" {
    [ -c /dev/full ] || skip "/dev/full is missing"
    expect 3 "$dnsgap" read --transactions /dev/full --json r.json a.pcap
    says "/dev/full: could not be written: No space left on device"
    [ "$(jq .totals.transactions r.json)" -eq 5 ]
    expect 3 "$dnsgap" read --transactions /dev/full a.pcap
    nothing_left
}

@test "A4 a pipe that is closed ends the reading when nothing else is wanted" {
    mkfifo fifo
    python3 - >fifo 2>/dev/null <<'PY' &
from wire import *
import sys
try:
    sys.stdout.buffer.write(header())
    second = 1700000000
    while True:
        sys.stdout.buffer.write(b"".join(pairs(100, start=second)))
        second += 10
except BrokenPipeError:
    pass
PY
    { got=0; "$dnsgap" read --transactions - fifo 2>err || got=$?; echo "$got" >status; } |
        head -n 1 >first
    await 20 test -s status
    [ "$(cat status)" -eq 3 ]
    says "standard output: could not be written: Broken pipe"
    ! grep -q interrupted err || return 1
    jq -e '.v == 1' first >/dev/null
}

@test "A4 the first INT keeps the lines until then, the second leaves no file at all" {
    mkfifo fifo
    for times in once twice; do
        env --default-signal=INT "$dnsgap" read --transactions t.ndjson fifo >out 2>err 9>&- &
        pid=$!
        exec 9>fifo
        cat a.pcap >&9
        is_open() { [ -n "$(find . -name '.dnsgap-*')" ]; }
        await 10 is_open
        has_read() { [ "$(sed -n 's/syscr: //p' "/proc/$pid/io")" -gt 5 ]; }
        await 10 has_read
        sleep 0.1
        kill -STOP "$pid"
        kill -INT "$pid"
        if [ "$times" = twice ]; then
            kill -TERM "$pid"
        fi
        kill -CONT "$pid"
        await 5 is_gone "$pid"
        status=0
        wait "$pid" || status=$?
        exec 9>&-
        nothing_left
        if [ "$times" = once ]; then
            [ "$status" -eq 2 ]
            jq -e . t.ndjson >/dev/null
            rm t.ndjson
        else
            [ "$status" -gt 128 ]
            [ ! -e t.ndjson ]
        fi
    done
}

@test "one direction only: the lines cannot know it, and standard error says so" {
    python3 -c '
from wire import *
save("q.pcap", *(record(query(2000 + i, i), 1700000000 + i) for i in range(30)))'
    expect 0 "$dnsgap" read --transactions t.ndjson --json r.json q.pcap
    says "one direction only was captured"
    is .capture.one_way true r.json
    is .totals.outcomes.unanswered 0 r.json
    [ "$(jq -s 'map(select(.outcome == "unanswered")) | length' t.ndjson)" -gt 20 ]
    expect 0 "$dnsgap" read --transactions t2.ndjson a.pcap
    [ ! -s err ]
}

@test "A3 names of captures, and names from packets" {
    name=$(printf 'a\033[31m\xe2\x80\xae\n"\\\xff=`id`.pcap')
    python3 -c '
from wire import *
labels = [bytes(range(64)) [1:], bytes(range(64, 127)), bytes(range(127, 190)), bytes(range(195, 256))]
save("odd", record(query(2000, 1, labels), 1), record(reply(2000, 1, labels), 2))'
    mv odd "$name"
    expect 0 "$dnsgap" read --transactions - "$name"
    is_harmless out
    [ "$(wc -l <out)" -eq 1 ]
    jq -r .query.file out | grep -qF '\xff=`id`.pcap'
    jq -r .QNAME out | grep -qF '\001\002\003'
    expect 0 "$dnsgap" read "$name"
    [ "$(jq -r '.inputs[0].file' out | md5sum)" = "$(
        "$dnsgap" read --transactions - "$name" | jq -r .query.file | md5sum)" ]
}

@test "A3 extended errors and name server IDs of all bytes" {
    python3 - <<'PY'
from wire import *
def options(*pairs):
    return b"".join(struct.pack(">2H", code, len(data)) + data for code, data in pairs)
def edns(port, ident, data):
    whole = bytearray(message(ident, reply=True))
    whole[10:12] = b"\0\1"
    opt = b"\0" + struct.pack(">2HIH", 41, 1232, 0, len(data)) + data
    return udp("198.51.100.53", 53, "192.0.2.1", port, bytes(whole) + opt)
replies = [
    options((15, b"\0\x16\x1b[2Jtext"), (3, b"\x1b[31m\0\xff\"\\|=cmd()"), (10, b"12345678" * 2)),
    options((15, b"\0\x16"), (15, b"\xff\xff"), (8, b"\0\1\0\0")),
    options((15, b"\0\0")) + b"\0\3\0\xff",
    options((3, "\u202e`id`".encode()), (3, b"second")),
    options((3, b"")),
]
save("e.pcap", *(x for i, data in enumerate(replies) for x in (
    record(query(2000 + i, i), 1700000000 + i), record(edns(2000 + i, i, data), 1700000000 + i, 5))))
PY
    expect 0 "$dnsgap" read --json r.json --text=r.txt --transactions t.ndjson e.pcap
    for file in r.json r.txt t.ndjson; do
        is_harmless "$file"
    done
    is '.capture.broken_records' 1 r.json
    [ "$(jq -c '.servers[0].edns | del(.nsid)' r.json)" = \
        '{"ede":{"0":1,"22":2,"65535":1},"cookies":1,"client_subnet":1}' ]
    is '.servers[0].edns.nsid | length' 2 r.json
    is '.servers[0].edns.nsid[0].hex' 1b5b33316d00ff225c7c3d636d642829 r.json
    is '.servers[0].edns.nsid[0].text' '\x1b[31m\x00\xff"\|=cmd()' r.json
    is '.servers[0].edns.nsid[1].text' '\xe2\x80\xae`id`' r.json
    grep -qF '198.51.100.53 says 22 No Reachable Authority: 2 replies' r.txt
    grep -qF '198.51.100.53 says 65535 (a code without a name): 1 reply' r.txt
    grep -qF 'calls itself \x1b[31m\x00\xff"\|=cmd(): 1 reply' r.txt
    [ "$(jq -s -c 'sort_by(.ID) | map(.ede)' t.ndjson)" = '[22,22,0,null,null]' ]
    [ "$(jq -s -r 'sort_by(.ID)[0].ede_name' t.ndjson)" = "No Reachable Authority" ]
}

@test "--transactions alone writes no report, and together with others all that are named" {
    expect 0 "$dnsgap" read --transactions t.ndjson a.pcap
    [ ! -s out ]
    expect 0 "$dnsgap" read --transactions t2.ndjson --text a.pcap
    head -1 out | grep -q ^dnsgap
    cmp t.ndjson t2.ndjson
}

# The blocks of a page that begin with a command, one after the other.
examples() {
    awk -v without="${2:-no such word}" '/^```/ {
            if (open && text ~ /^(dnsgap|sqlite3) / && text !~ without) printf "{ %s}\n", text
            open = !open; text = ""; next
        }
        open { text = text $0 "\n" }' "$1"
}

@test "the commands of docs/formats.md run, and find the silence of the sample" {
    ln -s "$root/samples" samples
    mkdir bin
    ln -s "$dnsgap" bin/dnsgap
    if command -v sqlite3 >/dev/null; then
        examples "$root/docs/formats.md" >all.sh
        [ "$(grep -c '^{' all.sh)" -eq 7 ]
    else
        examples "$root/docs/formats.md" sqlite3 >all.sh
        [ "$(grep -c '^{' all.sh)" -eq 5 ]
    fi
    PATH="$PWD/bin:$PATH" bash -eo pipefail all.sh >out
    [ "$(head -1 transactions.csv)" = \
        '"time","client","client_port","range","server","QNAME","outcome","latency_ns"' ]
    grep -q '169 198.51.100.53.well-known' out
    grep -q port-unreachable out
    grep -q sqlite3 all.sh || skip "sqlite3 is missing: its two commands were left out"
    grep -q '^198.51.100.53|well-known|170|169' out
    grep -q '^198.51.100.53|well-known|169' out
}

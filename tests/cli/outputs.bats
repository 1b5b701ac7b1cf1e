#!/usr/bin/env bats
# A report is written whole or not at all, and never over something else unasked
# (docs/faults.md, A4).

load common

setup() {
    common_setup
    python3 -c 'from wire import *; save("a.pcap", *pairs(5))'
}

teardown() {
    if [ -n "${mounted:-}" ]; then
        umount "$mounted"
    fi
}

# No temporary file is left in any folder.
nothing_left() {
    [ -z "$(find . -name '.dnsgap-*')" ]
}

is_whole() {
    jq -e '.schema == "dnsgap.report/1" and .limits.hit == []' "$1" >/dev/null
}

# A capture whose report takes megabytes.
make_big() {
    python3 - <<'PY'
from wire import *
import ipaddress
frames = []
for i in range(2000):
    server = str(ipaddress.ip_address(0x0a000000 + i))
    frames.append(record(query(1000 + i, i, server=server), 1700000000, i))
save("big.pcap", *frames)
PY
}

@test "A4 a report into a file: no other file is left, nothing on standard output" {
    expect 0 "$dnsgap" read --json r.json --text=r.txt a.pcap
    is_whole r.json
    head -1 r.txt | grep -q ^dnsgap
    [ ! -s out ]
    [ ! -s err ]
    nothing_left
}

@test "A4 a file that exists is left alone without --force" {
    echo mine >r.json
    expect 3 "$dnsgap" read --json r.json a.pcap
    says "r.json: exists; use --force to replace it"
    [ "$(cat r.json)" = mine ]
    expect 3 "$dnsgap" read --text=r.json a.pcap
    [ "$(cat r.json)" = mine ]
    nothing_left
}

@test "A4 --force replaces a file" {
    echo mine >r.json
    ln r.json other-name
    expect 0 "$dnsgap" read --force --json r.json a.pcap
    is_whole r.json
    [ "$(cat other-name)" = mine ]
    nothing_left
}

@test "A4 a symbolic link is left alone, with --force it is replaced and not its target" {
    echo mine >target
    ln -s target link
    expect 3 "$dnsgap" read --json link a.pcap
    says "link: exists"
    [ -L link ]
    expect 0 "$dnsgap" read --force --json link a.pcap
    [ ! -L link ]
    is_whole link
    [ "$(cat target)" = mine ]
    nothing_left
}

@test "A4 a dangling symbolic link makes no file elsewhere" {
    ln -s elsewhere link
    expect 3 "$dnsgap" read --json link a.pcap
    says "link: exists"
    [ ! -e elsewhere ]
    expect 0 "$dnsgap" read --force --json link a.pcap
    [ ! -e elsewhere ]
    is_whole link
}

@test "A4 a link to a folder's file is followed as far as the folder" {
    mkdir folder
    ln -s folder linked
    expect 0 "$dnsgap" read --json linked/r.json a.pcap
    is_whole folder/r.json
    nothing_left
}

@test "A4 a missing folder, a folder as name, a file as folder" {
    expect 3 "$dnsgap" read --json missing/r.json a.pcap
    says "missing/r.json: "
    says "No such file or directory"
    mkdir folder
    expect 3 "$dnsgap" read --force --json folder a.pcap
    says "folder: is a folder"
    expect 3 "$dnsgap" read --json a.pcap/r.json a.pcap
    says "Not a directory"
    expect 3 "$dnsgap" read --json "" a.pcap
    [ -s err ]
    nothing_left
}

@test "A4 trouble with an output is told before a capture is read" {
    expect 3 "$dnsgap" read --json missing/r.json missing.pcap
    ! grep -q missing.pcap err || return 1
}

@test "A4 a folder that may not be written to" {
    mkdir closed
    chmod 555 closed
    if [ "$(id -u)" -eq 0 ]; then
        command -v setpriv >/dev/null || skip "root may write everywhere, and setpriv is missing"
        cp "$dnsgap" program
        chmod 755 .
        chmod 644 a.pcap
        setpriv --reuid 65534 --clear-groups ./program read a.pcap >/dev/null 2>&1 ||
            skip "another user cannot come into this folder"
        expect 3 setpriv --reuid 65534 --clear-groups ./program read --json closed/r.json a.pcap
    else
        expect 3 "$dnsgap" read --json closed/r.json a.pcap
    fi
    says "closed/r.json: closed: Permission denied"
    nothing_left
}

@test "A4 /dev/full, as standard output and as file" {
    [ -c /dev/full ] || skip "/dev/full is missing"
    got=0
    "$dnsgap" read a.pcap >/dev/full 2>err || got=$?
    [ "$got" -eq 3 ]
    says "standard output: could not be written: No space left on device"
    expect 3 "$dnsgap" read --json /dev/full a.pcap
    says "/dev/full: could not be written: No space left on device"
    for words in --version --help "read --help" "read --schema"; do
        got=0
        # shellcheck disable=SC2086
        "$dnsgap" $words >/dev/full 2>err || got=$?
        [ "$got" -eq 3 ]
        [ -s err ]
    done
}

@test "A4 a device is written in place, with and without --force" {
    expect 0 "$dnsgap" read --json /dev/null a.pcap
    expect 0 "$dnsgap" read --force --json /dev/null --text a.pcap
    [ -c /dev/null ]
    mkfifo fifo
    cat fifo >r.json &
    expect 0 "$dnsgap" read --json fifo a.pcap
    wait
    is_whole r.json
    [ -p fifo ]
}

@test "A4 the disk is full half way: the old file stays, nothing is left" {
    mkdir small
    mount -t tmpfs -o size=64k tmpfs small 2>/dev/null || skip "mounting is not permitted here"
    mounted=$PWD/small
    make_big
    expect 3 "$dnsgap" read --json small/r.json big.pcap
    says "small/r.json: could not be written: No space left on device"
    [ -z "$(ls -A small)" ]
    echo mine >small/r.json
    expect 3 "$dnsgap" read --force --json small/r.json big.pcap
    [ "$(cat small/r.json)" = mine ]
    [ "$(ls -A small)" = r.json ]
}

@test "A4 one output fails, the other is written all the same" {
    [ -c /dev/full ] || skip "/dev/full is missing"
    expect 3 "$dnsgap" read --json /dev/full --text=r.txt a.pcap
    tail -5 r.txt | grep -q .
    nothing_left
}

@test "A4 a closed pipe gives status 3 and a message, not a death" {
    make_big
    for format in --text --json=-; do
        { got=0; "$dnsgap" read "$format" big.pcap 2>err || got=$?; echo "$got" >status; } | true
        await 10 test -s status
        [ "$(cat status)" -eq 3 ]
        says "standard output: could not be written: Broken pipe"
        rm status
    done
}

@test "A4 a pipe that others made non-blocking gets the whole report" {
    make_big
    python3 - "$dnsgap" <<'PY'
import json, os, subprocess, sys
out, into = os.pipe()
os.set_blocking(into, False)
process = subprocess.Popen([sys.argv[1], "read", "big.pcap"], stdout=into)
os.close(into)
data = open(out, "rb").read()
assert process.wait() == 0
assert len(json.loads(data)["servers"]) == 2000
PY
}

@test "A4 killed while writing: the file is absent or whole" {
    make_big
    seen=0
    for try in 1 2 3 4 5 6; do
        rm -rf folder
        mkdir folder
        "$dnsgap" read --json folder/r.json big.pcap &
        pid=$!
        while [ -z "$(ls -A folder)" ] && kill -0 $pid 2>/dev/null; do :; done
        kill -KILL $pid 2>/dev/null || true
        wait $pid || true
        if [ -e folder/r.json ]; then
            [ "$(jq '.servers | length' folder/r.json)" -eq 2000 ]
        elif [ -n "$(ls -A folder)" ]; then
            seen=$((seen + 1))
        fi
    done
    echo "killed in the middle $seen times"
}

@test "two reports to one place are refused, however it is spelled" {
    mkdir folder
    ln -s folder linked
    for pair in "- -" "r r" "r ./r" "folder/r linked/r" "folder/../r r"; do
        # shellcheck disable=SC2086
        set -- $pair
        expect 1 "$dnsgap" read --force --json "$1" --text="$2" a.pcap
        says "both go to"
        no_report
        [ ! -e r ]
    done
    expect 0 "$dnsgap" read --json r --text=folder/r a.pcap
}

@test "a capture that is read is not replaced, even with --force" {
    ln -s a.pcap link.pcap
    cp a.pcap copy
    for file in a.pcap ./a.pcap; do
        expect 1 "$dnsgap" read --force --json "$file" link.pcap
        says "$file: is to be read"
        expect 1 "$dnsgap" read --force --text="$file" a.pcap
        cmp a.pcap copy
    done
}

@test "standard output closed gives status 3, and no file gets what was for it" {
    got=0
    "$dnsgap" read a.pcap >&- 2>err || got=$?
    [ "$got" -eq 3 ]
    says "standard output: could not be written: Bad file descriptor"
    got=0
    "$dnsgap" read --json r.json --text a.pcap >&- 2>err || got=$?
    [ "$got" -eq 3 ]
    is_whole r.json
    "$dnsgap" read --json s.json a.pcap >&-
    is_whole s.json
}

@test "standard error closed: complaints do not end up in a file" {
    got=0
    "$dnsgap" read --json r.json a.pcap missing.pcap 2>&- || got=$?
    [ "$got" -eq 2 ]
    is_whole r.json
    got=0
    "$dnsgap" read --json s.json a.pcap missing.pcap <&- >&- 2>&- || got=$?
    [ "$got" -eq 2 ]
    is_whole s.json
}

@test "the umask decides who may read a report" {
    for mask in 022 077 027 002; do
        (umask "$mask"; "$dnsgap" read --json "r$mask" a.pcap)
        [ "$(stat -c %a "r$mask")" = "$(printf '%o' $((0666 & ~0$mask)))" ]
    done
}

@test "a report of what could not be read leaves no file" {
    echo garbage >garbage.pcap
    expect 1 "$dnsgap" read --json r.json garbage.pcap
    [ ! -e r.json ]
    nothing_left
}

@test "trouble with an output goes before trouble with an input" {
    [ -c /dev/full ] || skip "/dev/full is missing"
    expect 3 "$dnsgap" read --json /dev/full a.pcap missing.pcap
}

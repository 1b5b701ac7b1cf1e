#!/usr/bin/env bats
# dnsgap read --report DIR: all that a ticket needs, under one name, or nothing.

load common

setup() {
    common_setup
    pcap="$samples/low-ports.pcap"
    stem=dnsgap-2026-11-21-ports-silent-198.51.100.53
}

teardown() {
    if [ -n "${mounted:-}" ]; then
        umount "$mounted"
    fi
}

limited() {
    local size=$1
    shift
    bash -c 'ulimit -f "$1" && shift && exec "$@"' bash "$size" "$@"
}

# The folder has these, and nothing else.
holds() {
    local folder=$1
    shift
    [ "$(ls -A "$folder")" = "$(printf '%s\n' "$@" | LC_ALL=C sort)" ] || {
        ls -A "$folder"
        return 1
    }
}

@test "all forms and the evidence, and their names on standard output" {
    expect 0 "$dnsgap" read --report new "$pcap"
    holds new $stem.html $stem.json $stem.md $stem.pcapng $stem.txt
    [ ! -s err ]
    [ "$(LC_ALL=C sort out)" = "$(find new -type f | LC_ALL=C sort)" ]
    jq -e '.schema == "dnsgap.report/1"' new/$stem.json >/dev/null
    grep -q '</html>' new/$stem.html
    grep -q '^#' new/$stem.md
    head -1 new/$stem.txt | grep -q '^dnsgap'
    [ "$(number .evidence.sha256 new/$stem.json)" = \
        "$(sha256sum new/$stem.pcapng | cut -d' ' -f1)" ]
    is .evidence.file $stem.pcapng new/$stem.json
    expect 0 "$dnsgap" read new/$stem.pcapng
    is .complete true
}

@test "twice gives the same bytes, and a / at the folder's end changes nothing" {
    expect 0 "$dnsgap" read --report one "$pcap"
    mkdir two
    expect 0 "$dnsgap" read --report two/ "$pcap"
    [ "$(head -1 out)" = "two/$stem.json" ]
    diff -r one two
}

@test "names: the worst finding and its first server, healthy, no queries" {
    while read -r sample name; do
        expect 0 "$dnsgap" read --report "of-$sample" "$samples/$sample.pcap"
        [ "$(head -1 out)" = "of-$sample/dnsgap-2026-11-21-$name.json" ] || {
            head -1 out
            return 1
        }
    done <<'EOT'
server-silent server-silent-198.51.100.55
healthy low-ports-in-use
EOT
    python3 - <<'PY'
from wire import *
save("none.pcap")
save("other.pcap", record(udp("192.0.2.1", 1, "192.0.2.2", 2, b""), 86399, 0))
PY
    "$mkpcap" --queries 300 --rate 20 --loss 0 --icmp none --late 0 --ports linux --servers 3 \
        --clients 3 well.pcap
    expect 0 "$dnsgap" read --report of-well well.pcap
    [ "$(head -1 out)" = of-well/dnsgap-2026-01-01-healthy.json ]
    expect 0 "$dnsgap" read --report of-none none.pcap
    [ "$(head -1 out)" = of-none/dnsgap-no-queries.json ]
    expect 0 "$dnsgap" read --report of-other other.pcap
    [ "$(head -1 out)" = of-other/dnsgap-1970-01-01-no-queries.json ]
    # No finding, no evidence: there would be nothing in it.
    [ "$(find of-none of-other of-well -name '*.pcapng' | wc -l)" -eq 0 ]
}

@test "names hold only characters that every file system takes" {
    "$mkpcap" --queries 2k --v6 1 --drop server=1 --ports low six.pcap
    expect 0 "$dnsgap" read --report six six.pcap
    grep -q 'six/dnsgap-[0-9-]*-[a-z-]*-2001-' out
    ! ls six | grep '[^A-Za-z0-9.-]' || return 1
}

@test "a name that is taken: none is written; with --force all are replaced" {
    for ending in json md html txt pcapng; do
        rm -rf out-dir
        mkdir out-dir
        echo mine >out-dir/$stem.$ending
        expect 3 "$dnsgap" read --report out-dir "$pcap"
        says "out-dir/$stem.$ending: exists; use --force to replace it"
        says "out-dir: no report was written there"
        no_report
        holds out-dir $stem.$ending
        [ "$(cat out-dir/$stem.$ending)" = mine ]
        expect 0 "$dnsgap" read --force --report out-dir "$pcap"
        [ "$(wc -c <out-dir/$stem.$ending)" -gt 1000 ]
    done
}

@test "links in the place of files are left alone, and replaced with --force" {
    mkdir out-dir
    echo mine >target
    ln -s ../target out-dir/$stem.md
    ln -s ../elsewhere out-dir/$stem.html
    expect 3 "$dnsgap" read --report out-dir "$pcap"
    expect 0 "$dnsgap" read --force --report out-dir "$pcap"
    [ "$(cat target)" = mine ]
    [ ! -e elsewhere ]
    [ "$(find out-dir -type f | wc -l)" -eq 5 ]
}

@test "a folder that cannot be is told before a capture is read" {
    echo mine >file
    ln -s nowhere link
    for folder in missing/folder file file/folder link; do
        expect 3 "$dnsgap" read --report $folder missing.pcap
        says "$folder: "
        [ "$(wc -l <err)" -eq 1 ]
        no_report
    done
    for folder in "" -; do
        expect 1 "$dnsgap" read --report "$folder" "$pcap"
        says "wanted: a folder"
    done
    [ ! -e missing ] && [ ! -e nowhere ]
}

@test "a folder that may not be written to" {
    [ "$(id -u)" -ne 0 ] || command -v setpriv >/dev/null ||
        skip "root may write everywhere, and setpriv is missing"
    mkdir closed
    chmod 555 closed
    if [ "$(id -u)" -eq 0 ]; then
        cp "$dnsgap" program
        cp "$pcap" a.pcap
        chmod 755 .
        setpriv --reuid 65534 --clear-groups ./program read a.pcap >/dev/null 2>&1 ||
            skip "another user cannot come into this folder"
        expect 3 setpriv --reuid 65534 --clear-groups ./program read --report closed a.pcap
        says "closed: Permission denied"
        expect 3 setpriv --reuid 65534 --clear-groups ./program read --report closed/in a.pcap
    else
        expect 3 "$dnsgap" read --report closed "$pcap"
        says "closed: Permission denied"
        expect 3 "$dnsgap" read --report closed/in "$pcap"
    fi
    [ -z "$(ls -A closed)" ]
}

@test "a link to a folder is followed" {
    mkdir folder
    ln -s folder link
    expect 0 "$dnsgap" read --report link "$pcap"
    [ -s folder/$stem.json ]
}

@test "no room for one of them: none is there, nor the folder if it was made" {
    for size in 1 8 16; do
        expect 3 limited $size "$dnsgap" read --report new "$pcap"
        says "could not be written: File too large"
        says "new: no report was written there"
        no_report
        [ ! -e new ]
    done
    mkdir old
    echo mine >old/$stem.md
    expect 3 limited 8 "$dnsgap" read --force --report old "$pcap"
    holds old $stem.md
    [ "$(cat old/$stem.md)" = mine ]
}

@test "the disk is full half way: nothing is there" {
    mkdir small
    mount -t tmpfs -o size=48k tmpfs small 2>/dev/null || skip "mounting is not permitted here"
    mounted=$PWD/small
    expect 3 "$dnsgap" read --report small "$pcap"
    says "No space left on device"
    [ -z "$(ls -A small)" ]
    expect 3 "$dnsgap" read --report small/in "$pcap"
    [ -z "$(ls -A small)" ]
}

@test "standard input gives no evidence, and that is told" {
    expect 0 "$dnsgap" read --report new - <"$pcap"
    says "the reports come without evidence: "
    holds new $stem.html $stem.json $stem.md $stem.txt
    [ "$(wc -l <out)" -eq 4 ]
    is .evidence null new/$stem.json
    expect 0 "$dnsgap" read --force --report new "$pcap"
    [ -s new/$stem.pcapng ]
    expect 0 "$dnsgap" read --force --report new - <"$pcap"
    says "new/$stem.pcapng: is of an earlier run"
}

@test "another output on standard output: the names are not printed" {
    expect 0 "$dnsgap" read --report new --text "$pcap"
    head -1 out | grep -q '^dnsgap'
    ! grep -q '^new/' out || return 1
    expect 0 "$dnsgap" read --report new2 --json r.json "$pcap"
    grep -q "^new2/$stem.txt$" out
    cmp r.json new2/$stem.json
}

@test "standard output closed: the reports are there, and the status is 3" {
    got=0
    "$dnsgap" read --report new "$pcap" >&- 2>err || got=$?
    [ "$got" -eq 3 ]
    says "standard output: could not be written"
    [ "$(find new -type f | wc -l)" -eq 5 ]
}

@test "a capture in the folder is never replaced" {
    mkdir new
    cp "$pcap" new/$stem.pcapng
    expect 3 "$dnsgap" read --force --report new new/$stem.pcapng
    says "new/$stem.pcapng: is to be read; it will not be replaced"
    holds new $stem.pcapng
    cmp "$pcap" new/$stem.pcapng
}

@test "a folder whose name does harm to terminals" {
    name=$'-\e[31m\n\xff'
    expect 0 "$dnsgap" read "--report=$name" "$pcap"
    printf '%s/%s\n' "$name" $stem.json | cmp - <(head -2 out)
    expect 3 "$dnsgap" read "--report=$name" "$pcap"
    ! LC_ALL=C grep -q '[^ -~]' err || return 1
    command -v script >/dev/null || skip "script is missing"
    name="$name" script -qec "'$dnsgap' read --force \"--report=\$name\" '$pcap'" /dev/null >out
    ! tr -d '\r\n' <out | LC_ALL=C grep -q '[^ -~]' || return 1
}

@test "what was not read whole is reported, with status 2; findings with status 10" {
    head -c 200000 "$pcap" >cut.pcap
    expect 2 "$dnsgap" read --report new cut.pcap
    [ "$(find new -name '*.json' | wc -l)" -eq 1 ]
    expect 10 "$dnsgap" read --report new2 --fail-on fault "$pcap"
    [ "$(wc -l <out)" -eq 5 ]
    echo garbage >garbage.pcap
    expect 1 "$dnsgap" read --report new3 garbage.pcap
    [ ! -e new3 ]
}

@test "the umask decides who may read the reports" {
    (umask 077; "$dnsgap" read --report new "$pcap" >/dev/null)
    [ "$(stat -c %a new)" = 700 ]
    [ -z "$(find new -type f ! -perm 600)" ]
}

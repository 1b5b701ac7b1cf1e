#!/usr/bin/env bats
# Every kind of output is written whole or not at all, and never over something else unasked
# (docs/faults.md, A4).  tests/cli/outputs.bats has the rest, for one kind.

load common

files="json text markdown html evidence transactions"

setup() {
    common_setup
    pcap="$samples/ports-one-server.pcap"
}

# to KIND PATH: the option that writes this kind there, in `option`.
to() {
    case $1 in
    text | markdown) option=("--$1=$2") ;;
    *) option=("--$1" "$2") ;;
    esac
}

nothing_left() {
    [ -z "$(find . -name '.dnsgap-*')" ]
}

# Files may have so many KiB.
limited() {
    local size=$1
    shift
    bash -c 'ulimit -f "$1" && shift && exec "$@"' bash "$size" "$@"
}

@test "A4 each kind goes into a file, and into standard output" {
    for kind in $files; do
        to "$kind" "new.$kind"
        expect 0 "$dnsgap" read "${option[@]}" "$pcap"
        [ ! -s out ]
        [ -s "new.$kind" ]
        to "$kind" -
        expect 0 "$dnsgap" read "${option[@]}" "$pcap"
        cmp out "new.$kind" || [ "$kind" = evidence ]
        [ ! -s err ]
    done
    head -1 new.text | grep -q '^dnsgap'
    jq -e '.schema == "dnsgap.report/1"' new.json >/dev/null
    grep -qi '^<!doctype html>' new.html
    grep -q '</html>' new.html
    grep -q '^#' new.markdown
    head -c 4 new.evidence | od -An -tx1 | grep -q '0a 0d 0d 0a'
    nothing_left
}

@test "A4 each kind: a file that exists is left alone without --force, and replaced with it" {
    for kind in $files; do
        for path in file link dangling; do
            rm -rf file link dangling target elsewhere
            echo mine >file
            echo mine >target
            ln -s target link
            ln -s elsewhere dangling
            to "$kind" "$path"
            expect 3 "$dnsgap" read "${option[@]}" "$pcap"
            says "$path: exists; use --force to replace it"
            [ "$(cat file)" = mine ]
            [ -L link ]
            expect 0 "$dnsgap" read --force "${option[@]}" "$pcap"
            [ ! -L "$path" ]
            [ "$(wc -c <"$path")" -gt 100 ]
            [ "$(cat target)" = mine ]
            [ ! -e elsewhere ]
        done
    done
    nothing_left
}

@test "A4 each kind: a missing folder, a folder as name, a full device" {
    mkdir folder
    for kind in $files; do
        to "$kind" missing/file
        expect 3 "$dnsgap" read "${option[@]}" "$pcap"
        says "missing/file: missing: No such file or directory"
        to "$kind" folder
        expect 3 "$dnsgap" read --force "${option[@]}" "$pcap"
        says "folder: is a folder"
        to "$kind" /dev/full
        expect 3 "$dnsgap" read "${option[@]}" "$pcap"
        says "/dev/full: could not be written: No space left on device"
    done
    [ -z "$(ls folder)" ]
}

@test "A4 each kind: no room half way; the old file stays, nothing is left" {
    for kind in $files; do
        rm -f file
        to "$kind" file
        expect 3 limited 2 "$dnsgap" read "${option[@]}" "$pcap"
        says "file: could not be written: File too large"
        [ ! -e file ]
        echo mine >file
        expect 3 limited 2 "$dnsgap" read --force "${option[@]}" "$pcap"
        [ "$(cat file)" = mine ]
        nothing_left
    done
}

@test "A4 each kind: a closed pipe gives status 3, not a death" {
    "$mkpcap" --queries 3k --loss 0.5 big.pcap
    for kind in $files; do
        to "$kind" -
        { got=0; "$dnsgap" read "${option[@]}" big.pcap 2>err || got=$?; echo "$got" >status; } |
            true
        await 10 test -s status
        [ "$(cat status)" -eq 3 ]
        says "standard output: could not be written: Broken pipe"
        rm status
    done
}

@test "A4 each kind, killed while writing: the file is absent or whole" {
    "$mkpcap" --queries 2k --loss 0.3 big.pcap
    for kind in $files report; do
        to "$kind" wanted
        "$dnsgap" read "${option[@]}" big.pcap >/dev/null
        for try in 1 2 3; do
            rm -rf folder
            mkdir folder
            to "$kind" folder/wanted
            [ "$kind" != report ] || to report folder
            "$dnsgap" read "${option[@]}" big.pcap >/dev/null 2>&1 &
            pid=$!
            while [ -z "$(ls -A folder)" ] && kill -0 $pid 2>/dev/null; do :; done
            kill -KILL $pid 2>/dev/null || true
            wait $pid || true
            for file in folder/*; do
                [ -e "$file" ] || continue
                if [ "$kind" = report ]; then
                    cmp "$file" "wanted/${file#folder/}"
                else
                    cmp "$file" wanted
                fi
            done
        done
        rm -rf wanted
    done
}

@test "two outputs to one place are refused, whatever they are" {
    for a in $files; do
        for b in $files; do
            [ "$a" \< "$b" ] || continue
            for place in - file; do
                to "$a" "$place"
                one=("${option[@]}")
                to "$b" "$place"
                expect 1 "$dnsgap" read "${one[@]}" "${option[@]}" "$pcap"
                says "both go to"
                no_report
                [ ! -e file ]
            done
        done
    done
}

@test "all kinds at once, each to its place" {
    expect 0 "$dnsgap" read --text --json r.json --html r.html --markdown=r.md \
        --evidence r.pcapng --transactions r.ndjson "$pcap"
    grep -q '^dnsgap' out
    [ "$(find . -name 'r.*' -size +1k | wc -l)" -eq 5 ]
    [ "$(number .evidence.sha256 r.json)" = "$(sha256sum r.pcapng | cut -d' ' -f1)" ]
    is .evidence.file r.pcapng r.json
    for report in out r.html r.md; do
        grep -q "$(sha256sum r.pcapng | cut -c1-16)" "$report"
    done
}

@test "a capture that is read, and the key, are not replaced by any kind" {
    cp "$pcap" a.pcap
    (umask 077; head -c 32 /dev/urandom >key)
    cp key copy
    for kind in $files; do
        to "$kind" a.pcap
        expect 1 "$dnsgap" read --force "${option[@]}" a.pcap
        says "a.pcap: is to be read"
        to "$kind" ./key
        expect 1 "$dnsgap" read --force --anonymize=key "${option[@]}" a.pcap
        says "./key: is the key"
    done
    cmp a.pcap "$pcap"
    cmp key copy
}

@test "names that begin with a dash or hold control characters do no harm" {
    name=$'\e[31m\a\r\n\x80\xe2\x80\xae'
    cp "$pcap" ./-r
    for kind in $files; do
        to "$kind" -x
        [ "${#option[@]}" -eq 1 ] || option=("--$kind=-x")
        expect 0 "$dnsgap" read --force "${option[@]}" ./-r
        [ -s ./-x ]
        to "$kind" "$name"
        expect 0 "$dnsgap" read "${option[@]}" "$pcap"
        expect 3 "$dnsgap" read "${option[@]}" "$pcap"
        ! LC_ALL=C grep -q '[^ -~]' err || return 1
        [ "$(wc -l <err)" -eq 1 ]
        rm -f -- "$name"
    done
}

@test "evidence wants captures that can be read twice, and is not for terminals" {
    expect 1 "$dnsgap" read --evidence e - <"$pcap"
    says "standard input cannot be"
    expect 1 "$dnsgap" read --evidence-frames 5 "$pcap"
    says "ask for it with --evidence FILE or --report DIR"
    expect 1 "$dnsgap" read --evidence e --report folder "$pcap"
    says "leave --evidence out"
    [ ! -e folder ]
    command -v script >/dev/null || skip "script is missing"
    expect 1 script -qec "'$dnsgap' read --evidence - '$pcap' 2>err2" /dev/null
    grep -q 'no text for a terminal' err2
}

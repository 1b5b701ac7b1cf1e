#!/usr/bin/env bats
# Whatever a file holds or is: what can be read is read, the rest is named, and
# the status says it (docs/faults.md, F1 to F11).

load common

setup() {
    common_setup
}

py() {
    python3 -c "from wire import *
$1"
}

# --- F1: no capture at all ------------------------------------------------------

@test "F1 an empty file is refused and named" {
    : >empty.pcap
    expect 1 "$dnsgap" read empty.pcap
    says "empty.pcap: is empty"
    no_report
}

@test "F1 a file shorter than a header is refused with its length and first bytes" {
    py 'save("whole.pcap", *pairs(1))'
    for size in 1 2 3 4 6 10 23; do
        head -c "$size" whole.pcap >short.pcap
        expect 1 "$dnsgap" read short.pcap
        says "short.pcap: is too short to be a capture: $size byte"
        says "starts with d4"
        no_report
    done
    printf 'hello' >text
    expect 1 "$dnsgap" read text
    says "text: is too short to be a capture: 5 bytes, starts with 68 65 6c 6c"
}

@test "F1 a short file of pcapng's magic is refused" {
    printf '\n\r\r\n\034\0\0\0' >short.pcapng
    expect 1 "$dnsgap" read short.pcapng
    says "is too short to be a capture: 8 bytes, starts with 0a 0d 0d 0a"
}

@test "F1 a wrong magic is refused with the bytes" {
    printf 'PK\003\004%0100d' 0 >a.zip
    expect 1 "$dnsgap" read a.zip
    says "a.zip: is not a capture: it starts with 50 4b 03 04"
    no_report
}

@test "F1 a pcap of version 2.5 or later, which never was, is read as 2.4" {
    py 'save("whole.pcap", *pairs(3))'
    for minor in 5 9 255; do
        cp whole.pcap odd.pcap
        # shellcheck disable=SC2059
        printf "\\$(printf %03o "$minor")" | dd of=odd.pcap bs=1 seek=6 conv=notrunc status=none
        expect 0 "$dnsgap" read odd.pcap
        is .capture.frames 6
    done
    printf '\003' | dd of=odd.pcap bs=1 seek=4 conv=notrunc status=none
    expect 1 "$dnsgap" read odd.pcap
    no_report
}

@test "F1 a header alone is a capture of no frames" {
    py 'save("a.pcap")'
    expect 0 "$dnsgap" read a.pcap
    is .capture.frames 0
    is .complete true
}

# --- F2: cut off ----------------------------------------------------------------

@test "F2 a file cut at any byte keeps all frames before the cut" {
    py '
from subprocess import run
import json, os
save("whole.pcap", *pairs(1))
data = open("whole.pcap", "rb").read()
size = 16 + len(query())
for cut in range(24, len(data)):
    open("cut.pcap", "wb").write(data[:cut])
    got = run([os.environ["PROGRAM"], "read", "cut.pcap"], capture_output=True)
    frames, left = divmod(cut - 24, size)
    report = json.loads(got.stdout)
    problem = report["inputs"][0]["problem"]
    assert report["capture"]["frames"] == frames, (cut, report["capture"])
    assert got.returncode == (2 if left else 0), (cut, got)
    assert report["complete"] == (not left), cut
    if left:
        assert f"after frame {frames}, at byte {24 + frames * size}:" in problem, problem
        assert ("header" if left < 16 else "packet") in problem, problem
        assert problem in got.stderr.decode(), got.stderr
'
}

@test "F2 a cut gzip file gives every byte before the cut" {
    "$mkpcap" --queries 3000 a.pcap
    gzip -k a.pcap
    size=$(stat -c %s a.pcap.gz)
    for part in 1 3 5 9; do
        head -c $((size * part / 10)) a.pcap.gz >cut.pcap.gz
        gzip -dc cut.pcap.gz 2>/dev/null >plain.pcap || true
        expect 2 "$dnsgap" read plain.pcap
        frames=$(number .capture.frames)
        expect 2 "$dnsgap" read cut.pcap.gz
        is .capture.frames "$frames"
        is .complete false
        says "cut off at byte $((size * part / 10))"
        number '.inputs[0].problem' | grep -q "after frame $frames, at byte .* of the unpacked data"
    done
}

@test "F2 a cut zstd or xz file loses the last blocks only" {
    "$mkpcap" --queries 12000 a.pcap
    for packer in zstd xz; do
        command -v "$packer" >/dev/null || skip "$packer is missing"
        "$packer" -q -k -c a.pcap >a.packed
        size=$(stat -c %s a.packed)
        head -c $((size * 9 / 10)) a.packed >cut.packed
        "$packer" -q -dc <cut.packed >plain.pcap 2>/dev/null || true
        kept=$(stat -c %s plain.pcap)
        expect 2 "$dnsgap" read cut.packed
        is .complete false
        reached=$(number '.inputs[0].problem' | sed 's/.*at byte \([0-9]*\) of.*/\1/')
        echo "$packer: of $kept bytes $reached were read"
        [ "$reached" -gt $((kept - 320 * 1024)) ]
        [ "$(number .capture.frames)" -gt 1000 ]
    done
}

@test "F2 a bad gzip checksum is told after all frames were read" {
    py '
import gzip
save("a.pcap", *pairs(5))
data = bytearray(gzip.compress(open("a.pcap", "rb").read()))
data[-6] ^= 1
open("a.pcap.gz", "wb").write(data)'
    expect 2 "$dnsgap" read a.pcap.gz
    is .capture.frames 10
    says "the gzip data are damaged"
}

@test "gzip members in a row are one file" {
    py '
import gzip
save("a.pcap", *pairs(5))
data = open("a.pcap", "rb").read()
open("a.pcap.gz", "wb").write(b"".join(gzip.compress(data[i:i + 100])
                                       for i in range(0, len(data), 100)))'
    expect 0 "$dnsgap" read a.pcap.gz
    is .capture.frames 10
    is '.inputs[0].compression' gzip
}

@test "garbage behind gzip data is told" {
    py 'save("a.pcap", *pairs(5))'
    gzip a.pcap
    echo garbage >>a.pcap.gz
    expect 2 "$dnsgap" read a.pcap.gz
    is .capture.frames 10
    says "something else follows"
}

@test "what is compressed twice is refused and says so" {
    py 'save("a.pcap", *pairs(5))'
    for outer in gzip zstd xz; do
        for inner in gzip zstd xz; do
            command -v "$inner" >/dev/null || continue
            "$inner" -q -c <a.pcap | "$outer" -q -c >twice
            expect 1 "$dnsgap" read twice
            says "is compressed twice"
            no_report
        done
    done
}

# --- F3, F4: lengths that cannot be ----------------------------------------------

@test "F3 a record that cannot be so long ends reading, with its place" {
    for length in 262145 2147483647 4294967295; do
        py "save('a.pcap', *pairs(1), record(query(), captured=$length, wire=$length), *pairs(1))"
        expect 2 "$dnsgap" read a.pcap
        is .capture.frames 2
        is .complete false
        says "stopped after frame 2, at byte 170: a packet of $length bytes"
    done
}

@test "F3 a record that cannot be so long ends reading in the other byte order" {
    py "save('a.pcap', record(query(), order='>'),
             record(query(), captured=2**31, order='>'), order='>')"
    expect 2 "$dnsgap" read a.pcap
    is .capture.frames 1
    says "at byte"
}

@test "F3 a snap length of 0 or 2^32-1 in the header does no harm" {
    for snap in 0 4294967295; do
        py "save('a.pcap', *pairs(2), snap=$snap)"
        expect 0 "$dnsgap" read a.pcap
        is .totals.outcomes.answered 2
    done
}

@test "F4 more captured than on the wire: the smaller number, counted" {
    py 'save("a.pcap", record(query() + b"x" * 9, wire=len(query())), record(reply(), fraction=9))'
    expect 0 "$dnsgap" read a.pcap
    is .capture.inconsistent_lengths 1
    is .totals.outcomes.answered 1
}

@test "F4 more captured than the snap length is cut and counted" {
    py 'save("a.pcap", record(query()), record(reply()), snap=30)'
    expect 0 "$dnsgap" read a.pcap
    is .capture.frames 2
    is .capture.cut_frames 2
}

@test "F4 frames of no bytes get a verdict" {
    py 'save("a.pcap", record(b""), record(b"", wire=60), *pairs(1))'
    expect 0 "$dnsgap" read a.pcap
    is .capture.frames 4
    is '.capture.verdicts | .cut + .malformed' 2
}

# --- F7: link types ---------------------------------------------------------------

@test "F7 an unknown link type is refused by name, a good file beside it is read" {
    py 'save("odd.pcap", *pairs(1), link=195); save("good.pcap", *pairs(3))'
    expect 2 "$dnsgap" read odd.pcap good.pcap
    says "odd.pcap: link type 195 (IEEE802_15_4) is not supported"
    is .totals.outcomes.answered 3
    is .capture.verdicts.link_unsupported 2
    is .complete false
    is '[.inputs[] | select(.problem != null) | .file] | join(" ")' odd.pcap
}

@test "F7 a link type without a name is refused by number" {
    py 'save("a.pcap", *pairs(1), link=999)'
    expect 2 "$dnsgap" read a.pcap
    says "link type 999"
}

# --- F8: times --------------------------------------------------------------------

# Every time is RFC 3339 and in the years 1970 to 2200; no latency is below 0.
times_are_sane() {
    python3 - "${1:-out}" <<'PY'
import datetime, json, re, sys
def walk(x, key=""):
    if isinstance(x, dict):
        for k, v in x.items():
            walk(v, k)
        for k in ("p50", "p90", "p99", "max"):
            if isinstance(x.get(k), (int, float)):
                assert x[k] >= 0, x
    elif isinstance(x, list):
        for v in x:
            walk(v, key)
    elif key in ("first", "last") and x is not None:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", x), x
        at = datetime.datetime.fromisoformat(x[:19])
        assert 1970 <= at.year <= 2200, x
walk(json.load(open(sys.argv[1])))
PY
}

@test "F8 microseconds of a million and more are carried and counted" {
    py 'save("a.pcap", record(query(), 1700000000, 1500000), record(reply(), 1700000001, 600000))'
    expect 0 "$dnsgap" read a.pcap
    times_are_sane
    is .capture.bad_times 1
    is '.inputs[0].first' 2023-11-14T22:13:21.500000000Z
    is .totals.latency_ns.max 100000000
}

@test "F8 microseconds of 2^32-1 do no harm" {
    py 'save("a.pcap", record(query(), 1700000000, -1), record(reply(), 1700000000, -1))'
    expect 0 "$dnsgap" read a.pcap
    times_are_sane
    py 'save("b.pcap", record(query(), 2**32 - 1, -1), record(reply(), 2**32 - 1, -1))'
    expect 0 "$dnsgap" read b.pcap
    times_are_sane
}

@test "F8 2038 and 2106 are what they are" {
    py 'save("a.pcap", record(query(), 2**31), record(reply(), 2**31, 5))
save("b.pcap", record(query(), 2**32 - 2), record(reply(), 2**32 - 1))'
    expect 0 "$dnsgap" read a.pcap
    is '.inputs[0].first' 2038-01-19T03:14:08.000000000Z
    is .totals.outcomes.answered 1
    expect 0 "$dnsgap" read b.pcap
    is '.inputs[0].last' 2106-02-07T06:28:15.000000000Z
    is .totals.outcomes.answered 1
    times_are_sane
}

@test "F8 the same times in the other byte order are the same" {
    py 'save("a.pcap", record(query(), 2**31, 999999), record(reply(), 2**32 - 1, 1500000))
save("b.pcap", record(query(), 2**31, 999999, order=">"),
     record(reply(), 2**32 - 1, 1500000, order=">"), order=">")'
    expect 0 "$dnsgap" read a.pcap
    first=$(number '.inputs[0] | .first + .last')
    expect 0 "$dnsgap" read b.pcap
    is '.inputs[0] | .first + .last' "$first"
    times_are_sane
}

@test "F8 time going back a microsecond is normal" {
    py 'save("a.pcap", record(query(), 1700000000, 5), record(reply(), 1700000000, 4))'
    expect 0 "$dnsgap" read a.pcap
    times_are_sane
    is .capture.clock_steps 0
    is .totals.outcomes.answered 1
    is .totals.latency_ns.max 0
}

@test "F8 time going back an hour is a clock step, and no loss" {
    py 'save("a.pcap", *pairs(3), record(query(1, 99), 1700000001), *pairs(3, 1699996400))'
    expect 0 "$dnsgap" read a.pcap
    times_are_sane
    is .capture.clock_steps 1
    is .totals.outcomes.answered 6
    is .totals.outcomes.undecided 1
    is .totals.outcomes.unanswered 0
}

@test "F8 a single frame a hundred years ahead takes its neighbour's time" {
    py 'save("a.pcap", record(query(1, 1), 1700000000), record(query(2, 2), 1700000000 - 2**31),
             record(reply(2, 2), 1700000000 + 10**9 * 2), record(reply(1, 1), 1700000001))'
    expect 0 "$dnsgap" read a.pcap
    times_are_sane
    py 'save("a.pcap", record(query(1, 1), 1000000000), record(query(2, 2), 1000000000 + 3155760000),
             record(reply(2, 2), 1000000001), record(reply(1, 1), 1000000001))'
    expect 0 "$dnsgap" read a.pcap
    times_are_sane
    is .capture.bad_times 1
    is .totals.outcomes.answered 2
    is '.inputs[0].last' 2001-09-09T01:46:41.000000000Z
}

@test "F8 many frames a hundred years ahead: what waited is not called lost" {
    py 'save("a.pcap", record(query(1, 1), 1000000000), *pairs(4, 1000000000 + 3155760000),
             *pairs(4, 1000000001, first_port=30000))'
    expect 0 "$dnsgap" read a.pcap
    times_are_sane
    is .totals.outcomes.answered 8
}

# --- F10: no program is started ----------------------------------------------------

@test "F10 files that make libarchive start programs are refused, and start none" {
    printf 'LRZI%036d' 0 >a.lrz
    printf 'GRZipII\0\002\004:)%028d' 0 >a.grz
    printf '\211LZO\0\r\n\032\n%031d' 0 >a.lzo
    for file in a.lrz a.grz a.lzo; do
        expect 1 "$dnsgap" read "$file"
        says "$file: is not a capture: it starts with"
    done
    ! is_sanitized || skip "strace and the leak checker exclude each other; refused all the same"
    command -v strace >/dev/null || skip "strace is missing; they are refused all the same"
    strace -o t -e trace=execve true 2>/dev/null ||
        skip "strace is not permitted here; they are refused all the same"
    for file in a.lrz a.grz a.lzo; do
        strace -f -o t -e trace=execve,execveat,fork,vfork,clone,clone3 \
            "$dnsgap" read "$file" 2>/dev/null || true
        [ "$(grep -cE '(execve|execveat|fork|clone3?)\(' t)" -eq 1 ]
    done
}

# --- F11: what is no file ----------------------------------------------------------

@test "F11 standard input is read, and called so in messages" {
    expect 0 "$dnsgap" read - <"$samples/healthy.pcap"
    is '.inputs[0].file' -
    cat "$samples/healthy.pcap" | expect 0 "$dnsgap" read -
    head -c 1000 "$samples/healthy.pcap" | expect 2 "$dnsgap" read -
    says "standard input: stopped after frame"
    expect 1 "$dnsgap" read - </dev/null
    says "standard input: is empty"
    expect 1 "$dnsgap" read - <&-
    says "standard input: "
}

@test "F11 a FIFO is read like the file" {
    expect 0 "$dnsgap" read "$samples/low-ports.pcap"
    wanted=$(number '.totals, .capture')
    mkfifo fifo
    cat "$samples/low-ports.pcap" >fifo &
    expect 0 "$dnsgap" read fifo
    [ "$(number '.totals, .capture')" = "$wanted" ]
}

@test "F11 a FIFO that gives one byte at a time is read" {
    py 'save("a.pcap", *pairs(3))'
    python3 - <<'PY' | expect 0 "$dnsgap" read -
import os
for byte in open("a.pcap", "rb").read():
    os.write(1, bytes([byte]))
PY
    is .totals.outcomes.answered 3
}

@test "F11 a folder is refused by name" {
    mkdir folder
    expect 1 "$dnsgap" read folder
    says "folder: is a folder"
}

@test "F11 devices end: /dev/null and /dev/zero" {
    expect 1 timeout 10 "$dnsgap" read /dev/null
    says "/dev/null: is empty"
    expect 1 timeout 10 "$dnsgap" read /dev/zero
    says "/dev/zero: is not a capture: it starts with 00 00 00 00"
}

@test "F11 damage in a pipe without end is told at once" {
    py 'save("a.pcap", *pairs(2))'
    { cat a.pcap; yes; } 2>/dev/null | expect 2 timeout 10 "$dnsgap" read -
    is .totals.outcomes.answered 2
    is '.inputs[0].sha256' null
}

@test "a file that may not be read is named, the others are read" {
    py 'save("a.pcap", *pairs(2)); save("closed.pcap", *pairs(2))'
    chmod 0 closed.pcap
    if [ "$(id -u)" -eq 0 ]; then
        command -v setpriv >/dev/null || skip "root may read everything, and setpriv is missing"
        chmod 755 . a.pcap
        cp "$dnsgap" program
        setpriv --reuid 65534 --clear-groups ./program read a.pcap >/dev/null 2>&1 ||
            skip "another user cannot come into this folder"
        expect 2 setpriv --reuid 65534 --clear-groups ./program read closed.pcap a.pcap
    else
        expect 2 "$dnsgap" read closed.pcap a.pcap
    fi
    says "closed.pcap: Permission denied"
    is .totals.outcomes.answered 2
}

@test "a file that is missing is named, the others are read" {
    py 'save("a.pcap", *pairs(2))'
    expect 2 "$dnsgap" read a.pcap missing.pcap
    says "missing.pcap: No such file or directory"
    is .totals.outcomes.answered 2
    is .complete false
    expect 1 "$dnsgap" read missing.pcap
    no_report
}

# --- several files --------------------------------------------------------------------

@test "several files in the wrong order are joined in the order of time" {
    "$mkpcap" --queries 900 --rate 100 a.pcap
    expect 0 "$dnsgap" read a.pcap
    wanted=$(number '.totals, .ranges, .servers, .clients')
    python3 - <<'PY'
import struct
data = open("a.pcap", "rb").read()
parts, at, n = [data[:24], data[:24], data[:24]], 24, 0
while at < len(data):
    size = 16 + struct.unpack_from("<I", data, at + 8)[0]
    parts[min(n // 600, 2)] += data[at:at + size]
    at, n = at + size, n + 1
for part, file in zip(parts, ("z.pcap", "m.pcap", "b.pcap")):
    open(file, "wb").write(part)
PY
    gzip m.pcap
    expect 0 "$dnsgap" read b.pcap z.pcap m.pcap.gz
    [ "$(number '.totals, .ranges, .servers, .clients')" = "$wanted" ]
    is '[.inputs[].file] | join(" ")' "z.pcap m.pcap.gz b.pcap"
}

@test "frames of two files that overlap are joined one by one" {
    py '
save("queries.pcap", *[record(query(1000 + i, i), 1700000000 + i) for i in range(500)])
save("replies.pcap", *[record(reply(1000 + i, i), 1700000000 + i, 7) for i in range(500)])'
    expect 0 "$dnsgap" read replies.pcap queries.pcap
    is .totals.outcomes.answered 500
    is .totals.latency_ns.max 7000
}

@test "the same file twice adds no transaction and no resend" {
    expect 0 "$dnsgap" read "$samples/healthy.pcap"
    wanted=$(number '.totals | .transactions, .queries, .resends, .outcomes')
    expect 0 "$dnsgap" read "$samples/healthy.pcap" "$samples/healthy.pcap"
    [ "$(number '.totals | .transactions, .queries, .resends, .outcomes')" = "$wanted" ]
    [ "$(number .capture.duplicate_frames)" -gt 0 ]
}

@test "the digest is that of the file as it lies on the disk" {
    py 'save("a.pcap", *pairs(2))'
    gzip a.pcap
    expect 0 "$dnsgap" read a.pcap.gz
    is '.inputs[0].sha256' "$(sha256sum a.pcap.gz | cut -d' ' -f1)"
}

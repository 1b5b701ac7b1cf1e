#!/usr/bin/env bats
# pcapng, packed files, and what is no plain file (docs/faults.md, F5 to F7, F9, F11);
# rotated files.

load common

setup() {
    common_setup
}

py() {
    python3 -c "from wire import *
from ng import *
$1"
}

# stops FRAMES BYTE REASON: damage behind so many frames, at that byte.
stops() {
    is .capture.frames "$1"
    is .complete false
    number '.inputs[0].problem' | grep -qF "stopped after frame $1, at byte $2: $3" || {
        number '.inputs[0].problem'
        return 1
    }
}

# A section, an interface and two packets have 28, 20 and 2 * 92 bytes: damage is at 232.
damaged() {
    py "put('a.pcapng', section(), interface(), both(), $1, both(30000))"
    expect 2 "$dnsgap" read a.pcapng
    stops 2 232 "$2"
    is .totals.outcomes.answered 1
}

# --- F5: blocks that break the rules -------------------------------------------------

@test "F5 a block shorter than 12 bytes ends reading, with its place" {
    for size in 0 4 8 11; do
        damaged "block(EPB, b'', size=$size)" "a block of $size bytes, which cannot be"
    done
}

@test "F5 a block whose length is no multiple of 4 ends reading" {
    for size in 13 21 33 34 35; do
        damaged "block(NRB, bytes(20), size=$size)" "a block of $size bytes, which cannot be"
    done
}

@test "F5 a block whose two lengths differ ends reading" {
    damaged "block(EPB, bytes(20), trailer=36)" "a block whose two lengths differ"
    damaged "block(EPB, bytes(20), trailer=0)" "a block whose two lengths differ"
    damaged "block(NRB, bytes(20), trailer=36)" "a block whose two lengths differ"
}

@test "F3 a block of 2^31 bytes, or of more than its kind can have, ends reading" {
    damaged "block(EPB, bytes(20), size=2**31)" "a block of 2147483648 bytes, more than"
    damaged "block(NRB, bytes(20), size=2**32 - 4)" "a block of 4294967292 bytes, more than"
    damaged "packet(bytes(262148))" "a packet of 262148 bytes, more than the 262144"
    damaged "packet(bytes(600000))" "a block of 600032 bytes, more than the 524288"
}

@test "F5 a packet of an interface that its section does not describe ends reading" {
    damaged "packet(query(), number=1)" "a packet of interface 1, which its section"
    damaged "packet(query(), number=2**32 - 1)" "a packet of interface 4294967295, which"
    py "put('a.pcapng', section(), interface(), both(), section(), packet(query()))"
    expect 2 "$dnsgap" read a.pcapng
    stops 2 260 "a packet of interface 0, which its section does not describe"
}

@test "F5 packets without any interface are told, with their place" {
    for packet in 'packet(query())' 'simple(query())'; do
        py "put('a.pcapng', section(), $packet)"
        expect 2 "$dnsgap" read a.pcapng
        stops 0 28 "a packet of interface 0, which its section does not describe"
    done
}

@test "F5 a section without interfaces and packets is an empty capture" {
    py 'put("a.pcapng", section())'
    expect 0 "$dnsgap" read a.pcapng
    is .capture.frames 0
    is '.inputs[0].interfaces | length' 0
    is '.inputs[0].link_types | length' 0
}

@test "F5 a packet longer than its block ends reading" {
    damaged "packet(query(), captured=900)" "a packet of 900 bytes in a block that has room for"
    damaged "block(EPB, bytes(16))" "a packet's block of 28 bytes"
    damaged "block(SPB)" "a packet's block of 12 bytes"
}

@test "F5 an interface's block that is too short, or whose options overrun, ends reading" {
    damaged "block(IDB, bytes(4))" "an interface's block that is too short"
    damaged "interface(more=struct.pack('<2H', 9, 5) + bytes(4))" "an interface whose options"
    damaged "interface(more=struct.pack('<2H', 2, 65535) + bytes(4))" "an interface whose options"
    damaged "interface(more=option(9, b'\\6\\6'))" "an interface whose if_tsresol cannot be"
    damaged "interface(more=option(14, b'\\6'))" "an interface whose if_tsoffset cannot be"
}

@test "F5 options of packets and statistics that overrun do no harm" {
    py 'put("a.pcapng", section(), interface(), both(),
    block(EPB, struct.pack("<5I", 0, 0x60a24, 0, 4, 4) + b"abcd" + struct.pack("<2H", 1, 999)),
    block(ISB, struct.pack("<3I", 0, 0, 0) + option(5, struct.pack("<Q", 3))
          + struct.pack("<2H", 7, 999)), statistics(77, 5), both(30000))'
    expect 0 "$dnsgap" read a.pcapng
    is .capture.frames 5
    is .capture.kernel_dropped 3
}

@test "F5 unknown blocks, secrets, names and comments are passed over" {
    py 'put("a.pcapng", section(more=option(1, b"comment")), block(0xbad, b"hello"), interface(),
    block(NRB, bytes(40)), block(0x40000bad, bytes(4 << 20)), packet(query()),
    block(DSB, bytes(100)), packet(reply()), block(0x80000001, bytes(600000)), both(30000))'
    expect 0 "$dnsgap" read a.pcapng
    is .totals.outcomes.answered 2
}

@test "F5 every time resolution is read: powers of ten and of two" {
    for power in 0 1 3 6 9 10 12 15 18 19 128 129 138 148 158 160 161; do
        py "
unit = 2 ** ($power & 127) if $power & 128 else 10 ** $power
long = unit > 2 ** 33
start = 0 if long else START
put('a.pcapng', section(), interface(more=option(9, bytes([$power]))
    + (option(14, struct.pack('<q', START)) if long else b'')), both(20000, start, 0, '<', unit))"
        expect 0 "$dnsgap" read a.pcapng
        is '.inputs[0].first' 2023-11-14T22:13:20.000000000Z
        is .totals.outcomes.answered 1
    done
}

@test "F5 resolutions beyond all sense give times that can be" {
    for power in 20 27 28 29 64 127 190 191 192 224 255; do
        py "put('a.pcapng', section(), interface(more=option(9, bytes([$power]))),
            both(20000, 2**64 - 10**5, 0, '<', 1), packet(query(3), 2**63, 0, '<', 1))"
        expect 0 "$dnsgap" read a.pcapng
        is .capture.frames 3
        is .totals.transactions 2
        number '.inputs[0] | .first, .last' | grep -vq '^19[789]\|^20\|^21' && false
        [ "$(number '.totals.latency_ns.max // 0')" -ge 0 ]
    done
}

@test "F5 times moved by if_tsoffset, and out of all sense by it" {
    py 'put("a.pcapng", section(), interface(more=option(14, struct.pack("<q", 3600))), both())'
    expect 0 "$dnsgap" read a.pcapng
    is '.inputs[0].first' 2023-11-14T23:13:20.000000000Z
    for offset in -2**63 2**63-1 -1700000002 2**40; do
        py "put('a.pcapng', section(), interface(more=option(14, struct.pack('<q', $offset))), both())"
        expect 0 "$dnsgap" read a.pcapng
        is .capture.bad_times 2
        is '.inputs[0].first' 1970-01-01T00:00:00.000000000Z
    done
}

@test "F5 a file cut at any byte keeps all packets before the cut" {
    py '
from subprocess import run
import json, os
whole = [section(), interface(), packet(query()), packet(reply())]
ends = [sum(map(len, whole[:i])) for i in range(5)]
data = b"".join(whole)
for cut in range(24, len(data) + 1):
    open("cut.pcapng", "wb").write(data[:cut])
    got = run([os.environ["PROGRAM"], "read", "cut.pcapng"], capture_output=True)
    report = json.loads(got.stdout)
    frames = sum(end <= cut for end in ends[3:])
    assert report["capture"]["frames"] == frames, (cut, report["capture"])
    assert got.returncode == (0 if cut in ends else 2), (cut, got)
    if cut not in ends:
        start = max(end for end in ends if end <= cut)
        wanted = f"stopped after frame {frames}, at byte {start}: the file is cut off in a block"
        assert report["inputs"][0]["problem"] == wanted, report["inputs"]
'
}

@test "F5 a section of another version is not guessed at" {
    damaged "section(major=2)" "a section of version 2, which is not known"
    damaged "section(magic=0x1a2b3c4e)" "a section whose byte order cannot be told"
    py 'put("a.pcapng", section(major=2), interface(), both())'
    expect 1 "$dnsgap" read a.pcapng
    says "a.pcapng: is pcapng of a version that is not known"
    py 'put("a.pcapng", section(magic=1), interface(), both())'
    expect 1 "$dnsgap" read a.pcapng
    says "a.pcapng: is no pcapng: its byte order cannot be told"
}

# --- F6: more than one of everything ---------------------------------------------------

@test "F6 interfaces of several link types are all read" {
    py 'put("a.pcapng", section(), interface(RAW), interface(1), interface(113), interface(108),
    both(20001, number=0), both(20002, number=1, link=bytes(12) + b"\x08\0"),
    both(20003, number=2, link=bytes(14) + b"\x08\0"), both(20004, number=3, link=b"\0\0\0\2"))'
    expect 0 "$dnsgap" read a.pcapng
    is .totals.outcomes.answered 4
    is .capture.verdicts.dns 8
    is '[.inputs[0].interfaces[].frames] | join(" ")' "2 2 2 2"
    is '.inputs[0].link_types | length' 4
}

@test "F6 interfaces of several snap lengths are all read, each cut to its own" {
    py 'put("a.pcapng", section(), interface(snap=262144), interface(snap=30), interface(snap=0),
    both(20001, number=0), both(20002, number=1), both(20003, number=2))'
    expect 0 "$dnsgap" read a.pcapng
    is .totals.outcomes.answered 2
    is .capture.cut_frames 2
    is '[.inputs[0].interfaces[].snap_length] | join(" ")' "262144 30 0"
}

@test "F6 sections of both byte orders are all read" {
    py 'put("a.pcapng", *(section(order) + interface(order=order, snap=snap)
    + both(20000 + i, START + i, order=order)
    for i, (order, snap) in enumerate([("<", 65535), (">", 65535), (">", 96), ("<", 0)])))'
    expect 0 "$dnsgap" read a.pcapng
    is .totals.outcomes.answered 4
    is '.inputs[0].first' 2023-11-14T22:13:20.000000000Z
    is '.inputs[0].last' 2023-11-14T22:13:23.001000000Z
    is '.inputs[0].interfaces | length' 4
}

@test "F6 interfaces of several clocks are all read" {
    py 'put("a.pcapng", section(), interface(), interface(more=option(9, b"\x09")),
    packet(query(), START), packet(reply(), START + 0.5, 1, unit=2**0 * 10**9))'
    expect 0 "$dnsgap" read a.pcapng
    is .totals.latency_ns.max 500000000
}

@test "F6 old packet blocks are read like new ones" {
    py 'put("a.pcapng", section(), interface(), interface(snap=9), packet(query(), kind=PB),
    packet(reply(), START + 0.001, kind=PB))'
    expect 0 "$dnsgap" read a.pcapng
    is .totals.latency_ns.max 1000000
}

@test "F8 simple packets take the time of the frame before, and are counted" {
    py 'put("a.pcapng", section(), interface(), packet(query(1, 1)), simple(reply(1, 1)),
    packet(query(2, 2), START + 1), simple(query(3, 3), wire=9999))'
    expect 0 "$dnsgap" read a.pcapng
    is .capture.bad_times 2
    is .capture.frames 4
    is .totals.outcomes.answered 1
    is .totals.latency_ns.max 0
    is .capture.cut_frames 1
}

@test "F8 simple packets before all others take the time of the next one" {
    py 'put("a.pcapng", section(), interface(), simple(query(1, 1)), simple(reply(1, 1)),
    packet(query(2, 2), START + 1), simple(reply(2, 2)))'
    expect 0 "$dnsgap" read a.pcapng
    is .capture.bad_times 3
    is .capture.clock_steps 0
    is '.inputs[0].first' 2023-11-14T22:13:21.000000000Z
    is .totals.outcomes.answered 2
    py 'put("b.pcapng", section(), interface(), simple(query()), simple(reply()))'
    expect 0 "$dnsgap" read b.pcapng
    is '.inputs[0].first' 1970-01-01T00:00:00.000000000Z
}

@test "F4 a packet with more bytes than were on the wire: the smaller number, counted" {
    py 'put("a.pcapng", section(), interface(), packet(query() + b"x" * 9, wire=len(query())),
    packet(reply(), START + 0.001))'
    expect 0 "$dnsgap" read a.pcapng
    is .capture.inconsistent_lengths 1
    is .totals.outcomes.answered 1
}

# --- F7: an interface of a link type that is not known -----------------------------------

@test "F7 an interface of an unknown link type is refused by name, the others go on" {
    py 'put("a.pcapng", section(), interface(RAW), interface(195), interface(999),
    both(20001), both(20002, number=1), both(20003), packet(query(), number=2))'
    expect 2 "$dnsgap" read a.pcapng
    says "a.pcapng: interface 1: link type 195 (IEEE802_15_4) is not supported; its 2 frames"
    says "nor were those of 1 other interface"
    is .totals.outcomes.answered 2
    is .capture.verdicts.link_unsupported 3
    is '[.inputs[0].interfaces[] | .problem != null] | join(" ")' "false true true"
    is '.inputs[0].interfaces[2].link_type' LINKTYPE_999
}

@test "F7 damage and an unknown link type are both told" {
    py 'put("a.pcapng", section(), interface(195), both(), block(EPB, b"", size=4))'
    expect 2 "$dnsgap" read a.pcapng
    says "a block of 4 bytes, which cannot be; link type 195"
}

@test "an unknown link type without packets is of no matter" {
    py 'put("a.pcapng", section(), interface(), interface(195), both())'
    expect 0 "$dnsgap" read a.pcapng
}

# --- what was dropped --------------------------------------------------------------------

@test "the last statistics of each interface say what was dropped, and a warning says it" {
    py 'put("a.pcapng", section(), interface(), interface(), interface(), both(), statistics(0, 5, 1),
    both(30000), statistics(0, 7, 2), statistics(1, by_system=1), statistics(2),
    section(">"), interface(order=">"), statistics(0, 30, order=">"))'
    expect 0 "$dnsgap" read a.pcapng
    is '[.inputs[0].interfaces[].dropped | tostring] | join(" ")' "9 1 null 30"
    is .capture.kernel_dropped 40
    number '.capture.warnings[]' | grep -q "counters say that 40 packets were dropped"
    py 'put("b.pcapng", section(), interface(), both(), statistics(0, 0))'
    expect 0 "$dnsgap" read b.pcapng
    is .capture.kernel_dropped 0
    ! number '.capture.warnings[]' | grep -q dropped
}

@test "without statistics it is not known what was dropped" {
    py 'put("a.pcapng", section(), interface(), both(), statistics(0))'
    expect 0 "$dnsgap" read a.pcapng
    is .capture.kernel_dropped null
    py 'save("a.pcap", *pairs(1))'
    expect 0 "$dnsgap" read a.pcap
    is .capture.kernel_dropped null
    is '.inputs[0] | has("interfaces")' false
}

@test "statistics beyond 64 bits stay numbers" {
    py 'put("a.pcapng", section(), interface(), both(), statistics(0, 2**64 - 1, 2**64 - 1))'
    expect 0 "$dnsgap" read a.pcapng
    is '.capture.kernel_dropped > 9000000000000000000' true
}

# --- F9: packed files that are meant to harm ----------------------------------------------

# within KIB COMMAND...: as expect, and it must not have taken more memory.
within() {
    local kib=$1
    shift
    is_sanitized && kib=$((kib * 40))
    expect "$1" python3 -c '
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
if peak > int(sys.argv[1]):
    sys.exit(f"took {peak} KiB")
sys.exit(status)' "$kib" "${@:2}"
}

@test "F9 a bomb is stopped at the limit, with the reason, in bounded memory" {
    for packer in "zstd -q -19" "xz -q -8" "xz -q -1"; do
        command -v "${packer%% *}" >/dev/null || skip "${packer%% *} is missing"
        { py 'import sys; sys.stdout.buffer.write(header())'; head -c 150000000 /dev/zero; } |
            $packer -c >bomb
        within 65536 2 timeout 60 "$dnsgap" read bomb
        says "it unpacks to more than 1100 times its size"
        is .complete false
        [ "$(number .capture.frames)" -gt 4000000 ]
    done
}

@test "F9 a gzip bomb costs time by its size only, in bounded memory" {
    { py 'import sys; sys.stdout.buffer.write(header())'; head -c 160000000 /dev/zero; } | gzip >bomb
    within 65536 0 timeout 60 "$dnsgap" read bomb
    is .capture.frames 10000000
}

@test "F9 a large capture that packs well is no bomb" {
    "$mkpcap" --queries 300000 a.pcap
    for packer in gzip zstd; do
        command -v "$packer" >/dev/null || skip "$packer is missing"
        "$packer" -q -1 -c a.pcap >a.packed
        expect 0 "$dnsgap" read a.packed
    done
}

@test "F9 a window of more than 32 MiB is refused, with the reason" {
    "$mkpcap" --queries 3000 a.pcap
    command -v zstd >/dev/null || skip "zstd is missing"
    zstd -q --long=27 -c <a.pcap >a.zst
    within 65536 1 "$dnsgap" read a.zst
    says "unpacking takes a window of 128 MiB, and 32 are allowed; unpack it first"
    command -v xz >/dev/null || skip "xz is missing"
    xz -q --lzma2=dict=1GiB -c <a.pcap >a.xz
    within 65536 1 "$dnsgap" read a.xz
    says "unpacking takes a window of 1024 MiB, and 32 are allowed; unpack it first"
}

@test "F9 a huge window hidden behind small ones is found, what comes before it is kept" {
    command -v zstd >/dev/null && command -v xz >/dev/null || skip "zstd or xz is missing"
    "$mkpcap" --queries 12000 a.pcap
    head -c 1000000 a.pcap >head
    tail -c +1000001 a.pcap >tail
    { zstd -q -c head; zstd -q --long=27 -c <tail; } >a.zst
    { xz -q -1 -c head; head -c 900000 tail | xz -q -T2 --block-size=300000 -1 -c
        tail -c +900001 tail | xz -q -9 -c; } >a.xz
    for file in a.zst a.xz; do
        within 65536 2 "$dnsgap" read $file
        says "and 32 are allowed"
        [ "$(number .capture.frames)" -gt 5000 ]
    done
}

@test "F9 frames, streams and blocks in a row are one file, however they are packed" {
    command -v zstd >/dev/null && command -v xz >/dev/null || skip "zstd or xz is missing"
    "$mkpcap" --queries 6000 a.pcap
    expect 0 "$dnsgap" read a.pcap
    wanted=$(number '.capture')
    head -c 700000 a.pcap >head
    tail -c +700001 a.pcap >tail
    { zstd -q -c head; printf '\120\052\115\030\003\0\0\0abc'; zstd -q --no-check -c tail; } >a.zst
    { xz -q -0 -C none -c head; printf '\0\0\0\0'; xz -q -T2 --block-size=99999 -C sha256 -c tail; } >a.xz
    { xz -q -c --x86 --lzma2=preset=1 head; xz -q -c --delta=dist=4 --lzma2 tail; } >b.xz
    { gzip -c head; gzip -c tail; } >a.gz
    for file in a.zst a.xz b.xz a.gz; do
        expect 0 "$dnsgap" read $file
        [ "$(number '.capture')" = "$wanted" ]
    done
}

@test "F9 garbage behind packed data is told, the frames are kept" {
    "$mkpcap" --queries 8000 a.pcap
    for packer in gzip zstd xz; do
        command -v "$packer" >/dev/null || skip "$packer is missing"
        "$packer" -q -c a.pcap >a.packed
        echo "some garbage that is no frame" >>a.packed
        expect 2 "$dnsgap" read a.packed
        is .complete false
        [ "$(number .capture.frames)" -gt 10000 ]
    done
}

@test "F9 a bad checksum is told" {
    "$mkpcap" --queries 8000 a.pcap
    for packer in gzip zstd xz; do
        command -v "$packer" >/dev/null || skip "$packer is missing"
        "$packer" -q -c a.pcap >good
        PACKER=$packer py '
import os
data = bytearray(open("good", "rb").read())
# The last octet of the checksum: before the size, at the end, before index and footer.
at = {"gzip": -5, "zstd": -1, "xz": -12 - 4 * (1 + int.from_bytes(data[-8:-4], "little")) - 1}
data[at[os.environ["PACKER"]]] ^= 1
open("bad", "wb").write(data)'
        expect 2 "$dnsgap" read bad
        is .complete false
        says "damaged"
        [ "$(number .capture.frames)" -gt 10000 ]
    done
}

@test "F9 packed pcapng is read, cut and damaged too" {
    py 'put("a.pcapng", section(), interface(), *(both(20000 + i, START + i) for i in range(500)))'
    expect 0 "$dnsgap" read a.pcapng
    wanted=$(number .capture)
    gzip -k a.pcapng
    expect 0 "$dnsgap" read a.pcapng.gz
    [ "$(number .capture)" = "$wanted" ]
    is '.inputs[0].format + .inputs[0].compression' pcapnggzip
    head -c 5000 a.pcapng.gz >cut.gz
    expect 2 "$dnsgap" read cut.gz
    says "of the unpacked data: the gzip data are cut off"
    [ "$(number .capture.frames)" -gt 100 ]
}

@test "F9 pcapng packed in pcapng's own way twice is refused" {
    py 'put("a.pcapng", section(), interface(), both())'
    gzip -c a.pcapng | gzip >twice
    expect 1 "$dnsgap" read twice
    says "is compressed twice (gzip in gzip)"
}

# --- F11: what is no plain file ------------------------------------------------------------

@test "F11 pcapng comes through a FIFO and standard input as from a file" {
    py 'put("a.pcapng", section(), interface(), *(both(20000 + i, START + i) for i in range(300)))'
    expect 0 "$dnsgap" read a.pcapng
    wanted=$(number .capture)
    mkfifo fifo
    cat a.pcapng >fifo &
    expect 0 "$dnsgap" read fifo
    [ "$(number .capture)" = "$wanted" ]
    cat a.pcapng | expect 0 "$dnsgap" read -
    [ "$(number .capture)" = "$wanted" ]
    python3 - <<'PY' | expect 0 "$dnsgap" read -
import os
for byte in open("a.pcapng", "rb").read():
    os.write(1, bytes([byte]))
PY
    [ "$(number .capture)" = "$wanted" ]
}

@test "F11 a FIFO that is silent costs no time" {
    is_sanitized && skip "a sanitizer's start costs more than what is measured"
    mkfifo fifo
    { py 'import sys; sys.stdout.buffer.write(header() + b"".join(pairs(2)))'; sleep 2; } >fifo &
    python3 - <<'PY'
import os, resource, subprocess
subprocess.run([os.environ["PROGRAM"], "read", "fifo"], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
assert used.ru_utime + used.ru_stime < 0.5, used
PY
}

@test "F11 a file that grows is read as far as it goes, and ends" {
    py 'save("a.pcap", *pairs(50))'
    cp a.pcap growing.pcap
    { for _ in 1 2 3 4 5 6 7 8 9 10; do tail -c +25 a.pcap; sleep 0.05; done >>growing.pcap; } &
    expect 0 timeout 10 "$dnsgap" read growing.pcap || expect 2 timeout 10 "$dnsgap" read growing.pcap
    [ "$(number .capture.frames)" -ge 100 ]
    wait
    expect 0 timeout 10 "$dnsgap" read growing.pcap
    is .capture.frames 1100
}

@test "F11 a file that is replaced by a folder or gone is named, the others are read" {
    py 'save("a.pcap", *pairs(2))'
    mkdir folder
    expect 2 "$dnsgap" read folder a.pcap missing.pcap /dev/null
    says "folder: is a folder"
    says "missing.pcap: No such file"
    says "/dev/null: is empty"
    is .totals.outcomes.answered 2
}

@test "F11 a device without end that begins like a capture ends" {
    py 'import sys; sys.stdout.buffer.write(section() + interface() + both())' >start
    { cat start; cat /dev/zero; } 2>/dev/null | expect 2 timeout 10 "$dnsgap" read -
    is .capture.frames 2
    says "at byte 232: a block of 0 bytes, which cannot be"
}

@test "F11 a socket is refused by name" {
    python3 - <<'PY'
import socket
socket.socket(socket.AF_UNIX).bind("sock")
PY
    expect 1 "$dnsgap" read sock
    says "sock: "
}

# --- rotated files ---------------------------------------------------------------------------

@test "rotated files join exactly, in whatever order they are named" {
    py '
records = pairs(60, step=0)
save("whole.pcap", *records)
for i in range(12):
    save(f"x.pcap{i or str()}", *records[10 * i:10 * i + 10])'
    expect 0 "$dnsgap" read whole.pcap
    wanted=$(number 'del(.inputs)')
    expect 0 "$dnsgap" read x.pcap x.pcap?*
    [ "$(number 'del(.inputs)')" = "$wanted" ]
    # All of them begin in the same nanosecond: their numbers say how they follow.
    is '[.inputs[].file] | join(" ")' "$(echo x.pcap x.pcap{1..11})"
    expect 0 "$dnsgap" read $(ls -r x.pcap*)
    [ "$(number 'del(.inputs)')" = "$wanted" ]
    is '[.inputs[].file] | join(" ")' "$(echo x.pcap x.pcap{1..11})"
}

@test "a reply in the file after its query's is a reply" {
    py 'save("b.pcap", record(query())); save("a.pcap", record(reply(), fraction=5000))'
    expect 0 "$dnsgap" read a.pcap b.pcap
    is .totals.outcomes.answered 1
    is '[.inputs[].file] | join(" ")' "b.pcap a.pcap"
}

#!/usr/bin/env bats
# The first INT or TERM ends reading and the report says what there was; the
# second ends everything.

load common

setup() {
    common_setup
    mkfifo fifo
    python3 -c 'from wire import *; save("a.pcap", *pairs(5))'
}

teardown() {
    exec 9>&- || true
    if [ -n "${pid:-}" ]; then
        kill -KILL "$pid" 2>/dev/null || true
    fi
}

# Starts dnsgap on the FIFO, which stays open as descriptor 9.  bash lets what
# it starts in the background ignore INT; env takes that back.
start() {
    env --default-signal=INT "$dnsgap" read "$@" fifo >out 2>err 9>&- &
    pid=$!
    exec 9>fifo
}

# It has taken all bytes out of the FIFO and waits for more.
is_waiting() {
    [ "$(cut -d' ' -f1 "/proc/$pid/syscall")" != running ] &&
        python3 -c '
import array, fcntl, os, termios
n = array.array("i", [0])
fcntl.ioctl(os.open("fifo", os.O_RDONLY | os.O_NONBLOCK), termios.FIONREAD, n)
raise SystemExit(n[0] != 0)'
}

ended() {
    status=0
    wait "$pid" || status=$?
}

report_after() {
    start
    cat a.pcap >&9
    await 10 is_waiting
    kill "-$1" "$pid"
    await 5 is_gone "$pid"
    ended
    [ "$status" -eq 2 ]
    is .complete false
    is .capture.frames 10
    is '.inputs[0].sha256' null
    says "interrupted"
}

@test "INT while a FIFO is silent: the report is written, incomplete" {
    report_after INT
}

@test "TERM while a FIFO is silent: the report is written, incomplete" {
    report_after TERM
}

@test "INT in the middle of a record: the frames before it are reported" {
    start
    head -c 200 a.pcap >&9
    await 10 is_waiting
    kill -INT "$pid"
    await 5 is_gone "$pid"
    ended
    [ "$status" -eq 2 ]
    is .capture.frames 2
    is .complete false
    number '.inputs[0].problem' | grep -q 'after frame 2, at byte 170: interrupted'
}

@test "INT before a FIFO has a writer ends it" {
    env --default-signal=INT "$dnsgap" read fifo >out 2>err &
    pid=$!
    opens_fifo() { grep -q '^257 ' "/proc/$pid/syscall"; }
    await 10 opens_fifo || skip "/proc/PID/syscall is not readable here"
    kill -INT "$pid"
    await 5 is_gone "$pid"
    ended
    [ "$status" -eq 1 ]
    says "fifo: interrupted"
}

@test "INT before the first byte ends it" {
    start
    await 10 is_waiting
    kill -INT "$pid"
    await 5 is_gone "$pid"
    ended
    [ "$status" -eq 1 ]
    says "fifo: interrupted"
}

@test "INT in an endless stream of frames: the report is written" {
    python3 - >fifo 2>/dev/null <<'PY' &
from wire import *
import sys
try:
    sys.stdout.buffer.write(header())
    while True:
        sys.stdout.buffer.write(b"".join(pairs(50)))
except BrokenPipeError:
    pass
PY
    env --default-signal=INT "$dnsgap" read fifo >out 2>err &
    pid=$!
    has_read() { [ "$(sed -n 's/rchar: //p' "/proc/$pid/io")" -gt 2000000 ]; }
    await 10 has_read
    kill -INT "$pid"
    await 5 is_gone "$pid"
    ended
    [ "$status" -eq 2 ]
    is .complete false
    [ "$(number .capture.frames)" -gt 1000 ]
}

@test "the second INT ends it at once, without a report" {
    start --json late.json
    cat a.pcap >&9
    await 10 is_waiting
    # Stopped, it gets both when it goes on.
    kill -STOP "$pid"
    kill -INT "$pid"
    kill -TERM "$pid"
    kill -CONT "$pid"
    await 5 is_gone "$pid"
    ended
    [ "$status" -eq $((128 + 2)) ] || [ "$status" -eq $((128 + 15)) ]
    [ ! -e late.json ]
}

@test "stopping and going on loses nothing" {
    start
    head -c 150 a.pcap >&9
    await 10 is_waiting
    kill -STOP "$pid"
    kill -CONT "$pid"
    tail -c +151 a.pcap >&9
    exec 9>&-
    await 5 is_gone "$pid"
    ended
    [ "$status" -eq 0 ]
    is .totals.outcomes.answered 5
}

@test "the second INT while reports are written: whole or absent, nothing half is left" {
    "$mkpcap" --queries 20k --loss 0.3 big.pcap
    "$dnsgap" read --report wanted big.pcap >/dev/null 2>&1
    seen=0
    for try in 1 2 3; do
        rm -rf folder
        mkdir folder
        env --default-signal=INT "$dnsgap" read --report folder big.pcap >/dev/null 2>&1 9>&- &
        pid=$!
        while [ -z "$(ls -A folder)" ] && kill -0 "$pid" 2>/dev/null; do :; done
        kill -STOP "$pid" 2>/dev/null || true
        kill -INT "$pid" 2>/dev/null || true
        kill -TERM "$pid" 2>/dev/null || true
        kill -CONT "$pid" 2>/dev/null || true
        ended
        [ "$status" -eq 0 ] || seen=$((seen + 1))
        [ -z "$(find folder -name '.dnsgap-*')" ]
        for file in folder/*; do
            [ ! -e "$file" ] || cmp "$file" "wanted/${file#folder/}"
        done
    done
    echo "ended in the middle $seen times"
}

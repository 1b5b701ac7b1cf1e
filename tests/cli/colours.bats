#!/usr/bin/env bats
# Colours and block characters: on a terminal that has them, and when they are asked for.

load common

setup() {
    common_setup
    command -v script >/dev/null || skip "script is missing"
    pcap="$samples/low-ports.pcap"
    unset NO_COLOR
    export TERM=xterm LC_ALL=C.UTF-8
}

# Runs the program with its standard output on a terminal.
on_terminal() {
    script -qec "'$dnsgap' read $* '$pcap'" /dev/null >out
}

coloured() {
    LC_ALL=C grep -q $'\e\[' out
}

has_blocks() {
    LC_ALL=C grep -qaP '\xe2\x96' out
}

plain() {
    ! coloured && ! tr -d '\r' <out | LC_ALL=C grep -q '[^ -~]'
}

@test "a terminal gets colours and block characters" {
    on_terminal --text
    coloured
    has_blocks
    on_terminal --text=/dev/tty
    coloured
    has_blocks
}

@test "a file and a pipe get neither" {
    expect 0 "$dnsgap" read --text "$pcap"
    plain
    expect 0 "$dnsgap" read --text=file "$pcap"
    cp file out
    plain
    expect 0 "$dnsgap" read --text --color=auto "$pcap"
    plain
}

@test "NO_COLOR and dumb terminals are honoured; --color asks for more" {
    NO_COLOR=1 on_terminal --text
    ! coloured
    has_blocks
    NO_COLOR='' on_terminal --text
    coloured
    TERM=dumb on_terminal --text
    ! coloured
    TERM='' on_terminal --text
    ! coloured
    NO_COLOR=1 TERM=dumb on_terminal --text --color=always
    coloured
    on_terminal --text --color=never
    ! coloured
    on_terminal --text --color=always --colour=never
    ! coloured
}

@test "--color=always colours files and pipes, in plain characters" {
    for option in --color=always --color --colour --colour=always; do
        expect 0 "$dnsgap" read --text $option "$pcap"
        coloured
        ! has_blocks
    done
    mv out wanted
    expect 0 "$dnsgap" read --text=file --color "$pcap"
    cmp file wanted
}

@test "other forms, and the files of --report, never have colours" {
    expect 0 "$dnsgap" read --color --report new --markdown=new.md --json new.json \
        --html new.html "$pcap"
    ! grep -rl --exclude='*.pcapng' $'\e' new new.md new.json new.html || return 1
    on_terminal --markdown
    ! coloured
}

@test "block characters only where the locale has them" {
    LC_ALL=C on_terminal --text
    coloured
    ! has_blocks
    LC_ALL='' LC_CTYPE='' LANG='' on_terminal --text
    ! has_blocks
    LC_ALL='' LC_CTYPE=C.UTF-8 on_terminal --text
    has_blocks
    LC_ALL=no_SUCH.UTF-8 on_terminal --text
    ! has_blocks
}

@test "sentences are as wide as their terminal, up to 80 columns" {
    cp "$pcap" a.pcap
    for columns in 40 60 80 120; do
        script -qec "stty cols $columns; '$dnsgap' read --text --color=never a.pcap" /dev/null |
            tr -d '\r' | sed "/^By the client's/,\$d" >out
        [ "$(wc -L <out)" -le $((columns < 80 ? columns : 80)) ] || {
            awk -v n=$columns 'length > n' out
            return 1
        }
    done
}

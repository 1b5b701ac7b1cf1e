#!/usr/bin/env bats
# Names from packets and of files reach no terminal and no JSON as they are
# (docs/faults.md, A3).

load common

setup() {
    common_setup
}

# Only printable ASCII and newlines.
is_harmless() {
    if LC_ALL=C grep -qP '[^\x20-\x7e]' "$1"; then
        LC_ALL=C grep -P '[^\x20-\x7e]' "$1" | head -3 | cat -v
        return 1
    fi
    # grep works on lines: what splits lines elsewhere must be looked for by bytes.
    [ "$(tr -d '\n -~' <"$1" | wc -c)" -eq 0 ]
}

# The names that somebody may put into a packet; each is a list of labels.
NAMES='
NAMES = [
    [b"\x1b[31mred\x1b[0m", b"esc"], [b"\x1b]0;title\x07", b"bel"], [b"a\rb", b"cr"],
    [b"a\nb", b"lf"], [b"a\0b", b"nul"], [bytes(range(0x80, 0xbf)), b"high"],
    [bytes(range(0xc1, 0x100)), b"higher"], ["\u202egnp.exe".encode(), b"rtl"],
    [b"`id`", b"tick"], [b"a|b", b"pipe"], [b"</script><script>alert(1)", b"html"],
    [b"\"},{\"x\":\"", b"json"], [b"=cmd()", b"sheet"], [b"-rf", b"dash"], [b"\\010\\", b"slash"],
    [b"a.b", b"dot"], [b"$(id)", b"shell"], [b"%s%n", b"format"], [b"\x7f\x9b31m", b"c1"],
    [bytes(range(0x20)), b"low"], [b"x" * 63] * 3 + [b"y" * 61],
]'

make_names() {
    python3 -c "from wire import *
$NAMES
records = []
for i, labels in enumerate(NAMES):
    server = f'198.51.100.{i + 1}'
    for reply_too in range(3):
        seconds = 1700000000 + 20 * i + reply_too
        records.append(record(query(2000 + reply_too, i, labels, server), seconds))
        records.append(record(reply(2000 + reply_too, i, labels, server, rcode=i % 16), seconds, 9))
save('a.pcap', *records)"
}

@test "A3 names of all bytes: text output is printable ASCII and newlines" {
    make_names
    expect 0 "$dnsgap" read --text a.pcap
    is_harmless out
    [ ! -s err ]
    ! grep -q '^[=@+]' out || return 1
}

@test "A3 names of all bytes: JSON parses, is ASCII, and has no control characters" {
    make_names
    expect 0 "$dnsgap" read a.pcap
    is_harmless out
    is '.servers | length' 21
    is .totals.outcomes.answered 63
    python3 - <<'PY'
import json
texts = []
def walk(x):
    if isinstance(x, dict):
        for k, v in x.items():
            texts.append(k)
            walk(v)
    elif isinstance(x, list):
        for v in x:
            walk(v)
    elif isinstance(x, str):
        texts.append(x)
walk(json.load(open("out")))
assert len(texts) > 1000
for text in texts:
    assert all(" " <= c <= "~" for c in text), ascii(text)
names = {n for s in json.load(open("out"))["servers"] for n in s["names"]}
assert any("\\027" in n for n in names), names      # ESC as \DDD
assert any("\\000" in n for n in names), names
assert any("\\255" in n for n in names), names
PY
}

@test "A3 an inner dot and a dot between labels are not the same" {
    python3 -c 'from wire import *
save("a.pcap", record(query(labels=[b"a.b", b"example"])), record(reply(labels=[b"a", b"b", b"example"]), fraction=9))'
    expect 0 "$dnsgap" read a.pcap
    is .totals.outcomes.answered 0
    is .capture.orphan_replies 1
}

# Every name of FILES holds the same capture.
make_files() {
    python3 - <<'PY'
from wire import *
names = [b"\x1b[31mred.pcap", b"bell\x07.pcap", b"cr\rX.pcap", b"lf\nX.pcap", b"\x80\xff.pcap",
         "\u202egnp.pcap".encode(), "ü.pcap".encode(), b"`id`.pcap", b"a|b.pcap", b"<script>.pcap",
         b'"},{"x":".pcap', b"=cmd().pcap", b"-n.pcap", b"%s%n%n.pcap", b"\xc2\x9b31m.pcap",
         b"back\\slash.pcap", b"x" * 250 + b".pcap"]
for name in names:
    save(name, *pairs(1))
PY
}

@test "A3 hostile file names: text, JSON and what it says" {
    make_files
    expect 0 "$dnsgap" read --json r.json --text ./*.pcap
    is_harmless out
    is_harmless r.json
    [ ! -s err ]
    is '.inputs | length' 17 r.json
    jq -e '[.inputs[].file] | any(. == "./\"},{\"x\":\".pcap")' r.json
    jq -e '[.inputs[].file] | any(. == "./\\x80\\xff.pcap")' r.json
}

@test "A3 hostile file names in complaints: about captures" {
    make_files
    for file in *.pcap; do
        head -c 30 -- "$file" >cut
        cat cut >"./$file"
        expect 2 "$dnsgap" read "./$file"
        is_harmless out
        is_harmless err
        [ "$(wc -l <err)" -eq 1 ]
        echo xx >"./$file"
        expect 1 "$dnsgap" read "./$file"
        is_harmless err
        [ "$(wc -l <err)" -eq 1 ]
        rm "./$file"
        expect 1 "$dnsgap" read "./$file"
        is_harmless err
        [ "$(wc -l <err)" -eq 1 ]
    done
}

@test "A3 hostile file names in complaints: about outputs" {
    make_files
    for file in *.pcap; do
        expect 3 "$dnsgap" read --json "$file" - <"$samples/healthy.pcap"
        is_harmless err
        [ "$(wc -l <err)" -eq 1 ]
        expect 3 "$dnsgap" read --json "missing/$file" "./$file"
        is_harmless err
    done
}

@test "A3 hostile commands, options and values in complaints" {
    for text in $'\e[31m' $'a\nb' $'a\rb' $'\a' $'\x80\xff' $'\u202e' '%s%n' $'\xc2\x9b'; do
        for words in "$text" "--$text" "read --$text" "read -$text" "read --timeout=$text" \
            "read --server-port=$text" "read --force=$text" "read --json"; do
            case "$words" in
                read\ *) set -- read "${words#read }" ;;
                *) set -- "$words" ;;
            esac
            expect 1 "$dnsgap" "$@"
            is_harmless err
            [ "$(wc -l <err)" -eq 1 ]
        done
    done
}

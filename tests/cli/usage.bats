#!/usr/bin/env bats
# Options and their values; what is said when they make no sense.

load common

setup() {
    common_setup
    pcap="$samples/healthy.pcap"
}

refused() {
    expect 1 "$dnsgap" "$@"
    no_report
}

fits() {
    [ "$(wc -l <out)" -le 24 ]
    [ "$(wc -L <out)" -le 80 ]
    ! LC_ALL=C grep -q '[^ -~]' out || return 1
}

@test "help fits a terminal of 24 lines and 80 columns" {
    for words in "--help" "-h" "help" "read --help" "read -h" "help read"; do
        # shellcheck disable=SC2086
        expect 0 "$dnsgap" $words
        grep -q '^Usage: dnsgap' out
        fits
        [ ! -s err ]
    done
}

@test "without a command the help goes to standard error" {
    refused
    grep -q '^Usage: dnsgap' err
}

@test "the version names each library once" {
    for words in --version -V version; do
        expect 0 "$dnsgap" "$words"
        [ "$(head -1 out)" = "dnsgap $(sed -n 's/.*DNSGAP_VERSION "\(.*\)".*/\1/p' \
            "$root/include/dnsgap/version.h")" ]
        grep -qxE '  libpcap [0-9]+\.[0-9.]+' out
        grep -qxE '  ldns [0-9]+\.[0-9.]+' out
        for library in jansson openssl libarchive zlib libpsl; do
            grep -qxE "  $library [0-9]+\.[0-9.]+[a-z]?" out
        done
        [ -z "$(cut -d' ' -f3 out | sort | uniq -d)" ]
    done
}

@test "an unknown command is named, with what may be meant" {
    refused frobnicate
    says "unknown command \`frobnicate\`"
    refused capture.pcap
    says "dnsgap read capture.pcap"
    refused --frobnicate
    says "unknown command \`--frobnicate\`"
}

@test "an unknown option is named" {
    refused read --frobnicate "$pcap"
    says "frobnicate"
    refused read -Q "$pcap"
    says "Q"
}

@test "no file is an error that says how" {
    refused read
    says "dnsgap read FILE"
    refused read --text
    says "no capture was named"
}

@test "a file behind --text that is not there may have been meant for the report" {
    expect 2 "$dnsgap" read --text out.txt "$pcap"
    says "to write the report there: --text=out.txt"
    says "out.txt: No such file"
    for words in "--text $pcap" "--text=a.txt $pcap" "$pcap --text" "--text --force $pcap"; do
        # shellcheck disable=SC2086
        expect 0 "$dnsgap" read $words
        [ ! -s err ]
    done
}

@test "an option without its value is named" {
    for option in --json --html --evidence --evidence-frames --report --transactions --keep \
        --keep-name --fail-on --timeout --hold --skew --server-port --max-transactions --count --read; do
        refused read "$pcap" "$option"
        says "${option#--}"
    done
}

@test "bad values are refused with the option, the value, and what is wanted" {
    while read -r option values; do
        for value in $values; do
            refused read "--$option=$value" "$pcap"
            says "--$option $value: wanted:"
        done
    done <<'EOT'
timeout 0 -1 x 1x nan inf -inf 1e10 3601 0.0000001 1,5 5s
hold 0 4.999 -1 x nan inf 86401 1e400
skew -0.1 1.1 x nan inf
server-port x 0x35 65536 99999999999999999999 53, ,53 53-52 53- -53 53,,54 53;54 53-54-55
max-transactions 0 -1 +1 x 1.5 16777217 4294967297 18446744073709551617
count 0 -1 +1 x 1.5 18446744073709551616
evidence-frames 0 -1 +1 x 1.5 18446744073709551616
color x Always yes
schema x
fail-on note x
report -
EOT
    refused read --timeout= "$pcap"
    refused read --server-port= "$pcap"
    refused read "--timeout= " "$pcap"
    refused read -c x "$pcap"
    says "wanted: a number of frames"
}

@test "good values are taken and told in the report's settings" {
    while read -r option value expression wanted; do
        expect 0 "$dnsgap" read "--$option" "$value" "$pcap"
        is "$expression" "$wanted"
    done <<'EOT'
timeout 0.000001 .settings.timeout_ns 1000
timeout 2.5 .settings.timeout_ns 2500000000
timeout 3600 .settings.timeout_ns 3600000000000
hold 5 .settings.hold_ns 5000000000
hold 86400 .settings.hold_ns 86400000000000
skew 0 .settings.skew_ns 0
skew 1 .settings.skew_ns 1000000000
server-port 53 .settings.server_ports 53
server-port 53,5353,8053-8060 .settings.server_ports 53,5353,8053-8060
server-port 0-65535 .settings.server_ports 0-65535
max-transactions 16777216 .limits.max_transactions 16777216
EOT
    expect 0 "$dnsgap" read "$pcap"
    is .settings.timeout_ns 5000000000
    is .settings.hold_ns 30000000000
}

@test "hold may be named before the timeout that it depends on" {
    expect 0 "$dnsgap" read --hold 10 --timeout 8 "$pcap"
    is .settings.hold_ns 10000000000
    refused read --hold 10 --timeout 11 "$pcap"
    says "--hold 10: wanted"
}

@test "-c stops after so many frames" {
    for count in 1 255 256 257 1000; do
        expect 0 "$dnsgap" read -c "$count" "$pcap"
        is .capture.frames "$count"
    done
    expect 0 "$dnsgap" read --count 18446744073709551615 "$pcap"
    is .capture.frames 1784
}

@test "-r names a file like tcpdump's, and several" {
    expect 0 "$dnsgap" read -n -r "$pcap"
    expect 0 "$dnsgap" read -r "$pcap" --read "$samples/low-ports.pcap" "$samples/random-loss.pcap"
    is '.inputs | length' 3
}

@test "options may follow files; behind -- stands a filter, and no file" {
    expect 0 "$dnsgap" read "$pcap" --text
    grep -q '^dnsgap' out
    cp "$pcap" ./--text
    refused read -- --text
    says "what stands behind \`--\` is a filter"
    expect 0 "$dnsgap" read ./--text
    is '.inputs[0].file' ./--text
    expect 0 "$dnsgap" read -r --text
    is '.inputs[0].file' --text
}

@test "the schema is JSON and needs no capture" {
    expect 0 "$dnsgap" read --schema
    jq -e 'type == "object"' out >/dev/null
}

@test "progress goes to standard error, and only when asked or on a terminal" {
    "$mkpcap" --queries 20k big.pcap
    expect 0 "$dnsgap" read big.pcap
    [ ! -s err ]
    expect 0 "$dnsgap" read --progress big.pcap
    jq -e . out >/dev/null
    expect 0 "$dnsgap" read --no-progress big.pcap
    [ ! -s err ]
}

@test "standard input that is a terminal is refused" {
    command -v script >/dev/null || skip "script is missing"
    expect 1 script -qec "'$dnsgap' read - 2>&1" /dev/null
    grep -q "standard input is a terminal" out
}

@test "no other address family, no name, no packet: no socket is made" {
    ! is_sanitized || skip "strace and the leak checker exclude each other"
    command -v strace >/dev/null || skip "strace is missing"
    strace -o t -e trace=network true 2>/dev/null || skip "strace is not permitted here"
    strace -f -o t -e trace=network "$dnsgap" read --text "$pcap" >/dev/null
    ! grep -q 'socket(\|connect(\|send' t || return 1
}

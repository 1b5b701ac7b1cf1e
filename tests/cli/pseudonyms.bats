#!/usr/bin/env bats
# --anonymize: where the key may come from, and what stays.  That nothing else stays is
# proved elsewhere (tests/property).

load common

setup() {
    common_setup
    pcap="$samples/low-ports.pcap"
    (umask 077; head -c 32 /dev/urandom >key)
}

refused() {
    expect 1 "$dnsgap" read "$@"
    no_report
    [ "$(wc -l <err)" -eq 1 ]
}

servers() {
    jq -r '.servers[].address' "$1" | sort
}

@test "without a key: other pseudonyms in each run, and none is the address" {
    expect 0 "$dnsgap" read --json plain.json "$pcap"
    expect 0 "$dnsgap" read --anonymize --json one.json "$pcap"
    expect 0 "$dnsgap" read --anonymise --json two.json "$pcap"
    servers plain.json >plain
    servers one.json >one
    servers two.json >two
    [ "$(wc -l <plain)" -gt 3 ]
    [ "$(wc -l <plain)" -eq "$(wc -l <one)" ]
    [ -z "$(comm -12 plain one)" ]
    [ -z "$(comm -12 one two)" ]
}

@test "the same key: the same pseudonyms, as bytes or as digits, over two runs" {
    od -An -v -tx1 key | tr -d ' \n' >hex
    tr a-f A-F <hex >HEX
    (cat hex; printf '\r\n') >line
    chmod 400 hex HEX line
    expect 0 "$dnsgap" read --anonymize=key --json key.json "$pcap"
    for file in key hex HEX line; do
        expect 0 "$dnsgap" read "--anonymise=$file" "$pcap"
        cmp out key.json
    done
}

@test "a key that others can read, or nobody's own, is refused with what to do" {
    for mode in 640 604 660 601 610 755 700; do
        chmod $mode key
        refused --anonymize=key "$pcap"
        says "key: a key is for its owner only, and the mode is $mode; chmod 600 it"
    done
    chmod 600 key
    [ "$(id -u)" -eq 0 ] || skip "only root can give a file away"
    chown 65534 key
    refused --anonymize=key "$pcap"
    says "key: belongs to somebody else"
}

@test "root's key, handed to somebody who can read it, is taken" {
    [ "$(id -u)" -eq 0 ] || skip "only root can become somebody else"
    command -v setpriv >/dev/null || skip "setpriv is missing"
    # Nobody with the right to read all files: a backup's user, say.
    expect 0 setpriv --reuid 65534 --clear-groups --inh-caps=+dac_read_search \
        --ambient-caps=+dac_read_search "$dnsgap" read --anonymize=key --json=- "$pcap" ||
        skip "capabilities cannot be handed on here"
    expect 0 "$dnsgap" read --anonymize=key "$pcap"
    chown 65533 key
    expect 1 setpriv --reuid 65534 --clear-groups --inh-caps=+dac_read_search \
        --ambient-caps=+dac_read_search "$dnsgap" read --anonymize=key --json=- "$pcap"
    says "belongs to somebody else"
}

@test "what is no key is refused, and never shown" {
    head -c 31 key >short
    head -c 33 /dev/urandom >long
    printf 'SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECR' >words
    printf '%065d' 0 >digits
    : >empty
    chmod 600 short long words digits empty
    for file in short long words digits empty; do
        refused "--anonymize=$file" "$pcap"
        says "$file: is no key: wanted are 32 bytes or 64 hexadecimal digits"
        says "head -c 32 /dev/urandom"
        ! grep -q SECRET err || return 1
    done
    mkfifo fifo
    mkdir folder
    for file in fifo folder /dev/zero; do
        refused "--anonymize=$file" "$pcap"
        says "$file: a key must be in a regular file"
    done
    refused --anonymize=missing "$pcap"
    says "missing: the key could not be opened: No such file or directory; make one: head"
    refused --anonymize= "$pcap"
}

@test "a key behind --anonymize without a = is not read as a capture" {
    refused --anonymize key "$pcap"
    says "for the key: --anonymize=key"
    expect 0 "$dnsgap" read --anonymize "$pcap"
}

@test "--keep and --keep-name leave what they name, and want --anonymize" {
    expect 0 "$dnsgap" read --anonymize=key --keep 198.51.100.53 --keep 2001:db8:5::/48 \
        --json kept.json "$pcap"
    servers kept.json >kept
    grep -qx 198.51.100.53 kept
    grep -qx 2001:db8:5::53 kept
    [ "$(grep -c '^198\.51\.100\.' kept)" -eq 1 ]
    expect 0 "$dnsgap" read --anonymize=key --keep-name a.example --json names.json "$pcap"
    grep -q 'a\.example' names.json
    refused --keep 198.51.100.53 "$pcap"
    says "--keep names what pseudonyms leave as it is; without --anonymize there are none"
    refused --keep-name example "$pcap"
    says "--keep-name names"
}

@test "what cannot be kept is refused" {
    for value in "" x 1.2.3 1.2.3.4/33 1.2.3.4/ ::/129 10.0.0.1,10.0.0.2; do
        refused --anonymize "--keep=$value" "$pcap"
        says "--keep $value: wanted: an address or a prefix"
    done
    for value in "" a..b .. "$(printf 'a%.0s' $(seq 64)).example"; do
        refused --anonymize "--keep-name=$value" "$pcap"
        says "wanted: a name like example.com"
    done
    many=()
    for i in $(seq 65); do many+=("--keep=10.0.0.$i"); done
    refused --anonymize "${many[@]}" "$pcap"
    says "at most 64 of them"
    expect 0 "$dnsgap" read --anonymize "${many[@]:1}" "$pcap"
}

@test "no key is taken from the command line's words or the environment" {
    refused "--anonymize=$(od -An -v -tx1 key | tr -d ' \n')" "$pcap"
    says "No such file"
}

@test "the files' names do not show in any output" {
    cp "$pcap" secret-place.pcap
    expect 0 "$dnsgap" read --anonymize=key --report new --transactions t.ndjson secret-place.pcap
    [ "$(find new -type f | wc -l)" -ge 4 ]
    ! grep -rl secret-place new t.ndjson || return 1
    ! ls new | grep -F 198.51.100.53 || return 1
}

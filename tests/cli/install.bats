#!/usr/bin/env bats
# What `make install` puts somewhere can be used there.

load common

setup_file() {
    [[ "${BUILD:-}" != *asan* ]] || return 0
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    # Not the test runner's own make: its flags and pipes are not for us.
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$root" VARIANT=release install \
        DESTDIR="$BATS_FILE_TMPDIR/stage" PREFIX=/opt/dnsgap >"$BATS_FILE_TMPDIR/log" 2>&1
}

setup() {
    common_setup
    ! is_sanitized || skip "what is installed is the release build"
    top="$BATS_FILE_TMPDIR/stage/opt/dnsgap"
    export PKG_CONFIG_PATH="$top/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$BATS_FILE_TMPDIR/stage"
}

flags() {
    command -v pkg-config >/dev/null || skip "pkg-config is missing"
    pkg-config "$@" dnsgap
}

warnings="-std=c11 -Wall -Wextra -Wpedantic -Werror"

answers() {
    [ "$(cat out)" = "answered 1
unanswered 1
transactions 2" ]
}

@test "nothing is installed outside the prefix, and everything can be read" {
    [ "$(ls "$BATS_FILE_TMPDIR/stage")" = opt ]
    [ "$(ls "$BATS_FILE_TMPDIR/stage/opt")" = dnsgap ]
    [ -z "$(find "$top" -type f ! -perm -444)" ]
    ! grep -rqI "$BATS_FILE_TMPDIR" "$top/lib/pkgconfig" "$top/include" || return 1
}

@test "the installed program works from where it is" {
    expect 0 "$top/bin/dnsgap" read --text "$samples/healthy.pcap"
    ! readelf -d "$top/bin/dnsgap" | grep -qE 'RPATH|RUNPATH' || return 1
}

@test "each header compiles alone, as C11" {
    for header in "$top"/include/dnsgap/*.h; do
        echo "#include <dnsgap/$(basename "$header")>" >one.c
        # shellcheck disable=SC2046,SC2086
        cc $warnings $(flags --cflags) -fsyntax-only one.c
    done
}

@test "the example, linked with the shared library" {
    # shellcheck disable=SC2046,SC2086
    cc $warnings -o feed "$root/docs/examples/feed.c" $(flags --cflags --libs)
    readelf -d feed | grep -q 'libdnsgap.so.0'
    expect 0 env LD_LIBRARY_PATH="$top/lib" ./feed
    answers
}

@test "the example, linked with the static library" {
    # shellcheck disable=SC2046,SC2086
    cc $warnings -o feed "$root/docs/examples/feed.c" $(flags --cflags) \
        "$top/lib/libdnsgap.a" $(flags --static --libs | sed 's/-ldnsgap//')
    expect 0 ./feed
    answers
}

@test "only names of the API can be seen in both libraries, and they are the same" {
    nm -D --defined-only "$top/lib/libdnsgap.so" | sed 's/.* //' | sort >shared
    nm -g --defined-only "$top/lib/libdnsgap.a" | sed -n 's/.* [A-Z] //p' | sort >static
    [ "$(wc -l <shared)" -gt 20 ]
    ! grep -v '^dnsgap_' shared || return 1
    ! grep -v '^dnsgap_' static || return 1
    cmp shared static
}

@test "every function of the headers is in the library" {
    nm -D --defined-only "$top/lib/libdnsgap.so" | sed 's/.* //' | sort >shared
    cat "$top"/include/dnsgap/*.h | tr '\n\t' '  ' | grep -oE 'DNSGAP_API [^;]*;' |
        grep -oE 'dnsgap_[a-z0-9_]+ ?\(' | tr -d ' (' | sort -u >declared
    [ "$(wc -l <declared)" -gt 20 ]
    diff declared shared
}

@test "the manual is installed and makes no complaint" {
    page="$top/share/man/man1/dnsgap.1"
    [ -s "$page" ]
    command -v man >/dev/null || skip "man is missing"
    expect 0 env MANWIDTH=80 man --warnings -l "$page"
    [ ! -s err ] || { cat err; return 1; }
    grep -q 'max-transactions' out
}

@test "the manual says where things are installed" {
    grep -q '/opt/dnsgap/share/dnsgap/' "$top/share/man/man1/dnsgap.1"
    ! grep -q /usr/local "$top/share/man/man1/dnsgap.1" || return 1
}

@test "the schemas are installed, those that the program prints" {
    "$top/bin/dnsgap" read --schema | cmp - "$top/share/dnsgap/report.schema.json"
    "$top/bin/dnsgap" read --schema=transactions | cmp - "$top/share/dnsgap/line.schema.json"
    jq -e '."$schema" == "https://json-schema.org/draft/2020-12/schema"' \
        "$top/share/dnsgap/report.schema.json" "$top/share/dnsgap/line.schema.json"
}

@test "the completions are installed where bash and zsh look" {
    bash -n "$top/share/bash-completion/completions/dnsgap"
    grep -q '^complete -F _dnsgap dnsgap$' "$top/share/bash-completion/completions/dnsgap"
    [ "$(head -1 "$top/share/zsh/site-functions/_dnsgap")" = "#compdef dnsgap" ]
    [ "$(find "$top/share/zsh" "$top/share/bash-completion" -type f -perm 644 | wc -l)" -eq 2 ]
}

@test "the service is installed where systemd looks, and starts the installed program" {
    unit="$top/lib/systemd/system/dnsgap@.service"
    [ "$(stat -c %a "$unit")" = 644 ]
    grep -q '^ExecStart=/opt/dnsgap/bin/dnsgap live ' "$unit"
    ! grep -q /usr/local "$unit" || return 1
    [ "$(stat -c %a "$top/lib/sysusers.d/dnsgap.conf")" = 644 ]
}

@test "the service's unit is understood by systemd, and opens little" {
    command -v systemd-analyze || skip "systemd-analyze is not installed"
    # It must find the program, and has no manual of it.
    sed "s|/opt/dnsgap/bin/dnsgap|$top/bin/dnsgap|" "$top/lib/systemd/system/dnsgap@.service" \
        >dnsgap@.service
    run systemd-analyze verify --man=no ./dnsgap@.service
    [ "$status" = 0 ]
    [ -z "$output" ]
    # Tenths of "exposure": docs/service.md shows what it consists of.
    systemd-analyze security --offline=yes --threshold=13 ./dnsgap@.service
    # And the bound can be missed.
    grep -v '^ProtectSystem=' dnsgap@.service >weaker@.service
    ! systemd-analyze security --offline=yes --threshold=13 ./weaker@.service || return 1
}

@test "the service's user is understood by systemd" {
    command -v systemd-sysusers || skip "systemd-sysusers is not installed"
    mkdir -p root/etc
    systemd-sysusers --root="$PWD/root" "$top/lib/sysusers.d/dnsgap.conf"
    grep -q '^dnsgap:x:[0-9]*:[0-9]*:DNS traffic analyzer:/:/usr/sbin/nologin$' root/etc/passwd
}

@test "uninstall leaves no file" {
    cp -r "$BATS_FILE_TMPDIR/stage" copy
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$root" uninstall DESTDIR="$PWD/copy" \
        PREFIX=/opt/dnsgap
    [ -z "$(find copy -type f -o -type l)" ]
}

# What the bats files of dnsgap share; `load common` and call it in setup().

common_setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    dnsgap="${DNSGAP:-$root/build/dnsgap}"
    mkpcap="${MKPCAP:-$root/build/release/mkpcap}"
    build="${BUILD:-$root/build/release}"
    samples="$root/samples/pcaps"
    export PROGRAM="$dnsgap" PYTHONPATH="$BATS_TEST_DIRNAME" PYTHONDONTWRITEBYTECODE=1
    cd "$BATS_TEST_TMPDIR" || return 1
}

# expect STATUS COMMAND...: runs it; standard output into ./out, errors into ./err.
expect() {
    local wanted=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    if [ "$got" -ne "$wanted" ]; then
        echo "status $got instead of $wanted: $*"
        head -c 2000 err
        return 1
    fi
}

# says TEXT: the errors hold it.
says() {
    grep -qF -- "$1" err || {
        echo "no \`$1\` in: $(cat err)"
        return 1
    }
}

# number EXPRESSION [FILE]: what jq gives for the report.
number() {
    jq -r "$1" "${2:-out}"
}

# is EXPRESSION VALUE [FILE]
is() {
    local got
    got=$(number "$1" "${3:-out}")
    [ "$got" = "$2" ] || {
        echo "$1 is $got, not $2"
        return 1
    }
}

# Standard error carries one harmless line or more, and standard output nothing.
no_report() {
    [ ! -s out ] && [ -s err ]
}

# await SECONDS COMMAND...: until it is true; false when the time is over.
await() {
    local tries=$(($1 * 50))
    shift
    while ! "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.02
    done
}

is_gone() {
    ! kill -0 "$1" 2>/dev/null
}

is_sanitized() {
    [[ "$build" == *asan* ]]
}

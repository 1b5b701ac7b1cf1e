#!/bin/sh
# Runs every fuzz target that is built for SECONDS, two at a time.
#
#   fuzz/run.sh [SECONDS]
#
# Starts from fuzz/corpus, which it does not change; works in build/fuzz/corpus.  What is
# found lands in build/fuzz/artifacts.  One line for each target; the status
# is 1 when anything was found.
set -u

seconds=${1:-60}
cd "$(dirname "$0")/.." || exit 1
out=build/fuzz
mkdir -p $out/artifacts $out/logs

max_len() {
    case $1 in
    dns | name) echo 1500 ;;
    frame | anonymise) echo 2000 ;;
    *) echo 4096 ;;
    esac
}

# fuzz TARGET: runs one target and says how it went.
fuzz() {
    log=$out/logs/$1.log
    mkdir -p "$out/corpus/$1" "fuzz/corpus/$1"
    words=
    [ -e "fuzz/$1.dict" ] && words=-dict=fuzz/$1.dict
    # shellcheck disable=SC2086
    "$out/fuzz_$1" -max_total_time="$seconds" -max_len="$(max_len "$1")" -timeout=10 \
        -rss_limit_mb=1024 -malloc_limit_mb=512 -use_value_profile=1 -print_final_stats=1 \
        -artifact_prefix="$out/artifacts/$1-" $words \
        "$out/corpus/$1" "fuzz/corpus/$1" >"$log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(grep -ao ' cov: [0-9]*' "$log" | tail -n 1 | tr -dc 0-9)
    if [ $status -eq 0 ]; then
        result="nothing found"
    else
        result="FOUND something: see $log"
    fi
    printf '%-9s %10s runs, coverage %5s: %s\n' "$1" "${runs:-?}" "${covered:-?}" "$result"
    return $status
}

if [ "${2:-}" != "" ]; then
    fuzz "$2"
    exit
fi
set -- $out/fuzz_*
targets=
for program; do
    [ -f "$program" ] && [ -x "$program" ] && targets="$targets ${program##*/fuzz_}"
done
if [ -z "$targets" ]; then
    echo "fuzz/run.sh: no target is built; run: make fuzz" >&2
    exit 1
fi
# shellcheck disable=SC2086
printf '%s\n' $targets | xargs -P 2 -I '{}' sh fuzz/run.sh "$seconds" '{}'
[ $? -eq 0 ] || exit 1

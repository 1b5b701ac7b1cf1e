#!/usr/bin/env bash
# incomplete.sh - a capture of which the kernel dropped packets.

. "$(dirname "$0")/lib.sh"

lab_begin incomplete
command -v dumpcap >/dev/null || lab_die "dumpcap is missing; install the package tshark"
lab_net
lab_nsd nsd1 53
lab_nsd nsd2 54
lab_plan
# The whole process group is dumpcap.
ip netns exec "$C" setsid dumpcap -q -i c0 -B 1 -f 'port 53' -w "$TMP/$NAME.pcapng" 2>"$TMP/dumpcap.err" &
DUMPCAP=$!
LAB_PIDS+=("$DUMPCAP")
for _ in $(seq 100); do
	! grep -q '^File: ' "$TMP/dumpcap.err" || break
	sleep 0.1
done
sleep 0.3
lab_ask_begin
lab_step before stopped kill -STOP -- "-$DUMPCAP"
lab_step during going kill -CONT -- "-$DUMPCAP"
wait "$ASK"
sleep 1
kill -INT "$DUMPCAP"
wait "$DUMPCAP" || true
in_r nft -j list counters table inet count >"$TMP/counters"
mkdir -p "$PCAPS/$NAME"
python3 "$LAB/incomplete.py" "$NAME" "$TMP/log" "$TMP/counters" "$TMP/dumpcap.err" \
    "$PCAPS/$NAME/$NAME"
install -m 644 "$TMP/$NAME.pcapng" "$PCAPS/$NAME/"

#!/usr/bin/env bash
# all.sh [SAMPLE...] - makes the samples again, all of them or those named.
#
# Each has 150 seconds.  One that fails leaves its old files as they are.

set -u

cd "$(dirname "$0")" || exit 1
if [ $# = 0 ]; then
	set -- low-ports port-unreachable healthy random-loss late-and-resent \
	    starts-late-ends-early any-twice reply-refused tcp-outcomes \
	    tcp-low-ports truncated-then-tcp fragments mix rotated snap-cut \
	    healthy-ports ports-refused ports-hash ports-one-client \
	    ports-near-observer ports-one-server ports-window \
	    ports-amplification ports-soft ports-predictable low-ports-in-use \
	    server-silent server-unreachable outage rate-limited \
	    rate-limited-slips healthy-bursts replies-lost-beyond \
	    fragments-lost healthy-fragments tcp-blocked healthy-tcp servfail \
	    healthy-resolver one-way-queries one-way-replies dead-names \
	    incomplete
fi
status=0
for sample; do
	if ! timeout --kill-after=20 150 "./$sample.sh"; then
		echo "$0: $sample failed" >&2
		status=1
	fi
done
exit $status

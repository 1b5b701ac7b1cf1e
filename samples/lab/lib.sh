# shellcheck shell=bash
# lib.sh - the small network in which the samples are made.
#
#   client namespace --- router namespace --- server namespace
#        c0          rc0              rs0          s0
#
# Source it, call lab_begin, then lab_net.  Whatever a script starts is ended
# by its own pid when the script ends, in whatever way it ends.

set -eu -o pipefail

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PCAPS=${LAB_PCAPS:-$LAB/../pcaps}
C=dnsgap-$$-c
R=dnsgap-$$-r
S=dnsgap-$$-s
LAB_PIDS=()
LAB_SERVERS=()
TMP=

lab_die()
{
	echo "$0: $*" >&2
	exit 1
}

# Says at once everything that is missing, and the package that has it.
lab_need()
{
	local pair tool missing=

	for pair in ip:iproute2 ethtool:ethtool nft:nftables tcpdump:tcpdump \
	    tshark:tshark nsd:nsd named:bind9 python3:python3 \
	    setsid:util-linux timeout:coreutils; do
		tool=${pair%%:*}
		if ! command -v "$tool" >/dev/null; then
			echo "$0: $tool is missing; install the package ${pair#*:}" >&2
			missing=1
		fi
	done
	[ -z "$missing" ] || exit 1
	[ "$(id -u)" = 0 ] || lab_die "network namespaces need root"
}

lab_cleanup()
{
	local pid ns

	set +e
	for pid in "${LAB_PIDS[@]}"; do
		kill -CONT -- "-$pid" 2>/dev/null
		kill -TERM -- "-$pid" 2>/dev/null
	done
	for pid in "${LAB_PIDS[@]}"; do
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			kill -0 -- "-$pid" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "$pid" 2>/dev/null
		kill -KILL -- "-$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for ns in "$C" "$R" "$S"; do
		ip netns del "$ns" 2>/dev/null
	done
	[ -z "$TMP" ] || rm -rf "$TMP"
}

# lab_begin NAME
lab_begin()
{
	NAME=$1
	lab_need
	trap lab_cleanup EXIT
	trap 'exit 1' INT TERM HUP
	TMP=$(mktemp -d "${TMPDIR:-/tmp}/dnsgap-lab.XXXXXX")
	chmod 755 "$TMP"
	mkdir -p "$PCAPS"
	echo "== $NAME"
}

in_c() { ip netns exec "$C" "$@"; }
in_r() { ip netns exec "$R" "$@"; }
in_s() { ip netns exec "$S" "$@"; }

# One namespace without duplicate address detection (no waiting) and without
# the kernel's limits on ICMP errors (the samples count every one).
lab_ns()
{
	local ns=$1 key

	ip netns add "$ns"
	for key in net.ipv6.conf.all.accept_dad=0 \
	    net.ipv6.conf.default.accept_dad=0 \
	    net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
	    net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000; do
		# The last two belong to the whole machine before Linux 6.13.
		ip netns exec "$ns" sysctl -qw "$key" 2>/dev/null || true
	done
	ip -n "$ns" link set lo up
}

# lab_net [keep-offload]: clients 192.0.2.10-14 and 2001:db8:c::10-14, servers
# 198.51.100.53-59 and 2001:db8:5::53-59.
lab_net()
{
	local n

	lab_ns "$C"
	lab_ns "$R"
	lab_ns "$S"
	in_r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$R" link add name rc0 type veth peer name c0 netns "$C"
	ip -n "$R" link add name rs0 type veth peer name s0 netns "$S"
	if [ "${1:-}" != keep-offload ]; then
		in_c ethtool -K c0 tx off >/dev/null
		in_s ethtool -K s0 tx off >/dev/null
	fi
	ip -n "$R" addr add 192.0.2.1/24 dev rc0
	ip -n "$R" addr add 2001:db8:c::1/64 dev rc0 nodad
	ip -n "$R" addr add 198.51.100.1/24 dev rs0
	ip -n "$R" addr add 2001:db8:5::1/64 dev rs0 nodad
	for n in 10 11 12 13 14; do
		ip -n "$C" addr add "192.0.2.$n/24" dev c0
		ip -n "$C" addr add "2001:db8:c::$n/64" dev c0 nodad
	done
	for n in 53 54 55 56 57 58 59; do
		ip -n "$S" addr add "198.51.100.$n/24" dev s0
		ip -n "$S" addr add "2001:db8:5::$n/64" dev s0 nodad
	done
	# What passes the router, counted apart from the client's log and the
	# capture: truth.py refuses a log that does not agree.
	in_r nft -f - <<-NFT
	table inet count {
		counter queries { }
		counter replies { }
		counter errors { }
		counter refusals { }
		counter own_errors { }
		counter timeouts { }
		counter syns { }
		counter synacks { }
		counter fragments { }
		counter first_fragments { }
		chain forward {
			type filter hook forward priority -10;
			iifname rc0 tcp dport 53 tcp flags & (syn | ack) == syn counter name syns
			iifname rs0 tcp sport 53 tcp flags & (syn | ack) == (syn | ack) counter name synacks
			iifname rc0 icmp type time-exceeded counter name timeouts
			iifname rc0 icmpv6 type time-exceeded counter name timeouts
			iifname rc0 udp dport 53 counter name queries
			iifname rs0 udp sport 53 counter name replies
			iifname rs0 icmp type destination-unreachable counter name errors
			iifname rs0 icmpv6 type destination-unreachable counter name errors
			iifname rc0 icmp type destination-unreachable counter name refusals
			iifname rc0 icmpv6 type destination-unreachable counter name refusals
		}
		# A resolver on the router (resolve.py).
		chain input {
			type filter hook input priority -10;
			iifname rc0 udp dport 53 counter name queries
			iifname rs0 udp sport 53 counter name replies
		}
		chain output {
			type filter hook output priority -10;
			oifname rc0 icmp type destination-unreachable counter name own_errors
			oifname rc0 icmpv6 type packet-too-big counter name own_errors
			oifname rc0 icmpv6 type destination-unreachable counter name own_errors
			oifname rs0 udp dport 53 counter name queries
			oifname rc0 udp sport 53 counter name replies
		}
		# Fragments as the client's side has them.
		chain from_client {
			type filter hook prerouting priority -450;
			iifname rc0 ip frag-off & 0x3fff != 0 counter name fragments
			iifname rc0 ip frag-off & 0x3fff == 0x2000 counter name first_fragments
			iifname rc0 exthdr frag exists counter name fragments
			iifname rc0 frag frag-off 0 counter name first_fragments
		}
		chain to_client {
			type filter hook postrouting priority 450;
			oifname rc0 ip frag-off & 0x3fff != 0 counter name fragments
			oifname rc0 ip frag-off & 0x3fff == 0x2000 counter name first_fragments
			oifname rc0 exthdr frag exists counter name fragments
			oifname rc0 frag frag-off 0 counter name first_fragments
		}
	}
	NFT
	ip -n "$C" link set c0 up
	ip -n "$S" link set s0 up
	ip -n "$R" link set rc0 up
	ip -n "$R" link set rs0 up
	ip -n "$C" route add default via 192.0.2.1
	ip -n "$C" -6 route add default via 2001:db8:c::1
	ip -n "$S" route add default via 198.51.100.1
	ip -n "$S" -6 route add default via 2001:db8:5::1
}

# After lab_net: another prefix, servers 203.0.113.53-59 and 2001:db8:7::53-59.
lab_far()
{
	local n

	for n in 53 54 55 56 57 58 59; do
		ip -n "$S" addr add "203.0.113.$n/24" dev s0
		ip -n "$S" addr add "2001:db8:7::$n/64" dev s0 nodad
	done
	ip -n "$R" route add 203.0.113.0/24 dev rs0
	ip -n "$R" -6 route add 2001:db8:7::/64 dev rs0
}

lab_zone()
{
	cat >"$TMP/zone" <<-'ZONE'
	$ORIGIN example.
	$TTL 60
	@	SOA ns.example. host.example. 1 3600 600 86400 60
	@	NS  ns.example.
	ns	A   198.51.100.53
	a	A   192.0.2.80
	a	AAAA 2001:db8:c::80
	b	A   192.0.2.81
	t	TXT "text"
	*.w	A   192.0.2.82
	ZONE
	# For samples with large answers, about 500, 1,600 and 3,400 octets.
	[ -z "${LAB_LARGE:-}" ] || python3 - >>"$TMP/zone" <<-'LARGE'
	for name, count in (("medium", 2), ("large", 6), ("huge", 13)):
	    for n in range(count):
	        print(f'{name} TXT "{n:03d}{"x" * 240}"')
	LARGE
}

# lab_wait_answer ADDRESS...: until each server answers a query from its own host
lab_wait_answer()
{
	in_s timeout 20 python3 "$LAB/ask.py" --probe "$@" ||
	    lab_die "a server does not answer: $*"
}

# lab_nsd LABEL N [far]: an nsd at the addresses that end in N, of the near prefixes or the
# far ones; the plan knows it as LABEL.  LAB_RRL: queries a second that it answers to one client.
lab_nsd()
{
	local dir=$TMP/$1 n=$2 four=198.51.100 six=2001:db8:5:

	if [ "${3:-}" = far ]; then
		four=203.0.113 six=2001:db8:7:
	fi

	lab_zone
	mkdir "$dir"
	cat >"$dir/nsd.conf" <<-CONF
	server:
		ip-address: $four.$n
		ip-address: $six:$n
		server-count: 1
		username: ""
		database: ""
		zonesdir: "$dir"
		pidfile: "$dir/pid"
		xfrdfile: "$dir/xfrd"
		xfrdir: "$dir"
		zonelistfile: "$dir/zones"
		logfile: "$dir/log"
		minimal-responses: yes
		ipv4-edns-size: ${LAB_EDNS:-1232}
		ipv6-edns-size: ${LAB_EDNS:-1232}
		rrl-ratelimit: ${LAB_RRL:-0}
		rrl-slip: 2
		rrl-whitelist-ratelimit: 0
	remote-control:
		control-enable: no
	zone:
		name: "example."
		zonefile: "$TMP/zone"
	CONF
	ip netns exec "$S" setsid nsd -d -c "$dir/nsd.conf" >"$dir/out" 2>&1 &
	LAB_PIDS+=($!)
	LAB_SERVERS+=(--pid "$1=$!")
	lab_wait_answer "$four.$n" "$six:$n" || { cat "$dir/log"; exit 1; }
}

# lab_named LABEL N: the same with named, which recurses for nobody
lab_named()
{
	local dir=$TMP/$1 n=$2

	lab_zone
	mkdir "$dir"
	cat >"$dir/named.conf" <<-CONF
	options {
		directory "$dir";
		listen-on { 198.51.100.$n; };
		listen-on-v6 { 2001:db8:5::$n; };
		pid-file none;
		session-keyfile "$dir/session.key";
		recursion no;
		minimal-responses yes;
		empty-zones-enable no;
		dnssec-validation no;
		notify no;
		allow-transfer { none; };
	};
	controls { };
	zone "example" { type primary; file "$TMP/zone"; };
	CONF
	ip netns exec "$S" setsid named -g -n 1 -c "$dir/named.conf" >"$dir/out" 2>&1 &
	LAB_PIDS+=($!)
	LAB_SERVERS+=(--pid "$1=$!")
	lab_wait_answer "198.51.100.$n" "2001:db8:5::$n" || { cat "$dir/out"; exit 1; }
}

# lab_serve LABEL N: serve.py, TCP only, at the addresses that end in N
lab_serve()
{
	ip netns exec "$S" setsid python3 "$LAB/serve.py" "$TMP/$1.ready" \
	    "198.51.100.$2" "2001:db8:5::$2" >"$TMP/$1.out" 2>&1 &
	LAB_PIDS+=($!)
	LAB_SERVERS+=(--pid "$1=$!")
	lab_wait_file "$1.ready"
}

# lab_resolve: resolve.py on the router; its log is $TMP/resolver
lab_resolve()
{
	ip netns exec "$R" setsid python3 "$LAB/resolve.py" "$TMP/resolve.ready" \
	    "$TMP/resolver" >"$TMP/resolve.out" 2>&1 &
	LAB_PIDS+=($!)
	lab_wait_file resolve.ready
}

# lab_capture NAMESPACE INTERFACE PRECISION [TCPDUMP OPTION...]: returns when
# tcpdump is capturing.  Options that come later win over those that stand here.
lab_capture()
{
	local ns=$1 interface=$2 precision=$3

	shift 3
	ip netns exec "$ns" setsid tcpdump -n -i "$interface" -s 0 -B 32768 -U \
	    --immediate-mode --time-stamp-precision="$precision" -Z root \
	    -w "$TMP/$NAME.pcap" "$@" 2>"$TMP/tcpdump.err" &
	TCPDUMP=$!
	LAB_PIDS+=("$TCPDUMP")
	for _ in $(seq 100); do
		if grep -q 'listening on' "$TMP/tcpdump.err"; then
			sleep 0.3
			return
		fi
		sleep 0.1
	done
	cat "$TMP/tcpdump.err" >&2
	lab_die "tcpdump does not start"
}

# Ends tcpdump after it has written all it saw; a capture with drops is no truth.
lab_capture_end()
{
	local before=-1 size=0

	while [ "$before" != "$size" ]; do
		before=$size
		sleep 0.4
		size=$(cat "$TMP/$NAME.pcap"* | wc -c)
	done
	kill -INT "$TCPDUMP"
	wait "$TCPDUMP" || true
	grep -q '^0 packets dropped by kernel' "$TMP/tcpdump.err" ||
	    { cat "$TMP/tcpdump.err" >&2; lab_die "the capture lost packets"; }
}

# The sample's plan, made from a fixed seed.
lab_plan()
{
	python3 "$LAB/plan.py" "$NAME" >"$TMP/plan"
}

# Begins to carry the plan out, from the client's side.
lab_ask_begin()
{
	ip netns exec "$C" setsid timeout 150 python3 "$LAB/ask.py" --dir "$TMP" \
	    "${LAB_SERVERS[@]}" "$TMP/plan" "$TMP/log" &
	ASK=$!
	LAB_PIDS+=("$ASK")
}

lab_ask()
{
	lab_ask_begin
	wait "$ASK"
}

# lab_wait_file FILE: until the plan has come to `touch` FILE
lab_wait_file()
{
	for _ in $(seq 300); do
		[ ! -e "$TMP/$1" ] || return 0
		sleep 0.1
	done
	lab_die "the plan never came to $1"
}

# lab_step SIGN GO COMMAND...: when the plan has come to `touch` SIGN, does COMMAND; the plan,
# which holds for GO, goes on after it.
lab_step()
{
	local sign=$1 go=$2

	shift 2
	lab_wait_file "$sign"
	"$@"
	touch "$TMP/$go"
}

# lab_finish [TRUTH OPTION...] <PAGE: truth, tshark's count, and the page.
# With LAB_PIECES the sample is the files NAME.pcap0, NAME.pcap1... in a folder.
lab_finish()
{
	cat >"$TMP/page"
	[ "$(stat -c %s "$TMP/$NAME.pcap")" -lt 1000000 ] ||
	    lab_die "$NAME.pcap is not under 1 MB"
	in_r nft -j list counters table inet count >"$TMP/counters"
	python3 "$LAB/truth.py" "$@" --counters "$TMP/counters" \
	    --wire "$TMP/wire" "$NAME" "$TMP/log" "$TMP/$NAME.pcap" \
	    >"$TMP/$NAME.truth.json"
	(cd "$TMP" && python3 "$LAB/page.py" page "$NAME.pcap" \
	    "$NAME.truth.json" wire) >"$TMP/$NAME.md"
	if [ -n "${LAB_PIECES:-}" ]; then
		PCAPS=$PCAPS/$NAME
		mkdir -p "$PCAPS"
		rm -f "$PCAPS/$NAME.pcap"[0-9]*
		cp "$TMP/$NAME.pcap"[0-9]* "$PCAPS/"
	else
		cp "$TMP/$NAME.pcap" "$PCAPS/"
	fi
	cp "$TMP/$NAME.truth.json" "$TMP/$NAME.md" "$PCAPS/"
	[ -z "${LAB_KEEP_LOGS:-}" ] || cp "$TMP/log" "$LAB_KEEP_LOGS/$NAME.log"
}

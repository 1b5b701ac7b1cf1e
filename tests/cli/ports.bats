#!/usr/bin/env bats
# Every source port counts in its range (docs/faults.md, A2).

load common

setup() {
    common_setup
}

@test "A2 all 65,536 source ports: each range has as many as it can" {
    python3 - <<'PY'
from wire import *
records = []
for port in range(65536):
    at = 1700000000 + port // 5000
    records.append(record(query(port, port), at, port % 5000))
    if port % 2 == 0:
        records.append(record(reply(port, port), at, port % 5000 + 5000))
records.append(record(b"", 1700001000))
save("a.pcap", *records)
PY
    expect 0 "$dnsgap" read a.pcap
    is '[.ranges[].distinct_ports] | join(" ")' "1024 48128 16384"
    is '[.ranges[].transactions] | join(" ")' "1024 48128 16384"
    is '[.ranges[].outcomes.answered] | join(" ")' "512 24064 8192"
    is '[.ranges[].outcomes.unanswered] | join(" ")' "512 24064 8192"
    is '.clients[0].source_ports | [.lowest, .highest, .distinct] | join(" ")' "0 65535 65536"
    is '[.ranges[0].of_which[] | .ports + ":" + (.transactions | tostring)] | join(" ")' \
        "53:1 0:1 1-52,54-1023:1022"
    is '.ranges | map(.transactions == ([.of_which[].transactions] | add)) | all' true
    is '.servers[0].ranges | map(.distinct_ports) | join(" ")' "1024 48128 16384"
}

@test "A2 the ports at the edges of ranges fall where they belong" {
    python3 - <<'PY'
from wire import *
ports = [0, 1, 52, 53, 54, 1023, 1024, 32767, 32768, 49151, 49152, 60999, 61000, 65535]
save("a.pcap", *[record(f(p, p), 1700000000, 9 * i + k) for i, p in enumerate(ports)
                 for k, f in enumerate((query, reply))])
PY
    expect 0 "$dnsgap" read a.pcap
    is '[.ranges[].of_which[] | .ports + ":" + (.outcomes.answered | tostring)] | join(" ")' \
        "53:1 0:1 1-52,54-1023:4 1024-32767:2 32768-49151:2 49152-60999:2 61000-65535:2"
}

@test "A2 port 0 is a port" {
    python3 -c 'from wire import *
save("a.pcap", record(query(0)), record(reply(0), fraction=7), record(query(0, 2)), record(b"", 1700000100))'
    expect 0 "$dnsgap" read a.pcap
    is '.ranges[0].of_which[] | select(.ports == "0") | .outcomes | .answered + .unanswered' 2
    expect 0 "$dnsgap" read --text a.pcap
    grep -qE '^ +0 +2 ' out
}

@test "A2 53 to 53: the QR bit tells the server" {
    python3 -c 'from wire import *
save("a.pcap", record(query(53)), record(reply(53), fraction=7))'
    expect 0 "$dnsgap" read a.pcap
    is .totals.outcomes.answered 1
    is '.servers[0].address' 198.51.100.53
    is '.clients[0].address' 192.0.2.1
    is '.ranges[0].of_which[] | select(.ports == "53") | .outcomes.answered' 1
}

@test "A2 53 to 53 both ways: each is client and server" {
    python3 -c 'from wire import *
a, b = "192.0.2.1", "198.51.100.53"
save("a.pcap",
     record(udp(a, 53, b, 53, message(1)), fraction=1), record(udp(b, 53, a, 53, message(1)), fraction=2),
     record(udp(b, 53, a, 53, message(1, reply=True)), fraction=3),
     record(udp(a, 53, b, 53, message(1, reply=True)), fraction=4))'
    expect 0 "$dnsgap" read a.pcap
    is .totals.outcomes.answered 2
    is '[.servers[].address] | sort | join(" ")' "192.0.2.1 198.51.100.53"
    is .totals.latency_ns.max 2000
}

@test "A2 other server ports count only when they are named" {
    python3 -c 'from wire import *
a, b = "192.0.2.1", "198.51.100.53"
save("a.pcap", record(udp(a, 5, b, 5353, message(1))), record(udp(b, 5353, a, 5, message(1, reply=True)), fraction=9))'
    expect 0 "$dnsgap" read a.pcap
    is .totals.transactions 0
    expect 0 "$dnsgap" read --server-port 53,5353 a.pcap
    is .totals.outcomes.answered 1
    is '.servers[0].port' 5353
}

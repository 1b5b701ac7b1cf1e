#!/bin/sh
# A resolver (unbound) in one network namespace, its name servers (nsd) in another, to watch
# with `dnsgap live`.  docs/watching.md types it through.
#
#   resolver-lab.sh begin   makes both; needs root, unbound, nsd and iproute2
#   resolver-lab.sh ask N   asks the resolver N names of each of two zones; needs dig
#   resolver-lab.sh fault   drops queries from ports 1-1023 but 53 at one of two servers; nft
#   resolver-lab.sh mend    no longer
#   resolver-lab.sh end     removes all of it
set -eu
lab=/run/dnsgap-lab
near=198.51.100.53
far=198.51.100.54

begin() {
    mkdir "$lab"
    ip netns add resolver
    ip netns add servers
    ip -n resolver link add dns0 type veth peer name dns1 netns servers
    ip -n resolver address add 198.51.100.1/24 dev dns0
    ip -n servers address add "$near/24" dev dns1
    ip -n servers address add "$far/24" dev dns1
    for end in resolver:dns0 servers:dns1; do
        ip -n "${end%:*}" link set lo up
        ip -n "${end%:*}" link set "${end#*:}" up
    done

    for zone in near far; do
        # shellcheck disable=SC2016
        printf '$TTL 60\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A %s\n* A 192.0.2.82\n' \
            "$near" >"$lab/$zone.example"
    done
    cat >"$lab/nsd.conf" <<END
server:
    ip-address: $near
    ip-address: $far
    username: ""
    zonesdir: "$lab"
    database: ""
    pidfile: "$lab/nsd.pid"
    logfile: "$lab/nsd.log"
    xfrdfile: "$lab/xfrd"
    xfrdir: "$lab"
    zonelistfile: "$lab/zonelist"
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: near.example
    zonefile: near.example
zone:
    name: far.example
    zonefile: far.example
END
    # Half of its ports are below 1024, and it keeps asking a server that seems dead.
    cat >"$lab/unbound.conf" <<END
server:
    interface: 127.0.0.1
    port: 5300
    username: ""
    chroot: ""
    directory: "$lab"
    pidfile: "$lab/unbound.pid"
    logfile: "$lab/unbound.log"
    use-syslog: no
    do-ip6: no
    do-not-query-localhost: no
    module-config: "iterator"
    outgoing-port-avoid: 0-65535
    outgoing-port-permit: 500-1500
    infra-keep-probing: yes
    infra-host-ttl: 1
stub-zone:
    name: near.example
    stub-addr: $near
stub-zone:
    name: far.example
    stub-addr: $far
END
    ip netns exec servers nsd -c "$lab/nsd.conf"
    ip netns exec resolver unbound -c "$lab/unbound.conf"
}

ask() {
    for i in $(seq "$1"); do
        for zone in near far; do
            ip netns exec resolver dig +tries=1 +time=2 -p 5300 @127.0.0.1 \
                "w$i-$$.$zone.example" >/dev/null || true
        done
    done
}

fault() {
    ip netns exec servers nft -f - <<END
table inet fault {
    chain input {
        type filter hook input priority 0
        ip daddr $near udp dport 53 udp sport { 1-52, 54-1023 } drop
    }
}
END
}

mend() {
    ip netns exec servers nft delete table inet fault
}

end() {
    for daemon in unbound nsd; do
        kill "$(cat "$lab/$daemon.pid")" || true
    done
    ip netns delete resolver
    ip netns delete servers
    rm -r "$lab"
}

case ${1:-} in
begin | fault | mend | end) "$1" ;;
ask) ask "${2:-50}" ;;
*)
    sed -n 's/^#   //p' "$0" >&2
    exit 1
    ;;
esac

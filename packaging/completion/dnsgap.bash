# Completion of dnsgap's command line for bash 4.2 and later; needs no other package.
# `make install` puts it where bash-completion looks; or: source dnsgap.bash

_dnsgap_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Names of files with blanks stay whole.
_dnsgap_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_dnsgap_value() {
    case $1 in
    --fail-on) _dnsgap_words "fault warning" ;;
    --color | --colour) _dnsgap_words "auto always never" ;;
    --schema) _dnsgap_words "report transactions" ;;
    --report | --reports) _dnsgap_files -d ;;
    --text | --markdown | --html | --json | --evidence | --transactions | --anonymize | \
        --anonymise | --read | -r | -F | --metrics | -w) _dnsgap_files -f ;;
    -i) _dnsgap_words "$(cd /sys/class/net 2>/dev/null && echo *) any" ;;
    -Z) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
    # Numbers, addresses and names are for people to know.
    --evidence-frames | --keep | --keep-name | --timeout | --hold | --skew | --server-port | \
        --max-transactions | --count | -c | --every | --duration | -B | -s | -y | -C | -G | \
        -W) COMPREPLY=() ;;
    *) return 1 ;;
    esac
}

# What stands before the cursor asks for a value, which is completed.
_dnsgap_is_value() {
    # `=` is a word of its own: --text = FILE
    if [[ $cur == "=" ]]; then
        cur=
        _dnsgap_value "$prev"
        return 0
    fi
    if [[ $prev == "=" ]]; then
        _dnsgap_value "${COMP_WORDS[COMP_CWORD - 2]}"
        return 0
    fi
    case $prev in
    # Theirs stands behind a `=`.
    --text | --markdown | --anonymize | --anonymise | --color | --colour | --schema) return 1 ;;
    --html | --json) [[ ${COMP_WORDS[1]} == read ]] || return 1 ;;
    esac
    _dnsgap_value "$prev"
}

_dnsgap_common="--text --markdown --html --json --transactions --force --color --colour
    --anonymize --anonymise --keep --keep-name --timeout --hold --skew --server-port
    --max-transactions --count -c --resolve-filter --strict --fail-on -F -n --help -h"

_dnsgap_read() {
    ! _dnsgap_is_value || return
    if [[ $cur == -* ]]; then
        _dnsgap_words "$_dnsgap_common --evidence --evidence-frames --report --read -r --schema
            --progress --no-progress --sha256 --no-sha256"
        return
    fi
    _dnsgap_files -f
}

_dnsgap_live() {
    ! _dnsgap_is_value || return
    # What is no option is the filter.
    [[ $cur != -* ]] || _dnsgap_words "$_dnsgap_common -i -D -B -s -y -p --tunnels
        --duration --every --reports --metrics -w -C -G -W --top --quiet -q -Z
        --no-sandbox"
}

_dnsgap_explain() {
    _dnsgap_words "ports-silent ports-refused ports-hash server-silent server-port-closed
        server-unreachable client-refuses-replies loss-random outage rate-limited
        replies-lost-beyond fragments-lost tcp-blocked servfail-explained
        source-ports-predictable low-ports-in-use capture-one-way capture-incomplete
        --help -h"
}

_dnsgap() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _dnsgap_words "read live explain help version --help --version -h -V"
        return
    fi
    case ${COMP_WORDS[1]} in
    read) _dnsgap_read ;;
    live) _dnsgap_live ;;
    explain) ((COMP_CWORD > 2)) || _dnsgap_explain ;;
    help) ((COMP_CWORD > 2)) || _dnsgap_words "read live explain" ;;
    esac
}

complete -F _dnsgap dnsgap

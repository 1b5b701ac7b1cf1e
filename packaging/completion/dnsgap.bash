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
    --report) _dnsgap_files -d ;;
    --text | --markdown | --html | --json | --evidence | --transactions | --anonymize | \
        --anonymise | --read | -r) _dnsgap_files -f ;;
    # Numbers, addresses and names are for people to know.
    --evidence-frames | --keep | --keep-name | --timeout | --hold | --skew | --server-port | \
        --max-transactions | --count | -c) COMPREPLY=() ;;
    *) return 1 ;;
    esac
}

_dnsgap_read() {
    local flags="--force --strict --progress --no-progress --sha256 --no-sha256 --help -n -h"

    # `=` is a word of its own: --text = FILE
    if [[ $cur == "=" ]]; then
        cur=
        _dnsgap_value "$prev"
        return
    fi
    if [[ $prev == "=" ]]; then
        _dnsgap_value "${COMP_WORDS[COMP_CWORD - 2]}"
        return
    fi
    case $prev in
    --text | --markdown | --anonymize | --anonymise | --color | --colour | --schema) ;;
    *) ! _dnsgap_value "$prev" || return ;;
    esac
    if [[ $cur == -* ]]; then
        # The value of the first of these stands behind a `=`, that of the others apart.
        _dnsgap_words "--text --markdown --anonymize --anonymise --color --colour --schema
            --html --json --evidence --evidence-frames --report --transactions --keep
            --keep-name --timeout --hold --skew --server-port --max-transactions --read
            --count --fail-on -r -c $flags"
        return
    fi
    _dnsgap_files -f
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
        _dnsgap_words "read explain help version --help --version -h -V"
        return
    fi
    case ${COMP_WORDS[1]} in
    read) _dnsgap_read ;;
    explain) ((COMP_CWORD > 2)) || _dnsgap_explain ;;
    help) ((COMP_CWORD > 2)) || _dnsgap_words "read explain" ;;
    esac
}

complete -F _dnsgap dnsgap

#!/usr/bin/env python3
"""The help, the manual and both completions have every option of the program, and no other."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import tap                                             # noqa: E402

BASH = os.path.join(tap.ROOT, "packaging", "completion", "dnsgap.bash")
ZSH = os.path.join(tap.ROOT, "packaging", "completion", "_dnsgap")
# Of the program, not of its command `read`.
OF_PROGRAM = {"--help", "--version", "-h", "-V"}
# A file or a folder is their value (here no folder fits, for --report).
OF_FILES = {"--text", "--markdown", "--html", "--json", "--evidence", "--transactions",
            "--anonymize", "--anonymise", "--read", "-r"}
NEEDS = {"no_argument": "none", "required_argument": "wanted", "optional_argument": "optional"}


def text_of(*path):
    with open(os.path.join(tap.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def options_of_source(command):
    """What getopt is told: {"--text": "optional", "-r": "wanted", ...}."""
    source = text_of("analyzer", "cli", "opts.c") + text_of("analyzer", "cli", f"opts_{command}.c")
    found = {f"--{name}": NEEDS[need] for name, need
             in re.findall(r'\{"([a-z0-9-]+)", (\w+_argument), NULL, ', source)}
    letters = "".join(re.findall(r'#define \w+_LETTERS "[-:]*([a-zA-Z:]+)"', source))
    found.update({f"-{letter}": "wanted" if colon else "none"
                  for letter, colon in re.findall(r"([a-zA-Z])(:?)", letters)})
    return found


def options_of_help(build):
    """`--a[=X]` is optional, `--a X` and `--a x|y` wanted; `--a, --b X` are two with one value."""
    out = tap.run([f"{build}/dnsgap", "read", "--help"])[1].decode()
    out = out[out.index("\n"):out.index("\nStatus: ")]
    found = {}
    for name, rest in re.findall(r"(?:  |, )(--?[a-z][a-z0-9-]*)(?=(.{0,60}))", out):
        rest = re.sub(r"^(, --?[a-z0-9-]+)+", "", rest)
        if rest.startswith("[="):
            need = "optional"
        else:
            need = "wanted" if re.match(r" ([A-Z]+\b|[a-z]+\|)", rest) else "none"
        found[name] = need
    return found


def options_of_manual():
    """Those of the list, as .It lines tell them; the synopsis must have the long ones, too."""
    page = text_of("docs", "man", "dnsgap.1")
    found = {}
    for line in re.findall(r"^\.It (Fl .*)$", page, re.M):
        for part in re.split(r" , (?=Fl )", line):
            name = "-" + part.split()[1]
            if re.search(r" Ns O[op] = Ns Ar ", part):
                found[name] = "optional"
            else:
                found[name] = "wanted" if " Ar " in part else "none"
    synopsis = page[page.index(".Sh SYNOPSIS"):page.index(".Sh DESCRIPTION")]
    return found, {"-" + name for name in re.findall(r"Fl (-?[a-zA-Z0-9-]+)", synopsis)}


def complete_in_bash(*words):
    """What bash proposes for the last of the words."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dnsgap; '
              'echo "status $?"; printf "%s\\n" "${COMPREPLY[@]}"')
    out = subprocess.run(["bash", "-c", script, "bash", BASH, *words], capture_output=True,
                         text=True, check=True, cwd=os.path.join(tap.ROOT, "docs", "man"))
    if out.stderr:
        raise RuntimeError(out.stderr)
    return [line for line in out.stdout.split("\n")[1:] if line]


# Completion's words go into a file instead of onto the screen, and the shell ends.
ZSH_SETUP = r"""
PS1= PROMPT_EOL_MARK=
fpath=($COMPLETION $fpath)
autoload -Uz compinit && compinit -u -D
bindkey '^I' complete-word
bindkey '^M' undefined-key
leave() { exit }
comppostfuncs=(leave)
compadd() {
    local -a words
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
        builtin compadd "$@"
        return
    fi
    builtin compadd -A words "$@"
    print -rl -- $words >>$ANSWER
}
precmd() { print READY }
"""


def complete_in_zsh(line):
    """What zsh proposes at the end of a line, in a terminal of its own; None: it never ended."""
    with tempfile.TemporaryDirectory() as folder:
        answer = tap.store(os.path.join(folder, "answer"), b"")
        tap.store(os.path.join(folder, ".zshrc"), ZSH_SETUP.encode())
        env = {**os.environ, "ZDOTDIR": folder, "COMPLETION": os.path.dirname(ZSH),
               "ANSWER": answer, "TERM": "xterm", "HOME": folder}
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe("zsh", ["zsh", "-d", "-i"], env)
        seen, is_sent = b"", False
        while select.select([terminal], [], [], 30)[0]:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
            if b"READY" in seen and not is_sent:
                os.write(terminal, line.encode() + b"\t")
                is_sent = True
        else:
            os.kill(child, signal.SIGKILL)
            answer = None
        os.close(terminal)
        os.waitpid(child, 0)
        return answer and tap.load(answer).decode().split()


def options_of_zsh():
    """As _arguments is told: `--a=-[` is optional, `--a=[` wanted, as is what has a `:` behind."""
    read = text_of("packaging", "completion", "_dnsgap")
    read = read[read.index("_dnsgap_read()"):read.index("_dnsgap()")]
    found = {}
    for line in re.findall(r"^ +('.*\[.*)$", read, re.M):
        names, text = re.sub(r"\([^)]*\)", "", line).split("[", 1)
        for name, sign in re.findall(r"(--?[a-z][a-z0-9-]*?)(=-|=|)(?=[,}']|$)", names):
            if sign == "=-":
                found[name] = "optional"
            else:
                found[name] = "wanted" if "]:" in text else "none"
    return found


def compare(test, name, wanted, found):
    notes = [f"{option} is missing" for option in sorted(set(wanted) - set(found))]
    notes += [f"{option} is no option" for option in sorted(set(found) - set(wanted))]
    notes += [f"{option}: its value is {wanted[option]}, and here {found[option]}"
              for option in sorted(set(wanted) & set(found)) if wanted[option] != found[option]]
    test.ok(wanted and not notes, name, notes)


def test_bash(test, wanted, codes):
    found = set(complete_in_bash("dnsgap", "read", "-"))
    notes = sorted(found ^ set(wanted))
    test.ok(not notes, "bash completes every option, and no other", notes)
    notes = []
    for option, need in wanted.items():
        apart = "dnsgap.1" in complete_in_bash("dnsgap", "read", option, "dnsg")
        behind = "dnsgap.1" in complete_in_bash("dnsgap", "read", option, "=", "dnsg")
        # A capture may follow what takes no value, or takes it behind a `=`.
        if apart != (need != "wanted" or option in OF_FILES):
            notes.append(f"{option}: files are {'' if apart else 'not '}proposed behind it")
        if need != "none" and behind != (option in OF_FILES):
            notes.append(f"{option}=: files are {'' if behind else 'not '}proposed behind it")
    test.ok(not notes, "bash completes files where files belong", notes)
    rows = [
        (["dnsgap", ""], {"read", "explain", "help", "version", *OF_PROGRAM}),
        (["dnsgap", "explain", ""], {*codes, "--help", "-h"}),
        (["dnsgap", "help", ""], {"read", "explain"}),
        (["dnsgap", "read", "--color", "=", "a"], {"auto", "always"}),
        (["dnsgap", "read", "--color", "="], {"auto", "always", "never"}),
        (["dnsgap", "read", "--fail-on", ""], {"fault", "warning"}),
        (["dnsgap", "read", "--schema", "=", "t"], {"transactions"}),
        (["dnsgap", "read", "--timeout", ""], set()),
        (["dnsgap", "explain", "outage", ""], set()),
    ]
    for words, answer in rows:
        found = set(complete_in_bash(*words))
        test.ok(found == answer, f"bash completes `{' '.join(words)}`", [sorted(found ^ answer)])


def test_zsh(test, wanted, codes):
    if not shutil.which("zsh"):
        test.skip("zsh completes", "zsh is missing")
        return
    rows = [
        ("dnsgap read --", {option for option in wanted if option.startswith("--")}),
        ("dnsgap explain ", set(codes)),
        ("dnsgap explain --", {"--help"}),
        ("dnsgap ", {"read", "explain", "help", "version", *OF_PROGRAM}),
        ("dnsgap help ", {"read", "explain"}),
        ("dnsgap read --color=", {"auto", "always", "never"}),
        ("dnsgap read --fail-on ", {"fault", "warning"}),
        ("dnsgap read --schema=t", {"transactions"}),
        ("dnsgap read --timeout ", set()),
    ]
    for line, answer in rows:
        found = complete_in_zsh(line)
        found = {word.rstrip("=") for word in found} if found is not None else {"no end"}
        test.ok(found == answer, f"zsh completes `{line}`", [sorted(found ^ answer)])


def main():
    options = tap.arguments(__doc__)
    test = tap.Tap()
    wanted = options_of_source("read")
    test.ok(len(wanted) > 30 and wanted["--text"] == "optional" and wanted["-r"] == "wanted"
            and wanted["--help"] == "none", "the options are found in the source", [wanted])
    compare(test, "the help has every option with its value, and no other", wanted,
            options_of_help(options.build))
    manual, synopsis = options_of_manual()
    compare(test, "the manual has every option with its value, and no other", wanted, manual)
    notes = sorted((set(wanted) | {"--version"}) ^ (synopsis | {"-h", "--read", "--count"}))
    test.ok(not notes, "so has its synopsis", notes)
    compare(test, "the zsh completion has every option with its value, and no other", wanted,
            options_of_zsh())
    explained = tap.run([f"{options.build}/dnsgap", "explain"])[1].decode()
    codes = re.findall(r"^([a-z-]+)  ", explained, re.M)
    test.ok(len(codes) > 10, "explain lists the codes", [explained])
    test_bash(test, wanted, codes)
    test_zsh(test, wanted, codes)
    return test.done()


if __name__ == "__main__":
    sys.exit(main())

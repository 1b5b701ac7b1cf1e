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
SYS_NET = "/sys/class/net"
COMMANDS = {"read", "live", "explain", "help", "version"}
# Of the program, not of its commands.
OF_PROGRAM = {"--help", "--version", "-h", "-V"}
# A file or a folder is their value (here no folder fits, for --report and --reports).
OF_FILES = {"--text", "--markdown", "--html", "--json", "--evidence", "--transactions",
            "--anonymize", "--anonymise", "--read", "-r", "-F", "--metrics", "-w"}
# Have a letter, which the synopsis shows instead.
SHORT = {"--read", "--count", "--quiet"}
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


def options_of_help(build, command):
    """`--a[=X]` is optional, `--a X` and `--a x|y` wanted; `--a, --b X` are two with one value."""
    out = tap.run([f"{build}/dnsgap", command, "--help"])[1].decode()
    out = out[out.index("\n"):out.index("\nStatus: ")]
    found = {}
    for name, rest in re.findall(r"(?:  |, )(--?[a-zA-Z][a-z0-9-]*)(?=(.{0,60}))", out):
        rest = re.sub(r"^(, --?[a-z0-9-]+)+", "", rest)
        if rest.startswith("[="):
            need = "optional"
        else:
            need = "wanted" if re.match(r" ([A-Z]+\b|[a-z]+\|)", rest) else "none"
        # --keep of live stands there twice.
        found.setdefault(name, need)
    return found


def options_of_manual(command):
    """Those of the list, as .It lines tell them; the synopsis must have the long ones, too."""
    page = text_of("docs", "man", "dnsgap.1")
    found = {}
    options = page[page.index(f"The options of\n.Cm {command}\nare:"):]
    options = options[:re.search(r"^(The options of|\.Sh .*)$", options[1:], re.M).start()]
    for line in re.findall(r"^\.It (Fl .*)$", options, re.M):
        for part in re.split(r" , (?=Fl )", line):
            name = "-" + part.split()[1]
            if re.search(r" Ns O[op] = Ns Ar ", part):
                found[name] = "optional"
            else:
                found[name] = "wanted" if " Ar " in part else "none"
    synopsis = page[page.index(".Sh SYNOPSIS"):page.index(".Sh DESCRIPTION")]
    synopsis = "".join(re.findall(rf"^\.Cm {command}\n(.*?)(?=^\.Nm)", synopsis, re.M | re.S))
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


def options_of_zsh(command):
    """As _arguments is told: `--a=-[` is optional, `--a=[` wanted, as is what has a `:` behind."""
    page = text_of("packaging", "completion", "_dnsgap")
    common = page[page.index("common=("):]
    own = page[page.index(f"_dnsgap_{command}()"):]
    found = {}
    for line in re.findall(r"^ +('.*\[.*)$", common[:common.index("\n)")]
                           + own[:own.index("\n}")], re.M):
        names, text = re.sub(r"\([^)]*\)", "", line).split("[", 1)
        for name, sign in re.findall(r"(--?[a-zA-Z][a-z0-9-]*?)(=-|=|)(?=[,}']|$)", names):
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


def bash_notes(command, wanted):
    """Which options are followed by files that should not be, or the other way round."""
    notes = []
    for option, need in wanted.items():
        apart = "dnsgap.1" in complete_in_bash("dnsgap", command, option, "dnsg")
        behind = "dnsgap.1" in complete_in_bash("dnsgap", command, option, "=", "dnsg")
        # A capture may follow what takes no value, or takes it behind a `=`.
        may_follow = need != "wanted" and command == "read"
        if apart != (may_follow or need == "wanted" and option in OF_FILES):
            notes.append(f"{option}: files are {'' if apart else 'not '}proposed behind it")
        if need != "none" and behind != (option in OF_FILES):
            notes.append(f"{option}=: files are {'' if behind else 'not '}proposed behind it")
    return notes


def interfaces():
    """Both shells look there; a system without /sys has none to propose."""
    return {*(os.listdir(SYS_NET) if os.path.isdir(SYS_NET) else ()), "any"}


def test_bash(test, wanted, codes):
    for command, options in wanted.items():
        found = set(complete_in_bash("dnsgap", command, "-"))
        notes = sorted(found ^ set(options))
        test.ok(not notes, f"bash completes every option of {command}, and no other", notes)
        notes = bash_notes(command, options)
        test.ok(not notes, f"bash completes files where files belong in {command}", notes)
    rows = [
        (["dnsgap", ""], {*COMMANDS, *OF_PROGRAM}),
        (["dnsgap", "explain", ""], {*codes, "--help", "-h"}),
        (["dnsgap", "help", ""], {"read", "live", "explain"}),
        (["dnsgap", "read", "--color", "=", "a"], {"auto", "always"}),
        (["dnsgap", "read", "--color", "="], {"auto", "always", "never"}),
        (["dnsgap", "read", "--fail-on", ""], {"fault", "warning"}),
        (["dnsgap", "read", "--schema", "=", "t"], {"transactions"}),
        (["dnsgap", "read", "--timeout", ""], set()),
        (["dnsgap", "explain", "outage", ""], set()),
        (["dnsgap", "live", "-i", ""], interfaces()),
        (["dnsgap", "live", "-i", "an"], {"any"}),
        (["dnsgap", "live", "--every", ""], set()),
        (["dnsgap", "live", "--fail-on", ""], {"fault", "warning"}),
    ]
    for words, answer in rows:
        found = set(complete_in_bash(*words))
        test.ok(found == answer, f"bash completes `{' '.join(words)}`", [sorted(found ^ answer)])


def test_zsh(test, wanted, codes):
    if not shutil.which("zsh"):
        test.skip("zsh completes", "zsh is missing")
        return
    rows = [
        ("dnsgap read --", {option for option in wanted["read"] if option.startswith("--")}),
        ("dnsgap live --", {option for option in wanted["live"] if option.startswith("--")}),
        ("dnsgap explain ", set(codes)),
        ("dnsgap explain --", {"--help"}),
        ("dnsgap ", {*COMMANDS, *OF_PROGRAM}),
        ("dnsgap help ", {"read", "live", "explain"}),
        ("dnsgap read --color=", {"auto", "always", "never"}),
        ("dnsgap read --fail-on ", {"fault", "warning"}),
        ("dnsgap read --schema=t", {"transactions"}),
        ("dnsgap read --timeout ", set()),
        ("dnsgap live -i ", interfaces()),
    ]
    for line, answer in rows:
        found = complete_in_zsh(line)
        found = {word.rstrip("=") for word in found} if found is not None else {"no end"}
        test.ok(found == answer, f"zsh completes `{line}`", [sorted(found ^ answer)])


def main():
    options = tap.arguments(__doc__)
    test = tap.Tap()
    wanted = {command: options_of_source(command) for command in ("read", "live")}
    read, live = wanted["read"], wanted["live"]
    test.ok(len(read) > 30 and read["--text"] == "optional" and read["-r"] == "wanted"
            and read["--help"] == "none" and live["-i"] == "wanted" and live["--top"] == "none"
            and live["--json"] == "optional", "the options are found in the source", [wanted])
    for command, of_command in wanted.items():
        compare(test, f"the help of {command} has every option with its value, and no other",
                of_command, options_of_help(options.build, command))
        manual, synopsis = options_of_manual(command)
        compare(test, f"so has the manual of {command}", of_command, manual)
        notes = sorted(set(of_command) ^ (synopsis | {"-h"} | SHORT & set(of_command)))
        test.ok(not notes, f"so has the synopsis of {command}", notes)
        compare(test, f"so has the zsh completion of {command}", of_command,
                options_of_zsh(command))
    explained = tap.run([f"{options.build}/dnsgap", "explain"])[1].decode()
    codes = re.findall(r"^([a-z-]+)  ", explained, re.M)
    test.ok(len(codes) > 10, "explain lists the codes", [explained])
    test_bash(test, wanted, codes)
    test_zsh(test, wanted, codes)
    return test.done()


if __name__ == "__main__":
    sys.exit(main())

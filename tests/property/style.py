#!/usr/bin/env python3
"""tools/check-style: every rule, with a small file that breaks it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "check-style")
LATER = "TO" + "DO"


def function(body, head="int\ndg_a(int x)"):
    return f"/*\n * a.c - a test.\n */\n\n{head}\n{{\n{body}}}\n"


def header(body, guard="DG_BASE_A_H"):
    return f"#ifndef {guard}\n#define {guard}\n\n{body}\n#endif\n"


def nested(depth):
    opened = "".join("\t" * n + "if (x) {\n" for n in range(1, depth + 1))
    closed = "".join("\t" * n + "}\n" for n in range(depth, 0, -1))
    return function(opened + "\t" * (depth + 1) + "x++;\n" + closed + "\treturn x;\n")


# The rule, what it proves, the file, its text, and the line it is told for
# (None when all is well).
CASES = [
    ("file-size", "600 lines are allowed", "analyzer/base/a.c", function("\n" * 592), None),
    ("file-size", "601 lines are not", "analyzer/base/a.c", function("\n" * 593), 601),
    ("file-size", "a header may be longer", "analyzer/base/a.h", header("\n" * 700), None),

    ("function-size", "80 lines are allowed", "analyzer/base/a.c",
     function("\tx++;\n" * 77), None),
    ("function-size", "81 lines are not", "analyzer/base/a.c", function("\tx++;\n" * 78), 6),

    ("nesting", "three levels are allowed", "analyzer/base/a.c", nested(3), None),
    ("nesting", "four levels are not", "analyzer/base/a.c", nested(4), 11),
    ("nesting", "braces of initialisers do not count", "analyzer/base/a.c",
     function("\tif (x) {\n\t\twhile (x) {\n\t\t\tdo {\n\t\t\t\tstruct p p = {{{x}}};\n"
              "\t\t\t\tf(&(struct p){.q = {x}});\n\t\t\t} while (x);\n\t\t}\n\t}\n"), None),
    ("nesting", "braces in texts and comments do not count", "analyzer/base/a.c",
     function('\tf("{{{{{", \'{\'); /* {{{{ */\n'), None),
    ("nesting", "a block after a macro that loops counts", "analyzer/base/a.c",
     function("\tFOR_EACH(x)\n\t{\n\t\tif (x) {\n\t\t\tif (x) {\n\t\t\t\tif (x) {\n"
              "\t\t\t\t\tx++;\n\t\t\t\t}\n\t\t\t}\n\t\t}\n\t}\n"), 12),

    ("return-type", "on its own line", "analyzer/base/a.c", function("\treturn x;\n"), None),
    ("return-type", "not before the name", "analyzer/base/a.c",
     function("\treturn x;\n", "int dg_a(int x)"), 5),
    ("return-type", "nor before a static one", "analyzer/base/a.c",
     function("\treturn x;\n", "static struct p *a(int x)"), 5),
    ("return-type", "attributes do not confuse it", "analyzer/base/a.c",
     function("\treturn x;\n", "int\ndg_a(int x) __attribute__((cold))"), None),
    ("return-type", "arrays of structs are no functions", "analyzer/base/a.c",
     "/* a.c - a test. */\nstatic const struct p all[] = {\n\t{F(1)},\n};\n", None),

    ("opening", "with name and job", "analyzer/base/a.c", "/*\n * a.c - a test.\n */\n", None),
    ("opening", "on one line", "analyzer/base/a.c", "/* a.c - a test. */\n", None),
    ("opening", "without a comment", "analyzer/base/a.c", "int x;\n", 1),
    ("opening", "with another file's name", "analyzer/base/a.c", "/* b.c - a test. */\n", 1),

    ("guard", "named by the path", "analyzer/base/a.h", header(""), None),
    ("guard", "a public one too", "include/dnsgap/a.h", header("", "DNSGAP_A_H"), None),
    ("guard", "after a comment", "analyzer/base/a.h", "/* a.h - a test. */\n\n" + header(""), None),
    ("guard", "with another name", "analyzer/base/a.h", header("", "A_H"), 1),
    ("guard", "any name will do in tests", "tests/support/a.h", header("", "A_H"), None),
    ("guard", "not at all", "tests/support/a.h", "int x;\n", 1),
    ("guard", "not to the end", "tests/support/a.h", header("", "A_H") + "int x;\n", 1),

    ("later", "a note about later work", "analyzer/base/a.c", f"/* a.c - {LATER} */\n", 1),
    ("later", "in a script as well", "tools/a.py", f"# {LATER}: more\n", 1),
    ("later", "a template's name is none", "tools/a.sh", 'mktemp "a.XXXXXX"\n', None),

    ("dead-code", "a statement in a comment", "analyzer/base/a.c",
     function("\t/* x = y + 1; */\n"), 8),
    ("dead-code", "a block in a comment", "analyzer/base/a.c",
     function("\t/*\n\t * if (x > 1) {\n\t *\treturn 2;\n\t * }\n\t */\n"), 9),
    ("dead-code", "a call behind two slashes", "analyzer/base/a.c", function("\t// dg_b(x);\n"), 8),
    ("dead-code", "switched off", "analyzer/base/a.c", function("#if 0\n\tx++;\n#endif\n"), 8),
    ("dead-code", "a sentence is none", "analyzer/base/a.c",
     function("\t/* The other half; it is freed by the caller. */\n"), None),
    ("dead-code", "an example in an explanation is none", "analyzer/base/a.c",
     function("\t/*\n\t * Use it as follows, where all\n\t * that is said above holds:\n"
              "\t *\tdg_a(x);\n\t */\n"), None),

    ("prefix", "static functions need none", "analyzer/base/a.c",
     function("\treturn x;\n", "static int\na(int x)"), None),
    ("prefix", "a macro may say static", "analyzer/base/a.h",
     header("#define DG_FAST \\\n\tstatic inline void\n\nDG_FAST\na(int x)\n{\n\tx++;\n}\n"), None),
    ("prefix", "others do", "analyzer/base/a.c", function("\treturn x;\n", "int\na(int x)"), 6),
    ("prefix", "main does not", "analyzer/cli/main.c",
     function("\treturn x;\n", "int\nmain(void)"), None),
    ("prefix", "a struct in a header", "analyzer/base/a.h", header("struct p {\n\tint x;\n};\n"), 4),
    ("prefix", "a struct in a source needs none", "analyzer/base/a.c",
     "/* a.c - a test. */\nstruct p {\n\tint x;\n};\n", None),
    ("prefix", "a public struct is dnsgap's", "include/dnsgap/a.h",
     header("struct dg_p {\n\tint x;\n};\n", "DNSGAP_A_H"), 4),
    ("prefix", "a function that a header declares", "analyzer/base/a.h",
     header("int dg_b(int x);\nint a(int (*f)(void *));\n"), 5),
    ("prefix", "attributes are no functions", "analyzer/base/a.h",
     header("int dg_b(const char *format, ...) __attribute__((format(printf, 1, 2)));\n"), None),
    ("prefix", "members are no functions", "analyzer/base/a.h",
     header("struct dg_p {\n\tint (*next)(void *context);\n};\n"), None),

    ("public-comment", "above the function", "include/dnsgap/a.h",
     header("/* What it is. */\nDNSGAP_API int dnsgap_a(void);\n"), None),
    ("public-comment", "above a group", "include/dnsgap/a.h",
     header("/* What they are. */\nint dnsgap_a(void);\nint dnsgap_b(void);\n"), None),
    ("public-comment", "none", "include/dnsgap/a.h",
     header("/* What it is. */\nint dnsgap_a(void);\n\nDNSGAP_API int dnsgap_b(\n    int x);\n"), 7),
    ("public-comment", "inner headers are free", "analyzer/base/a.h",
     header("int dg_a(void);\n"), None),

    ("typedef", "hides a struct", "analyzer/base/a.h", header("typedef struct dg_p p;\n"), 4),
    ("typedef", "names a function's type", "analyzer/base/a.h", header("typedef int dg_f(int);\n"),
     None),

    ("banned", "printing", "analyzer/base/a.c", function('\tprintf("x");\n'), 8),
    ("banned", "printing to a stream", "analyzer/base/a.c", function('\tfprintf(stderr, "x");\n'), 8),
    ("banned", "ending the program", "analyzer/base/a.c", function("\tif (x)\n\t\tabort ();\n"), 9),
    ("banned", "handling signals", "analyzer/base/a.c", function("\tsignal(1, f);\n"), 8),
    ("banned", "asking the clock", "analyzer/base/a.c", function("\treturn time(NULL);\n"), 8),
    ("banned", "is hidden in no macro", "analyzer/base/a.c", "#define DIE(x) \\\n\texit(x)\n", 2),
    ("banned", "into a buffer with a bound is fine", "analyzer/base/a.c",
     function('\tsnprintf(x, 2, "printf(%d)", 1); /* not printf() */\n'), None),
    ("banned", "a member or another name is fine", "analyzer/base/a.c",
     function("\treturn c->time(x) + dg_time(x) + a.exit(x);\n"), None),
    ("banned", "the command line prints", "analyzer/cli/a.c", function('\tprintf("x");\n'), None),

    ("space", "at a line's end", "analyzer/base/a.c", function("\tx++; \n"), 8),
    ("space", "before a tab", "analyzer/base/a.c", function(" \tx++;\n"), 8),
    ("space", "100 columns are allowed", "analyzer/base/a.c", function("\t" + "x" * 92 + "\n"), None),
    ("space", "101 columns are not", "analyzer/base/a.c", function("\t" + "x" * 93 + "\n"), 8),
    ("space", "no newline at the end", "analyzer/base/a.c", "/* a.c - a test. */\nint x;", 2),
    ("space", "an empty line at the end", "analyzer/base/a.c", "/* a.c - a test. */\n\n", 2),
    ("space", "a carriage return", "analyzer/base/a.c", "/* a.c - a test. */\r\n", 1),

    ("ascii", "a letter with an accent in C", "analyzer/base/a.c", "/* a.c - \u00e9t\u00e9 */\n", 1),
    ("ascii", "a form feed in C", "analyzer/base/a.c", "/* a.c - a */\n\f\n", 2),
    ("ascii", "text that runs backwards in a page", "docs/a.md", "one\ntwo \u202e\n", 2),
    ("ascii", "a space of no width in a script", "tools/a.sh", "echo \u200b\n", 1),
    ("ascii", "an accent in a page is fine", "docs/a.md", "\u00e9t\u00e9\n", None),

    ("format", "as clang-format has it", "analyzer/base/a.c",
     function("\treturn x;\n"), None),
    ("format", "otherwise", "analyzer/base/a.c", function("\treturn  x ;\n"), 8),
]


def run(rule, name, text):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        shutil.copy(os.path.join(ROOT, ".clang-format"), folder)
        command = [sys.executable, TOOL, "--root", folder, "--only", rule]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def judge(rule, name, text, line):
    """(whether it is as it should be, what was said)."""
    result = run(rule, name, text)
    output = result.stdout + result.stderr
    told = [int(n) for n in
            re.findall(rf"^{re.escape(name)}:(\d+): {rule}: ", output, re.MULTILINE)]
    if line is None:
        return result.returncode == 0 and not told, output
    return result.returncode == 1 and told[:1] == [line], output


def main():
    failed = 0
    print(f"1..{len(CASES)}")
    for number, (rule, what, name, text, line) in enumerate(CASES, 1):
        title = f"{number} - {rule}: {what}"
        if rule == "format" and not shutil.which("clang-format"):
            print(f"ok {title} # SKIP clang-format is not installed")
            continue
        good, output = judge(rule, name, text, line)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {title}")
        if not good:
            print("".join(f"# {said}\n" for said in [f"wanted line {line}", *output.splitlines()]),
                  end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

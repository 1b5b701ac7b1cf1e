#!/usr/bin/env python3
"""tools/check-docs: every rule, with a small tree that breaks it; docs/formats.md has every key."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "check-docs")

# What it proves, the files, and what must be said (None when all is well).
CASES = [
    ("paths that are there",
     {"docs/a.md": "`analyzer/base/a.c` `base/a.c` `analyzer/*/a.c` `docs/`\n",
      "analyzer/base/a.c": ""}, None),
    ("a path that is not there",
     {"docs/a.md": "\n`analyzer/base/b.c`\n"}, r"^docs/a\.md:2: `analyzer/base/b\.c` is not there"),
    ("a room's file that is not there",
     {"docs/a.md": "`base/b.c`\n"}, r"^docs/a\.md:1: `base/b\.c` is not there"),
    ("a name in capitals stands for many", {"docs/a.md": "`fuzz/corpus/NAME/`\n"}, None),
    ("a link that leads nowhere", {"docs/a.md": "[b](b.md)\n"}, r"a\.md:1: the link to b\.md"),
    ("a link that leads somewhere", {"docs/a.md": "[b](../b.md#c)\n", "b.md": ""}, None),
    ("a comment that points to no page",
     {"analyzer/base/a.c": "/* docs/b.md */\n"}, r"^analyzer/base/a\.c:1: docs/b\.md is not there"),
    ("an empty tree proves nothing", {}, r"^check-docs: 0 files"),
]
MAN = ".Dd November 21, 2026\n.Dt A 1\n.Os\n.Sh NAME\n.Nm a\n.Nd a test\n"
MAN_CASES = [
    ("a man page in order", {"docs/man/a.1": MAN}, None),
    ("a man page that is not", {"docs/man/a.1": MAN + ".Xx b\n"}, r"^docs/man/a\.1:7: "),
]

SCHEMAS = ("report.schema.json", "line.schema.json")
NOT_YET = "Not written yet"


def load(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def keys(node, definitions, seen):
    """Every key that a schema promises, but for what it says is not written yet."""
    if isinstance(node, list):
        for inner in node:
            yield from keys(inner, definitions, seen)
    elif isinstance(node, dict):
        name = node.get("$ref", "").removeprefix("#/$defs/")
        if name in definitions and name not in seen:
            seen.add(name)
            yield from keys(definitions[name], definitions, seen)
        if NOT_YET in str(node.get("description")):
            return
        for key, value in node.get("properties", {}).items():
            target = definitions.get(value.get("$ref", "").removeprefix("#/$defs/"), {})
            if NOT_YET not in target.get("description", ""):
                yield key
        for inner, value in node.items():
            if inner != "$defs":
                yield from keys(value, definitions, seen)


def keys_without_a_word(schema, page):
    """The keys of a schema that a page has in no `code`."""
    page = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`\n]+)`", page))))
    schema = json.loads(schema)
    return sorted(set(keys(schema, schema["$defs"], set())) - named)


def formats_cases():
    """(what it proves, whether it holds, what to say if not)."""
    page = load("docs", "formats.md")
    for name in SCHEMAS:
        schema = load("analyzer", "report", name)
        missing = keys_without_a_word(schema, page)
        yield f"docs/formats.md names every key of {name}", not missing, missing
        for key in ("latency_ns", "resends", "outcome" if "line" in name else "ede"):
            found = keys_without_a_word(schema, re.sub(rf"\b{key}\b", "x", page))
            yield f"a key of {name} that is in no page is noticed: {key}", key in found, found


def codes_of_header():
    """The codes of findings, as the analyzer has them."""
    table = load("analyzer", "diagnose", "finding.c").split("code_names[] = {")[1].split("};")[0]
    return re.findall(r'"([a-z-]+)"', table)


def lacking(codes, page, schema, explanations):
    """What each code lacks: a section, a place in the schema, a text."""
    sections = re.findall(r"^### (.*)$", page, re.MULTILINE)
    places = json.loads(schema)["$defs"]["finding"]["properties"]["code"]["enum"]
    texts = re.findall(r"^const struct dg_explanation dg_explain_(\w+) =", explanations,
                       re.MULTILINE)
    for code in codes:
        body = page.split(f"\n### {code}\n")[-1].split("\n#")[0]
        parts = [f"**{part}" for part in ("Seen:", "Severity:", "Rivals:", "Next:", "Avoid:")]
        parts = [part for part in parts if part not in body]
        if code not in sections or parts:
            yield f"{code}: docs/findings.md lacks {parts or 'its section'}"
        if code not in places:
            yield f"{code}: not in report.schema.json"
        if code.replace("-", "_") not in texts:
            yield f"{code}: not in analyzer/diagnose/explain_*.c"
    yield from (f"{code}: no code of a finding" for code in {*sections, *places} - {*codes})


def codes_cases():
    codes = codes_of_header()
    page, schema = load("docs", "findings.md"), load("analyzer", "report", "report.schema.json")
    texts = "".join(load("analyzer", "diagnose", f"explain_{name}.c")
                    for name in ("ports", "servers", "traffic"))
    yield "there are 18 codes", len(codes) == 18, codes
    found = list(lacking(codes, page, schema, texts))
    yield "every code has a section, a place in the schema, an explanation", not found, found
    for name, wrong in (("section", (page.replace("### outage", "### outages"), schema, texts)),
                        ("part", (page.replace("**Avoid:** blaming a", "a"), schema, texts)),
                        ("place", (page, schema.replace('"outage", ', ""), texts)),
                        ("text", (page, schema, texts.replace("explain_outage", "x")))):
        found = list(lacking(codes, *wrong))
        yield f"a {name} that is not there is noticed", len(found) >= 1, found


def run(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return subprocess.run([sys.executable, TOOL, "--root", folder],
                              capture_output=True, text=True, check=False)


def main():
    failed = 0
    cases = CASES + MAN_CASES
    formats = [*formats_cases(), *codes_cases()]
    print(f"1..{len(cases) + len(formats)}")
    for number, (name, files, wanted) in enumerate(cases, 1):
        if number > len(CASES) and not shutil.which("mandoc"):
            print(f"ok {number} - {name} # SKIP mandoc is not installed")
            continue
        result = run(files)
        output = result.stdout + result.stderr
        if wanted is None:
            good = result.returncode == 0
        else:
            good = result.returncode == 1 and re.search(wanted, output, re.MULTILINE)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print("".join(f"# {line}\n" for line in [f"wanted {wanted}", *output.splitlines()]),
                  end="")
    for number, (name, good, notes) in enumerate(formats, len(cases) + 1):
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if not good:
            print(f"# {notes}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Numbers have a source: every row of a profile has value, status and source, and no timing code
holds a bare constant, unless its comment names the section of the specification that sets it."""
import re
import tomllib

import tree

PROFILES = "scenarios/profiles/"
STATUS = {"datasheet", "paper", "measured", "guess"}
HEADINGS = {"format", "title", "kind", "note"}
CONSTANT = re.compile(r"\bdur_(ps|ns|us|ms|s)\(\s*(\d[\w']*)\s*\)|\(struct (?:dur|at)\)\s*\{\s*"
                      r"(?:\.ps\s*=\s*)?(\d\w*)\s*\}|\b(\d\w*)\s*\*\s*PS_PER_(?:NS|US|MS)\b")
# Times that no result depends on: when a run counts as hung, how often a boot step is retried, when
# rings are looked at.
ALLOWED = {"model/machine/rings.c", "model/machine/run.c", "model/machine/watch.c",
           "drivers/ideal/ideal.c"}
# A comment on the line or right above it that says where the number stands.
CITED = re.compile(r"datasheet|specification|section|spec\b|\b\d+\.\d+(\.\d+)*\b", re.IGNORECASE)


def rows(table, name):
    """(name, row) of every table that is a row or an end."""
    subtables = {k: v for k, v in table.items() if isinstance(v, dict)}
    if name and ("value" in table or not subtables):
        yield name, table
    for key, value in subtables.items():
        yield from rows(value, f"{name}.{key}" if name else key)


def row_faults(row):
    if "value" not in row:
        yield "has no value"
    if not str(row.get("source", "")).strip():
        yield "has no source"
    if row.get("status") not in STATUS:
        yield f"has status {row.get('status')!r}, not one of {', '.join(sorted(STATUS))}"


def check_profile(path, text):
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [tree.Finding(path, 1, str(error))]
    findings = [tree.Finding(path, 1, f"{key} is no row")
                for key, value in data.items()
                if not isinstance(value, dict) and key not in HEADINGS]
    for name, row in rows(data, ""):
        at = text.find(f"[{name}]")
        line = tree.line_of(text, at) if at >= 0 else 1
        findings += [tree.Finding(path, line, f"{name} {fault}") for fault in row_faults(row)]
    return findings


def is_cited(lines, number):
    """lines: the file; number: of the line, from 1. Looks at its comment and the one above."""
    if CITED.search(comment_of(lines[number - 1])):
        return True
    above = number - 2
    while above >= 0 and lines[above].strip().startswith(("/*", "*", "//")):
        if CITED.search(lines[above]):
            return True
        above -= 1
    return False


def comment_of(line):
    at = max(line.find("/*"), line.find("//"))
    return line[at:] if at >= 0 else ""


def check_code(path, code, text):
    findings = []
    lines = text.splitlines()
    for match in CONSTANT.finditer(code):
        unit, number = match.group(1) or "ps", next(g for g in match.groups()[1:] if g)
        line = tree.line_of(code, match.start())
        if number == "0" or unit == "ps" and number == "1" or is_cited(lines, line):
            continue
        findings.append(tree.Finding(path, line, f"bare constant time: {match.group(0)}"))
    return findings


def check(files):
    findings = []
    for path in files.files((".toml",)):
        if path.startswith(PROFILES):
            findings += check_profile(path, files.text(path))
    for path in files.files(tree.C_FAMILY):
        # model/scenario checks what users write; it keeps no time.
        if tree.is_model(path) and path not in ALLOWED and not path.startswith("model/scenario/"):
            findings += check_code(path, files.code(path), files.text(path))
    return findings


GOOD_ROW = 'value = "1ns"\nstatus = "guess"\nsource = "why"\n'
PROFILE = "scenarios/profiles/a.toml"
SAMPLES = [
    ("good profile", {PROFILE: "format = 1\n[irq.entry]\n" + GOOD_ROW}, []),
    ("no source", {PROFILE: '[a]\nvalue = 1\nstatus = "guess"\n'}, ["a has no source"]),
    ("empty source", {PROFILE: '[a]\nvalue = 1\nstatus = "paper"\nsource = " "\n'}, ["no source"]),
    ("no value", {PROFILE: '[a.b]\nstatus = "guess"\nsource = "x"\n'}, ["a.b has no value"]),
    ("unknown status",
     {PROFILE: '[a]\nvalue = 1\nstatus = "sure"\nsource = "x"\n'}, ["has status"]),
    ("a number outside of a row", {PROFILE: "clock = 3\n[a]\n" + GOOD_ROW}, ["clock is no row"]),
    ("no TOML", {PROFILE: "[a\n"}, ["1: "]),
    ("bare constant", {"devices/a.c": "x = dur_ns(300);\n"}, ["bare constant time: dur_ns(300)"]),
    ("bare struct", {"model/a.c": "x = (struct dur){ 300 };\n"}, ["bare constant time"]),
    ("bare product", {"model/a.c": "x = 300 * PS_PER_NS;\n"}, ["bare constant time"]),
    ("cited on the line", {"devices/a.c": "x = dur_us(2); /* 82599 datasheet 8.2.3 */\n"}, []),
    ("cited above",
     {"devices/a.c": "/* Step of 100 us: section 5.21.1.8. */\nx = dur_us(100);\n"}, []),
    ("a comment without a source",
     {"devices/a.c": "/* Some time. */\nx = dur_us(100);\n"}, ["bare"]),
    ("zero and names",
     {"devices/a.c": "x = dur_ns(0); y = dur_ns(cfg->read_ns); z = dur_ps(1);\n"}, []),
    ("tests are free", {"tests/a.c": "x = dur_ns(300);\n"}, []),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)

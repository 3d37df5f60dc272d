# SPDX-License-Identifier: MIT
"""What every lint script shares: the files of the repository, C without comments and strings, and
the run itself. A script gives check(tree) -> findings, and SAMPLES, small trees that are wrong on
purpose, with which `--self-test` proves that it can fail."""
import os
import re
import sys
from typing import NamedTuple

SKIPPED_FOLDERS = {".git", "__pycache__"}
# What .gitignore names, in the root only.
OUTPUT_FOLDERS = re.compile(r"(build(-.*)?|out)$")
CODE = (".c", ".h", ".cpp", ".S", ".py", ".sh", ".def", ".cmake")
C_FAMILY = (".c", ".h", ".cpp", ".hpp")
# Code of the in-process kernel follows the kernel's rules, not the models'.
KERNEL = ("drivers/linux/arch/", "drivers/linux/workloads/")
# Programs that run while Doorbell is built.
BUILD_TOOLS = ("drivers/linux/pass/", "drivers/linux/build/")
MODELS = ("model/", "devices/", "iommu/", "drivers/")


class Finding(NamedTuple):
    path: str
    line: int
    what: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}"


def is_model(path):
    return path.startswith(MODELS) and not path.startswith(KERNEL + BUILD_TOOLS)


class Tree:
    """The files below a root, by relative path; or, for a sample, a dict of path and text."""

    def __init__(self, root=None, sample=None):
        self.root = root
        self.sample = sample
        self.names = sorted(sample) if sample is not None else sorted(self._walk())
        self.stripped = {}

    def _walk(self):
        for folder, folders, files in os.walk(self.root):
            top = folder == self.root
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS
                          and not (top and OUTPUT_FOLDERS.match(f))]
            for name in files:
                path = os.path.join(folder, name)
                if not os.path.islink(path):
                    yield os.path.relpath(path, self.root)

    def files(self, suffixes=None):
        return [n for n in self.names if suffixes is None or n.endswith(suffixes)]

    def text(self, path):
        """None for a file that is not text."""
        if self.sample is not None:
            return self.sample[path]
        try:
            with open(os.path.join(self.root, path), "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return ""
        try:
            return None if b"\0" in data[:4096] else data.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def code(self, path):
        """C with comments and the insides of strings blanked; lines stay where they were."""
        if path not in self.stripped:
            self.stripped[path] = strip_c(self.text(path) or "")
        return self.stripped[path]


TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'
                    r'(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def strip_c(text):
    def replace(match):
        token = match.group(0)
        if token[0] == "/":
            return blank(token)
        return token[0] + blank(token[1:-1]) + token[-1]
    return TOKENS.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def self_test(check, samples):
    """A sample is (name, files, expected): each expected text is in one finding, and there are as
    many findings as expected texts."""
    bad = 0
    if not any(expected for _, _, expected in samples):
        print("self-test: no sample that fails")
        bad += 1
    for name, files, expected in samples:
        found = [str(f) for f in check(Tree(sample=files))]
        missing = [e for e in expected if not any(e in f for f in found)]
        if missing or len(found) != len(expected):
            print(f"self-test: {name}: expected {expected}, found {found}")
            bad += 1
    print(f"self-test: {len(samples)} samples, {bad} wrong")
    return bad


def main(check, samples):
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(1 if self_test(check, samples) else 0)
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit(f"usage: {sys.argv[0]} ROOT | --self-test")
    findings = sorted(check(Tree(root=sys.argv[1])))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings", file=sys.stderr)
    sys.exit(1 if findings else 0)

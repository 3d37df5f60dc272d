#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What docs/determinism.md bans below the command line, because a run would not repeat; floating
point in models; ends of the process outside of the command line; and words of unfinished work."""
import re

import tree

LIBM = "sin cos tan asin acos atan atan2 sinh cosh tanh exp exp2 expm1 log log2 log10 log1p pow " \
       "sqrt cbrt hypot tgamma lgamma erf erfc fmod ceil floor round lround fabs"


def calls(names):
    return re.compile(r"(?<![\w.>])(?:std::)?(" + "|".join(names.split()) + r")\s*\(")


# (what, pattern, folders); a folder that ends in "/" is a prefix.
HOST_DEPENDENT = ("model/", "devices/", "iommu/", "drivers/", "analysis/")
RULES = [
    ("the host's random numbers", calls("rand random srand srandom rand_r drand48 lrand48 "
                                        "getrandom arc4random"), HOST_DEPENDENT),
    ("the environment", calls("getenv secure_getenv setenv putenv"), HOST_DEPENDENT),
    ("the wall clock", calls("time gettimeofday clock_gettime clock times localtime gmtime "
                             "strftime nanosleep usleep sleep"), HOST_DEPENDENT),
    ("the wall clock", re.compile(r"std::chrono|__rdtsc|\brdtsc\b|__DATE__|__TIME__"),
     HOST_DEPENDENT),
    ("a thread", re.compile(r"\bpthread_\w+|std::(thread|async|jthread)\b|\bthrd_create\b"
                            r"|\b_Atomic\b|<(pthread|threads|thread|future)\.?h?>"),
     HOST_DEPENDENT),
    ("hash order", re.compile(r"std::unordered_(map|set|multimap|multiset)"), HOST_DEPENDENT),
    ("libm", calls(LIBM), tree.MODELS),
    ("libm", re.compile(r"#\s*include\s*<(math\.h|cmath|complex\.h|tgmath\.h)>"), tree.MODELS),
    ("floating point", re.compile(r"\b(float|double|__float128|_Float\d+)\b"), tree.MODELS),
    ("output of a model", calls("printf vprintf puts putchar"), tree.MODELS),
    ("output of a model", re.compile(r"\bstdout\b|std::cout"), tree.MODELS),
    ("an end of the process", calls("exit _exit _Exit abort quick_exit terminate raise kill"),
     HOST_DEPENDENT),
]
# Kernel code sees no libc; only what its own rules leave open is looked for.
KERNEL_RULES = [("floating point", re.compile(r"\b(float|double)\b"), tree.KERNEL)]
# A child that could not start a program has nobody to return to.
ALLOWED = {("analysis/plot.c", "an end of the process")}

WORDS = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK", "for" " now",
                                      "simpli" "fied"]) + r")\b")
WORD_FILES = tree.CODE + (".md", ".toml", ".txt", ".lds", ".config", "Makefile", "Kconfig")
WORD_EXEMPT = ("LICENSES/",)


def rules_of(path):
    if path.startswith(tree.KERNEL):
        return KERNEL_RULES
    if path.startswith(tree.BUILD_TOOLS) or not path.endswith(tree.C_FAMILY):
        return []
    return RULES


def check(files):
    findings = []
    for path in files.files(WORD_FILES):
        text = files.text(path)
        if text is None:
            continue
        if not path.startswith(WORD_EXEMPT):
            for match in WORDS.finditer(text):
                findings.append(tree.Finding(path, tree.line_of(text, match.start()),
                                             f'unfinished: "{match.group(0)}"'))
        for what, pattern, folders in rules_of(path):
            if not path.startswith(folders) or (path, what) in ALLOWED:
                continue
            code = files.code(path)
            for match in pattern.finditer(code):
                findings.append(tree.Finding(path, tree.line_of(code, match.start()),
                                             f"{what}: {match.group(0).strip()}"))
    return findings


def one(path, text, *expected):
    return (text.strip(), {path: text}, list(expected))


MODEL = "devices/nic/a.c"
SAMPLES = [
    one(MODEL, "x = rand();", "random numbers"),
    one(MODEL, "x = getenv(\"A\");", "environment"),
    one(MODEL, "t = time(NULL);", "wall clock"),
    one(MODEL, "clock_gettime(CLOCK_MONOTONIC, &t);", "wall clock"),
    one(MODEL, "pthread_create(&t, 0, f, 0);", "thread"),
    one("model/scenario/a.cpp", "std::thread t(f);", "thread"),
    one("model/scenario/a.cpp", "std::unordered_map<int, int> m;", "hash order"),
    one(MODEL, "#include <math.h>\n", "libm"),
    one(MODEL, "y = log(x);", "libm"),
    one(MODEL, "double x;", "floating point"),
    one(MODEL, "printf(\"x\");", "output"),
    one(MODEL, "fputs(\"x\", stdout);", "output"),
    one(MODEL, "abort();", "end of the process"),
    one("analysis/a.c", "_Exit(4);", "end of the process"),
    one("drivers/linux/workloads/a.c", "double x;", "floating point"),
    one(MODEL, "/* TO" "DO */", "unfinished"),
    one("docs/a.md", "this is simpli" "fied", "unfinished"),
    one("cli/a.c", "double x = sqrt(time(NULL)); exit(1);"),
    one("analysis/a.c", "double x = 0;"),
    one("tests/unit/a.c", "srand(time(NULL));"),
    one(MODEL, "ops->time(ctx); nvme_abort(x); /* time(x) */ s = \"rand()\"; snprintf(s, n, f);"),
    one("drivers/linux/workloads/a.c", "time(x); abort();"),
]

if __name__ == "__main__":
    tree.main(check, SAMPLES)

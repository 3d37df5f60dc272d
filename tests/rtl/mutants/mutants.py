#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mutants.py SOURCE --compiler C --objects O --libraries L: builds the lock-step test with each
patch beside this file, one faulty line of RTL each, and runs it: every fault must be caught. The
RTL as it is goes first, the same way, and must not be."""
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

OPERATIONS = "50000"
BLOCK = {"irq_moderation": "moderation", "msix_table": "msix", "nvme_coalescing": "coalescing"}
GENERICS = {"irq_moderation": [], "msix_table": ["-GVECTORS=256"],
            "nvme_coalescing": ["-GVECTORS=256"]}
HERE = pathlib.Path(__file__).resolve().parent


class Failed(Exception):
    pass


def run(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def build(link, source, top, folder):
    """The test with the module's unit compiled anew, before the library that has it, too."""
    arguments = ["--cc", "--assert", "--trace-fst", "--x-assign", "fast", "--x-initial", "fast",
                 "--top-module", top, "--prefix", f"V{top}", "-Mdir", folder / "v"]
    run(["verilator", *arguments, *GENERICS[top], source])
    unit = folder / "all.cpp"
    parts = sorted((folder / "v").glob("*.cpp"))
    unit.write_text("".join(f'#include "{part}"\n' for part in parts))
    program = folder / "lockstep"
    run([*link["compiler"], "-std=c++17", "-O0", "-w", "-no-pie", "-fno-pie", "-DVM_TRACE=1",
         "-DVM_TRACE_FST=1", "-DVM_COVERAGE=0", "-DVM_SC=0", "-I", folder / "v",
         "-I", link["root"] + "/include", "-I", link["root"] + "/include/vltstd",
         "-o", program, *link["objects"], unit, *link["libraries"], "-lz"])
    return program


def caught(link, source_dir, patch, top):
    """The line that the test prints of the first difference; None if there was none."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        target = folder / "devices" / "rtl"
        target.mkdir(parents=True)
        shutil.copy(source_dir / "devices" / "rtl" / f"{top}.sv", target)
        if patch:
            run(["patch", "-s", "-p1", "-i", patch], cwd=folder)
        program = build(link, target / f"{top}.sv", top, folder)
        done = subprocess.run([program, BLOCK[top], "--ops", OPERATIONS], capture_output=True,
                              text=True, timeout=300)
        return done.stdout.strip().splitlines()[-1] if done.returncode else None


def line_of(arguments, name):
    return arguments[arguments.index(name) + 1].split(";")


def main(arguments):
    source_dir = pathlib.Path(arguments[0])
    link = {"compiler": line_of(arguments, "--compiler"),
            "objects": line_of(arguments, "--objects"),
            "libraries": line_of(arguments, "--libraries"),
            "root": run(["verilator", "--getenv", "VERILATOR_ROOT"])}
    jobs = {top: None for top in BLOCK}
    for patch in sorted(HERE.glob("*.patch")):
        jobs[patch] = re.search(r"rtl/(\w+)\.sv", patch.read_text()).group(1)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = {job: pool.submit(caught, link, source_dir, top and job, top or job)
                   for job, top in jobs.items()}
    good = True
    for job, result in results.items():
        difference, wanted = result.result(), job not in BLOCK
        good &= bool(difference) == wanted
        name = job.name if wanted else f"{job}, unchanged"
        print(f"{'' if bool(difference) == wanted else 'WRONG: '}{name}: {difference or 'agrees'}")
    patches = [job for job in jobs if job not in BLOCK]
    print(f"{sum(bool(results[p].result()) for p in patches)} of {len(patches)} mutants caught")
    return 0 if good and len(patches) >= 20 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: MIT
"""Builds Doorbell once more with other options (or takes another executable) and compares digests.

variant.py --reference DOORBELL (--source DIR --build DIR | --executable FILE) --scenarios S.toml...
           -- CMAKE_OPTION...
variant.py --source DIR --build DIR --ctest LABELS -- CMAKE_OPTION...
           builds all and runs the tests with these labels (a regular expression)

Exit: 0 all digests are equal, 1 they are not, a build failed or a run reported something, 77 the
compiler asked for is not there.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def fail(text):
    print(text)
    sys.exit(1)


def run(step):
    done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        fail(f"{' '.join(step)}\n{done.stdout[-6000:]}")
    return done.stdout


def build(source, folder, target, options):
    for option in options:
        if "COMPILER=" in option and not shutil.which(option.split("=")[1]):
            print(f"{option.split('=')[1]} is not installed")
            sys.exit(77)
    run(["cmake", "-G", "Ninja", "-S", source, "-B", folder, *options])
    run(["cmake", "--build", folder, "--target", target])
    return os.path.join(folder, "doorbell")


def digests(doorbell, scenario, folder):
    """Of all points, and what was written to the host's log: sanitizers report there."""
    env = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1")
    done = subprocess.run([doorbell, "run", scenario, "--json", "--out", folder], env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    logs = "".join(log.read_text(errors="replace")
                   for log in sorted(pathlib.Path(folder).glob("**/host.log")))
    if done.returncode or logs:
        fail(f"{doorbell} run {scenario}: exit {done.returncode}\n{done.stderr}{logs[:6000]}")
    return [point["digest"] for point in json.loads(done.stdout)["points"]]


def run_tests(folder, labels):
    """Those of the build itself are left out: they do not run what was built."""
    print(run(["ctest", "--test-dir", folder, "-L", labels, "-LE", "soak", "-E", "linux_(build|pass)",
               "--output-on-failure", "--timeout", "300"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reference")
    parser.add_argument("--source")
    parser.add_argument("--build")
    parser.add_argument("--executable")
    parser.add_argument("--ctest")
    parser.add_argument("--scenarios", nargs="+", default=[])
    parser.add_argument("options", nargs="*")
    args = parser.parse_args()
    target = "all" if args.ctest else "doorbell"
    other = args.executable or build(args.source, args.build, target, args.options)
    if args.ctest:
        run_tests(args.build, args.ctest)
    different = 0
    for scenario in args.scenarios:
        name = pathlib.Path(scenario).stem
        with tempfile.TemporaryDirectory() as folder:
            expected = digests(args.reference, scenario, os.path.join(folder, "reference"))
            found = digests(other, scenario, os.path.join(folder, "other"))
        print(f"{name}: {' '.join(found)}")
        if found != expected:
            different = 1
            print(f"{name}: expected {' '.join(expected)}; compare the traces of\n"
                  f"  {args.reference} run {scenario} --trace '*'\n"
                  f"  {other} run {scenario} --trace '*'")
    sys.exit(different)


main()

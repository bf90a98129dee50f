"""Runs the tests with a real browser; see `make test`, `make verify` and docs/developer/testing.md."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = "!" * 78
# What pytest answers when tests ran and some failed, and when none was selected.
TESTS_FAILED, NONE_SELECTED = 1, 5
# More would rather wait for each other's engines, products and browsers.
MOST_PROCESSES = 4


def browser() -> str:
    """The path of a Chromium, installed if need be; empty when none can be had."""
    found = subprocess.run(
        [sys.executable, "scripts/browser.py"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def processes(rest: list[str]) -> int:
    """In how many processes pytest runs: one for each core, but one alone for some tests (each would start engines of its
    own), on engines of somebody's own, and where a number is asked for."""
    asks_for_some = any(not word.startswith("-") for word in rest)
    if asks_for_some or any(word.startswith(("-n", "--lf", "--last-failed", "--pdb", "--collect")) for word in rest):
        return 1
    if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES)


def main() -> int:
    """Run pytest; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verify", action="store_true", help="the long kill, fault and matrix runs")
    options, rest = parser.parse_known_args()
    environment = dict(os.environ)
    and_browser = ""
    path = browser()
    if path:
        environment["CHROMIUM"] = path
    else:
        print(f"{RULE}\nNo Chromium is here and none can be installed: NO BROWSER TEST RUNS.\n{RULE}", flush=True)
        if os.environ.get("CI"):
            return 1
        and_browser = " and not browser"
    marks = "verify" if options.verify else "not verify"
    rounds = [("verify and not alone", processes(rest)), ("verify and alone", 1)]
    statuses = [
        _pytest([f"-m{chosen}{and_browser}", *([f"-n{count}"] if count > 1 else []), *rest], environment)
        for chosen, count in (rounds if options.verify else [(marks, processes(rest))])
    ]
    status = next((status for status in statuses if status not in {0, NONE_SELECTED}), min(statuses))
    if status == TESTS_FAILED and os.environ.get("CI"):
        status = _once_more([f"-m{marks}{and_browser}", *rest], environment)
    return status


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


def _once_more(arguments: list[str], environment: dict[str, str]) -> int:
    """Run what failed a second time, alone. What passes now is named as flaky, which is a bug to be mended, but a busy
    machine does not stop a change; what fails twice has failed."""
    print(f"{RULE}\nSome tests failed: they run once more, alone. Those that pass now are FLAKY.\n{RULE}", flush=True)
    again = ["--last-failed", "--last-failed-no-failures=none", "-rA", "--no-header"]
    return _pytest([*arguments, *again], environment)


if __name__ == "__main__":
    sys.exit(main())

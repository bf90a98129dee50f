"""Measuring the product at several sizes.

python -m benchmarks [--sizes 10000,100000,1000000] [--quick] [--only list,search] [--keep]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import claims, dashboards, inbound, measuring, memory, places, report, seed
from benchmarks.measuring import Figures, Quiet
from benchmarks.places import Engines, engines_of
from benchmarks.relay import Relay
from benchmarks.scenarios import People, Scenario, everything
from benchmarks.seed_shape import Shape, shape_of
from benchmarks.stack import Stack

SIZES = (10_000, 100_000, 1_000_000)
CLIENTS = (1, 8)
RESULTS = Path(__file__).resolve().parent / "results"


def measure_size(tickets: int, options: argparse.Namespace) -> dict[str, Any]:
    """Everything about one size, on its seeded directory."""
    directory = places.copy_of(seed.ensure(tickets, places.base_directory()))
    relay = Relay()
    os.environ["SMTP_RELAY_URL"] = relay.url
    try:
        with engines_of(directory) as engines:
            _set_up()
            return _measured(engines, shape_of(tickets), options)
    finally:
        relay.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _set_up() -> None:
    """Django on the running engines; each size is measured in a process of its own, since settings are read once."""
    os.environ["DATABASE_URL"] += "?application_name=driver"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("prepare", verbosity=0)
    seed.skip_history()


def _measured(engines: Engines, shape: Shape, options: argparse.Namespace) -> dict[str, Any]:
    people = People(shape).load()
    every = [*everything(people), *dashboards.scenarios(people), *claims.scenarios(people)]
    scenarios = [one for one in every if chosen(one.key, options.only) or one.is_bare]
    stack = Stack(engines, engines.directory / "stack.log")
    result: dict[str, Any] = {"tickets": shape.tickets, "messages_per_ticket": shape.messages_per_ticket}
    quiet, figures = Quiet(), []
    try:
        stack.start_web()
        reads = [one for one in scenarios if not one.is_write]
        figures += _all(stack, reads, quiet, options)
        result["memory_serving_mb"] = stack.memory()
        writing = [one for one in scenarios if one.is_write]
        if writing or chosen("inbound", options.only):
            stack.start_background()
            time.sleep(2 if options.quick else 12)  # until the workers have forked and made their first round
            measuring.settle()
            quiet.measure(stack, 3 if options.quick else 8)
            result["at_rest_cpu_ms_per_second"] = {name: round(ms, 2) for name, ms in quiet.per_second.items()}
            figures += _all(stack, writing, quiet, options)
        if chosen("inbound", options.only):
            for name, is_answered in (("inbound", False), ("inbound_answered", True)):
                result[name] = inbound.measure(stack, mails=options.mails, quiet=quiet, is_answered=is_answered)
                print(f"  {name}:", json.dumps(result[name]), flush=True)
        result["memory_mb"] = stack.memory()
    finally:
        stack.stop()
    if chosen("push", options.only) and not options.quick:
        result["push"] = _push()
    result["figures"] = [asdict(one) | {"cpu": one.cpu} for one in figures]
    return result


def _all(stack: Stack, scenarios: Sequence[Scenario], quiet: Quiet, options: argparse.Namespace) -> list[Figures]:
    found = []
    for scenario in scenarios:
        queries = None if scenario.is_bare else measuring.count_queries(scenario)
        for clients in CLIENTS:
            requests = max(clients, scenario.requests // (6 if options.quick else 1)) * (1 if clients == 1 else 2)
            one = measuring.measure(stack, scenario, clients=clients, requests=requests, quiet=quiet)
            one = Figures(**{**asdict(one), "queries": queries})
            found.append(one)
            print(report.line(one), flush=True)
    return found


def _push() -> dict[str, Any]:
    from benchmarks import push

    found = push.run(desks=200, seconds=20, rate=60)
    print("  push:", json.dumps(found), flush=True)
    return found


def chosen(key: str, only: str) -> bool:
    """Whether `--only` (comma-separated beginnings) takes this scenario; everything without it."""
    return not only or any(key.startswith(name) for name in only.split(","))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="comma-separated numbers of tickets")
    parser.add_argument("--quick", action="store_true", help="few requests, no push: a look, not a measurement")
    parser.add_argument("--only", default="", help="beginnings of scenario keys, comma-separated")
    parser.add_argument("--mails", type=int, default=0, help="mails of the inbound measurement")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    options.mails = options.mails or (150 if options.quick else 1500)
    sizes = [int(size.replace("_", "")) for size in options.sizes.replace(" ", ",").split(",") if size]
    if options.into is not None:
        options.into.write_text(json.dumps(measure_size(sizes[0], options)))
        return 0
    results = [_in_own_process(size, options) for size in sizes]
    rest = memory.measure() if chosen("memory", options.only) and not options.quick else None
    clocks = _clocks(sizes[-1]) if chosen("clocks", options.only) and not options.quick else None
    routed = _routing(sizes) if chosen("routing", options.only) and not options.quick else None
    RESULTS.mkdir(exist_ok=True)
    whole = {
        "at": time.strftime("%Y-%m-%d %H:%M"),
        "machine": machine(),
        "quick": options.quick,
        "sizes": results,
        "rest": rest,
        "clocks": clocks,
        "routing": routed,
    }
    target = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.write_text(json.dumps(whole, indent=1))
    target.with_suffix(".md").write_text(report.markdown(whole))
    print(f"\n{report.markdown(whole)}\nwritten: {target} and {target.with_suffix('.md').name}")
    return 0


def _in_own_process(size: int, options: argparse.Namespace) -> dict[str, Any]:
    import subprocess
    import tempfile

    print(f"== {size:,} tickets", flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks", "--sizes", str(size), "--into", file.name]
        command += ["--only", options.only, "--mails", str(options.mails)] + (["--quick"] if options.quick else [])
        subprocess.run(command, check=True, cwd=places.ROOT)
        found: dict[str, Any] = json.loads(Path(file.name).read_text())
    return found


def _routing(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """The matcher at the backlogs of 10 k and 100 k (or less, where only smaller sizes are measured)."""
    from benchmarks import routing

    backlogs = sorted({min(backlog, max(sizes)) for backlog in routing.BACKLOGS})
    print(f"== the matcher, {', '.join(f'{one:,}' for one in backlogs)} waiting", flush=True)
    return [routing.in_own_process(one, assignments=2000) for one in backlogs]


def _clocks(size: int) -> dict[str, Any]:
    import subprocess
    import tempfile

    print(f"== {size:,} running clocks", flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks.clocks", "--clocks", str(size), "--into", file.name]
        subprocess.run(command, check=True, cwd=places.ROOT)
        found: dict[str, Any] = json.loads(Path(file.name).read_text())
    return found


def machine() -> dict[str, Any]:
    """What the figures were measured on, without names."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
    }

"""The product's processes on a seeded directory, and what each of them costs in processor time and memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.places import ROOT, Engines

TICK = os.sysconf("SC_CLK_TCK")
WEB_PROCESSES = 2
# As helpdesk/embedded/plan.py starts them.
_CELERY = [sys.executable, "-m", "celery", "--app", "helpdesk", "--quiet"]
_WORKER = ["worker", "--pool=prefork", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
BACKGROUND: dict[str, list[str]] = {
    "worker": [
        "nice",
        "-n",
        "5",
        *_CELERY,
        *_WORKER,
        "--hostname=main@%h",
        "--queues=inbound,outbound,bulk",
        "--concurrency=2",
    ],
    "timers": [*_CELERY, *_WORKER, "--hostname=timers@%h", "--queues=timers,events", "--concurrency=1"],
    "beat": [*_CELERY, "beat", "--loglevel=WARNING", "--pidfile="],
    "dispatcher": [sys.executable, "manage.py", "run_dispatcher"],
    "mail": [sys.executable, "manage.py", "run_mail_listener"],
}


@dataclass
class Stack:
    """Running processes by name. Each announces itself to PostgreSQL by that name, so that its backends are known."""

    engines: Engines
    log: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = 0
    bare_port: int = 0
    mail_port: int = 0

    def start_web(self) -> None:
        """Web processes on one listening socket, as the supervisor has them, and the bare page on another."""
        self.port = self._serve([f"web-{nth + 1}" for nth in range(WEB_PROCESSES)])
        bare = {"DJANGO_SETTINGS_MODULE": "benchmarks.bare_settings"}
        self.bare_port = self._serve([f"bare-{nth + 1}" for nth in range(WEB_PROCESSES)], bare)

    def stop(self, *names: str) -> None:
        """End these processes, or all."""
        chosen = names or tuple(self.running)
        for name in chosen:
            self.running[name].send_signal(signal.SIGTERM)
        for name in chosen:
            process = self.running.pop(name)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start_background(self) -> None:
        """Workers, beat, dispatcher and the mail listener."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.mail_port = probe.getsockname()[1]
        schedule = f"--schedule={self.engines.directory / 'celerybeat-schedule'}"
        for name, command in BACKGROUND.items():
            self._spawn(name, [*command, *([schedule] if name == "beat" else [])], {"MAIL_PORT": str(self.mail_port)})
        _wait_for(self.mail_port)

    def _serve(self, names: Iterable[str], environment: dict[str, str] | None = None) -> int:
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            port: int = listener.getsockname()[1]
            for name in names:
                command = [sys.executable, "-m", "helpdesk.serving", "--fd", str(listener.fileno())]
                self._spawn(name, command, environment or {}, listener.fileno())
        _wait_for_answer(port)
        return port

    def _spawn(self, name: str, command: list[str], environment: dict[str, str], *fds: int) -> None:
        named = {"DATABASE_URL": f"{self.engines.database}?application_name=bench-{name}"}
        with self.log.open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | named | environment, pass_fds=fds, stdout=log, stderr=log
            )

    # --- What they cost -----------------------------------------------------------------------------------------------
    def pids(self) -> dict[str, list[int]]:
        """Process ids by name, with children; `valkey`; PostgreSQL's backends by whom they serve (`pg:web-1`)."""
        children = _children()
        found = {name: _tree(process.pid, children) for name, process in self.running.items()}
        found["valkey"] = [self.engines.valkey]
        served = self._backends()
        groups = defaultdict(list)
        for pid in _tree(self.engines.postmaster, children):
            groups["pg:" + served.get(pid, "own")].append(pid)
        return found | groups

    def _backends(self) -> dict[int, str]:
        """Names by backend; asked over a connection that does not count."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pid, application_name FROM pg_stat_activity WHERE backend_type = 'client backend'")
            return {
                pid: name.removeprefix("bench-") if name.startswith("bench-") else "driver"
                for pid, name in cursor.fetchall()
            }

    def sample(self) -> Sample:
        """Processor seconds so far of each group, and which backends there are."""
        pids = self.pids()
        cpu = {name: sum(cpu_seconds(pid) for pid in group) for name, group in pids.items()}
        backends = frozenset(pid for name, group in pids.items() if name.startswith("pg:") for pid in group)
        return Sample(cpu, backends)

    def memory(self) -> dict[str, float]:
        """Proportional memory in MB of each group."""
        return {name: round(sum(pss_mb(pid) for pid in group), 1) for name, group in self.pids().items()}


@dataclass(frozen=True)
class Sample:
    """Processor seconds by group at one moment."""

    cpu: dict[str, float]
    backends: frozenset[int]

    def since(self, before: Sample) -> dict[str, float]:
        """Milliseconds spent since `before`, summed: `web`, `pg` (for web), `bare`, `pg_bare`, `background` (workers,
        dispatcher, listener and their backends), `own` (PostgreSQL's own processes), `valkey`."""
        spent: dict[str, float] = defaultdict(float)
        for name, seconds in self.cpu.items():
            spent[group_of(name)] += (seconds - before.cpu.get(name, 0.0)) * 1000
        return dict(spent)

    def is_whole_since(self, before: Sample) -> bool:
        """False when a backend ended in between, whose time is lost."""
        return before.backends <= self.backends


def group_of(name: str) -> str:
    """To whose account a process is charged; see `Sample.since`."""
    is_pg, plain = name.startswith("pg:"), name.removeprefix("pg:")
    if plain.startswith("web"):
        return "pg" if is_pg else "web"
    if plain.startswith("bare"):
        return "pg_bare" if is_pg else "bare"
    return plain if plain in {"own", "valkey", "driver"} else "background"


def cpu_seconds(pid: int) -> float:
    """Processor time of a process's living threads, to the nanosecond; of the whole process in ticks where the kernel
    does not tell it by thread."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        try:
            return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
        except FileNotFoundError:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return (int(stat[11]) + int(stat[12])) / TICK
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def pss_mb(pid: int) -> float:
    """Proportional set size in MB."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    return 0.0


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[parent].append(int(entry.name))
    return found


def _tree(pid: int, children: dict[int, list[int]]) -> list[int]:
    found = [pid]
    for child in children.get(pid, ()):
        found += _tree(child, children)
    return found


def tree_pss_mb(pid: int) -> dict[str, float]:
    """Proportional memory in MB of a process and everything below it, by the name that each process has."""
    found: dict[str, float] = defaultdict(float)
    for member in _tree(pid, _children()):
        try:
            name = Path(f"/proc/{member}/cmdline").read_bytes().split(b"\0")[0].decode("utf-8", "replace")
            name = name.split(":")[0] if name.startswith("postgres:") else Path(name.split(" ")[0]).name
        except FileNotFoundError:
            continue
        found[name] += pss_mb(member)
    return {name: round(mb, 1) for name, mb in found.items()}


def _wait_for(port: int, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens on port {port}")


def _wait_for_answer(port: int, seconds: float = 60) -> None:
    import http.client

    ends: float = time.monotonic() + seconds
    error: Any = None
    while time.monotonic() < ends:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except OSError as failed:
            error = failed
            time.sleep(0.2)
    raise RuntimeError(f"no answer on port {port}: {error}")

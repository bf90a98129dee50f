"""Push latency from commit to browser socket, with many desks open that fetch as the desk's script does.

python -m benchmarks.push [--desks 200] [--seconds 20] [--rate 60] [--no-fetch]

Without DATABASE_URL it starts engines of its own in a temporary directory. Two web processes and the dispatcher are the
product's own; the desks are sockets of one client process. Tickets arrive one by one, then in a flood by the intake (two
processes), then in a flood of real mail by SMTP, through listener and worker. All clocks are one machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import resource
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.arriving import arrivals, mails
from benchmarks.stack import BACKGROUND

ROOT = Path(__file__).resolve().parent.parent
TEAMS = 8
WEB_PROCESSES = 2


# --- Desks: one client process ---------------------------------------------------------------------------------------
@dataclass
class Client:
    """The desks of the client process: what they were told and when."""

    ports: Sequence[int]
    cookies: Sequence[str]
    fetches: bool
    heard: list[tuple[int, int, float]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    fetched: list[float] = field(default_factory=list)
    refused: int = 0
    caught_up: int = 0

    async def run(self, pipe: Connection) -> None:
        import httpx

        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        async with httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as http:
            opened = [asyncio.Event() for _ in self.cookies]
            tasks = [
                asyncio.ensure_future(self.desk(nth, cookie, opened[nth], http))
                for nth, cookie in enumerate(self.cookies)
            ]
            await asyncio.gather(*(event.wait() for event in opened))
            self.heard.clear()
            self.caught_up = 0
            pipe.send("open")
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def desk(self, nth: int, cookie: str, opened: asyncio.Event, http: Any) -> None:
        from websockets.asyncio.client import connect

        address = f"127.0.0.1:{self.ports[nth % len(self.ports)]}"
        headers = {"Cookie": f"staff_session={cookie}"}
        dirty: set[int] = set()
        known: set[int] = set()
        pace = Pace()
        async with connect(
            f"ws://{address}/ws/desk/",
            origin=f"http://{address}",
            additional_headers=headers,
            proxy=None,
            open_timeout=60,
        ) as connection:  # type: ignore[arg-type]
            async for frame in connection:
                now = time.time()
                data = json.loads(frame)
                for message in data if isinstance(data, list) else [data]:
                    if message["t"] == "hello":
                        opened.set()
                    elif message["t"] == "ping":
                        await connection.send('{"pong":true}')
                    elif message["t"] == "catchup":
                        self.caught_up += 1
                    elif message["t"] == "row":
                        if message["id"] not in known:
                            known.add(message["id"])
                            self.heard.append((message["id"], message["v"], now))
                        pace.wait = message["wait"]
                        dirty.add(message["id"])
                if dirty and self.fetches and pace.task is None:
                    pace.task = asyncio.ensure_future(self.fetch(address, headers, dirty, pace, http))

    async def fetch(self, address: str, headers: dict[str, str], dirty: set[int], pace: Pace, http: Any) -> None:
        """As static/js/ticket-list.js: at once when the last fetch is long ago, else after the wait and some jitter."""
        try:
            since = time.time() - pace.last
            if since <= pace.wait:
                await asyncio.sleep(pace.wait - since + random.random() * 0.4)
            ids = ",".join(map(str, list(dirty)[:50]))
            dirty.clear()
            started = time.time()
            answer = await http.get(f"http://{address}/tickets/rows/?ids={ids}&view=all", headers=headers)
            pace.last = time.time()
            self.waits.append(pace.wait)
            self.fetched.append(pace.last - started)
            self.refused += answer.status_code != 200
        except Exception:
            self.refused += 1
        finally:
            pace.task = None


@dataclass
class Pace:
    """When a desk last fetched, and how long the server asks it to wait."""

    wait: float = 2.0
    last: float = 0.0
    task: asyncio.Task[None] | None = None


def client_main(pipe: Connection, ports: Sequence[int], cookies: Sequence[str], fetches: bool) -> None:
    client = Client(ports, cookies, fetches)
    asyncio.run(client.run(pipe))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    pipe.send(
        {
            "heard": client.heard,
            "waits": client.waits,
            "fetched": client.fetched,
            "refused": client.refused,
            "caught_up": client.caught_up,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
        }
    )


# --- The product's processes -----------------------------------------------------------------------------------------
@contextlib.contextmanager
def processes(
    environment: dict[str, str], mail_port: int
) -> Iterator[tuple[list[int], dict[str, subprocess.Popen[bytes]]]]:
    """Web processes, dispatcher, mail listener and worker: the web ports, and the processes by name."""
    ports: list[int] = []
    running: dict[str, subprocess.Popen[bytes]] = {}
    options: dict[str, Any] = {"cwd": ROOT, "env": os.environ | environment, "stdout": subprocess.DEVNULL}
    try:
        for nth in range(WEB_PROCESSES):
            with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
                command = [sys.executable, "-m", "helpdesk.serving", "--fd", str(listener.fileno())]
                running[f"web-{nth + 1}"] = subprocess.Popen(command, pass_fds=[listener.fileno()], **options)
                ports.append(listener.getsockname()[1])
        options["env"] = options["env"] | {"MAIL_PORT": str(mail_port)}
        for name in ("dispatcher", "mail", "worker"):
            running[name] = subprocess.Popen(BACKGROUND[name], **options)
        yield ports, running
    finally:
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for process in running.values():
            process.wait(30)


def cpu_and_memory(pids: dict[str, int]) -> dict[str, tuple[float, float]]:
    """CPU seconds so far and proportional memory in MB of each process."""
    import psutil

    found = {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        times = process.cpu_times()
        found[name] = (times.user + times.system, process.memory_full_info().pss / 1e6)
    return found


def latencies(known: dict[int, tuple[int, float]], heard: Sequence[tuple[int, int, float]]) -> list[float]:
    """Seconds from commit to socket, one for each ticket and socket that heard of it."""
    return [at - known[pk][1] for pk, version, at in heard if pk in known and version >= known[pk][0]]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which this share lies, in milliseconds; None without values."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1) if ordered else None


# --- A run ------------------------------------------------------------------------------------------------------------
def people_and_accounts(desks: int) -> tuple[list[str], list[Any], list[int]]:
    """Sessions of that many people in eight teams (one in ten a supervisor), and each team's channel account."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.cached_db import SessionStore

    from helpdesk.accounts.models import Membership, Staff, Team
    from helpdesk.core.models import ChannelAccount, ChannelKind
    from tickets.labels import ensure_labels
    from tickets.routing.models import AccountTeam

    ensure_labels()
    teams = [Team.objects.get_or_create(slug=f"bench-{n}", defaults={"name": f"Bench {n}"})[0] for n in range(TEAMS)]
    accounts = []
    for team in teams:
        values = {"kind": ChannelKind.EMAIL, "name": team.name, "config": {"acknowledge": False}}
        values["address"] = f"{team.slug}@demo.example"
        account, _created = ChannelAccount.objects.update_or_create(slug=f"box-{team.slug}", defaults=values)
        AccountTeam.objects.update_or_create(account=account, defaults={"team": team})
        accounts.append(account)
    sessions, ids = [], []
    for nth in range(desks):
        role = "supervisor" if nth % 10 == 0 else "agent"
        person, _created = Staff.objects.get_or_create(
            username=f"bench-{nth}", defaults={"name": f"Bench {nth}", "role": role, "password": "!"}
        )
        Membership.objects.get_or_create(staff=person, team=teams[nth % TEAMS])
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "helpdesk.accounts.backends.StaffBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        sessions.append(str(session.session_key))
        ids.append(person.pk)
    return sessions, accounts, ids


def run(*, desks: int = 200, seconds: float = 20, rate: float = 60, fetches: bool = True) -> dict[str, Any]:
    """Open the desks on the configured database, let single changes and then a flood arrive; figures in milliseconds.

    Django is set up by whoever calls; the database has its tables.
    """
    from django.conf import settings

    environment = {
        "DATABASE_URL": _database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "LOG_LEVEL": "WARNING",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    sessions, accounts, _ids = people_and_accounts(desks)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        mail_port = probe.getsockname()[1]
    ids, addresses = [account.pk for account in accounts], [account.address for account in accounts]
    with processes(environment, mail_port) as (ports, running):
        measured = partial(_part, ports, sessions, {name: process.pid for name, process in running.items()}, fetches)
        quiet = measured(lambda: arrivals(ids, 3, min(10, seconds)))
        busy = measured(lambda: arrivals(ids, rate, seconds))
        by_mail = measured(lambda: mails(mail_port, addresses, rate, seconds))
    return {"desks": desks, "quiet": quiet, "busy": busy, "by_mail": by_mail}


def _part(
    ports: Sequence[int],
    sessions: Sequence[str],
    pids: dict[str, int],
    fetches: bool,
    arrive: Callable[[], tuple[dict[int, tuple[int, float]], float]],
) -> dict[str, Any]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    client = multiprocessing.get_context("spawn").Process(target=client_main, args=(theirs, ports, sessions, fetches))
    client.start()
    if not ours.poll(120):
        client.terminate()
        raise RuntimeError("the desks did not open within two minutes")
    ours.recv()
    time.sleep(2)
    before, started = cpu_and_memory(pids), time.time()
    committed, arriving = arrive()
    took = time.time() - started
    after = cpu_and_memory(pids)
    time.sleep(1.5)
    ours.send("stop")
    told = ours.recv()
    client.join(30)
    found = latencies(committed, told["heard"])
    expected = len(committed) * (len(sessions) // 10 + (len(sessions) - len(sessions) // 10) // TEAMS)
    return {
        "changes_per_second": round(len(committed) / arriving, 1),
        "pushes": len(found),
        "pushes_expected_about": expected,
        "p50_ms": percentile(found, 0.5),
        "p95_ms": percentile(found, 0.95),
        "p99_ms": percentile(found, 0.99),
        "most_ms": percentile(found, 1),
        "fetches_per_second": round(len(told["fetched"]) / took, 1),
        "fetch_p99_ms": percentile(told["fetched"], 0.99),
        "fetches_refused": told["refused"],
        "wait_seconds_asked": round(sum(told["waits"]) / len(told["waits"]), 1) if told["waits"] else None,
        "catch_ups": told["caught_up"],
        "cpu_percent": {name: round((after[name][0] - before[name][0]) / took * 100) for name in pids},
        "client_cpu_seconds": round(told["cpu_seconds"], 1),
        "pss_mb": {name: round(after[name][1]) for name in pids},
    }


def _database_url() -> str:
    from django.db import connection

    given = connection.settings_dict
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**given)


@contextlib.contextmanager
def _engines() -> Iterator[None]:
    """Engines for a run without a given database, with all tables."""
    from helpdesk.embedded.engines import running

    with tempfile.TemporaryDirectory(prefix="helpdesk-bench-") as directory:
        with running(Path(directory), output=subprocess.DEVNULL) as engines:
            os.environ |= {"DATABASE_URL": engines.postgres.url, "REDIS_URL": engines.valkey.url, "DATA_DIR": directory}
            yield


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("--desks", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=60, help="tickets a second in the busy part")
    parser.add_argument("--no-fetch", action="store_true", help="desks listen but never fetch rows")
    options = parser.parse_args(arguments)
    own = contextlib.nullcontext() if os.environ.get("DATABASE_URL") else _engines()
    with own:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(40))
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        result = run(desks=options.desks, seconds=options.seconds, rate=options.rate, fetches=not options.no_fetch)
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

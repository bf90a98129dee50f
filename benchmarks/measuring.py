"""One scenario at so many clients: latency, processor time per request and queries."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks import load
from benchmarks.scenarios import Scenario
from benchmarks.stack import Sample, Stack, cpu_seconds, group_of

TRIES = 4
WARM_UP = 6


@dataclass(frozen=True)
class Figures:
    """Of one scenario. Times in milliseconds; `web` and `pg` are processor time per request (median of batches), `quiet`
    both together in the cheapest tenth of the batches, `background` what workers, dispatcher and their backends spent for
    it afterwards, `own` PostgreSQL's own processes."""

    scenario: str
    title: str
    clients: int
    requests: int
    p50: float
    p95: float
    p99: float
    rate: float
    web: float
    pg: float
    background: float
    own: float
    bytes: int
    quiet: float | None = None
    queries: int | None = None
    goal: float | None = None
    times_bare: float | None = None

    @property
    def cpu(self) -> float:
        """Web and PostgreSQL together."""
        return round(self.web + self.pg, 2)


@dataclass
class Quiet:
    """What the background spends by itself, ms of processor time per second, so that it is not charged to requests."""

    per_second: dict[str, float] = field(default_factory=dict)

    def measure(self, stack: Stack, seconds: float) -> None:
        before = stack.sample()
        time.sleep(seconds)
        spent = stack.sample().since(before)
        self.per_second = {name: ms / seconds for name, ms in spent.items()}

    def without(self, spent: dict[str, float], seconds: float) -> dict[str, float]:
        return {name: max(0.0, ms - self.per_second.get(name, 0.0) * seconds) for name, ms in spent.items()}


class Batches:
    """Processor time of a few requests at a time. Their median stands for the scenario: other work on the machine makes
    some batches dear (caches, shared cores), never cheap."""

    SIZE = 3

    def __init__(self, stack: Stack, groups: tuple[str, ...]) -> None:
        pids = stack.pids()
        self._pids = {name: [pid for key in pids if group_of(key) == name for pid in pids[key]] for name in groups}
        self._found: dict[str, list[float]] = {name: [] for name in groups}
        self._last = self._read()

    def _read(self) -> dict[str, float]:
        return {name: sum(cpu_seconds(pid) for pid in group) * 1000 for name, group in self._pids.items()}

    def note(self, number: int) -> None:
        """Called behind each request."""
        if (number + 1) % self.SIZE == 0:
            now = self._read()
            for name, values in self._found.items():
                values.append((now[name] - self._last[name]) / self.SIZE)
            self._last = now

    def quiet(self) -> float | None:
        """All groups together in the cheapest tenth of the batches: what a request costs when nothing else runs."""
        sums = sorted(sum(values) for values in zip(*self._found.values(), strict=True))
        return round(sums[len(sums) // 10], 2) if len(sums) >= 10 else None

    def median(self, name: str, otherwise: float) -> float:
        """The median of the batches, or the given value where there were too few."""
        values = self._found[name]
        return statistics.median(values) if len(values) >= 3 else otherwise


def measure(stack: Stack, scenario: Scenario, *, clients: int, requests: int, quiet: Quiet) -> Figures:
    """Warm up, then ask; again when a backend was replaced in the middle."""
    port = stack.bare_port if scenario.is_bare else stack.port
    load.run(port, scenario.call, requests=max(WARM_UP, clients * 2), clients=max(2, clients), before=scenario.before)
    web, pg = ("bare", "pg_bare") if scenario.is_bare else ("web", "pg")
    for _ in range(TRIES):
        before, began = stack.sample(), time.monotonic()
        batches = Batches(stack, (web, pg))
        timed = load.run(
            port,
            scenario.call,
            requests=requests,
            clients=clients,
            before=scenario.before,
            after=batches.note if clients == 1 else None,
        )
        after, took = stack.sample(), time.monotonic() - began
        if after.is_whole_since(before):
            break
    spent = after.since(before)
    background = 0.0
    if scenario.is_write:
        settle()
        later, whole = stack.sample(), time.monotonic() - began
        background = quiet.without(later.since(before), whole).get("background", 0.0)
    each = 1 / requests
    return Figures(
        scenario.key,
        scenario.title,
        clients,
        requests,
        *(round(load.percentile(timed.seconds, share) * 1000, 1) for share in (0.5, 0.95, 0.99)),
        round(requests / took, 1),
        round(batches.median(web, spent.get(web, 0.0) * each), 2),
        round(batches.median(pg, spent.get(pg, 0.0) * each), 2),
        round(background * each, 2),
        round(spent.get("own", 0.0) * each, 2),
        timed.size,
        quiet=batches.quiet(),
        goal=scenario.goal,
        times_bare=scenario.times_bare,
    )


def settle(seconds: float = 60) -> None:
    """Wait until every event is numbered and handed over, and nothing is left to be worked or sent."""
    from django.db import connection

    from helpdesk.core.models import Cursor, Delivery, Event, LogHead
    from helpdesk.core.models.leased import UNFINISHED

    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        head = LogHead.objects.values_list("position", flat=True).first() or 0
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM tickets_message WHERE release_at IS NOT NULL AND released_at IS NULL"
                " AND withdrawn_at IS NULL"
            )
            unreleased = cursor.fetchone()[0]
        if (
            not unreleased
            and not Event.objects.filter(position__isnull=True).exists()
            and not Cursor.objects.filter(position__lt=head).exists()
            and not Delivery.objects.filter(state__in=[str(state) for state in UNFINISHED]).exists()
        ):
            return
        time.sleep(0.2)


def count_queries(scenario: Scenario) -> int:
    """Statements of one request of this scenario in this process, without those that begin or end something."""
    from django.db import connection
    from django.test import Client

    for _ in range(2):
        seen: list[str] = []

        def note(execute: Callable[..., Any], sql: Any, *rest: Any, seen: list[str] = seen) -> Any:
            seen.append(str(sql))
            return execute(sql, *rest)

        if scenario.before is not None:
            scenario.before(0)
        asked = scenario.call(0)
        headers = {name: value for name, value in asked.headers if name not in {"Content-Type", "Cookie"}}
        client = Client(headers=headers, SERVER_NAME="127.0.0.1", enforce_csrf_checks=False)
        cookies = dict(asked.headers).get("Cookie", "")
        for part in filter(None, cookies.split("; ")):
            name, _, value = part.partition("=")
            client.cookies[name] = value
        kind = dict(asked.headers).get("Content-Type", "")
        with connection.execute_wrapper(note):
            response = client.generic(asked.method, asked.path, asked.body, content_type=kind or "text/plain")
        if response.status_code not in asked.status:
            raise load.WrongAnswer(f"{asked.path}: {response.status_code} {response.content[:300]!r}")
    return sum(not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO")) for sql in seen)


def whole(sample: Sample) -> float:
    """All processor seconds of a sample, for a look at the machine."""
    return sum(sample.cpu.values())

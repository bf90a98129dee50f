"""The sweep with a million running clocks: a tick with nothing due, ten thousand due in one second, lag at 50 a second.

python -m benchmarks.clocks [--clocks 1000000] [--due 10000] [--rate 60]

Runs on a copy of the seeded directory of that many tickets, with the product's own workers, beat and
dispatcher; while clocks fall due, mail arrives by SMTP at `--rate` a second and becomes tickets.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from django.utils import timezone

from benchmarks import places, seed
from benchmarks.arriving import mail_flowing
from benchmarks.load import percentile
from benchmarks.measuring import settle
from benchmarks.places import Engines
from benchmarks.stack import Stack, cpu_seconds

TICKS = 300
LENGTH = timedelta(days=60)
PER_SECOND = 50
POLL_SECONDS = 0.1
RECIPIENT = "support@demo.example"
# so many mails beyond the measured seconds, so that the flood surrounds them
LEAD_SECONDS = 6

_SEED = """
INSERT INTO sla_clock (ticket_id, subject_kind, subject_id, metric, policy_version_id, target_id, state, generation, started_at,
                       resumed_at, spent_seconds, length_seconds, calendar_version, due_at, next_fire_at)
SELECT t.id, 'ticket', t.id, m.metric, %(version)s, %(target)s, 'running', 1, s.at, s.at, 0, %(seconds)s,
       %(calendar)s, s.at + %(length)s, s.at + %(length)s / 2
FROM tickets_ticket t, LATERAL (SELECT now() - (t.id %% 1728000) * interval '1 second' AS at) s
, unnest(ARRAY['resolution', 'periodic_update']) WITH ORDINALITY AS m (metric, nth)
WHERE t.status_category IN ('solved', 'closed')
ORDER BY m.nth, t.id LIMIT %(clocks)s
"""
_LEDGER = """
INSERT INTO sla_clockevent (clock_id, at, kind, data)
SELECT c.id, c.started_at, 'started', jsonb_build_object('row', jsonb_build_object('started_at', c.started_at))
FROM sla_clock c WHERE c.target_id = %s
"""
# Let these clocks breach at given moments: what a clock looks like whose warnings have been sent.
_DUE = """
UPDATE sla_clock c SET started_at = d.at - %(length)s, resumed_at = d.at - %(length)s, due_at = d.at, next_fire_at = d.at
FROM unnest(%(ids)s::bigint[], %(moments)s::timestamptz[]) AS d (id, at) WHERE c.id = d.id
"""
_WARNED = """
INSERT INTO sla_clockstep (clock_id, generation, step, fired_at)
SELECT id, 1, step, now() FROM unnest(%(ids)s::bigint[]) AS id, unnest(ARRAY['warn-50', 'warn-75', 'warn-90']) AS step
"""


def policy_of(by: Any) -> Any:
    """A policy whose breach tells owner and lead, and a rung at the breach that tells the supervisor."""
    from helpdesk.core.models import BusinessCalendar
    from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy

    around = BusinessCalendar.objects.filter(is_24x7=True).order_by("pk")[0]
    rung = StepDraft([{"do": "notify", "to": ["supervisor"]}], share=100)
    target = TargetDraft("resolution", around.pk, seconds=int(LENGTH.total_seconds()), steps=[rung])
    return create_policy(PolicyDraft("Benchmark", [target]), by=by)


def seed_clocks(clocks: int) -> int:
    """So many running clocks, none of them due for weeks; the target's id. They hang on finished tickets, which no
    recomputation looks at, so that the open ones keep the clocks that the product gives them."""
    from django.db import connection

    from helpdesk.core.actors import SYSTEM
    from tickets.sla.models import Target

    policy = policy_of(SYSTEM)
    target = Target.objects.select_related("calendar").get(version__policy=policy)
    values = {
        "version": target.version_id,
        "target": target.pk,
        "seconds": int(LENGTH.total_seconds()),
        "length": LENGTH,
        "calendar": str(target.calendar.version),
        "clocks": clocks,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEED, values)
        cursor.execute(_LEDGER, [target.pk])
        cursor.execute("VACUUM ANALYZE sla_clock")
        cursor.execute("ANALYZE sla_clockevent")
    return target.pk


def ticks(engines: Engines) -> dict[str, Any]:
    """Milliseconds of a tick with nothing due: the sweep of clocks alone, and the whole one-second tick with all due rows.
    Processor time is this process's and its PostgreSQL backend's."""
    from django.db import connection

    from helpdesk.core.tasks import sweep_due_rows
    from tickets.sla.sweep import sweep_clocks

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]

    def timed(tick: Callable[[], Any]) -> dict[str, float]:
        took, began = [], time.process_time() + cpu_seconds(backend)
        for _ in range(TICKS):
            start = time.perf_counter()
            tick()
            took.append((time.perf_counter() - start) * 1000)
        spent = time.process_time() + cpu_seconds(backend) - began
        return {
            "p50_ms": round(statistics.median(took), 2),
            "p99_ms": round(percentile(took, 0.99), 2),
            "cpu_ms": round(spent * 1000 / TICKS, 2),
        }

    while sweep_clocks(timezone.now(), 200):
        pass
    return {"clocks": timed(lambda: sweep_clocks(timezone.now(), 200)), "all_due_rows": timed(sweep_due_rows)}


def explain() -> str:
    """The plan of the sweep's question."""
    from tickets.sla import sweep

    return str(sweep._due(timezone.now())[:200].explain(analyze=True))


class Watch:
    """Looks every tenth of a second which breaches have been committed; a connection of its own."""

    def __init__(self, engines: Engines) -> None:
        self.connection = psycopg2.connect(engines.superuser)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.low = self._one("SELECT coalesce(max(id), 0) FROM sla_clockstep")
        self.began = timezone.now()

    def _one(self, question: str, *values: Any) -> int:
        self.cursor.execute(question, values)
        return int(self.cursor.fetchone()[0])

    def until(self, due: dict[int, float], seconds: float) -> dict[int, float]:
        """Seconds from its moment until each of these clocks' breach stood in the database, as far as seen in time."""
        seen: dict[int, float] = {}
        ends = time.time() + seconds
        while len(seen) < len(due) and time.time() < ends:
            self.cursor.execute("SELECT clock_id FROM sla_clockstep WHERE id > %s AND step = 'breach'", [self.low])
            now = time.time()
            for (clock,) in self.cursor.fetchall():
                if clock in due and clock not in seen:
                    seen[clock] = now - due[clock]
            time.sleep(POLL_SECONDS)
        return seen

    def written(self) -> dict[str, int]:
        """What stands in the database since the watch began: steps, events and rows that tell people."""
        since = "SELECT count(*) FROM {} WHERE {} >= %s AND {}"
        return {
            "steps": self._one("SELECT count(*) FROM sla_clockstep WHERE id > %s AND step <> ALL(%s)", self.low, _WARNINGS),
            "events": self._one(since.format("core_event", "at", "name IN ('clock.breached', 'clock.escalated')"), self.began),
            "notices": self._one(since.format("accounts_notification", "created_at", "kind LIKE 'clock.%%'"), self.began),
            "mails_in": self._one(since.format("tickets_ticket", "created_at", "true"), self.began),
        }  # fmt: skip


_WARNINGS = ["warn-50", "warn-75", "warn-90"]


def make_due(target: int, moments: Sequence[datetime], taken: int) -> dict[int, float]:
    """Let the next clocks (behind the `taken` first) breach at these moments; moment by clock, in seconds since 1970."""
    from django.db import connection, transaction

    from tickets.sla.models import Clock

    # newer tickets: those that have owners and teams at work
    ids = list(
        Clock.objects.filter(target_id=target, ticket__status_category__in=["solved", "closed"])
        .order_by("-ticket_id")
        .values_list("pk", flat=True)[taken : taken + len(moments)]
    )
    values = {"ids": ids, "moments": list(moments), "length": LENGTH}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WARNED, values)
        cursor.execute(_DUE, values)
    return dict(zip(ids, (moment.timestamp() for moment in moments), strict=True))


def measure(engines: Engines, options: argparse.Namespace) -> dict[str, Any]:
    """Everything, on migrated engines with seeded tickets."""
    began = time.monotonic()
    target = seed_clocks(options.clocks)
    print(f"  seeded in {time.monotonic() - began:.0f} s", flush=True)
    result: dict[str, Any] = {"clocks": options.clocks, "tick": ticks(engines), "plan": explain()}
    print(json.dumps(result, indent=1), flush=True)
    stack = Stack(engines, engines.directory / "stack.log")
    try:
        stack.start_background()
        result["open_tickets_given_clocks_in_seconds"] = _until_idle()
        result["at_once"] = at_once(engines, stack, target, options)
        print(json.dumps(result["at_once"]), flush=True)
        settle()
        result["lag"] = lag(engines, stack, target, options)
        print(json.dumps(result["lag"]), flush=True)
    finally:
        stack.stop()
    return result


def _until_idle(seconds: float = 900) -> int:
    """Until the jobs that the new policy and the fresh tables gave rise to are done; how long that took."""
    from helpdesk.core.models import Job, LeasedState

    began, quiet = time.monotonic(), 0
    while quiet < 8 and time.monotonic() < began + seconds:
        time.sleep(1)
        quiet = 0 if Job.objects.exclude(state__in=[LeasedState.DONE, LeasedState.PARKED]).exists() else quiet + 1
    return round(time.monotonic() - began)


def at_once(engines: Engines, stack: Stack, target: int, options: argparse.Namespace) -> dict[str, Any]:
    """So many clocks due in the same second, under mail: seconds until the last step, event and notice stood."""
    with mail_flowing(stack.mail_port, [RECIPIENT] * 4, options.rate, LEAD_SECONDS + 25):
        time.sleep(LEAD_SECONDS - 2)
        watch = Watch(engines)
        moment = timezone.now() + timedelta(seconds=3)
        due = make_due(target, [moment] * options.due, 0)
        seen = watch.until(due, 120)
        written = watch.written()
    return {
        "due": len(due),
        "acted_on": len(seen),
        "last_after_seconds": round(max(seen.values(), default=0), 1),
        "median_after_seconds": round(statistics.median(seen.values()), 1) if seen else None,
    } | written


def lag(engines: Engines, stack: Stack, target: int, options: argparse.Namespace) -> dict[str, Any]:
    """A steady 50 due a second, under mail: milliseconds from the deadline to the commit."""
    with mail_flowing(stack.mail_port, [RECIPIENT] * 4, options.rate, LEAD_SECONDS + options.seconds):
        time.sleep(LEAD_SECONDS - 2)
        watch = Watch(engines)
        first = timezone.now() + timedelta(seconds=3)
        moments = [first + timedelta(seconds=nth / PER_SECOND) for nth in range(PER_SECOND * options.seconds)]
        due = make_due(target, moments, options.due)
        seen = watch.until(due, options.seconds + 60)
        written = watch.written()
    values = list(seen.values())
    shares = {f"p{round(share * 100)}_ms": round(percentile(values, share) * 1000) for share in (0.5, 0.95, 0.99)}
    return {"due": len(due), "acted_on": len(seen), "most_ms": round(max(values) * 1000)} | shares | written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clocks", description=__doc__)
    parser.add_argument("--clocks", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=60, help="mails a second")
    parser.add_argument("--seconds", type=int, default=60, help="how long 50 clocks a second are due")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    directory = places.copy_of(seed.ensure(options.clocks, places.base_directory()))
    try:
        with places.engines_of(directory) as engines:
            os.environ["DATABASE_URL"] += "?application_name=driver"
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0, interactive=False)
            call_command("prepare", verbosity=0)
            seed.skip_history()
            result = measure(engines, options)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if options.into is not None:
        options.into.write_text(json.dumps(result))
    else:
        print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast the matcher gives waiting tickets to people.

`python -m benchmarks.routing` lets it work on 10,000 and on 100,000 waiting tickets with 500 agents online, of ten teams whose
queues hand over at once: the dearest way, since each ticket's clocks, events and versions are written in the batch. Printed
are assignments a second and milliseconds of a batch; `--profile` adds where the time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import os
import pstats
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import places, seed
from benchmarks.load import percentile

BACKLOGS = (10_000, 100_000)
GOAL = 200
AGENTS, TEAMS = 500, 10
ROOM = 200

# Every ticket waits, as the participant would have written it.
_WAITING = """
UPDATE tickets_ticket t SET holder = 'queue', owner_id = NULL, snoozed_until = NULL, is_spam = false,
    team_id = (%(teams)s::bigint[])[1 + t.id %% cardinality(%(teams)s::bigint[])], status_category = 'open',
    status_id = (SELECT id FROM tickets_statuslabel WHERE category = 'open' ORDER BY is_default DESC, id LIMIT 1)
WHERE t.merged_into_id IS NULL
"""
_ROWS = """
INSERT INTO routing_queueentry
    (ticket_id, team_id, load_kind, channel, lane, urgency, due_at, entered_at, needs, needs_key, is_ready, not_before)
SELECT t.id, t.team_id, 'mail', t.channel_kind,
    CASE WHEN t.id %% 50 = 0 THEN 0 WHEN t.id %% 9 = 0 THEN 1 ELSE 2 END, (t.id %% 4) * 2,
    now() + t.id %% 5000 * interval '1 minute', t.created_at,
    CASE WHEN t.id %% 3 = 0 THEN jsonb_build_object(%(skill)s::text, 1) ELSE '{}' END,
    CASE WHEN t.id %% 3 = 0 THEN %(skill)s::text || ':1' ELSE '' END, true, now()
FROM tickets_ticket t WHERE t.merged_into_id IS NULL
"""


def people() -> tuple[list[int], int]:
    """Teams that hand over at once, with fifty online agents each, half of whom have a skill; (ids of teams, the skill)."""
    from datetime import timedelta

    from django.utils import timezone

    from helpdesk.accounts.models import Membership, Presence, RoleCapacity, Skill, Staff, StaffSkill, Team
    from tickets.routing.models import QueueSettings

    now = timezone.now()
    teams = [Team.objects.create(slug=f"bench-{nth}", name=f"Bench {nth}") for nth in range(TEAMS)]
    QueueSettings.objects.bulk_create(
        QueueSettings(team=team, strategy="least_loaded", is_direct=True) for team in teams
    )
    staff = Staff.objects.bulk_create(
        Staff(username=f"bench{nth}", name=f"Agent {nth}", role="agent", password="!") for nth in range(AGENTS)
    )
    Membership.objects.bulk_create(Membership(staff=one, team=teams[nth % TEAMS]) for nth, one in enumerate(staff))
    Presence.objects.bulk_create(
        Presence(staff=one, state="online", connected_until=now + timedelta(hours=2), changed_at=now) for one in staff
    )
    RoleCapacity.objects.update_or_create(role="agent", defaults={"chats": 5, "calls": 1, "mails": ROOM})
    skill = Skill.objects.create(name="Bench")
    StaffSkill.objects.bulk_create(StaffSkill(staff=one, skill=skill) for one in staff[: AGENTS // 2 * 2 : 2])
    StaffSkill.objects.bulk_create(StaffSkill(staff=one, skill=skill) for one in staff[1::4])
    return [team.pk for team in teams], skill.pk


def prepare(superuser: str) -> int:
    """Let every ticket wait; how many do."""
    import psycopg2
    from django.db import connection

    teams, skill = people()
    loader = psycopg2.connect(superuser)
    with loader, loader.cursor() as cursor:
        # what the counters say is none of this measurement's business
        cursor.execute("SET session_replication_role = replica")
        # the seed's moves between states carry no states; with them no clock of a reopened ticket could be reckoned
        cursor.execute("DELETE FROM core_event WHERE name <> 'ticket.created'")
        cursor.execute("DELETE FROM routing_queueentry")
        cursor.execute(_WAITING, {"teams": teams})
        cursor.execute(_ROWS, {"skill": skill})
        waiting: int = cursor.rowcount
    loader.close()
    with connection.cursor() as cursor:
        for table in ("tickets_ticket", "routing_queueentry", "accounts_staff", "accounts_presence"):
            cursor.execute(f"VACUUM ANALYZE {table}")
    return waiting


def match(assignments: int, profile: cProfile.Profile | None = None) -> dict[str, Any]:
    """Let the matcher give so many; wall time of each batch. What is given is counted from the tickets."""
    from django.utils import timezone

    from tickets.models import Ticket
    from tickets.routing.services.matching import match_batch

    match_batch(timezone.now())
    before = Ticket.objects.filter(owner__isnull=False).count()
    batches: list[float] = []
    began, done = time.perf_counter(), 0
    if profile is not None:
        profile.enable()
    while done < assignments:
        at = time.perf_counter()
        given = match_batch(timezone.now())
        batches.append(time.perf_counter() - at)
        if not given:
            break
        done += given
    if profile is not None:
        profile.disable()
    seconds = time.perf_counter() - began
    given = Ticket.objects.filter(owner__isnull=False).count() - before
    return {
        "assignments": given,
        "per_second": round(given / seconds),
        "batches": len(batches),
        "batch_p50_ms": round(statistics.median(batches) * 1000),
        "batch_p99_ms": round(percentile(batches, 0.99) * 1000),
    }


def measure(backlog: int, assignments: int, *, is_profiled: bool = False) -> dict[str, Any]:
    """One backlog, on a seeded directory of its size."""
    directory = places.copy_of(seed.ensure(backlog, places.base_directory()))
    try:
        with places.engines_of(directory) as engines:
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0, interactive=False)
            call_command("prepare", verbosity=0)
            waiting = prepare(engines.superuser)
            profile = cProfile.Profile() if is_profiled else None
            result = {"waiting": waiting, "agents": AGENTS, **match(assignments, profile)}
            if profile is not None:
                text = io.StringIO()
                stats = pstats.Stats(profile, stream=text)
                stats.sort_stats("cumulative").print_stats(45)
                stats.sort_stats("tottime").print_stats(25)
                print(text.getvalue())
            return result
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def growth(results: list[dict[str, Any]]) -> float:
    """How many times longer a batch takes at the largest backlog than at the smallest."""
    return round(results[-1]["batch_p50_ms"] / max(1, results[0]["batch_p50_ms"]), 2)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing", description=__doc__)
    parser.add_argument("--backlogs", default=",".join(map(str, BACKLOGS)), help="comma-separated numbers of tickets")
    parser.add_argument("--assignments", type=int, default=2000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    backlogs = [int(one.replace("_", "")) for one in options.backlogs.split(",")]
    if len(backlogs) == 1:
        result = measure(backlogs[0], options.assignments, is_profiled=options.profile)
        text = json.dumps(result)
    else:
        results = [in_own_process(one, options.assignments, is_profiled=options.profile) for one in backlogs]
        text = json.dumps(
            {"goal_per_second": GOAL, "growth_of_a_batch": growth(results), "backlogs": results}, indent=1
        )
    if options.into is not None:
        options.into.write_text(text)
    else:
        print(text)
    return 0


def in_own_process(backlog: int, assignments: int, *, is_profiled: bool = False) -> dict[str, Any]:
    """Settings are read once, so each size has a process of its own."""
    import subprocess
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks.routing", "--backlogs", str(backlog), "--into", file.name]
        command += ["--assignments", str(assignments)] + (["--profile"] if is_profiled else [])
        subprocess.run(command, check=True, cwd=places.ROOT, env=dict(os.environ))
        found: dict[str, Any] = json.loads(Path(file.name).read_text())
    return found


if __name__ == "__main__":
    sys.exit(main())

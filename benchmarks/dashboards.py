"""Dashboards on two years of outcomes: the page of service levels, its filters, the list behind a figure, the wallboard's
refresh and the team's page. Part of `python -m benchmarks --only dashboard`.

Outcomes and totals are made by SQL from the seeded tickets, one and a half for each ticket, before the first request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import seed
from benchmarks.load import Call
from benchmarks.scenarios import People, Scenario

GOAL_MS = 20
DAYS = 730

_OUTCOMES = """
INSERT INTO analytics_outcome (clock_id, generation, ticket_id, metric, policy_id, version_id, target_id, team_id, owner_id,
                               account_id, channel, kind, level, decided_at, day, is_met, used_seconds)
SELECT 1000000000 + t.id * 2 + n, 1, t.id, (ARRAY['first_response', 'resolution'])[n], 1, 1, 1 + t.id %% 5 + 5 * n, t.team_id,
       t.owner_id, t.account_id, t.channel_kind, t.kind, c.level, m.at, (m.at AT TIME ZONE 'Asia/Shanghai')::date,
       t.id %% 17 <> 0, 30 + (t.id * 7919) %% 40000
FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
CROSS JOIN generate_series(1, 2) n
CROSS JOIN LATERAL (SELECT now() - ((t.id * 104729) %% %s) * interval '1 day' - (t.id %% 40000) * interval '1 second' AS at) m
WHERE n = 1 OR t.id %% 2 = 0
ON CONFLICT DO NOTHING
"""
_TOTALS = """
INSERT INTO analytics_outcometotal (day, scope, a, b, target_id, version_id, policy_id, metric, ended, met, used_number,
                                    used_seconds, buckets, numbers)
SELECT day, '{scope}', a, b, target_id, 1, 1, min(metric), sum(n), sum(met), sum(n), sum(used), array_agg(bucket ORDER BY bucket),
       array_agg(n ORDER BY bucket)
FROM (SELECT day, {a} AS a, {b} AS b, target_id, min(metric) AS metric,
             floor(ln(used_seconds) / ln(1.1::float8) + 1e-9)::smallint + 1 AS bucket, count(*)::int AS n,
             count(*) FILTER (WHERE is_met) AS met, sum(used_seconds) AS used
      FROM analytics_outcome GROUP BY 1, 2, 3, 4, 6) cells
GROUP BY 1, 3, 4, 5
ON CONFLICT DO NOTHING
"""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'analytics_outcome'
AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'analytics_outcome'::regclass)
"""
_FLOOR = (
    (
        "UPDATE tickets_ticket SET due_at = now() + (id % 6000 - 100) * interval '1 minute' "
        "WHERE status_category IN ('new', 'open') AND NOT is_spam"
    ),
    (
        "INSERT INTO accounts_presence (staff_id, state, connected_until, changed_at, is_overtime) "
        "SELECT id, 'online', now() + interval '1 day', now(), true FROM accounts_staff ON CONFLICT DO NOTHING"
    ),
    # as autovacuum leaves them
    "VACUUM ANALYZE analytics_outcome, analytics_outcometotal, tickets_ticket, routing_queueentry",
)


def _totals() -> list[str]:
    """One statement for each cut."""
    from analytics.scopes import COLUMNS, SCOPES, name_of

    def text(name: str) -> str:
        return f"({COLUMNS[name]})::text"

    found = []
    for names in SCOPES:
        first, second = [*map(text, names), "''", "''"][:2]
        found.append(_TOTALS.format(scope=name_of(names), a=first, b=second))
    return found


def seeder() -> Callable[[int], None]:
    """A step ahead of requests that makes the past when the first of them comes."""
    made: list[bool] = []

    def seed_once(_nth: int) -> None:
        if made:
            return
        made.append(True)
        from django.db import connection

        from analytics.services.sampling import sample_queues

        with connection.cursor() as cursor:
            # a million rows are indexed faster at once than one by one
            cursor.execute(_INDEXES)
            indexes = cursor.fetchall()
            for name, _definition in indexes:
                cursor.execute(f'DROP INDEX "{name}"')
            cursor.execute(_OUTCOMES, [DAYS])
            for statement in (*(definition for _name, definition in indexes), *_totals(), *_FLOOR):
                cursor.execute(statement)
        sample_queues()

    return seed_once


def scenarios(people: People) -> list[Scenario]:
    """Each page as a supervisor of all teams asks, which costs the most."""
    before = seeder()

    def page(path: str, expect: bytes, **headers: str) -> Callable[[int], Call]:
        def call(_nth: int) -> Call:
            return people.staff(path, by=seed.SUPERVISOR, expect=expect, **headers)

        return call

    rows: list[tuple[str, str, Any]] = [
        ("sla", "service levels, four weeks", page("/dashboards/sla/", b"board-pair")),
        ("sla.level", "the same, of two levels", page("/dashboards/sla/?level=core&level=important", b"board-pair")),
        (
            "sla.narrow",
            "the same, three filters",
            page("/dashboards/sla/?kind=repair&level=ordinary&channel=email", b"board-pair"),
        ),
        ("sla.agents", "the same, by agent", page("/dashboards/sla/?group=agent", b"board-pair")),
        ("behind", "tickets behind a figure", page("/dashboards/sla/tickets/?outcome=breached", b"HD-")),
        ("wall", "wallboard, a refresh", page("/wallboard/", b"wall-figure", HX_Request="true")),
        ("team", "team", page("/team/", b"table-team")),
    ]
    return [Scenario(f"dashboard.{key}", title, call, before, goal=GOAL_MS, requests=60) for key, title, call in rows]

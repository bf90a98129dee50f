"""Seeding a database with N tickets by COPY.

python -m benchmarks.seed 100000 [--data-dir DIR]

Rows are made in two processes and copied without triggers and secondary indexes, which are built afterwards; counters,
positions and sequences are then what the product would have written. Skewed like life: about four tickets of a hundred
are unfinished and nearly all of those are young, a few customers write very often, teams differ in size, six texts of
ten are Chinese. A seeded directory is used again by later runs.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import texts
from benchmarks.copying import Table, escaped, moment
from benchmarks.places import engines_of
from benchmarks.seed_rows import DAY, SPAN_DAYS, World, write_parts
from benchmarks.seed_shape import Part, Shape, plan, shape_of, sketches

PROCESSES = 2
STAFF = 40

TEAMS = [
    ("support", "Customer service", "客户服务", 40),
    ("after-sales", "After-sales", "售后", 24),
    ("logistics", "Logistics", "物流", 14),
    ("technical", "Technical support", "技术支持", 12),
    ("shop", "Online shop", "网店", 7),
    ("complaints", "Complaints", "投诉", 3),
]
AGENT, SUPERVISOR = "bench-agent", "bench-supervisor"
AGENT_TEAMS = ("support", "technical", "complaints")


# --- People, accounts, customers ------------------------------------------------------------------------------------------
def make_world(now: float) -> World:
    """Teams, staff, labels and accounts, by the product's own models."""
    from helpdesk.accounts.models import Membership, Staff, Team
    from helpdesk.core.models import ChannelAccount
    from tickets.labels import ensure_labels
    from tickets.models import StatusLabel
    from tickets.routing.models import AccountTeam

    world = World(now)
    ensure_labels()
    world.labels = {label.category: label.pk for label in StatusLabel.objects.filter(is_default=True)}
    has_default = Team.objects.filter(is_default=True).exists()
    by_slug = {}
    for slug, name, name_zh, weight in TEAMS:
        values = {"name": name, "name_zh": name_zh, "is_default": slug == "support" and not has_default}
        team, _ = Team.objects.get_or_create(slug=slug, defaults=values)
        by_slug[slug] = team
        world.teams.append((team.pk, weight))
    people = []
    for nth in range(STAFF):
        role = "lead" if nth % 10 == 9 else "agent"
        person, _ = Staff.objects.get_or_create(
            username=f"bench-{nth:02}",
            defaults={"name": texts.person(10_000_000 + nth)[0], "role": role, "password": "!"},
        )
        people.append(person)
        Membership.objects.get_or_create(staff=person, team=list(by_slug.values())[nth % len(by_slug)])
        world.members.setdefault(world.teams[nth % len(by_slug)][0], []).append(person.pk)
    agent, _ = Staff.objects.get_or_create(
        username=AGENT, defaults={"name": "Bench Agent", "role": "agent", "password": "!"}
    )
    for slug in AGENT_TEAMS:
        Membership.objects.get_or_create(staff=agent, team=by_slug[slug])
    Staff.objects.get_or_create(
        username=SUPERVISOR, defaults={"name": "Bench Lead", "role": "supervisor", "password": "!"}
    )
    world.agent, world.agent_teams = agent.pk, [by_slug[slug].pk for slug in AGENT_TEAMS]
    for slug, kind, address, weight, team in (
        ("support", "email", "support@demo.example", 60, "support"),
        ("web-form", "form", "", 15, "support"),
        ("portal", "portal", "", 15, "after-sales"),
        ("api", "api", "", 10, "support"),
    ):
        values = {"kind": kind, "name": slug, "address": address, "config": {"acknowledge": False}}
        account, _ = ChannelAccount.objects.get_or_create(slug=slug, defaults=values)
        AccountTeam.objects.get_or_create(account=account, defaults={"team": by_slug[team]})
        world.accounts.append((account.pk, kind, weight))
    return world


def _write_customers(shape: Shape, address: str, now: float) -> None:
    import psycopg2

    from helpdesk.customers.models import Customer, Identity

    customers = Table(Customer, ["id", "name", "language", "created_at", "updated_at"])
    identities = Table(Identity, ["customer_id", "value", "created_at"], kind="email", is_primary="t", is_verified="t")
    since = moment(now - SPAN_DAYS * DAY)
    with psycopg2.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        for nth in range(1, shape.customers + 1):
            name, mail, language = texts.person(nth)
            customers.add(str(nth), escaped(name), language, since, since)
            identities.add(str(nth), mail, since)
            if nth % 20_000 == 0 or nth == shape.customers:
                customers.flush(cursor)
                identities.flush(cursor)


# --- The whole ------------------------------------------------------------------------------------------------------------
class Indexes:
    """Secondary indexes and unique constraints of the seeded tables, taken away for the load and built after it."""

    TABLES = (
        "tickets_ticket", "tickets_message", "tickets_searchentry", "tickets_ticketparticipant", "core_event",
        "customers_customer", "customers_identity",
    )  # fmt: skip

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor
        cursor.execute(
            """SELECT i.indexrelid::regclass::text, i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid),
                      c.conname, pg_get_constraintdef(c.oid)
               FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'
               WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisprimary
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')""",
            [list(self.TABLES)],
        )
        self.known = cursor.fetchall()

    def drop(self) -> None:
        for index, table, _definition, constraint, _text in self.known:
            if constraint:
                self.cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
            else:
                self.cursor.execute(f"DROP INDEX {index}")

    def build(self, address: str) -> None:
        """Two at a time, the largest first."""
        statements = [
            f'ALTER TABLE {table} ADD CONSTRAINT "{constraint}" {text}' if constraint else definition
            for _index, table, definition, constraint, text in sorted(
                self.known, key=lambda row: ("gin" not in row[2], row[1] != "tickets_ticket")
            )
        ]
        with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
            pool.starmap(_execute, [(address, statement) for statement in statements], chunksize=1)


def _execute(address: str, statement: str) -> None:
    import psycopg2

    # an ALTER TABLE and a CREATE INDEX of one table wait for each other; that is all
    with psycopg2.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        cursor.execute(statement)


def fill(shape: Shape, superuser: str) -> dict[str, float]:
    """Seed the configured, migrated and empty database; `superuser` is its address for a superuser. Seconds by step."""
    import psycopg2

    took: dict[str, float] = {}
    began = time.monotonic()
    world = make_world(time.time())
    parts = plan(shape)
    with psycopg2.connect(superuser) as connection, connection.cursor() as cursor:
        # what the product said of its own first rows; the log begins with the first ticket
        cursor.execute("TRUNCATE core_event CASCADE")
        indexes = Indexes(cursor)
        indexes.drop()
    took["plan"] = time.monotonic() - began
    _write_customers(shape, superuser, world.now)
    shares = [parts[nth::PROCESSES] for nth in range(PROCESSES)]
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_parts, args=(shape, world, superuser, share)) for share in shares if share]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError("a seeding process failed; see above")
    took["rows"] = time.monotonic() - began - sum(took.values())
    indexes.build(superuser)
    took["indexes"] = time.monotonic() - began - sum(took.values())
    _finish(superuser, parts, shape)
    took["counts and statistics"] = time.monotonic() - began - sum(took.values())
    return {name: round(seconds, 1) for name, seconds in took.items()}


def _finish(superuser: str, parts: Sequence[Part], shape: Shape) -> None:
    import psycopg2

    from tickets.counting import recount

    last = parts[-1]
    head = last.first_event - 1 + sum(sketch.events for sketch in sketches(shape, last.first, last.count))
    with psycopg2.connect(superuser) as connection, connection.cursor() as cursor:
        for table in Indexes.TABLES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
            )
        cursor.execute("UPDATE core_loghead SET position = %s", [head])
    skip_history()
    recount()
    connection = psycopg2.connect(superuser)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    connection.close()


def skip_history() -> None:
    """Let every consumer of the event log begin at its end: what was seeded did not happen. Also for a consumer that came to
    the product after a directory had been seeded."""
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        for name in settings.EVENT_CONSUMERS:
            cursor.execute(
                "INSERT INTO core_cursor (name, position, failures, updated_at)"
                " SELECT %s, position, 0, now() FROM core_loghead ON CONFLICT (name) DO NOTHING",
                [name],
            )


def ensure(tickets: int, base: Path) -> Path:
    """The seeded data directory of this size; made when it is not there or of another shape."""
    shape = shape_of(tickets)
    directory, mark = base / str(tickets), base / str(tickets) / "seeded.json"
    wanted = asdict(shape)
    if mark.exists() and json.loads(mark.read_text())["shape"] == wanted:
        return directory
    if directory.exists():
        import shutil

        shutil.rmtree(directory)
    command = [sys.executable, "-m", "benchmarks.seed", str(tickets), "--data-dir", str(directory)]
    import subprocess

    subprocess.run(command, check=True, env={**os.environ, "DATA_DIR": str(directory)})
    mark.write_text(json.dumps({"shape": wanted}))
    return directory


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed", description=__doc__)
    parser.add_argument("tickets", type=int)
    parser.add_argument("--data-dir", type=Path, required=True)
    options = parser.parse_args(arguments)
    began = time.monotonic()
    shape = shape_of(options.tickets)
    with engines_of(options.data_dir, loading=True) as engines:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        call_command("prepare", verbosity=0)
        took = fill(shape, engines.superuser)
    words = ", ".join(f"{name} {seconds} s" for name, seconds in took.items())
    print(f"seeded {shape.tickets:,} tickets in {math.ceil(time.monotonic() - began)} s ({words})", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

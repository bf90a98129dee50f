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
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import texts
from benchmarks.copying import NULL, Table, escaped, moment
from benchmarks.places import engines_of

CHUNK = 2000
PROCESSES = 2
SEED = 20
DAY = 86_400.0
SPAN_DAYS = 730
STAFF = 40
LONG = 40  # tickets with LONG_MESSAGES messages, for the ticket page
LONG_MESSAGES = 20
AGENT_OPEN = 120  # unfinished tickets that the signed-in agent has at least

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
SECONDARY = ["tickets_", "core_event", "customers_customer", "customers_identity"]


@dataclass(frozen=True)
class Shape:
    """What a size consists of; written beside the data, so that a directory of another shape is not taken for it."""

    tickets: int
    messages_per_ticket: float
    version: int = 3

    @property
    def customers(self) -> int:
        return max(200, self.tickets // 3)


def shape_of(tickets: int) -> Shape:
    """Four messages a ticket up to 20,000 tickets, two up to 200,000, one above (disk and minutes, not method)."""
    return Shape(tickets, 4 if tickets <= 20_000 else 2 if tickets <= 200_000 else 1)


@dataclass
class World:
    """Ids of the rows that tickets point to."""

    now: float
    teams: list[tuple[int, int]] = field(default_factory=list)
    members: dict[int, list[int]] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    accounts: list[tuple[int, str, int]] = field(default_factory=list)
    agent: int = 0
    agent_teams: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """Consecutive tickets for one process, with the first ids of their messages and events."""

    first: int
    count: int
    first_message: int
    first_event: int


# --- What a ticket is like, by its number alone --------------------------------------------------------------------------
@dataclass(frozen=True)
class Sketch:
    """A ticket's size and state; made the same way wherever it is asked for."""

    status: str
    messages: int

    @property
    def events(self) -> int:
        return 1 + self.messages + (self.status in {"solved", "closed"})


def sketches(shape: Shape, first: int, count: int) -> Iterator[Sketch]:
    """Status and number of messages of consecutive tickets."""
    rng = random.Random(f"{SEED}:{shape.tickets}:{first}")
    per = shape.messages_per_ticket
    choices = [1, 2, 3, 5, 8] if per >= 2 else [1]
    weights = [30, 28, 20, 14, 8] if per >= 3 else [46, 30, 14, 8, 2]
    scale = per / (sum(c * w for c, w in zip(choices, weights, strict=False)) / sum(weights[: len(choices)]))
    for number in range(first, first + count):
        age = 1 - number / shape.tickets
        unfinished = rng.random() < (0.75 if age < 0.05 else 0.003)
        if unfinished:
            status = rng.choices(["new", "open", "pending", "on_hold"], [30, 40, 24, 6])[0]
        else:
            status = "solved" if age < 0.012 else "closed"
        wanted = rng.choices(choices, weights[: len(choices)])[0] * (scale if per >= 2 else 1)
        messages = max(1, int(wanted + rng.random()))
        if is_long(shape, number):
            status, messages = "open", LONG_MESSAGES
        yield Sketch(status, messages)


def long_tickets(shape: Shape) -> list[int]:
    """Ids of the tickets with a long conversation."""
    step = max(1, shape.tickets // 40 // LONG)
    return [shape.tickets - 5 - nth * step for nth in range(LONG) if shape.tickets - 5 - nth * step > 0]


def is_long(shape: Shape, number: int) -> bool:
    step = max(1, shape.tickets // 40 // LONG)
    return 0 <= shape.tickets - 5 - number < LONG * step and (shape.tickets - 5 - number) % step == 0


def rare_tickets(shape: Shape) -> set[int]:
    """Ids of the tickets with the rare words, spread over the whole time."""
    return {shape.tickets * (2 * nth + 1) // (2 * texts.RARE_TICKETS) for nth in range(texts.RARE_TICKETS)}


def plan(shape: Shape) -> list[Part]:
    """The parts with their first ids."""
    parts, message, event = [], 1, 1
    for first in range(1, shape.tickets + 1, CHUNK):
        count = min(CHUNK, shape.tickets - first + 1)
        parts.append(Part(first, count, message, event))
        for sketch in sketches(shape, first, count):
            message, event = message + sketch.messages, event + sketch.events
    return parts


# --- Rows ----------------------------------------------------------------------------------------------------------------
class Writer:
    """Makes the rows of parts and copies them over one connection."""

    def __init__(self, shape: Shape, world: World, address: str) -> None:
        import psycopg2

        self.shape, self.world = shape, world
        self.pools = texts.pools()
        self.connection = psycopg2.connect(address)
        self.rare = rare_tickets(shape)
        self.agent_share = AGENT_OPEN / max(1.0, shape.tickets * 0.04)
        self._tables()

    def _tables(self) -> None:
        from helpdesk.core.models import Event
        from tickets.models import Message, SearchEntry, Ticket, TicketParticipant

        self.tickets = Table(
            Ticket,
            ["id", "subject", "kind", "grade", "priority", "status_id", "status_category", "holder", "team_id", "owner_id",
             "account_id", "channel_kind", "customer_id", "language", "tags", "preview", "is_unread", "is_spam", "message_count",
             "created_at", "updated_at", "last_activity_at", "last_customer_message_at", "last_agent_message_at",
             "first_replied_at", "solved_at", "closed_at", "auto_close_at", "snoozed_until", "row_version"],
        )  # fmt: skip
        self.messages = Table(
            Message,
            ["id", "ticket_id", "direction", "visibility", "author_kind", "author_id", "author_name", "author_address",
             "account_id", "channel_kind", "subject", "text", "language", "external_id", "rfc_message_id", "created_at",
             "release_at", "released_at"],
        )  # fmt: skip
        self.entries = Table(SearchEntry, ["ticket_id", "message_id", "vector", "at"])
        self.participants = Table(TicketParticipant, ["ticket_id", "address", "name", "customer_id"], role="requester")
        self.events = Table(
            Event,
            ["id", "name", "subject_id", "ticket_id", "customer_id", "actor_kind", "at", "data", "position"],
            subject_kind="ticket",
        )

    def write(self, part: Part) -> None:
        """Make and copy one part in one transaction."""
        rng = random.Random(f"rows:{SEED}:{self.shape.tickets}:{part.first}")
        self.message_id, self.event_id = part.first_message, part.first_event
        numbers = range(part.first, part.first + part.count)
        for number, sketch in zip(numbers, sketches(self.shape, part.first, part.count), strict=True):
            self._ticket(number, sketch, rng)
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            for table in (self.tickets, self.messages, self.entries, self.participants, self.events):
                table.flush(cursor)

    def _ticket(self, number: int, sketch: Sketch, rng: random.Random) -> None:
        world, is_done = self.world, sketch.status in {"solved", "closed"}
        created = world.now - (1 - number / self.shape.tickets) * SPAN_DAYS * DAY - 7200 + rng.random() * 60
        customer = int(self.shape.customers * rng.random() ** 2.5) + 1
        name, address, language = texts.person(customer)
        team = rng.choices([pk for pk, _ in world.teams], [weight for _, weight in world.teams])[0]
        owner, team = self._owner(number, sketch, team, rng)
        account, channel, _ = rng.choices(world.accounts, [weight for *_, weight in world.accounts])[0]
        pool = self.pools[language]
        title = rng.choice(pool.subjects)
        step = min(2 * DAY, max(60.0, (world.now - 3600 - created) / (sketch.messages + 1)))
        said = [created + nth * step for nth in range(sketch.messages)]
        previews = [
            self._message(number, nth, at, rng, pool, title, (customer, name, address, language), (account, channel))
            for nth, at in enumerate(said)
        ]
        last = said[-1]
        ended = moment(last + 3600) if is_done else NULL
        snoozed = (
            moment(world.now + 60 * DAY)
            if sketch.status == "open" and rng.random() < 0.04 and not is_long(self.shape, number)
            else NULL
        )
        self.tickets.add(
            str(number), escaped(title.text[:250]), rng.choice(["logistics", "return", "repair", "technical", "other"]),
            "regular", rng.choices(["normal", "high", "urgent", "low"], [70, 18, 7, 5])[0],
            str(world.labels[sketch.status]), sketch.status,
            "nobody" if is_done else "agent" if owner else "queue", str(team), str(owner) if owner else NULL,
            str(account), channel, str(customer), language, "{washer}" if number % 9 == 0 else "{}",
            escaped(previews[-1][:160]), "t" if sketch.status == "new" else "f",
            "t" if rng.random() < 0.01 and not is_long(self.shape, number) else "f",
            str(sketch.messages), moment(created), moment(last), moment(last), moment(created),
            moment(last) if sketch.messages > 1 else NULL, moment(said[1]) if sketch.messages > 1 else NULL,
            ended, ended if sketch.status == "closed" else NULL,
            # far away: a run must not find the sweep at work on what was seeded
            moment(world.now + 3650 * DAY) if sketch.status == "solved" else NULL, snoozed, str(1 + sketch.messages),
        )  # fmt: skip
        self.participants.add(str(number), address, escaped(name), str(customer))
        self._events(number, sketch, customer, said, created)

    def _owner(self, number: int, sketch: Sketch, team: int, rng: random.Random) -> tuple[int | None, int]:
        """Three of ten unfinished tickets wait without an owner; the signed-in agent has some of every size."""
        world = self.world
        if is_long(self.shape, number):
            return world.agent, world.agent_teams[0]
        if sketch.status == "new" or (sketch.status not in {"solved", "closed"} and rng.random() < 0.1):
            return None, team
        if sketch.status in {"open", "pending", "on_hold"} and rng.random() < self.agent_share:
            return world.agent, rng.choice(world.agent_teams)
        return rng.choice(world.members[team]), team

    def _message(
        self,
        number: int,
        nth: int,
        at: float,
        rng: random.Random,
        pool: texts.Pool,
        title: texts.Sentence,
        customer: tuple[int, str, str, str],
        account: tuple[int, str],
    ) -> str:
        pk, name, address, language = customer
        is_in, is_note = nth % 2 == 0, nth % 7 == 5
        picked = (
            rng.choices(pool.customer, cum_weights=pool.weights, k=rng.randint(2, 6))
            if is_in
            else rng.choices(pool.agent, k=rng.randint(2, 4))
        )
        unique = f"LT-{rng.randrange(10**4):04}-{rng.randrange(10**6):06}" if nth == 0 or rng.random() < 0.2 else ""
        words = []
        if rng.random() < 0.005:
            words.append(texts.MEDIUM_ZH if language != "en" else texts.MEDIUM)
        if nth == 0 and number in self.rare:
            words += [texts.RARE, texts.RARE_ZH]
        said = pool.joint.join(sentence.text for sentence in picked)
        text = "\n".join(filter(None, [said, " ".join(words), unique]))
        tokens = set().union(*(sentence.tokens for sentence in picked))
        extra = [unique, *words, *((name, address) if is_in else ())]
        tokens |= texts.quoted_tokens("\n".join(filter(None, extra)))
        if nth == 0:
            tokens |= title.tokens
        message, when = str(self.message_id), moment(at)
        self.message_id += 1
        account_id, channel = account
        rfc = f"bench.{message}@mail.example" if channel == "email" else ""
        self.messages.add(
            message, str(number), "in" if is_in else "out", "internal" if is_note and not is_in else "public",
            "customer" if is_in else "staff", str(pk if is_in else self.world.agent), escaped(name if is_in else "Bench Agent"),
            address if is_in else "", str(account_id) if is_in or not is_note else NULL, channel if is_in or not is_note else "",
            escaped(title.text) if nth == 0 else "", escaped(text), language, f"seed-{message}" if is_in else "", rfc, when,
            when if not is_in and not is_note else NULL, when if not is_in and not is_note else NULL,
        )  # fmt: skip
        self.entries.add(str(number), message, escaped(" ".join(sorted(tokens))), when)
        return said

    def _events(self, number: int, sketch: Sketch, customer: int, said: Sequence[float], created: float) -> None:
        names = [("ticket.created", created, "customer")]
        names += [
            ("message.received" if nth % 2 == 0 else "message.written", at, "customer" if nth % 2 == 0 else "staff")
            for nth, at in enumerate(said)
        ]
        if sketch.status in {"solved", "closed"}:
            names.append(("ticket.status_changed", said[-1] + 3600, "staff"))
        for name, at, actor in names:
            pk = str(self.event_id)
            self.event_id += 1
            self.events.add(
                pk, name, str(number), str(number), str(customer), actor, moment(at), '{"row_version": 1}', pk
            )


def _write_parts(shape: Shape, world: World, address: str, parts: Sequence[Part]) -> None:
    import django

    django.setup()
    writer = Writer(shape, world, address)
    for part in parts:
        writer.write(part)


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
    workers = [context.Process(target=_write_parts, args=(shape, world, superuser, share)) for share in shares if share]
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
        from django.conf import settings

        for name in settings.EVENT_CONSUMERS:
            cursor.execute(
                "INSERT INTO core_cursor (name, position, failures, updated_at) VALUES (%s, %s, 0, now())"
                " ON CONFLICT (name) DO UPDATE SET position = excluded.position",
                [name, head],
            )
    recount()
    connection = psycopg2.connect(superuser)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    connection.close()


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

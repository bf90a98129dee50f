"""The rows of seeded tickets, as COPY takes them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import texts
from benchmarks.copying import NULL, Table, escaped, moment
from benchmarks.seed_shape import SEED, Part, Shape, Sketch, is_long, rare_tickets, sketches

DAY = 86_400.0
SPAN_DAYS = 730
AGENT_OPEN = 120  # unfinished tickets that the signed-in agent has at least


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


def write_parts(shape: Shape, world: World, address: str, parts: Sequence[Part]) -> None:
    import django

    django.setup()
    writer = Writer(shape, world, address)
    for part in parts:
        writer.write(part)

"""What is asked of the product, one question a scenario."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from benchmarks import seed, texts
from benchmarks.load import Call
from benchmarks.seed_shape import LONG_MESSAGES, Shape, long_tickets

TOKEN = "b" * 32
Before = Callable[[int], None]


@dataclass(frozen=True)
class Scenario:
    """`call` makes the nth request, `before` runs ahead of it (outside of its time). `goal`: CPU ms of web and
    PostgreSQL together at most; `times_bare`: at most so many times the bare page."""

    key: str
    title: str
    call: Callable[[int], Call]
    before: Before | None = None
    goal: float | None = None
    times_bare: float | None = None
    is_bare: bool = False
    is_write: bool = False
    requests: int = 90


@dataclass
class People:
    """Who asks, and what they ask for, in one seeded database."""

    shape: Shape
    agent: Any = None
    supervisor: Any = None
    cookies: dict[str, str] = field(default_factory=dict)
    key: str = ""
    long: list[int] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    middle: str = ""
    first_page: list[int] = field(default_factory=list)
    mine: list[int] = field(default_factory=list)
    deep: list[int] = field(default_factory=list)
    run: str = ""

    def load(self) -> People:
        """Sessions, an API key, and ids out of the database."""
        from django.utils import timezone

        from helpdesk.accounts.models import Staff
        from helpdesk.accounts.services.keys import create_api_key
        from helpdesk.core.actors import SYSTEM
        from helpdesk.customers.models import Identity
        from tickets.models import Ticket

        self.agent = Staff.objects.get(username=seed.AGENT)
        self.supervisor = Staff.objects.get(username=seed.SUPERVISOR)
        self.cookies = {person.username: _session(person) for person in (self.agent, self.supervisor)}
        _key, self.key = create_api_key(self.agent, ["tickets:read", "tickets:write"], by=SYSTEM)
        self.long = long_tickets(self.shape)
        desk = Ticket.objects.in_queues_of(self.agent).on_desk().filter(snoozed_until__isnull=True)
        newest = desk.order_by("-last_activity_at", "-pk").values_list("pk", flat=True)
        self.first_page = list(newest[:50])
        self.mine = list(newest.filter(owner=self.agent)[:50])
        talks = newest.exclude(pk__in=self.long).exclude(pk__in=self.first_page)
        self.open = list(talks[:200]) or self.first_page
        closed = Ticket.objects.in_queues_of(self.agent).filter(status_category="closed", is_spam=False)
        middle = Ticket.objects.get(pk=self.shape.tickets // 2).last_activity_at
        deep = closed.filter(last_activity_at__lt=middle).order_by("-last_activity_at", "-pk")
        self.deep = list(deep.values_list("pk", flat=True)[:50])
        self.middle = _cursor(middle)
        self.customers = list(Identity.objects.filter(kind="email").values_list("value", flat=True)[:500])
        self.run = f"{timezone.now():%H%M%S}"
        return self

    def staff(self, path: str, *, by: str = seed.AGENT, expect: bytes = b"", **headers: str) -> Call:
        """A page of the desk."""
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return Call(path, headers=(*self._cookie(by), *named), expect=expect)

    def _cookie(self, by: str = seed.AGENT) -> tuple[tuple[str, str], ...]:
        return (("Cookie", f"staff_session={self.cookies[by]}; csrftoken={TOKEN}"), ("Accept-Language", "en"))

    def form(self, path: str, body: bytes) -> Call:
        """A form that the desk's script sends."""
        headers = (
            *self._cookie(),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-CSRFToken", TOKEN),
            ("HX-Request", "true"),
        )
        return Call(path, "POST", body, headers)

    def api(self, path: str, body: Any = None, *, status: tuple[int, ...] = (200,)) -> Call:
        """A call of the API."""
        headers = (("Authorization", f"Bearer {self.key}"), ("Content-Type", "application/json"))
        if body is None:
            return Call(path, headers=headers, status=status)
        return Call(path, "POST", json.dumps(body, ensure_ascii=False).encode(), headers, status)


def _session(person: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.cached_db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "helpdesk.accounts.backends.StaffBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _cursor(moment: datetime) -> str:
    from helpdesk.core import keyset

    return keyset.encode(moment, 0)


# --- What happens between two requests --------------------------------------------------------------------------------
def rename(_nth: int) -> None:
    """Raises the label generation: every kept row is stale."""
    _execute("UPDATE tickets_labelgeneration SET number = number + 1")


def changing(ids: list[int], *, moves: bool) -> Before:
    """One row in ten changes; with `moves` as by a new message, which brings it to the top."""
    rng = random.Random(5)
    moved = ", last_activity_at = now(), preview = 'A new message'" if moves else ", is_unread = NOT is_unread"

    def change(_nth: int) -> None:
        picked = rng.sample(ids, max(1, len(ids) // 10))
        _execute(f"UPDATE tickets_ticket SET row_version = row_version + 1{moved} WHERE id = ANY(%s)", [picked])

    return change


def _execute(statement: str, values: Any = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


# --- The scenarios ----------------------------------------------------------------------------------------------------
def bare(people: People) -> Scenario:
    """The yardstick."""
    return Scenario(
        "bare", "bare Django page", lambda n: people.staff("/bare/", expect=b"<table>"), is_bare=True, requests=150
    )


def lists(people: People) -> list[Scenario]:
    """Three lists, each with nothing kept, everything kept, and one row in ten changed."""
    found = []
    row = b'data-row="'
    for key, title, path, ids, moves in (
        ("list", "ticket list, default view", "/tickets/", people.first_page, True),
        ("mine", "ticket list, mine", "/tickets/?view=mine", people.mine, True),
        ("deep", "ticket list, deep page", f"/tickets/?view=closed&cursor={people.middle}", people.deep, False),
    ):

        def call(_nth: int, path: str = path) -> Call:
            return people.staff(path, expect=row)

        found += [
            Scenario(f"{key}.cold", f"{title}, cold", call, rename, requests=45),
            Scenario(f"{key}.warm", f"{title}, warm", call),
            Scenario(f"{key}.changed", f"{title}, 10 % changed", call, changing(ids, moves=moves), 20, 2.5),
        ]
    all_teams = lambda n: people.staff("/tickets/", by=seed.SUPERVISOR, expect=row)  # noqa: E731
    change = changing(people.first_page, moves=True)
    found.append(Scenario("list.all_teams", "ticket list of a supervisor, 10 % changed", all_teams, change, 20, 2.5))
    column = lambda n: people.staff("/tickets/", expect=row, HX_Request="true", HX_Target="list-column")  # noqa: E731
    found.append(Scenario("list.column", "list column alone, 10 % changed", column, change))
    return found


def pages(people: People) -> list[Scenario]:
    """A ticket's page and the second request of its context column."""

    def number(nth: int) -> str:
        return f"HD-{people.long[nth % len(people.long)]}"

    def conversation(nth: int) -> Call:
        return people.staff(f"/tickets/{number(nth)}/", expect=b"message-")

    return [
        Scenario("ticket", f"ticket page, {LONG_MESSAGES} messages", conversation, goal=20),
        Scenario(
            "ticket.column",
            "the same, opened from the list",
            lambda n: people.staff(
                f"/tickets/{number(n)}/", HX_Request="true", HX_Target="col-main", expect=b"message-"
            ),
        ),
        Scenario("context", "context column", lambda n: people.staff(f"/tickets/{number(n)}/context/")),
        Scenario(
            "counts", "counts of the views", lambda n: people.staff("/tickets/counts/", expect=b"counts"), goal=20
        ),
    ]


def searches(people: People) -> list[Scenario]:
    """Search as the desk's box asks: the list column."""
    words = [
        ("rare", "rare word", texts.RARE),
        ("rare_zh", "rare Chinese word", texts.RARE_ZH),
        ("medium", "word of 1 in 400 messages", texts.MEDIUM),
        ("common", "common word", texts.COMMON),
        ("zh", "common Chinese word", texts.COMMON_ZH),
        ("two", "two words", f"{texts.COMMON} warranty"),
        ("none", "word that nobody wrote", "zyzzyva"),
    ]
    found = []
    for key, title, word in words:
        path = f"/tickets/?q={quote(word)}"
        expect = b"list-note" if key == "none" else b'data-row="'

        def call(_nth: int, path: str = path, expect: bytes = expect) -> Call:
            return people.staff(path, expect=expect, HX_Request="true", HX_Target="list-column")

        found.append(Scenario(f"search.{key}", f"search, {title}", call, goal=20))
    api = lambda n: people.api(f"/api/v1/tickets/?search={texts.COMMON}")  # noqa: E731
    found.append(Scenario("search.api", "search by API, common word", api))
    return found


def writes(people: People) -> list[Scenario]:
    """Opening tickets and answering them."""
    rng = random.Random(people.run)
    known = texts.pools()
    made = [0]

    def said(by: str, language: str = "") -> str:
        pool = known[language or rng.choice(["en", "zh-hans"])]
        return pool.joint.join(s.text for s in rng.choices(pool.customer if by == "customer" else pool.agent, k=4))

    def create(_nth: int) -> Call:
        made[0] += 1
        language = rng.choice(["en", "zh-hans"])
        # three of ten are customers whom nobody knows yet
        new = f"new{made[0]}.{people.run}@first.example"
        requester = new if rng.random() < 0.3 else rng.choice(people.customers)
        subject = rng.choice(known[language].subjects).text
        values = {"subject": subject, "body": said("customer", language), "requester": requester}
        return people.api("/api/v1/tickets/", {**values, "external_id": f"{people.run}-{made[0]}"}, status=(201,))

    def reply(_nth: int) -> Call:
        made[0] += 1
        number = people.open[made[0] % len(people.open)]
        return people.api(f"/api/v1/tickets/HD-{number}/messages/", {"text": said("agent")}, status=(201,))

    def compose(_nth: int) -> Call:
        made[0] += 1
        number = people.open[made[0] % len(people.open)]
        body = urlencode({"mode": "reply", "then": "", "text": said("agent")})
        return people.form(f"/tickets/HD-{number}/messages/", body.encode())

    return [
        Scenario("create", "create by API", create, goal=11, times_bare=1.5, is_write=True, requests=150),
        Scenario("reply", "reply by API", reply, goal=10, is_write=True, requests=150),
        Scenario("reply.page", "reply in the composer", compose, is_write=True, requests=100),
    ]


def everything(people: People) -> list[Scenario]:
    """All scenarios, reading before writing."""
    return [bare(people), *lists(people), *pages(people), *searches(people), *writes(people)]

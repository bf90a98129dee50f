"""Finding tickets by number, words (also Chinese) and customer, newest first; every result passes through `visible_to`.

Words are asked of the index rows of messages (`SearchEntry`). A rare word is cheap through the inverted index, a common
one by walking the rows from the newest until the page is full, and what lies between by the inverted index over a
stretch of time. Which way is taken follows the database's own statistics of the words; a wrong guess costs time, never
results. A page looks at 2,000 hits at most; where few of them may be seen it is short, and its cursor leads on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_UNMASK
from helpdesk.core import keyset
from helpdesk.core.errors import NotFound
from helpdesk.core.search import Term, query_of, query_terms
from helpdesk.customers.identities import normalise_email, normalise_phone
from helpdesk.customers.models import Customer, Identity
from tickets.access import parse_number
from tickets.models import Ticket
from tickets.querysets import TicketQuerySet
from tickets.search_statistics import Statistics, statistics

R = TypeVar("R")
MAX_HITS = 2000
MAX_CUSTOMERS = 20
MAX_TEXT = 200
# Up to here every hit is fetched and sorted; beyond, only those of a stretch of time.
FEW = 3000
# From this share of all rows on, walking from the newest fills a page sooner than the inverted index is read.
COMMON = 0.012
MAX_WALK = 20_000

# Where the last page ended; results are ordered by (moment, ticket id), newest first.
Position = tuple[datetime, int]


@dataclass(frozen=True)
class Hit:
    """A ticket with the moment that places it: its newest matching message, or its last activity for a customer's."""

    ticket_id: int
    at: datetime


@dataclass(frozen=True)
class Found(Generic[R]):
    """Rows of one page in the order of the search and the cursor of the next page (None at the end)."""

    rows: list[R]
    next: str | None


def search_tickets(
    staff: Staff, text: str, *, cursor: str | None = None, size: int = 50, among: TicketQuerySet | None = None
) -> Found[Ticket]:
    """One page of the tickets that match and that this person may see, ready for rows; `among` narrows it by filters.

    A ticket stands where its newest match stands; a ticket named by its number comes first.
    """
    rows = (Ticket.objects.all() if among is None else among).visible_to(staff).for_rows()
    return search_rows(staff, text, rows, key=attrgetter("pk"), cursor=cursor, size=size)


def search_rows(
    staff: Staff, text: str, rows: QuerySet[Any], *, key: Callable[[R], int], cursor: str | None, size: int
) -> Found[R]:
    """The same over rows of any form (models, dictionaries) whose ticket id is `key(row)`.

    `rows` is already bounded by `visible_to(staff)`; without words in the text nothing is found.
    """
    text = text.replace("\x00", "").strip()[:MAX_TEXT]
    position = keyset.decode(cursor) if cursor else None
    named = named_ticket(text)
    hits = _Hits(text, position, by_parts=staff.can(CUSTOMER_UNMASK))
    found: list[tuple[Position, R]] = []
    seen = {named} if named else set()
    # with a part of the tickets visible, more hits are needed to fill the page
    wanted = 96 if staff.sees_all_tickets else 200
    while len(found) <= size and (batch := hits.next(wanted)):
        fresh = {hit.ticket_id: hit.at for hit in reversed(batch) if hit.ticket_id not in seen}
        seen |= set(fresh)
        found += [((fresh[key(row)], key(row)), row) for row in (_among(rows, fresh) if fresh else ())]
        wanted = 64 + hits.looked * (size + 1 - len(found)) // max(1, len(found))
    found.sort(key=itemgetter(0), reverse=True)
    following = keyset.encode(*found[size - 1][0]) if len(found) > size else hits.rest
    page = [row for _place, row in found[:size]]
    if named and position is None:
        page = [*rows.filter(pk=named), *page]
    return Found(page, following)


def _among(rows: QuerySet[Any, Any], ids: Iterable[int]) -> QuerySet[Any, Any]:
    """The rows with these ids, as a join: of a list the planner would compare each value with every partial index."""
    return rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(ids)]))


def named_ticket(text: str) -> int | None:
    """The id when the text is a ticket's number (`HD-123`, `hd-123`, `#123` or `123`)."""
    try:
        return parse_number(text.removeprefix("#")) or None if len(text) <= 24 else None
    except NotFound:
        return None


# --- Hits ------------------------------------------------------------------------------------------------------------
class _Hits:
    """The hits of one search behind a position, newest first, batch by batch, at most 2,000 of them: the tickets of
    matching customers and the matching messages together."""

    def __init__(self, text: str, position: Position | None, *, by_parts: bool) -> None:
        self.text, self.position, self.start = text, position, position
        self.customers = matching_customers(text, by_parts=by_parts)
        self.terms = _complete(query_terms(text))
        self.words = query_of(self.terms)
        self.looked, self.is_over = 0, False

    @property
    def rest(self) -> str | None:
        """The cursor behind the last hit that was looked at, when the bound ended the look and not the hits."""
        return None if self.is_over or self.start is None else keyset.encode(*self.start)

    def next(self, size: int) -> list[Hit]:
        """The next batch; empty at the end."""
        size = min(size, MAX_HITS - self.looked)
        if self.is_over or size <= 0:
            return []
        hits = _of_customers(self.customers, self.start, size) if self.customers else []
        if self.words:
            hits += _of_words(self.terms, self.words, self.start, size, beyond=self.position)
        hits = sorted(hits, key=lambda hit: (hit.at, hit.ticket_id), reverse=True)[:size]
        self.looked += len(hits)
        self.is_over = len(hits) < size
        if hits:
            self.start = (hits[-1].at, hits[-1].ticket_id)
        return hits


def _complete(terms: list[Term]) -> list[Term]:
    """Beside other words, a last word that is itself a common one is taken as finished: asking the inverted index for
    everything that begins like it would cost more than all the rest."""
    if len({term.run for term in terms}) < 2 or not terms[-1].is_prefix:
        return terms
    return [*terms[:-1], replace(terms[-1], is_prefix=terms[-1].text not in statistics().frequency)]


def matching_customers(text: str, *, by_parts: bool = True) -> list[int]:
    """Customers whose address or number the text is or is a part of, or whose name begins with it. `by_parts` False: for
    people who see addresses masked, who must not guess them part by part.

    More than 20 are none: who wrote under a common name is found by the names in the messages, newest first.
    """
    digits = "".join(c for c in text if c.isdigit())
    found: QuerySet[Any, int]
    if "@" in text and (address := normalise_email(text)):
        exact = Identity.objects.filter(value=address, kind="email", scope="").values_list("customer_id", flat=True)
        if owner := exact.first():
            return [owner]
    if len(digits) >= 6 and all(c.isdigit() or c in "+-() " for c in text):
        number = normalise_phone(text, region=settings.DEFAULT_PHONE_REGION) or digits
        part = {"value__contains": digits} if by_parts else {"value": number}
        found = Identity.objects.filter(**part).values_list("customer_id", flat=True)
    elif len(text) >= 5 and ("@" in text or "." in text):
        part = {"value__contains" if by_parts else "value": text.lower()}
        found = Identity.objects.filter(**part).values_list("customer_id", flat=True)
    elif len(text) >= 2:
        found = Customer.objects.filter(name__istartswith=text).values_list("pk", flat=True)
    else:
        return []
    ids = list(found[: MAX_CUSTOMERS + 1])
    return ids if len(ids) <= MAX_CUSTOMERS else []


def _of_customers(customers: list[int], before: Position | None, size: int) -> list[Hit]:
    tickets = Ticket.objects.filter(customer_id__in=customers)
    if before is not None:
        at, pk = before
        tickets = tickets.filter(last_activity_at__lte=at).filter(Q(last_activity_at__lt=at) | Q(pk__lt=pk))
    newest = tickets.order_by("-last_activity_at", "-pk").values_list("pk", "last_activity_at")[:size]
    return [Hit(pk, at) for pk, at in newest]


def _of_words(
    terms: list[Term], words: str, before: Position | None, size: int, *, beyond: Position | None
) -> list[Hit]:
    """The newest matching messages before a position; tickets that already stood above `beyond` are left out."""
    known = statistics()
    share, most = known.shares(terms)
    wanted = _Wanted(words, before, beyond, size)
    if most * known.rows <= FEW:
        return wanted.by_index(None)
    if share >= COMMON:
        # what is new may be about other things than what is old, so a walk that falls short is tried longer
        for walk in (int(1.6 * size / share) + 200, MAX_WALK):
            hits = wanted.by_walk(min(walk, MAX_WALK))
            if len(hits) >= size:
                return hits
        share = max(len(hits), 0.5) / MAX_WALK
    since = _stretch(known, share, size, before)
    if since is not None:
        hits = wanted.by_index(since)
        if len(hits) >= size:
            return hits
    return wanted.by_index(None)


def _stretch(known: Statistics, share: float, size: int, before: Position | None) -> datetime | None:
    """Since when rows must be looked at to find about twice as many hits as wanted; None for all time."""
    if share * known.rows <= FEW:
        return None
    return known.moment_before(before[0] if before else None, 2 * size / (share * known.rows))


@dataclass(frozen=True)
class _Wanted:
    """One question to the index rows, asked in either of two ways."""

    words: str
    before: Position | None
    beyond: Position | None
    size: int

    def by_walk(self, rows: int) -> list[Hit]:
        """Look at the newest `rows` index rows one after the other."""
        limits, values = self._limits()
        where = f"WHERE {limits}" if limits else ""
        return self._ask(
            f"""SELECT ticket_id, at FROM (
                    SELECT e.ticket_id, e.at, e.vector FROM tickets_searchentry e {where}
                    ORDER BY e.at DESC, e.id DESC LIMIT %s) e
                WHERE e.vector @@ %s::tsquery{self._not_above()}
                ORDER BY e.at DESC LIMIT %s""",
            [*values, rows, self.words, *self._above(), self.size],
        )

    def by_index(self, since: datetime | None) -> list[Hit]:
        """Take the hits from the inverted index, then the newest of them; materialised, so that no other way is chosen."""
        limits, values = self._limits()
        conditions = ["e.vector @@ %s::tsquery", *([limits] if limits else [])]
        if since is not None:
            conditions.append("e.at >= %s")
            values.append(since)
        return self._ask(
            f"""WITH hits AS MATERIALIZED (
                    SELECT e.ticket_id, e.at FROM tickets_searchentry e WHERE {" AND ".join(conditions)})
                SELECT e.ticket_id, e.at FROM hits e WHERE true{self._not_above()}
                ORDER BY e.at DESC, e.ticket_id DESC LIMIT %s""",
            [self.words, *values, *self._above(), self.size],
        )

    def _limits(self) -> tuple[str, list[Any]]:
        if self.before is None:
            return "", []
        at, ticket_id = self.before
        return "e.at <= %s AND (e.at < %s OR e.ticket_id < %s)", [at, at, ticket_id]

    def _not_above(self) -> str:
        """A ticket stands at its newest match only, so later pages leave it out."""
        if self.beyond is None:
            return ""
        return """ AND NOT EXISTS (
            SELECT 1 FROM tickets_searchentry n WHERE n.ticket_id = e.ticket_id AND n.at >= %s
               AND (n.at > %s OR n.ticket_id >= %s) AND n.vector @@ %s::tsquery)"""

    def _above(self) -> list[Any]:
        return [self.beyond[0], self.beyond[0], self.beyond[1], self.words] if self.beyond else []

    def _ask(self, statement: str, values: list[Any]) -> list[Hit]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [Hit(ticket_id, at) for ticket_id, at in cursor.fetchall()]

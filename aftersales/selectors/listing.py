"""The list and the board of claims: who sees which, in what order, how many; keyset pages, a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import MACHINES, STATES, Party
from aftersales.claims.models import NUMBER_PREFIX, Claim, ClaimKind, ClaimLine
from aftersales.claims.possible import states_waiting_for
from aftersales.claims.querysets import ClaimQuerySet
from helpdesk.accounts.models import Staff
from helpdesk.core import clock, keyset
from helpdesk.core.errors import Invalid
from helpdesk.customers.models import Order
from tickets.access import MAX_ID
from tickets.selectors.counts import as_text

PAGE_SIZE = 50
BOARD_SIZE = 15
MOST_FOUND = 200
MOST_COUNTED = 1000
# The numbers beside the views may be this old (seconds); the rows are never.
KEPT = 10

# Each view of open claims is what waits for one party.
PARTIES: dict[str, Party] = {
    "desk": Party.AGENT,
    "approval": Party.APPROVAL,
    "customer": Party.CUSTOMER,
    "warehouse": Party.WAREHOUSE,
    "service": Party.SERVICE,
    "finance": Party.FINANCE,
    "carrier": Party.PRODUCT,
}
VIEW_WORDS: dict[str, Any] = {
    "open": pgettext_lazy("claim view", "Open"),
    "mine": pgettext_lazy("claim view", "Led by me"),
    "desk": pgettext_lazy("claim view", "Desk"),
    "approval": pgettext_lazy("claim view", "In approval"),
    "customer": pgettext_lazy("claim view", "Customer"),
    "warehouse": pgettext_lazy("claim view", "Warehouse"),
    "service": pgettext_lazy("claim view", "Engineers"),
    "finance": pgettext_lazy("claim view", "Finance"),
    "carrier": pgettext_lazy("claim view", "On the way"),
    "closed": pgettext_lazy("claim view", "Closed"),
}
STATES_OF = {key: states_waiting_for(party, MACHINES.values()) for key, party in PARTIES.items()}
AGES: dict[str, tuple[Any, timedelta]] = {
    "1": (_("older than a day"), timedelta(days=1)),
    "3": (_("older than 72 hours"), timedelta(hours=72)),
    "7": (_("older than a week"), timedelta(days=7)),
    "30": (_("older than 30 days"), timedelta(days=30)),
}


@dataclass(frozen=True)
class ClaimFilter:
    """What is asked for; empty means any."""

    view: str = "open"
    kind: str = ""
    state: str = ""
    age: str = ""
    handler: str = ""
    q: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> ClaimFilter:
        """From an address; what is not known is left out."""
        view = given.get("view", "")
        return cls(
            view=view if view in VIEW_WORDS else "open",
            kind=_known(given.get("kind"), ClaimKind.values),
            state=_known(given.get("state"), STATES),
            age=_known(given.get("age"), AGES),
            handler=_handler(given.get("handler", "")),
            q=given.get("q", "").replace("\x00", "").strip()[:100],
        )

    def query(self, **changes: str) -> dict[str, str]:
        """The same as the parameters of an address, with these changes."""
        made = replace(self, **changes)
        values = {name: getattr(made, name) for name in ("view", "kind", "state", "age", "handler", "q")}
        return {name: value for name, value in values.items() if value and (name, value) != ("view", "open")}

    @property
    def is_closed(self) -> bool:
        return self.view == "closed"


def _known(value: str | None, known: Any) -> str:
    return value if value and value in known else ""


def _handler(value: str) -> str:
    if value in {"me", "none"}:
        return value
    return value if value.isascii() and value.isdigit() and int(value or 0) <= MAX_ID else ""


def filtered(staff: Staff, asked: ClaimFilter) -> ClaimQuerySet:
    """The claims that the person sees and asks for, in no order."""
    rows = Claim.objects.visible_to(staff)
    if asked.q:
        # a search looks everywhere, whatever the view
        return rows.filter(pk__in=ids_matching(asked.q))
    rows = rows.filter(closed_at__isnull=False) if asked.is_closed else rows.open()
    if asked.view == "mine":
        rows = rows.filter(handler_id=staff.pk)
    elif asked.view in STATES_OF:
        rows = rows.filter(state__in=STATES_OF[asked.view])
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.age:
        rows = rows.filter(opened_at__lte=clock.now() - AGES[asked.age][1])
    if asked.handler == "none":
        rows = rows.filter(handler__isnull=True)
    elif asked.handler:
        rows = rows.filter(handler_id=staff.pk if asked.handler == "me" else int(asked.handler))
    return rows


def ids_matching(q: str) -> list[int]:
    """Claims by number, order number, serial number or case number; whole words only, each by its index, in one query."""
    digits = q.upper().removeprefix(NUMBER_PREFIX)
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
    found = Claim.objects.filter(pk=number).values_list("pk", flat=True)
    by_order = Claim.objects.filter(order__in=Order.objects.filter(number=q)).values_list("pk", flat=True)
    by_serial = ClaimLine.objects.filter(serial=q).exclude(serial="").values_list("claim_id", flat=True)
    by_case = Claim.objects.filter(external_number=q).exclude(external_number="").values_list("pk", flat=True)
    return list(found.union(by_order, by_serial, by_case)[:MOST_FOUND])


@dataclass(frozen=True)
class ClaimRows:
    """One page, and the cursor of the next (None at the end)."""

    rows: Sequence[Claim]
    next: str | None


def claim_rows(staff: Staff, asked: ClaimFilter, cursor: str | None, *, size: int = PAGE_SIZE) -> ClaimRows:
    """One page: open claims with high-value customers first and then the oldest, closed ones the newest first; one query."""
    rows = filtered(staff, asked).for_rows()
    if asked.is_closed and not asked.q:
        page = keyset.page(rows, cursor, by="closed_at", size=size)
        return ClaimRows(page.rows, page.next)
    if cursor:
        rank, pk = _decode(cursor)
        rows = rows.filter(rank__gte=rank).filter(Q(rank__gt=rank) | Q(rank=rank, pk__gt=pk))
    found = list(rows.order_by("rank", "pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return ClaimRows(found[:size], f"{last.rank}-{last.pk}" if last else None)


def _decode(cursor: str) -> tuple[int, int]:
    rank, _dash, pk = cursor.partition("-")
    if not (rank.isascii() and rank.isdigit() and pk.isascii() and pk.isdigit() and len(rank) < 6 and len(pk) < 19):
        raise Invalid(fields={"cursor": _("This page address is not valid. Start again from the first page.")})
    return min(int(rank), 32767), int(pk)


def open_counts(staff: Staff) -> dict[str, str]:
    """How many open claims there are in each view, each counted to 1,000; kept for some seconds, one statement when they are
    not."""
    key = f"claimcounts:{staff.pk}"
    kept: dict[str, str] | None = cache.get(key)
    if kept is None:
        kept = _counted(staff)
        cache.set(key, kept, timeout=KEPT)
    return kept


def _counted(staff: Staff) -> dict[str, str]:
    views = ("open", *STATES_OF)
    parts: list[str] = []
    values: list[Any] = []
    for nth, view in enumerate(views):
        rows = filtered(staff, ClaimFilter(view=view)).order_by().values("pk")[: MOST_COUNTED + 1]
        sql, given = rows.query.sql_with_params()
        parts.append(f"SELECT {nth}, count(*) FROM ({sql}) AS counted_{nth}")
        values += given
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return {views[nth]: as_text(number) or "0" for nth, number in cursor.fetchall()}


@dataclass(frozen=True)
class Column:
    """A column of the board: what waits for one party, its first claims, and how many there are."""

    key: str
    label: Any
    rows: Sequence[Claim]
    count: str


def board(staff: Staff, asked: ClaimFilter, counts: Mapping[str, str]) -> list[Column]:
    """The first claims of each party; one query a column."""
    columns = []
    for key in PARTIES:
        rows = filtered(staff, replace(asked, view=key, q="")).for_rows().order_by("rank", "pk")
        columns.append(Column(key, VIEW_WORDS[key], list(rows[:BOARD_SIZE]), counts.get(key, "")))
    return columns

"""The list and the board of claims: what is asked for, in what order, how many; keyset pages, a fixed
number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from django.core.cache import cache
from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.machines import MACHINES, STATES, Party
from aftersales.claims.models import NUMBER_PREFIX, Claim, ClaimKind, ClaimLine
from aftersales.claims.possible import states_waiting_for
from aftersales.claims.querysets import ClaimQuerySet
from aftersales.selectors.claim_rows import rendered
from aftersales.selectors.reaching import BY_END, BY_RANK, counted, nearest
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
OPEN_STATES = sorted(key for key, state in STATES.items() if not state.ends)
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


def filtered(asked: ClaimFilter) -> ClaimQuerySet:
    """The claims that are asked for, in no order, whoever may see them."""
    rows = Claim.objects.all()
    if asked.q:
        # a search looks everywhere, whatever the view
        return rows.filter(pk__in=ids_matching(asked.q))
    rows = rows.filter(closed_at__isnull=False) if asked.is_closed else rows.open()
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.age:
        rows = rows.filter(opened_at__lte=clock.now() - AGES[asked.age][1])
    return rows


def led_by(rows: ClaimQuerySet, staff: Staff, asked: ClaimFilter) -> ClaimQuerySet:
    """Of these, those with the handler that is asked for."""
    if asked.view == "mine" and not asked.q:
        rows = rows.filter(handler_id=staff.pk)
    if asked.q or not asked.handler:
        return rows
    if asked.handler == "none":
        return rows.filter(handler__isnull=True)
    return rows.filter(handler_id=staff.pk if asked.handler == "me" else int(asked.handler))


def states_of(asked: ClaimFilter) -> list[str] | None:
    """The states that are asked for; None for any."""
    if asked.q or asked.is_closed:
        return [asked.state] if asked.state and not asked.q else None
    states = STATES_OF.get(asked.view)
    if not asked.state:
        return states
    return [asked.state] if states is None or asked.state in states else []


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
    """One page of rendered rows, their ids, and the cursor of the next (None at the end)."""

    rows: Sequence[SafeString]
    ids: Sequence[int]
    next: str | None


def claim_rows(staff: Staff, asked: ClaimFilter, cursor: str | None, *, size: int = PAGE_SIZE) -> ClaimRows:
    """One page: open claims with high-value customers first and then the oldest, closed ones the newest first; two queries,
    and one for rows that are not kept."""
    rows, states = led_by(filtered(asked), staff, asked), states_of(asked)
    if asked.is_closed and not asked.q:
        behind = cast(ClaimQuerySet, keyset.after(rows, cursor, by="closed_at"))
        found = nearest(behind, staff, states=states, order=BY_END, size=size + 1)
    else:
        if cursor:
            rank, pk = _decode(cursor)
            rows = rows.filter(rank__gte=rank).filter(Q(rank__gt=rank) | Q(rank=rank, pk__gt=pk))
        found = nearest(rows, staff, states=states, order=BY_RANK, size=size + 1)
    following = None
    if len(found) > size:
        last = found[size - 1]
        place = last.place
        following = keyset.encode(place, last.pk) if isinstance(place, datetime) else f"{place}-{last.pk}"
    ids = [one.pk for one in found[:size]]
    return ClaimRows(rendered(ids, "row"), ids, following)


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
        numbers = counted(Claim.objects.open(), staff, states=OPEN_STATES, most=MOST_COUNTED + 1)
        views = {"open": OPEN_STATES, **STATES_OF}
        kept = {view: as_text(sum(numbers.get(state, 0) for state in states)) or "0" for view, states in views.items()}
        cache.set(key, kept, timeout=KEPT)
    return kept


@dataclass(frozen=True)
class Column:
    """A column of the board: what waits for one party, its first claims rendered, and how many there are."""

    key: str
    label: Any
    rows: Sequence[SafeString]
    count: str


def board(staff: Staff, asked: ClaimFilter, counts: Mapping[str, str]) -> list[Column]:
    """The first claims of each party; two queries, and one for cards that are not kept."""
    wanted = replace(asked, view="open", q="")
    rows = led_by(filtered(wanted), staff, wanted)
    states = states_of(wanted) or OPEN_STATES
    first = nearest(rows, staff, states=states, order=BY_RANK, size=BOARD_SIZE, of_each_state=True)
    of_columns = {key: [one.pk for one in first if one.state in STATES_OF[key]][:BOARD_SIZE] for key in PARTIES}
    ids = list(dict.fromkeys(pk for column in of_columns.values() for pk in column))
    cards = dict(zip(ids, rendered(ids, "card"), strict=True))
    return [Column(key, VIEW_WORDS[key], [cards[pk] for pk in of_columns[key]], counts.get(key, "")) for key in PARTIES]

"""All background work on one page: received items, deliveries, jobs, calls to webhooks, and events that a consumer could not
take.

The five tables are read newest first, each from its own position, and merged by time, so that a page costs the same
whatever lies behind it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from channels_app.models import InboundEvent
from helpdesk.core.describing import title_of, work_title
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.models import Delivery, Job, Leased, LeasedState, ParkedEvent
from tickets.automation.models import WebhookCall
from tickets.models import NUMBER_PREFIX, Message

PAGE = 50
# Beyond this, a count says how many at least: counting all of a great backlog helps nobody.
COUNTED = 1000

KINDS: dict[str, Any] = {
    "inbound": _("Received"),
    "delivery": _("To be sent"),
    "job": _("Jobs"),
    "webhook": _("Webhooks"),
    "event": _("Events"),
}
LEASED: dict[str, type[Leased]] = {"inbound": InboundEvent, "delivery": Delivery, "job": Job, "webhook": WebhookCall}
# No state of work: received items that are done, and of which nothing was made by a rule.
IGNORED = "ignored"
STATES: dict[str, Any] = {
    LeasedState.PARKED: _("Parked"),
    LeasedState.BACK_OFF: _("Will be tried again"),
    LeasedState.WORKING: _("In work"),
    LeasedState.READY: _("Waiting"),
    IGNORED: _("Ignored"),
}


@dataclass(frozen=True)
class WorkRow:
    """One piece of work, whatever its table."""

    kind: str
    pk: int
    state: str
    title: str
    reason: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    account: str = ""
    ticket_id: int | None = None
    item: Model | None = field(default=None, compare=False, repr=False)

    @property
    def kind_label(self) -> Any:
        return KINDS[self.kind]

    @property
    def ticket_number(self) -> str:
        return f"{NUMBER_PREFIX}{self.ticket_id}" if self.ticket_id else ""

    @property
    def is_parked(self) -> bool:
        return self.state == LeasedState.PARKED


@dataclass(frozen=True)
class Count:
    """How many, as people read it."""

    number: int

    def __str__(self) -> str:
        return f"{COUNTED:,}+" if self.number > COUNTED else f"{self.number}"

    def __bool__(self) -> bool:
        return bool(self.number)


def counts() -> dict[str, dict[str, int]]:
    """State → kind → how many, each counted up to a thousand; one statement over the partial indexes."""
    selects, values = [], []
    for kind, model in LEASED.items():
        for state in [state for state in STATES if state != IGNORED]:
            table = connection.ops.quote_name(model._meta.db_table)
            selects.append(
                f"SELECT %s, %s, (SELECT count(*) FROM (SELECT 1 FROM {table} WHERE state = %s LIMIT {COUNTED + 1}) x)"
            )
            values += [str(state), kind, str(state)]
    selects.append(
        "SELECT 'parked', 'event', (SELECT count(*) FROM (SELECT 1 FROM core_parkedevent"
        f" WHERE resolved_at IS NULL LIMIT {COUNTED + 1}) x)"
    )
    selects.append(
        f"SELECT '{IGNORED}', 'inbound', (SELECT count(*) FROM (SELECT 1 FROM channels_app_inboundevent"
        f" WHERE is_ignored LIMIT {COUNTED + 1}) x)"
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects), values)
        found: dict[str, dict[str, int]] = {str(state): {} for state in STATES}
        for state, kind, number in cursor.fetchall():
            found[state][kind] = number
    return found


def encode(positions: Mapping[str, int]) -> str:
    raw = json.dumps(dict(positions), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str | None) -> dict[str, int]:
    """Kind → id of the last row shown; `Invalid` when it makes no sense."""
    if not cursor:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor[:300].encode("ascii") + b"=" * (-len(cursor) % 4)))
        if not isinstance(found, dict):
            raise ValueError
        if not all(kind in KINDS and isinstance(pk, int) and 0 <= pk < 2**63 for kind, pk in found.items()):
            raise ValueError
    except (ValueError, UnicodeEncodeError, binascii.Error, RecursionError):
        raise Invalid(
            fields={"cursor": _("This page address is not valid. Start again from the first page.")}
        ) from None
    return found


def work_page(state: str, *, kind: str = "", cursor: str | None = None) -> tuple[list[WorkRow], str | None]:
    """One page of work in a state, newest first, and the cursor of the next; six queries with all kinds."""
    behind = decode(cursor)
    rows: list[WorkRow] = []
    for name in [kind] if kind else KINDS:
        rows += _rows_of(name, state, behind.get(name))
    rows.sort(key=lambda row: (row.created_at, row.kind, row.pk), reverse=True)
    shown = rows[:PAGE]
    if len(rows) > PAGE:
        for row in shown:
            behind[row.kind] = row.pk
        return _with_tickets(shown), encode(behind)
    return _with_tickets(shown), None


def rows_of(kind: str) -> QuerySet[Any]:
    """All rows of a leased kind with what the page shows of them; a raw item may be large and stays where it is."""
    rows: QuerySet[Any] = LEASED[kind]._default_manager.all()
    rows = rows.select_related("account") if kind in {"inbound", "delivery"} else rows
    rows = rows.select_related("endpoint") if kind == "webhook" else rows
    return rows.defer("raw") if kind == "inbound" else rows


def _rows_of(kind: str, state: str, behind: int | None) -> list[WorkRow]:
    if kind == "event":
        if state != LeasedState.PARKED:
            return []
        parked = ParkedEvent.objects.filter(resolved_at__isnull=True).select_related("event")
        parked = parked.filter(pk__lt=behind) if behind is not None else parked
        return [row_of(item) for item in parked.order_by("-pk")[: PAGE + 1]]
    if state == IGNORED and kind != "inbound":
        return []
    found = rows_of(kind).filter(is_ignored=True) if state == IGNORED else rows_of(kind).filter(state=state)
    found = found.filter(pk__lt=behind) if behind is not None else found
    return [row_of(item) for item in found.order_by("-pk")[: PAGE + 1]]


def row_of(item: Model) -> WorkRow:
    """One row as the page shows it; its ticket is found later for all rows at once."""
    if isinstance(item, ParkedEvent):
        event = item.event
        return WorkRow(
            "event",
            item.pk,
            str(LeasedState.PARKED) if item.resolved_at is None else str(LeasedState.DONE),
            f"{item.consumer}: {title_of(event.name)}",
            item.reason,
            0,
            item.parked_at,
            ticket_id=event.ticket_id,
            item=item,
        )
    assert isinstance(item, (InboundEvent, Delivery, Job, WebhookCall))
    if isinstance(item, InboundEvent):
        kind, title, account, ticket_id = "inbound", work_title(item.handler), item.account.label, item.ticket_id
    elif isinstance(item, Delivery):
        kind, title, account, ticket_id = "delivery", work_title(item.purpose), item.account.label, None
    elif isinstance(item, WebhookCall):
        kind, title = "webhook", f"{work_title(item.leased_kind())}: {item.event_name}"
        account, ticket_id = item.endpoint.name, item.ticket_id
    else:
        kind, title, account, ticket_id = "job", work_title(item.kind), "", item.args.get("ticket")
    return WorkRow(
        kind,
        item.pk,
        item.state,
        title,
        item.reason,
        item.attempts,
        item.created_at,
        item.next_attempt_at if item.state == LeasedState.BACK_OFF else None,
        account,
        ticket_id if isinstance(ticket_id, int) else None,
        item,
    )


def _with_tickets(rows: Iterable[WorkRow]) -> list[WorkRow]:
    """Deliveries of messages learn their ticket, in one query."""
    rows = list(rows)
    messages = {
        row.item.subject_id
        for row in rows
        if isinstance(row.item, Delivery) and row.item.purpose.startswith("tickets.")
    }
    if not messages:
        return rows
    tickets = dict(Message.objects.filter(pk__in=messages).values_list("pk", "ticket_id"))
    return [
        WorkRow(**{**vars(row), "ticket_id": tickets.get(row.item.subject_id)})
        if isinstance(row.item, Delivery)
        else row
        for row in rows
    ]


def find_row(kind: str, pk: int) -> WorkRow:
    """One piece of work by its kind and id; `NotFound` otherwise."""
    item: Model | None
    if kind == "event":
        item = ParkedEvent.objects.select_related("event").filter(pk=pk).first()
    elif kind in LEASED:
        item = rows_of(kind).filter(pk=pk).first()
    else:
        raise NotFound
    if item is None:
        raise NotFound
    return _with_tickets([row_of(item)])[0]


@dataclass(frozen=True)
class ReasonGroup:
    """Parked work of one kind that has the same reason, as far as its first line tells."""

    kind: str
    reason: str
    number: int

    @property
    def label(self) -> Any:
        return KINDS[self.kind]

    @property
    def key(self) -> str:
        """Stands for the reason in forms and jobs: a reason may hold an address, its hash does not."""
        return hashlib.md5(self.reason.encode(), usedforsecurity=False).hexdigest()


REASON_LENGTH = 120
_REASON = f"left(split_part(reason, E'\\n', 1), {REASON_LENGTH})"


def reasons(kind: str = "", *, limit: int = 8) -> list[ReasonGroup]:
    """The commonest reasons among the newest thousand parked of each kind, most frequent first; one statement."""
    parts, values = [], []
    for name, model in LEASED.items():
        if kind in {"", name}:
            table = connection.ops.quote_name(model._meta.db_table)
            parts.append(
                f"SELECT %s AS kind, {_REASON} AS short FROM"
                f" (SELECT reason FROM {table} WHERE state = 'parked' ORDER BY id DESC LIMIT {COUNTED}) x"
            )
            values.append(name)
    if kind in {"", "event"}:
        parts.append(
            f"SELECT 'event', {_REASON} FROM (SELECT reason FROM core_parkedevent"
            f" WHERE resolved_at IS NULL ORDER BY id DESC LIMIT {COUNTED}) x"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT kind, short, count(*) FROM ({' UNION ALL '.join(parts)}) y"
            " GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 3 DESC, 1, 2 LIMIT %s",
            [*values, limit],
        )
        return [ReasonGroup(*row) for row in cursor.fetchall()]

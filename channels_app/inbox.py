"""The inbox: store raw, commit, acknowledge; then process each item once, in the order of its key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from channels_app.models import InboundEvent
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, LeasedState
from helpdesk.core.registries import Registry, leased_workers


@dataclass(frozen=True)
class RawItem:
    """One item as it arrived. `external_id` empty: the raw's hash stands in. `order_key`: sender, parcel or call."""

    raw: bytes
    handler: str
    external_id: str = ""
    order_key: str = ""
    content_type: str = ""
    envelope: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """The event of an item, and whether this delivery made it (False: it was known)."""

    event: InboundEvent
    is_new: bool


@dataclass(frozen=True)
class Outcome:
    """What a handler says of an event: the ticket and message it led to, or why it was ignored by a rule."""

    ticket_id: int | None = None
    message_id: int | None = None
    ignored: str = ""


Handler = Callable[[InboundEvent], Outcome]
handlers: Registry[Handler] = Registry("inbound handler")


def hash_id(raw: bytes) -> str:
    """The stand-in for a missing id: SHA-256 of the raw item."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


@transaction.atomic
def store(account: ChannelAccount, items: Sequence[RawItem], *, offer: bool = True) -> list[Stored]:
    """Store items in one statement; known ids are found, not doubled. Committed when this returns outside a transaction,
    so the caller may acknowledge. With `offer` False the caller processes the event itself."""
    stored = _insert(account, [_row(account, item) for item in items])
    if offer:
        leasing.offer_all_on_commit([item.event for item in stored if item.is_new])
    return stored


def store_and_work(account: ChannelAccount, item: RawItem) -> Stored:
    """Store one item and, if it is new and no elder of its key waits, work it in this process. It is committed before the
    work begins, already taken, so that a death is counted and the row offered again like any other."""
    row = _row(account, item)
    row.lease_token = row.new_token()
    with transaction.atomic():
        stored = _insert(account, [row], is_taken=True)[0]
    if stored.is_new and stored.event.state == LeasedState.WORKING:
        leasing.work_taken(stored.event)
    return stored


def _row(account: ChannelAccount, item: RawItem) -> InboundEvent:
    return InboundEvent(
        account=account,
        external_id=(item.external_id or hash_id(item.raw))[:250],
        handler=item.handler,
        raw=item.raw,
        size=len(item.raw),
        content_type=item.content_type[:100],
        envelope=item.envelope,
        order_key=item.order_key[:200],
    )


_COLUMNS = (
    "account_id, external_id, handler, raw, size, content_type, envelope, order_key, created_at, lease_token,"
    " state, attempts, leased_until, deaths, reason, is_ignored"
)
# A taken row waits after all while an elder of its key is unfinished.
_TAKEN = """SELECT v.*, CASE WHEN waits THEN 'ready' ELSE 'working' END, CASE WHEN waits THEN 0 ELSE 1 END,
                   CASE WHEN waits THEN NULL ELSE now() + %s END, 0, '', false
            FROM (VALUES {rows}) v (account_id, external_id, handler, raw, size, content_type, envelope, order_key,
                                    created_at, lease_token),
            LATERAL (SELECT v.order_key <> '' AND EXISTS (
                SELECT 1 FROM channels_app_inboundevent o WHERE o.account_id = v.account_id
                   AND o.order_key = v.order_key AND o.state IN ('ready', 'working', 'back_off')) AS waits) w"""
_READY = "SELECT v.*, 'ready', 0, NULL, 0, '', false FROM (VALUES {rows}) v"
_VALUES = "(%s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s::uuid)"


def _insert(account: ChannelAccount, rows: Sequence[InboundEvent], *, is_taken: bool = False) -> list[Stored]:
    """Write the rows whose ids are new, find the others."""
    values: list[Any] = [timedelta(seconds=settings.LEASE_SECONDS)] if is_taken else []
    for row in rows:
        values += [account.pk, row.external_id, row.handler, row.raw, row.size, row.content_type]
        values += [json.dumps(row.envelope), row.order_key, row.created_at, row.lease_token]
    source = (_TAKEN if is_taken else _READY).format(rows=", ".join([_VALUES] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO channels_app_inboundevent ({_COLUMNS}) {source} ON CONFLICT (account_id, external_id) DO NOTHING"
            " RETURNING external_id, id, state, attempts, leased_until",
            values,
        )
        made = {external_id: found for external_id, *found in cursor.fetchall()}
    missing = [row.external_id for row in rows if row.external_id not in made]
    events = {e.external_id: e for e in _known(account, missing)} if missing else {}
    stored = []
    for row in rows:
        if row.external_id in made and row.external_id not in events:
            row.pk, row.state, row.attempts, row.leased_until = made[row.external_id]
            events[row.external_id] = row
            stored.append(Stored(row, True))
        else:
            stored.append(Stored(events[row.external_id], False))
    _sign_of_life(account)
    return stored


def _known(account: ChannelAccount, external_ids: Sequence[str]) -> QuerySet[InboundEvent]:
    return InboundEvent.objects.filter(account=account, external_id__in=external_ids).defer("raw")


def _sign_of_life(account: ChannelAccount) -> None:
    """When something last came in, kept to the half minute, so that every item of a flood does not write one row."""
    now = timezone.now()
    if account.last_event_at is None or now - account.last_event_at > timedelta(seconds=30):
        ChannelAccount.objects.filter(pk=account.pk).update(last_event_at=now)
        account.last_event_at = now


def process(event: InboundEvent) -> None:
    """Work one taken event: its handler once, the outcome in the same transaction."""
    outcome = handlers.get(event.handler)(event)
    event.ticket_id, event.message_id = outcome.ticket_id, outcome.message_id
    event.is_ignored = bool(outcome.ignored)
    leasing.finish(
        event,
        LeasedState.DONE,
        reason=outcome.ignored,
        ticket_id=outcome.ticket_id,
        message_id=outcome.message_id,
        is_ignored=event.is_ignored,
    )


def process_now(event: InboundEvent) -> InboundEvent:
    """Run the handler in this process (API, form, `mail_in`); returns the event as it is afterwards. When the handler
    fails the event goes its usual way: back-off, retries, parked."""
    leasing.run(InboundEvent, event.pk)
    return InboundEvent.objects.defer("raw").get(pk=event.pk)


leased_workers.add(InboundEvent.leased_kind(), process)

"""The inbox: store raw, commit, acknowledge; then process each item once, in the order of its key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from channels_app.models import InboundEvent
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount
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
    rows = [
        InboundEvent(
            account=account,
            external_id=(item.external_id or hash_id(item.raw))[:250],
            handler=item.handler,
            raw=item.raw,
            size=len(item.raw),
            content_type=item.content_type[:100],
            envelope=item.envelope,
            order_key=item.order_key[:200],
        )
        for item in items
    ]
    ids = [row.external_id for row in rows]
    known = set(InboundEvent.objects.filter(account=account, external_id__in=ids).values_list("external_id", flat=True))
    InboundEvent.objects.bulk_create([row for row in rows if row.external_id not in known], ignore_conflicts=True)
    events = {e.external_id: e for e in InboundEvent.objects.filter(account=account, external_id__in=ids).defer("raw")}
    stored = []
    for row in rows:
        event = events[row.external_id]
        # our own row, not one that another process wrote a moment before with the same id
        is_ours = event.external_id not in known and event.created_at == row.created_at
        known.add(event.external_id)
        stored.append(Stored(event, is_ours))
    if offer:
        leasing.offer_all_on_commit([item.event for item in stored if item.is_new])
    ChannelAccount.objects.filter(pk=account.pk).update(last_event_at=timezone.now())
    return stored


def process(event: InboundEvent) -> None:
    """Work one taken event: its handler once, the outcome in the same transaction."""
    outcome = handlers.get(event.handler)(event)
    event.ticket_id, event.message_id = outcome.ticket_id, outcome.message_id
    event.is_ignored, event.reason = bool(outcome.ignored), outcome.ignored
    InboundEvent.objects.filter(pk=event.pk).update(
        ticket_id=outcome.ticket_id, message_id=outcome.message_id, is_ignored=bool(outcome.ignored)
    )
    leasing.finish(event, leasing.LeasedState.DONE, reason=outcome.ignored)


def process_now(event: InboundEvent) -> InboundEvent:
    """Run the handler in this process (API, form, `mail_in`); returns the event as it is afterwards. When the handler
    fails the event goes its usual way: back-off, retries, parked."""
    leasing.run(InboundEvent, event.pk)
    return InboundEvent.objects.defer("raw").get(pk=event.pk)


leased_workers.add(InboundEvent.leased_kind(), process)

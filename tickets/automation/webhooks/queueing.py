"""Writing calls: one row for each event and endpoint, in the transaction of whoever causes it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from helpdesk.core import leasing
from helpdesk.core.models import Event
from tickets.automation.models import WebhookCall, WebhookEndpoint
from tickets.automation.webhooks.events import EVENTS, EVERYTHING
from tickets.models import NUMBER_PREFIX, Ticket

# Kept for the product's own use: other systems read the row's state itself.
_INNER = {"row_version", "team_before"}


def queue_events(events: Sequence[Event]) -> None:
    """Consumer of the event log: calls for the endpoints that want these events. No query when none can be wanted."""
    told = [event for event in events if event.name in EVENTS and event.ticket_id is not None]
    if not told:
        return
    endpoints = list(WebhookEndpoint.objects.filter(is_active=True))
    pairs = [(endpoint, event) for event in told for endpoint in endpoints if wants(endpoint, event.name)]
    if not pairs:
        return
    facts = ticket_facts({event.ticket_id for _endpoint, event in pairs if event.ticket_id})
    keys = [f"{endpoint.pk}:{event.pk}" for endpoint, event in pairs]
    known = set(WebhookCall.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    rows = [
        _row(endpoint, event.name, _said(event), facts.get(event.ticket_id or 0), at=event.at, event=event, key=key)
        for (endpoint, event), key in zip(pairs, keys, strict=True)
        if key not in known
    ]
    WebhookCall.objects.bulk_create(rows)
    leasing.offer_all_on_commit(rows)


def queue_call(
    endpoint: WebhookEndpoint, name: str, *, ticket_id: int | None = None, data: Mapping[str, Any] | None = None
) -> WebhookCall:
    """One call that no subscription asks for: a test, or an action."""
    facts = ticket_facts([ticket_id]).get(ticket_id) if ticket_id else None
    row = _row(endpoint, name, dict(data or {}), facts, at=timezone.now())
    row.ticket_id = ticket_id
    row.save()
    leasing.offer_on_commit(row)
    return row


def send_again(call: WebhookCall) -> WebhookCall:
    """The same words once more, as a call of its own: the other side can tell it by its own key."""
    fresh = WebhookCall(
        endpoint=call.endpoint,
        event_name=call.event_name,
        event_id=call.event_id,
        ticket_id=call.ticket_id,
        body=call.body,
        key=uuid.uuid4(),
        order_key="",
    )
    fresh.save()
    leasing.offer_on_commit(fresh)
    return fresh


def wants(endpoint: WebhookEndpoint, name: str) -> bool:
    return EVERYTHING in endpoint.events or name in endpoint.events


def ticket_facts(ticket_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What goes along of each ticket, in words of the API; no text of a customer. One query."""
    rows = Ticket.objects.filter(pk__in=list(ticket_ids)).values(
        "pk", "status_category", "priority", "kind", "grade", "channel_kind", "team__slug", "team_id", "owner_id",
        "parent_id", "created_at", "updated_at",
    )  # fmt: skip
    return {row["pk"]: _fact(row) for row in rows}


def _fact(row: Mapping[str, Any]) -> dict[str, Any]:
    number = f"{NUMBER_PREFIX}{row['pk']}"
    return {
        "number": number,
        "url": f"{settings.PUBLIC_URL}/tickets/{number}/",
        "status": row["status_category"],
        "priority": row["priority"],
        "kind": row["kind"],
        "grade": row["grade"],
        "channel": row["channel_kind"],
        "team": {"id": row["team_id"], "slug": row["team__slug"]},
        "owner": row["owner_id"],
        "parent": f"{NUMBER_PREFIX}{row['parent_id']}" if row["parent_id"] else None,
        "created_at": row["created_at"].isoformat(),
        "updated_at": row["updated_at"].isoformat(),
    }


def _said(event: Event) -> dict[str, Any]:
    return {name: value for name, value in event.data.items() if name not in _INNER}


def _row(
    endpoint: WebhookEndpoint,
    name: str,
    data: dict[str, Any],
    ticket: dict[str, Any] | None,
    *,
    at: datetime,
    event: Event | None = None,
    key: str | None = None,
) -> WebhookCall:
    own = uuid.uuid4()
    body: dict[str, Any] = {"id": str(own), "event": name, "at": at.isoformat(), "ticket": ticket, "data": data}
    if event is not None:
        body |= {"event_id": event.pk, "actor": {"kind": event.actor_kind, "id": event.actor_id}}
    return WebhookCall(
        endpoint=endpoint,
        event_name=name,
        event_id=event.pk if event else None,
        ticket_id=event.ticket_id if event else None,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        key=own,
        dedupe_key=key,
    )

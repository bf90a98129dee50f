"""From a webhook's message to a ticket: `id`, `sender` (`id`, `email`, `phone`, `name`), `subject`, `text`, `ticket`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime

from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import NotFound, Permanent
from helpdesk.customers import identities
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Identity, IdentityKind
from tickets.access import parse_number
from tickets.intake.arrival import Arrival, Thread
from tickets.intake.services import receive
from tickets.models import UNFINISHED, Ticket
from tickets.services.receiving import storable

HANDLER = "webhook.message"


def receive_webhook_message(event: InboundEvent) -> Outcome:
    """The handler `webhook.message`; what cannot be read is parked with its raw source."""
    message = read_object(bytes(event.raw or b""))
    sender = message.get("sender")
    sender = sender if isinstance(sender, dict) else {}
    known = _known(event, sender)
    if not known:
        raise Permanent("the message names no sender: give sender.id, sender.email or sender.phone")
    text = _text(message.get("text"))
    if not text.strip():
        raise Permanent("the message has no text")
    received = receive(
        Arrival(
            account=event.account,
            known=known,
            text=text,
            subject=_text(message.get("subject"))[:998],
            name=_text(sender.get("name"))[:160],
            language=_text(message.get("language"))[:10],
            author_address=next((k.value for k in known if k.kind in {IdentityKind.EMAIL, IdentityKind.PHONE}), ""),
            external_id=event.external_id,
            inbound_event_id=event.pk,
            sent_at=_moment(message.get("sent_at")),
            thread=Thread(ticket_ids=_continued(event, message, known)),
        ),
        by=SYSTEM,
    )
    return Outcome(ticket_id=received.ticket.pk, message_id=received.message.pk)


def read_object(raw: bytes) -> dict[str, Any]:
    """The body as an object; `Permanent` when it is none."""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        raise Permanent("the body is not JSON that can be read") from None
    if not isinstance(message, dict):
        raise Permanent("the body is not a JSON object")
    return message


def _text(value: Any) -> str:
    return storable(value) if isinstance(value, str) else ""


def _known(event: InboundEvent, sender: dict[str, Any]) -> list[Known]:
    """Address and number are the world's; the sender's id is unique within the account only."""
    found = [
        identities.email(_text(sender.get("email"))),
        identities.phone(_text(sender.get("phone")), region=settings.DEFAULT_PHONE_REGION),
    ]
    own = sender.get("id")
    if isinstance(own, (str, int)) and not isinstance(own, bool) and _text(str(own)).strip():
        found.append(Known(IdentityKind.EXTERNAL, _text(str(own)).strip()[:320], scope=f"account:{event.account_id}"))
    return [known for known in found if known is not None]


def _continued(event: InboundEvent, message: dict[str, Any], known: list[Known]) -> list[int]:
    """The ticket that the message names; on an instant channel the sender's newest unfinished one."""
    named = _text(message.get("ticket"))
    if named:
        try:
            return [parse_number(named)]
        except NotFound:
            return []
    if not event.account.is_instant:
        return []
    customers = Identity.objects.filter(kind=known[0].kind, scope=known[0].scope, value=known[0].value)
    newest = Ticket.objects.filter(
        account=event.account,
        customer__in=customers.values("customer_id"),
        status_category__in=list(UNFINISHED),
        parent__isnull=True,
    ).order_by("-last_activity_at", "-pk")
    return list(newest.values_list("pk", flat=True)[:1])


def _moment(value: Any) -> datetime | None:
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return parsed if parsed is not None and parsed.tzinfo is not None and 1970 <= parsed.year < 9000 else None

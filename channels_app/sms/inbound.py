"""From what an SMS gateway posted: a receipt moves its delivery, a message continues or opens a ticket."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels_app import outbox
from channels_app.email.text import guess_language
from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.models import Delivery, DeliveryStatus
from helpdesk.customers import identities
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Identity
from tickets.intake.arrival import Arrival, Thread
from tickets.intake.services import receive
from tickets.models import Message, MessageDelivery, StatusCategory, Visibility
from tickets.services.receiving import storable

RECEIPT, MESSAGE = "sms.receipt", "sms.message"
# What gateways call it. A receipt of any other state is parked, so that nobody takes it for delivered.
STATES = {
    "sent": DeliveryStatus.SENT,
    "accepted": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "delivrd": DeliveryStatus.DELIVERED,
    "success": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.READ,
    "failed": DeliveryStatus.FAILED,
    "undelivered": DeliveryStatus.FAILED,
    "undeliv": DeliveryStatus.FAILED,
    "expired": DeliveryStatus.FAILED,
    "rejected": DeliveryStatus.FAILED,
    "rejectd": DeliveryStatus.FAILED,
}
# A receipt may overtake the commit of its own delivery.
_TRIES = 3
# An answer by SMS names no conversation: it belongs to the last one that went over this number, if that is not long ago.
CONVERSATION = timedelta(days=30)


@transaction.atomic
def receive_receipt(event: InboundEvent) -> Outcome:
    """The handler `sms.receipt`: the delivery's state moves forward, a failure says why."""
    item = _read(event)
    status = STATES.get(str(item.get("status") or "").strip().lower())
    if status is None:
        raise Permanent(f"the receipt's state is none that we know: {str(item.get('status'))[:40]}")
    given = storable(str(item.get("id") or ""))[:250]
    delivery = Delivery.objects.filter(account=event.account, external_id=given).order_by("-pk").first()
    if not given or delivery is None:
        if given and event.attempts <= _TRIES:
            raise TryAgain("no delivery has this id yet", after=5)
        return Outcome(ignored="a receipt about a message that is not ours")
    reason = storable(str(item.get("reason") or ""))[:300]
    words = f"the network did not deliver the SMS: {reason or status}" if status == DeliveryStatus.FAILED else ""
    outbox.record_status(delivery, status, reason=words, at=_moment(item.get("at")) or timezone.now())
    link = MessageDelivery.objects.select_related("message").filter(delivery=delivery).first()
    return Outcome(link.message.ticket_id, link.message_id) if link else Outcome()


def receive_sms(event: InboundEvent) -> Outcome:
    """The handler `sms.message`."""
    item = _read(event)
    known = identities.phone(_text(item.get("from")), region=settings.DEFAULT_PHONE_REGION)
    if known is None:
        raise Permanent("the message names no sender: give a phone number in “from”")
    text = _text(item.get("text")).strip()
    if not text:
        raise Permanent("the message has no text")
    received = receive(
        Arrival(
            account=event.account,
            known=[known],
            text=text,
            language=guess_language(text) or "",
            author_address=known.value,
            external_id=event.external_id,
            inbound_event_id=event.pk,
            sent_at=_moment(item.get("at")),
            # an acknowledgement would cost money and might be answered by a machine
            may_be_answered=False,
            thread=Thread(ticket_ids=_continued(event, known)),
        ),
        by=SYSTEM,
    )
    return Outcome(received.ticket.pk, received.message.pk)


def _continued(event: InboundEvent, known: Known) -> list[int]:
    """The conversation in which a message last went to or from this person over this account, unless it is closed."""
    people = Identity.objects.filter(kind=known.kind, scope=known.scope, value=known.value).values("customer_id")
    newest = Message.objects.filter(
        account=event.account,
        visibility=Visibility.PUBLIC,
        ticket__customer__in=people,
        withdrawn_at__isnull=True,
        created_at__gte=timezone.now() - CONVERSATION,
    ).exclude(ticket__status_category=StatusCategory.CLOSED)
    return list(newest.order_by("-pk").values_list("ticket_id", flat=True)[:1])


def _read(event: InboundEvent) -> dict[str, Any]:
    try:
        item = json.loads(bytes(event.raw or b""))
    except (ValueError, RecursionError):
        raise Permanent("the body is not JSON that can be read") from None
    if not isinstance(item, dict):
        raise Permanent("the body is not a JSON object")
    return item


def _text(value: Any) -> str:
    return storable(str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _moment(value: Any) -> datetime | None:
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return parsed if parsed is not None and parsed.tzinfo is not None and 1970 <= parsed.year < 9000 else None

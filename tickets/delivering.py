"""Told by the outbox of a message's delivery status: the row changes, and a failure is announced."""

from __future__ import annotations

from typing import Any

from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import Delivery, DeliveryStatus
from tickets.models import Message
from tickets.services.changing import changing
from tickets.services.replying import add_note_to


def on_delivery_status(delivery: Delivery, status: str, reason: str) -> None:
    """Announces message.sent, message.delivered, message.read or message.failed on the ticket."""
    ticket = Message.objects.filter(pk=delivery.subject_id).values_list(
        "ticket", "ticket__customer", "ticket__row_version"
    )
    found = ticket.first()
    if found is None:
        return
    ticket_id, customer_id, row_version = found
    name = f"message.{status}"
    data: dict[str, Any] = {"message": delivery.subject_id, "delivery": delivery.pk, "channel": delivery.account.kind}
    if status != DeliveryStatus.FAILED and not reason:
        # nothing changes on the ticket, so nobody who works on it has to wait
        data["row_version"] = row_version
        announce(Announcement(name, "ticket", ticket_id, ticket_id, customer_id, data), by=SYSTEM)
        return
    with changing(ticket_id, "delivery_status", by=SYSTEM, permission=None) as change:
        change.announce(name, **data)
        if status == DeliveryStatus.FAILED:
            change.set(is_unread=True)
        else:
            # it went out, but not to everybody: that must not stand in a log alone
            add_note_to(change, reason)

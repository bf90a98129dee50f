"""The moment an answer leaves: its deliveries are written, and what counts as answered is met, in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from helpdesk.accounts.permissions import REPLY
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.models import ChannelAccount, Delivery, DeliveryStatus
from helpdesk.core.outgoing import external_id_for
from helpdesk.core.sending import send_again
from tickets.models import Message, MessageDelivery, StatusCategory
from tickets.outgoing import ADDRESS_KIND, Route, route_for
from tickets.services.changing import Change, changing
from tickets.services.status import move_status

PURPOSE = "tickets.message"


def release_message(message_id: int, *, now: datetime | None = None) -> bool:
    """Release a waiting message if its time has come; False when it was withdrawn, released or is not due."""
    ticket_id = Message.objects.filter(pk=message_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        return False
    with changing(ticket_id, "release_message", by=SYSTEM, permission=None, now=now) as change:
        message = Message.objects.select_for_update(no_key=True).get(pk=message_id)
        if not message.is_waiting or message.release_at is None or message.release_at > change.now:
            return False
        release(change, message)
    return True


def release(change: Change, message: Message, route: Route | None = None) -> None:
    """Release as a part of a change: deliveries, dates, the status that the sender asked for; announces message.released.

    `route` is the customer's, when the caller has looked for it already.
    """
    message.released_at = change.now
    change.released.append(message)
    is_stored = message.pk is not None
    # a new ticket has no participants yet, so that its route can only be looked for when they are written
    departure = _departure(change, message, route) if route or not change.is_new else None

    def finish() -> None:
        change.announce("message.released", message=message.pk, channel=message.channel_kind)
        leaves_by = departure or _departure(change, message, route)
        if is_stored or departure is None:
            message.save(update_fields=["released_at", "rfc_message_id"])
        if leaves_by.account is not None and leaves_by.address:
            _write_delivery(change, message, leaves_by.account, leaves_by.address)

    change.after_write.append(finish)
    if message.is_auto:
        return
    change.set(last_agent_message_at=change.now, last_activity_at=change.now)
    if change.get("first_replied_at") is None:
        change.set(first_replied_at=change.now)
    wanted = message.on_release.get("status")
    if wanted and not change.ticket.is_closed:
        move_status(change, wanted)
    elif change.get("status_category") == StatusCategory.NEW:
        move_status(change, StatusCategory.OPEN)


@dataclass(frozen=True)
class _Departure:
    """The account and first address that a message leaves by; neither where the customer reads it in the portal only."""

    account: ChannelAccount | None
    address: str


def _departure(change: Change, message: Message, route: Route | None) -> _Departure:
    """Where the message leaves; a mail gets the id that stays the same over all tries."""
    own = message.account if message.channel_kind in ADDRESS_KIND else None
    route = route or route_for(change.ticket, own)
    to = [address for _name, address in message.recipients.get("to", [])] or ([route.address] if route else [])
    account = own or (route.account if route else None)
    if account is not None and to:
        message.rfc_message_id = external_id_for(account, str(change.ticket.pk or "new"))
    return _Departure(account, to[0][:320] if to else "")


def _write_delivery(change: Change, message: Message, account: ChannelAccount, address: str) -> None:
    delivery = Delivery.objects.create(
        account=account,
        purpose=PURPOSE,
        subject_id=message.pk,
        address=address,
        order_key=f"ticket:{change.ticket.pk}",
        dedupe_key=f"message:{message.pk}:{account.pk}",
        external_id=message.rfc_message_id,
    )
    MessageDelivery.objects.create(message=message, delivery=delivery)
    leasing.offer_on_commit(delivery)


def send_message_again(message_id: int, *, by: Actor) -> int:
    """Try the message's failed deliveries once more; announces message.sent_again. Returns how many were tried."""
    ticket_id = Message.objects.filter(pk=message_id).values_list("ticket_id", flat=True).first() or 0
    with changing(ticket_id, "send_again", by=by, permission=REPLY) as change:
        rows = Delivery.objects.filter(message_delivery__message_id=message_id, status=DeliveryStatus.FAILED)
        tried = [delivery for delivery in rows.select_related("account") if send_again(delivery)]
        for delivery in tried:
            change.announce(
                "message.sent_again", message=message_id, delivery=delivery.pk, channel=delivery.account.kind
            )
    return len(tried)

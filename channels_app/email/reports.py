"""Delivery reports: a bounce is tied to the delivery it speaks of and told on its ticket; it never makes one."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from channels_app import outbox
from channels_app.email.marks import ticket_of_tag
from channels_app.email.parsed import Bounce, BounceRecipient, ParsedMail
from channels_app.email.threading import split_plus
from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import ChannelKind, Delivery, DeliveryStatus
from tickets.models import MessageDelivery
from tickets.services.replying import add_note

_GOOD = ("delivered", "relayed", "expanded")


def apply_report(event: InboundEvent, mail: ParsedMail) -> Outcome:
    """Record what a delivery report says of one of our deliveries."""
    report = mail.bounce
    assert report is not None
    delivery = _delivery_of(report, event.envelope.get("to", ()))
    if delivery is None:
        return Outcome(ignored="a delivery report about a mail that is not ours")
    link = MessageDelivery.objects.select_related("message").filter(delivery=delivery).first()
    ticket_id, message_id = (link.message.ticket_id, link.message_id) if link else (None, None)
    if report.is_delay:
        return Outcome(ticket_id, message_id, ignored="a report that our mail is late; the last word is still to come")
    failed = [item for item in report.recipients if item.action not in _GOOD and item.action != "delayed"]
    if report.recipients and not failed:
        outbox.record_status(delivery, DeliveryStatus.DELIVERED)
    elif not failed or any(_is_same(item.address, delivery.address) for item in failed):
        outbox.record_status(delivery, DeliveryStatus.FAILED, reason=_reason(report, failed))
    elif ticket_id is not None:
        _note(ticket_id, delivery, _reason(report, failed))
    return Outcome(ticket_id, message_id)


def _delivery_of(report: Bounce, recipients: Iterable[str]) -> Delivery | None:
    """By the id that went along; else by the signed address the report came to and the recipient it names."""
    deliveries = Delivery.objects.select_related("account").filter(account__kind=ChannelKind.EMAIL)
    if report.original_message_id:
        found = deliveries.filter(external_id=report.original_message_id[:250]).first()
        if found is not None:
            return found
    tags = dict.fromkeys([*report.plus_tags, *(tag for item in recipients if (tag := split_plus(item)[1]))])
    tickets = [ticket for tag in tags if (ticket := ticket_of_tag(tag)) is not None]
    if not tickets:
        return None
    sent = deliveries.filter(message_delivery__message__ticket_id__in=tickets).order_by("-pk")
    failed = [item.address.lower() for item in report.recipients if item.address]
    return next((item for item in sent[:20] if not failed or item.address.lower() in failed), None)


def _is_same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


def _reason(report: Bounce, failed: list[BounceRecipient]) -> str:
    said = "; ".join(f"{item.address}: {item.diagnostic or report.reason}" for item in failed) or report.reason
    return f"{said} ({report.status})" if report.status and report.status not in said else said


def _note(ticket_id: int, delivery: Delivery, reason: str) -> None:
    """A copy did not arrive: the answer as such did, so the ticket gets a note instead of a failed delivery."""
    with translation.override("zh-hans" if delivery.account.language.startswith("zh") else "en"):
        add_note(
            ticket_id, _("A copy of our mail was not delivered. %(reason)s") % {"reason": reason[:1000]}, by=SYSTEM
        )

"""The handler of stored mails: what each one is, by rules in a fixed order, and the ticket that comes of it."""

from __future__ import annotations

import logging
from dataclasses import replace

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.email.arriving import arrival_of, no_subject
from channels_app.email.directory import own_addresses
from channels_app.email.marks import is_own_mail
from channels_app.email.parse import parse_mail
from channels_app.email.parsed import MailLimits, ParsedMail
from channels_app.email.reports import apply_report
from channels_app.email.senders import Sender, sender_of
from channels_app.email.staff_forwards import as_forwarded, forwarding_colleague, note_forward
from channels_app.email.too_large import refuse, with_notice
from channels_app.inbox import Outcome
from channels_app.models import InboundEvent
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Permanent
from tickets.intake.arrival import Arrival
from tickets.intake.services import receive
from tickets.intake.threading import conversation_of
from tickets.models import Ticket
from tickets.services.replying import add_note

log = logging.getLogger(__name__)

# After so many failures that are no outage, the mail becomes a ticket with nothing but its source.
_FAILURES_BEFORE_PLAIN = 3
_OUTAGES = ("OperationalError", "InterfaceError", "TryAgain")


def limits() -> MailLimits:
    """How much of one mail is read, from the settings."""
    return MailLimits(
        max_raw_bytes=settings.MAIL_MAX_BYTES + 1024 * 1024, max_attachment_bytes=settings.ATTACHMENT_MAX_BYTES
    )


def read_mail(event: InboundEvent) -> ParsedMail:
    """The stored mail, parsed; `Permanent` when its source has been dropped after the retention time."""
    if event.raw is None:
        raise Permanent("the source of this mail was dropped after the retention time")
    servers = event.account.config.get("trusted_servers", ())
    return parse_mail(bytes(event.raw), limits=limits(), trusted_servers=servers)


def receive_mail(event: InboundEvent) -> Outcome:
    """Work one stored mail: a report, our own mail come back, an automatic answer, or a message of a person."""
    if event.attempts > _FAILURES_BEFORE_PLAIN and not event.reason.startswith(_OUTAGES):
        return _receive_plainly(event)
    mail = read_mail(event)
    if is_own_mail(mail):
        return Outcome(ignored="our own mail that came back")
    if mail.bounce is not None:
        return apply_report(event, mail)
    ours = own_addresses()
    sender = sender_of(mail, envelope_from=event.envelope.get("from", ""), event_id=event.external_id, ours=ours)
    arrival = arrival_of(event, mail, sender, ours)
    if arrival.is_auto:
        if conversation_of(arrival) is None:
            if mail.is_auto_reply:
                return Outcome(ignored="an automatic answer that belongs to no open conversation")
            # the post of a list opens a ticket like any mail, only that no machine answers it
            arrival = replace(arrival, is_auto=False)
        return _receive(arrival)
    colleague = forwarding_colleague(mail, sender.address)
    forwarded = as_forwarded(arrival, mail, ours) if colleague is not None else None
    if colleague is not None and forwarded is not None:
        ticket = receive(forwarded[0], by=SYSTEM).ticket
        note_forward(ticket, colleague, forwarded[1], is_proven=mail.authentication.is_proven)
        return _outcome_of(ticket, event)
    if size := event.envelope.get("too_large"):
        return _receive_too_large(event, arrival, mail, size)
    outcome = _receive(arrival)
    if mail.error is not None and outcome.ticket_id is not None:
        _note_broken(event, outcome.ticket_id, mail.error)
    return outcome


def _receive(arrival: Arrival) -> Outcome:
    received = receive(arrival, by=SYSTEM)
    return Outcome(received.ticket.pk, received.message.pk)


def _outcome_of(ticket: Ticket, event: InboundEvent) -> Outcome:
    message = ticket.messages.filter(inbound_event_id=event.pk).order_by("pk").values_list("pk", flat=True).first()
    return Outcome(ticket.pk, message)


def _receive_too_large(event: InboundEvent, arrival: Arrival, mail: ParsedMail, size: int) -> Outcome:
    outcome = _receive(with_notice(arrival, size))
    if arrival.may_be_answered and not arrival.spam_reason:
        refuse(event, arrival, arrival.subject, mail.message_id or "")
    return outcome


def _note_broken(event: InboundEvent, ticket_id: int, error: str) -> None:
    """Tell the staff that not all of the mail could be read; its source stands behind the message."""
    with translation.override("zh-hans" if event.account.language.startswith("zh") else "en"):
        text = _(
            "This mail is damaged (%(error)s); what could be read is shown. Its source has everything that arrived."
        )
        add_note(ticket_id, text % {"error": error}, by=SYSTEM)


def _receive_plainly(event: InboundEvent) -> Outcome:
    """The last resort for a mail that our own code cannot take: a ticket that says so, with the source behind it."""
    log.error("mail %s is received without being read, after: %s", event.pk, event.reason)
    mail = read_mail(event)
    ours = own_addresses()
    sender: Sender = sender_of(
        mail, envelope_from=event.envelope.get("from", ""), event_id=event.external_id, ours=ours
    )
    with translation.override("zh-hans" if event.account.language.startswith("zh") else "en"):
        text = _("This mail could not be read. Open its source to see what arrived.")
    arrival = Arrival(
        account=event.account,
        known=[sender.known],
        author_address=sender.address,
        subject=mail.subject or no_subject(event.account.language),
        text=text,
        external_id=event.external_id,
        inbound_event_id=event.pk,
        may_be_answered=False,
    )
    return _receive(arrival)

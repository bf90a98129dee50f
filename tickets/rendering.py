"""What a message looks like to the adapter that delivers it; neutral of any channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.core.errors import Permanent
from helpdesk.core.models import Delivery
from helpdesk.core.outgoing import PlainMessage
from tickets.models import Attachment, Direction, Message, Satisfaction, SatisfactionAbout, Ticket, Visibility
from tickets.services.satisfaction import satisfaction_link

Address = tuple[str, str]


@dataclass(frozen=True)
class OutgoingMessage:
    """A message ready for an adapter: who, what, and how it threads with what was said before."""

    ticket: Ticket
    message: Message
    subject: str
    text: str
    language: str
    to: list[Address]
    cc: list[Address]
    bcc: list[Address]
    from_name: str
    signature: str
    is_auto: bool
    in_reply_to: str = ""
    references: list[str] = field(default_factory=list)
    quoted_text: str = ""
    quoted_author: str = ""
    quoted_at: datetime | None = None
    attachments: list[Attachment] = field(default_factory=list)


def render_message(delivery: Delivery) -> OutgoingMessage:
    """The outgoing message behind a delivery; `Permanent` when it is gone or was taken back."""
    message = (
        Message.objects.select_related("ticket", "ticket__team", "ticket__customer", "account")
        .filter(pk=delivery.subject_id)
        .first()
    )
    if message is None or message.visibility != Visibility.PUBLIC or message.withdrawn_at is not None:
        raise Permanent("the message was taken back")
    ticket = message.ticket
    earlier = list(
        Message.objects.filter(
            ticket=ticket, visibility=Visibility.PUBLIC, pk__lt=message.pk, withdrawn_at__isnull=True
        )
        .exclude(rfc_message_id="", direction=Direction.IN)
        .defer("html")
        .order_by("-pk")[:12]
    )
    threaded = [m.rfc_message_id for m in reversed(earlier) if m.rfc_message_id]
    last_in = next((m for m in earlier if m.direction == Direction.IN), None)
    is_forward = bool(message.on_release.get("forward"))
    language = message.language or ticket.language or "en"
    to = [(name, address) for name, address in message.recipients.get("to", [])] or [
        (ticket.customer.name, delivery.address)
    ]
    return OutgoingMessage(
        ticket=ticket,
        message=message,
        subject=message.subject
        or _subject(ticket, is_forward=is_forward, is_first=last_in is None and not threaded, language=language),
        text=message.text,
        language=language,
        to=to,
        cc=[(name, address) for name, address in message.recipients.get("cc", [])],
        bcc=[(name, address) for name, address in message.recipients.get("bcc", [])],
        from_name=message.author_name,
        signature="" if message.is_auto else ticket.team.signature_for(language),
        is_auto=message.is_auto,
        in_reply_to="" if is_forward else (last_in.rfc_message_id if last_in else (threaded[-1] if threaded else "")),
        references=[] if is_forward else threaded,
        quoted_text=last_in.text if last_in and not message.is_auto else "",
        quoted_author=last_in.author_name if last_in else "",
        quoted_at=(last_in.sent_at or last_in.created_at) if last_in else None,
        attachments=list(message.attachments.all()),
    )


def _subject(ticket: Ticket, *, is_forward: bool, is_first: bool, language: str) -> str:
    """`Re: …` in the customer's language, with the ticket's number as the threading of last resort."""
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        prefix = translation.gettext("Fwd: ") if is_forward else ("" if is_first else translation.gettext("Re: "))
    return f"{prefix}{ticket.subject} [{ticket.number}]"


def render_survey(delivery: Delivery) -> PlainMessage:
    """The mail that asks how it went; `Permanent` when the customer has answered or the matter goes on."""
    row = Satisfaction.objects.select_related("ticket__customer").filter(pk=delivery.subject_id).first()
    if row is None or row.answered_at is not None:
        raise Permanent("nobody has to be asked any more")
    ticket, is_of_ticket = row.ticket, row.subject_kind == SatisfactionAbout.TICKET
    if is_of_ticket and ticket.solved_at != row.solved_at:
        raise Permanent("nobody has to be asked any more")
    language = ticket.language or ticket.customer.language or delivery.account.language
    address = settings.PUBLIC_URL + reverse("portal_rate_by_link", args=[satisfaction_link(row)])
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        name = ticket.customer.name
        parts = [
            _("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
            _("Your request “%(subject)s” is solved.") % {"subject": ticket.subject} if is_of_ticket else _ended(row),
            _("What was done: %(solution)s") % {"solution": ticket.solution}
            if is_of_ticket and ticket.solution
            else "",
            _("How satisfied are you with our help? Tell us on this page, without signing in:") + f"\n{address}",
            _("Not right yet? Simply answer this mail, and we go on."),
        ]
        return PlainMessage(
            subject=_("How satisfied are you with our help?"),
            text="\n\n".join(part for part in parts if part),
            language=language,
            to_name=name,
            answers_to=ticket.pk,
        )


def _ended(row: Satisfaction) -> str:
    """The sentence that says what has come to its end."""
    if row.subject_kind == SatisfactionAbout.VISIT:
        return _("Our engineer's visit for “%(subject)s” is over.") % {"subject": row.ticket.subject}
    return _("Your application %(number)s (“%(subject)s”) is closed.") % {
        "number": row.subject_number,
        "subject": row.ticket.subject,
    }

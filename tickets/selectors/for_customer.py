"""What a customer may see: their own tickets, and of a conversation what was said to them and by them.

Never internal notes, answers that have not left or were taken back, messages to and from outside parties who were
asked, nor anything that a list row says about unseen activity.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.core.errors import NotFound
from helpdesk.core.keyset import Page, page
from helpdesk.core.models import ChannelKind
from helpdesk.core.search import query
from helpdesk.customers.models import Customer
from tickets.access import parse_number
from tickets.models import (
    Attachment,
    CustomField,
    Direction,
    FieldType,
    Message,
    ParticipantRole,
    Satisfaction,
    SearchEntry,
    StatusCategory,
    Ticket,
    TicketParticipant,
    Visibility,
)

PAGE_SIZE = 20
CONVERSATION_SIZE = 40


# --- Tickets ---------------------------------------------------------------------------------------------------------
def requests_of(customer: Customer) -> QuerySet[Ticket]:
    """The customer's own tickets, without what only the desk needs."""
    return Ticket.objects.of_customer(customer).defer("fields", "preview", "spam_reason")


def request_page(customer: Customer, *, cursor: str | None = None, text: str = "", state: str = "") -> Page[Ticket]:
    """One page of the customer's tickets, the latest activity first; `text` searches, `state` is open or done."""
    rows = requests_of(customer)
    if state == "open":
        rows = rows.exclude(status_category__in=[StatusCategory.SOLVED, StatusCategory.CLOSED])
    elif state == "done":
        rows = rows.filter(status_category__in=[StatusCategory.SOLVED, StatusCategory.CLOSED])
    if text.strip():
        rows = _matching(rows, customer, text.strip()[:200])
    return page(rows, cursor, by="last_activity_at", size=PAGE_SIZE)


def _matching(rows: QuerySet[Ticket], customer: Customer, text: str) -> QuerySet[Ticket]:
    """By number, by a part of the subject, or by words of what the customer can read."""
    text = text.replace("\x00", "")
    wanted = Q(subject__part=text)
    with contextlib.suppress(NotFound):
        wanted |= Q(pk=parse_number(text))
    if terms := query(text):
        readable = shown(Message.objects.filter(pk=OuterRef("message_id")))
        entries = SearchEntry.objects.filter(
            RawSQL("vector @@ %s::tsquery", [terms], output_field=BooleanField()), ticket__customer_id=customer.pk
        )
        entries = entries.filter(Q(message__isnull=True) | Exists(readable))
        wanted |= Q(pk__in=entries.values("ticket_id"))
    return rows.filter(wanted)


def get_request(customer: Customer, number: str) -> Ticket:
    """The customer's ticket with this number; `NotFound` alike for another's and for one that does not exist. A merged
    one leads to the ticket that it became part of."""
    mine = Ticket.objects.filter(customer_id=customer.pk).exclude(account__kind=ChannelKind.AUTHORITY)
    ticket = mine.filter(pk=parse_number(number), parent__isnull=True).first()
    seen = 0
    while ticket is not None and ticket.merged_into_id is not None and seen < 20:
        ticket = mine.filter(pk=ticket.merged_into_id).first()
        seen += 1
    if ticket is None:
        raise NotFound
    return ticket


def seen_activity_at(ticket: Ticket) -> datetime:
    """When something last happened that the customer can see."""
    moments = [ticket.created_at, ticket.last_customer_message_at, ticket.last_agent_message_at, ticket.solved_at]
    return max(moment for moment in moments if moment is not None)


# --- Messages --------------------------------------------------------------------------------------------------------
def shown(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Of these messages, those that the ticket's customer may read."""
    asked = TicketParticipant.objects.filter(
        ticket_id=OuterRef("ticket_id"), role=ParticipantRole.FORWARDED, address=OuterRef("author_address")
    )
    said = Q(direction=Direction.IN) & (Q(author_address="") | ~Exists(asked))
    answered = Q(direction=Direction.OUT, released_at__isnull=False) & ~Q(on_release__has_key="forward")
    receipt = Q(direction=Direction.OUT, on_release__has_key="receipt")
    return messages.filter(said | answered, visibility=Visibility.PUBLIC, withdrawn_at__isnull=True).exclude(receipt)


def may_read_file(customer: Customer, attachment: Attachment) -> bool:
    """Whether a file belongs to a message that this customer may read."""
    if attachment.message_id is None:
        return False
    mine = Message.objects.filter(pk=attachment.message_id, ticket__customer_id=customer.pk)
    return shown(mine.exclude(ticket__account__kind=ChannelKind.AUTHORITY)).exists()


@dataclass(frozen=True)
class Conversation:
    """Messages from the oldest to the newest in the shape of `components/message.html`; `earlier` is the id to go on
    backwards from; `newest` the id of the last."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    earlier: int | None = None
    newest: int = 0


def conversation(ticket: Ticket, *, company: str, before: int | None = None) -> Conversation:
    """One page of a conversation as its customer reads it: their own words at the right, ours at the left."""
    rows = shown(Message.objects.filter(ticket=ticket)).defer("html", "rfc_references", "recipients")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk").prefetch_related("attachments")[: CONVERSATION_SIZE + 1])
    kept = list(reversed(found[:CONVERSATION_SIZE]))
    return Conversation(
        messages=[_as_bubble(message, company) for message in kept],
        earlier=kept[0].pk if len(found) > CONVERSATION_SIZE else None,
        newest=kept[-1].pk if kept else 0,
    )


def _as_bubble(message: Message, company: str) -> dict[str, Any]:
    ours = message.direction == Direction.OUT
    files = [file for file in message.attachments.all() if not file.is_inline or file.content_type.startswith("image/")]
    pictures = [file for file in files if _is_picture(file)]
    return {
        "id": message.pk,
        # seen from the customer: what they wrote goes out
        "direction": "in" if ours else "out",
        "text": message.text,
        "lang": "zh-Hans" if message.language.startswith("zh") else (message.language or ""),
        "author_id": f"staff-{message.author_id}" if ours and message.author_name else "company",
        "author_name": (message.author_name or company) if ours else message.author_name,
        "channel_kind": message.channel_kind,
        "at": message.released_at if ours and message.released_at else message.created_at,
        "quoted": message.quoted if not ours else "",
        "images": [{"url": f"{file_url(file)}?show=1", "name": file.name} for file in pictures],
        "attachments": [_as_chip(file) for file in files if file not in pictures],
        "day": (message.released_at or message.created_at).date(),
    }


def _is_picture(file: Attachment) -> bool:
    return file.content_type in {"image/jpeg", "image/png", "image/gif", "image/webp"} and not file.warning


def _as_chip(file: Attachment) -> dict[str, Any]:
    return {
        "name": file.name,
        "size": file.size,
        "url": file_url(file),
        "kind": file_kind(file.content_type),
        "is_blocked": bool(file.warning),
    }


def file_url(file: Attachment) -> str:
    return f"/files/{file.pk}/{quote(file.name, safe='')}"


def file_kind(content_type: str) -> str:
    """The kind of file behind a content type, for its icon."""
    main = content_type.partition("/")[0]
    if main in {"image", "audio", "video"}:
        return main
    if content_type == "application/pdf":
        return "pdf"
    if "zip" in content_type or "compressed" in content_type:
        return "zip"
    return "sheet" if "sheet" in content_type or content_type == "text/csv" else "text"


# --- State in plain words --------------------------------------------------------------------------------------------
def headline(ticket: Ticket) -> str:
    """What is going on, as a sentence for the customer."""
    return {
        StatusCategory.NEW: _("We have your request"),
        StatusCategory.OPEN: _("We are on it"),
        StatusCategory.PENDING: _("We are waiting for your answer"),
        StatusCategory.ON_HOLD: _("We come back to you"),
        StatusCategory.SOLVED: _("Solved"),
        StatusCategory.CLOSED: _("Closed"),
    }[StatusCategory(ticket.status_category)]


def state_word(ticket: Ticket) -> str:
    """The same in a word or two, for lists."""
    return {
        StatusCategory.NEW: pgettext("state of a request", "Received"),
        StatusCategory.OPEN: pgettext("state of a request", "In progress"),
        StatusCategory.PENDING: pgettext("state of a request", "Your answer needed"),
        StatusCategory.ON_HOLD: pgettext("state of a request", "On hold"),
        StatusCategory.SOLVED: pgettext("state of a request", "Solved"),
        StatusCategory.CLOSED: pgettext("state of a request", "Closed"),
    }[StatusCategory(ticket.status_category)]


def steps(ticket: Ticket) -> list[dict[str, Any]]:
    """Progress for `components/stepper.html`: received, in progress, solved."""
    category = StatusCategory(ticket.status_category)
    done = category in {StatusCategory.SOLVED, StatusCategory.CLOSED}
    started = done or category != StatusCategory.NEW or ticket.first_replied_at is not None
    return [
        {"label": pgettext("step of a request", "Received"), "at": ticket.created_at, "state": "done"},
        {
            "label": pgettext("step of a request", "In progress"),
            "at": ticket.first_replied_at,
            "detail": "" if done else _detail(category),
            "state": "done" if done else ("current" if started else "todo"),
        }
        if started or done
        else {
            "label": pgettext("step of a request", "In progress"),
            "detail": _("Somebody of our team reads it soon."),
            "state": "current",
        },
        {
            "label": pgettext("step of a request", "Solved"),
            "at": ticket.solved_at,
            "detail": _done_detail(category, ticket.solution),
            "state": "done" if done else "todo",
        },
    ]


def _detail(category: StatusCategory) -> str:
    return {
        StatusCategory.PENDING: _("We asked you something. Answer below, and we go on."),
        StatusCategory.ON_HOLD: _("We are waiting for something, such as a part. You need not do anything."),
    }.get(category, _("We write to you as soon as there is news."))


def _done_detail(category: StatusCategory, solution: str) -> str:
    """How it was solved, where somebody wrote it down, and what the customer can still do."""
    if category not in {StatusCategory.SOLVED, StatusCategory.CLOSED}:
        return ""
    return " ".join(filter(None, [sentence_of(solution), _next_step(category)]))


def sentence_of(text: str) -> str:
    """The text with a full stop where it has none."""
    text = text.strip()
    if not text or text[-1] in ".!?。！？…":
        return text
    return f"{text}。" if text[-1] > "\u2e80" else f"{text}."


def _next_step(category: StatusCategory) -> str:
    if category == StatusCategory.SOLVED:
        return _("Not right yet? Answer below, and we go on.")
    if category == StatusCategory.CLOSED:
        return _("If you write again, we open a new request that is linked to this one.")
    return ""


def public_fields(ticket: Ticket) -> list[dict[str, Any]]:
    """The custom fields that an administrator opened to customers and that have a value, in words. No other field is ever
    given to a customer's page."""
    if not ticket.fields:
        return []
    defined = CustomField.objects.filter(is_active=True, is_public=True, kind__in=["", ticket.kind])
    rows = [(field, ticket.fields.get(field.key)) for field in defined]
    return [
        {"label": field.label, "value": _in_words(field, value)} for field, value in rows if value not in (None, "")
    ]


def _in_words(field: CustomField, value: Any) -> str:
    if field.type == FieldType.BOOLEAN:
        return _("Yes") if value else _("No")
    if field.type == FieldType.DATE and (day := parse_date(str(value))) is not None:
        return date_format(day, "DATE_FORMAT")
    return str(field.shown(value))


def open_question(ticket: Ticket) -> bool:
    """Whether the customer has not yet said how satisfied they are with this solving."""
    if ticket.solved_at is None:
        return False
    return not Satisfaction.objects.filter(
        ticket=ticket, subject_kind="ticket", solved_at=ticket.solved_at, answered_at__isnull=False
    ).exists()


def rows_for_list(tickets: Iterable[Ticket]) -> list[dict[str, Any]]:
    """List rows: subject, number, state, moment."""
    return [
        {
            "number": ticket.number,
            "subject": ticket.subject,
            "category": ticket.status_category,
            "state": state_word(ticket),
            "at": seen_activity_at(ticket),
            "is_turn": ticket.status_category == StatusCategory.PENDING,
        }
        for ticket in tickets
    ]

"""A customer writes: a ticket opens, or an open conversation continues. Called by `tickets.intake`, the portal and the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from helpdesk.accounts.models import Staff, Team
from helpdesk.core import clock
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.customers.models import Customer
from tickets.errors import SubTicketSilent, TicketClosed
from tickets.labels import default_label
from tickets.models import (
    Attachment,
    Direction,
    Grade,
    Holder,
    Kind,
    LinkKind,
    Message,
    ParticipantRole,
    Priority,
    StatusCategory,
    Ticket,
    TicketLink,
    TicketParticipant,
    Tone,
)
from tickets.outgoing import Route
from tickets.services.changing import Change, changing, write
from tickets.services.properties import clean_fields, clean_subject, clean_tags, index_fields
from tickets.services.releasing import release
from tickets.services.status import move_status
from tickets.services.talking import add_message

Address = tuple[str, str]


@dataclass(frozen=True)
class Incoming:
    """One message from a customer, already read and resolved. `recipients` are (name, address) pairs by `to` and `cc`."""

    account: ChannelAccount
    customer: Customer
    text: str
    subject: str = ""
    quoted: str = ""
    html: str = ""
    language: str = ""
    author_name: str = ""
    author_address: str = ""
    answer_to: Address | None = None
    external_id: str = ""
    rfc_message_id: str = ""
    rfc_references: str = ""
    recipients: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    sent_at: datetime | None = None
    inbound_event_id: int | None = None
    is_auto: bool = False
    may_start_new: bool = False
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True)
class Opening:
    """How a new ticket starts: where it lies and how it was recognised."""

    team: Team
    subject: str
    kind: str = Kind.OTHER
    grade: str = Grade.REGULAR
    priority: str = Priority.NORMAL
    tone: str = Tone.CALM
    tags: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    owner: Staff | None = None
    is_spam: bool = False
    spam_reason: str = ""
    follow_up_of: Ticket | None = None
    link_kind: str = LinkKind.FOLLOW_UP
    holder: str = Holder.QUEUE
    # the words that say that the message has arrived, made when the ticket has its number; None to say nothing
    acknowledgement: Callable[[Ticket], str] | None = None


def as_message(incoming: Incoming) -> Message:
    """The unsaved row of an incoming message; text is cut at what PostgreSQL and people can take (200,000 characters)."""
    return Message(
        direction=Direction.IN,
        author_kind=ActorKind.CUSTOMER,
        author_id=incoming.customer.pk,
        author_name=storable(incoming.author_name)[:160] or incoming.customer.name,
        author_address=storable(incoming.author_address)[:320],
        account=incoming.account,
        channel_kind=incoming.account.kind,
        subject=storable(incoming.subject)[:998],
        text=storable(incoming.text)[:200_000],
        quoted=storable(incoming.quoted)[:200_000],
        html=storable(incoming.html)[:2_000_000],
        language=incoming.language,
        recipients={
            name: [[storable(label), storable(address)] for label, address in pairs]
            for name, pairs in incoming.recipients.items()
        },
        external_id=storable(incoming.external_id)[:250],
        rfc_message_id=storable(incoming.rfc_message_id)[:250],
        rfc_references=storable(incoming.rfc_references)[:4000],
        sent_at=incoming.sent_at,
        inbound_event_id=incoming.inbound_event_id,
        is_auto=incoming.is_auto,
        may_start_new=incoming.may_start_new,
    )


def storable(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


@transaction.atomic(savepoint=False)
def open_ticket(
    incoming: Incoming, opening: Opening, *, by: Actor, now: datetime | None = None
) -> tuple[Ticket, Message]:
    """A new ticket with the customer's first message; announces ticket.created."""
    ticket = _new_ticket(incoming, opening)
    change = Change(ticket, "open", by, now or clock.now(), is_new=True)
    change.announce("ticket.created", channel=incoming.account.kind, account=incoming.account.pk, team=opening.team.pk)
    message = add_message(change, as_message(incoming), incoming.attachments)
    change.set(last_customer_message_at=change.now)
    change.after_write.append(lambda: _take_part(ticket, incoming, is_opening=True))
    if opening.fields:
        change.after_write.append(lambda: index_fields(ticket))
    if opening.follow_up_of is not None:
        target = opening.follow_up_of
        change.after_write.append(lambda: _link(ticket, target, opening.link_kind))
    if opening.acknowledgement is not None:
        _acknowledge(change, incoming, opening.acknowledgement)
    write(change)
    return ticket, message


def _acknowledge(change: Change, incoming: Incoming, words: Callable[[Ticket], str]) -> None:
    """The automatic “we have your message”, in the same change; never counts as an answer of a person."""
    account = incoming.account
    message = Message(
        direction=Direction.OUT,
        author_kind=change.by.kind,
        author_id=change.by.id,
        account=account,
        channel_kind=account.kind,
        language=change.ticket.language,
        is_auto=True,
        # pages of the customer leave it out, since they show the request itself
        on_release={"receipt": True},
        release_at=change.now,
    )
    change.when_numbered.append(lambda: setattr(message, "text", words(change.ticket)))
    add_message(change, message)
    address = incoming.answer_to[1] if incoming.answer_to else incoming.author_address
    release(change, message, Route(account, address.lower()) if account.kind == ChannelKind.EMAIL else None)


def _new_ticket(incoming: Incoming, opening: Opening) -> Ticket:
    label = default_label(StatusCategory.NEW)
    return Ticket(
        subject=clean_subject(storable(opening.subject) or "—"),
        kind=opening.kind,
        grade=opening.grade,
        priority=opening.priority,
        tone=opening.tone,
        status=label,
        status_category=label.category,
        holder=opening.holder,
        team=opening.team,
        account=incoming.account,
        channel_kind=incoming.account.kind,
        customer=incoming.customer,
        language=incoming.language or incoming.customer.language,
        tags=clean_tags(opening.tags),
        fields=clean_fields(opening.fields, kind=opening.kind) if opening.fields else {},
        is_spam=opening.is_spam,
        spam_reason=opening.spam_reason[:200],
    )


def _link(source: Ticket, target: Ticket, kind: str) -> None:
    TicketLink.objects.get_or_create(source=source, target=target, kind=kind)


def _take_part(ticket: Ticket, incoming: Incoming, *, is_opening: bool = False) -> None:
    """The writer is the requester; those whom they copied take part too (our own address is left out by the caller)."""
    rows: dict[str, TicketParticipant] = {}
    if incoming.answer_to is not None and is_opening:
        # the address they want answers at, if they say so when they open the ticket (later it could be a trap)
        name, address = incoming.answer_to
        rows[address.lower()] = TicketParticipant(
            ticket=ticket, role=ParticipantRole.REQUESTER, address=address.lower()[:320], name=name[:160]
        )
    if incoming.author_address:
        rows[incoming.author_address.lower()] = TicketParticipant(
            ticket=ticket,
            role=ParticipantRole.REQUESTER,
            address=incoming.author_address.lower()[:320],
            name=incoming.author_name[:160],
            customer=incoming.customer,
        )
    for name, address in list(incoming.recipients.get("cc", ()))[:50]:
        key = address.lower()[:320]
        rows.setdefault(key, TicketParticipant(ticket=ticket, role=ParticipantRole.CC, address=key, name=name[:160]))
    TicketParticipant.objects.bulk_create(rows.values(), ignore_conflicts=True)


def continue_ticket(ticket_id: int, incoming: Incoming, *, by: Actor) -> Message:
    """A participant's further message. Wakes and re-opens the ticket, unless the message is automatic; a closed ticket
    refuses (`TicketClosed`) and the caller opens a linked follow-up."""
    with changing(ticket_id, "receive", by=by, permission=None) as change:
        if change.ticket.is_closed:
            raise TicketClosed
        if change.ticket.is_sub:
            raise SubTicketSilent(parent=f"HD-{change.ticket.parent_id}")
        message = add_message(change, as_message(incoming), incoming.attachments)
        change.after_write.append(lambda: _take_part(change.ticket, incoming))
        if not incoming.is_auto:
            change.set(last_customer_message_at=change.now, is_unread=True, snoozed_until=None)
            if change.ticket.status_category in {
                StatusCategory.SOLVED,
                StatusCategory.PENDING,
                StatusCategory.ON_HOLD,
            }:
                move_status(change, StatusCategory.OPEN)
    return message

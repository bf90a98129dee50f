"""The staff speaks: public replies (with time to take them back), internal notes, forwards, and writing first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import CREATE, NOTE, REPLY, VIEW_TEAM
from helpdesk.core import bus, clock
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.identities import normalise_email
from helpdesk.customers.models import Customer
from tickets.access import may_let_in, require, those_who_see
from tickets.errors import NoAddress, SubTicketSilent, TicketClosed, TooLate
from tickets.labels import default_label
from tickets.models import (
    Attachment,
    Direction,
    Draft,
    Holder,
    Message,
    ParticipantRole,
    Priority,
    StatusCategory,
    Ticket,
    TicketParticipant,
    Visibility,
    Watcher,
)
from tickets.outgoing import route_for
from tickets.services.assignment import set_owner
from tickets.services.changing import Change, changing, write
from tickets.services.files import take_uploads
from tickets.services.holding import hold
from tickets.services.indexing import index_subject
from tickets.services.properties import clean_subject
from tickets.services.releasing import release
from tickets.services.talking import add_message

Address = tuple[str, str]
MAX_TEXT = 100_000
MAX_RECIPIENTS = 50


@dataclass(frozen=True)
class Reply:
    """A public answer. `to` replaces the customer's address (forwarding to an outside party does); `account` picks the
    channel; `release_at` None means now plus the undo time when `undo` is set, else now."""

    text: str
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    bcc: Sequence[Address] = ()
    attachment_ids: Sequence[int] = ()
    account: ChannelAccount | None = None
    status: str = ""
    release_at: datetime | None = None
    undo: bool = False
    subject: str = ""
    external_id: str = ""
    # words of the product itself: no answer of a person, and no machine may answer them
    is_auto: bool = False
    # what the person was asked about and said yes to (`Change.confirmed`)
    confirmed: Sequence[str] = ()


def reply_to_ticket(ticket_id: int, reply: Reply, *, by: Actor, edit_version: int | None = None) -> Message:
    """Answer the customer. The message is stored at once and leaves at its release; announces message.written.

    Answering never checks `edit_version` unless one is given: an answer must not be lost to somebody else's edit.
    """
    with changing(
        ticket_id, "reply", by=by, permission=REPLY, edit_version=edit_version, confirmed=reply.confirmed
    ) as change:
        if change.ticket.is_closed:
            raise TicketClosed
        message = _write_reply(change, reply)
    _wake_release(message)
    return message


def answer_within(change: Change, reply: Reply) -> Message:
    """An answer as a part of another change, for higher rooms whose records hang on the ticket."""
    message = _write_reply(change, reply)
    transaction.on_commit(lambda: _wake_release(message))
    return message


def forward_ticket(ticket_id: int, reply: Reply, *, by: Actor) -> Message:
    """Ask an outside party: the message goes to `reply.to`, who then takes part; their answer comes back as an answer."""
    if not reply.to:
        raise Invalid(fields={"to": _("Enter at least one address.")})
    with changing(ticket_id, "forward", by=by, permission=REPLY) as change:
        message = _write_reply(change, reply)
        message.on_release = {**message.on_release, "forward": True}
        change.announce("ticket.forwarded")
        rows = [
            TicketParticipant(ticket=change.ticket, role=ParticipantRole.FORWARDED, address=address, name=name[:160])
            for name, address in clean_addresses(reply.to, "to")
        ]
        change.after_write.append(lambda: _add_participants(rows))
    _wake_release(message)
    return message


def _add_participants(rows: list[TicketParticipant]) -> None:
    TicketParticipant.objects.bulk_create(rows, ignore_conflicts=True)


def _write_reply(change: Change, reply: Reply) -> Message:
    if change.ticket.is_sub:
        raise SubTicketSilent(parent=f"HD-{change.ticket.parent_id}")
    text = clean_text(reply.text)
    attachments = take_uploads(reply.attachment_ids, by=change.by)
    if not text and not attachments:
        raise Invalid(fields={"text": _("Write a message first.")})
    if reply.status and reply.status not in {
        StatusCategory.OPEN,
        StatusCategory.PENDING,
        StatusCategory.ON_HOLD,
        StatusCategory.SOLVED,
    }:
        raise Invalid(fields={"status": _("Choose one of the listed statuses.")})
    route = route_for(change.ticket, reply.account)
    if reply.account is not None and route is None and not reply.to:
        raise NoAddress
    to = clean_addresses(reply.to, "to")
    message = Message(
        direction=Direction.OUT,
        visibility=Visibility.PUBLIC,
        author_kind=change.by.kind,
        author_id=change.by.id,
        author_name=author_name(change.by),
        account=reply.account or (route.account if route else change.ticket.account),
        subject=clean_subject(reply.subject) if reply.subject else "",
        text=text,
        language=change.ticket.language,
        recipients=_recipients(to, reply),
        external_id=reply.external_id[:250],
        release_at=_release_at(change.now, reply),
        is_auto=reply.is_auto,
        on_release={"status": reply.status} if reply.status else {},
    )
    assert message.account is not None
    message.channel_kind = message.account.kind
    add_message(change, message, attachments, release_at=message.release_at.isoformat() if message.release_at else None)
    if not reply.is_auto:
        change.set(is_unread=False)
        _take_ownership(change)
    if change.by.kind == ActorKind.STAFF:
        change.after_write.append(lambda: _drop_draft(change, Visibility.PUBLIC))
    if message.release_at is not None and message.release_at <= change.now:
        release(change, message, route)
    return message


def _recipients(to: Sequence[Address], reply: Reply) -> dict[str, Any]:
    named = {"to": to, "cc": clean_addresses(reply.cc, "cc"), "bcc": clean_addresses(reply.bcc, "bcc")}
    return {name: [list(pair) for pair in pairs] for name, pairs in named.items() if pairs}


def clean_text(text: str) -> str:
    """Without NUL and lone surrogates, ends trimmed; `Invalid` beyond 100,000 characters."""
    text = text.replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "replace").decode("utf-8").strip()
    if len(text) > MAX_TEXT:
        raise Invalid(fields={"text": _("This text is too long. Send the rest as a file.")})
    return text


def clean_addresses(pairs: Sequence[Address], name: str) -> list[Address]:
    """Normalised, unique (name, address) pairs; `Invalid` names the first that is no address."""
    found: dict[str, Address] = {}
    for label, address in pairs:
        value = normalise_email(address)
        if value is None:
            raise Invalid(fields={name: _("“%(address)s” is not an e-mail address.") % {"address": address[:80]}})
        found.setdefault(value, (" ".join(label.split())[:120], value))
    if len(found) > MAX_RECIPIENTS:
        raise Invalid(fields={name: _("Enter at most 50 addresses.")})
    return list(found.values())


def _release_at(now: datetime, reply: Reply) -> datetime:
    if reply.release_at is not None:
        return max(reply.release_at, now)
    return now + timedelta(seconds=settings.UNDO_SEND_SECONDS) if reply.undo else now


def author_name(by: Actor) -> str:
    """The name that the customer reads: a person's, else empty (the company's name is shown)."""
    return by.staff.name if by.staff is not None else ""


def _take_ownership(change: Change) -> None:
    """Whoever answers a free ticket has it, if they can."""
    staff = change.by.staff
    if staff is None or change.by.kind != ActorKind.STAFF or change.ticket.is_finished:
        return
    if change.has_owner:
        hold(change, Holder.AGENT, reason="owner")
    elif staff.sees_all_tickets is False and change.ticket.team_id in staff.team_ids:
        set_owner(change, staff)


def _drop_draft(change: Change, visibility: Visibility) -> None:
    assert change.by.staff is not None
    Draft.objects.filter(ticket_id=change.ticket.pk, staff_id=change.by.staff.pk, visibility=visibility).delete()


def _wake_release(message: Message) -> None:
    if message.is_waiting:
        bus.wake("timers")


def withdraw_message(message_id: int, *, by: Actor) -> Message:
    """Take back an answer before it has left; its text becomes the author's draft again. Announces message.withdrawn."""
    ticket_id = Message.objects.filter(pk=message_id).values_list("ticket_id", flat=True).first() or 0
    with changing(ticket_id, "withdraw", by=by, permission=REPLY) as change:
        message = Message.objects.select_for_update(no_key=True).get(pk=message_id)
        author = (message.author_kind, message.author_id)
        if by.staff is not None and author != (by.kind, by.id) and not by.staff.sees_all_tickets:
            raise Forbidden(_("Only its author can take this message back."))
        if not message.is_waiting:
            raise TooLate
        change.announce("message.withdrawn", message=message.pk)
        change.set(message_count=max(0, change.get("message_count") - 1))
        change.after_write.append(lambda: _withdraw(message, change))
    return message


def _withdraw(message: Message, change: Change) -> None:
    message.withdrawn_at = change.now
    message.save(update_fields=["withdrawn_at"])
    staff = change.by.staff
    if staff is None:
        return
    files = list(message.attachments.values_list("pk", flat=True))
    Attachment.objects.filter(pk__in=files).update(
        message=None, uploaded_by_kind=change.by.kind, uploaded_by_id=change.by.id
    )
    Draft.objects.update_or_create(
        ticket_id=message.ticket_id,
        staff=staff,
        visibility=Visibility.PUBLIC,
        defaults={"text": message.text, "recipients": message.recipients, "attachment_ids": files},
    )


# --- Notes -----------------------------------------------------------------------------------------------------------
def add_note(
    ticket_id: int, text: str, *, by: Actor, mentions: Sequence[int] = (), attachment_ids: Sequence[int] = ()
) -> Message:
    """Tell colleagues something that no customer reads. Announces note.added.

    Mentioned people are told and watch the ticket (ticket.watched). Who could not see it before does so only when the
    writer `may_let_in`, and the history says so; others are left out of the message's `mentions`.
    """
    with changing(ticket_id, "note", by=by, permission=NOTE) as change:
        message = add_note_to(change, text, mentions=mentions, attachment_ids=attachment_ids)
        if by.kind == ActorKind.STAFF:
            change.after_write.append(lambda: _drop_draft(change, Visibility.INTERNAL))
    return message


def add_note_to(
    change: Change, text: str, *, mentions: Sequence[int] = (), attachment_ids: Sequence[int] = (), **announced: Any
) -> Message:
    """The same as a part of another change."""
    text = clean_text(text)
    attachments = take_uploads(attachment_ids, by=change.by)
    if not text and not attachments:
        raise Invalid(fields={"text": _("Write a note first.")})
    people = _mention(change, list(mentions)[:20]) if mentions else []
    message = Message(
        direction=Direction.OUT,
        visibility=Visibility.INTERNAL,
        author_kind=change.by.kind,
        author_id=change.by.id,
        author_name=author_name(change.by),
        text=text,
        mentions=people,
    )
    add_message(change, message, attachments, mentions=people, **announced)
    return message


def _mention(change: Change, ids: Sequence[int]) -> list[int]:
    """Make these colleagues watchers as far as they may see the ticket or the writer may let them in; returns whom."""
    ticket = change.ticket
    found = list(Staff.objects.filter(pk__in=ids, is_active=True).order_by("pk"))
    seeing, may_grant = those_who_see(ticket, found), may_let_in(change.by, ticket)
    called = [person.pk for person in found if person.pk in seeing or (may_grant and person.can(VIEW_TEAM))]
    watching = Watcher.objects.filter(ticket_id=ticket.pk, staff_id__in=called).values_list("staff_id", flat=True)
    fresh = sorted(set(called) - set(watching))
    for pk in fresh:
        change.announce("ticket.watched", staff=pk, by="mention", is_let_in=pk not in seeing)
    rows = [Watcher(ticket=ticket, staff_id=pk) for pk in fresh]
    change.after_write.append(lambda: _add_watchers(rows))
    return called


def _add_watchers(rows: list[Watcher]) -> None:
    Watcher.objects.bulk_create(rows, ignore_conflicts=True)


# --- Writing first ---------------------------------------------------------------------------------------------------
@transaction.atomic
def start_ticket(
    *,
    customer: Customer,
    account: ChannelAccount,
    team: Team,
    subject: str,
    reply: Reply | None,
    note: str = "",
    by: Actor,
    address: str = "",
    priority: str = Priority.NORMAL,
    owner: Staff | None = None,
) -> Ticket:
    """An agent opens a ticket: with a first message to the customer, or with a note of what they said (phone, counter)."""
    require(by, CREATE)
    label = default_label(StatusCategory.OPEN)
    ticket = Ticket(
        subject=clean_subject(subject),
        priority=priority,
        status=label,
        status_category=label.category,
        team=team,
        account=account,
        channel_kind=account.kind,
        customer=customer,
        language=customer.language,
        is_unread=False,
    )
    change = Change(ticket, "start", by, clock.now(), is_new=True)
    change.announce("ticket.created", channel=account.kind, account=account.pk, team=team.pk, by_staff=True)
    if address:
        row = TicketParticipant(
            ticket=ticket,
            role=ParticipantRole.REQUESTER,
            address=address.lower(),
            name=customer.name,
            customer=customer,
        )
        change.after_write.append(lambda: _add_participants([row]))
    if owner is not None:
        set_owner(change, owner)
    change.after_write.append(lambda: index_subject(ticket))
    write(change)
    if reply is not None:
        reply_to_ticket(ticket.pk, reply, by=by)
    if note:
        add_note(ticket.pk, note, by=by)
    return Ticket.objects.get(pk=ticket.pk)

"""Merging, splitting and linking: which tickets are one matter and which are not."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import EDIT, MERGE
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from tickets.access import can_see, require
from tickets.errors import CannotMerge
from tickets.labels import default_label
from tickets.models import (
    LinkKind,
    Message,
    SearchEntry,
    StatusCategory,
    Ticket,
    TicketLink,
    TicketParticipant,
    Watcher,
)
from tickets.services.changing import Change, changing, write
from tickets.services.consulting import move_consultations
from tickets.services.indexing import index_subject
from tickets.services.properties import clean_subject
from tickets.services.status import move_status
from tickets.services.talking import preview_of


@transaction.atomic
def merge_tickets(source_id: int, into_id: int, *, by: Actor) -> Ticket:
    """Move everything of `source` into the other ticket and close `source` with a pointer; announces ticket.merged.

    Locks both in id order. Only tickets of one customer merge; a wrong merge would show one customer's words to another.
    """
    if source_id == into_id:
        raise CannotMerge(_("A ticket cannot be merged into itself."))
    # the sub-tickets move along, so they are locked in the same order of ids
    concerned = Q(pk__in=[source_id, into_id]) | Q(parent_id=source_id)
    locked = {t.pk: t for t in Ticket.objects.select_for_update(no_key=True).filter(concerned).order_by("pk")}
    source, target = locked.get(source_id), locked.get(into_id)
    if source is None or target is None or not (can_see(by, source) and can_see(by, target)):
        raise NotFound
    require(by, MERGE)
    if source.customer_id != target.customer_id:
        raise CannotMerge(
            _("These tickets belong to different customers. Merge the customers first if they are one person.")
        )
    if source.is_sub or target.is_sub:
        raise CannotMerge(_("A sub-ticket is a task of its own: solve it instead of merging it."))
    if source.merged_into_id or target.merged_into_id:
        raise CannotMerge(_("One of these tickets was already merged."))
    if target.is_closed:
        raise CannotMerge(_("The other ticket is closed. Merge into an open one."))
    now = clock.now()
    gone = Change(source, "merge", by, now)
    move_status(gone, StatusCategory.CLOSED)
    gone.set(merged_into=target, message_count=0)
    gone.announce("ticket.merged", into=target.pk)
    kept = Change(target, "merge", by, now)
    kept.set(
        message_count=target.message_count + source.message_count,
        has_attachments=target.has_attachments or source.has_attachments,
        last_activity_at=now,
        tags=list(dict.fromkeys([*target.tags, *source.tags]))[:20],
    )
    kept.announce("ticket.absorbed", source=source.pk)
    write(gone)
    _move_rows(source, target, kept)
    write(kept)
    return target


def _move_rows(source: Ticket, target: Ticket, kept: Change) -> None:
    Message.objects.filter(ticket=source).update(ticket=target)
    SearchEntry.objects.filter(ticket=source).update(ticket=target)
    for model, key in ((TicketParticipant, "address"), (Watcher, "staff_id")):
        there = model._default_manager.filter(ticket=target).values(key)
        model._default_manager.filter(ticket=source).exclude(**{f"{key}__in": there}).update(ticket=target)
    TicketLink.objects.get_or_create(source=source, target=target, kind=LinkKind.DUPLICATE)
    move_consultations(source, target, kept)
    Ticket.objects.filter(parent=source).update(parent=target, row_version=F("row_version") + 1)


def split_ticket(ticket_id: int, message_ids: Sequence[int], *, subject: str, by: Actor) -> Ticket:
    """Move messages that are about another matter into a ticket of their own, linked; announces ticket.split."""
    with changing(ticket_id, "split", by=by, permission=MERGE) as change:
        ticket = change.ticket
        if ticket.is_sub:
            raise Invalid(fields={"messages": _("A sub-ticket cannot be split. Open another one from its ticket.")})
        messages = list(Message.objects.filter(ticket=ticket, pk__in=list(message_ids)).order_by("pk"))
        if not messages:
            raise Invalid(fields={"messages": _("Choose at least one message.")})
        if len(messages) >= Message.objects.filter(ticket=ticket).count():
            raise Invalid(fields={"messages": _("At least one message must stay in this ticket.")})
        fresh = _split_off(change, messages, subject)
        change.set(message_count=change.ticket.message_count - len(messages))
        change.announce("ticket.split", into=fresh.pk, messages=[message.pk for message in messages])
    return fresh


def _split_off(change: Change, messages: list[Message], subject: str) -> Ticket:
    origin = change.ticket
    label = default_label(StatusCategory.OPEN)
    public = [message for message in messages if message.is_public]
    fresh = Ticket(
        subject=clean_subject(subject or messages[0].subject or origin.subject),
        kind=origin.kind,
        priority=origin.priority,
        grade=origin.grade,
        status=label,
        status_category=label.category,
        team=origin.team,
        account=origin.account,
        channel_kind=origin.channel_kind,
        customer=origin.customer,
        language=origin.language,
        preview=preview_of(public[-1].text) if public else "",
        message_count=len(messages),
        last_customer_message_at=max((m.created_at for m in messages if m.direction == "in"), default=None),
    )
    new = Change(fresh, "split", change.by, change.now, is_new=True)
    new.announce(
        "ticket.created",
        channel=origin.channel_kind,
        account=origin.account_id,
        team=origin.team_id,
        split_from=origin.pk,
    )
    write(new)
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids).update(ticket=fresh, may_start_new=False)
    SearchEntry.objects.filter(message_id__in=ids).update(ticket=fresh)
    index_subject(fresh)
    TicketParticipant.objects.bulk_create(
        [
            TicketParticipant(ticket=fresh, role=p.role, address=p.address, name=p.name, customer_id=p.customer_id)
            for p in origin.participants.all()
        ]
    )
    TicketLink.objects.create(source=fresh, target=origin, kind=LinkKind.SPLIT)
    return fresh


def link_tickets(source_id: int, target_id: int, *, kind: str, by: Actor) -> TicketLink:
    """Tie two tickets together; announces ticket.linked."""
    target = Ticket.objects.filter(pk=target_id).first()
    if target is None or not can_see(by, target):
        raise NotFound
    if source_id == target_id or kind not in LinkKind.values:
        raise Invalid(fields={"target": _("Choose another ticket.")})
    with changing(source_id, "link", by=by, permission=EDIT) as change:
        link, created = TicketLink.objects.get_or_create(source=change.ticket, target=target, kind=kind)
        if created:
            change.announce("ticket.linked", target=target.pk, kind=kind)
    return link


def unlink_tickets(link_id: int, *, by: Actor) -> None:
    """Untie two tickets; announces ticket.unlinked. No-op when they are not tied."""
    link = TicketLink.objects.filter(pk=link_id).first()
    if link is None:
        return
    with changing(link.source_id, "unlink", by=by, permission=EDIT) as change:
        change.announce("ticket.unlinked", target=link.target_id, kind=link.kind)
        change.after_write.append(lambda: link.delete() and None)

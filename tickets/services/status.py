"""Moving a ticket between the status categories, with what each move means for its dates and its holder."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import EDIT
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid
from tickets.errors import TicketClosed
from tickets.labels import default_label
from tickets.models import Holder, StatusCategory, StatusLabel, Ticket
from tickets.selectors.surveys import survey_time
from tickets.services.changing import Change, changing
from tickets.services.holding import hold


def move_status(change: Change, category: str, *, label: StatusLabel | None = None) -> None:
    """Set the category (its default label unless one is given) as a part of a change; announces ticket.status_changed."""
    before = change.get("status_category")
    if label is None and before == category:
        return
    label = label or default_label(category)
    if label.pk == change.ticket.status_id and before == category:
        return
    change.set(status=label, status_category=str(category))
    change.announce(
        "ticket.status_changed",
        status_category=[str(before), str(category)],
        status=[change.ticket.status_id, label.pk],
    )
    if before == category:
        return
    if category == StatusCategory.SOLVED:
        change.set(solved_at=change.now, auto_close_at=change.now + settings.AUTO_CLOSE_AFTER, snoozed_until=None)
        if not change.ticket.is_sub:
            change.set(survey_at=survey_time(change.ticket.team_id, change.now))
        hold(change, Holder.NOBODY, reason="solved")
    elif category == StatusCategory.CLOSED:
        change.set(closed_at=change.now, auto_close_at=None, snoozed_until=None)
        hold(change, Holder.NOBODY, reason="closed")
    else:
        change.set(solved_at=None, closed_at=None, auto_close_at=None, survey_at=None)
        if before in {StatusCategory.SOLVED, StatusCategory.CLOSED}:
            hold(change, Holder.AGENT if change.has_owner else Holder.QUEUE, reason="reopened")
            change.announce("ticket.reopened", status_category=[str(before), str(category)])


def set_status(
    ticket_id: int,
    category: str,
    *,
    by: Actor,
    label: StatusLabel | None = None,
    solution: str | None = None,
    edit_version: int | None = None,
    confirmed: Collection[str] = (),
) -> Ticket:
    """Set a ticket's status; a closed ticket stays closed (a new message opens a follow-up). `confirmed` names what the
    person was asked about and said yes to."""
    if category not in StatusCategory.values or (label is not None and label.category != category):
        raise Invalid(fields={"status": _("Choose one of the listed statuses.")})
    with changing(
        ticket_id, "set_status", by=by, permission=EDIT, edit_version=edit_version, confirmed=confirmed
    ) as change:
        if change.ticket.is_closed and category != StatusCategory.CLOSED:
            raise TicketClosed
        move_status(change, category, label=label)
        if solution is not None:
            change.set(solution=solution[:300])
    return change.ticket


def solve_as_customer(ticket_id: int, *, by: Actor) -> Ticket:
    """The customer says that the matter is settled."""
    with changing(ticket_id, "solve", by=by, permission=None) as change:
        if not change.ticket.is_finished:
            move_status(change, StatusCategory.SOLVED)
    return change.ticket


def close_ticket(ticket_id: int, *, by: Actor = SYSTEM, due_before: datetime | None = None) -> Ticket:
    """Close a solved ticket for good. With `due_before`, only if its closing time has really come."""
    with changing(ticket_id, "close", by=by, permission=EDIT) as change:
        due = change.ticket.auto_close_at
        if due_before is None or (due is not None and due <= due_before):
            move_status(change, StatusCategory.CLOSED)
    return change.ticket


def snooze_ticket(ticket_id: int, *, until: datetime | None, by: Actor) -> Ticket:
    """Take the ticket out of the views until a moment; None wakes it. Announces ticket.snoozed or ticket.woken."""
    with changing(ticket_id, "snooze", by=by, permission=EDIT) as change:
        if until is not None and until <= change.now:
            raise Invalid(fields={"until": _("Choose a time in the future.")})
        if until is not None and change.ticket.is_finished:
            raise Invalid(fields={"until": _("Only an unfinished ticket can be snoozed.")})
        change.set(snoozed_until=until)
        if change.changed("snoozed_until"):
            name = "ticket.snoozed" if until else "ticket.woken"
            change.announce(name, until=until.isoformat() if until else None)
            if until is None:
                change.set(last_activity_at=change.now)
    return change.ticket


def wake_ticket(ticket_id: int, *, now: datetime) -> Ticket:
    """The sweep's verb: the snooze has ended."""
    with changing(ticket_id, "wake", by=SYSTEM, permission=EDIT, now=now) as change:
        if change.ticket.snoozed_until is not None and change.ticket.snoozed_until <= now:
            change.set(snoozed_until=None, is_unread=True, last_activity_at=now)
            change.announce("ticket.woken", until=None)
    return change.ticket

"""Questions about sub-tickets and consultations."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from helpdesk.accounts.models import Staff
from helpdesk.core.keyset import Page, page
from tickets.models import FINISHED, Consultation, ConsultationState, Invitation, Ticket, Watcher

PAGE_SIZE = 50


def _with_sight(rows: QuerySet[Ticket], staff: Staff) -> QuerySet[Ticket]:
    """Whether the reader may open each, within the same query."""
    watched = Watcher.objects.filter(ticket_id=OuterRef("pk"), staff_id=staff.pk)
    return rows.annotate(is_watched=Exists(watched))


def may_open(ticket: Any, staff: Staff) -> bool:
    """Of a row of `_with_sight`: as `can_see` decides it."""
    return bool(
        staff.sees_all_tickets or ticket.team_id in staff.team_ids or ticket.owner_id == staff.pk or ticket.is_watched
    )


def sub_tickets_of(ticket_id: int, staff: Staff) -> list[Any]:
    """A ticket's sub-tickets with state, owner, team and whether the reader may open each; the open ones first. One query."""
    rows = Ticket.objects.filter(parent_id=ticket_id).select_related("status", "owner", "team").defer("fields")
    found: list[Any] = list(_with_sight(rows, staff).order_by("pk")[:100])
    for row in found:
        row.may_open = may_open(row, staff)
    return sorted(found, key=lambda row: row.status_category in FINISHED)


def parent_of(parent_id: int, staff: Staff) -> Any:
    """What a sub-ticket shows of the ticket that it is a part of; the rest only to who may open that. One query."""
    rows = Ticket.objects.filter(pk=parent_id).select_related("status", "owner", "team").defer("fields")
    found: Any = _with_sight(rows, staff).first()
    if found is not None:
        found.may_open = may_open(found, staff)
    return found


def consultations_of(ticket_id: int) -> list[Any]:
    """The ticket's consultations, newest first, each with its `invited`; one query (each has somebody invited)."""
    rows = Invitation.objects.filter(consultation__ticket_id=ticket_id)
    rows = rows.select_related("consultation__opened_by", "consultation__ended_by", "staff", "team")
    found: dict[int, Any] = {}
    for invitation in rows.order_by("-consultation_id", "pk")[:200]:
        consultation: Any = found.setdefault(invitation.consultation_id, invitation.consultation)
        if not hasattr(consultation, "invited"):
            consultation.invited = []
        consultation.invited.append(invitation)
    return list(found.values())


def waiting_for(staff: Staff, *, cursor: str | None = None) -> Page[Invitation]:
    """The open consultations in which this person is asked, the newest first, of tickets that they see; one query."""
    rows = Invitation.objects.filter(
        staff_id=staff.pk, ended_at__isnull=True, consultation__state=ConsultationState.OPEN
    )
    rows = rows.filter(consultation__ticket__in=Ticket.objects.all().visible_to(staff))
    rows = rows.select_related(
        "consultation__ticket__status", "consultation__ticket__customer", "consultation__opened_by"
    )
    return page(rows, cursor, by="invited_at", size=PAGE_SIZE)


def asked_by(staff: Staff) -> list[Consultation]:
    """The open consultations that this person has asked for, newest first, of tickets that they see; two queries."""
    rows = Consultation.objects.filter(opened_by=staff, state=ConsultationState.OPEN).select_related("ticket__status")
    rows = rows.filter(ticket__in=Ticket.objects.all().visible_to(staff))
    return list(rows.prefetch_related("invitations__staff").order_by("-pk")[:PAGE_SIZE])


def number_waiting(staff: Staff) -> int:
    """How many questions wait for this person's answer."""
    waiting = Q(ended_at__isnull=True, answered_at__isnull=True)
    return Invitation.objects.filter(waiting, staff_id=staff.pk)[:100].count()

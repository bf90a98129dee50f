"""Who a ticket is with: an owner, or its team's queue. Never nobody."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import ASSIGN, ASSIGN_SELF, TRANSFER
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from tickets.access import can_work_on
from tickets.models import FINISHED, StatusCategory, Ticket
from tickets.services.changing import Change, changing, field_changes
from tickets.services.holding import settle
from tickets.services.status import move_status


def assign_ticket(
    ticket_id: int,
    *,
    to: Staff | None,
    by: Actor,
    edit_version: int | None = None,
    confirmed: Collection[str] = (),
) -> Ticket:
    """Hand the ticket to an agent, or back to its team's queue; announces ticket.assigned. No-op if already so.

    Agents may take a ticket that is free or their own; giving it to somebody else needs `ticket.assign`. With `asks` among
    `confirmed`, whoever would give somebody more than they take is asked first (`OverCapacity`).
    """
    mine = by.staff is not None and (to is None or to.pk == by.staff.pk)
    with changing(
        ticket_id,
        "assign",
        by=by,
        permission=ASSIGN_SELF if mine else ASSIGN,
        edit_version=edit_version,
        confirmed=confirmed,
    ) as change:
        owner_id = change.ticket.owner_id
        if mine and by.staff is not None and owner_id not in {None, by.staff.pk} and not by.staff.can(ASSIGN):
            raise Forbidden(_("A colleague has this ticket. Ask them or a team lead."))
        set_owner(change, to)
    return change.ticket


def set_owner(change: Change, to: Staff | None) -> None:
    """Set the owner as a part of another change."""
    if to is not None and not can_work_on(to, change.ticket):
        raise Invalid(fields={"owner": _("This person cannot work on tickets.")})
    if to is not None and not (to.sees_all_tickets or change.get("team").pk in to.team_ids):
        raise Invalid(fields={"owner": _("This person is not in the ticket's team.")})
    change.set(owner=to)
    if not change.changed("owner"):
        return
    data, _personal = field_changes(change, "owner")
    change.announce("ticket.assigned", **data)
    if change.get("status_category") not in FINISHED:
        settle(change, to)
        if to is not None and change.get("status_category") == StatusCategory.NEW:
            move_status(change, StatusCategory.OPEN)


def transfer_ticket(
    ticket_id: int,
    *,
    team: Team,
    by: Actor,
    owner: Staff | None = None,
    note: str = "",
    edit_version: int | None = None,
) -> Ticket:
    """Move the ticket to another team's queue (or straight to one of its people), with a note; announces ticket.transferred."""
    from tickets.services.replying import add_note_to

    with changing(ticket_id, "transfer", by=by, permission=TRANSFER, edit_version=edit_version) as change:
        if not team.is_active:
            raise Invalid(fields={"team": _("This team is no longer active.")})
        change.set(team=team)
        if change.changed("team"):
            data, _personal = field_changes(change, "team")
            change.announce("ticket.transferred", **data)
            set_owner(change, owner)
            if note:
                add_note_to(change, note)
    return change.ticket

"""People of the staff as the desk offers them: for assigning, for calling in a note."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import PERMISSIONS, REPLY, VIEW_ALL
from tickets.models import Ticket

WORKING_ROLES = [role for role, permissions in PERMISSIONS.items() if REPLY in permissions]
OVERSEEING_ROLES = [role for role, permissions in PERMISSIONS.items() if VIEW_ALL in permissions]


def assignable(staff: Staff) -> list[Staff]:
    """Colleagues who work on tickets in the queues that this person sees."""
    people = Staff.objects.filter(is_active=True, role__in=WORKING_ROLES)
    if not staff.sees_all_tickets:
        shared = Membership.objects.filter(staff_id=OuterRef("pk"), team_id__in=staff.team_ids)
        people = people.filter(Exists(shared))
    return list(people.only("pk", "name", "role", "is_active")[:200])


def able_to_own(ticket: Ticket) -> list[Staff]:
    """Who may be given the ticket: working people of its team, and those who watch over all."""
    member = Membership.objects.filter(staff_id=OuterRef("pk"), team_id=ticket.team_id)
    people = Staff.objects.filter(is_active=True, role__in=WORKING_ROLES)
    return list(people.filter(Q(Exists(member)) | Q(role__in=OVERSEEING_ROLES)).only("pk", "name", "role")[:200])


def colleagues(text: str, *, most: int = 8) -> list[Staff]:
    """Active people whose name or sign-in name contains the text; for calling them in a note."""
    people = Staff.objects.filter(is_active=True)
    if text:
        people = people.filter(Q(name__icontains=text) | Q(username__icontains=text))
    return list(people.only("pk", "name", "username")[:most])


def active_teams() -> list[Team]:
    """Teams that a ticket may go to."""
    return list(Team.objects.filter(is_active=True))

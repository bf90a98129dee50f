"""People of the staff as the desk offers them: for assigning, for calling in a note."""

from __future__ import annotations

import re

from django.db.models import Exists, OuterRef, Q

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import PERMISSIONS, REPLY, SUB_WORK, VIEW_ALL
from tickets.models import Ticket

WORKING_ROLES = [role for role, permissions in PERMISSIONS.items() if REPLY in permissions]
SUB_WORKING_ROLES = [role for role, permissions in PERMISSIONS.items() if SUB_WORK in permissions]
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
    roles = SUB_WORKING_ROLES if ticket.parent_id is not None else WORKING_ROLES
    people = Staff.objects.filter(is_active=True, role__in=roles)
    return list(people.filter(Q(Exists(member)) | Q(role__in=OVERSEEING_ROLES)).only("pk", "name", "role")[:200])


def colleagues(text: str, *, most: int = 8) -> list[Staff]:
    """Active people whose name or sign-in name contains the text; for calling them in a note."""
    people = Staff.objects.filter(is_active=True)
    if text:
        people = people.filter(Q(name__icontains=text) | Q(username__icontains=text))
    return list(people.only("pk", "name", "username", "role", "is_active")[:most])


def mentioned_in(text: str) -> list[Staff]:
    """Active people called by `@name` or `@username`: of names that begin alike, the longest that stands there; of
    namesakes all."""
    if "@" not in text:
        return []
    people = Staff.objects.filter(is_active=True).only("pk", "name", "username", "role", "is_active")
    by_label: dict[str, list[Staff]] = {}
    for person in people:
        for label in filter(None, {person.username, person.name}):
            by_label.setdefault(label, []).append(person)
    labels = sorted(by_label, key=len, reverse=True)
    called = re.compile("(?<![A-Za-z0-9._%+-])@(" + "|".join(_whole(label) for label in labels) + ")")
    found = {person.pk: person for hit in called.finditer(text) for person in by_label[hit[1]]}
    return list(found.values())[:20] if labels else []


def _whole(label: str) -> str:
    """A name that does not go on as another word; Chinese is written without spaces, so nothing ends a name there."""
    return re.escape(label) + (r"(?![A-Za-z0-9_])" if label[-1].isascii() else "")


def active_teams() -> list[Team]:
    """Teams that a ticket may go to."""
    return list(Team.objects.filter(is_active=True))

"""People who answer customers: the only ones that are given tickets. By name, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import PERMISSIONS, REPLY, Role

PAGE = 40


def answering_roles() -> list[str]:
    """The roles whose people are given tickets."""
    return [str(role) for role in Role if REPLY in PERMISSIONS[role]]


@dataclass(frozen=True)
class People:
    """One page, and where the next begins (a person's id; None at the end)."""

    rows: list[Staff]
    next: int | None


def answering_people(*, team_id: int | None = None, q: str = "", after: int | None = None) -> People:
    """Active people who answer customers, of one team or all, whose name has these words; two queries at most."""
    rows = Staff.objects.filter(is_active=True, role__in=answering_roles())
    if team_id is not None:
        rows = rows.filter(memberships__team_id=team_id)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(username__icontains=q))
    last = Staff.objects.filter(pk=after).values_list("name", flat=True).first() if after is not None else None
    if last is not None:
        rows = rows.filter(Q(name__gt=last) | Q(name=last, pk__gt=after))
    found = list(rows.select_related("work_profile").order_by("name", "pk")[: PAGE + 1])
    return People(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)

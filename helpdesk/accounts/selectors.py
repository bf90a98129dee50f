"""Questions about staff, teams and keys for the administration pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from helpdesk.accounts.models import ApiKey, Presence, Staff, Team
from helpdesk.accounts.permissions import EXPLAINED, PERMISSIONS, Role
from helpdesk.core import keyset
from helpdesk.core.calendars.selectors import default_calendar
from helpdesk.core.keyset import Page
from helpdesk.core.models import BusinessCalendar

PAGE = 50


def staff_page(*, text: str = "", show: str = "active", cursor: str | None = None) -> Page[Staff]:
    """One page of people, newest first, by name, user name or address; two queries, with their teams."""
    rows: QuerySet[Staff] = Staff.objects.prefetch_related("memberships__team")
    if show in {"active", "inactive"}:
        rows = rows.filter(is_active=show == "active")
    elif show in Role.values:
        rows = rows.filter(role=show)
    if text := text.replace("\x00", "").strip()[:100]:
        rows = rows.filter(Q(name__icontains=text) | Q(username__icontains=text) | Q(email__icontains=text))
    return keyset.page(rows, cursor, by="created_at", size=PAGE)


def connected_people() -> frozenset[tuple[int, str]]:
    """Everybody whose connection stands, with the state they chose; two of these differ when somebody came or went."""
    return frozenset(Presence.objects.filter(connected_until__gt=timezone.now()).values_list("staff_id", "state"))


def calendar_of(team: Team) -> BusinessCalendar:
    """When the team works: its own calendar, else the default one."""
    return team.calendar or default_calendar()


def teams_with_sizes() -> list[Team]:
    """All teams in their order, with the number of active people and of leads."""
    active = Q(memberships__staff__is_active=True)
    return list(
        Team.objects.annotate(
            people=Count("memberships", filter=active),
            leads=Count("memberships", filter=active & Q(memberships__is_lead=True)),
        ).order_by("position", "name")
    )


@dataclass(frozen=True)
class RoleRow:
    """A permission in words, and for each role whether it holds it."""

    words: Any
    held: list[bool]


def roles_explained() -> tuple[list[Any], list[RoleRow]]:
    """The roles' names, and a row for each permission, read from `permissions.py` itself."""
    roles = [Role(value) for value in Role.values]
    rows = [
        RoleRow(words, [permission in PERMISSIONS[role] for role in roles]) for permission, words in EXPLAINED.items()
    ]
    return [role.label for role in roles], rows


def keys_page(*, cursor: str | None = None, staff_id: int | None = None) -> Page[ApiKey]:
    """One page of API keys with their owners, newest first."""
    rows = ApiKey.objects.select_related("staff")
    if staff_id is not None:
        rows = rows.filter(staff_id=staff_id)
    return keyset.page(rows, cursor, by="created_at", size=PAGE)

"""Teams and people as (value, label) pairs, for forms of any room."""

from __future__ import annotations

from helpdesk.accounts.models import Staff, Team


def team_choices() -> list[tuple[int, str]]:
    """The active teams, by name in the reader's language."""
    return [(team.pk, team.label) for team in Team.objects.filter(is_active=True)]


def people_choices() -> list[tuple[int, str]]:
    """Everybody who works here, by name."""
    return list(Staff.objects.filter(is_active=True).order_by("name", "pk").values_list("pk", "name"))

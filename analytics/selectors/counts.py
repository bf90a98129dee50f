"""How often things happened to tickets, from the counts of days."""

from __future__ import annotations

from datetime import date

from django.db.models import Sum

from analytics.models import DayCount, What
from analytics.selectors.filters import Filters


def satisfied_by_day(filters: Filters) -> dict[date, tuple[int, int]]:
    """(satisfied, answered) by day; only what teams and channels can narrow. One query."""
    rows = DayCount.objects.filter(
        day__range=(filters.previous.since, filters.until), what__in=[What.SATISFIED, What.UNSATISFIED]
    )
    if filters.teams:
        rows = rows.filter(team_id__in=[int(pk) for pk in filters.teams])
    if filters.of("channel"):
        rows = rows.filter(channel__in=filters.of("channel"))
    found: dict[date, tuple[int, int]] = {}
    for day, what, number in rows.values_list("day", "what").annotate(n=Sum("number")).order_by():
        good, all_ = found.get(day, (0, 0))
        found[day] = (good + number * (what == What.SATISFIED), all_ + number)
    return found

"""Shifts and night duty: every week, and on single dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Shift, ShiftKind, Staff
from helpdesk.accounts.models.working import MINUTES_OF_DAY
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.saving import require_unchanged
from tickets.routing.services.editing import found, may_edit, tell

CHANGED = "roster.changed"
MOST_A_DAY = 6
MOST_DAYS = 92
# A stretch of work: kind, start and end in minutes from midnight; an end at or before the start lies on the next day.
Stretch = tuple[str, int, int]


def week_values(staff_id: int) -> dict[str, list[list[object]]]:
    """Weekday → its stretches, as they are; for the form and for the check that nobody overwrites a colleague's change."""
    week: dict[str, list[list[object]]] = {str(day): [] for day in range(7)}
    rows = Shift.objects.filter(staff_id=staff_id, weekday__isnull=False).order_by("weekday", "kind", "starts")
    for weekday, kind, starts, ends in rows.values_list("weekday", "kind", "starts", "ends"):
        week[str(weekday)].append([kind, starts, ends])
    return week


@transaction.atomic
def change_week(staff_id: int, week: Sequence[Iterable[Stretch]], *, by: Actor, seen: str | None = None) -> None:
    """Set what a person works every week, Monday first; without any stretch they work whenever they are online. Announces
    roster.changed."""
    may_edit(by)
    _lock(staff_id)
    require_unchanged(seen, week_values(staff_id))
    days = [_checked(f"day_{weekday}", list(stretches)) for weekday, stretches in enumerate(week)]
    known = {int(day): {tuple(row) for row in rows} for day, rows in week_values(staff_id).items()}
    changed = [weekday for weekday, stretches in enumerate(days) if set(stretches) != known[weekday]]
    if not changed:
        return
    Shift.objects.filter(staff_id=staff_id, weekday__in=changed).delete()
    Shift.objects.bulk_create(
        Shift(staff_id=staff_id, weekday=weekday, kind=kind, starts=starts, ends=ends)
        for weekday in changed
        for kind, starts, ends in days[weekday]
    )
    tell("staff", staff_id, by=by, name=CHANGED, weekdays=changed)


@transaction.atomic
def set_days(staff_id: int, first: date, last: date, stretches: Iterable[Stretch], *, by: Actor) -> None:
    """What a person works on these dates instead of their usual week (nothing: they are free); announces roster.changed."""
    may_edit(by)
    _lock(staff_id)
    if last < first:
        raise Invalid(fields={"until": _("The last day lies before the first one.")})
    if last - first >= timedelta(days=MOST_DAYS):
        raise Invalid(fields={"until": _("Enter at most 92 days at once.")})
    rows = _checked("work", list(stretches)) or [(str(ShiftKind.OFF), 0, 0)]
    days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    Shift.objects.filter(staff_id=staff_id, on__range=(first, last)).delete()
    Shift.objects.bulk_create(
        Shift(staff_id=staff_id, on=day, kind=kind, starts=starts, ends=ends)
        for day in days
        for kind, starts, ends in rows
    )
    tell("staff", staff_id, by=by, name=CHANGED, dates=[first.isoformat(), last.isoformat()])


@transaction.atomic
def forget_day(staff_id: int, on: date, *, by: Actor) -> None:
    """The usual week holds again on this date; announces roster.changed."""
    may_edit(by)
    _lock(staff_id)
    if not Shift.objects.filter(staff_id=staff_id, on=on).delete()[0]:
        raise NotFound
    tell("staff", staff_id, by=by, name=CHANGED, dates=[on.isoformat(), on.isoformat()])


def _lock(staff_id: int) -> None:
    found(Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).first())


def _checked(field: str, stretches: list[Stretch]) -> list[Stretch]:
    """Sorted and without repetition; `Invalid` when two overlap, or when a figure is none of a day."""
    rows = sorted(set(stretches), key=lambda row: (row[1], row[2]))
    if len(rows) > MOST_A_DAY:
        raise Invalid(fields={field: _("Enter at most six stretches a day.")})
    for _kind, starts, ends in rows:
        if not (0 <= starts < MINUTES_OF_DAY and 0 <= ends <= MINUTES_OF_DAY) or starts == ends:
            raise Invalid(fields={field: _("Write times such as 09:00–18:00.")})
    ends_at = [(starts, ends if ends > starts else ends + MINUTES_OF_DAY) for _kind, starts, ends in rows]
    if any(later[0] < earlier[1] for earlier, later in pairwise(ends_at)):
        raise Invalid(fields={field: _("Two stretches of one day overlap.")})
    return rows

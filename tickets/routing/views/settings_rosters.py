"""Administration of shifts and night duty: the week of everybody, one person's roster, and hours that nobody covers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.models import Shift, ShiftKind
from helpdesk.accounts.permissions import ROUTING_MANAGE
from helpdesk.accounts.shifts import ShiftRow
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show, staff_of
from helpdesk.core import clock
from helpdesk.core.calendars.words import day_text, moment_text
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import fingerprint
from tickets.routing.roster_forms import DatesForm, WeekForm, initial_week, stretches_text
from tickets.routing.selectors.floor import today_in, zone_named
from tickets.routing.selectors.people import answering_people
from tickets.routing.selectors.rosters import coming_days, days_of, gaps_of_week, monday_of, rosters_of
from tickets.routing.services import rosters as services
from tickets.routing.views.settings_people import answering_person
from tickets.routing.views.settings_skills import filters_of, query_of, toolbar

URL = "settings_routing_shifts"
GAPS = 12


@require_safe
@administration(ROUTING_MANAGE)
def roster(request: HttpRequest) -> HttpResponse:
    """Everybody's week, and the hours of queues around the clock that nobody covers; the same queries for any number."""
    me = staff_of(request)
    zone = zone_named(me.timezone)
    monday = monday_of(_date(request.GET.get("week")) or today_in(me.timezone, clock.now()))
    filters = filters_of(request)
    page = answering_people(**filters)
    known = rosters_of([person.pk for person in page.rows], monday, monday + timedelta(days=6))
    rows = [
        {"person": person, "days": [cell_of(*day) for day in days_of(known.get(person.pk, ()), monday)],
         "has_roster": person.pk in known}
        for person in page.rows
    ]  # fmt: skip
    gaps = [
        {"team": gap.team, "gaps": [(moment_text(a, str(zone)), moment_text(b, str(zone))) for a, b in gap.gaps[:GAPS]],
         "more": len(gap.gaps[GAPS:])}
        for gap in gaps_of_week(monday, zone)
    ]  # fmt: skip
    context = {
        "rows": rows,
        "gaps": gaps,
        "zone": str(zone),
        "monday": monday,
        "days": [day_text(monday + timedelta(days=nth)) for nth in range(7)],
        "before": _week_query(filters, monday - timedelta(days=7)),
        "after": _week_query(filters, monday + timedelta(days=7)),
        "next_url": f"?{query_of({**filters, 'after': page.next, 'week': monday})}" if page.next else "",
        **toolbar(filters),
    }
    return show(request, "settings/routing/roster.html", context)


def _week_query(filters: dict[str, Any], monday: date) -> str:
    return f"?{query_of({**filters, 'week': monday.isoformat()})}"


def cell_of(day: date, rows: list[ShiftRow], is_dated: bool) -> dict[str, Any]:
    """One day of one person as the table shows it."""
    shifts = [(row.starts, row.ends) for row in rows if row.kind == ShiftKind.WORK]
    nights = [(row.starts, row.ends) for row in rows if row.kind == ShiftKind.DUTY]
    return {
        "label": day_text(day),
        "work": stretches_text(shifts),
        "duty": stretches_text(nights),
        "is_dated": is_dated,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def roster_edit(request: HttpRequest, staff_id: int) -> HttpResponse:
    """One person's usual week, and the dates that differ. Two forms; the button says which one was sent."""
    person = answering_person(staff_id)
    values = services.week_values(staff_id)
    is_dates = request.method == "POST" and "dates" in request.POST
    is_week = request.method == "POST" and not is_dates
    form = WeekForm(request.POST if is_week else None, initial={**initial_week(values), "seen": fingerprint(values)})
    dates = DatesForm(request.POST if is_dates else None, prefix="d")
    saved = None
    if is_week:
        saved = attempt(form, lambda: _change_week(request, staff_id, form))
    elif is_dates:
        saved = attempt(dates, lambda: _set_days(request, staff_id, dates))
    if saved:
        return done(request, _("Saved."), reverse("settings_routing_roster", args=[staff_id]))
    coming = [_coming(day, rows) for day, rows in coming_days(staff_id, today_in(person.timezone, clock.now()))]
    context = {
        "form": form,
        "dates": dates,
        "person": person,
        "zone": str(zone_named(person.timezone)),
        "coming": coming,
        "has_week": any(values.values()),
    }
    status = 422 if form.errors or dates.errors else 200
    return show(request, "settings/routing/roster_form.html", context, status=status)


def _change_week(request: HttpRequest, staff_id: int, form: WeekForm) -> bool:
    services.change_week(staff_id, form.week(), by=actor_of(request), seen=form.cleaned_data["seen"])
    return True


def _set_days(request: HttpRequest, staff_id: int, form: DatesForm) -> bool:
    first = form.cleaned_data["on"]
    last = form.cleaned_data["until"] or first
    services.set_days(staff_id, first, last, form.stretches(), by=actor_of(request))
    return True


def _coming(day: date, rows: list[Shift]) -> dict[str, Any]:
    plain = [ShiftRow(None, day, row.kind, row.starts, row.ends) for row in rows if row.kind != ShiftKind.OFF]
    return {"on": day, **cell_of(day, plain, True)}


@require_POST
@administration(ROUTING_MANAGE)
def roster_day_delete(request: HttpRequest, staff_id: int) -> HttpResponse:
    """The usual week holds again on a date."""
    on = _date(request.POST.get("on"))
    if on is None:
        raise NotFound
    url = reverse("settings_routing_roster", args=[staff_id])
    return acted(
        request, _("The usual week holds again."), url, lambda: services.forget_day(staff_id, on, by=actor_of(request))
    )


def _date(text: str | None) -> date | None:
    """A date between the years that people plan in; else None."""
    try:
        found = parse_date(text or "")
    except ValueError:
        return None
    return found if found is not None and 2000 <= found.year <= 2100 else None

"""Administration of working hours: calendars, their weeks, the days that differ, and a preview of the arithmetic."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.calendar_forms import CalendarForm, DayForm, PreviewForm, initial_of
from helpdesk.accounts.permissions import CALENDARS_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.calendars import filling, services
from helpdesk.core.calendars.explaining import explain
from helpdesk.core.calendars.selectors import special_of, week_of, working_time
from helpdesk.core.calendars.words import day_text, hours_text, lines_of, locale, moment_text
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.models import BusinessCalendar, CalendarDay
from helpdesk.core.saving import fingerprint

# Lines of a preview; a long deadline has one for each block of each day.
SHOWN = 24


def _url(calendar_id: int) -> str:
    return reverse("settings_calendar_edit", args=[calendar_id])


def _days_url(calendar_id: int, year: int) -> str:
    return f"{reverse('settings_calendar_days', args=[calendar_id])}?year={year}"


def _calendar(pk: int) -> BusinessCalendar:
    calendar = BusinessCalendar.objects.filter(pk=pk).first()
    if calendar is None:
        raise NotFound
    return calendar


@require_safe
@administration(CALENDARS_MANAGE)
def calendar_list(request: HttpRequest) -> HttpResponse:
    """The calendars, each with its week in short."""
    rows = [
        {"calendar": row, "week": _week_in_short(row), "country": _country_name(row.country)}
        for row in BusinessCalendar.objects.prefetch_related("weekly_blocks", "teams")
    ]
    return show(request, "settings/calendars/list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(CALENDARS_MANAGE)
def calendar_create(request: HttpRequest) -> HttpResponse:
    form = CalendarForm(request.POST or None, initial=_usual())
    if request.method == "POST":
        made = attempt(
            form, lambda: services.create_calendar(by=actor_of(request), week=form.week(), **form.calendar())
        )
        if made is not None:
            filling.fill_this_and_next_year(made.pk, by=actor_of(request))
            return done(request, _("Calendar %(name)s is ready.") % {"name": made.label}, _url(made.pk))
    return show(request, "settings/calendars/form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(CALENDARS_MANAGE)
def calendar_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Names, zone, week and country; beside them a preview of what they mean for a ticket."""
    calendar = _calendar(pk)
    values = services.editable_values(calendar)
    form = CalendarForm(request.POST or None, initial={**initial_of(values), "seen": fingerprint(values)})
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: services.change_calendar(
                pk, by=actor_of(request), week=form.week(), seen=form.cleaned_data["seen"], **form.calendar()
            ),
        )
        if saved is not None:
            if saved.filled_on is None:
                filling.fill_this_and_next_year(pk, by=actor_of(request))
            return done(request, _("Saved."), _url(pk))
    context = {"form": form, "calendar": calendar, "this_year": timezone.localdate().year}
    preview = _preview(request, calendar)
    return show(request, "settings/calendars/form.html", {**context, **preview}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(CALENDARS_MANAGE)
def calendar_days(request: HttpRequest, pk: int) -> HttpResponse:
    """The days of a year that differ from the week; one of them in the form."""
    calendar = _calendar(pk)
    year = _year(request.GET.get("year"))
    form = DayForm(request.POST or None, initial=_chosen_day(calendar, request.GET.get("on"), year))
    if request.method == "POST":
        saved = attempt(form, lambda: services.set_day(pk, by=actor_of(request), **form.cleaned_data))
        if saved is not None:
            return done(request, _("Saved."), _days_url(pk, saved.on.year))
    days = [
        {"day": day, "date": day_text(day.on), "hours": hours_text(special_of(day).blocks)}
        for day in calendar.days.filter(on__year=year).prefetch_related("blocks")
    ]
    context = {
        "form": form,
        "calendar": calendar,
        "days": days,
        "year": year,
        "years": [year - 1, year, year + 1],
        "provisional": calendar.days.filter(on__year=year, is_provisional=True).exists(),
        "country": _country_name(calendar.country),
    }
    return show(request, "settings/calendars/days.html", context, status=422 if form.errors else 200)


@require_POST
@administration(CALENDARS_MANAGE)
def calendar_reset_day(request: HttpRequest, pk: int) -> HttpResponse:
    on = _date(request.POST.get("on"))
    if on is None:
        raise NotFound
    return acted(
        request, _("Taken back."), _days_url(pk, on.year), lambda: filling.reset_day(pk, on, by=actor_of(request))
    )


@require_POST
@administration(CALENDARS_MANAGE)
def calendar_fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the holiday libraries for a year that somebody looks at."""
    year = _year(request.POST.get("year"))
    words = _("The public holidays of %(year)s are up to date.") % {"year": year}
    return acted(request, words, _days_url(pk, year), lambda: filling.fill_days(pk, [year], by=actor_of(request)))


@require_POST
@administration(CALENDARS_MANAGE)
def calendar_default(request: HttpRequest, pk: int) -> HttpResponse:
    words = _("This calendar now holds where none is named.")
    return acted(request, words, _url(pk), lambda: services.make_default_calendar(pk, by=actor_of(request)))


@require_POST
@administration(CALENDARS_MANAGE)
def calendar_delete(request: HttpRequest, pk: int) -> HttpResponse:
    url = reverse("settings_calendars")
    return acted(request, _("Deleted."), url, lambda: services.delete_calendar(pk, by=actor_of(request)))


def _usual() -> dict[str, Any]:
    """A new calendar starts with office hours in the company's zone."""
    office = [[540, 720], [780, 1080]]
    default = BusinessCalendar.objects.filter(is_default=True).first()
    week = {f"day_{weekday}": office for weekday in range(5)}
    return {**week, "timezone": default.timezone if default else timezone.get_current_timezone_name()}


def _week_in_short(calendar: BusinessCalendar) -> list[tuple[str, str]]:
    """(days, hours) of runs of weekdays with the same hours; free days are left out."""
    runs: list[tuple[int, int, str]] = []
    for weekday, blocks in enumerate(week_of(calendar.weekly_blocks.all())):
        text = hours_text(blocks)
        if runs and runs[-1][1] == weekday - 1 and runs[-1][2] == text:
            runs[-1] = (runs[-1][0], weekday, text)
        else:
            runs.append((weekday, weekday, text))
    return [
        (
            str(WEEKDAYS_ABBR[first])
            if first == last
            else _("%(first)s–%(last)s") % {"first": WEEKDAYS_ABBR[first], "last": WEEKDAYS_ABBR[last]},
            text,
        )
        for first, last, text in runs
        if text
    ]


def _country_name(code: str) -> str:
    return locale().territories.get(code, code) if code else ""


def _year(text: str | None) -> int:
    """The year asked for, else this one; far ones are brought near."""
    now = timezone.localdate().year
    return min(max(int(text), now - 10), now + 10) if text and text.isascii() and text.isdigit() else now


def _date(text: str | None) -> date | None:
    try:
        return parse_date(text or "")
    except ValueError:
        return None


def _chosen_day(calendar: BusinessCalendar, on: str | None, year: int) -> dict[str, Any]:
    day = _date(on)
    row: CalendarDay | None = calendar.days.filter(on=day).prefetch_related("blocks").first() if day else None
    if row is None:
        return {"on": day, "kind": "holiday"}
    return {"on": row.on, "kind": row.kind, "name": row.name, "name_zh": row.name_zh, "blocks": special_of(row).blocks}


def _preview(request: HttpRequest, calendar: BusinessCalendar) -> dict[str, Any]:
    """When a made-up ticket would be due by the saved hours, and why."""
    zone = ZoneInfo(calendar.timezone)
    form = PreviewForm.read(request.GET, zone)
    if not form.is_valid():
        return {"preview_form": form}
    try:
        hours, start = working_time(calendar), form.start(zone)
        duration = form.duration()
        if duration is None:
            duration = hours.between(start, hours.closing_of_working_day(start, form.cleaned_data["amount"]))
        told = explain(hours, start, duration)
    except Refused as refusal:
        return {"preview_form": form, "preview_error": str(refusal)}
    lines = lines_of(told)
    due = moment_text(told.due, calendar.timezone)
    return {
        "preview_form": form,
        "preview_due": due,
        "preview_lines": lines[:SHOWN],
        "preview_more": len(lines[SHOWN:]),
    }

"""The day of everybody who goes to customers, what has to be arranged, who is away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.visits.addresses import one_line
from aftersales.visits.days import clock_words, day_label
from aftersales.visits.forms import EngineerAbsenceForm
from aftersales.visits.selectors import absences_from, count_to_arrange, day_board, to_arrange
from aftersales.visits.services.absences import end_absence, report_absence
from aftersales.visits.services.planning import ask_day_plan
from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, sentence, staff_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import VISITS_PLAN
from helpdesk.core import clock
from helpdesk.core.company import company_day
from helpdesk.core.errors import Refused
from helpdesk.core.saving import add_refusal

FARTHEST = timedelta(days=3660)


def around(staff: Staff, current: str) -> dict[str, Any]:
    """The tabs of these pages."""
    tabs = [
        ("day", pgettext("visits", "Day"), reverse("visits:day"), ""),
        ("waiting", pgettext("visits", "To be arranged"), reverse("visits:waiting"), count_to_arrange(staff) or ""),
        ("absences", pgettext("visits", "Absences"), reverse("visits:absences"), ""),
    ]
    return {
        "tabs": [
            {"label": label, "url": url, "count": count, "is_current": key == current}
            for key, label, url, count in tabs
        ],
        "rail_current": "visits",
    }


def read_day(text: str | None) -> date:
    """The day in the address; today where it makes none, or one that no visit is on."""
    today = company_day(clock.now())
    try:
        found = date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return today
    return found if abs(found - today) < FARTHEST else today


@desk(permission=VISITS_PLAN)
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """`/visits/?day=2026-11-24`: everybody's route."""
    staff, on, today = staff_of(request), read_day(request.GET.get("day")), company_day(clock.now())
    found = day_board(staff, on)
    for row in found.rows:
        for cell in row.cells:
            for visit in cell.visits:
                visit.place = visit.area.label if visit.area else one_line(visit.address)[:40]  # type: ignore[attr-defined]
                visit.arrives = clock_words(visit.planned_at)  # type: ignore[attr-defined]
    context = {
        "board": found,
        "label": day_label(on),
        "today": today,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "can_plan": on >= today and found.visits > 0,
        "here": request.get_full_path(),
        **around(staff, "day"),
    }
    return render(request, "visits/_board.html" if is_htmx(request) else "visits/day.html", context)


@desk(permission=VISITS_PLAN)
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """`/visits/to-arrange/`: visits without a time, the longest waiting first."""
    staff = staff_of(request)
    rows, following = to_arrange(staff, number_in(request.GET.get("after")) or 0)
    for visit in rows:
        visit.place = one_line(visit.address)  # type: ignore[attr-defined]
    context = {"rows": rows, "next_url": f"?after={following}" if following else "", **around(staff, "waiting")}
    return render(request, "visits/waiting.html", context)


@desk(permission=VISITS_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """`/visits/absences/`: who is away; a POST reports somebody, and their visits are planned anew."""
    today = company_day(clock.now())
    asked = {"first_on": today, "last_on": today, "engineer": request.GET.get("engineer", "")[:19]}
    form = EngineerAbsenceForm(request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            report_absence(
                given["engineer"].pk,
                given["first_on"],
                given["last_on"],
                by=actor_of(request),
                kind=given["kind"],
                note=given["note"],
            )
        except Refused as refusal:
            if refusal.status in {403, 404}:
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Noted. Their visits go to others, or customers choose another time."))
            return redirect("visits:absences")
    context = {"form": form, "rows": absences_from(today), **around(staff_of(request), "absences")}
    return render(request, "visits/absences.html", context, status=422 if form.errors else 200)


@desk(permission=VISITS_PLAN)
@require_POST
def end(request: HttpRequest, absence_id: int) -> HttpResponse:
    end_absence(absence_id, by=actor_of(request))
    messages.success(request, _("The engineer can be given visits again."))
    return redirect("visits:absences")


@desk(permission=VISITS_PLAN)
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Have the routes of a day worked out."""
    on = read_day(request.POST.get("day"))
    try:
        ask_day_plan(on, by=actor_of(request))
        messages.success(request, _("The routes are being worked out. This page shows them within moments."))
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.error(request, sentence(refusal))
    return redirect(f"{reverse('visits:day')}?day={on:%Y-%m-%d}")

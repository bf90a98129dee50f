"""One visit: when, who, where; another time, another engineer, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aftersales.visits.addresses import one_line
from aftersales.visits.days import by_days, clock_words
from aftersales.visits.forms import AddressForm
from aftersales.visits.models import Engineer, Visit, VisitState
from aftersales.visits.services.addressing import change_address
from aftersales.visits.services.booking import assign_engineer, book, cancel, rebook
from aftersales.visits.services.telling import spoken_window
from aftersales.visits.slots import Slot, free_slots, who_can_come
from helpdesk.accounts.desk import actor_of, desk, number_in, sentence, staff_of
from helpdesk.accounts.permissions import VISITS_PLAN
from helpdesk.core import clock
from helpdesk.core.errors import Invalid, NotFound, Refused
from helpdesk.core.saving import add_refusal


def _visit(request: HttpRequest, visit_id: int) -> Visit:
    found = Visit.objects.visible_to(staff_of(request)).for_rows().select_related("claim__ticket")
    visit = found.filter(pk=visit_id).first()
    if visit is None:
        raise NotFound
    return visit


@desk(permission=VISITS_PLAN)
@require_GET
def detail(request: HttpRequest, visit_id: int) -> HttpResponse:
    """`/visits/7/`: the visit, the times that are free and who could come."""
    return _page(request, _visit(request, visit_id))


def _page(
    request: HttpRequest, visit: Visit, *, form: AddressForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    now = clock.now()
    is_open = visit.state in {VisitState.ASKED, VisitState.BOOKED}
    days = by_days(free_slots(visit, now, count_all=True)) if is_open else []
    context = {
        "visit": visit,
        "claim": visit.claim,
        "when": spoken_window(*visit.window) if visit.window else "",
        "arrives": clock_words(visit.planned_at),
        "address": one_line(visit.address),
        "days": days[:5],
        "later": days[5:],
        "has_days": bool(days),
        "chosen": request.POST.get("slot", ""),
        "others": _others(visit),
        "form": form or AddressForm(initial=visit.address),
        "has_form_errors": form is not None,
        "error": error,
        "is_open": is_open,
        "rail_current": "visits",
    }
    return render(request, "visits/visit.html", context, status=status)


def _others(visit: Visit) -> list[Engineer]:
    """Who else could come at the promised time, whom it costs least first; of an outlet, its people."""
    if visit.state != VisitState.BOOKED or visit.window is None:
        return []
    if visit.outlet_id is not None:
        own = Engineer.objects.filter(outlet_id=visit.outlet_id, is_active=True).select_related("staff")
        return list(own.exclude(pk=visit.engineer_id or 0).order_by("staff__name"))
    offers = who_can_come(visit, Slot(*visit.window), clock.now())
    ids = [offer.duty.engineer_id for offer in offers if offer.duty.engineer_id != visit.engineer_id]
    found = Engineer.objects.select_related("staff").in_bulk(ids)
    return [found[pk] for pk in ids]


def _acted(request: HttpRequest, visit_id: int, words: str, act: Callable[[int], Any]) -> HttpResponse:
    """Do it and show the visit; a refusal is said there with what was chosen."""
    visit = _visit(request, visit_id)
    try:
        act(number_in(request.POST.get("row_version")) or visit.row_version)
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        status = 409 if refusal.status == 409 else 422
        return _page(request, _visit(request, visit_id), error=sentence(refusal), status=status)
    messages.success(request, words)
    return redirect("visits:visit", visit_id=visit_id)


@desk(permission=VISITS_PLAN)
@require_POST
def set_time(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Arrange the visit, or another time for it."""
    visit, by, key = _visit(request, visit_id), actor_of(request), request.POST.get("slot", "")[:40]

    def act(version: int) -> Visit:
        if visit.state == VisitState.BOOKED:
            return rebook(visit_id, key, by=by, row_version=version)
        return book(visit_id, key, by=by)

    return _acted(request, visit_id, _("Arranged. The customer has been told."), act)


@desk(permission=VISITS_PLAN)
@require_POST
def set_engineer(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Another engineer at the promised time."""
    engineer_id = number_in(request.POST.get("engineer"))

    def act(version: int) -> Visit:
        if engineer_id is None:
            raise Invalid(fields={"engineer": _("Choose an engineer.")})
        return assign_engineer(visit_id, engineer_id, by=actor_of(request), row_version=version)

    return _acted(request, visit_id, _("Saved."), act)


@desk(permission=VISITS_PLAN)
@require_POST
def set_address(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Where the visit goes."""
    visit, form = _visit(request, visit_id), AddressForm(request.POST)
    if form.is_valid():
        try:
            change_address(visit.pk, form.cleaned_data, by=actor_of(request))
        except Refused as refusal:
            if refusal.status in {403, 404}:
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("visits:visit", visit_id=visit_id)
    return _page(request, visit, form=form, status=422)


@desk(permission=VISITS_PLAN)
@require_POST
def give_up(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Nobody comes at the arranged time; the customer is asked for another one."""
    note = request.POST.get("note", "")[:300]
    by = actor_of(request)
    words = _("The customer has been asked for another time.")
    return _acted(request, visit_id, words, lambda version: cancel(visit_id, by=by, note=note, row_version=version))

"""The customer chooses when somebody may come: in the portal, from the times that are free."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim
from aftersales.visits.addresses import one_line
from aftersales.visits.days import by_days
from aftersales.visits.forms import AddressForm
from aftersales.visits.models import Visit, VisitState
from aftersales.visits.services.addressing import change_address
from aftersales.visits.services.booking import book, rebook
from aftersales.visits.services.telling import spoken_window
from aftersales.visits.slots import free_slots
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.saving import add_refusal
from helpdesk.customers.access import CustomerRequest, customer_page
from tickets.portal import missing

SHOWN_DAYS = 4


def visit_panel(*, claim: Claim, request: HttpRequest, **_: Any) -> dict[str, Any] | None:
    """The visit of a claim: when somebody comes and who, or that a time has to be chosen. One query."""
    visit = claim.visits.select_related("engineer__staff", "outlet").order_by("-pk").first()
    if visit is None or visit.state == VisitState.CANCELLED:
        return None
    return {"visit": visit, "claim": claim, **_said(visit)}


def _said(visit: Visit) -> dict[str, Any]:
    window = visit.window
    return {
        "when": spoken_window(*window) if window else "",
        "address": one_line(visit.address),
        "can_choose": visit.state == VisitState.ASKED,
        "can_change": visit.state == VisitState.BOOKED and (visit.window_start or clock.now()) > clock.now(),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@customer_page
def choose_time(request: CustomerRequest, number: str) -> HttpResponse:
    """The free times of the coming days; a POST takes one, or says where to come."""
    visit = _open_visit(request, number)
    if visit is None:
        return missing(request)
    if visit.state == VisitState.CHECKED_IN:
        return HttpResponseRedirect(reverse("portal_claim", args=[visit.claim.number]))
    if request.method == "POST" and request.POST.get("part") == "address":
        return _take_address(request, visit)
    if request.method == "POST":
        return _take_time(request, visit)
    return _page(request, visit)


def _open_visit(request: CustomerRequest, number: str) -> Visit | None:
    try:
        claim_id = parse_number(number)
    except NotFound:
        return None
    mine = Visit.objects.of_customer(request.customer).open().filter(claim_id=claim_id)
    return mine.select_related("claim", "area", "skill", "engineer__staff").first()


def _page(
    request: CustomerRequest, visit: Visit, *, form: AddressForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    needs_address = not visit.address and visit.state == VisitState.ASKED
    days = [] if needs_address else by_days(free_slots(visit, clock.now()))
    context = {
        "visit": visit,
        "claim": visit.claim,
        "days": days[:SHOWN_DAYS],
        "later": days[SHOWN_DAYS:],
        "has_days": bool(days),
        "needs_address": needs_address,
        "form": form or AddressForm(initial=visit.address),
        "has_form_errors": form is not None,
        "error": error,
        "chosen": request.POST.get("slot", ""),
        "place": "claims",
        **_said(visit),
    }
    return render(request, "visits/portal/choose_time.html", context, status=status)


def _take_address(request: CustomerRequest, visit: Visit) -> HttpResponse:
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            change_address(visit.pk, form.cleaned_data, by=Actor.of_customer(request.customer, origin="portal"))
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            return HttpResponseRedirect(request.path)
    return _page(request, visit, form=form, status=422)


def _take_time(request: CustomerRequest, visit: Visit) -> HttpResponse:
    by = Actor.of_customer(request.customer, origin="portal")
    key = request.POST.get("slot", "")[:40]
    try:
        if visit.state == VisitState.BOOKED:
            rebook(visit.pk, key, by=by)
        else:
            book(visit.pk, key, by=by)
    except NotFound:
        return missing(request)
    except Refused as refusal:
        words = " ".join(str(word) for word in refusal.fields.values()) or str(refusal)
        fresh = _open_visit(request, visit.claim.number)
        return _page(request, fresh or visit, error=words, status=refusal.status if refusal.status == 409 else 422)
    messages.success(request, _("Thank you. Our engineer comes at the time that you chose."))
    return HttpResponseRedirect(reverse("portal_claim", args=[visit.claim.number]))

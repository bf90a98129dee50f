"""Giving a claim's visit to an outlet, from the claim's page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim
from aftersales.outlets.models import WorkOrder
from aftersales.outlets.services.offering import offer_work, withdraw_work
from aftersales.visits.models import Outlet
from helpdesk.accounts.desk import number_in
from helpdesk.accounts.permissions import CLAIM_WORK, VISITS_PLAN
from helpdesk.accounts.views.pages import acted, actor_of, administration, staff_of
from helpdesk.core.errors import NotFound


def _claim(request: HttpRequest, number: str) -> Claim:
    claim = Claim.objects.visible_to(staff_of(request)).filter(pk=parse_number(number)).first()
    if claim is None:
        raise NotFound
    return claim


@require_POST
@administration(CLAIM_WORK, VISITS_PLAN)
def offer(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the named outlet, or the best one; the next follows by itself."""
    claim, by = _claim(request, number), actor_of(request)
    first = Outlet.objects.filter(pk=number_in(request.POST.get("outlet")) or 0, is_active=True).first()
    minutes = int(settings.WORK_OFFER_WITHIN.total_seconds() // 60)
    words = _("The outlet is asked; it has %(minutes)d minutes.") % {"minutes": minutes}
    return acted(request, words, f"/claims/{claim.number}/", lambda: offer_work(claim.pk, by=by, first=first))


@require_POST
@administration(CLAIM_WORK, VISITS_PLAN)
def withdraw(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """The work is taken back from the outlet."""
    claim, by = _claim(request, number), actor_of(request)
    if not WorkOrder.objects.filter(pk=pk, claim=claim).exists():
        raise NotFound
    words = _("Taken back from the outlet.")
    return acted(request, words, f"/claims/{claim.number}/", lambda: withdraw_work(pk, by=by))

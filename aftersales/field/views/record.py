"""What was done at the visits of a claim, for the desk: parts, photos, and the customer's signature."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim
from aftersales.field.selectors import record_of
from helpdesk.accounts.desk import is_htmx
from helpdesk.accounts.views.pages import administration, staff_of
from helpdesk.core.errors import NotFound


@require_safe
@administration()
def show_record(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/visits/`: a page, and the part of the claim's page that htmx asks for."""
    claim = Claim.objects.visible_to(staff_of(request)).filter(pk=parse_number(number)).first()
    if claim is None:
        raise NotFound
    context = {"claim": claim, "records": record_of(claim), "rail_current": "claims"}
    return render(request, "field/_record.html" if is_htmx(request) else "field/record.html", context)

"""Why the policy decided as it did: every rule that was asked about a claim."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aftersales.selectors.claim_page import in_language, lines_of, visible_claim
from aftersales.selectors.tracing import trace_claim
from helpdesk.accounts.desk import desk, staff_of
from helpdesk.accounts.permissions import AFTERSALES_MANAGE


@desk
@require_GET
def claim_why(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/why/`: the rules in their order, with what each condition found, as of the application."""
    staff = staff_of(request)
    claim = visible_claim(staff, number)
    lines_of(claim)
    traces = [{"trace": one, "words": in_language(one.judgement.words)} for one in trace_claim(claim)]
    context = {
        "claim": claim,
        "base": f"/claims/{claim.number}/",
        "traces": traces,
        "may_set_up": staff.can(AFTERSALES_MANAGE),
        "rail_current": "claims",
    }
    return render(request, "aftersales/why.html", context)

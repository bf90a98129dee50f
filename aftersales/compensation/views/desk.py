"""Money of a claim at the desk: what was paid, what was given, what the rules propose; and the approver's answer."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim, ClaimKind
from aftersales.compensation.forms import CompensationForm, PriceForm
from aftersales.compensation.limits import bounds_of
from aftersales.compensation.models import Compensation, CompensationState, Means
from aftersales.compensation.selectors import approver_choices
from aftersales.compensation.services.compensating import (
    Draft,
    decide_compensation,
    described,
    give_compensation,
    given_of,
    hand_compensation_on,
    withdraw_compensation,
)
from aftersales.compensation.services.ordering import setting
from aftersales.compensation.services.receiving import PRICED_IN, price_replacement
from aftersales.compensation.suggesting import proposals_for
from helpdesk.accounts.desk import is_htmx, number_in
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_APPROVE, CLAIM_EXCEPT, CLAIM_WORK, MONEY_PAY
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, staff_of
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound


@require_safe
@administration()
def claim_money(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/money/`: a page, and the part of the claim's page that htmx asks for."""
    return _page(request, _claim(request, number))


@require_POST
@administration(CLAIM_WORK)
def give(request: HttpRequest, number: str) -> HttpResponse:
    """Give a compensation, or ask for it; a refusal stands at the form, with what was typed."""
    claim, by = _claim(request, number), actor_of(request)
    form = CompensationForm(request.POST, approvers=approver_choices())
    made = attempt(form, lambda: give_compensation(claim.pk, _draft(form.cleaned_data), by=by))
    if made is None:
        return _page(request, claim, form=form)
    words = _("Sent for approval.") if made.state == CompensationState.ASKED else _("Given: %s.") % described(made)
    return done(request, words, f"/claims/{claim.number}/")


@require_POST
@administration(CLAIM_WORK)
def withdraw(request: HttpRequest, number: str, pk: str) -> HttpResponse:
    """It is not asked for any more."""
    claim, by = _claim(request, number), actor_of(request)
    if not claim.compensations.filter(pk=pk).exists():
        raise NotFound
    return acted(request, _("Withdrawn."), f"/claims/{claim.number}/", lambda: withdraw_compensation(int(pk), by=by))


@require_POST
@administration(CLAIM_WORK)
def price(request: HttpRequest, number: str, line_id: str) -> HttpResponse:
    """What one of the items that go out costs."""
    claim, by = _claim(request, number), actor_of(request)
    line = next((one for one in claim.loaded_lines if one.pk == int(line_id)), None)
    if line is None:
        raise NotFound
    form = PriceForm(request.POST, prefix=f"line{line.pk}", line=line)
    made = attempt(form, lambda: price_replacement(claim.pk, line.pk, price=form.cleaned_data["price"], by=by))
    if made is None:
        return _page(request, claim, pricing={line.pk: form})
    return done(request, _("The difference is noted."), f"/claims/{claim.number}/")


@require_POST
@administration(CLAIM_APPROVE)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The named approver's yes or no."""
    is_granted, by = request.POST.get("decision") == "yes", actor_of(request)
    words, url = request.POST.get("words", ""), reverse("approvals:waiting")
    said = _("Approved.") if is_granted else _("Given back to the desk.")
    try:
        decide_compensation(pk, is_granted=is_granted, words=words, by=by)
    except Invalid as refusal:
        context = {"row": _asked(request, pk), "words": words, "error": next(iter(refusal.fields.values()))}
        return render(request, "aftersales/money/decide.html", context | {"rail_current": "approvals"}, status=422)
    return done(request, said, url)


@require_POST
@administration(CLAIM_APPROVE, CLAIM_EXCEPT)
def hand_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Another approver decides."""
    by, to = actor_of(request), Staff.objects.filter(pk=number_in(request.POST.get("to")) or 0).first()
    if to is None:
        raise Invalid(fields={"to": _("This person cannot approve.")})
    words = _("Handed on to %(name)s.") % {"name": to.name}
    return acted(request, words, reverse("approvals:waiting"), lambda: hand_compensation_on(pk, to, by=by))


def _asked(request: HttpRequest, pk: int) -> Compensation:
    row = Compensation.objects.select_related("claim__customer").filter(pk=pk, approver=staff_of(request)).first()
    if row is None:
        raise NotFound
    return row


def _claim(request: HttpRequest, number: str) -> Claim:
    rows = Claim.objects.visible_to(staff_of(request)).select_related("customer", "order", "ticket")
    claim = rows.filter(pk=parse_number(number)).first()
    if claim is None:
        raise NotFound
    return claim


def _draft(data: dict[str, Any]) -> Draft:
    approver = data["approver"]
    return Draft(
        data["means"], data["worth"], data["words"], data["rule"], int(approver) if approver else None, data["key"]
    )


def _page(
    request: HttpRequest,
    claim: Claim,
    *,
    form: CompensationForm | None = None,
    pricing: dict[int, PriceForm] | None = None,
) -> HttpResponse:
    context = money_context(claim, staff_of(request), form=form, pricing=pricing or {})
    template = "aftersales/money/_claim.html" if is_htmx(request) else "aftersales/money/claim.html"
    failed = bool((form and form.errors) or pricing)
    return render(request, template, context | {"rail_current": "claims"}, status=422 if failed else 200)


def money_context(
    claim: Claim, staff: Staff, *, form: CompensationForm | None, pricing: dict[int, PriceForm]
) -> dict[str, Any]:
    """What the part shows; a fixed number of queries."""
    may_work = staff.can(CLAIM_WORK) and claim.is_open
    approvers = approver_choices() if may_work else []
    proposals = proposals_for(claim, setting().freight) if may_work else []
    return {
        "claim": claim,
        "payouts": claim.payouts.select_related("payment").defer("sealed").order_by("pk"),
        "given": [
            {"row": row, "what": described(row)}
            for row in claim.compensations.select_related("approver", "rule").order_by("pk")
        ],
        "receipts": claim.receipts.order_by("pk"),
        "proposals": [{"proposal": one, "what": _proposed(one.means), "key": uuid.uuid4().hex} for one in proposals],
        "form": form or (CompensationForm(approvers=approvers) if may_work else None),
        "is_open": form is not None,
        "approvers": approvers,
        "limit": bounds_of(Actor.of_staff(staff)).compensation,
        "given_worth": given_of(claim),
        "lines": _lines(claim, pricing) if may_work else [],
        "may_work": may_work,
        "may_pay": staff.can(MONEY_PAY),
    }


def _proposed(means: str) -> str:
    return str(Means(means).label)


def _lines(claim: Claim, pricing: dict[int, PriceForm]) -> list[dict[str, Any]]:
    """The lines whose new item can still be priced."""
    if claim.kind != ClaimKind.EXCHANGE or claim.state not in PRICED_IN:
        return []
    return [
        {"line": line, "form": pricing.get(line.pk) or PriceForm(prefix=f"line{line.pk}", line=line)}
        for line in claim.lines.select_related("product", "replacement").order_by("pk")
    ]

"""The customer's own claims: list, one claim with its stepper, what they can do with it, its photos."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aftersales.claims.machines import Step
from aftersales.claims.models import Claim, ClaimFile
from aftersales.claims.services.moving import move_claim
from aftersales.portal import following, words
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Invalid, NotFound, Refused
from helpdesk.customers.access import CustomerRequest, customer_page
from tickets.models import SatisfactionReason
from tickets.portal import missing, panels, score_choices, score_of
from tickets.services.satisfaction import AlreadyAnswered, answer_about
from tickets.views.files import file_response

# What may come with a move, in the shape of its argument.
_TEXTS = ("note", "words")


@require_GET
@customer_page
def claim_list(request: CustomerRequest) -> HttpResponse:
    """My applications, the newest first."""
    state, cursor = request.GET.get("state", ""), request.GET.get("cursor")
    try:
        found = following.claims_page(request.customer, cursor=cursor, state=state)
    except Invalid:
        # a page address that makes no sense begins at the first page
        found, cursor = following.claims_page(request.customer, state=state), None
    query = request.GET.copy()
    query["cursor"] = found.next or ""
    context = {
        "rows": following.rows_for_list(found.rows),
        "next_url": f"{request.path}?{query.urlencode()}" if found.next else "",
        "state": state,
        "place": "claims",
    }
    is_more = request.headers.get("HX-Request") == "true" and cursor
    return render(request, f"aftersales/portal/{'_claim_rows' if is_more else 'claims'}.html", context)


def claim_context(request: HttpRequest, claim: Claim) -> dict[str, Any]:
    """What the page of one claim shows: our own parts and the panels of other rooms."""
    files, choices = following.photos_of(claim), following.choices_of(claim)
    promised = following.promised_for(claim)
    asks_parcel = any("parcel" in choice.asks for choice in choices)
    return {
        "claim": claim,
        "lines": claim.loaded_lines,
        "headline": words.headline(claim),
        "next_words": words.NEXT.get(claim.state, ""),
        "steps": following.steps_of(claim, promised),
        "expected_at": promised.get(Step.CLOSED),
        "choices": choices,
        "carriers": following.carriers() if asks_parcel else [],
        "rule": following.rule_of(claim),
        "money": following.money_of(claim),
        "photos": [one for one in files if one["is_picture"]],
        "papers": [one for one in files if not one["is_picture"]],
        "panels": panels("portal.claim", claim=claim, customer=claim.customer, request=request),
        "question": following.open_question(claim),
        "scores": score_choices(),
        "reasons": SatisfactionReason.choices,
        "place": "claims",
    }


@require_GET
@customer_page
def claim_page(request: CustomerRequest, number: str) -> HttpResponse:
    """One claim: where it stands, what comes next, what the customer can do."""
    try:
        claim = following.get_claim(request.customer, number)
    except NotFound:
        return missing(request)
    if claim.number != number:
        return HttpResponseRedirect(reverse("portal_claim", args=[claim.number]))
    return render(request, "aftersales/portal/claim.html", claim_context(request, claim))


@require_GET
@customer_page
def claim_fragment(request: CustomerRequest, number: str) -> HttpResponse:
    """The moving parts of the page, asked for while it is looked at; 204 when the asker has seen the newest."""
    try:
        claim = following.get_claim(request.customer, number)
    except NotFound:
        return HttpResponse(status=404)
    if request.GET.get("seen") == str(claim.row_version):
        return HttpResponse(status=204)
    return render(request, "aftersales/portal/_claim_live.html", claim_context(request, claim))


@require_POST
@customer_page
def make_move(request: CustomerRequest, number: str, name: str) -> HttpResponse:
    """A move of the customer's: withdraw, object, goods sent, quote accepted, settled or not."""
    try:
        claim = following.get_claim(request.customer, number)
    except NotFound:
        return missing(request)
    version = request.POST.get("row_version", "")
    try:
        move_claim(
            claim.pk,
            name,
            by=Actor.of_customer(request.customer, origin="portal"),
            arguments=_arguments(request.POST),
            row_version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
        )
    except Invalid as refusal:
        return _refused(request, claim, name, " ".join(map(str, refusal.fields.values())) or str(refusal))
    except Conflict:
        return _refused(request, claim, name, _("This has moved on in the meantime. Look at it again."))
    except Refused as refusal:
        return _refused(request, claim, name, str(refusal))
    messages.success(request, _("Done. Thank you."))
    return HttpResponseRedirect(reverse("portal_claim", args=[claim.number]))


def _arguments(given: QueryDict) -> dict[str, Any]:
    values: dict[str, Any] = {name: given.get(name, "")[:5000] for name in _TEXTS}
    if tracking := given.get("tracking", "").strip():
        values["parcel"] = {"carrier": given.get("carrier", "")[:40], "number": tracking[:80]}
    # a customer who follows a complaint up says yes; a no is a move of its own
    values["agreement"] = True
    return values


def _refused(request: CustomerRequest, claim: Claim, name: str, said: str) -> HttpResponse:
    """The page as it is now, with the reason and what was typed."""
    claim = following.get_claim(request.customer, claim.number)
    kept = {key: request.POST.get(key, "")[:5000] for key in (*_TEXTS, "carrier", "tracking")}
    context = claim_context(request, claim) | {"move_error": said, "move_name": name, "typed": kept}
    # where its form has gone from the page, the reason stands above
    context["lost_error"] = "" if any(choice.name == name for choice in context["choices"]) else said
    return render(request, "aftersales/portal/claim.html", context, status=422)


@require_POST
@customer_page
def rate(request: CustomerRequest, number: str) -> HttpResponse:
    """How satisfied the customer is with this claim or its visit; answered once."""
    try:
        claim = following.get_claim(request.customer, number)
        question = following.open_question(claim)
        if question is None:
            raise AlreadyAnswered
        answer_about(
            claim.ticket_id,
            question.pk,
            score=score_of(request),
            reason=request.POST.get("reason", ""),
            comment=request.POST.get("comment", ""),
            by=Actor.of_customer(request.customer, origin="portal"),
        )
        messages.success(request, _("Thank you for telling us."))
    except NotFound:
        return missing(request)
    except AlreadyAnswered as refusal:
        messages.info(request, str(refusal))
    except Refused as refusal:
        said = " ".join(map(str, refusal.fields.values())) or str(refusal)
        typed = {"rate_error": said, "rate_comment": request.POST.get("comment", "")[:5000]}
        return render(request, "aftersales/portal/claim.html", claim_context(request, claim) | typed, status=422)
    return HttpResponseRedirect(reverse("portal_claim", args=[claim.number]))


@require_GET
@customer_page
def claim_file(request: CustomerRequest, number: str, file_id: int) -> HttpResponse:
    """A photo or paper of the customer's own claim."""
    try:
        claim = following.get_claim(request.customer, number)
    except NotFound:
        return missing(request)
    rows = ClaimFile.objects.filter(claim=claim, purpose__in=following.SHOWN_FILES).select_related("attachment")
    found = rows.filter(pk=file_id).first()
    if found is None:
        return missing(request)
    return file_response(found.attachment, show=request.GET.get("show") == "1")

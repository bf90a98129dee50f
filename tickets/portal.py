"""The customer's own pages about their requests: home, list, one request, and how satisfied they are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.core.actors import Actor
from helpdesk.core.company import company_name
from helpdesk.core.errors import Invalid, NotFound, Refused, TooMany
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.core.registries import panels_of
from helpdesk.core.secrets import new_token
from helpdesk.core.uploads import file_limits
from helpdesk.customers.access import CustomerRequest, customer_page, portal_page
from helpdesk.customers.models import Customer
from tickets.models import SatisfactionReason, StatusCategory, Ticket
from tickets.selectors import for_customer
from tickets.services.satisfaction import AlreadyAnswered, answer_by_link, answer_satisfaction, find_satisfaction
from tickets.services.status import solve_as_customer

SCORES = [5, 4, 3, 2, 1]


def missing(request: HttpRequest) -> HttpResponse:
    """The one page for a request that does not exist and for one of somebody else."""
    return render(request, "portal/missing.html", status=404)


def panels(slot: str, **context: Any) -> list[dict[str, Any]]:
    """The registered panels of a place with what they show; those with nothing to show are left out."""
    found = []
    for panel in panels_of(slot):
        shown = panel.select(**context)
        if shown is not None:
            found.append({"template": panel.template, **shown})
    return found


def form_url() -> str:
    """The address of the open web form, for people who have no request yet."""
    account = ChannelAccount.objects.filter(kind=ChannelKind.FORM, is_active=True).order_by("pk").first()
    try:
        return reverse("web_form", args=[account.slug]) if account else ""
    except NoReverseMatch:
        return ""


@require_GET
@portal_page
def home(request: CustomerRequest) -> HttpResponse:
    """Search, latest requests, orders; for a stranger the ways in."""
    if request.customer is None:
        return render(request, "portal/welcome.html", {"form_url": form_url()})
    latest = for_customer.request_page(request.customer)
    rows = for_customer.rows_for_list(latest.rows[:5])
    return render(
        request,
        "portal/home.html",
        {
            "rows": rows,
            "has_more": len(latest.rows) > 5,
            "panels": panels("portal.home", customer=request.customer, request=request),
            "place": "home",
        },
    )


@require_GET
@customer_page
def request_list(request: CustomerRequest) -> HttpResponse:
    """My requests, searched and paged."""
    text, state = request.GET.get("q", "")[:200], request.GET.get("state", "")
    cursor = request.GET.get("cursor")
    try:
        found = for_customer.request_page(request.customer, cursor=cursor, text=text, state=state)
    except Invalid:
        # a page address that makes no sense begins at the first page
        found, cursor = for_customer.request_page(request.customer, text=text, state=state), None
    query = request.GET.copy()
    query["cursor"] = found.next or ""
    context = {
        "rows": for_customer.rows_for_list(found.rows),
        "next_url": f"{reverse('portal_requests')}?{query.urlencode()}" if found.next else "",
        "q": text,
        "state": state,
        "place": "requests",
        "is_first": not cursor,
    }
    is_more = request.headers.get("HX-Request") == "true" and cursor
    return render(request, "portal/_rows.html" if is_more else "portal/requests.html", context)


def request_context(ticket: Ticket, *, before: int | None = None) -> dict[str, Any]:
    """What the page of one request shows."""
    return {
        "ticket": ticket,
        "headline": for_customer.headline(ticket),
        "steps": for_customer.steps(ticket),
        "fields": for_customer.public_fields(ticket),
        "conversation": for_customer.conversation(ticket, company=company_name(), before=before),
        "may_solve": ticket.status_category not in {StatusCategory.SOLVED, StatusCategory.CLOSED},
        "is_closed": ticket.is_closed,
        "asks_satisfaction": for_customer.open_question(ticket),
        "scores": score_choices(),
        "reasons": SatisfactionReason.choices,
        "answer_token": new_token(18),
        "limits": file_limits(),
        "panels": panels("portal.request", ticket=ticket),
        "place": "requests",
    }


def score_choices() -> list[dict[str, Any]]:
    """The five grades, best first, in words."""
    words = {
        5: _("Very satisfied"),
        4: _("Satisfied"),
        3: _("Neutral"),
        2: _("Dissatisfied"),
        1: _("Very dissatisfied"),
    }
    return [{"value": score, "label": words[score]} for score in SCORES]


def _find(customer: Customer, number: str) -> Ticket:
    return for_customer.get_request(customer, number)


def _earlier(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@require_GET
@customer_page
def request_detail(request: CustomerRequest, number: str) -> HttpResponse:
    """One request: where it stands, the conversation, the answer box. With `before`, its earlier messages."""
    try:
        ticket = _find(request.customer, number)
    except NotFound:
        return missing(request)
    if ticket.number != number:
        return HttpResponseRedirect(reverse("portal_request", args=[ticket.number]))
    context = request_context(ticket, before=_earlier(request))
    return render(request, "portal/request.html", context)


@require_GET
@customer_page
def request_fragment(request: CustomerRequest, number: str) -> HttpResponse:
    """The moving parts of the page, asked for while it is looked at; 204 when the asker has seen the newest."""
    try:
        ticket = _find(request.customer, number)
    except NotFound:
        return HttpResponse(status=404)
    context = request_context(ticket)
    seen = f"{context['conversation'].newest}-{ticket.status_category}"
    if request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    return render(request, "portal/_live.html", context)


@require_POST
@customer_page
def solve(request: CustomerRequest, number: str) -> HttpResponse:
    """The customer says that the matter is settled."""
    try:
        ticket = _find(request.customer, number)
        solve_as_customer(ticket.pk, by=Actor.of_customer(request.customer, origin="portal"))
    except NotFound:
        return missing(request)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(reverse("portal_request", args=[number]))


def score_of(request: HttpRequest) -> int:
    """The grade that was chosen; 0 for none."""
    text = request.POST.get("score", "")
    return int(text) if text in {"1", "2", "3", "4", "5"} else 0


@require_POST
@customer_page
def rate(request: CustomerRequest, number: str) -> HttpResponse:
    """The five-grade question, answered on the page of the request."""
    try:
        ticket = _find(request.customer, number)
        answer_satisfaction(
            ticket.pk,
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
        context = request_context(ticket) | {"rate_error": said, "rate_comment": request.POST.get("comment", "")[:5000]}
        return render(request, "portal/request.html", context, status=422)
    return HttpResponseRedirect(reverse("portal_request", args=[number]))


@require_http_methods(["GET", "POST"])
@portal_page
def rate_by_link(request: CustomerRequest, text: str) -> HttpResponse:
    """The same by a link in a mail, without signing in; looking changes nothing, and it answers once."""
    try:
        row = find_satisfaction(text)
    except NotFound:
        return missing(request)
    context: dict[str, Any] = {
        "scores": score_choices(),
        "reasons": SatisfactionReason.choices,
        "about": row,
        "is_answered": row.answered_at is not None,
    }
    status = 200
    if request.method == "POST" and row.answered_at is None:
        try:
            answer_by_link(
                text,
                score=score_of(request),
                reason=request.POST.get("reason", ""),
                comment=request.POST.get("comment", ""),
            )
            context["is_answered"] = True
        except AlreadyAnswered:
            context["is_answered"] = True
        except TooMany as refusal:
            status, context["rate_error"] = refusal.status, str(refusal)
        except Invalid as refusal:
            status, context["rate_error"] = 422, " ".join(map(str, refusal.fields.values())) or str(refusal)
            context["rate_comment"] = request.POST.get("comment", "")[:5000]
    response = render(request, "portal/rate.html", context, status=status)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response

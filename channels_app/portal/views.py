"""The portal's pages on which a customer writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from channels_app.asking import asked_fields
from channels_app.portal.forms import AnswerForm, NewRequestForm, fresh_token
from channels_app.portal.inbound import Written, write
from channels_app.submissions import Submitted
from helpdesk.core import throttle
from helpdesk.core.company import company_name
from helpdesk.core.errors import NotFound, TooMany
from helpdesk.core.middleware import client_address
from helpdesk.core.uploads import file_limits
from helpdesk.customers.access import CustomerRequest, customer_page
from helpdesk.customers.models import Order
from helpdesk.customers.sessions import session_of
from tickets.intake.accounts import portal_account
from tickets.models import Ticket
from tickets.portal import missing, request_context
from tickets.selectors.for_customer import get_request

# A person does not write more than this; a script does.
MESSAGES_PER_TEN_MINUTES = 20


def _written(request: CustomerRequest, written: Written, token: str) -> Submitted:
    throttle.limit(f"portal-write:{request.customer.pk}", MESSAGES_PER_TEN_MINUTES, per=timedelta(minutes=10))
    session = session_of(request)
    assert session is not None
    return write(session, written, token=token, language=get_language() or "en", client=client_address(request))


def _answer_page(request: CustomerRequest, ticket: Ticket, form: AnswerForm, status: int, **more: Any) -> HttpResponse:
    context = request_context(ticket) | {"form": form} | more
    context["answer_token"] = form["token"].value() or context["answer_token"]
    response = render(request, "portal/request.html", context, status=status)
    if status == TooMany.status:
        response["Retry-After"] = "600"
    return response


@require_POST
@customer_page
def answer(request: CustomerRequest, number: str) -> HttpResponse:
    """An answer on a request. On a closed one it opens a linked follow-up."""
    try:
        ticket = get_request(request.customer, number)
    except NotFound:
        return missing(request)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer_page(request, ticket, form, 422)
    values = form.cleaned_data
    written = Written(text=values["text"], ticket=ticket, files=values["attachments"])
    try:
        submitted = _written(request, written, values["token"])
    except TooMany as refusal:
        return _answer_page(request, ticket, form, refusal.status, form_error=str(refusal))
    if submitted.ticket is None:
        pending = {"text": values["text"], "at": timezone.now(), "files": [file.name for file in values["attachments"]]}
        # the same token: sending it again means the same message
        return _answer_page(request, ticket, AnswerForm(initial={"token": values["token"]}), 202, pending=pending)
    address = reverse("portal_request", args=[submitted.ticket.number])
    return HttpResponseRedirect(f"{address}?sent=1#message-{submitted.message.pk if submitted.message else ''}")


@require_http_methods(["GET", "POST"])
@customer_page
def new_request(request: CustomerRequest) -> HttpResponse:
    """Open a request: what it is about, in words, with photos."""
    asked = asked_fields(portal_account())
    orders = list(Order.objects.filter(customer=request.customer).order_by("-placed_at")[:8])
    context: dict[str, Any] = {"limits": file_limits(), "orders": orders, "place": "new"}
    if request.method == "GET":
        initial = {"token": fresh_token(), "order": request.GET.get("order", "")[:60]}
        return render(request, "portal/new.html", context | {"form": NewRequestForm(initial=initial, asked=asked)})
    form = NewRequestForm(request.POST, request.FILES, asked=asked)
    context["form"] = form
    if not form.is_valid():
        return render(request, "portal/new.html", context, status=422)
    values = form.cleaned_data
    written = Written(
        text=values["text"],
        subject=values["subject"],
        kind=values["kind"],
        order=values["order"],
        fields=form.asked_values(),
        files=values["attachments"],
    )
    try:
        submitted = _written(request, written, values["token"])
    except TooMany as refusal:
        response = render(request, "portal/new.html", context | {"form_error": str(refusal)}, status=refusal.status)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    if submitted.ticket is None:
        return render(request, "portal/taken.html", {"company": company_name()}, status=202)
    return HttpResponseRedirect(f"{reverse('portal_request', args=[submitted.ticket.number])}?new=1")

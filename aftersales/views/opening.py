"""Opening a claim from a ticket, with the policy's verdict while it is filled in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersales.claims.models import ClaimKind, Verdict
from aftersales.claims.services.judging import judge_application
from aftersales.claims.services.opening import open_claim
from aftersales.forms.opening import OpenClaimForm
from aftersales.selectors.claim_page import in_language
from aftersales.selectors.things import lines_of_order, newest_orders, registered_of
from helpdesk.accounts.desk import actor_of, desk, is_htmx, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core import clock
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.saving import add_refusal
from tickets.selectors.ticket_page import visible_ticket


@desk(permission=CLAIM_WORK)
@require_http_methods(["GET", "POST"])
def open_for_ticket(request: HttpRequest, number: str) -> HttpResponse:
    """`/tickets/HD-1/claims/`: the form (in the desk's dialog for htmx), and the claim that it opens.

    A POST with `draft` opens nothing: it shows the form as the chosen kind and order ask for it, or (`draft=verdict`) what the
    policy says so far.
    """
    ticket = visible_ticket(staff_of(request), number)
    form, around = _form(request, ticket)
    step = request.POST.get("draft", "")
    if step == "verdict":
        return render(request, "aftersales/_verdict_so_far.html", {"judged": verdict_so_far(form)})
    if request.method == "POST" and not step and form.is_valid():
        try:
            claim = open_claim(ticket.pk, form.draft(), by=actor_of(request))
        except NotFound:
            raise
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            words = _("%(number)s opened: %(verdict)s") % {
                "number": claim.number,
                "verdict": Verdict(claim.verdict).label,
            }
            if is_htmx(request):
                response = with_event(HttpResponse(), "dialogClose", True)
                return with_toast(with_event(response, "context:changed", True), words, kind="success")
            messages.success(request, words)
            return redirect(f"/claims/{claim.number}/")
    shows_errors = request.method == "POST" and not step
    judged = verdict_so_far(form) if request.method == "POST" else None
    context = around | {"form": form, "ticket": ticket, "judged": judged, "shows_errors": shows_errors}
    if step:
        form = context["form"] = _unbound(form)
    template = "aftersales/_open_dialog.html" if is_htmx(request) else "aftersales/open_claim.html"
    return render(request, template, context, status=422 if shows_errors and form.errors else 200)


def _form(request: HttpRequest, ticket: Any) -> tuple[OpenClaimForm, dict[str, Any]]:
    """The form for the order or thing that was chosen, of this customer."""
    given = request.POST if request.method == "POST" else request.GET
    orders, registered = newest_orders(ticket.customer_id), registered_of(ticket.customer_id)
    chosen = given.get("about", "")
    order = next((row for row in orders if chosen == f"order-{row.pk}"), None)
    thing = next((row for row in registered if chosen == f"thing-{row.pk}"), None)
    if not chosen and orders:
        order = orders[0]
    if thing is not None and thing.order_line is not None and thing.order_line.order.customer_id == ticket.customer_id:
        order, thing = thing.order_line.order, None
    kind = given.get("kind", "")
    form = OpenClaimForm(
        ticket.customer,
        order=order,
        lines=lines_of_order(order) if order else (),
        registered=thing,
        kind=kind if kind in ClaimKind.values and kind != ClaimKind.CASE else ClaimKind.RETURN,
        data=request.POST if request.method == "POST" else None,
        files=request.FILES or None,
    )
    base = f"/tickets/{ticket.number}/claims/"
    return form, {
        "orders": orders,
        "things": registered,
        "chosen_order": order.pk if order else None,
        "chosen_thing": thing.pk if thing else None,
        "base": base,
        "rail_current": "tickets",
    }


def _unbound(form: OpenClaimForm) -> OpenClaimForm:
    """The same form with what was typed and without complaints: the person is still at it."""
    typed = {name: value for name, value in form.data.items() if name in form.fields}
    made = OpenClaimForm(
        form.customer, order=form.order, lines=form.lines, registered=form.registered, kind=form.claim_kind
    )
    if typed.get("kind") == made.initial["kind"] and "was_kind" in form.data and form.data["was_kind"] != typed["kind"]:
        typed.pop("reason", None)
    made.initial.update(typed)
    return made


def verdict_so_far(form: OpenClaimForm) -> dict[str, str] | None:
    """What the policy says of what is filled in so far; None while it cannot be said."""
    form.is_valid()
    if form.lines and not form.quantities() and form.claim_kind not in {"invoice", "address_change", "complaint"}:
        return None
    try:
        judged = judge_application(form.application(), clock.now()).whole
    except Refused:
        return None
    return {
        "verdict": judged.verdict,
        "label": str(Verdict(judged.verdict).label),
        "words": in_language(judged.words),
    }

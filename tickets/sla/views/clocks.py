"""Fragments of a ticket's page about its clocks, and the list of missed deadlines that nobody has explained."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from helpdesk.accounts.desk import actor_of, desk, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import ASSIGN, EDIT, VIEW_TEAM
from helpdesk.core import keyset
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.saving import add_refusal
from tickets.models import Ticket
from tickets.selectors.ticket_page import visible_id, visible_ticket
from tickets.sla.explaining import explain_clock
from tickets.sla.models import Breach, BreachCause
from tickets.sla.panel import clock_rows, clocks_panel, shown
from tickets.sla.services.breaches import CAUSES, MOST_WORDS, explain_breach
from tickets.sla.words import metric_name

PAGE_SIZE = 50


@desk(permission=VIEW_TEAM)
@require_GET
def clock_why(request: HttpRequest, number: str, clock_id: str) -> HttpResponse:
    """Why a clock is due when it is: the promise, the arithmetic day by day, the ledger."""
    rows: Any = clock_rows(visible_id(staff_of(request), number)).select_related("target__calendar")
    clock = rows.filter(pk=clock_id).first()
    if clock is None:
        raise NotFound
    context = {"clock": shown(clock), "why": explain_clock(clock), "zone": clock.target.calendar.timezone}
    return render(request, "sla/_why.html", context)


class BreachForm(forms.Form):
    """A reason from the list, and words."""

    cause = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[("", "–"), *CAUSES],
        error_messages={"required": gettext_lazy("Choose a reason from the list.")},
    )
    words = forms.CharField(
        label=gettext_lazy("In a few words"),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For colleagues only. The customer does not see it."),
    )


@desk(permission=EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def breach(request: HttpRequest, number: str, breach_id: str) -> HttpResponse:
    """The dialog that asks why a deadline was missed; once it is answered, the ticket's deadlines as they stand then."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    found = Breach.objects.filter(pk=breach_id, ticket_id=ticket.pk).exclude(cause=BreachCause.MOVED).first()
    if found is None:
        raise NotFound
    form = BreachForm(request.POST or None, initial={"cause": found.cause, "words": found.words})
    if request.method == "POST" and form.is_valid():
        try:
            explain_breach(ticket.pk, found.pk, by=actor_of(request), **form.cleaned_data)
        except Refused as refusal:
            if refusal.status in {403, 404}:
                raise
            add_refusal(form, refusal)
        else:
            return _explained(request, ticket, staff)
    context = {
        "form": form,
        "breach": found,
        "metric": metric_name(found.metric),
        "base": f"/tickets/{ticket.number}/",
        "title": _("Why was it missed?"),
    }
    # htmx swaps what comes with 200 only; the form says by itself what is wrong
    return render(request, "sla/_breach_dialog.html", context)


def _explained(request: HttpRequest, ticket: Any, staff: Any) -> HttpResponse:
    panel = clocks_panel(ticket=ticket, staff=staff)
    response = render(request, "sla/_clocks.html", {"panel": panel, "oob": True})
    return with_event(with_toast(response, _("Reason saved")), "dialogClose", True)


@desk(permission=ASSIGN)
@require_GET
def breach_list(request: HttpRequest) -> HttpResponse:
    """Missed deadlines that nobody has explained, the latest first, of the tickets that the person sees."""
    tickets = Ticket.objects.visible_to(staff_of(request)).filter(merged_into__isnull=True, is_spam=False)
    rows = Breach.objects.filter(cause="", ticket__in=tickets).select_related("ticket__owner", "ticket__team")
    page = keyset.page(rows, request.GET.get("cursor") or None, by="due_at", size=PAGE_SIZE)
    listed = [{"breach": row, "ticket": row.ticket, "metric": metric_name(row.metric)} for row in page.rows]
    context = {
        "rows": listed,
        "next_url": f"/breaches/?cursor={page.next}" if page.next else "",
        "rail_current": "breaches",
    }
    return render(request, "sla/breaches.html", context)

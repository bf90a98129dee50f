"""Opening a sub-ticket from a ticket's page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import EDIT
from helpdesk.core.errors import Refused
from helpdesk.core.saving import add_refusal
from tickets.automation.forms import SubTicketForm
from tickets.automation.models import SubTicketTemplate
from tickets.selectors.ticket_page import visible_ticket
from tickets.services.sub_tickets import open_sub_ticket
from tickets.views.editing import changed


@desk(permission=EDIT)
@require_http_methods(["GET", "POST"])
def open_sub(request: HttpRequest, number: str) -> HttpResponse:
    """The form (`?template=` fills it in), and the sub-ticket that it makes."""
    ticket = visible_ticket(staff_of(request), number)
    templates = list(SubTicketTemplate.objects.filter(is_active=True, team__is_active=True).select_related("team"))
    templates.sort(key=lambda row: row.kind != ticket.kind)
    chosen = next((row for row in templates if row.pk == number_in(request.GET.get("template"))), None)
    initial = {"team": chosen.team_id, "subject": chosen.subject, "text": chosen.text} if chosen else {}
    form = SubTicketForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            sub = open_sub_ticket(ticket.pk, by=actor_of(request), **form.cleaned_data)
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            words = _("%(number)s opened for %(team)s") % {"number": sub.number, "team": sub.team.label}
            if not is_htmx(request):
                return redirect(f"/tickets/{ticket.number}/")
            response = with_event(changed(request, number), "dialogClose", True)
            return with_toast(with_event(response, "context:changed", True), words, kind="success")
    context = {
        "ticket": ticket,
        "form": form,
        "base": f"/tickets/{ticket.number}/",
        "templates": templates,
        "chosen": chosen,
    }
    return render(request, "automation/_sub_ticket_form.html", context, status=422 if form.errors else 200)

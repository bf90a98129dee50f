"""Asking experts on a ticket's page, answering, concluding; and the list of what waits for me."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import NOTE, VIEW_TEAM
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.saving import add_refusal
from tickets.automation.forms import ConclusionForm, ConsultationForm, InviteForm
from tickets.automation.selectors import asked_by, waiting_for
from tickets.models import Consultation
from tickets.selectors.people import mentioned_in
from tickets.selectors.ticket_page import visible_ticket
from tickets.services import consulting
from tickets.views.editing import changed


def _of(request: HttpRequest, number: str, consultation_id: str) -> tuple[Any, Consultation]:
    """A consultation of a ticket that the person may see; `NotFound` otherwise."""
    ticket = visible_ticket(staff_of(request), number)
    row = Consultation.objects.filter(pk=int(consultation_id), ticket_id=ticket.pk).first()
    if row is None:
        raise NotFound
    return ticket, row


def _did(request: HttpRequest, number: str, words: str) -> HttpResponse:
    """Back on the ticket: the header, the dialog closed, the context column asked for again."""
    if not is_htmx(request):
        return redirect(f"/tickets/{number}/")
    response = with_event(changed(request, number), "dialogClose", True)
    return with_toast(with_event(response, "context:changed", True), words, kind="success")


def _form_page(
    request: HttpRequest, number: str, form: Any, template: str, call: Callable[[], Any], words: str, **context: Any
) -> HttpResponse:
    """A dialog with a form: shown, or carried out."""
    if request.method == "POST" and form.is_valid():
        try:
            call()
            return _did(request, number, words)
        except Refused as refusal:
            if refusal.status in {403, 404}:
                raise
            add_refusal(form, refusal)
    context |= {"form": form, "base": f"/tickets/{number}/"}
    return render(request, template, context, status=422 if form.errors else 200)


@desk(permission=NOTE)
@require_http_methods(["GET", "POST"])
def open_consultation(request: HttpRequest, number: str) -> HttpResponse:
    """Ask experts."""
    ticket = visible_ticket(staff_of(request), number)
    form = ConsultationForm(request.POST if request.method == "POST" else None, but=staff_of(request).pk)

    def call() -> None:
        consulting.open_consultation(
            ticket.pk, question=form.cleaned_data["question"], by=actor_of(request), **form.chosen()
        )

    return _form_page(
        request, ticket.number, form, "automation/_consultation_form.html", call, _("The experts are asked"),
        title=_("Ask experts"), action=f"/tickets/{ticket.number}/consultations/", submit=_("Ask"),
    )  # fmt: skip


@desk(permission=NOTE)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, number: str, consultation_id: str) -> HttpResponse:
    """Ask further experts."""
    ticket, row = _of(request, number, consultation_id)
    form = InviteForm(request.POST if request.method == "POST" else None, but=staff_of(request).pk)
    return _form_page(
        request, ticket.number, form, "automation/_consultation_form.html",
        lambda: consulting.invite_experts(row.pk, by=actor_of(request), **form.chosen()), _("Invited"),
        title=_("Ask further experts"), action=f"/tickets/{ticket.number}/consultations/{row.pk}/invite/",
        submit=_("Invite"),
    )  # fmt: skip


@desk(permission=NOTE)
@require_http_methods(["GET", "POST"])
def conclude(request: HttpRequest, number: str, consultation_id: str) -> HttpResponse:
    """Write down what came of it."""
    ticket, row = _of(request, number, consultation_id)
    form = ConclusionForm(request.POST if request.method == "POST" else None)
    return _form_page(
        request, ticket.number, form, "automation/_consultation_form.html",
        lambda: consulting.conclude_consultation(
            row.pk, conclusion=form.cleaned_data["conclusion"], by=actor_of(request)
        ),
        _("Concluded. The conclusion stays on the ticket."),
        title=_("Conclude the consultation"), action=f"/tickets/{ticket.number}/consultations/{row.pk}/conclude/",
        submit=_("Conclude"), question=row.question,
    )  # fmt: skip


@desk(permission=NOTE)
@require_POST
def withdraw(request: HttpRequest, number: str, consultation_id: str) -> HttpResponse:
    """It is no longer needed."""
    ticket, row = _of(request, number, consultation_id)
    consulting.withdraw_consultation(row.pk, by=actor_of(request))
    return _did(request, ticket.number, _("The consultation is withdrawn"))


@desk(permission=NOTE)
@require_POST
def leave(request: HttpRequest, number: str, consultation_id: str) -> HttpResponse:
    """One expert is asked no longer (`staff`), or leaves by themselves."""
    ticket, row = _of(request, number, consultation_id)
    staff_id = number_in(request.POST.get("staff")) or staff_of(request).pk
    consulting.withdraw_invitation(row.pk, staff_id=staff_id, by=actor_of(request))
    return _did(request, ticket.number, _("No longer asked"))


@desk(permission=NOTE)
@require_POST
def answer(request: HttpRequest, number: str, consultation_id: str) -> HttpResponse:
    """A note in the consultation."""
    ticket, row = _of(request, number, consultation_id)
    text = request.POST.get("text", "")
    called = [person.pk for person in mentioned_in(text)]
    consulting.write_in_consultation(row.pk, text, by=actor_of(request), mentions=called)
    return with_event(_did(request, ticket.number, _("Note added")), "ticket:news", True)


@desk(permission=VIEW_TEAM)
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """`/consultations/`: the questions that wait for me, and those that I have asked; four queries."""
    staff = staff_of(request)
    found = waiting_for(staff, cursor=request.GET.get("cursor"))
    context = {
        "invitations": found.rows,
        "asked": asked_by(staff) if not request.GET.get("cursor") else [],
        "next_url": f"?cursor={found.next}" if found.next else "",
        "rail_current": "consultations",
    }
    return render(request, "automation/consultations.html", context)

"""The triage view: tickets of which the model is not sure, each one key away from being sorted."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from helpdesk.accounts.desk import actor_of, desk, is_htmx, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import EDIT
from helpdesk.core import keyset
from helpdesk.core.templatetags.ui import lang_of
from tickets.access import parse_number
from tickets.models import Kind
from tickets.routing.recognition.selectors import KINDS, guesses_of, opening_words, waiting_for_triage
from tickets.routing.recognition.services.recognising import correct_ticket
from tickets.selectors.ticket_page import visible_id

PAGE_SIZE = 30


@require_safe
@desk(permission=EDIT)
def triage(request: HttpRequest) -> HttpResponse:
    """Oldest first; the first row takes the keys 1 to 7."""
    return _page(request)


def _page(request: HttpRequest) -> HttpResponse:
    staff = staff_of(request)
    cursor = request.GET.get("cursor") or None
    found = keyset.page(waiting_for_triage(staff), cursor, by="created_at", size=PAGE_SIZE, newest_first=False)
    words = opening_words([known.ticket_id for known in found.rows])
    context = {
        "rows": [_row(known, words.get(known.ticket_id, "")) for known in found.rows],
        "kinds": [(number, kind.value, kind.label) for number, kind in enumerate(KINDS, 1)],
        "next_url": f"?cursor={found.next}" if found.next else "",
        "skip_url": _skip(found.rows),
        "cursor": cursor or "",
        "rail_current": "triage",
    }
    template = "recognition/_triage_list.html" if is_htmx(request) else "recognition/triage.html"
    return render(request, template, context)


def _skip(rows: list[Any]) -> str:
    """Where the list goes on behind its first row."""
    return f"?cursor={keyset.encode(rows[0].created_at, rows[0].pk)}" if len(rows) > 1 else ""


def _row(known: Any, words: str) -> dict[str, Any]:
    ticket = known.ticket
    guesses = {guess.kind: guess for guess in guesses_of(known)}
    return {
        "ticket": ticket,
        # what it is about was said first; the latest message may be our own
        "words": words or ticket.preview,
        "lang": lang_of(ticket.subject),
        "guesses": guesses_of(known),
        "kinds": [
            {"key": number, "value": kind.value, "label": kind.label, "guess": guesses.get(kind.value)}
            for number, kind in enumerate(KINDS, 1)
        ],
    }


@require_POST
@desk(permission=EDIT)
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """One click or key says what the ticket is; the list comes back without it."""
    pk = parse_number(number)
    ticket = correct_ticket(pk, kind=request.POST.get("kind", ""), by=actor_of(request))
    words = _("%(number)s is sorted as %(kind)s") % {"number": ticket.number, "kind": Kind(ticket.kind).label}
    if is_htmx(request):
        return with_toast(_page(request), words, kind="success")
    return redirect("triage")


@require_POST
@desk(permission=EDIT)
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """From the ticket's page: kind or tone said by a person."""
    visible_id(staff_of(request), number)
    kind, tone = request.POST.get("kind") or None, request.POST.get("tone") or None
    ticket = correct_ticket(parse_number(number), by=actor_of(request), kind=kind, tone=tone)
    if not is_htmx(request):
        return redirect(f"/tickets/{ticket.number}/")
    response = with_event(HttpResponse(status=204), "context:changed", True)
    return with_toast(with_event(response, "ticket:changed", {"id": ticket.pk}), _("Saved."), kind="success")

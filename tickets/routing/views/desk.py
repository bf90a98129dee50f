"""An agent's side: the presence menu, offers, the next ticket, and why a ticket is where it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, staff_of, with_event, with_toast
from helpdesk.accounts.models import PresenceState, Staff
from helpdesk.accounts.permissions import ASSIGN_SELF, REPLY, VIEW_TEAM
from helpdesk.accounts.services.presence import CAPACITIES, set_presence
from helpdesk.core.errors import Invalid, NotFound
from tickets.models import Holder, Ticket
from tickets.routing.models import LoadKind
from tickets.routing.selectors.desk import open_offers, presence_of, state_of
from tickets.routing.selectors.explaining import explain_ticket
from tickets.routing.selectors.floor import KINDS
from tickets.routing.services.offers import accept_offer, decline_offer, take_next
from tickets.routing.words import obstacle_words, waiting_words
from tickets.selectors.ticket_page import visible_ticket

_LABELS = {LoadKind.CHAT: "chats", LoadKind.CALL: "calls", LoadKind.MAIL: "mails"}


# --- Presence --------------------------------------------------------------------------------------------------------
@desk
@require_http_methods(["GET", "POST"])
def presence(request: HttpRequest) -> HttpResponse:
    """`/presence/`: the person's state, capacities and load, as the menu of the rail shows them; a POST changes them."""
    staff = staff_of(request)
    if request.method == "POST":
        set_presence(
            by=actor_of(request),
            state=request.POST.get("state") or state_of(staff),
            capacities=_capacities(request, staff),
            is_overtime=request.POST["is_overtime"] == "yes" if "is_overtime" in request.POST else None,
        )
    response = render(request, "routing/_presence.html", presence_context(staff))
    if request.method == "POST":
        return with_event(response, "presence:changed", {"state": state_of(staff)})
    return response


def presence_context(staff: Staff) -> dict[str, Any]:
    mine = presence_of(staff)
    return {
        "mine": mine,
        "states": [{"value": state.value, "label": _STATE_WORDS[state.value]()} for state in PresenceState],
        "limits": [
            {
                "name": _LABELS[kind],
                "label": _KIND_WORDS[kind.value](),
                "most": mine.most[kind],
                "value": mine.chosen.get(kind, 0),
                "used": mine.used.get(kind, 0),
            }
            for kind in KINDS
        ],
    }


_STATE_WORDS = {
    "online": lambda: _("Online"),
    "busy": lambda: _("Busy: nothing new"),
    "away": lambda: _("Away"),
    "offline": lambda: _("Offline"),
}
_KIND_WORDS = {"chat": lambda: _("Chats"), "call": lambda: _("Calls"), "mail": lambda: _("Mails and others")}


def _capacities(request: HttpRequest, staff: Staff) -> dict[str, int | None]:
    """The figures that were sent. As much as the lead allows stays that: it follows when the lead allows more."""
    sent = {name: _figure(request.POST[name], name) for name in CAPACITIES if name in request.POST}
    most = {_LABELS[LoadKind(kind)]: figure for kind, figure in presence_of(staff).most.items()} if sent else {}
    return {name: None if value == most.get(name) else value for name, value in sent.items()}


def _figure(text: str, name: str) -> int | None:
    if not text.strip():
        return None
    value = number_in(text.strip(), most=10_000)
    if value is None:
        raise Invalid(fields={name: _("Enter a whole number.")})
    return value


# --- Offers ----------------------------------------------------------------------------------------------------------
@desk
@require_GET
def offers(request: HttpRequest) -> HttpResponse:
    """`/offers/`: what is on offer to the person, as cards, and their state for the dot on the rail."""
    return _offers(request)


def _offers(request: HttpRequest) -> HttpResponse:
    staff = staff_of(request)
    context = {
        "offers": open_offers(staff),
        "state": state_of(staff),
        "may_take": staff.can(ASSIGN_SELF) and staff.can(REPLY),
    }
    return render(request, "routing/_offers.html", context)


@desk(permission=ASSIGN_SELF)
@require_POST
def accept(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Take the offered ticket, and open it."""
    ticket = accept_offer(offer_id, by=actor_of(request))
    return _taken(request, ticket)


@desk(permission=ASSIGN_SELF)
@require_POST
def decline(request: HttpRequest, offer_id: int) -> HttpResponse:
    decline_offer(offer_id, by=actor_of(request))
    return with_toast(_offers(request), _("Declined. Somebody else is asked."))


@desk(permission=ASSIGN_SELF)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """`/queues/next/`: the next waiting ticket for the person, of the named team or all of theirs."""
    ticket = take_next(by=actor_of(request), team_id=number_in(request.POST.get("team")))
    return _taken(request, ticket)


def _taken(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    url = f"/tickets/{ticket.number}/"
    if not is_htmx(request):
        return HttpResponseRedirect(url)
    words = _("%(number)s is yours.") % {"number": ticket.number}
    return with_event(with_toast(_offers(request), words, kind="success"), "ticket:taken", {"url": url})


# --- Why -------------------------------------------------------------------------------------------------------------
@desk(permission=VIEW_TEAM)
@require_GET
def ticket_routing(request: HttpRequest, number: str) -> HttpResponse:
    """Why the ticket waits: each person of the team with their place, or what keeps them from it."""
    ticket = visible_ticket(staff_of(request), number)
    if ticket.holder != Holder.QUEUE:
        raise NotFound(_("This ticket does not wait any more."))
    return render(request, "routing/_why.html", explained_context(ticket))


def explained_context(ticket: Any) -> dict[str, Any]:
    """A dry run in words."""
    found = explain_ticket(ticket)
    kind = found.waiting.load_kind
    people = [
        {
            "person": verdict.person,
            "place": verdict.place,
            "why": obstacle_words(verdict.obstacle) if verdict.obstacle else "",
            "used": verdict.person.used.get(kind, 0),
            "most": verdict.person.most.get(kind, 0),
        }
        for verdict in found.verdicts
    ]
    return {"people": people, "words": waiting_words(found.counts, len(people)), "explained": found}

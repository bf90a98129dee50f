"""The command palette: everything that can be reached by typing, as JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from helpdesk.accounts.desk import desk, staff_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ASSIGN_SELF, CREATE, CUSTOMER_UNMASK, CUSTOMER_VIEW, REPLY, VIEW_TEAM
from helpdesk.core.errors import NotFound
from helpdesk.core.navigation import places_for
from helpdesk.customers.models import Customer, Identity
from tickets.palette import finders, ticket_verbs
from tickets.search import search_tickets
from tickets.selectors.ticket_page import visible_ticket
from tickets.selectors.views import groups_for
from tickets.views.ticket import rights

MOST = 6


@desk(permission=VIEW_TEAM)
@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """`/palette/?q=`: groups of tickets, customers, what other rooms find, views, actions and pages that this person may open."""
    staff = staff_of(request)
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    groups: list[dict[str, Any]] = []
    if request.GET.get("ticket"):
        groups.append({"label": _("This ticket"), "items": _matching(_verbs(staff, request.GET["ticket"]), q)})
    if q:
        groups.append({"label": _("Tickets"), "items": _tickets(staff, q)})
        if staff.can(CUSTOMER_VIEW):
            groups.append({"label": _("Customers"), "items": _customers(q, staff)})
        groups += [{"label": str(one.label), "items": list(one.find(staff, q))} for one in finders.values()]
    groups.append({"label": _("Actions"), "items": _matching(_actions(staff), q)})
    groups.append({"label": _("Views"), "items": _matching(_views(staff), q)})
    groups.append({"label": _("Go to"), "items": _matching(_places(staff), q)})
    return JsonResponse({"groups": [group for group in groups if group["items"]]})


def _matching(items: list[dict[str, Any]], q: str) -> list[dict[str, Any]]:
    words = q.lower().split()
    return [item for item in items if all(word in str(item["label"]).lower() for word in words)][: 8 if q else 12]


def _tickets(staff: Staff, q: str) -> list[dict[str, Any]]:
    found = search_tickets(staff, q, size=MOST).rows
    items = [
        {
            "label": ticket.subject,
            "hint": f"{ticket.number} · {ticket.customer.display_name}",
            "icon": "inbox",
            "url": f"/tickets/{ticket.number}/",
        }
        for ticket in found[:MOST]
    ]
    everything = {"label": _("All tickets with “%(q)s”") % {"q": q}, "icon": "search"}
    return [*items, {**everything, "url": f"/tickets/?{urlencode({'q': q})}"}]


def _customers(q: str, staff: Staff) -> list[dict[str, Any]]:
    if len(q) < 2:
        return []
    # who sees addresses masked must not guess them part by part
    part = {"value__part": q} if staff.can(CUSTOMER_UNMASK) else {"value": q.lower()}
    known = Identity.objects.filter(customer_id=OuterRef("pk"), **part)
    rows = Customer.objects.filter(merged_into__isnull=True).filter(Q(name__part=q) | Q(Exists(known)))
    return [
        {"label": customer.display_name, "hint": customer.region, "icon": "user", "url": f"/customers/{customer.pk}/"}
        for customer in rows.order_by("-pk")[:MOST]
    ]


def _actions(staff: Staff) -> list[dict[str, Any]]:
    items = []
    if staff.can(CREATE):
        items.append({"label": _("New ticket"), "icon": "plus", "url": "/tickets/new/", "keys": "c"})
    if staff.can(ASSIGN_SELF) and staff.can(REPLY):
        items.append({"label": _("Take next"), "icon": "take", "event": "ticket:take_next", "keys": "o n"})
    items.append({"label": _("Notifications"), "icon": "bell", "url": "/notifications/"})
    return items


def _verbs(staff: Staff, number: str) -> list[dict[str, Any]]:
    """What can be begun on the open ticket; nothing on one that the person may not see."""
    try:
        ticket = visible_ticket(staff, number[:30])
    except NotFound:
        return []
    base, can, event = f"/tickets/{ticket.number}/", rights(staff, ticket), "dialog:load"
    items = [
        ("sub", {"label": _("Open a sub-ticket"), "icon": "split", "keys": "b", "src": f"{base}sub-tickets/"}),
        ("consult", {"label": _("Ask experts"), "icon": "users", "keys": "q", "src": f"{base}consultations/"}),
    ]
    found = [item for right, item in items if can[right]]
    found += [item for more in ticket_verbs.values() for item in more(staff, ticket)]
    return [{**item, "hint": ticket.number, "event": event} for item in found]


def _views(staff: Staff) -> list[dict[str, Any]]:
    return [
        {
            "label": f"{group.label}: {view.label}" if group.label else str(view.label),
            "icon": view.icon,
            "url": f"/tickets/?view={view.key}",
        }
        for group in groups_for(staff)
        for view in group.views
    ]


def _places(staff: Staff) -> list[dict[str, Any]]:
    """Each page once, though two menus may lead there."""
    menus = ("rail", "claims", "admin", "foot", "account")
    found = {url: place for menu in reversed(menus) for place, url in places_for(staff, menu)}
    return [
        {
            "label": str(place.label),
            "icon": place.icon,
            "url": url,
            "keys": f"g {place.shortcut}" if place.shortcut else "",
        }
        for url, place in sorted(found.items(), key=lambda one: (menus.index(one[1].menu), one[1].order))
    ]

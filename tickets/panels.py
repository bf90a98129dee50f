"""Panels of the tickets room: in a ticket's context column and on a customer's profile.

A panel's `select` gets the page's loaded context (`ticket` or `customer`, `staff`, perhaps `identities`) and gives its
template's context at the cost of at most one query; None leaves the panel out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CUSTOMER_UNMASK, CUSTOMER_VIEW, EDIT
from helpdesk.core.registries import Panel, panels, panels_of
from helpdesk.customers.identities import mask_email, masked
from helpdesk.customers.models import Identity, IdentityKind, Order
from tickets.models import LinkKind, Ticket, TicketLink, TicketParticipant

# Panels that a ticket's first answer holds; the others come with the second request.
FIRST = {"tickets.customer", "tickets.clocks", "tickets.properties"}
# Panels that follow what happens to the ticket while it is open.
CHANGING = {"tickets.clocks"}
SLOT = "ticket.context"
MOST = 5


@dataclass(frozen=True)
class Drawn:
    """A panel ready to be included: its template and its context."""

    name: str
    template: str
    data: dict[str, Any]


def draw(slot: str, loaded: dict[str, Any]) -> list[Drawn]:
    """The panels of a slot that this person may see and that have something to show."""
    return _drawn(panels_of(slot), loaded)


def page_panels(loaded: dict[str, Any]) -> list[Drawn]:
    """The panels of a ticket's first answer."""
    return _drawn([panel for panel in panels_of(SLOT) if panel.name in FIRST], loaded)


def context_panels(loaded: dict[str, Any]) -> list[Drawn]:
    """The panels that follow."""
    return _drawn([panel for panel in panels_of(SLOT) if panel.name not in FIRST], loaded)


def changed_panels(loaded: dict[str, Any]) -> list[Drawn]:
    """The panels that come along with a changed header, besides the ticket's properties."""
    return _drawn([panel for panel in panels_of(SLOT) if panel.name in CHANGING], loaded)


def _drawn(found: list[Panel], loaded: dict[str, Any]) -> list[Drawn]:
    staff: Staff = loaded["staff"]
    drawn = []
    for panel in found:
        if panel.permission is None or staff.can(panel.permission):
            data = panel.select(**loaded)
            if data is not None:
                drawn.append(Drawn(panel.name, panel.template, data))
    return drawn


SHORT_NAMES = {
    IdentityKind.EMAIL: pgettext_lazy("identity", "E-mail"),
    IdentityKind.PHONE: pgettext_lazy("identity", "Phone"),
}


# --- A ticket's context column ---------------------------------------------------------------------------------------
def identity_items(identities: list[Identity]) -> list[dict[str, Any]]:
    """Identities masked, with what they are."""
    icons = {IdentityKind.EMAIL: "email", IdentityKind.PHONE: "phone", IdentityKind.OPENID: "wechat"}
    return [
        {
            "id": identity.pk,
            "kind": SHORT_NAMES.get(IdentityKind(identity.kind)) or identity.get_kind_display(),
            "icon": icons.get(IdentityKind(identity.kind), "user"),
            "value": masked(identity.kind, identity.value),
            "is_verified": identity.is_verified,
        }
        for identity in identities
    ]


def customer_panel(*, ticket: Any, staff: Staff, identities: list[Identity] | None = None, **_: Any) -> dict[str, Any]:
    """Who the customer is; no query when the identities are loaded."""
    if identities is None:
        identities = list(Identity.objects.filter(customer_id=ticket.customer_id).order_by("-is_primary", "id"))
    return {
        "customer": ticket.customer,
        "identities": identity_items(identities[:MOST]),
        "more": max(0, len(identities) - MOST),
        "may_unmask": staff.can(CUSTOMER_UNMASK),
        "may_open": staff.can(CUSTOMER_VIEW),
        "ticket": ticket,
    }


def properties_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any]:
    """What the ticket is, beyond its header; no query."""
    return {"ticket": ticket, "may_edit": staff.can(EDIT) and ticket.merged_into_id is None}


def earlier_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The customer's other tickets, newest first, as far as the reader may see them."""
    rows = Ticket.objects.visible_to(staff).filter(customer_id=ticket.customer_id, parent__isnull=True)
    rows = rows.exclude(pk__in=[pk for pk in (ticket.pk, ticket.parent_id) if pk])
    found = list(rows.select_related("status").order_by("-last_activity_at", "-pk")[: MOST + 1])
    if not found:
        return None
    return {"tickets": found[:MOST], "has_more": len(found) > MOST, "customer_id": ticket.customer_id}


def orders_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The customer's newest orders."""
    found = list(Order.objects.filter(customer_id=ticket.customer_id).order_by("-placed_at")[: MOST + 1])
    return {"orders": found[:MOST], "has_more": len(found) > MOST, "customer_id": ticket.customer_id} if found else None


def participants_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """Who takes part besides the customer."""
    rows = TicketParticipant.objects.filter(ticket_id=ticket.pk).exclude(role="requester").order_by("pk")
    found = [
        {"name": row.name or "", "address": mask_email(row.address) if "@" in row.address else row.address, "row": row}
        for row in rows[:20]
    ]
    return {"people": found} if found else None


def links_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """Tickets tied to this one, in both directions, as far as the reader may see them."""
    visible = Ticket.objects.visible_to(staff)
    rows = TicketLink.objects.filter(
        Q(source_id=ticket.pk, target__in=visible) | Q(target_id=ticket.pk, source__in=visible)
    )
    rows = rows.select_related("source__status", "target__status").order_by("pk")
    found = []
    for link in rows[:20]:
        forward = link.source_id == ticket.pk
        other = link.target if forward else link.source
        found.append({"link": link, "other": other, "kind": LinkKind(link.kind).label, "is_forward": forward})
    return {"links": found, "ticket": ticket} if found else None


def fields_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """Custom fields of the ticket's kind with their values."""
    from tickets.models import CustomField

    defined = CustomField.objects.filter(is_active=True, kind__in=["", ticket.kind])
    found = [{"field": field, "value": field.shown(ticket.fields.get(field.key))} for field in defined]
    return {"fields": found, "ticket": ticket} if found else None


# --- A customer's profile --------------------------------------------------------------------------------------------
def profile_tickets(*, customer: Any, staff: Staff, **_: Any) -> dict[str, Any]:
    """The customer's tickets on one timeline, as far as the reader may see them."""
    rows = Ticket.objects.visible_to(staff).filter(customer_id=customer.pk, parent__isnull=True)
    rows = rows.select_related("status", "owner", "team")
    return {"tickets": list(rows.order_by("-last_activity_at", "-pk")[:50])}


def register() -> None:
    """Fill the kernel's registry."""
    add = panels.add
    own = "tickets/panels"
    add("tickets.customer", Panel("tickets.customer", SLOT, 10, f"{own}/customer.html", customer_panel))
    add("tickets.properties", Panel("tickets.properties", SLOT, 20, f"{own}/properties.html", properties_panel))
    add("tickets.orders", Panel("tickets.orders", SLOT, 30, f"{own}/orders.html", orders_panel, CUSTOMER_VIEW))
    add("tickets.fields", Panel("tickets.fields", SLOT, 35, f"{own}/fields.html", fields_panel))
    add("tickets.earlier", Panel("tickets.earlier", SLOT, 40, f"{own}/earlier.html", earlier_panel))
    add("tickets.links", Panel("tickets.links", SLOT, 50, f"{own}/links.html", links_panel))
    add("tickets.participants", Panel("tickets.participants", SLOT, 60, f"{own}/participants.html", participants_panel))
    add(
        "tickets.profile",
        Panel("tickets.profile", "customer.profile", 40, f"{own}/profile_tickets.html", profile_tickets),
    )

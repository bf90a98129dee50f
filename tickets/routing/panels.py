"""What routing shows beside a ticket: why it is with this person, to whom it is offered, or that it waits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff
from helpdesk.core.registries import Panel, panels
from tickets.models import Holder
from tickets.panels import SLOT
from tickets.routing.models import OfferState
from tickets.routing.selectors.explaining import latest_offer
from tickets.routing.words import reasons_of

_HEADINGS = {
    OfferState.OPEN: _("Offered to"),
    OfferState.ACCEPTED: _("Accepted by"),
    OfferState.GIVEN: _("Given to"),
    OfferState.PULLED: _("Taken by"),
}


def routing_panel(*, ticket: Any, staff: Staff, **_more: Any) -> dict[str, Any] | None:
    """Why me; one query, and one more only when the reason names a skill."""
    if ticket.is_finished or ticket.holder not in {Holder.QUEUE, Holder.AGENT}:
        return None
    offer = latest_offer(ticket)
    if offer is None and ticket.holder != Holder.QUEUE:
        return None
    return {
        "ticket": ticket,
        "offer": offer,
        "heading": _HEADINGS.get(OfferState(offer.state), "") if offer else "",
        "is_mine": offer is not None and offer.staff_id == staff.pk,
        "why": reasons_of(offer, reader_id=staff.pk) if offer else [],
    }


def register() -> None:
    """Fill the kernel's registry."""
    panels.add("routing.why", Panel("routing.why", SLOT, 25, "routing/panel.html", routing_panel))

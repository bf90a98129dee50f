"""Claims in the command palette."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.claims.models import Claim
from aftersales.selectors.listing import ids_matching
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_WORK
from tickets.models import Ticket
from tickets.palette import Finder, finders, ticket_verbs

MOST = 6


def find_claims(staff: Staff, q: str) -> list[dict[str, Any]]:
    """Claims by their number, their order's, a serial or a case number, as far as the person sees them."""
    rows = Claim.objects.visible_to(staff).filter(pk__in=ids_matching(q)).select_related("customer")
    return [
        {
            "label": f"{claim.get_kind_display()} {claim.number}",
            "hint": f"{claim.customer.display_name} · {claim.place.label}",
            "icon": "claims",
            "url": f"/claims/{claim.number}/",
        }
        for claim in rows.order_by("-pk")[:MOST]
    ]


def verbs_on(staff: Staff, ticket: Ticket) -> list[dict[str, Any]]:
    """A claim can be opened on a ticket that is one of its own."""
    if not staff.can(CLAIM_WORK) or ticket.is_sub or ticket.merged_into_id is not None or ticket.is_spam:
        return []
    return [{"label": _("Open a claim"), "icon": "claims", "src": f"/tickets/{ticket.number}/claims/"}]


def register() -> None:
    """Fill the palette's registries."""
    finders.add("aftersales.claims", Finder(gettext_lazy("Claims"), find_claims))
    ticket_verbs.add("aftersales.open_claim", verbs_on)

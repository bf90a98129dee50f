"""Parcels on the claim's pages: the desk's and the customer's."""

from __future__ import annotations

from aftersales.parcels.selectors import claim_parcels
from helpdesk.core.registries import Panel, panels


def register() -> None:
    """Fill the kernel's registry."""
    panels.add("parcels.claim", Panel("parcels.claim", "claim.page", 20, "parcels/panel.html", claim_parcels))
    panels.add("parcels.portal", Panel("parcels.portal", "portal.claim", 20, "parcels/portal.html", claim_parcels))

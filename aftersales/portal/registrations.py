"""What this room gives to the kernel's registries."""

from __future__ import annotations

from aftersales.portal.panels import claims_panel, orders_panel, request_panel
from helpdesk.core.registries import Panel, panels

panels.add(
    "portal.claims",
    Panel("portal.claims", "portal.home", 10, "aftersales/portal/panels/claims.html", claims_panel),
)
panels.add(
    "portal.request",
    Panel("portal.request", "portal.request", 10, "aftersales/portal/panels/request.html", request_panel),
)
panels.add(
    "portal.orders",
    Panel("portal.orders", "portal.home", 20, "aftersales/portal/panels/orders.html", orders_panel),
)

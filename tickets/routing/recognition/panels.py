"""Panels of recognition in a ticket's context column."""

from helpdesk.core.registries import Panel, panels
from tickets.panels import SLOT
from tickets.routing.recognition.selectors import facts_panel, recognition_panel


def register() -> None:
    """Fill the kernel's registry."""
    panels.add(
        "recognition.ticket", Panel("recognition.ticket", SLOT, 25, "recognition/panels/ticket.html", recognition_panel)
    )
    panels.add("recognition.facts", Panel("recognition.facts", SLOT, 26, "recognition/panels/facts.html", facts_panel))

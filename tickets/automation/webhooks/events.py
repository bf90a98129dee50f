"""The events that other systems may ask for, with their names for people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

EVERYTHING = "*"
# What the test button sends, and what a ladder, a rule or a macro sends by itself.
PING, CALLED = "ping", "action.called"

EVENTS: dict[str, Any] = {
    "ticket.created": _("a ticket was opened"),
    "ticket.assigned": _("a ticket got an owner, or lost it"),
    "ticket.transferred": _("a ticket went to another team"),
    "ticket.status_changed": _("a ticket's status changed"),
    "ticket.reopened": _("a ticket was re-opened"),
    "ticket.edited": _("subject, kind, priority, tags or fields changed"),
    "ticket.merged": _("a ticket was merged into another"),
    "ticket.sub_opened": _("a sub-ticket was opened"),
    "ticket.sub_changed": _("a sub-ticket moved on"),
    "message.received": _("a customer wrote"),
    "message.released": _("an answer went out"),
    "message.failed": _("an answer could not be sent"),
    "note.added": _("an internal note was added"),
    "clock.warned": _("a deadline came near"),
    "clock.breached": _("a deadline was missed"),
    "clock.escalated": _("a matter was raised"),
    "clock.met": _("a deadline was met"),
    "consultation.opened": _("experts were asked"),
    "consultation.concluded": _("a consultation was concluded"),
    "satisfaction.answered": _("a customer rated the help"),
}

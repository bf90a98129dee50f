"""What each kind of notification says, with its icon: in the list behind the bell and in mails."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, tuple[str, Any]] = {
    "assigned": ("assign", _("You were given this ticket")),
    "mentioned": ("mention", _("You were called in a note")),
    "watching": ("watch", _("You were added as a watcher")),
    "note.added": ("note", _("A note was added")),
    "message.received": ("reply", _("The customer wrote")),
    "ticket.reopened": ("reopen", _("It was re-opened")),
    "message.failed": ("alert", _("An answer could not be sent")),
    "ticket.assigned": ("assign", _("It has a new owner")),
    "clock.warned": ("clock", _("A deadline comes near")),
    "clock.breached": ("alert", _("A deadline was missed")),
    "clock.escalated": ("alert", _("It was raised to you")),
    "ticket.sub_solved": ("check", _("A sub-ticket is solved")),
    "ticket.sub_late": ("alert", _("A sub-ticket missed a deadline")),
    "consultation.invited": ("users", _("You are asked as an expert")),
    "consultation.answered": ("note", _("An expert answered")),
    "consultation.concluded": ("check", _("A consultation was concluded")),
    "offer.missed": ("clock", _("An offer went on to a colleague, since you did not take it in time")),
}

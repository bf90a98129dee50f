"""Recognition takes part in ticket verbs: whoever sets a kind or a priority by hand has said the last word."""

from __future__ import annotations

from typing import Any

from tickets.routing.recognition.models import LabelSource, Recognition, Source
from tickets.routing.recognition.services.recognising import keep_correction
from tickets.services.changing import Change


class Recognised:
    """Takes part in every ticket verb, before the clocks; costs nothing in changes that do not concern it."""

    def check(self, ticket: Any, change: Any) -> None:
        """Nothing to refuse."""

    def apply(self, ticket: Any, change: Change) -> None:
        """Keep a person's choice of kind as a correction, and their choice of priority as theirs."""
        if change.by.staff is None or change.is_new:
            return
        if change.changed("priority") and change.verb != "correct":
            Recognition.objects.filter(ticket_id=ticket.pk).update(priority_source=Source.PERSON)
        if change.changed("kind"):
            keep_correction(change, LabelSource.CORRECTED)
        elif change.get("is_spam") and change.changed("is_spam"):
            Recognition.objects.filter(ticket_id=ticket.pk).update(needs_triage=False)

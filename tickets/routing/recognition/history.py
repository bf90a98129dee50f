"""What recognition says in a ticket's history."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from helpdesk.core.models import Event
from tickets.history import SENTENCES, SHOWN, Names
from tickets.models import Kind, Tone
from tickets.routing.recognition.finding import BUILT_IN


def _kind(value: Any) -> str:
    return str(Kind(value).label) if value in Kind.values else str(value)


def _tone(value: Any) -> str:
    return str(Tone(value).label) if value in Tone.values else str(value)


def _facts(keys: Any) -> str:
    return ", ".join(str(BUILT_IN.get(key, key)) for key in keys or ())


def _recognised(event: Event, names: Names) -> str:
    share = event.data.get("confidence")
    words = _("Recognised as %(kind)s") % {"kind": _kind(event.data.get("kind"))}
    if event.data.get("needs_triage"):
        words = _("The model is not sure what it is about")
    elif share is not None:
        words = _("%(words)s, %(percent)s %%") % {"words": words, "percent": min(99, round(share * 100))}
    tone = event.data.get("tone")
    return f"{words} · {_tone(tone)}" if tone and tone != Tone.CALM else words


def _corrected(event: Event, names: Names) -> str:
    if event.data.get("source") == "confirmed":
        return _("Confirmed as %(kind)s") % {"kind": _kind(event.data.get("kind"))}
    return _("Sorted as %(kind)s") % {"kind": _kind(event.data.get("kind"))}


def _tone_corrected(event: Event, names: Names) -> str:
    return _("Tone: %(tone)s") % {"tone": _tone((event.data.get("tone") or ["", ""])[-1])}


def _found(event: Event, names: Names) -> str:
    return _("Found: %(facts)s") % {"facts": _facts(event.data.get("facts"))}


def _asked(event: Event, names: Names) -> str:
    return _("Asked the customer for: %(facts)s") % {"facts": _facts(event.data.get("facts"))}


def _complete(event: Event, names: Names) -> str:
    return _("Nothing is missing any more")


def register() -> None:
    """Add the sentences; what the panel shows anyway interrupts no conversation."""
    SHOWN.update({"ticket.recognised", "ticket.kind_corrected", "ticket.facts_found"})
    SENTENCES.update(
        {
            "ticket.recognised": ("wand", "", _recognised),
            "ticket.kind_corrected": ("triage", "", _corrected),
            "ticket.tone_corrected": ("tone-anger", "", _tone_corrected),
            "ticket.facts_found": ("check", "", _found),
            "ticket.facts_asked": ("send", "", _asked),
            "ticket.facts_complete": ("ok", "", _complete),
        }
    )

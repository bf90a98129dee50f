"""What claims say in a ticket's history."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.machines import MACHINES
from aftersales.claims.models import NUMBER_PREFIX, ClaimKind
from helpdesk.core.models import Event
from tickets.history import SENTENCES, Names


def _named(event: Event) -> dict[str, Any]:
    kind = event.data.get("kind")
    label = ClaimKind(kind).label if kind in ClaimKind.values else ""
    return {"number": f"{NUMBER_PREFIX}{event.data.get('claim') or '?'}", "kind": label}


def _opened(event: Event, names: Names) -> str:
    return _("Claim %(number)s opened: %(kind)s") % _named(event)


def _moved(event: Event, names: Names) -> str:
    machine = MACHINES.get(str(event.data.get("kind")))
    state = (event.data.get("state") or [None, None])[1]
    place = machine.by_key.get(str(state)) if machine else None
    return _("Claim %(number)s: %(state)s") % {**_named(event), "state": place.label if place else state}


def _recorded(event: Event, names: Names) -> str:
    return _("Record of claim %(number)s changed") % _named(event)


def register() -> None:
    """Add the sentences to the history of tickets."""
    SENTENCES.update(
        {
            "claim.opened": ("claims", "", _opened),
            "claim.moved": ("claims", "", _moved),
            "claim.recorded": ("claims", "", _recorded),
        }
    )

"""What parcels say in a ticket's history."""

from __future__ import annotations

from django.utils.translation import gettext as _

from aftersales.claims.models import NUMBER_PREFIX
from aftersales.parcels.choices import ParcelState
from helpdesk.core.models import Event
from tickets.history import SENTENCES, Names


def _values(event: Event) -> dict[str, str]:
    state = (event.data.get("state") or [None, ""])[1]
    return {
        "number": str(event.data.get("number") or "?"),
        "claim": f"{NUMBER_PREFIX}{event.data.get('claim') or '?'}",
        "state": str(ParcelState(state).label) if state in ParcelState.values else "",
    }


def _announced(event: Event, names: Names) -> str:
    return _("Parcel %(number)s of %(claim)s announced") % _values(event)


def _moved(event: Event, names: Names) -> str:
    return _("Parcel %(number)s of %(claim)s: %(state)s") % _values(event)


def _received(event: Event, names: Names) -> str:
    return _("Parcel %(number)s of %(claim)s received by the warehouse") % _values(event)


def register() -> None:
    """Add the sentences to the history of tickets."""
    SENTENCES["parcel.announced"] = ("package", "", _announced)
    SENTENCES["parcel.moved"] = ("truck", "", _moved)
    SENTENCES["parcel.received"] = ("package", "", _received)

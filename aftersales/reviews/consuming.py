"""Consumer of the event log: looks at claims when they are opened, inspected and at their end."""

from __future__ import annotations

from collections.abc import Sequence

from aftersales.claims.models import Claim
from aftersales.reviews.looking import look_at_claim
from aftersales.reviews.repeating import OTHER_MATTERS
from helpdesk.core.models import Event

_LOOKED_AT = {"inspected", "settled", "closed", "expired"}


def look_after(events: Sequence[Event]) -> None:
    """Rows only, written with the position; a hint that is there already is not written again."""
    ids = {
        event.data["claim"]
        for event in events
        if event.name == "claim.opened"
        or (event.name == "claim.moved" and (event.data.get("state") or ["", ""])[1] in _LOOKED_AT)
    }
    if not ids:
        return
    kinds = [str(kind) for kind in OTHER_MATTERS]
    for claim in Claim.objects.filter(pk__in=ids).exclude(kind__in=kinds).order_by("pk"):
        look_at_claim(claim)

"""Visits follow their claims: asked for, booked, freed and ended with the claim's moves."""

from __future__ import annotations

from django.utils.translation import gettext as _

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import Moving
from aftersales.visits.errors import VisitNotPossible
from aftersales.visits.models import Visit, VisitResult, VisitState
from aftersales.visits.services.asking import ask_within
from aftersales.visits.services.booking import Held, announce_booked, free_within, hold, write_booking
from aftersales.visits.services.changing import lock_visit, read_visit, save_visit
from aftersales.visits.services.telling import spoken_window
from tickets.services.changing import Change

# States in which a claim waits for somebody to come, or somebody is there.
_WITH_VISIT = frozenset({"awaiting_visit", "visit_arranged", "quoted_on_site"})


class Visits:
    """Takes part in moves into and out of the states in which somebody comes."""

    def check(self, moving: Moving) -> None:
        """A time that is chosen can still be kept; it is held until the transaction ends."""
        if moving.move.name == "arrange":
            visit = _open_visit(moving.claim, is_given=True) or ask_within(moving.claim, moving.now)
            moving.arguments["slot"] = held = hold(visit, moving.arguments.get("slot"), moving.now, by=moving.by)
            moving.data["slot"] = held.slot.key
            window = (held.slot.start, held.slot.end)
            moving.told["when"] = lambda: spoken_window(*window)
        elif moving.move.name == "rearrange":
            arranged = _open_visit(moving.claim)
            if arranged is not None and arranged.state == VisitState.CHECKED_IN:
                raise VisitNotPossible(_("The engineer is there: the visit ends with a result."), state=arranged.state)

    def apply(self, moving: Moving) -> None:
        """Write the visit that the move is about."""
        claim, change = moving.claim, moving.change
        visit = _open_visit(claim, is_given=moving.move.name == "arrange")
        if moving.move.name == "arrange" and visit is not None:
            held: Held = moving.arguments["slot"]
            write_booking(visit, held, moving.now, is_confirmed=True)
            announce_booked(change, visit, "visit.booked")
        elif moving.move.target == "awaiting_visit":
            if visit is None:
                visit = ask_within(claim, moving.now)
                change.announce("visit.asked", visit=visit.pk, claim=claim.pk)
            elif visit.state == VisitState.BOOKED:
                free_within(visit, change)
        elif visit is not None and moving.move.target not in _WITH_VISIT:
            _end(visit, moving, change)


def _open_visit(claim: Claim, *, is_given: bool = False) -> Visit | None:
    found = Visit.objects.filter(claim=claim).open().values_list("pk", flat=True).first()
    if found is None:
        return None
    visit = read_visit(found) if is_given else lock_visit(found)
    visit.claim = claim
    return visit


def _end(visit: Visit, moving: Moving, change: Change) -> None:
    """The claim goes on without the visit: one that somebody came to was of no use, another is never made."""
    if visit.state == VisitState.CHECKED_IN:
        is_part = moving.move.name == "wait_for_parts"
        visit.state, visit.finished_at = VisitState.FINISHED, moving.now
        visit.result = VisitResult.NEEDS_PART if is_part else VisitResult.NOT_POSSIBLE
    else:
        visit.state, visit.cancelled_at = VisitState.CANCELLED, moving.now
    visit.note = str(moving.arguments.get("note") or "")[:300]
    save_visit(visit)
    name = "visit.finished" if visit.state == VisitState.FINISHED else "visit.cancelled"
    change.announce(name, visit=visit.pk, claim=visit.claim_id, engineer=visit.engineer_id, result=visit.result)

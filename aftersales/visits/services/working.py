"""The engineer is there, and what came of it. The phone may tell it later than it happened: it says when, and sending the same
once more changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import make_move
from aftersales.visits.models import Visit, VisitResult, VisitState
from aftersales.visits.services.changing import changing_visit, is_of, require, save_visit
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from tickets.services.changing import Change

# How late a phone that was offline may tell what happened.
LATEST_WORD = timedelta(days=7)
MOST_WORDS = 4000


@dataclass(frozen=True)
class Position:
    """Where the phone was: degrees (WGS 84), and within how many metres."""

    latitude: float
    longitude: float
    within: int | None = None


def check_in(visit_id: int, *, by: Actor, at: datetime | None = None, position: Position | None = None) -> Visit:
    """The engineer has come; announces visit.checked_in. Said again, nothing changes.

    Refuses (`Forbidden`) anybody but the engineer who goes there, and (`Invalid`) a moment in the future or long ago.
    """
    with changing_visit(visit_id, "check_in", by=by) as (visit, _claim, change):
        _require_own(by, visit)
        if visit.state in {VisitState.CHECKED_IN, VisitState.FINISHED}:
            return visit
        check_in_within(visit, change, at=at, position=position)
    return visit


def check_in_within(
    visit: Visit, change: Change, *, at: datetime | None = None, position: Position | None = None
) -> None:
    """The same as a part of a change that the caller has opened (`changing_visit`)."""
    require(visit, VisitState.BOOKED)
    visit.checked_in_at = _moment(at, change.now, visit.asked_at)
    visit.state = VisitState.CHECKED_IN
    if position is not None:
        if not (-90 <= position.latitude <= 90 and -180 <= position.longitude <= 180):
            raise Invalid(fields={"position": _("This is no place on the map.")})
        visit.here_latitude, visit.here_longitude = position.latitude, position.longitude
        visit.here_within = min(max(position.within or 0, 0), 10**6)
    save_visit(visit)
    change.announce("visit.checked_in", visit=visit.pk, claim=visit.claim_id, engineer=visit.engineer_id)
    change.set(last_activity_at=change.now)


def finish(
    visit_id: int,
    result: str,
    *,
    by: Actor,
    work: str = "",
    note: str = "",
    at: datetime | None = None,
    part: Mapping[str, Any] | None = None,
) -> Visit:
    """The visit is at its end; announces visit.finished and moves the claim: `done` finishes the work, `needs_part` waits for
    parts, else another visit is asked for. The same result said again changes nothing.

    Refuses (`Forbidden`) anybody but the engineer who goes there, and (`VisitNotPossible`) a visit that nobody came to.
    """
    with changing_visit(visit_id, "finish_visit", by=by) as (visit, claim, change):
        _require_own(by, visit)
        if visit.state == VisitState.FINISHED and visit.result == result:
            return visit
        finish_within(visit, claim, change, result, by=by, work=work, note=note, at=at, part=part)
    return visit


def finish_within(
    visit: Visit,
    claim: Claim,
    change: Change,
    result: str,
    *,
    by: Actor,
    work: str = "",
    note: str = "",
    at: datetime | None = None,
    part: Mapping[str, Any] | None = None,
) -> None:
    """The same as a part of a change that the caller has opened (`changing_visit`), with rows of its own beside."""
    require(visit, VisitState.CHECKED_IN)
    if result not in VisitResult.values:
        raise Invalid(fields={"result": _("Choose what came of the visit.")})
    assert visit.checked_in_at is not None
    visit.result, visit.state = result, VisitState.FINISHED
    visit.work = work.replace("\x00", "").strip()[:MOST_WORDS]
    visit.note = note.replace("\x00", "").strip()[:300]
    visit.finished_at = _moment(at, change.now, visit.checked_in_at)
    save_visit(visit)
    change.announce("visit.finished", visit=visit.pk, claim=claim.pk, engineer=visit.engineer_id, result=result)
    if result == VisitResult.DONE:
        claim.has_visit_result = True
        make_move(claim, "finish_visit", change, by=by, given={})
    elif result == VisitResult.NEEDS_PART:
        make_move(claim, "wait_for_parts", change, by=by, given={"part": part})
    else:
        make_move(claim, "rearrange", change, by=by, given={"note": note})


def _require_own(by: Actor, visit: Visit) -> None:
    if not is_of(by, visit):
        raise Forbidden(_("This is somebody else's visit."))


def _moment(at: datetime | None, now: datetime, not_before: datetime) -> datetime:
    """When it happened by the phone's clock, which may be a little fast; now where it does not say."""
    if at is None:
        return max(now, not_before)
    if at > now + timedelta(minutes=10):
        raise Invalid(fields={"at": _("This moment lies in the future. Look at the clock of the phone.")})
    if at < now - LATEST_WORD:
        raise Invalid(fields={"at": _("This moment lies too long ago.")})
    return max(min(at, now), not_before)

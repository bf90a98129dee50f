"""A visit gets a time and somebody who goes: chosen by the customer or the desk, or moved by those who plan.

Two people who choose the last free time at once are told apart by the engineer's row: it is locked before the day is looked at
once more, and the database refuses an engineer who would be in two places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import make_move
from aftersales.visits.calc import Duty, Stop, walk
from aftersales.visits.errors import SlotTaken
from aftersales.visits.hooks import after_booking
from aftersales.visits.models import Engineer, Outlet, Visit, VisitState, VisitWindow
from aftersales.visits.services.asking import free_again, set_address
from aftersales.visits.services.changing import changing_visit, is_of, may_plan, require, save_visit
from aftersales.visits.services.telling import tell_rebooked
from aftersales.visits.slots import Offer, Slot, outlets_for, read_key, who_can_come, windows_of
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_day
from helpdesk.core.errors import Forbidden, Invalid
from tickets.services.changing import Change


@dataclass(frozen=True)
class Held:
    """A time that is held until the transaction ends: an engineer of the company with the day that they have then, or an
    outlet, which still has to accept."""

    slot: Slot
    offer: Offer | None = None
    outlet: Outlet | None = None
    is_pinned: bool = False


def hold(visit: Visit, given: Any, now: datetime, *, by: Actor) -> Held:
    """Hold a time for the visit. `given` is a slot's key, or `{"slot": key, "engineer": id}` for those who plan, who may also
    choose times that are not offered. `SlotTaken` when nobody can come any more, `Invalid` for what is no time."""
    wanted = given if isinstance(given, Mapping) else {"slot": given}
    slot = read_key(wanted.get("slot"))
    engineer_id = _id(wanted.get("engineer"))
    if engineer_id is not None and not may_plan(by):
        raise Forbidden
    if slot.start <= now:
        raise Invalid(fields={"slot": _("This time lies in the past.")})
    if not may_plan(by):
        _require_offered(slot, now)
    held = hold_engineer(visit, slot, now, only=engineer_id)
    if held is not None:
        return held
    if engineer_id is None:
        outlets = outlets_for(visit.skill_id, visit.area_id)
        if outlets and slot.start >= now + settings.VISIT_OUTLET_NOTICE:
            return Held(slot, outlet=outlets[0])
    raise SlotTaken


def _require_offered(slot: Slot, now: datetime) -> None:
    day = company_day(slot.start)
    offered = {(one.start, one.end) for one in windows_of(day, list(VisitWindow.objects.all()))}
    if (slot.start, slot.end) not in offered or slot.start < now + settings.VISIT_NOTICE:
        raise SlotTaken
    if (day - company_day(now)).days > settings.VISIT_DAYS_AHEAD:
        raise SlotTaken


class _Full(Exception):
    """Leaves the savepoint, and with it the engineer's lock."""


def hold_engineer(visit: Visit, slot: Slot, now: datetime, *, only: int | None = None) -> Held | None:
    """Hold the engineer whom it costs least to come at this time; None when nobody can."""
    for offer in who_can_come(visit, slot, now, only=only):
        try:
            with transaction.atomic():
                Engineer.objects.select_for_update(no_key=True, of=("self",)).get(pk=offer.duty.engineer_id)
                again = who_can_come(visit, slot, now, only=offer.duty.engineer_id)
                if not again:
                    raise _Full
                return Held(slot, offer=again[0], is_pinned=only is not None)
        except _Full:
            continue
    return None


def write_booking(visit: Visit, held: Held, now: datetime, *, is_confirmed: bool) -> None:
    """Give the visit what was held; the others of the engineer's day move within their windows."""
    visit.state = VisitState.BOOKED
    visit.window_start, visit.window_end = held.slot.start, held.slot.end
    visit.is_pinned = held.is_pinned
    visit.confirmed_at = now if is_confirmed else visit.confirmed_at
    if held.offer is None:
        visit.engineer, visit.outlet, visit.planned_at, visit.assigned_at = None, held.outlet, None, None
        save_visit(visit)
        return
    if visit.engineer_id != held.offer.duty.engineer_id:
        visit.assigned_at = now
    visit.engineer_id, visit.outlet = held.offer.duty.engineer_id, None
    with planned_times_asked_at_the_end():
        times = plan_day_within(held.offer.duty, held.offer.stops, leave=visit.pk)
        visit.planned_at = times[visit.pk]
        save_visit(visit)


class planned_times_asked_at_the_end:  # noqa: N801 — reads as a word in `with`
    """Within, engineers may be in two places on paper; at the end nobody is, or the database refuses it all."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS visit_engineer_once DEFERRED")

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS visit_engineer_once IMMEDIATE")


def plan_day_within(duty: Duty, stops: Sequence[Stop], *, leave: int | None = None) -> dict[int, datetime]:
    """Write when each visit of the day is reached (`leave`: all but one, which the caller writes); the times by visit."""
    reached = walk(duty, stops)
    assert reached is not None, "the day was found possible"
    times = {stop.id: datetime.fromtimestamp(second, UTC) for stop, second in zip(stops, reached, strict=True)}
    for stop in stops:
        if stop.arrived is None and stop.id != leave:
            # a visit that went to somebody else meanwhile is theirs to plan
            mine = Visit.objects.filter(pk=stop.id, state=VisitState.BOOKED, engineer_id=duty.engineer_id)
            mine.update(planned_at=times[stop.id])
    return times


_giving = partial(changing_visit, is_given=True)


def book(visit_id: int, slot: Any, *, by: Actor, address: Mapping[str, Any] | None = None) -> Visit:
    """Give a visit its first time: the claim's move `arrange`; announces claim.moved and visit.booked.

    Refuses (`SlotTaken`) a time at which nobody can come any more.
    """
    with _giving(visit_id, "book_visit", by=by) as (visit, claim, change):
        require(visit, VisitState.ASKED)
        if address is not None:
            set_address(visit, address)
            save_visit(visit)
        make_move(claim, "arrange", change, by=by, given={"slot": slot})
    return Visit.objects.get(pk=visit_id)


def rebook(visit_id: int, slot: Any, *, by: Actor, row_version: int | None = None) -> Visit:
    """Another time, or another engineer, for a visit that is arranged; announces visit.rebooked and tells the customer.

    Who may: the customer, the desk, those who plan. Refuses (`SlotTaken`) and leaves the old time where nobody can come.
    """
    with _giving(visit_id, "rebook_visit", by=by, row_version=row_version) as (visit, claim, change):
        require(visit, VisitState.BOOKED)
        _require_may_arrange(by, claim)
        before, had = (visit.window_start, visit.window_end), visit.engineer_id
        held = hold(visit, slot, change.now, by=by)
        write_booking(visit, held, change.now, is_confirmed=by.customer is not None)
        if (visit.window_start, visit.window_end) != before:
            visit.rebookings += 1
            visit.save(update_fields=["rebookings"])
            tell_rebooked(change, claim, visit)
        announce_booked(change, visit, "visit.rebooked", before=had)
        change.set(last_activity_at=change.now)
    return visit


def _require_may_arrange(by: Actor, claim: Claim) -> None:
    from aftersales.claims.access import may_move

    move = claim.machine.find("rearrange", claim.state)
    if not may_plan(by) and (move is None or not may_move(by, move)):
        raise Forbidden


def cancel(visit_id: int, *, by: Actor, note: str = "", row_version: int | None = None) -> Visit:
    """Nobody comes at the arranged time: the claim's move `rearrange`; the visit waits for another time, and the customer is
    asked for one. Announces claim.moved and visit.freed."""
    with changing_visit(visit_id, "cancel_visit", by=by, row_version=row_version) as (visit, claim, change):
        require(visit, VisitState.BOOKED)
        if by.staff is not None and not (may_plan(by) or is_of(by, visit)):
            _require_may_arrange(by, claim)
        make_move(claim, "rearrange", change, by=by, given={"note": note})
    return Visit.objects.get(pk=visit_id)


def assign_engineer(visit_id: int, engineer_id: int, *, by: Actor, row_version: int | None = None) -> Visit:
    """Another engineer goes at the promised time; announces visit.assigned. For a visit of an outlet: one of its people.

    Refuses (`SlotTaken`) an engineer who cannot be there.
    """
    with _giving(visit_id, "assign_visit", by=by, row_version=row_version) as (visit, _claim, change):
        require(visit, VisitState.BOOKED)
        if visit.outlet_id is not None and not may_plan(by):
            _require_same_outlet(by, visit)
        elif not may_plan(by):
            raise Forbidden
        assert visit.window_start is not None
        assert visit.window_end is not None
        slot, had = Slot(visit.window_start, visit.window_end), visit.engineer_id
        if visit.outlet_id is not None:
            _give_within_outlet(visit, engineer_id, change)
        else:
            held = hold_engineer(visit, slot, change.now, only=engineer_id)
            if held is None:
                raise SlotTaken(_("This engineer cannot be there at that time."))
            write_booking(visit, held, change.now, is_confirmed=False)
        announce_booked(change, visit, "visit.assigned", before=had)
    return visit


def _require_same_outlet(by: Actor, visit: Visit) -> None:
    staff = by.staff
    assert visit.outlet_id is not None
    if staff is None or not Engineer.objects.filter(staff=staff, outlet_id=visit.outlet_id, is_active=True).exists():
        raise Forbidden


def _give_within_outlet(visit: Visit, engineer_id: int, change: Change) -> None:
    assert visit.outlet_id is not None
    engineer = Engineer.objects.filter(pk=engineer_id, outlet_id=visit.outlet_id, is_active=True).first()
    if engineer is None:
        raise Invalid(fields={"engineer": _("Choose an engineer of the outlet that has this visit.")})
    visit.engineer = engineer
    # an outlet plans its own days: its engineers are not held to the minute
    visit.planned_at = None
    visit.assigned_at = visit.assigned_at or change.now
    save_visit(visit)


def announce_booked(change: Change, visit: Visit, name: str, *, before: int | None = None) -> None:
    """Tell rooms above and the log; `before` is the engineer who had the visit."""
    change.announce(
        name,
        visit=visit.pk,
        claim=visit.claim_id,
        engineer=visit.engineer_id,
        before=before,
        outlet=visit.outlet_id,
        window=[visit.window_start.isoformat(), visit.window_end.isoformat()] if visit.window else None,  # type: ignore[union-attr]
    )
    for follow in after_booking.values():
        follow(visit, change)


def free_within(visit: Visit, change: Change) -> None:
    """The visit needs another time; the caller holds its lock."""
    had = visit.engineer_id
    free_again(visit)
    visit.rebookings += 1
    save_visit(visit)
    change.announce("visit.freed", visit=visit.pk, claim=visit.claim_id, before=had)


def _id(given: Any) -> int | None:
    if given in (None, ""):
        return None
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if not 0 < number < 2**63:
        raise Invalid(fields={"engineer": _("Choose an engineer.")})
    return number

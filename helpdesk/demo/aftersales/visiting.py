"""Visits of told claims: a time is chosen, somebody comes, and says what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from aftersales.outlets.models import OfferState, WorkOffer
from aftersales.outlets.services.offering import accept_work
from aftersales.visits.models import Visit
from aftersales.visits.services.booking import assign_engineer
from aftersales.visits.services.working import Position, check_in, finish
from aftersales.visits.slots import Slot, free_slots
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.demo.aftersales.told import Told, as_person


def arrange(told: Told, step: str) -> None:
    """The customer takes one of the first times that they are shown; an outlet's people accept at once."""
    slot = next_slot(told)
    if slot is None:
        return
    told.move("arrange", told.customer, slot=slot.key)
    visit = open_visit(told)
    if visit is not None and visit.engineer_id is None:
        accept_as_outlet(told, visit)


def next_slot(told: Told) -> Slot | None:
    """One of the coming times; where the story ends with an arranged visit, one that lies ahead of us."""
    visit = open_visit(told)
    if visit is None:
        return None
    is_last = told.moment >= told.until - timedelta(hours=12)
    with clock.at(told.moment):
        slots = free_slots(visit, told.moment)
    if is_last:
        slots = [slot for slot in slots if slot.start > timezone.now() + timedelta(hours=2)]
        return told.chance.choice(slots[:12]) if slots else None
    return slots[min(len(slots) - 1, told.nth % 3)] if slots else None


def open_visit(told: Told) -> Visit | None:
    return Visit.objects.filter(claim_id=told.claim.pk).open().select_related("engineer__staff", "area").first()


def accept_as_outlet(told: Told, visit: Visit) -> None:
    """Whoever answers for the outlet takes the work and names the person who goes."""
    offer = WorkOffer.objects.filter(work_order__claim_id=told.claim.pk, state=OfferState.OPEN).first()
    member = offer.outlet.members.select_related("staff").first() if offer is not None else None
    if offer is None or member is None:
        return
    by = Actor.of_staff(member.staff)
    goes = offer.outlet.engineers.filter(is_active=True).first()
    with clock.at(told.moment + timedelta(minutes=9)):
        accept_work(offer.pk, by=by)
        if goes is not None:
            assign_engineer(visit.pk, goes.pk, by=as_person("supervisor"))
    told.reload()


def finish_visit(told: Told, result: str, **more: Any) -> None:
    """The engineer comes at the promised time, works, and says what came of it."""
    visit = open_visit(told)
    if visit is None or visit.window_start is None or visit.engineer is None:
        return
    came = (visit.planned_at or visit.window_start) + timedelta(minutes=told.chance.randrange(0, 25))
    told.moment = min(max(came, told.moment), told.until - timedelta(minutes=70))
    by = Actor.of_staff(visit.engineer.staff)
    spot = visit.area
    position = Position(spot.latitude, spot.longitude, 20) if spot and spot.latitude and spot.longitude else None
    with clock.at(told.moment):
        check_in(visit.pk, by=by, position=position)
    told.moment += timedelta(minutes=told.chance.randrange(25, 65))
    work = told.say("Done as agreed, tested together with the customer.", "已按约完成，并与客户一起试机。")
    with clock.at(told.moment):
        finish(visit.pk, result, by=by, work=work, **more)
    told.reload()

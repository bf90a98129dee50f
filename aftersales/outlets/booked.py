"""What outlets make of a visit that gets a time or somebody who goes (`aftersales.visits.services.booking`)."""

from __future__ import annotations

from aftersales.outlets.models import OPEN_WORK, OfferState, WorkOffer, WorkOrder, WorkState
from aftersales.outlets.services.giving import give_visit
from aftersales.outlets.services.offering import ask_outlet, cancel_work, open_work, take_work
from aftersales.visits.models import Visit
from tickets.services.changing import Change


def follow_booking(visit: Visit, change: Change) -> None:
    """A time at which only an outlet can come is offered to it; an outlet that has the work keeps it; where an engineer of
    ours goes, no outlet is asked any more. Within the transaction that booked, which holds the claim's lock."""
    claim = visit.claim
    order = WorkOrder.objects.select_for_update(no_key=True).filter(OPEN_WORK, claim=claim).first()
    if order is not None and order.state == WorkState.ACCEPTED and order.outlet is not None:
        if visit.engineer_id is None or visit.outlet_id != order.outlet_id:
            give_visit(claim, order.outlet, change.now)
        return
    if visit.outlet is None:
        if order is not None:
            cancel_work(order, change)
        return
    if visit.engineer_id is not None:
        # somebody who plans named one of the outlet's people: that is its yes
        order = order or open_work(claim, change, by=change.by)
        WorkOffer.objects.filter(work_order=order, state=OfferState.OPEN).update(
            state=OfferState.ACCEPTED, ended_at=change.now
        )
        take_work(order, visit.outlet, change)
        return
    if order is None or order.state == WorkState.UNPLACED:
        ask_outlet(open_work(claim, change, by=change.by), visit.outlet, change)

"""Work is offered to one outlet after the other; who accepts within the time has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from aftersales.claims.access import can_see
from aftersales.claims.models import Claim
from aftersales.claims.noticing import tell_staff
from aftersales.claims.services.moving import changing_claim, make_move
from aftersales.outlets.access import outlet_of, people_of
from aftersales.outlets.errors import NotToBeGiven, OfferOver
from aftersales.outlets.models import OPEN_WORK, OfferState, WorkOffer, WorkOrder, WorkState
from aftersales.outlets.services.giving import give_visit, keep_for, take_visit_back
from aftersales.visits.models import Outlet, Visit, VisitState
from aftersales.visits.slots import outlets_for
from helpdesk.accounts.permissions import CLAIM_WORK, VISITS_PLAN
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor, ActorKind
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.jobs import enqueue
from tickets.models import Ticket
from tickets.services.changing import Change

# Where a claim waits for somebody to come; with a time, whoever takes the work comes at that time.
WAITS_FOR_SOMEBODY = {"awaiting_visit", "visit_arranged"}
UNPLACED = "outlets.unplaced"
# The notice that people of an outlet get, and where they answer.
OFFERED, PAGE = "work.offered", "/outlet/"


def offer_work(claim_id: int, *, by: Actor, first: Outlet | None = None) -> WorkOrder:
    """Give a claim's visit to an outlet: the best one is asked, then the next; announces work.offered.

    `first` is asked before all others. Refuses (`NotToBeGiven`) a claim that waits for nobody to come, or that an outlet has
    or is asked about, and (`Invalid`) when no outlet could do it.
    """
    if by.staff is not None and not (by.staff.can(CLAIM_WORK) or by.staff.can(VISITS_PLAN)):
        raise Forbidden
    with changing_claim(claim_id, "offer_work", by=by, sees=_may_give) as (claim, change):
        visit = Visit.objects.filter(claim=claim).open().first()
        if claim.state not in WAITS_FOR_SOMEBODY or visit is None or visit.state == VisitState.CHECKED_IN:
            raise NotToBeGiven
        if visit.engineer_id is not None:
            raise NotToBeGiven(_("An engineer goes there already. Ask for another time first."))
        if WorkOrder.objects.filter(OPEN_WORK, claim=claim).exclude(state=WorkState.UNPLACED).exists():
            raise NotToBeGiven(_("An outlet has this work already, or is asked about it."))
        order = open_work(claim, change, by=by)
        outlets = candidates(order)
        chosen = first if first is not None and first.pk in {one.pk for one in outlets} else None
        if first is not None and chosen is None:
            raise Invalid(fields={"outlet": _("This outlet does not do such work there, or has as much as it takes.")})
        if not outlets:
            raise Invalid(fields={"outlet": _("No outlet does such work there at the moment.")})
        ask_outlet(order, chosen or outlets[0], change)
        change.set(last_activity_at=change.now)
    return order


def open_work(claim: Claim, change: Change, *, by: Actor) -> WorkOrder:
    """A new work order of a locked claim; whoever was asked in vain before is asked anew."""
    WorkOrder.objects.filter(claim=claim, state=WorkState.UNPLACED).update(
        state=WorkState.CANCELLED, ended_at=change.now
    )
    staff_id = by.id if by.kind == ActorKind.STAFF else None
    return WorkOrder.objects.create(claim=claim, opened_at=change.now, opened_by_id=staff_id)


def accept_work(offer_id: int, *, by: Actor) -> WorkOrder:
    """The outlet takes the work; announces work.accepted. `OfferOver` when the time was over or it was withdrawn."""
    offer = _offer(offer_id)
    with changing_claim(offer.work_order.claim_id, "accept_work", by=by, sees=_of_outlet(offer)) as (claim, change):
        order = WorkOrder.objects.select_for_update(no_key=True).get(pk=offer.work_order_id)
        _answer(offer, OfferState.ACCEPTED, change.now, by=by)
        take_work(order, offer.outlet, change)
        give_visit(claim, offer.outlet, change.now)
        change.set(last_activity_at=change.now)
    return order


def take_work(order: WorkOrder, outlet: Outlet, change: Change) -> None:
    """The outlet has a locked work order from now on."""
    order.state, order.outlet, order.accepted_at = WorkState.ACCEPTED, outlet, change.now
    order.save(update_fields=["state", "outlet", "accepted_at"])
    change.announce("work.accepted", claim=order.claim_id, work_order=order.pk, outlet=outlet.pk)


def decline_work(offer_id: int, *, by: Actor, reason: str) -> WorkOrder:
    """The outlet does not want it, and says why; announces work.declined. The next outlet is asked at once."""
    reason = reason.replace("\x00", "").strip()[:300]
    if not reason:
        raise Invalid(fields={"reason": _("Say why, so that we ask you about the right work.")})
    offer = _offer(offer_id)
    with changing_claim(offer.work_order.claim_id, "decline_work", by=by, sees=_of_outlet(offer)) as (claim, change):
        order = WorkOrder.objects.select_for_update(no_key=True).get(pk=offer.work_order_id)
        _answer(offer, OfferState.DECLINED, change.now, by=by, reason=reason)
        change.announce("work.declined", claim=claim.pk, work_order=order.pk, outlet=offer.outlet_id)
        _ask_next(order, change)
    return order


def withdraw_work(work_order_id: int, *, by: Actor) -> WorkOrder:
    """The work goes to nobody, or to our own engineers; announces work.cancelled. A visit that had a time with the outlet is
    to be arranged anew."""
    claim_id = WorkOrder.objects.filter(pk=work_order_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    if by.staff is not None and not (by.staff.can(CLAIM_WORK) or by.staff.can(VISITS_PLAN)):
        raise Forbidden
    with changing_claim(claim_id, "withdraw_work", by=by, sees=_may_give) as (claim, change):
        order = WorkOrder.objects.select_for_update(no_key=True).get(pk=work_order_id)
        if order.state in {WorkState.DONE, WorkState.CANCELLED}:
            raise NotToBeGiven(_("This work order is at its end."))
        cancel_work(order, change)
        take_visit_back(claim)
        if claim.state == "visit_arranged":
            make_move(claim, "rearrange", change, by=by, given={"note": ""})
    return order


def lapse_due(now: datetime, limit: int) -> int:
    """End offers that nobody answered in time and ask the next outlet; announces work.lapsed. A claim that somebody works on
    at this moment is left to the next tick."""
    rows = WorkOffer.objects.filter(state=OfferState.OPEN, expires_at__lte=now).order_by("expires_at")
    found = rows.values_list("pk", "work_order__claim_id", "work_order__claim__ticket_id")
    return sum(_lapse(*row, now=now) for row in found[: min(limit, 100)])


def oldest_due() -> datetime | None:
    """When the offer that should have ended first was due; None when none is late."""
    late = WorkOffer.objects.filter(state=OfferState.OPEN, expires_at__lte=clock.now()).order_by("expires_at")
    return late.values_list("expires_at", flat=True).first()


@transaction.atomic
def _lapse(offer_id: int, claim_id: int, ticket_id: int, *, now: datetime) -> int:
    if not Ticket.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=ticket_id).exists():
        return 0
    with changing_claim(claim_id, "lapse_work", by=SYSTEM) as (claim, change):
        due = WorkOffer.objects.filter(pk=offer_id, state=OfferState.OPEN, expires_at__lte=now)
        if not due.update(state=OfferState.LAPSED, ended_at=now):
            return 0
        offer = _offer(offer_id)
        order = WorkOrder.objects.select_for_update(no_key=True).get(pk=offer.work_order_id)
        change.announce("work.lapsed", claim=claim.pk, work_order=order.pk, outlet=offer.outlet_id)
        _ask_next(order, change)
    return 1


def cancel_work(order: WorkOrder, change: Change) -> None:
    """End a work order that the caller has locked, and what is still asked of it."""
    WorkOffer.objects.filter(work_order=order, state=OfferState.OPEN).update(
        state=OfferState.WITHDRAWN, ended_at=change.now
    )
    order.state, order.ended_at = WorkState.CANCELLED, change.now
    order.save(update_fields=["state", "ended_at"])
    change.announce("work.cancelled", claim=order.claim_id, work_order=order.pk, outlet=order.outlet_id)


def candidates(order: WorkOrder) -> list[Outlet]:
    """The outlets that could do the work and were not asked about it yet: they come to the visit's area, know what it needs,
    and have room; by rank, then whoever has the least open work."""
    visit = Visit.objects.filter(claim_id=order.claim_id).open().first()
    if visit is None:
        return []
    able = [one.pk for one in outlets_for(visit.skill_id, visit.area_id)]
    rows = Outlet.objects.filter(pk__in=able).exclude(offers__work_order=order).select_related("terms")
    has_open = Count("work_orders", filter=Q(work_orders__state=WorkState.ACCEPTED), distinct=True)
    counted = rows.annotate(open_orders=has_open).order_by("rank", "open_orders", "pk")
    return [outlet for outlet in counted if _has_room(outlet, outlet.open_orders)]


def _has_room(outlet: Outlet, open_orders: int) -> bool:
    most = outlet.terms.most_open if hasattr(outlet, "terms") else 0
    return not most or open_orders < most


def ask_outlet(order: WorkOrder, outlet: Outlet, change: Change) -> None:
    """Put a locked work order before an outlet; a visit with a time is kept for it until it answers."""
    offer = WorkOffer.objects.create(
        work_order=order,
        outlet=outlet,
        offered_at=change.now,
        expires_at=change.now + settings.WORK_OFFER_WITHIN,
    )
    keep_for(order.claim, outlet)
    tell_staff(people_of(outlet), OFFERED, order.claim, change.now, url=PAGE, but=change.by)
    change.announce("work.offered", claim=order.claim_id, work_order=order.pk, outlet=outlet.pk, offer=offer.pk)


def _ask_next(order: WorkOrder, change: Change) -> None:
    """The next outlet, or a task for people when nobody is left."""
    if outlets := candidates(order):
        ask_outlet(order, outlets[0], change)
        return
    order.state = WorkState.UNPLACED
    order.save(update_fields=["state"])
    change.announce("work.unplaced", claim=order.claim_id, work_order=order.pk)
    enqueue(UNPLACED, queue="events", dedupe_key=f"{UNPLACED}:{order.pk}", work_order=order.pk)


def _offer(offer_id: int) -> WorkOffer:
    offer = WorkOffer.objects.filter(pk=offer_id).select_related("work_order", "outlet").first()
    if offer is None:
        raise NotFound
    return offer


def _answer(offer: WorkOffer, state: OfferState, now: datetime, *, by: Actor, reason: str = "") -> None:
    """End the offer if it is still open; the caller holds the claim, so exactly one answer counts."""
    open_still = WorkOffer.objects.filter(pk=offer.pk, state=OfferState.OPEN, expires_at__gt=now)
    staff_id = by.staff.pk if by.staff is not None else None
    if open_still.update(state=state, ended_at=now, answered_by_id=staff_id, reason=reason):
        return
    ended = WorkOffer.objects.get(pk=offer.pk)
    if ended.state == state:
        raise OfferOver(_("You have answered this offer already."))
    raise OfferOver(_("The time for this offer is over; another outlet is asked."))


def _may_give(by: Actor, claim: Claim) -> bool:
    return can_see(by, claim) or (by.staff is not None and by.staff.is_active and by.staff.can(VISITS_PLAN))


def _of_outlet(offer: WorkOffer) -> Callable[[Actor, Claim], bool]:
    """Only people of the asked outlet know of the offer."""

    def sees(by: Actor, claim: Claim) -> bool:
        if by.staff is None:
            return by.is_trusted
        own = outlet_of(by.staff)
        return own is not None and own.pk == offer.outlet_id

    return sees

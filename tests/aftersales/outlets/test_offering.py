"""Work is offered to one outlet after the other, each for half an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aftersales.claims.services.moving import move_claim
from aftersales.outlets.errors import NotToBeGiven, OfferOver
from aftersales.outlets.models import OfferState, Settlement, Terms, WorkOffer, WorkOrder, WorkState
from aftersales.outlets.services.following import raise_task
from aftersales.outlets.services.naming import name_engineer
from aftersales.outlets.services.offering import accept_work, decline_work, lapse_due, offer_work, withdraw_work
from aftersales.visits.models import Visit
from aftersales.visits.registrations import ensure_windows
from aftersales.visits.services.booking import book, rebook
from aftersales.visits.slots import free_slots
from helpdesk.accounts.models import Notification
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.calendars.filling import ensure_calendars
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.models import Job
from tests.aftersales.outlets.factories import make_claim_to_visit, make_engineer, make_member, make_outlet
from tests.factories import actor
from tickets.models import Ticket


@pytest.fixture(autouse=True)
def _hours(db: None) -> None:
    """When somebody can come at all."""
    ensure_calendars()
    ensure_windows()


pytestmark = [pytest.mark.django_db, pytest.mark.req("F8", "outlets")]


def test_the_best_outlet_is_asked_first_and_has_half_an_hour() -> None:
    second, first = make_outlet(rank=20), make_outlet(rank=10)
    order = offer_work(make_claim_to_visit().pk, by=SYSTEM)
    offer = order.offers.get()
    assert offer.outlet == first != second
    assert offer.expires_at - offer.offered_at == timedelta(minutes=30)


def test_people_of_the_asked_outlet_are_told_and_nobody_else() -> None:
    outlet, other = make_outlet(rank=1), make_outlet(rank=2)
    member, engineer, stranger = make_member(outlet), make_engineer(outlet), make_member(other)
    offer_work(make_claim_to_visit().pk, by=SYSTEM)
    told = Notification.objects.filter(kind="work.offered")
    assert {(row.staff_id, row.data["url"]) for row in told} == {
        (member.pk, "/outlet/"),
        (engineer.staff_id, "/outlet/"),
    }
    assert stranger.pk not in {row.staff_id for row in told}


@pytest.mark.req("F8", "outlets")
def test_a_time_that_only_an_outlet_can_keep_is_offered_to_it() -> None:
    outlet = make_outlet()
    by = actor(make_member(outlet))
    claim = make_claim_to_visit()
    visit = Visit.objects.get(claim=claim)
    slot = next(one for one in free_slots(visit, clock.now()) if one.outlet)
    book(visit.pk, slot.key, by=Actor.of_customer(claim.customer))
    visit.refresh_from_db()
    assert (visit.state, visit.outlet, visit.assigned_at) == ("booked", outlet, None)
    offer = WorkOffer.objects.get()
    assert (offer.outlet, offer.state) == (outlet, OfferState.OPEN)
    accept_work(offer.pk, by=by)
    visit.refresh_from_db()
    assert visit.assigned_at is not None
    engineer = make_engineer(outlet)
    name_engineer(WorkOrder.objects.get().pk, engineer.pk, by=by)
    assert Visit.objects.get(pk=visit.pk).engineer == engineer


def test_an_engineer_of_our_own_ends_what_an_outlet_was_asked() -> None:
    outlet = make_outlet()
    claim = make_claim_to_visit()
    visit = Visit.objects.get(claim=claim)
    slot = next(one for one in free_slots(visit, clock.now()) if one.outlet)
    book(visit.pk, slot.key, by=Actor.of_customer(claim.customer))
    make_engineer()
    rebook(visit.pk, slot.key, by=SYSTEM)
    assert Visit.objects.get(pk=visit.pk).outlet is None
    assert WorkOrder.objects.get().state == WorkState.CANCELLED
    assert outlet.offers.get().state == OfferState.WITHDRAWN


def test_who_accepts_has_the_visit_and_nobody_answers_twice() -> None:
    outlet = make_outlet()
    by = actor(make_member(outlet))
    claim = make_claim_to_visit()
    offer = offer_work(claim.pk, by=SYSTEM).offers.get()
    accept_work(offer.pk, by=by)
    order = WorkOrder.objects.get()
    assert (order.state, order.outlet) == (WorkState.ACCEPTED, outlet)
    assert Visit.objects.get(claim=claim).outlet == outlet
    for again in (accept_work, lambda pk, by: decline_work(pk, by=by, reason="No time")):
        with pytest.raises(OfferOver):
            again(offer.pk, by=by)


def test_a_declined_offer_goes_to_the_next_outlet_with_the_reason_on_record() -> None:
    first, second = make_outlet(rank=1), make_outlet(rank=2)
    by = actor(make_member(first))
    order = offer_work(make_claim_to_visit().pk, by=SYSTEM)
    with pytest.raises(Invalid):
        decline_work(order.offers.get().pk, by=by, reason=" ")
    decline_work(order.offers.get().pk, by=by, reason="Nobody free this week")
    states = {offer.outlet_id: (offer.state, offer.reason) for offer in order.offers.all()}
    assert states == {
        first.pk: (OfferState.DECLINED, "Nobody free this week"),
        second.pk: (OfferState.OPEN, ""),
    }


def test_an_offer_that_nobody_answers_lapses_and_the_late_answer_is_refused() -> None:
    first, second = make_outlet(rank=1), make_outlet(rank=2)
    by = actor(make_member(first))
    order = offer_work(make_claim_to_visit().pk, by=SYSTEM)
    offer = order.offers.get()
    later = clock.now() + timedelta(minutes=30, seconds=1)
    with clock.at(later):
        assert lapse_due(later, 10) == 1
        assert lapse_due(later, 10) == 0
        with pytest.raises(OfferOver):
            accept_work(offer.pk, by=by)
    assert order.offers.get(state=OfferState.OPEN).outlet == second


def test_work_that_nobody_takes_becomes_a_task_for_the_ticket_s_team() -> None:
    outlet = make_outlet()
    by = actor(make_member(outlet))
    claim = make_claim_to_visit()
    order = offer_work(claim.pk, by=SYSTEM)
    decline_work(order.offers.get().pk, by=by, reason="Too far")
    order.refresh_from_db()
    assert order.state == WorkState.UNPLACED
    job = Job.objects.get(kind="outlets.unplaced")
    raise_task(job)
    assert claim.number in Ticket.objects.get(parent=claim.ticket_id).subject
    # asked again, everybody is asked anew
    again = offer_work(claim.pk, by=SYSTEM)
    assert again.offers.get().outlet == outlet


def test_people_of_another_outlet_do_not_learn_of_the_offer() -> None:
    outlet, other = make_outlet(rank=1), make_outlet(rank=2)
    offer = offer_work(make_claim_to_visit().pk, by=SYSTEM).offers.get()
    stranger = actor(make_member(other))
    for answer in (
        lambda: accept_work(offer.pk, by=stranger),
        lambda: decline_work(offer.pk, by=stranger, reason="Mine"),
    ):
        with pytest.raises(NotFound):
            answer()
    assert WorkOffer.objects.get(pk=offer.pk).state == OfferState.OPEN
    assert outlet.offers.count() == 1


def test_an_outlet_with_as_much_as_it_takes_is_passed_over() -> None:
    full, free = make_outlet(rank=1), make_outlet(rank=2)
    Terms.objects.create(outlet=full, most_open=1)
    by = actor(make_member(full))
    accept_work(offer_work(make_claim_to_visit().pk, by=SYSTEM).offers.get().pk, by=by)
    assert offer_work(make_claim_to_visit().pk, by=SYSTEM).offers.get().outlet == free


def test_a_claim_is_given_once_and_only_while_it_waits_for_somebody() -> None:
    make_outlet()
    claim = make_claim_to_visit()
    order = offer_work(claim.pk, by=SYSTEM)
    with pytest.raises(NotToBeGiven):
        offer_work(claim.pk, by=SYSTEM)
    withdraw_work(order.pk, by=SYSTEM)
    assert order.offers.get().state == OfferState.WITHDRAWN
    move_claim(claim.pk, "cancel", by=SYSTEM)
    with pytest.raises(NotToBeGiven):
        offer_work(claim.pk, by=SYSTEM)


def test_a_withdrawn_claim_takes_its_offer_with_it() -> None:
    make_outlet()
    claim = make_claim_to_visit()
    order = offer_work(claim.pk, by=SYSTEM)
    move_claim(claim.pk, "cancel", by=SYSTEM)
    order.refresh_from_db()
    assert order.state == WorkState.CANCELLED
    assert order.offers.get().state == OfferState.WITHDRAWN
    assert not Settlement.objects.exists()

"""Parts on the shelves of outlets: never counted twice, never below nothing; claims wait for them and go on."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.outlets.errors import NotEnough
from aftersales.outlets.models import PartStock, PartWait, StockMove
from aftersales.outlets.services.following import go_on
from aftersales.outlets.services.stock import count_parts, put_part_back, receive_parts, take_part
from aftersales.outlets.waiting import ensure_label
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.models import Job
from tests.aftersales.factories import make_product
from tests.aftersales.outlets.factories import make_claim_to_visit, make_engineer, make_member, make_outlet, make_visit
from tests.factories import actor
from tickets.models import StatusCategory, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("F8", "parts stock")]


def test_a_delivery_told_twice_counts_once() -> None:
    outlet, pump = make_outlet(), make_product("Pump")
    by = actor(make_member(outlet))
    for _again in range(2):
        receive_parts(outlet, pump, 5, key="delivery-1", by=by, unit_price=Decimal("35.00"))
    stock = PartStock.objects.get()
    assert (stock.quantity, stock.unit_price) == (5, Decimal("35.00"))
    assert StockMove.objects.count() == 1


def test_no_more_can_be_taken_than_is_there_and_what_was_taken_goes_back() -> None:
    outlet, pump = make_outlet(), make_product("Pump")
    claim = make_claim_to_visit()
    receive_parts(outlet, pump, 2, key="in", by=SYSTEM)
    taken = take_part(outlet.pk, pump, 2, key="out", claim_id=claim.pk, by=SYSTEM)
    with pytest.raises(NotEnough) as refusal:
        take_part(outlet.pk, pump, 1, key="out-2", claim_id=claim.pk, by=SYSTEM)
    assert refusal.value.data["available"] == 0
    put_part_back(taken, key="back", by=SYSTEM)
    put_part_back(taken, key="back", by=SYSTEM)
    assert PartStock.objects.get().quantity == 2


def test_a_count_that_differs_says_why_and_the_moves_add_up() -> None:
    outlet, pump = make_outlet(), make_product("Pump")
    by = actor(make_member(outlet))
    receive_parts(outlet, pump, 5, key="in", by=by)
    stock = PartStock.objects.get()
    with pytest.raises(Invalid):
        count_parts(stock.pk, 3, key="count", by=by)
    count_parts(stock.pk, 3, key="count", by=by, note="Two were broken")
    assert PartStock.objects.get().quantity == 3 == sum(move.quantity for move in StockMove.objects.all())


def test_people_of_another_outlet_do_not_touch_the_shelf() -> None:
    outlet, pump = make_outlet(), make_product("Pump")
    with pytest.raises(Forbidden):
        receive_parts(outlet, pump, 5, key="in", by=actor(make_member(make_outlet())))
    assert not StockMove.objects.exists()


def test_the_database_keeps_the_moves_as_they_were_written() -> None:
    receive_parts(make_outlet(), make_product(), 5, key="in", by=SYSTEM)
    with pytest.raises(DatabaseError), transaction.atomic():
        StockMove.objects.update(quantity=50)


def test_a_claim_that_waits_for_a_part_stands_on_hold_and_goes_on_when_it_comes() -> None:
    ensure_label()
    outlet, pump = make_outlet(), make_product("Pump")
    visit = make_visit(make_engineer(outlet))
    claim = Claim.objects.get(pk=visit.claim_id)
    moved = move_claim(claim.pk, "wait_for_parts", by=SYSTEM, arguments={"part": {"product": pump.sku, "quantity": 1}})
    ticket = Ticket.objects.get(pk=claim.ticket_id)
    assert moved.state == "awaiting_parts"
    assert (ticket.status_category, ticket.status.name) == (StatusCategory.ON_HOLD, "Waiting for parts")
    wait = PartWait.objects.get()
    receive_parts(wait.outlet, pump, 1, key="in", by=SYSTEM)
    go_on(Job.objects.get(kind="outlets.parts_came"))
    claim.refresh_from_db()
    ticket.refresh_from_db()
    # it waited on a visit, so another visit is arranged
    assert claim.state == "awaiting_visit"
    assert ticket.status_category == StatusCategory.OPEN
    assert PartWait.objects.get().came_at is not None


@pytest.mark.parametrize(
    "part", [None, {}, {"product": "nothing-such"}, {"product": "SKU", "quantity": "many"}, "pump"]
)
def test_a_wait_for_no_part_is_refused(part: object) -> None:
    visit = make_visit(make_engineer(make_outlet()))
    with pytest.raises(Invalid) as refusal:
        move_claim(visit.claim_id, "wait_for_parts", by=SYSTEM, arguments={"part": part})
    assert "part" in refusal.value.fields
    assert Claim.objects.get(pk=visit.claim_id).state == "visit_arranged"

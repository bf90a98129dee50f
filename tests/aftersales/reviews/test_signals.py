"""Hints about claims that are not like others: found by themselves, judged by a person, refusing nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.claims.models import Claim, ClaimLine
from aftersales.reviews.calc import Past, signals_of
from aftersales.reviews.consuming import look_after
from aftersales.reviews.looking import look_at_claim
from aftersales.reviews.models import AbuseSignal, ReviewSetting, SignalKind, SignalState
from aftersales.reviews.services.judging import LookedAlready, judge_signal
from aftersales.reviews.words import facts_said
from helpdesk.accounts.models import Staff
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.models import Event
from helpdesk.customers.models import OrderLine, RegisteredProduct
from tests.aftersales.factories import make_order
from tests.aftersales.reviews.conftest import Desk
from tests.factories import actor, make_customer

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]


@pytest.mark.parametrize(
    ("past", "kinds"),
    [
        (Past(), set()),
        (Past(claims=5), set()),
        (Past(claims=6), {SignalKind.MANY_CLAIMS}),
        (Past(orders=3, bought=Decimal(100), refunded=Decimal(60)), {SignalKind.MOST_REFUNDED}),
        (Past(orders=2, bought=Decimal(100), refunded=Decimal(100)), set()),
        (Past(orders=3, bought=Decimal(0)), set()),
        (Past(wrong_lines=1), {SignalKind.WRONG_GOODS}),
        (Past(serials_of_others=["X1"]), {SignalKind.SERIAL_ELSEWHERE}),
        (Past(serials_refunded=["X1"]), {SignalKind.SERIAL_AGAIN}),
        (Past(kept=3), {SignalKind.KEPT_OFTEN}),
        (Past(expired=2), {SignalKind.NEVER_SENT}),
    ],
)
def test_what_stands_out(past: Past, kinds: set[str]) -> None:
    assert set(signals_of(past)) == kinds


def opened(claim: Claim) -> list[Event]:
    return list(Event.objects.filter(name="claim.opened", data__claim=claim.pk))


def test_many_claims_of_one_customer_are_hinted_at_once_and_the_claim_goes_its_way(
    desk: Desk, browser: Browser
) -> None:
    ReviewSetting.objects.create(many_claims=3)
    claims = [desk.claim() for _time in range(3)]
    for claim in claims:
        look_after(opened(claim))
        look_after(opened(claim))
    signal = AbuseSignal.objects.get()
    assert (signal.claim, signal.kind, signal.facts) == (claims[2], SignalKind.MANY_CLAIMS, {"claims": 3})
    assert Claim.objects.get(pk=claims[2].pk).verdict == "allowed"
    page = browser(desk.agent).get(f"/claims/{claims[2].number}/panels/").content.decode()
    assert "Somebody should look at this" in page
    listed = browser(desk.supervisor).get("/signals/").content.decode()
    assert claims[2].number in listed
    assert "3 claims in half a year." in listed


def test_a_serial_number_of_somebody_else_and_one_that_was_refunded_before(desk: Desk) -> None:
    OrderLine.objects.filter(pk=desk.line.pk).update(serial="SN-1")
    desk.line.refresh_from_db()
    stranger = make_customer("Zhao", "zhao@customer.example")
    earlier = Claim.objects.create(
        ticket=desk.ticket,
        customer=desk.ticket.customer,
        kind="return",
        state="closed",
        closed_at=timezone.now(),
        outcome="refund",
    )
    ClaimLine.objects.create(claim=earlier, product=desk.line.product, serial="SN-1")
    RegisteredProduct.objects.create(product=desk.line.product, serial="SN-1", customer=stranger)
    claim = desk.claim()
    assert look_at_claim(claim) == 2
    found = {signal.kind: facts_said(signal) for signal in AbuseSignal.objects.filter(claim=claim)}
    assert found == {
        SignalKind.SERIAL_ELSEWHERE: "Serial numbers: SN-1",
        SignalKind.SERIAL_AGAIN: "Serial numbers: SN-1",
    }


def test_something_else_that_came_back_is_seen_at_the_inspection(desk: Desk) -> None:
    claim = desk.claim()
    ClaimLine.objects.filter(claim=claim).update(received_quantity=1, condition="wrong")
    event = Event.objects.filter(name="claim.opened", data__claim=claim.pk).get()
    event.name, event.data = "claim.moved", {"claim": claim.pk, "state": ["received", "inspected"]}
    look_after([event])
    assert AbuseSignal.objects.get().kind == SignalKind.WRONG_GOODS


def test_money_that_mostly_comes_back_is_hinted_at(desk: Desk) -> None:
    for _time in range(3):
        line = make_order(desk.ticket.customer, quantity=1, price="1000.00")
        OrderLine.objects.filter(pk=line.pk).update(refunded_amount=Decimal("1000.00"))
    OrderLine.objects.filter(pk=desk.line.pk).update(unit_price=Decimal("1.00"))
    claim = desk.claim()
    assert look_at_claim(claim) == 1
    signal = AbuseSignal.objects.get()
    assert signal.kind == SignalKind.MOST_REFUNDED
    assert "99 %" in facts_said(signal)


# --- A person looks --------------------------------------------------------------------------------------------------
@pytest.fixture
def signal(desk: Desk) -> AbuseSignal:
    return AbuseSignal.objects.create(claim=desk.claim(), kind=SignalKind.MANY_CLAIMS, facts={"claims": 9})


def test_a_person_says_what_it_is_and_harmless_hints_leave_the_claim(
    desk: Desk, signal: AbuseSignal, browser: Browser
) -> None:
    sue, address = browser(desk.supervisor), f"/signals/{signal.pk}/"
    assert sue.post(address, {"verdict": "confirmed", "words": ""}).status_code == 422
    assert sue.post(address, {"verdict": "harmless", "words": "A big family."}).status_code == 302
    signal.refresh_from_db()
    assert (signal.state, signal.words, signal.looked_by_id) == (
        SignalState.HARMLESS,
        "A big family.",
        desk.supervisor.pk,
    )
    assert "Somebody should look at this" not in sue.get(f"/claims/{signal.claim.number}/panels/").content.decode()
    assert "A big family." in sue.get("/signals/?scope=seen").content.decode()
    with pytest.raises(LookedAlready):
        judge_signal(signal.pk, is_confirmed=True, words="x", by=actor(desk.supervisor))


def test_only_who_may_make_exceptions_judges(desk: Desk, signal: AbuseSignal, browser: Browser) -> None:
    assert browser(desk.agent).get("/signals/").status_code == 403
    assert browser(desk.agent).post(f"/signals/{signal.pk}/", {"verdict": "harmless"}).status_code == 403
    with pytest.raises(Forbidden):
        judge_signal(signal.pk, is_confirmed=False, words="", by=actor(desk.agent))
    with pytest.raises(NotFound):
        judge_signal(2**40, is_confirmed=False, words="", by=actor(desk.supervisor))
    with pytest.raises(Invalid):
        judge_signal(signal.pk, is_confirmed=True, words=" ", by=actor(desk.supervisor))
    signal.refresh_from_db()
    assert signal.state == SignalState.OPEN


def test_looking_costs_the_same_however_many_claims(desk: Desk) -> None:
    def cost(claim: Claim) -> int:
        with CaptureQueriesContext(connection) as counted:
            look_at_claim(claim)
        return len(counted)

    first = cost(desk.claim())
    for _time in range(4):
        desk.claim()
    assert cost(desk.claim()) <= first + 1
    assert first <= 8

"""Refunds: split over how the order was paid, never above it, booked, and paid once."""

from __future__ import annotations

from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection

from aftersales.claims.errors import MoveNotPossible, MoveRefused
from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.compensation.errors import AbovePaid, PaidOtherwise, PayoutEnded
from aftersales.compensation.models import Means, Payout, PayoutState
from aftersales.compensation.services.paying import (
    confirm_payout,
    fail_payout,
    find_payout,
    retry_payout,
    reverse_payout,
)
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, NotFound, Refused
from helpdesk.core.models import Job
from helpdesk.customers.services.ledger import NotEnough, Side, book
from tests.aftersales.compensation.helpers import balance, pay_order, refund_claim, run_jobs, settling_claim
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_ticket

pytestmark = pytest.mark.django_db


@pytest.mark.req("F2", "refunds split")
def test_a_refund_goes_back_the_way_each_part_was_paid() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=2, price="100.00")
    pay_order(line, deposit="50.00", trade_in="30.00", subsidy="20.00", points="10.00", online="90.00")
    claim = settling_claim(ticket=ticket, line=line)
    found = {row.payment.method: (row.means, row.worth, row.amount, row.unit) for row in claim.payouts.all()}
    assert found == {
        "deposit": (Means.MONEY, Decimal(25), Decimal(25), "CNY"),
        "trade_in": (Means.MONEY, Decimal(15), Decimal(15), "CNY"),
        "subsidy": (Means.SUBSIDY, Decimal(10), Decimal(10), "CNY"),
        "points": (Means.POINTS, Decimal(5), Decimal(500), "points"),
        "online": (Means.MONEY, Decimal(45), Decimal(45), "CNY"),
    }
    assert claim.payouts.get(means=Means.SUBSIDY).bearer == "Province"
    assert claim.paid_amount == 5, "points stand in the customer's account at once"
    assert balance("points", "points", ticket.customer) == 500
    assert balance("payable", "CNY", ticket.customer) == 85
    assert balance("subsidies") == 10
    line.refresh_from_db()
    assert line.refunded_amount == 100


@pytest.mark.req("F9", "ledger")
def test_the_last_confirmed_payout_makes_the_claim_paid_out() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer)
    pay_order(line, deposit="100.00", online="100.00")
    claim = settling_claim(ticket=ticket, line=line)
    finance = Actor.of_staff(make_staff("fin", role="finance"))
    first, second = claim.payouts.order_by("pk")
    confirm_payout(first.pk, reference="B-1", by=finance)
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount) == ("settling", 50)
    confirm_payout(second.pk, reference="B-2", by=finance)
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount) == ("settled", 100)
    assert (balance("payable", "CNY", claim.customer), balance("paid_out"), balance("refunds")) == (0, 100, -100)


def test_paid_twice_is_paid_once() -> None:
    claim = settling_claim()
    payout = claim.payouts.get()
    confirm_payout(payout.pk, reference="B-1", by=SYSTEM)
    confirm_payout(payout.pk, reference="B-1", by=SYSTEM)
    with pytest.raises(PaidOtherwise):
        confirm_payout(payout.pk, reference="B-2", by=SYSTEM)
    claim.refresh_from_db()
    assert claim.paid_amount == 100
    assert balance("paid_out") == 100
    assert claim.moves.filter(name="settled").count() == 1


def test_more_than_was_paid_is_refused_before_anything_is_written() -> None:
    claim = make_claim("refund_only")
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed")
    for amount in ("100.01", "1000"):
        with pytest.raises(AbovePaid):
            move_claim(claim.pk, "approve", by=SYSTEM, arguments={"amount": amount})
    claim.refresh_from_db()
    assert (claim.state, claim.approved_amount) == ("submitted", None)


def test_two_claims_never_give_back_more_than_the_line_cost() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=1, price="100.00")
    returned = refund_claim("100.00", ticket=ticket, line=line)
    dropped = make_claim("price_protection", ticket=ticket, line=line, asked_amount=Decimal("30.00"))
    Claim.objects.filter(pk=dropped.pk).update(verdict="allowed", approval_sides=[])
    move_claim(dropped.pk, "approve", by=SYSTEM)
    move_claim(dropped.pk, "settle", by=SYSTEM)
    with pytest.raises(AbovePaid) as refusal:
        move_claim(returned.pk, "settle", by=SYSTEM)
    assert refusal.value.data["left"] == "70.00"
    assert not returned.payouts.exists()
    returned.refresh_from_db()
    assert returned.state == "approved"


def test_payments_bound_a_refund_even_where_the_line_says_more() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=1, price="100.00")
    pay_order(line, online="80.00")
    claim = refund_claim("100.00", ticket=ticket, line=line)
    with pytest.raises(AbovePaid):
        move_claim(claim.pk, "settle", by=SYSTEM)
    assert not Payout.objects.exists()


@pytest.mark.parametrize(
    ("means", "account", "unit", "amount"),
    [("credit", "credit", "CNY", 100), ("points", "points", "points", 10000), ("gift_card", "gift_cards", "CNY", 100)],
)
def test_what_stands_in_the_ledger_is_given_at_once(means: str, account: str, unit: str, amount: int) -> None:
    claim = settling_claim(payout={"means": means})
    assert balance(account, unit, claim.customer) == amount
    assert claim.paid_amount == 100
    assert Job.objects.filter(kind="compensation.settled").count() == 1
    run_jobs()
    claim.refresh_from_db()
    assert claim.state == "settled"


def test_a_claim_whose_outcome_is_store_credit_is_paid_in_credit() -> None:
    claim = make_claim("refund_only")
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    move_claim(claim.pk, "approve", by=SYSTEM, arguments={"outcome": "store_credit"})
    move_claim(claim.pk, "settle", by=SYSTEM)
    assert balance("credit", "CNY", claim.customer) == 100


def test_a_failed_payout_is_ordered_again_under_a_new_key_and_the_old_one_still_finds_it() -> None:
    claim = settling_claim(payout={"account": "6222 0000"})
    payout = claim.payouts.get()
    old = payout.key
    fail_payout(payout.pk, reason="account closed", by=SYSTEM)
    with pytest.raises(PayoutEnded):
        reverse_payout(payout.pk, reason="x", by=SYSTEM)
    again = retry_payout(payout.pk, account="6222 1111", by=SYSTEM)
    assert (again.pk, again.state, again.account) == (payout.pk, PayoutState.ORDERED, "6222 1111")
    assert again.key != old
    assert find_payout(str(old)).pk == find_payout(str(again.key)).pk == payout.pk
    with pytest.raises(PayoutEnded):
        retry_payout(payout.pk, by=SYSTEM)
    assert Payout.objects.get().sealed.find("6222") == -1, "an account is kept sealed"


def test_a_reversed_payout_counts_as_not_paid_and_is_ordered_anew_once() -> None:
    claim = settling_claim()
    payout = claim.payouts.get()
    confirm_payout(payout.pk, reference="B-1", by=SYSTEM)
    for _ in range(2):
        reverse_payout(payout.pk, reason="bounced", by=SYSTEM)
    claim.refresh_from_db()
    line = claim.lines.get().order_line
    assert line is not None
    assert (claim.paid_amount, line.refunded_amount) == (0, 0)
    assert (balance("refunds"), balance("paid_out"), balance("payable", "CNY", claim.customer)) == (0, 0, 0)
    assert retry_payout(payout.pk, by=SYSTEM).pk == retry_payout(payout.pk, by=SYSTEM).pk
    confirm_payout(Payout.objects.get(state="ordered").pk, reference="B-2", by=SYSTEM)
    claim.refresh_from_db()
    line.refresh_from_db()
    assert (claim.paid_amount, line.refunded_amount, balance("paid_out")) == (100, 100, 100)


def test_credit_that_was_spent_is_not_taken_back() -> None:
    claim = settling_claim(payout={"means": "credit"})
    book(
        "spend",
        [Side("credit", "CNY", Decimal(-60), claim.customer), Side("spent", "CNY", Decimal(60))],
        reason="order",
        by=SYSTEM,
    )
    with pytest.raises(NotEnough):
        reverse_payout(claim.payouts.get().pk, reason="mistake", by=SYSTEM)
    claim.refresh_from_db()
    assert (claim.paid_amount, claim.payouts.get().state) == (100, "paid")


@pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse", "approver"])
def test_only_finance_says_that_it_was_paid(role: str) -> None:
    payout = settling_claim().payouts.get()
    person = Actor.of_staff(make_staff("person", role=role))
    for act in (
        lambda: confirm_payout(payout.pk, reference="B-1", by=person),
        lambda: fail_payout(payout.pk, reason="x", by=person),
        lambda: retry_payout(payout.pk, by=person),
        lambda: reverse_payout(payout.pk, reason="x", by=person),
    ):
        with pytest.raises(NotFound):
            act()
    payout.refresh_from_db()
    assert payout.state == "ordered"


@pytest.mark.parametrize("given", ["money", {"means": "gold"}, {"means": "apology"}, {"account": "x" * 121}, [1]])
def test_a_payout_that_makes_no_sense_is_refused(given: object) -> None:
    claim = refund_claim()
    with pytest.raises(Invalid):
        move_claim(claim.pk, "settle", by=SYSTEM, arguments={"payout": given})


@pytest.mark.django_db(transaction=True)
def test_two_people_who_confirm_at_once_pay_once() -> None:
    claim = settling_claim()
    payout = claim.payouts.get()
    refused: list[Exception] = []

    def run(reference: str) -> None:
        try:
            confirm_payout(payout.pk, reference=reference, by=SYSTEM)
        except Refused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(f"B-{nth}",)) for nth in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claim.refresh_from_db()
    assert len(refused) == 2
    assert (claim.paid_amount, balance("paid_out")) == (100, 100)


@pytest.mark.django_db(transaction=True)
def test_two_who_order_the_payout_at_once_order_one() -> None:
    claim = refund_claim()
    refused: list[Exception] = []

    def run() -> None:
        try:
            move_claim(claim.pk, "settle", by=SYSTEM)
        except (MoveNotPossible, MoveRefused) as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2
    assert claim.payouts.count() == 1

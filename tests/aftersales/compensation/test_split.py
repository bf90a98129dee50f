"""Refunds over deposit, balance, trade-in, subsidy: to the cent, each back its own way, never more than was paid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.compensation.calc import CENT, Paid, Part, To, TooMuch, after_use, split_refund, to_customer

D = Decimal


@pytest.mark.req("F2", "refunds split")
def test_a_whole_order_goes_back_each_part_its_own_way() -> None:
    payments = [
        Paid(1, "deposit", D("200.00")),
        Paid(2, "balance", D("2800.00")),
        Paid(3, "trade_in", D("500.00")),
        Paid(4, "subsidy", D("600.00")),
        Paid(5, "points", D("99.00")),
    ]
    parts = split_refund(D("4199.00"), payments)
    assert parts == [
        Part(1, D("200.00"), To.CUSTOMER),
        Part(2, D("2800.00"), To.CUSTOMER),
        Part(3, D("500.00"), To.CUSTOMER),
        Part(4, D("600.00"), To.BEARER),
        Part(5, D("99.00"), To.POINTS),
    ]
    assert to_customer(parts) == D("3500.00")


def test_a_part_is_split_in_proportion_to_what_is_left() -> None:
    payments = [Paid(1, "online", D("100.00"), refunded=D("40.00")), Paid(2, "subsidy", D("20.00"))]
    assert split_refund(D("40.00"), payments) == [Part(1, D("30.00"), To.CUSTOMER), Part(2, D("10.00"), To.BEARER)]


def test_cents_go_by_the_largest_remainder() -> None:
    payments = [Paid(number, "online", D("1.00")) for number in (1, 2, 3)]
    assert [part.amount for part in split_refund(D("1.00"), payments)] == [D("0.34"), D("0.33"), D("0.33")]


def test_more_than_is_left_is_refused() -> None:
    with pytest.raises(TooMuch) as refusal:
        split_refund(D("60.01"), [Paid(1, "online", D("100.00"), refunded=D("40.00"))])
    assert refusal.value.left == D("60.00")


cents = st.integers(0, 10**7).map(lambda number: number * CENT)


@given(st.lists(st.tuples(cents, cents), min_size=1, max_size=7), st.integers(0, 10**8))
def test_parts_add_up_and_none_exceeds_its_payment(rows: list[tuple[Decimal, Decimal]], part: int) -> None:
    payments = [Paid(place, "online", max(row), refunded=min(row)) for place, row in enumerate(rows)]
    left = sum((payment.left for payment in payments), D(0))
    amount = (left * part / 10**8).quantize(CENT)
    parts = split_refund(min(amount, left), payments)
    assert sum((one.amount for one in parts), D(0)) == min(amount, left)
    by_id = {payment.id: payment.left for payment in payments}
    assert all(D(0) < one.amount <= by_id[one.payment_id] for one in parts)


def test_the_use_that_was_had_is_taken_off() -> None:
    assert after_use(D("1000.00"), 100, D("0.25")) == D("750.00")
    assert after_use(D("1000.00"), 500, D("0.25")) == D("0.00")

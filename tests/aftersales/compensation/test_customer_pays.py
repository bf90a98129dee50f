"""What customers owe: quotes and differences in price, paid before anything leaves, given back when they get nothing for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from aftersales.claims.errors import MoveRefused
from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.compensation.models import ProposalRule, Receipt
from aftersales.compensation.services.compensating import Draft, give_compensation
from aftersales.compensation.services.paying import confirm_payout
from aftersales.compensation.services.receiving import price_replacement, record_receipt
from aftersales.compensation.shipped import ensure_money
from aftersales.policy.services.shipping import ensure_rule_sets
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, NotFound, Refused
from helpdesk.customers.models import Order
from tests.aftersales.compensation.helpers import balance, settling_claim, signed_in
from tests.aftersales.factories import make_claim, make_order
from tests.aftersales.portal.conftest import signed_in as portal_of
from tests.factories import make_staff, make_ticket

pytestmark = pytest.mark.django_db


def inspected(kind: str, **fields: Any) -> Claim:
    """A claim whose goods have come back and been looked at."""
    claim = make_claim(kind, **fields)
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    move_claim(claim.pk, "approve", by=SYSTEM)
    if kind == "repair":
        move_claim(claim.pk, "ask_goods", by=SYSTEM)
    line = claim.lines.get()
    move_claim(claim.pk, "send_back", by=SYSTEM)
    move_claim(claim.pk, "receive", by=SYSTEM, arguments={"received": {line.pk: 1}})
    given = {line.pk: {"condition": "used", "damaged": 0}}
    return move_claim(claim.pk, "inspect", by=SYSTEM, arguments={"inspection": given})


def quoted(lines: Any) -> Claim:
    return move_claim(inspected("repair").pk, "quote", by=SYSTEM, arguments={"quote": {"lines": lines}})


@pytest.mark.req("F8", "on-site free, else quoted first")
def test_an_accepted_quote_is_owed_until_it_is_paid() -> None:
    claim = quoted([{"label": "Pump", "amount": "80"}, {"label": "Work", "amount": "40.50"}])
    assert claim.details["quote"]["total"] == "120.50"
    claim = move_claim(claim.pk, "accept_quote", by=SYSTEM)
    assert (claim.state, claim.owed_amount) == ("repairing", Decimal("120.50"))
    move_claim(claim.pk, "repaired", by=SYSTEM, arguments={"work": "New pump"})
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "order_dispatch", by=SYSTEM)
    record_receipt(claim.pk, amount="120.50", means="online", reference="W-1", by=SYSTEM)
    claim = move_claim(claim.pk, "order_dispatch", by=SYSTEM)
    assert (claim.state, claim.owed_amount, balance("earned")) == ("dispatching", 0, Decimal("120.50"))


@pytest.mark.parametrize(
    "lines",
    [None, [], "x", [{"label": "", "amount": "5"}], [{"label": "x", "amount": "-5"}], [{"label": "x"}], [3],
     [{"label": "x", "amount": "0"}], [{"label": "x" * 121, "amount": "1"}], [{"label": "x", "amount": "1"}] * 31],
)  # fmt: skip
def test_quotes_that_make_no_sense_are_refused(lines: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        quoted(lines)
    assert "quote" in refusal.value.fields


def test_a_product_with_service_on_site_is_never_quoted() -> None:
    claim = inspected("repair")
    Claim.objects.filter(pk=claim.pk).update(is_on_site_free=True)
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "quote", by=SYSTEM, arguments={"quote": {"lines": [{"label": "Work", "amount": "1"}]}})


def test_what_was_paid_for_a_repair_that_is_given_up_goes_back_with_the_refund() -> None:
    claim = quoted([{"label": "Pump", "amount": "80"}])
    claim = move_claim(claim.pk, "accept_quote", by=SYSTEM)
    record_receipt(claim.pk, amount="50", means="online", reference="W-2", by=SYSTEM)
    Claim.objects.filter(pk=claim.pk).update(approved_amount=Decimal("60.00"))
    claim = move_claim(claim.pk, "settle", by=SYSTEM)
    found = [(row.purpose, row.worth) for row in claim.payouts.order_by("pk")]
    assert found == [("refund", 60), ("returned", 50)]
    assert (claim.owed_amount, Receipt.objects.get().returned_amount) == (0, 50)
    for row in claim.payouts.all():
        confirm_payout(row.pk, reference=f"B-{row.pk}", by=SYSTEM)
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount, balance("earned")) == ("settled", 60, 0)


def test_a_dearer_item_is_paid_for_before_it_leaves() -> None:
    claim = inspected("exchange", by=SYSTEM)
    agent = make_staff("ann", teams=(claim.ticket.team,))
    line = claim.lines.get()
    answer = signed_in(agent).post(f"/claims/{claim.number}/money/price/{line.pk}/", {f"line{line.pk}-price": "130"})
    assert answer.status_code == 302
    claim.refresh_from_db()
    assert claim.owed_amount == 30
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "order_dispatch", by=SYSTEM)
    claim = move_claim(claim.pk, "ask_payment", by=SYSTEM)
    record_receipt(claim.pk, amount="30", means="transfer", reference="T-9", by=SYSTEM)
    claim.refresh_from_db()
    assert (claim.state, claim.owed_amount) == ("dispatching", 0)


def test_the_price_may_be_put_right_but_not_below_what_was_paid() -> None:
    claim = inspected("exchange")
    line = claim.lines.get()
    price_replacement(claim.pk, line.pk, price="150", by=SYSTEM)
    assert price_replacement(claim.pk, line.pk, price="140", by=SYSTEM).owed_amount == 40
    record_receipt(claim.pk, amount="40", means="transfer", reference="T-1", by=SYSTEM)
    with pytest.raises(Invalid):
        price_replacement(claim.pk, line.pk, price="120", by=SYSTEM)
    cheaper = inspected("exchange")
    priced = price_replacement(cheaper.pk, cheaper.lines.get().pk, price="70", by=SYSTEM)
    assert (priced.owed_amount, priced.lines.get().difference) == (0, -30)
    sent = move_claim(cheaper.pk, "order_dispatch", by=SYSTEM)
    assert (sent.state, [row.worth for row in sent.payouts.all()]) == ("dispatching", [30])


def test_what_is_not_owed_is_not_taken() -> None:
    claim = inspected("exchange")
    agent = Actor.of_staff(make_staff("ann", teams=(claim.ticket.team,)))
    with pytest.raises(NotFound):
        record_receipt(claim.pk, amount="1", means="cash", reference="K-1", by=agent)
    for values in (
        {"amount": "1", "means": "cash", "reference": "K-1"},
        {"amount": "0", "means": "cash", "reference": "K-1"},
        {"amount": "1", "means": "shells", "reference": "K-1"},
        {"amount": "1", "means": "cash", "reference": ""},
    ):
        with pytest.raises(Refused):
            record_receipt(claim.pk, by=SYSTEM, **values)
    assert not Receipt.objects.exists()


def test_a_withdrawn_claim_gives_back_what_was_paid_for_it() -> None:
    claim = make_claim("exchange")
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    move_claim(claim.pk, "approve", by=SYSTEM)
    price_replacement(claim.pk, claim.lines.get().pk, price="130", by=SYSTEM)
    record_receipt(claim.pk, amount="30", means="online", reference="W-9", by=SYSTEM)
    claim = move_claim(claim.pk, "cancel", by=SYSTEM)
    assert [(row.purpose, row.worth, row.state) for row in claim.payouts.all()] == [("returned", 30, "ordered")]


def test_the_customer_reads_the_quote_and_what_they_get_in_the_portal() -> None:
    claim = quoted([{"label": "Pump", "amount": "80"}])
    browser = portal_of(claim.customer)
    page = browser.get(f"/portal/claims/{claim.number}/").content.decode()
    assert "Pump" in page
    assert "¥80.00" in page
    paid = settling_claim("50.00", ticket=make_ticket(address="wu@customer.example"))
    give_compensation(paid.pk, Draft("points", "5"), by=SYSTEM)
    page = portal_of(paid.customer).get(f"/portal/claims/{paid.number}/").content.decode()
    assert "¥50.00" in page
    assert "500 points" in page
    assert portal_of(claim.customer).get(f"/portal/claims/{paid.number}/").status_code == 404


@pytest.mark.req("F2", "return freight")
def test_the_freight_of_a_return_that_the_company_pays_is_proposed_when_the_goods_are_sent() -> None:
    ensure_money()
    ensure_rule_sets()
    line = make_order(make_ticket().customer, delivered_at=timezone.now())
    ticket = make_ticket()
    Order.objects.filter(pk=line.order_id).update(customer=ticket.customer)
    claim = make_claim("return", ticket=ticket, line=line, reason="defect")
    agent = signed_in(make_staff("ann", teams=(ticket.team,)))
    assert "Freight of the return" not in agent.get(f"/claims/{claim.number}/money/").content.decode()
    move_claim(claim.pk, "approve", by=SYSTEM)
    move_claim(claim.pk, "send_back", by=SYSTEM)
    page = agent.get(f"/claims/{claim.number}/money/").content.decode()
    assert "Freight of the return" in page
    assert "¥12.00" in page
    rule = ProposalRule.objects.get(preset="freight")
    agent.post(f"/claims/{claim.number}/money/give/", {"means": "money", "worth": "12", "rule": rule.pk, "key": "f"})
    assert (balance("freight"), balance("payable", "CNY", claim.customer)) == (-12, 12)

"""What must hold when processes die between ordering and confirming, and whatever people do in whichever order."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from aftersales.claims.models import Claim
from aftersales.claims.services import moving
from aftersales.claims.services.moving import move_claim
from aftersales.compensation.models import Payout
from aftersales.compensation.services import booking, ordering, paying
from aftersales.compensation.services.paying import confirm_payout, fail_payout, retry_payout, reverse_payout
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Refused
from helpdesk.customers.models import LedgerEntry, OrderLine, OrderPayment
from tests.aftersales.compensation.helpers import balance, pay_order, refund_claim, settling_claim
from tests.aftersales.factories import make_order
from tests.aftersales.parcels.test_hard import in_a_process_that_dies
from tests.factories import make_ticket
from tickets.automation.models import WebhookCall
from tickets.automation.services.webhooks import create_endpoint

pytestmark = pytest.mark.django_db


def with_system() -> None:
    endpoint, _secret = create_endpoint(name="ERP", url="https://erp.example/pay", events=[], by=SYSTEM)
    row = ordering.setting()
    row.endpoint = endpoint
    row.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "patched",
    [(booking, "book_order"), (ordering, "tell_payer"), (moving, "tell_customer")],
    ids=["before it is booked", "before the system is told", "at the end of the move"],
)
def test_a_process_killed_while_ordering_leaves_no_half_of_it(patched: tuple[Any, str]) -> None:
    with_system()
    claim = refund_claim()
    in_a_process_that_dies(patched, lambda: move_claim(claim.pk, "settle", by=SYSTEM))
    assert not Payout.objects.exists()
    assert not WebhookCall.objects.exists()
    assert OrderLine.objects.get(claim_lines__claim=claim).refunded_amount == 0
    move_claim(claim.pk, "settle", by=SYSTEM)
    told = [json.loads(call.body)["data"] for call in WebhookCall.objects.all()]
    assert [one["idempotency_key"] for one in told] == [str(Payout.objects.get().key)]
    assert balance("payable", "CNY", claim.customer) == 100


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "patched",
    [(booking, "book_payment"), (paying, "settle_if_complete"), (moving, "tell_customer")],
    ids=["before it is booked", "before the claim moves", "at the end of the move"],
)
def test_a_process_killed_while_confirming_counts_nothing_and_the_next_report_everything(
    patched: tuple[Any, str],
) -> None:
    claim = settling_claim()
    payout = claim.payouts.get()
    in_a_process_that_dies(patched, lambda: confirm_payout(payout.pk, reference="E-1", by=SYSTEM))
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount, balance("paid_out")) == ("settling", 0, 0)
    for _ in range(2):
        confirm_payout(payout.pk, reference="E-1", by=SYSTEM)
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount, balance("paid_out")) == ("settled", 100, 100)
    assert LedgerEntry.objects.filter(account__kind="paid_out").count() == 1


def act(kind: str, chance: random.Random) -> None:
    payout = Payout.objects.get(pk=chance.choice(list(Payout.objects.values_list("pk", flat=True))))
    if kind == "confirm":
        confirm_payout(payout.pk, reference=f"B-{chance.randrange(4)}", by=SYSTEM)
    elif kind == "fail":
        fail_payout(payout.pk, reason="closed", by=SYSTEM)
    elif kind == "again":
        retry_payout(payout.pk, by=SYSTEM)
    else:
        reverse_payout(payout.pk, reason="bounced", by=SYSTEM)


@pytest.mark.req("F9", "ledger")
@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_no_amount_counts_twice(seed: int) -> None:
    chance = random.Random(seed)
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=2, price="100.00")
    pay_order(line, deposit="60.00", points="20.00", subsidy="30.00", online="90.00")
    claim = settling_claim("99.99", ticket=ticket, line=line)
    for _ in range(30):
        with suppress(Refused):
            act(chance.choice(["confirm", "confirm", "fail", "again", "reverse"]), chance)
        check(claim, line)


def check(claim: Claim, line: OrderLine) -> None:
    """What the columns, the shares and the ledger say agrees, and nothing is above what was paid."""
    rows = list(Payout.objects.filter(claim=claim))
    live = [row for row in rows if row.state != "reversed"]
    paid = sum((row.worth for row in rows if row.state == "paid"), Decimal(0))
    claim.refresh_from_db()
    line.refresh_from_db()
    assert claim.paid_amount == paid <= Decimal("99.99")
    shares = sum((Decimal(share) for row in live for share in row.shares.values()), Decimal(0))
    assert line.refunded_amount == shares == sum((row.worth for row in live), Decimal(0))
    for payment in OrderPayment.objects.filter(order_id=line.order_id):
        taken = sum((row.worth for row in live if row.payment_id == payment.pk), Decimal(0))
        assert payment.refunded_amount == taken <= payment.amount
    money = [row for row in live if row.unit == "CNY"]
    assert balance("refunds") == -sum((row.worth for row in money), Decimal(0))
    assert balance("paid_out") == sum((row.worth for row in money if row.state == "paid"), Decimal(0))
    owed = sum((row.worth for row in money if row.state != "paid" and row.means == "money"), Decimal(0))
    assert balance("payable", "CNY", claim.customer) == owed

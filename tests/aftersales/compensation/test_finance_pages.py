"""Finance's pages: pay, fail, order again, reverse, record what customers pay; for finance alone."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.claims.models import Claim
from aftersales.compensation.models import Payout, Receipt
from tests.aftersales.compensation.helpers import balance, pay_order, settling_claim, signed_in
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance() -> Client:
    return signed_in(make_staff("fin", role="finance"))


def test_finance_pays_out_and_the_claim_goes_on(finance: Client) -> None:
    claim = settling_claim()
    payout = claim.payouts.get()
    page = finance.get("/finance/").content.decode()
    assert payout.number in page
    assert "¥100.00" in page
    answer = finance.post(f"/finance/payouts/{payout.pk}/confirm/", {"confirm-reference": "B-77"}, follow=True)
    assert "Recorded as paid." in answer.content.decode()
    claim.refresh_from_db()
    assert claim.state == "settled"
    assert payout.number in finance.get("/finance/?show=paid").content.decode()
    assert payout.number in finance.get("/finance/?q=B-77").content.decode()
    assert payout.number in finance.get(f"/finance/?q={claim.number}").content.decode()
    assert payout.number not in finance.get("/finance/?q=nothing").content.decode()


def test_a_payout_fails_is_ordered_again_paid_and_reversed(finance: Client) -> None:
    payout = settling_claim().payouts.get()
    base = f"/finance/payouts/{payout.pk}/"
    assert finance.post(f"{base}fail/", {"fail-reason": ""}).status_code == 422
    finance.post(f"{base}fail/", {"fail-reason": "account closed"})
    assert "account closed" in finance.get(base).content.decode()
    assert payout.number in finance.get("/finance/?show=failed").content.decode()
    finance.post(f"{base}again/", {"again-account": "6222 1"})
    assert "6222 1" in finance.get(base).content.decode()
    finance.post(f"{base}confirm/", {"confirm-reference": "B-1"})
    refused = finance.post(f"{base}confirm/", {"confirm-reference": "B-2"})
    assert refused.status_code == 422
    assert "under another reference" in refused.content.decode()
    finance.post(f"{base}reverse/", {"reverse-reason": "bounced"})
    assert payout.number in finance.get("/finance/?show=reversed").content.decode()
    assert balance("paid_out") == 0


def test_what_a_customer_owes_is_recorded_once(finance: Client) -> None:
    claim = make_claim("exchange")
    Claim.objects.filter(pk=claim.pk).update(owed_amount=Decimal("30.00"))
    assert claim.number in finance.get("/finance/?show=owing").content.decode()
    url = f"/finance/claims/{claim.pk}/receipt/"
    too_much = finance.post(url, {"amount": "31", "means": "transfer", "reference": "T-1"})
    assert too_much.status_code == 422
    assert "The customer owes 30.00 CNY, not more." in too_much.content.decode()
    for _ in range(2):
        answer = finance.post(url, {"amount": "10", "means": "transfer", "reference": "T-1"})
        assert answer.status_code == 302
    claim.refresh_from_db()
    assert claim.owed_amount == 20
    other = make_claim("exchange")
    Claim.objects.filter(pk=other.pk).update(owed_amount=Decimal("30.00"))
    again = finance.post(
        f"/finance/claims/{other.pk}/receipt/", {"amount": "10", "means": "transfer", "reference": "T-1"}
    )
    assert again.status_code == 422
    assert Receipt.objects.count() == 1


def test_the_file_for_the_bank_has_no_formulas(finance: Client) -> None:
    claim = settling_claim(payout={"account": "=1+1"})
    rows = list(csv.DictReader(io.StringIO(finance.get("/finance/payouts.csv").content.decode("utf-8-sig"))))
    assert [(row["claim"], row["amount"], row["account"]) for row in rows] == [(claim.number, "100.00", "'=1+1")]


@pytest.mark.parametrize("role", ["agent", "lead", "supervisor", "warehouse", "approver", "administrator", "quality"])
def test_nobody_else_gets_to_finance(role: str) -> None:
    payout = settling_claim().payouts.get()
    browser = signed_in(make_staff("person", role=role))
    paths = [
        "/finance/",
        "/finance/payouts.csv",
        f"/finance/payouts/{payout.pk}/",
        f"/finance/claims/{payout.claim_id}/receipt/",
    ]
    for path in paths:
        assert browser.get(path).status_code == 403, path
    for act in ("confirm", "fail", "again", "reverse"):
        data = {f"{act}-reference": "x", f"{act}-reason": "x"}
        assert browser.post(f"/finance/payouts/{payout.pk}/{act}/", data).status_code == 403
    payout.refresh_from_db()
    assert payout.state == "ordered"


def test_the_lists_cost_the_same_whatever_their_length(finance: Client) -> None:
    def costs() -> list[int]:
        found = []
        for show in ("ordered", "failed", "paid", "reversed", "owing", "invoices"):
            with CaptureQueriesContext(connection) as queries:
                assert finance.get(f"/finance/?show={show}").status_code == 200
            found.append(len(queries))
        return found

    settling_claim()
    few = costs()
    for _ in range(4):
        settling_claim()
        ticket = make_ticket()
        line = make_order(ticket.customer)
        pay_order(line, online="100.00", subsidy="100.00")
        settling_claim(ticket=ticket, line=line)
    Payout.objects.filter(pk__in=list(Payout.objects.values_list("pk", flat=True)[:3])).update(state="failed")
    Claim.objects.update(owed_amount=5)
    assert costs() == few
    assert max(few) <= 10


@pytest.mark.parametrize("given", ["\x00", "9" * 40, "-1", "P-", "AS-x", "<script>alert(1)</script>", "𝟙", "'; --"])
def test_odd_searches_and_cursors_break_nothing(finance: Client, given: str) -> None:
    for name in ("q", "show", "cursor"):
        answer = finance.get("/finance/", {name: given})
        assert answer.status_code in {200, 400}
        assert "<script>alert" not in answer.content.decode()

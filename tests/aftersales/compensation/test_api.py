"""Money by API: for whose role and scopes allow it, the same answers as on the pages."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from aftersales.claims.models import Claim
from helpdesk.accounts.models import Staff
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core.actors import SYSTEM
from tests.aftersales.compensation.helpers import balance, pay_order, settling_claim
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_ticket

pytestmark = pytest.mark.django_db


def caller(staff: Staff, scopes: tuple[str, ...] = ("claims:read", "claims:write")) -> Any:
    """`call(path, body)`: GET without a body, POST with one."""
    _key, text = create_api_key(staff, list(scopes), by=SYSTEM)

    def call(path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {text}"}
        if body is None:
            return Client().get(f"/api/v1/{path}", headers=headers)
        return Client().post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)

    return call


def test_a_program_of_finance_pays_and_reverses() -> None:
    claim = settling_claim()
    call = caller(make_staff("fin", role="finance"))
    (listed,) = call("payouts/?state=ordered").json()["results"]
    assert (listed["claim"], listed["amount"], listed["unit"]) == (claim.number, "100.00", "CNY")
    pk = listed["id"]
    assert call(f"payouts/{pk}/failed/", {"reason": "closed"}).json()["state"] == "failed"
    assert call(f"payouts/{pk}/order/", {}).json()["idempotency_key"] != listed["idempotency_key"]
    for _ in range(2):
        assert call(f"payouts/{pk}/paid/", {"reference": "B-1"}).json()["state"] == "paid"
    assert call(f"payouts/{pk}/paid/", {"reference": "B-2"}).json()["code"] == "paid_otherwise"
    claim.refresh_from_db()
    assert claim.state == "settled"
    assert call(f"payouts/{pk}/reversal/", {"reason": "bounced"}).json()["state"] == "reversed"
    assert call(f"payouts/?claim={claim.number}").json()["results"][0]["state"] == "reversed"
    assert balance("paid_out") == 0


@pytest.mark.req("F2", "refunds split")
def test_a_refund_that_an_agent_decides_goes_back_the_way_each_part_was_paid() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=2, price="100.00")
    pay_order(line, deposit="50.00", trade_in="30.00", subsidy="20.00", online="100.00")
    claim = make_claim("refund_only", ticket=ticket, line=line)
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    client = caller(make_staff("boss", role="supervisor"))
    path = f"claims/{claim.number}/moves/"
    assert client(path, {"move": "approve", "arguments": {"amount": "100.00"}}).status_code == 200
    assert client(path, {"move": "settle"}).json()["state"] == "settling"
    finance = caller(make_staff("fin", role="finance"))
    rows = finance(f"payouts/?claim={claim.number}").json()["results"]
    assert sorted((row["means"], row["amount"]) for row in rows) == [
        ("money", "15.00"),
        ("money", "25.00"),
        ("money", "50.00"),
        ("subsidy", "10.00"),
    ]
    above = client(path, {"move": "settle"})
    assert (above.status_code, above.json()["code"]) == (409, "move_not_possible")


def test_what_a_customer_owes_is_recorded_by_api() -> None:
    claim = make_claim("exchange")
    Claim.objects.filter(pk=claim.pk).update(owed_amount=Decimal("30.00"))
    call = caller(make_staff("fin", role="finance"))
    body = {"amount": "30.00", "means": "transfer", "reference": "T-1"}
    for _ in range(2):
        assert call(f"claims/{claim.number}/receipts/", body).status_code == 200
    refused = call(f"claims/{claim.number}/receipts/", {**body, "reference": "T-2"})
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_owed")


@pytest.mark.req("F9", "limited by role")
def test_compensation_by_api_keeps_to_the_limit_of_the_keys_owner() -> None:
    claim = make_claim("return")
    agent, approver = make_staff("ann", teams=(claim.ticket.team,)), make_staff("app", role="approver")
    call, path = caller(agent), f"claims/{claim.number}/compensations/"
    assert call(path, {"means": "coupon", "worth": "20.00", "key": "a"}).json()["state"] == "given"
    assert call(path, {"means": "coupon", "worth": "20.00", "key": "a"}).json()["state"] == "given"
    above = call(path, {"means": "coupon", "worth": "31.00", "key": "b"})
    assert (above.status_code, above.json()["code"]) == (409, "above_limit")
    asked = call(path, {"means": "coupon", "worth": "31.00", "key": "c", "approver": approver.pk}).json()
    assert asked["state"] == "asked"
    assert call(f"compensations/{asked['id']}/decision/", {"is_granted": True}).status_code == 404
    decided = caller(approver)(f"compensations/{asked['id']}/decision/", {"is_granted": True})
    assert decided.json()["state"] == "given"
    assert call(f"compensations/{asked['id']}/withdrawal/", {}).json()["code"] == "compensation_decided"
    assert [row["worth"] for row in call(path).json()["results"]] == ["20.00", "31.00"]
    assert balance("coupons", "CNY", claim.customer) == 51


def test_others_get_nothing() -> None:
    payout = settling_claim().payouts.get()
    agent = caller(make_staff("ann"))
    assert agent("payouts/").status_code == 403
    assert agent(f"payouts/{payout.pk}/paid/", {"reference": "x"}).status_code == 403
    assert agent(f"claims/AS-{payout.claim_id}/compensations/").status_code == 404
    reading = caller(make_staff("fin", role="finance"), ("claims:read",))
    assert reading(f"payouts/{payout.pk}/paid/", {"reference": "x"}).status_code == 403
    payout.refresh_from_db()
    assert payout.state == "ordered"

"""The company's paying system: ordered by a signed webhook, once; its signed reports count once; nobody else is believed."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from aftersales.claims.models import Claim
from aftersales.compensation.models import MoneySetting
from aftersales.compensation.services.paying import fail_payout, retry_payout
from helpdesk.core.actors import SYSTEM
from tests.aftersales.compensation.helpers import balance, settling_claim
from tests.aftersales.factories import make_claim
from tickets.automation.models import WebhookCall, WebhookEndpoint
from tickets.automation.services.webhooks import create_endpoint
from tickets.automation.webhooks.signing import sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(db: None) -> tuple[WebhookEndpoint, str]:
    endpoint, secret = create_endpoint(name="ERP", url="https://erp.example/pay", events=[], by=SYSTEM)
    MoneySetting.objects.update_or_create(pk=1, defaults={"endpoint": endpoint})
    return endpoint, secret


def report(secret: str, path: str = "/hooks/payouts/", *, at: int | None = None, **body: Any) -> Any:
    raw = json.dumps(body).encode()
    stamp = at if at is not None else int(time.time())
    headers = {"X-Helpdesk-Timestamp": str(stamp), "X-Helpdesk-Signature": sign(secret, stamp, raw)}
    return Client().post(path, raw, content_type="application/json", headers=headers)


def test_a_payout_is_ordered_in_the_transaction_and_its_report_pays_the_claim_out(
    system: tuple[WebhookEndpoint, str],
) -> None:
    claim = settling_claim(payout={"account": "6222"})
    call = WebhookCall.objects.get(event_name="payout.order")
    told = json.loads(call.body)["data"]
    payout = claim.payouts.get()
    assert (told["payout"], told["amount"], told["unit"], told["account"]) == (payout.number, "100.00", "CNY", "6222")
    assert told["idempotency_key"] == str(payout.key)
    for _ in range(2):
        answer = report(system[1], idempotency_key=told["idempotency_key"], status="paid", reference="E-1")
        assert (answer.status_code, answer.json()["state"]) == (200, "paid")
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount, balance("paid_out")) == ("settled", 100, 100)
    doubled = report(system[1], idempotency_key=told["idempotency_key"], status="paid", reference="E-2")
    assert (doubled.status_code, doubled.json()["code"]) == (409, "paid_otherwise")


def test_nothing_is_ordered_when_the_claim_does_not_move(system: tuple[WebhookEndpoint, str]) -> None:
    settling_claim(payout={"means": "credit"})
    assert not WebhookCall.objects.exists()


def test_unsigned_old_and_forged_reports_are_refused(system: tuple[WebhookEndpoint, str]) -> None:
    payout = settling_claim().payouts.get()
    key = str(payout.key)
    good = {"idempotency_key": key, "status": "paid", "reference": "E-1"}
    assert report("another secret", **good).status_code == 401
    assert report(system[1], at=int(time.time()) - 301, **good).status_code == 401
    assert Client().post("/hooks/payouts/", json.dumps(good), content_type="application/json").status_code == 401
    assert Client().get("/hooks/payouts/").status_code == 405
    payout.refresh_from_db()
    assert payout.state == "ordered"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"idempotency_key": "x"}, 404),
        ({"idempotency_key": "00000000-0000-4000-8000-000000000000", "status": "paid"}, 404),
        ({"status": "paid"}, 404),
        ({"idempotency_key": "KEY", "status": "perhaps"}, 400),
        ({"idempotency_key": "KEY", "status": "paid"}, 400),
        ({"idempotency_key": "KEY", "status": "paid", "reference": "E-1", "amount": "99.99"}, 400),
        ({"idempotency_key": "KEY", "status": "failed"}, 400),
    ],
)
def test_reports_that_make_no_sense_change_nothing(
    system: tuple[WebhookEndpoint, str], body: dict[str, Any], status: int
) -> None:
    payout = settling_claim().payouts.get()
    sent = {name: str(payout.key) if value == "KEY" else value for name, value in body.items()}
    assert report(system[1], **sent).status_code == status
    payout.refresh_from_db()
    assert payout.state == "ordered"


def test_a_body_that_is_no_object_is_refused(system: tuple[WebhookEndpoint, str]) -> None:
    for raw in (b"[1]", b"{", b"\xff\xfe", b"[" * 5000):
        stamp = int(time.time())
        headers = {"X-Helpdesk-Timestamp": str(stamp), "X-Helpdesk-Signature": sign(system[1], stamp, raw)}
        answer = Client().post("/hooks/payouts/", raw, content_type="application/json", headers=headers)
        assert answer.status_code == 400


def test_a_late_word_about_an_earlier_order(system: tuple[WebhookEndpoint, str]) -> None:
    claim = settling_claim()
    payout = claim.payouts.get()
    old = str(payout.key)
    fail_payout(payout.pk, reason="timeout", by=SYSTEM)
    retry_payout(payout.pk, by=SYSTEM)
    assert WebhookCall.objects.filter(event_name="payout.order").count() == 2
    assert report(system[1], idempotency_key=old, status="failed", reason="late").status_code == 400
    assert report(system[1], idempotency_key=old, status="paid", reference="E-1").status_code == 200
    payout.refresh_from_db()
    second = report(system[1], idempotency_key=str(payout.key), status="paid", reference="E-9")
    assert second.status_code == 409, "paid twice by the other side is told, and counted once"
    assert balance("paid_out") == 100


def test_a_customers_payment_is_reported_and_the_claim_goes_on(system: tuple[WebhookEndpoint, str]) -> None:
    claim = make_claim("exchange")
    Claim.objects.filter(pk=claim.pk).update(owed_amount=Decimal("30.00"))
    sent = {"claim": claim.number, "amount": "30.00", "reference": "PAY-1"}
    for _ in range(2):
        assert report(system[1], "/hooks/receipts/", **sent).status_code == 200
    claim.refresh_from_db()
    assert (claim.owed_amount, balance("earned")) == (0, 30)
    assert report(system[1], "/hooks/receipts/", **{**sent, "reference": "PAY-2"}).json()["code"] == "nothing_owed"


def test_without_a_paying_system_there_is_no_door() -> None:
    assert report("x", idempotency_key="y").status_code == 404

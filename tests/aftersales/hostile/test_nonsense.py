"""What programs, phones and paying systems send by mistake or on purpose: refused in words, never an error of ours."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from aftersales.claims.machines import MACHINES
from aftersales.claims.models import Claim, Transition
from aftersales.compensation.models import MoneySetting
from aftersales.field.models import FieldEntry
from aftersales.parcels.carriers import ensure_carriers
from aftersales.policy.services.shipping import ensure_rule_sets
from aftersales.visits.models import Visit
from helpdesk.accounts.permissions import Scope
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Invalid
from helpdesk.core.plain import MOST_DEPTH, MOST_VALUES, plain
from helpdesk.customers.models import Customer
from tests.aftersales.factories import make_claim, make_order
from tests.aftersales.field.conftest import Phone, engineer, phone, visit  # noqa: F401
from tests.aftersales.portal.conftest import signed_in
from tests.api.conftest import Caller, key_of
from tests.customers.conftest import house, lin  # noqa: F401
from tests.factories import make_staff, make_ticket
from tickets.automation.services.webhooks import create_endpoint
from tickets.automation.webhooks.signing import sign

pytestmark = pytest.mark.django_db
DEEP = '{"a":' * 600 + "1" + "}" * 600
# 1e400 is read as infinity; 0e999999 is nought to Python, and no number to the database
SHAPES = ["5", "1e400", "[1e400]", '"a\\u0000b"', '"\\ud800"', f"{10**30}", '"0e999999"', '"sNaN"', DEEP, "[{}]"]
# Argument → shapes of its own, and a kind, move and state that ask for it.
ARGUMENTS: dict[str, tuple[str, list[str]]] = {
    "amount": ("approve", []),
    "outcome": ("approve", []),
    "approvers": ("ask_approval", ['{"business": 1e400, "supply_chain": 1e400}', '{"business": "\\u0000"}']),
    "parcel": ("send_back", ['{"carrier": "\\u0000", "number": "SF12345678"}', '{"carrier": {}, "number": "\\ud800"}']),
    "received": ("receive", ['{"LINE": 1e400}', '{"LINE": "\\u0000"}', '{"LINE": {}}']),
    "inspection": ("inspect", [f'{{"LINE": {{"condition": {one}, "damaged": 1e400}}}}' for one in ("[]", '"new"')]),
    "payout": ("settle", ['{"means": []}', '{"means": {}}', '{"means": "money", "account": "\\ud800"}']),
    "quote": ("quote", ['{"lines": [{"label": "x", "amount": "0e999999"}]}', '{"lines": [{"label": "x", "amount": 1e400}]}']),
    "slot": ("arrange", ['{"slot": "x", "engineer": 1e400}', '{"slot": "\\u0000"}']),
    "part": ("wait_for_parts", ['{"product": "\\u0000"}', '{"product": "x", "quantity": 1e400}']),
    "invoice": ("order_invoice", ['{"kind": {}, "title": "\\ud800"}']),
    "cause": ("analyse", []),
    "plan": ("plan", []),
}  # fmt: skip


@pytest.fixture
def boss(db: None) -> Caller:
    ensure_rule_sets()
    ensure_carriers()
    staff = make_staff("root", role="administrator")
    return Caller(key_of(staff, *Scope.values), staff)


def test_arguments_of_moves_in_any_shape_break_nothing(boss: Caller) -> None:
    tried = 0
    for name, (move, own) in ARGUMENTS.items():
        kind, state = next(
            (kind, place.key)
            for kind, machine in MACHINES.items()
            for place in machine.states
            if (found := machine.find(move, place.key)) and name in found.asks
        )
        claim = make_claim(kind)
        line = str(claim.lines.values_list("pk", flat=True).first())
        for shape in [*own, *SHAPES]:
            given = shape.replace("LINE", line)
            body = f'{{"move": "{move}", "arguments": {{"{name}": {given}}}}}'
            _put_back(claim, state)
            answer = boss.call("POST", f"claims/{claim.number}/moves/", body.encode())
            assert answer.status_code in {200, 400, 403, 409}, (move, shape[:60], answer.content)
            tried += 1
    assert tried > 100


def _put_back(claim: Claim, state: str) -> None:
    """The claim at another step, as if that were a step of its kind."""
    here = Claim.objects.values_list("state", flat=True).get(pk=claim.pk)
    Transition.objects.get_or_create(kind=claim.kind, from_state=here, to_state=state)
    Claim.objects.filter(pk=claim.pk).update(state=state, closed_at=None, verdict="allowed", approval_sides=[])


def application(details: str) -> tuple[Any, bytes]:
    ticket = make_ticket()
    line = make_order(ticket.customer)
    body = {"kind": "return", "order": line.order_id, "lines": [{"order_line": line.pk}]}
    return ticket, json.dumps(body)[:-1].encode() + f', "details": {details}}}'.encode()


@pytest.mark.parametrize(
    "details",
    [
        '{"outcome": "everything"}',
        '{"quote": {"total": "0.01", "lines": []}}',
        '{"has_photos": true}',
        '{"invoice_number": "X-1"}',
        '{"price_drop": 1e400}',
        '{"price_drop": "0e999999"}',
        '{"is_opened": "perhaps"}',
        '{"address": [1]}',
        '{"invoice": {"title": {"a": 1}}}',
        '{"redirect": 5}',
        f'{{"address": {DEEP}}}',
    ],
)
def test_an_application_says_only_what_an_applicant_can_know(boss: Caller, details: str) -> None:
    ticket, body = application(details)
    answer = boss.call("POST", f"tickets/{ticket.number}/claims/", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["details"]), answer.content
    assert not Claim.objects.exists()


def test_details_in_their_shapes_are_kept_without_what_cannot_be_stored(boss: Caller) -> None:
    ticket, body = application('{"is_used": false, "address": {"city": "Hang\\u0000zhou\\ud800"}, "price_drop": 12}')
    assert boss.call("POST", f"tickets/{ticket.number}/claims/", body).status_code == 201
    details = Claim.objects.get().details
    assert details == {"is_used": False, "address": {"city": "Hangzhou?"}, "price_drop": "12"}


def test_plain_bounds_depth_number_and_length() -> None:
    deep: Any = 1
    for _ in range(MOST_DEPTH + 1):
        deep = [deep]
    for given in (deep, [0] * (MOST_VALUES + 1), "x" * 20_001, float("inf"), float("nan"), 2**63, {"a": [10**400]}):
        with pytest.raises(Invalid):
            plain(given, field="x")
    assert plain({"a\x00": ["b\ud800", 2**63 - 1, None, True, 1.5]}, field="x") == {
        "a": ["b?", 2**63 - 1, None, True, 1.5]
    }


@pytest.mark.req("F8", "works offline")
@pytest.mark.parametrize(
    "deed",
    [
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"data": {"position": {"latitude": float("inf"), "longitude": 1}}},
        {"data": {"note": [[[[[[[[[[1]]]]]]]]]]}},
        {"data": {"x": 10**40}},
    ],
)
def test_deeds_that_could_not_be_read_back_are_not_taken(phone: Phone, visit: Visit, deed: dict[str, Any]) -> None:  # noqa: F811
    answer = phone.send(phone.deed(visit, "check_in") | deed)
    assert answer.status_code == 400, answer.content
    assert not FieldEntry.objects.exists()


def test_texts_of_deeds_are_stored_without_what_the_database_refuses(phone: Phone, visit: Visit) -> None:  # noqa: F811
    data = {"position": {"latitude": 30, "longitude": 120, "within": 1e300}, "a\x00": "b\x00\ud800"}
    assert phone.do(visit, "check_in", data).status_code == 201
    assert FieldEntry.objects.get().data["a"] == "b?"
    visit.refresh_from_db()
    assert visit.here_within == 10**6
    assert (
        phone.do(visit, "finish", {"result": "needs_part", "part": {"product": "\x00", "quantity": 1}}).status_code
        == 400
    )


def test_signed_reports_in_any_shape_are_refused_in_words() -> None:
    endpoint, secret = create_endpoint(name="ERP", url="https://erp.example/pay", events=[], by=SYSTEM)
    MoneySetting.objects.update_or_create(pk=1, defaults={"endpoint": endpoint})
    claim = make_claim()
    Claim.objects.filter(pk=claim.pk).update(owed_amount=Decimal(1))
    for path, name in (
        ("/hooks/receipts/", "amount"),
        ("/hooks/receipts/", "reference"),
        ("/hooks/payouts/", "idempotency_key"),
    ):
        for shape in [*SHAPES, "null"]:
            values = {
                "claim": f'"{claim.number}"',
                "amount": '"11"',
                "reference": '"T-1"',
                "status": '"paid"',
                name: shape,
            }
            raw = ("{" + ",".join(f'"{key}":{value}' for key, value in values.items()) + "}").encode()
            stamp = int(time.time())
            headers = {"X-Helpdesk-Timestamp": str(stamp), "X-Helpdesk-Signature": sign(secret, stamp, raw)}
            answer = Client(raise_request_exception=False).post(
                path, raw, content_type="application/json", headers=headers
            )
            assert answer.status_code in {400, 404, 409}, (path, name, shape[:40], answer.content)


@pytest.mark.parametrize(
    "path",
    [
        "products/?sku=%00",
        "products/?cursor=%00",
        "orders/?number=%00",
        "registered-products/?serial=%00",
        "incidents/?state=%00",
        "incidents/?state=burning",
    ],
)
def test_filters_of_lists_may_hold_anything(boss: Caller, path: str) -> None:
    assert boss.get(path).status_code in {200, 400}


def test_products_of_any_traits_are_kept_or_refused(boss: Caller) -> None:
    body = b'{"sku": "T-1", "name": "\\ud800x", "traits": ["a\\u0000", "\\ud800"]}'
    assert boss.call("POST", "products/", body).status_code in {201, 400}
    assert boss.call("POST", "products/", body[:-1] + b', "warranty_months": 1e400}').status_code == 400


def test_addresses_and_forms_of_the_portal_may_hold_anything(lin: Customer) -> None:  # noqa: F811
    ensure_carriers()
    client = signed_in(lin)
    client.raise_request_exception = False
    for key in (f"line-{'9' * 5000}", f"product-{'9' * 5000}", "line-", "line-٣", "line-1e5"):
        assert client.get(f"/portal/apply/{key}/").status_code == 404
    ticket = make_ticket(address="lin@customer.example")
    assert ticket.customer_id == lin.pk
    claim = make_claim(ticket=ticket, line=make_order(lin))
    _put_back(claim, "awaiting_goods")
    form = {"carrier": "sf\x00", "tracking": "SF1234567890", "row_version": "9" * 500}
    assert client.post(f"/portal/claims/{claim.number}/move/send_back/", form).status_code in {302, 404, 422}

"""Claims by API: judged, opened, read, moved, approved; refusals are problems that say why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aftersales.approvals.models import Approval
from aftersales.claims.models import Claim
from aftersales.policy.services.shipping import ensure_rule_sets
from helpdesk.accounts.models import ApiKey
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.customers.models import OrderLine, Product
from tests.aftersales.claims.test_files import picture
from tests.aftersales.factories import make_claim, make_order
from tests.api.conftest import Caller, key_of
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Ticket
from tickets.services.files import NewFile, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket() -> Ticket:
    ensure_rule_sets()
    return make_ticket()


@pytest.fixture
def line(ticket: Ticket) -> OrderLine:
    return make_order(ticket.customer)


@pytest.fixture
def boss(ticket: Ticket) -> Caller:
    staff = make_staff("boss", role="supervisor")
    return Caller(key_of(staff), staff)


def application(line: OrderLine, **more: Any) -> dict[str, Any]:
    lines = [{"order_line": line.pk, "quantity": 1}]
    return {"kind": "return", "reason": "changed_mind", "order": line.order_id, "lines": lines} | more


@pytest.mark.req("F1", "every kind of claim")
@pytest.mark.req("F4", "every move logged")
def test_a_claim_is_judged_opened_moved_and_read(boss: Caller, ticket: Ticket, line: OrderLine) -> None:
    tried = boss.post("claims/judge/", application(line, customer=ticket.customer_id))
    assert tried.status_code == 200
    assert set(tried.json()["words"]) >= {"en", "zh-hans"}
    assert not Claim.objects.exists()
    made = boss.post(f"tickets/{ticket.number}/claims/", application(line, external_id="x-1"))
    assert made.status_code == 201, made.content
    assert boss.post(f"tickets/{ticket.number}/claims/", application(line, external_id="x-1")).status_code == 200
    claim = made.json()
    assert claim["verdict"] == tried.json()["verdict"]
    number, version = claim["number"], claim["row_version"]
    names = {move["name"] for move in claim["possible_moves"]}
    assert {"reject", "cancel"} <= names
    body = {"move": "cancel", "row_version": version, "arguments": {"note": "Asked to"}}
    moved = boss.post(f"claims/{number}/moves/", body)
    assert (moved.status_code, moved.json()["state"]) == (200, "cancelled")
    assert [row["move"] for row in boss.get(f"claims/{number}/moves/").json()["results"]] == ["open", "cancel"]
    assert [row["number"] for row in boss.get("claims/", open="false").json()["results"]] == [number]
    assert boss.get("claims/", open="true").json()["results"] == []


@pytest.mark.req("F2", "shipped rules")
@pytest.mark.req("F2", "what is allowed")
@pytest.mark.parametrize(
    ("kind", "reason", "days", "traits", "expected", "rule"),
    [
        ("return", "changed_mind", 7, [], "allowed", "within_seven_days"),
        ("return", "changed_mind", 8, [], "refused", "too_late"),
        ("return", "changed_mind", 2, ["custom_made"], "refused", "excluded_by_law"),
        ("return", "defect", 7, [], "allowed", "return_7"),
        ("exchange", "defect", 15, [], "allowed", "exchange_15"),
        ("exchange", "defect", 16, [], "refused", "exchange_too_late"),
        ("repair", "defect", 100, [], "allowed", "repair_in_warranty"),
        ("repair", "defect", 500, [], "allowed", "repair_with_quote"),
    ],
)
def test_what_was_bought_gets_the_shipped_verdict(
    boss: Caller, ticket: Ticket, kind: str, reason: str, days: int, traits: list[str], expected: str, rule: str
) -> None:
    delivered = clock.now() - timedelta(days=days)
    bought = make_order(ticket.customer, quantity=1, delivered_at=delivered, placed_at=delivered - timedelta(days=1))
    Product.objects.filter(pk=bought.product_id).update(traits=traits, warranty_months=12)
    asked = application(bought, customer=ticket.customer_id, is_complete=True) | {"kind": kind, "reason": reason}
    found = boss.post("claims/judge/", asked).json()
    assert (found["verdict"], found["rule"]) == (expected, rule), found
    assert found["words"]["en"] != found["words"]["zh-hans"]


def test_refusals_say_why(boss: Caller, ticket: Ticket, line: OrderLine) -> None:
    made = boss.post(f"tickets/{ticket.number}/claims/", application(line)).json()
    path = f"claims/{made['number']}/moves/"
    for body, status, code in (
        ({"move": "deliver"}, 409, "move_not_possible"),
        ({"move": "cancel", "row_version": 99}, 409, "claim_changed"),
        ({"move": "reject", "arguments": {}}, 400, "invalid"),
        ({"move": "x" * 30}, 400, "invalid"),
        ({"move": "cancel", "arguments": []}, 400, "invalid"),
        ({"move": "approve", "arguments": {"files": ["x"]}}, 400, "invalid"),
    ):
        answer = boss.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    twice = boss.post(
        f"tickets/{ticket.number}/claims/", application(line) | {"lines": [{"order_line": line.pk, "quantity": 2}]}
    )
    assert (twice.status_code, twice.json()["code"]) == (409, "claimed_already")
    for change in (
        {"kind": "gift"},
        {"order": 10**15},
        {"lines": []},
        {"lines": [{"sku": "?"}]},
        {"asked_amount": "-1"},
    ):
        assert boss.post(f"tickets/{ticket.number}/claims/", application(line) | change).status_code == 400, change


def test_photos_come_from_uploads_and_must_be_pictures(boss: Caller, ticket: Ticket, line: OrderLine) -> None:
    assert boss.staff is not None
    by = Actor.of_key(ApiKey.objects.get(staff=boss.staff).pk, boss.staff)
    good, bad = (upload(NewFile("a.png", "image/png", data), by=by) for data in (picture(), b"no picture"))
    answer = boss.post(f"tickets/{ticket.number}/claims/", application(line, files=[bad.pk]))
    assert (answer.status_code, "files" in answer.json()["fields"]) == (400, True)
    answer = boss.post(f"tickets/{ticket.number}/claims/", application(line, files=[good.pk]))
    assert answer.status_code == 201, answer.content
    assert Claim.objects.get().files.count() == 1


@pytest.mark.req("F5", "joint approval")
def test_only_the_named_approver_decides_and_once(boss: Caller, ticket: Ticket, line: OrderLine) -> None:
    claim = make_claim("refund_only", ticket=ticket, line=line)
    approver, other = make_staff("approver", role="approver"), make_staff("other", role="approver")
    arguments = {"outcome": "refund", "amount": "50.00", "approvers": {"business": approver.pk}}
    Claim.objects.filter(pk=claim.pk).update(approval_sides=["business"])
    asked = boss.post(f"claims/{claim.number}/moves/", {"move": "ask_approval", "arguments": arguments})
    assert asked.status_code == 200, asked.content
    named, stranger = (Caller(key_of(person), person) for person in (approver, other))
    row = Approval.objects.get()
    assert [one["id"] for one in named.get("approvals/").json()["results"]] == [row.pk]
    assert stranger.get("approvals/").json()["results"] == []
    path = f"approvals/{row.pk}/decision/"
    assert stranger.post(path, {"is_approved": True}).status_code == 404
    assert boss.post(path, {"is_approved": True}).status_code == 404
    assert named.post(path, {"is_approved": False}).status_code == 400
    assert named.post(path, {"is_approved": True}).json()["state"] == "approved"
    assert named.post(path, {"is_approved": True}).json()["code"] in {"decided_already", "not_found"}


def test_another_teams_claim_is_not_there(ticket: Ticket, line: OrderLine) -> None:
    claim = make_claim(ticket=ticket, line=line)
    agent = make_staff("far", role="agent", teams=(make_team("Elsewhere"),))
    caller = Caller(key_of(agent), agent)
    for answer in (
        caller.get(f"claims/{claim.number}/"),
        caller.get(f"claims/{claim.number}/moves/"),
        caller.post(f"claims/{claim.number}/moves/", {"move": "cancel"}),
        caller.get("claims/nonsense/"),
    ):
        assert answer.status_code == 404
    assert caller.get("claims/").json()["results"] == []


def test_reading_costs_the_same_for_every_number_of_lines(
    boss: Caller, ticket: Ticket, django_assert_max_num_queries: Any
) -> None:
    claim = make_claim(ticket=ticket, line=make_order(ticket.customer))
    with django_assert_max_num_queries(8):
        assert boss.get(f"claims/{claim.number}/").status_code == 200
    with django_assert_max_num_queries(6):
        assert boss.get("claims/").status_code == 200

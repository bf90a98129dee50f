"""Every move through a form: what is asked for, what is refused in words, what happens when somebody was faster."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aftersales.approvals.models import Approval
from aftersales.claims.models import Cause, Claim, ClaimKind, ClaimMove
from aftersales.claims.services.moving import move_claim
from aftersales.parcels.carriers import ensure_carriers
from helpdesk.accounts.models import Staff, Team
from helpdesk.core.actors import SYSTEM
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "claim"}
DIALOG: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "desk-dialog-body"}


def state_of(claim: Claim) -> str:
    return Claim.objects.values_list("state", flat=True).get(pk=claim.pk)


def post(client: Client, claim: Claim, move: str, data: dict[str, Any], **headers: Any) -> Any:
    version = Claim.objects.values_list("row_version", flat=True).get(pk=claim.pk)
    return client.post(f"/claims/{claim.number}/moves/{move}/", {"row_version": version, **data}, **headers)


@pytest.mark.req("F4", "no state skipped")
def test_a_return_goes_from_the_application_to_the_end_through_its_forms(
    desk: Client, claim: Claim, as_staff: Any
) -> None:
    warehouse, finance = as_staff(make_staff("ware", role="warehouse")), as_staff(make_staff("fin", role="finance"))
    ensure_carriers()
    line = claim.lines.get()
    assert post(desk, claim, "approve", {"outcome": "refund", "amount": "100"}).status_code == 302
    assert post(desk, claim, "send_back", {"parcel_carrier": "sf", "parcel_number": "SF1234567890"}).status_code == 302
    assert post(warehouse, claim, "receive", {f"received_{line.pk}": "1"}).status_code == 302
    inspection = {f"condition_{line.pk}": "opened", f"damaged_{line.pk}": "0", f"remark_{line.pk}": "box torn"}
    assert post(warehouse, claim, "inspect", inspection).status_code == 302
    assert post(desk, claim, "settle", {"payout_means": ""}).status_code == 302
    assert state_of(claim) == "settling"
    line.refresh_from_db()
    assert (line.received_quantity, line.condition, line.remark) == (1, "opened", "box torn")
    # nothing is skipped: finance cannot say "paid out" before the money has left
    answer = post(finance, claim, "settled", {})
    assert answer.status_code == 422
    assert "not complete yet" in answer.content.decode()
    assert [one.name for one in ClaimMove.objects.filter(claim=claim).order_by("pk")][-1] == "settle"


@pytest.mark.req("F5", "joint approval")
def test_a_large_claim_shows_why_it_cannot_be_approved_and_is_sent_to_two_approvers(
    desk: Client, rules: None, ticket: Ticket
) -> None:
    line = make_order(ticket.customer, quantity=1, price="6000.00")
    claim = make_claim(ClaimKind.REFUND_ONLY, ticket=ticket, line=line, reason="missing", asked_amount="6000.00")
    claim.approval_sides = ["business", "supply_chain"]
    claim.save()
    page = desk.get(f"/claims/{claim.number}/").content.decode()
    assert "joint approval" in page
    assert f'action="/claims/{claim.number}/moves/approve/"' not in page
    assert 'name="approver_business"' in page
    one, two = make_staff("ann", role="approver"), make_staff("bo", role="approver")
    both = {"outcome": "refund", "amount": "6000", "approver_business": one.pk, "approver_supply_chain": one.pk}
    answer = post(desk, claim, "ask_approval", both)
    assert answer.status_code == 422
    assert "Each side needs a person of its own." in answer.content.decode()
    assert post(desk, claim, "ask_approval", both | {"approver_supply_chain": two.pk}).status_code == 302
    assert state_of(claim) == "in_approval"
    assert set(Approval.objects.values_list("side", "approver")) == {("business", one.pk), ("supply_chain", two.pk)}


def test_wrong_input_is_answered_at_its_field_and_nothing_typed_is_lost(desk: Client, claim: Claim) -> None:
    answer = post(desk, claim, "approve", {"outcome": "refund", "amount": "twelve", "note": "see photo 3"}, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter an amount such as 129.90." in page
    assert "see photo 3" in page
    assert 'value="twelve"' in page
    assert state_of(claim) == "submitted"
    answer = post(desk, claim, "reject", {"refusal": "x" * 60, "words": "Sorry"})
    assert answer.status_code == 422
    assert ClaimMove.objects.filter(claim=claim).count() == 1


def test_who_was_slower_is_told_and_keeps_the_words(desk: Client, claim: Claim) -> None:
    stale = claim.row_version
    move_claim(claim.pk, "cancel", by=SYSTEM)
    answer = desk.post(
        f"/claims/{claim.number}/moves/reject/",
        {"row_version": stale, "refusal": "too late", "words": "The seven days are over."},
        **HTMX,
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "no longer there" in page
    assert "The seven days are over." in page
    assert state_of(claim) == "cancelled"


def test_the_forms_version_refuses_a_second_decision_until_it_was_read(desk: Client, claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(row_version=9)
    data = {"row_version": 1, "outcome": "refund", "amount": "100"}
    first = desk.post(f"/claims/{claim.number}/moves/approve/", data)
    assert first.status_code == 422
    assert state_of(claim) == "submitted"
    assert 'name="row_version" value="9"' in first.content.decode()


def test_the_ticket_opens_a_move_in_its_dialog_and_hears_that_it_is_done(desk: Client, claim: Claim) -> None:
    form = desk.get(f"/claims/{claim.number}/moves/approve/", **DIALOG)
    assert 'hx-target="#desk-dialog-body"' in form.content.decode()
    done = post(desk, claim, "approve", {"outcome": "refund", "amount": "100"}, **DIALOG)
    assert done.status_code == 200
    assert "context:changed" in done["HX-Trigger"]
    assert state_of(claim) == "awaiting_goods"
    refused = post(desk, claim, "approve", {"outcome": "refund"}, **DIALOG)
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("role", "sees"), [("agent", False), ("engineer", False), ("warehouse", True), ("quality", True)]
)
def test_strangers_find_no_claim_and_others_only_look(claim: Claim, as_staff: Any, role: str, sees: bool) -> None:
    client = as_staff(make_staff("other", role=role, teams=(make_team("Elsewhere"),)))
    pages = [f"/claims/{claim.number}/", f"/claims/{claim.number}/why/"]
    assert [client.get(path).status_code for path in pages] == [200 if sees else 404] * 2
    answer = client.post(f"/claims/{claim.number}/moves/reject/", {"refusal": "no", "words": "no"})
    assert answer.status_code in ({403, 422} if sees else {404})
    assert client.post(f"/claims/{claim.number}/record/", {}).status_code in {403, 404}
    assert state_of(claim) == "submitted"


@pytest.mark.req("F1", "every kind of claim")
@pytest.mark.parametrize("kind", list(ClaimKind.values))
def test_every_kind_has_a_page_on_which_its_moves_are_forms(
    desk: Client, rules: None, ticket: Ticket, kind: str, agent: Staff
) -> None:
    claim = make_claim(kind, ticket=ticket, asked_amount=None)
    for _step in range(12):
        page = desk.get(f"/claims/{claim.number}/")
        assert page.status_code == 200, (kind, claim.state)
        assert str(claim.place.label) in page.content.decode()
        following = next((one for one in claim.machine.from_state(claim.state) if one.is_main), None)
        if following is None or claim.machine.by_key[following.target].ends:
            break
        Claim.objects.filter(pk=claim.pk).update(state=following.target)
        claim.refresh_from_db()


def test_the_handler_and_the_cause_are_kept_on_record(desk: Client, claim: Claim, agent: Staff) -> None:
    Cause.objects.get_or_create(key="pump", defaults={"group": "quality", "name": "Pump"})
    data = {"row_version": claim.row_version, "handler": agent.pk, "cause": "pump", "lesson": "Check the pump."}
    assert desk.post(f"/claims/{claim.number}/record/", data).status_code == 302
    claim.refresh_from_db()
    assert (claim.handler, claim.cause.key if claim.cause else "", claim.lesson) == (agent, "pump", "Check the pump.")
    late = desk.post(f"/claims/{claim.number}/record/", data | {"lesson": "Other words"})
    assert late.status_code == 422
    assert "Other words" in late.content.decode()
    assert desk.get("/claims/?view=mine").content.decode().count(claim.number) >= 1


def test_a_merged_ticket_hands_its_claims_on(desk: Client, claim: Claim, ticket: Ticket, team: Team) -> None:
    supervisor = make_staff("boss", role="supervisor", teams=(team,))
    other = make_ticket(team, subject="The same again")
    assert other.customer_id == ticket.customer_id
    client = Client()
    client.force_login(supervisor)
    client.post(f"/tickets/{ticket.number}/merge/", {"into": other.number})
    claim.refresh_from_db()
    assert claim.ticket_id == other.pk
    assert claim.number in desk.get(f"/tickets/{other.number}/context/", HTTP_HX_REQUEST="true").content.decode()

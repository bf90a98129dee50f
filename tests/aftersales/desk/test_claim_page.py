"""A claim inside its ticket and on its own page: what an agent sees, and every move as a form."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aftersales.claims.models import Claim, ClaimMove

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.mark.req("F1", "hangs on ticket and lines")
@pytest.mark.req("F2", "explain themselves")
def test_the_ticket_shows_its_claim_with_the_verdict_in_words(desk: Client, claim: Claim) -> None:
    page = desk.get(f"/tickets/{claim.ticket.number}/context/", **HTMX).content.decode()
    assert claim.number in page
    assert "without a reason until" in page
    assert "Approve it." in page
    assert claim.order is not None
    assert claim.order.number in page


@pytest.mark.req("F4", "every move logged")
def test_an_agent_approves_on_the_page_and_the_history_says_who(desk: Client, claim: Claim) -> None:
    page = desk.get(f"/claims/{claim.number}/").content.decode()
    assert 'name="outcome"' in page
    answer = desk.post(
        f"/claims/{claim.number}/moves/approve/",
        {"outcome": "refund", "amount": "100.00", "note": "fine", "row_version": claim.row_version},
    )
    assert answer.status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.outcome, str(claim.approved_amount)) == ("awaiting_goods", "refund", "100.00")
    move = ClaimMove.objects.latest("pk")
    assert (move.name, move.by_name, move.note) == ("approve", "Agent", "fine")
    page = desk.get(f"/claims/{claim.number}/").content.decode()
    assert "Waiting for the goods" in page
    assert "fine" in page


@pytest.mark.req("F5", "within an agent's limit")
def test_above_the_agents_limit_approval_is_suggested(desk: Client, claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(asked_amount="900.00")
    page = desk.get(f"/claims/{claim.number}/").content.decode()
    assert "above your limit" in page
    answer = desk.post(f"/claims/{claim.number}/moves/approve/", {"outcome": "refund", "amount": "900"})
    assert answer.status_code == 422
    claim.refresh_from_db()
    assert claim.state == "submitted"

"""Opening a claim from a ticket: the policy's verdict while it is filled in, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from aftersales.claims.models import Claim, ClaimKind
from helpdesk.customers.models import OrderLine, Product
from tests.aftersales.factories import make_order
from tests.factories import make_customer, make_staff
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def line(ticket: Ticket, rules: None) -> OrderLine:
    moment = timezone.now() - timedelta(days=3)
    return make_order(ticket.customer, delivered_at=moment, placed_at=moment - timedelta(days=2))


def filled(line: OrderLine, **more: Any) -> dict[str, Any]:
    return {
        "about": f"order-{line.order_id}",
        "kind": "return",
        "reason": "changed_mind",
        f"line_{line.pk}": "1",
        "outcome": "refund",
        "words": "It is too big.",
    } | more


@pytest.mark.req("F2", "what is allowed")
def test_the_policy_answers_while_the_claim_is_filled_in_and_nothing_is_opened(
    desk: Client, ticket: Ticket, line: OrderLine
) -> None:
    url = f"/tickets/{ticket.number}/claims/"
    page = desk.get(url, **HTMX).content.decode()
    assert f'name="line_{line.pk}"' in page
    said = desk.post(url, filled(line, draft="verdict"), **HTMX).content.decode()
    assert "Allowed" in said
    assert "without a reason until" in said
    Product.objects.filter(pk=line.product_id).update(traits=["custom_made"])
    said = desk.post(url, filled(line, draft="verdict"), **HTMX).content.decode()
    assert "Refused" in said
    assert not Claim.objects.exists()


@pytest.mark.req("F1", "hangs on ticket and lines")
def test_an_agent_opens_a_claim_and_its_amount_is_what_was_paid(desk: Client, ticket: Ticket, line: OrderLine) -> None:
    answer = desk.post(f"/tickets/{ticket.number}/claims/", filled(line))
    claim = Claim.objects.get()
    assert answer["Location"] == f"/claims/{claim.number}/"
    assert (claim.ticket_id, claim.order_id, str(claim.asked_amount)) == (ticket.pk, line.order_id, "100.00")
    assert claim.lines.get().order_line_id == line.pk
    assert claim.verdict == "allowed"


def test_more_than_is_left_and_photos_that_are_none_are_refused_at_the_field(
    desk: Client, ticket: Ticket, line: OrderLine
) -> None:
    url = f"/tickets/{ticket.number}/claims/"
    answer = desk.post(url, filled(line, **{f"line_{line.pk}": "3"}))
    assert answer.status_code == 422
    assert "It is too big." in answer.content.decode()
    fake = SimpleUploadedFile("photo.jpg", b"MZ this is no picture", "image/jpeg")
    answer = desk.post(url, filled(line, files=fake))
    assert answer.status_code == 422
    assert "photo.jpg" in answer.content.decode()
    assert not Claim.objects.exists()


def test_another_customers_order_cannot_be_named(desk: Client, ticket: Ticket, line: OrderLine) -> None:
    foreign = make_order(make_customer("Zhao", "zhao@customer.example"))
    desk.post(f"/tickets/{ticket.number}/claims/", filled(foreign))
    assert not Claim.objects.filter(order=foreign.order).exists()


@pytest.mark.parametrize("kind", [kind for kind in ClaimKind.values if kind != "case"])
def test_each_kind_asks_for_what_it_needs_and_opens(desk: Client, ticket: Ticket, line: OrderLine, kind: str) -> None:
    url = f"/tickets/{ticket.number}/claims/"
    page = desk.post(url, filled(line, kind=kind, draft="1"), **HTMX)
    assert page.status_code == 200
    more = {
        "price_drop": "20.00",
        "wanted": "redirect",
        "new_address": "1 New Road",
        "invoice_kind": "personal",
        "invoice_title": "Li Na",
        "outcome": "",
    }
    from aftersales.forms.moves import OUTCOMES

    more["outcome"] = OUTCOMES[ClaimKind(kind)][0]
    answer = desk.post(url, filled(line, kind=kind, **more))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert Claim.objects.get().kind == kind


def test_who_does_not_work_on_claims_opens_none(ticket: Ticket, line: OrderLine, as_staff: Any) -> None:
    client = as_staff(make_staff("quality", role="quality"))
    assert client.post(f"/tickets/{ticket.number}/claims/", filled(line)).status_code == 403
    assert not Claim.objects.exists()

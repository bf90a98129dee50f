"""Money in the running product: the desk asks, the approver decides, finance pays, a compensation is taken up."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.compensation.models import Compensation
from aftersales.compensation.services.compensating import Draft, give_compensation
from helpdesk.core.actors import Actor
from tests.accessibility import violations
from tests.aftersales.compensation.helpers import pay_order
from tests.aftersales.factories import make_claim, make_order
from tests.browser import LiveStack, Opener
from tests.factories import make_staff, make_team, make_ticket

pytestmark = pytest.mark.browser


@pytest.mark.req("F5", "joint approval")
@pytest.mark.req("F9", "approved above the limit")
def test_from_the_desk_over_the_approver_to_finance(live: LiveStack, sign_in: Opener) -> None:
    tail = f"{time.time_ns() % 10**9}"
    team = make_team(f"Money {tail}")
    ticket = make_ticket(team, subject="The washer came broken", address=f"li.{tail}@customer.example")
    line = make_order(ticket.customer, quantity=2, price="900.00")
    pay_order(line, deposit="300.00", online="1300.00", subsidy="200.00")
    claim = make_claim("refund_only", ticket=ticket, line=line, asked_amount=Decimal("900.00"), reason="damaged")
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    agent = make_staff(f"agent{tail}", teams=(team,), name="Wang Fang")
    approver = make_staff(f"approver{tail}", role="approver", name="Zhou Qi")
    finance = make_staff(f"finance{tail}", role="finance", name="Lin Fang")

    page = sign_in(agent, f"/claims/{claim.number}/?move=ask_approval")
    expect(page.get_by_role("heading", name="Money and compensation")).to_be_visible()
    expect(page.get_by_text("Damaged or wrong on arrival")).to_be_visible()
    page.locator(".proposal", has_text="Coupon").get_by_role("button", name="Give").click()
    expect(page.locator(".money-list").get_by_text("Coupon: 45.00 CNY")).to_be_visible()
    assert Compensation.objects.get(claim=claim).state == "given"
    move_claim(
        claim.pk,
        "ask_approval",
        by=Actor.of_staff(agent),
        arguments={"approvers": {"business": approver.pk}, "amount": "900"},
    )
    give_compensation(
        claim.pk, Draft("money", "120", "Two days without a washer", approver_id=approver.pk), by=Actor.of_staff(agent)
    )

    page = sign_in(approver, "/approvals/")
    expect(page.get_by_role("heading", name=claim.number)).to_have_count(2)
    assert violations(page) == []
    card = page.locator(".ask", has_text="Business")
    card.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Two days without a washer")).to_be_visible()
    page.locator(".ask", has_text="Two days").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("No claim waits for your decision")).to_be_visible()
    claim.refresh_from_db()
    assert (claim.state, claim.approved_amount) == ("approved", 900)

    move_claim(claim.pk, "settle", by=Actor.of_staff(agent))
    page = sign_in(finance, "/finance/")
    assert violations(page) == []
    waiting = claim.payouts.filter(state="ordered").order_by("pk")
    assert [(row.means, row.worth) for row in waiting] == [
        ("money", Decimal(120)),
        ("money", Decimal(150)),
        ("money", Decimal(650)),
        ("subsidy", Decimal(100)),
    ]
    for nth, payout in enumerate(waiting):
        page.goto(f"{live.url}/finance/payouts/{payout.pk}/")
        page.get_by_label("Reference of the bank or paying system").fill(f"B-{tail}-{nth}")
        page.get_by_role("button", name="Record as paid").click()
        expect(page.get_by_role("heading", name="Reverse it")).to_be_visible()
    claim.refresh_from_db()
    assert (claim.state, claim.paid_amount) == ("settled", 900)
    page.goto(f"{live.url}/finance/?q=B-{tail}-1")
    expect(page.get_by_role("link", name=claim.number)).to_be_visible()


def test_the_limits_of_a_role_are_set_in_the_browser(live: LiveStack, sign_in: Opener) -> None:
    boss = make_staff(f"boss{time.time_ns() % 10**9}", role="administrator")
    page = sign_in(boss, "/settings/money/")
    assert violations(page) == []
    page.get_by_label("Team lead: refund", exact=True).fill("2500")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Team lead: refund", exact=True)).to_have_value("2500.00")
    page.get_by_role("link", name="Came too late").click()
    page.get_by_label("Amount, or per cent").fill("6")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

"""Offers and presence in real browsers: a VIP's ticket comes to the senior agent by push; who does not answer is passed over."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from helpdesk.accounts.models import Presence, Seniority, Staff
from helpdesk.customers.models import CustomerLevel
from tests.accessibility import RULES, violations
from tests.browser import LiveStack
from tests.desk.test_desk_in_browser import House, connected
from tests.factories import make_customer
from tests.routing.conftest import profile
from tickets.models import Ticket
from tickets.routing.models import Offer, QueueSettings, Strategy

pytestmark = pytest.mark.browser


@pytest.fixture
def house(live: LiveStack, request: pytest.FixtureRequest) -> House:
    return House(str(abs(hash(request.node.name)) % 10**8))


def served(house: House, seconds: int = 60) -> None:
    """From now on the matcher serves the house's queue."""
    QueueSettings.objects.update_or_create(
        team=house.team, defaults={"strategy": Strategy.LEAST_LOADED, "offer_seconds": seconds}
    )


def wait_until_there(*people: Staff) -> None:
    import time

    for _try in range(100):
        if Presence.objects.filter(staff__in=people, connected_until__isnull=False).count() == len(people):
            return
        time.sleep(0.1)
    raise AssertionError("nobody is there")


def card(page: Page, subject: str) -> Any:
    return page.locator("[data-offer]", has_text=subject)


@pytest.mark.req("C2", "skills, load, level")
@pytest.mark.req("K5", "policies, calendars, routing")
def test_a_vips_ticket_comes_to_the_senior_agent_by_push_and_says_why(house: House, sign_in: Any) -> None:
    profile(house.agent, seniority=Seniority.SENIOR)
    make_customer("Zhou Vip", f"vip@{house.team.slug}.example", level=CustomerLevel.CORE)
    page, other = connected(sign_in(house.agent)), connected(sign_in(house.mate))
    page.get_by_role("button", name="My account").first.click()
    menu = page.get_by_role("dialog", name="My account")
    menu.get_by_role("radio", name="Busy").check()
    expect(page.locator(".rail-me .av-dot")).to_have_attribute("data-presence", "busy")
    menu.get_by_role("radio", name="Online").check()
    expect(page.locator(".rail-me .av-dot")).to_have_attribute("data-presence", "online")
    for label, figure in (("Chats", "4"), ("Calls", "1"), ("Mails and others", "8")):
        menu.get_by_label(label).fill(figure)
        menu.get_by_label(label).press("Tab")
        expect(menu.get_by_label(label)).to_have_value(figure)
    expect(menu).to_contain_text("4 chats · 1 call · 8 mails")
    assert violations(page, RULES) == []
    page.keyboard.press("Escape")
    served(house)
    wait_until_there(house.agent, house.mate)
    house.mail("Fridge is warm", address=f"vip@{house.team.slug}.example")
    offer = card(page, "Fridge is warm")
    expect(offer).to_be_visible(timeout=8000)
    expect(page.locator("#announcer")).to_contain_text("New ticket for you")
    offer.get_by_text("Why me").click()
    expect(offer).to_contain_text("Important customer: senior colleagues first")
    expect(offer).to_contain_text("Room: 0 of 8 mails")
    assert violations(page, RULES) == []
    expect(card(other, "Fridge is warm")).to_have_count(0)
    left = int(offer.locator("[data-left]").inner_text())
    page.wait_for_timeout(2200)
    assert 0 < int(offer.locator("[data-left]").inner_text()) < left
    page.locator("body").click(position={"x": 900, "y": 100})
    page.keyboard.press("o")
    page.keyboard.press("a")
    expect(card(page, "Fridge is warm")).to_have_count(0)
    expect(page.locator("#col-main")).to_contain_text("Fridge is warm")
    panel = page.locator("#context-body")
    expect(panel.get_by_role("heading", name="Why me")).to_be_visible()
    expect(panel).to_contain_text("Important customer: senior colleagues first")
    assert Ticket.objects.get(team=house.team).owner == house.agent


@pytest.mark.req("C3", "shifts and re-offer")
def test_who_does_not_answer_is_passed_over_and_who_declines_too(house: House, sign_in: Any) -> None:
    served(house, seconds=10)
    page, other = connected(sign_in(house.agent)), connected(sign_in(house.mate, width=390, height=844))
    wait_until_there(house.agent, house.mate)
    ticket = house.mail("Oven does not heat")
    first, second = page, other
    for _try in range(80):
        if card(page, "Oven does not heat").count():
            break
        if card(other, "Oven does not heat").count():
            first, second = other, page
            break
        page.wait_for_timeout(100)
    expect(card(first, "Oven does not heat")).to_be_visible()
    expect(card(second, "Oven does not heat")).to_be_visible(timeout=16_000)
    expect(card(first, "Oven does not heat")).to_have_count(0)
    assert Offer.objects.filter(ticket=ticket, state="lapsed", ended_why="expired").count() == 1
    card(second, "Oven does not heat").get_by_role("button", name="Decline").click()
    expect(card(second, "Oven does not heat")).to_have_count(0)
    expect(second.locator("[data-toasts]")).to_contain_text("Declined. Somebody else is asked.")
    # everybody was asked; whoever wants it takes it
    first.keyboard.press("o")
    first.keyboard.press("n")
    expect(first.locator("#col-main")).to_contain_text("Oven does not heat")
    ticket.refresh_from_db()
    assert ticket.owner is not None


@pytest.mark.req("C3", "presence")
@pytest.mark.req("K1", "works on a phone")
def test_presence_is_within_reach_on_a_phone(house: House, sign_in: Any) -> None:
    page = connected(sign_in(house.agent, width=390, height=844))
    page.get_by_role("button", name="Me", exact=False).last.click()
    menu = page.get_by_role("dialog", name="My account")
    menu.get_by_role("radio", name="Away").check()
    expect(page.locator(".tabbar-me .av-dot")).to_have_attribute("data-presence", "away")
    assert Presence.objects.get(staff=house.agent).state == "away"
    assert violations(page, RULES) == []


@pytest.mark.req("C2", "skills, load, level")
def test_a_lead_sees_why_a_ticket_waits(house: House, sign_in: Any) -> None:
    served(house)
    Staff.objects.filter(pk=house.lead.pk).update(language="en")
    profile(house.lead, mails=0)
    ticket = house.mail("Nobody is here for this")
    page = sign_in(house.lead, f"/queues/{house.team.slug}/")
    expect(page.get_by_role("row", name="Nobody is here for this")).to_contain_text("Nobody of the team is here.")
    page.goto(page.url.split("/queues/")[0] + f"/tickets/{ticket.number}/")
    waits = page.locator("#context-body details.why-waits")
    waits.get_by_text("Why it waits").click()
    expect(waits).to_contain_text("Chen Yu")
    expect(waits).to_contain_text("not here")
    assert violations(page, RULES) == []

"""Deadlines in a real browser: a chip counts down and turns without the server, a breach asks for its reason, policies are
dragged into order and edited without losing a word."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import BusinessCalendar
from tests.browser import LiveStack
from tests.desk.test_desk_in_browser import House, connected, row
from tests.factories import actor, make_staff
from tickets.models import Ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla.models import Breach, Policy
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy, order_policies, switch_policy

pytestmark = pytest.mark.browser


@pytest.fixture
def house(live: LiveStack, request: pytest.FixtureRequest) -> House:
    return House(str(abs(hash(request.node.name)) % 10**8))


def promise(house: House, name: str, seconds: int) -> Policy:
    """A first response within so many seconds, for this house's team only, ahead of every other policy."""
    around = BusinessCalendar.objects.filter(is_24x7=True).earliest("pk")
    targets = [TargetDraft("first_response", around.pk, seconds=seconds)]
    policy = create_policy(PolicyDraft(name, targets, conditions={"teams": [house.team.pk]}), by=SYSTEM)
    order_policies([policy.pk], by=SYSTEM)
    return policy


@pytest.mark.req("D7", "countdown")
@pytest.mark.req("D5", "warnings at shares and at breach")
def test_chip_counts_down_turns_by_itself_and_the_breach_asks_why(house: House, sign_in: Any) -> None:
    promise(house, f"Quick {house.team.pk}", 14)
    page = connected(sign_in(house.agent))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    house.mail("Boiler is cold")
    chip = row(page, "Boiler is cold").locator("[data-clock]")
    expect(chip).to_contain_text("left")
    expect(chip).to_have_attribute("data-look", "warn", timeout=14_000)
    expect(chip).to_have_attribute("data-look", "over")
    expect(chip).to_contain_text("over")
    # what turned the chip is the clock of the browser: nothing asks the server about it again and again
    assert sum("/tickets/rows/" in url for url in asked) < 8, asked
    row(page, "Boiler is cold").locator("a.row-subject").click()
    clocks = page.locator("#ticket-clocks")
    clocks.locator(".clock-button").first.click()
    why = clocks.locator(".clock-why:popover-open")
    expect(why).to_contain_text("First response: 14 s")
    expect(why).to_contain_text("around the clock")
    page.keyboard.press("Escape")
    clocks.get_by_role("button", name="Say why").click(timeout=30_000)
    dialog = page.locator("#desk-dialog")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Choose a reason from the list.")
    dialog.get_by_label("Reason").select_option(label="Harder than usual")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(clocks.get_by_role("button", name="Say why")).to_have_count(0)
    assert Breach.objects.get(ticket__team=house.team).cause == "difficult"


def test_what_changes_under_an_open_explanation_shows_when_it_closes(house: House, sign_in: Any) -> None:
    promise(house, f"Calm {house.team.pk}", 600)
    page = connected(sign_in(house.agent))
    house.mail("Boiler hums")
    row(page, "Boiler hums").locator("a.row-subject").click()
    clocks = page.locator("#ticket-clocks")
    button = clocks.locator(".clock-button").first
    button.click()
    expect(clocks.locator(".clock-why:popover-open")).to_contain_text("10 min")
    ticket = Ticket.objects.get(team=house.team)
    reply_to_ticket(ticket.pk, Reply("It may hum."), by=actor(house.agent))
    expect(page.locator("#thread")).to_contain_text("It may hum.")
    expect(clocks.locator(".clock-why:popover-open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(clocks).to_contain_text("None is open.")
    expect(clocks).to_contain_text("1 ended")


@pytest.mark.req("K5", "policies, calendars, routing")
@pytest.mark.req("D2", "conditions in order")
def test_policies_are_dragged_into_order_and_edited_without_losing_a_word(house: House, sign_in: Any) -> None:
    second, first = (promise(house, f"{name} {house.team.pk}", 600) for name in ("Second", "First"))
    admin = make_staff(f"admin-{house.team.pk}", role="administrator", language="en")
    page = sign_in(admin, "/settings/sla/")

    def order() -> list[int]:
        return list(Policy.objects.filter(pk__in=[first.pk, second.pk]).values_list("pk", flat=True))

    assert order() == [first.pk, second.pk]
    grip, target = (page.locator(f'tr[data-id="{policy.pk}"]') for policy in (second, first))
    with page.expect_response("**/settings/sla/order/"):
        grip.locator("[data-grip]").drag_to(target, target_position={"x": 30, "y": 3})
    assert order() == [second.pk, first.pk]
    page.reload()
    # and without a mouse
    up = page.locator(f'tr[data-id="{first.pk}"]').get_by_role("button", name="up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".toast, .messages").filter(has_text="Order saved.").first).to_be_visible()
    assert order() == [first.pk, second.pk]
    page.goto(page.url.split("/settings/")[0] + "/settings/sla/new/")
    page.get_by_label("Name in English").fill("Half a policy")
    page.get_by_role("button", name="Add a step").click()
    page.get_by_role("button", name="Add an action").click()
    expect(page.get_by_label("the owner")).to_be_visible()
    page.get_by_role("button", name="Add a promise").click()
    expect(page.locator("fieldset.target")).to_have_count(2)
    expect(page.get_by_label("Name in English")).to_have_value("Half a policy")
    page.locator("fieldset.target").nth(1).get_by_role("button", name="Remove promise").click()
    expect(page.locator("fieldset.target")).to_have_count(1)
    page.locator(".form-actions").get_by_role("button", name="Add").click()
    expect(page.locator(".error-text").first).to_be_visible()
    expect(page.get_by_label("Name in English")).to_have_value("Half a policy")
    assert not Policy.objects.filter(name="Half a policy").exists()
    # what the two promised must not reach into other tests
    for policy in (first, second):
        switch_policy(policy.pk, is_active=False, by=SYSTEM)

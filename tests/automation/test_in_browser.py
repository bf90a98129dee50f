"""Two departments in two browsers: a task is opened, taken and solved, and the other side sees it move; an expert is asked."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from helpdesk.core.actors import SYSTEM
from tests.browser import LiveStack
from tests.factories import actor, make_account, make_arrival, make_staff, make_team
from tickets.intake.services import receive
from tickets.labels import ensure_labels
from tickets.models import Consultation, Ticket
from tickets.services.assignment import assign_ticket
from tickets.services.replying import add_note
from tickets.services.status import set_status

pytestmark = pytest.mark.browser


class House:
    def __init__(self, name: str) -> None:
        ensure_labels()
        self.team, self.depot = make_team(f"Team {name}"), make_team(f"Depot {name}")
        self.agent = make_staff(f"agent-{name}", teams=(self.team,), name="Chen Yu", language="en")
        self.clerk = make_staff(f"clerk-{name}", role="warehouse", teams=(self.depot,), name="Wu Lin", language="en")
        account = make_account(f"box-{name}", team=self.team)
        self.ticket = receive(make_arrival(account, subject=f"Parcel {name} lost"), by=SYSTEM).ticket
        assign_ticket(self.ticket.pk, to=self.agent, by=SYSTEM)


@pytest.fixture
def house(live: LiveStack, request: pytest.FixtureRequest) -> House:
    return House(str(abs(hash(request.node.name)) % 10**8))


@pytest.mark.req("E3", "sub-tickets")
def test_a_task_is_opened_by_a_key_and_its_progress_is_seen_live(house: House, sign_in: Any, live: LiveStack) -> None:
    page = sign_in(house.agent)
    page.goto(f"{live.url}/tickets/{house.ticket.number}/")
    page.wait_for_timeout(900)
    page.keyboard.press("b")
    dialog = page.get_by_role("dialog", name="Open a sub-ticket")
    dialog.get_by_label("Team").select_option(label=house.depot.name)
    dialog.get_by_label("What is to be done").fill("Look in depot 4")
    dialog.get_by_role("button", name="Open", exact=True).click()
    panel = page.locator('[data-panel="sub-tickets"]')
    expect(panel).to_contain_text("Look in depot 4")
    expect(panel).to_contain_text("0/1")
    sub = Ticket.objects.get(parent=house.ticket)
    clerk = actor(house.clerk)
    assign_ticket(sub.pk, to=house.clerk, by=clerk)
    expect(panel).to_contain_text("Wu Lin")
    add_note(sub.pk, "Found", by=clerk)
    set_status(sub.pk, "solved", by=clerk)
    expect(panel).to_contain_text("1/1")


@pytest.mark.req("C4", "consultation")
def test_an_expert_sees_the_ticket_until_the_conclusion_takes_it_away(
    house: House, sign_in: Any, live: LiveStack
) -> None:
    page = sign_in(house.agent)
    page.goto(f"{live.url}/tickets/{house.ticket.number}/")
    page.wait_for_timeout(900)
    page.keyboard.press("q")
    dialog = page.get_by_role("dialog", name="Ask experts")
    dialog.get_by_label("What do you want to know?").fill("Where could it be?")
    dialog.get_by_label("Colleagues").select_option(value=str(house.clerk.pk))
    dialog.get_by_role("button", name="Ask", exact=True).click()
    panel = page.locator('[data-panel="consultation"]')
    expect(panel).to_contain_text("has not answered yet")
    expert = sign_in(house.clerk)
    expert.goto(f"{live.url}/consultations/")
    expert.get_by_role("link", name="Where could it be?").click()
    expert.wait_for_timeout(900)
    expert.get_by_label("Write to the consultation").fill("Depot 4, I think")
    expert.get_by_role("button", name="Add the note").click()
    expect(expert.locator("#thread")).to_contain_text("Depot 4, I think")
    expect(page.locator("#thread")).to_contain_text("Depot 4, I think")
    panel.get_by_role("button", name="Conclude").click()
    ending = page.get_by_role("dialog", name="Conclude the consultation")
    ending.get_by_label("What came of it?").fill("We look in depot 4")
    ending.get_by_role("button", name="Conclude", exact=True).click()
    expect(panel).to_contain_text("We look in depot 4")
    # the expert's page closes by itself
    expect(expert.locator("#thread")).to_have_count(0)
    assert Consultation.objects.get(ticket=house.ticket).state == "concluded"

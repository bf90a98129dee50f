"""What people of the staff do all day: a supervisor directs, an agent works by the keyboard alone, another on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.demo import Demo
from tests.journeys.test_mail import row

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
LEAST_LOADED = """
SELECT s.name FROM accounts_staff s JOIN accounts_membership m ON m.staff_id = s.id JOIN accounts_team t ON t.id = m.team_id
WHERE t.slug = 'support' AND s.role = 'agent' AND s.is_active
ORDER BY (SELECT count(*) FROM tickets_ticket k WHERE k.owner_id = s.id AND k.holder = 'agent'), s.id LIMIT 1
"""


@pytest.fixture
def ticket(demo: Demo, someone: str) -> tuple[str, str]:
    """(number, subject) of a ticket that has just come in by mail."""
    subject = f"Oven smokes {someone[4:12]}"
    demo.mail(someone, subject, "It smokes.", name="Mia Berg")
    for _try in range(200):
        found = demo.rows("SELECT id FROM tickets_ticket WHERE subject = %s", subject)
        if found:
            return f"HD-{found[0][0]}", subject
        time.sleep(0.1)
    raise AssertionError("the mail made no ticket")


def fact(page: Page, name: str) -> Locator:
    """The button of the ticket's header that shows the value and opens its menu (which lies in the header as well)."""
    return page.locator(f"#ticket-head [popovertarget='menu-{name}']")


def choose(page: Page, name: str, words: str) -> None:
    """Open a menu of the ticket's header and take the item with these words."""
    fact(page, name).click()
    page.locator(f"#menu-{name} [role=menuitemradio]", has_text=words).first.click()


@pytest.mark.req("K2", "roles")
@pytest.mark.req("C5", "transfer with a note")
@pytest.mark.req("E5", "full history")
def test_a_supervisor_sees_all_queues_and_every_change_stands_in_the_history(
    demo: Demo, open_as: Open, ticket: tuple[str, str]
) -> None:
    number, _subject = ticket
    # the agent with the most room: giving somebody more than they take asks first
    ((agent,),) = demo.rows(LEAST_LOADED)
    page = open_as("supervisor", f"/tickets/{number}/")
    for team in ("Customer service", "After-sales", "Logistics", "Technical support", "Online shop"):
        expect(page.locator("#views")).to_contain_text(team)
    choose(page, "owner", agent)
    expect(fact(page, "owner").locator(f".av[title='{agent}']")).to_be_visible()
    choose(page, "priority", "Urgent")
    expect(fact(page, "priority")).to_contain_text("Urgent")
    choose(page, "status", "On hold")
    expect(fact(page, "status")).to_contain_text("On hold")
    choose(page, "team", "After-sales")
    expect(fact(page, "team")).to_contain_text("After-sales")
    page.goto(f"/tickets/{number}/history/")
    lines = page.locator("main")
    for words in (f"Assigned to {agent}", "Urgent", "→ On hold", "to After-sales", "Ticket opened"):
        expect(lines).to_contain_text(words)
    expect(lines).to_contain_text("Zhao Qian")


@pytest.mark.req("E5", "keyboard shortcuts")
@pytest.mark.req("E5", "command palette")
@pytest.mark.req("E5", "tags")
def test_an_agent_works_a_ticket_by_the_keyboard_alone(demo: Demo, open_as: Open, ticket: tuple[str, str]) -> None:
    number, subject = ticket
    page = open_as("agent")
    keys = page.keyboard
    keys.press("?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()
    for key in ("j", "j", "k", "Enter"):
        keys.press(key)
    expect(page.locator("#ticket-head h1")).not_to_be_empty()
    keys.press("/")
    page.locator("dialog[open] input").wait_for()
    keys.type(subject)
    page.locator(".palette-item", has_text=subject).first.wait_for()
    keys.press("Enter")
    expect(page.locator("#ticket-head h1")).to_contain_text(subject)
    keys.press("a")
    page.locator("#menu-owner").get_by_text("Me", exact=True).wait_for()
    keys.type("Me")
    keys.press("Enter")
    expect(fact(page, "owner").locator(".av[title='Chen Yu']")).to_be_visible()
    keys.press("p")
    page.locator("#menu-priority [role=menuitemradio]", has_text="Urgent").wait_for()
    keys.press("End")
    while "Urgent" not in page.evaluate("document.activeElement.textContent"):
        keys.press("ArrowUp")
    keys.press("Enter")
    expect(fact(page, "priority")).to_contain_text("Urgent")
    keys.press("t")
    page.locator("#desk-dialog[open]").wait_for()
    keys.press("Escape")
    expect(page.locator("#desk-dialog")).to_be_hidden()
    keys.press("n")
    keys.type("Looks like the thermostat.")
    keys.press("Control+Enter")
    expect(page.locator("#thread .note")).to_contain_text("thermostat")
    keys.press("Escape")
    keys.press("r")
    keys.type("Please unplug it.")
    keys.press("Control+Enter")
    expect(page.locator("#thread")).to_contain_text("Please unplug it.")
    keys.press("Control+k")
    page.locator("dialog[open] input").wait_for()
    keys.type(number)
    expect(page.locator("dialog[open]")).to_contain_text(number)
    keys.press("Escape")


@pytest.mark.req("K1", "works on a phone")
def test_an_agent_answers_on_a_phone(demo: Demo, open_as: Open, ticket: tuple[str, str], someone: str) -> None:
    number, subject = ticket
    page = open_as("agent", width="phone")
    row(page, subject).locator(".row-subject").tap()
    expect(page.locator("#col-main")).to_be_visible()
    expect(page.locator("#col-list")).to_be_hidden()
    page.locator("hd-composer textarea").tap()
    page.keyboard.type("We call you today.")
    page.locator("[data-composer-send]").tap()
    expect(page.locator("#thread")).to_contain_text("We call you today.")
    page.locator("#col-main").get_by_role("button", name="Context").tap()
    expect(page.locator("#col-context")).to_contain_text("Mia Berg")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"/tickets/{number}/")
    page.get_by_role("button", name="Back to the list").tap()
    expect(page.locator("#col-list")).to_be_visible()
    demo.wait_for(someone, "We call you today.")
    assert re.fullmatch(r"HD-\d+", number)

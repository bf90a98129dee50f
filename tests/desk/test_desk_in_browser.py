"""The main job in real browsers: a mail arrives, the queue changes before the agents' eyes, they answer, take back, note."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from helpdesk.core.actors import SYSTEM
from tests.browser import ROOT, LiveStack
from tests.factories import actor, make_account, make_arrival, make_staff, make_team
from tickets.intake.services import receive
from tickets.labels import ensure_labels
from tickets.models import Message, Ticket
from tickets.services.replying import add_note

pytestmark = pytest.mark.browser


class House:
    """A team with two agents, and somebody of another team."""

    def __init__(self, name: str) -> None:
        ensure_labels()
        self.team = make_team(f"Team {name}")
        self.account = make_account(f"box-{name}", team=self.team)
        self.agent = make_staff(f"agent-{name}", teams=(self.team,), name="Chen Yu", language="en")
        self.mate = make_staff(f"mate-{name}", teams=(self.team,), name="He Min", language="en")
        self.outsider = make_staff(f"outsider-{name}", teams=(make_team(f"Other {name}"),), language="en")
        self.lead = make_staff(f"lead-{name}", role="lead", teams=(self.team,), name="Zhao Qian", language="zh-hans")

    def mail(self, subject: str, **fields: Any) -> Ticket:
        return receive(make_arrival(self.account, subject=subject, **fields), by=SYSTEM).ticket


@pytest.fixture
def house(live: LiveStack, request: pytest.FixtureRequest) -> House:
    return House(str(abs(hash(request.node.name)) % 10**8))


def connected(page: Page) -> Page:
    """Wait until the page's socket is open, so that a push cannot come too early."""
    page.wait_for_function("() => document.querySelector('[data-desk]')")
    page.wait_for_timeout(700)
    return page


def row(page: Page, subject: str) -> Any:
    return page.locator("#ticket-list .row", has_text=subject)


@pytest.mark.req("K8", "live push")
def test_new_mail_slides_into_every_watching_queue_and_into_no_other(house: House, sign_in: Any) -> None:
    mine, his = connected(sign_in(house.agent)), connected(sign_in(house.mate))
    other = connected(sign_in(house.outsider))
    for nth in range(3):
        subject = f"Kettle {nth} leaks"
        expect(row(mine, subject)).to_have_count(0)
        house.mail(subject, address=f"c{nth}@customer.example")
        row(mine, subject).wait_for(timeout=15_000)
        row(his, subject).wait_for(timeout=15_000)
    expect(mine.locator('.view [data-count="open"]')).to_have_text("3")
    other.wait_for_timeout(800)
    expect(row(other, "Kettle")).to_have_count(0)


@pytest.mark.req("E5", "undo send")
def test_answer_is_sent_undone_and_sent_again_without_losing_a_word(house: House, sign_in: Any) -> None:
    ticket = house.mail("Fridge hums")
    page = connected(sign_in(house.agent))
    row(page, "Fridge hums").locator(".row-subject").click()
    page.wait_for_url(f"**/tickets/{ticket.number}/**")
    page.keyboard.press("r")
    page.keyboard.type("Dear Li Na, we will call you today.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread")).to_contain_text("we will call you today")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#thread")).not_to_contain_text("we will call you today")
    expect(page.locator("hd-composer textarea")).to_have_value("Dear Li Na, we will call you today.")
    assert not Message.objects.filter(ticket=ticket, withdrawn_at__isnull=True, direction="out", is_auto=False).exists()
    page.locator("hd-composer textarea").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread")).to_contain_text("we will call you today")
    expect(page.locator("#ticket-head")).to_contain_text("Waiting for customer", timeout=12_000)


@pytest.mark.req("E5", "internal notes")
def test_colleague_sees_a_note_arrive_in_the_open_ticket(house: House, sign_in: Any) -> None:
    ticket = house.mail("Oven door")
    path = f"/tickets/{ticket.number}/"
    mine, his = connected(sign_in(house.agent, path)), connected(sign_in(house.mate, path))
    mine.keyboard.press("n")
    mine.keyboard.type("@He Min please look at the hinge")
    mine.keyboard.press("Control+Enter")
    expect(mine.locator("#thread .note")).to_contain_text("please look at the hinge")
    expect(his.locator("#thread .note")).to_contain_text("please look at the hinge")
    expect(his.locator('.rail-foot [data-count-dot="notifications"]')).to_be_visible(timeout=6000)


@pytest.mark.req("E5", "keyboard shortcuts")
def test_status_and_owner_are_set_from_the_keyboard(house: House, sign_in: Any) -> None:
    ticket = house.mail("Dryer smells")
    page = connected(sign_in(house.agent))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-head h1")).to_contain_text("Dryer smells")
    page.keyboard.press("a")
    page.locator("#menu-owner").get_by_text("Me", exact=True).wait_for()
    page.keyboard.type("Me")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-head .ticket-head-top .av[title='Chen Yu']")).to_be_visible()
    page.keyboard.press("s")
    page.locator("#menu-status").get_by_text("On hold").wait_for()
    page.locator("#menu-status").get_by_text("On hold").click()
    expect(page.locator("#ticket-head .status")).to_contain_text("On hold")
    ticket.refresh_from_db()
    assert (ticket.status_category, ticket.owner_id) == ("on_hold", house.agent.pk)
    expect(row(page, "Dryer smells")).to_contain_text("On hold")


@pytest.mark.req("K1", "WCAG 2.2 AA")
def test_enter_presses_what_has_the_focus_and_opens_a_row_of_the_list(house: House, sign_in: Any) -> None:
    first, second = house.mail("Kettle leaks"), house.mail("Oven stays cold", address="b@customer.example")
    page = connected(sign_in(house.agent, f"/tickets/{first.number}/"))
    menu = page.get_by_role("button", name="My account")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#me-menu")).to_be_visible()
    page.keyboard.press("Escape")
    row(page, "Oven stays cold").locator(".row-subject").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Oven stays cold")).to_be_visible()
    assert second.number in page.url


@pytest.mark.req("K1", "WCAG 2.2 AA")
def test_a_button_that_leads_back_to_its_page_has_the_focus_there_again(live: LiveStack, sign_in: Any) -> None:
    boss = make_staff("boss-focus", role="administrator", language="en")
    page = sign_in(boss, "/settings/teams/")
    make_team("Focus one"), make_team("Focus two")
    page.reload()
    down = page.get_by_role("button", name="Move Focus one down")
    down.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(down).to_be_focused()


@pytest.mark.req("E5", "who-else-is-here presence")
def test_faces_of_those_who_look_at_the_same_ticket_are_shown(house: House, sign_in: Any) -> None:
    ticket = house.mail("Mixer sparks")
    path = f"/tickets/{ticket.number}/"
    mine = connected(sign_in(house.agent, path))
    connected(sign_in(house.mate, path))
    expect(mine.locator(".presence .av[title='He Min']")).to_be_visible(timeout=6000)


@pytest.mark.req("K1", "works on a phone")
def test_on_a_phone_one_column_is_shown_at_a_time(house: House, sign_in: Any) -> None:
    house.mail("Phone sized ticket")
    page = connected(sign_in(house.agent, width=390, height=844))
    expect(page.locator("#col-list")).to_be_visible()
    row(page, "Phone sized").locator(".row-subject").click()
    expect(page.locator("#col-main")).to_be_visible()
    expect(page.locator("#col-list")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Back to the list").click()
    expect(page.locator("#col-list")).to_be_visible()


@pytest.mark.req("E5", "drafts that survive")
def test_draft_survives_closing_the_browser(house: House, sign_in: Any) -> None:
    ticket = house.mail("Draft stays")
    path = f"/tickets/{ticket.number}/"
    page = connected(sign_in(house.agent, path))
    page.keyboard.press("r")
    page.keyboard.type("Half a sentence that")
    expect(page.locator("[data-composer-state]")).to_contain_text("Draft saved")
    page.context.close()
    again = connected(sign_in(house.agent, path))
    expect(again.locator("hd-composer textarea")).to_have_value("Half a sentence that")


@pytest.mark.req("E5", "saved views and filters")
def test_filters_and_views_change_the_list_in_place(house: House, sign_in: Any) -> None:
    house.mail("Plain ticket")
    urgent = house.mail("Loud ticket", address="other@customer.example")
    Ticket.objects.filter(pk=urgent.pk).update(priority="urgent", row_version=9)
    page = connected(sign_in(house.agent))
    page.keyboard.press("f")
    page.locator("#filter-menu summary", has_text="Priority").click()
    page.locator("#filter-menu label", has_text="Urgent").click()
    page.get_by_role("button", name="Show tickets").click()
    expect(row(page, "Plain ticket")).to_have_count(0)
    expect(row(page, "Loud ticket")).to_have_count(1)
    page.get_by_role("button", name="Save as a view").click()
    page.fill("#desk-dialog input[name=name]", "Loud ones")
    page.locator("#desk-dialog").get_by_role("button", name="Save").click()
    expect(page.locator(".view[aria-current]")).to_contain_text("Loud ones")
    expect(row(page, "Plain ticket")).to_have_count(0)


@pytest.mark.req("K1", "Chinese and English")
def test_the_desk_speaks_chinese(house: House, sign_in: Any) -> None:
    ticket = house.mail("洗衣机漏水")
    page = connected(sign_in(house.lead, f"/tickets/{ticket.number}/"))
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    for words in ("我的未结", "全部未结", "未分配"):
        expect(page.locator("#views")).to_contain_text(words)
    expect(page.locator("#ticket-head")).to_contain_text("新建")


@pytest.mark.req("K1", "WCAG 2.2 AA")
def test_axe_finds_nothing_on_the_desks_pages(house: House, sign_in: Any) -> None:
    ticket = house.mail("Accessible ticket")
    page = connected(sign_in(house.agent))
    axe = (ROOT / "tests" / "vendor" / "axe.min.js").read_text(encoding="utf-8")
    base = f"/tickets/{ticket.number}/"
    found: dict[str, list[str]] = {}
    profile = f"/customers/{ticket.customer_id}/"
    for path in ("/tickets/", base, f"{base}history/", "/tickets/new/", "/notifications/", "/customers/", profile):
        page.goto(f"{page.url.split('/tickets')[0].split('/customers')[0].split('/notifications')[0]}{path}")
        page.wait_for_timeout(600)
        page.evaluate(axe)
        broken = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
            ".then((result) => result.violations.map((v) => `${v.id}: ${v.nodes[0].html}`))"
        )
        if broken:
            found[path] = broken
    assert found == {}


@pytest.mark.req("E5", "scheduled send")
def test_answer_is_sent_at_a_chosen_time_and_no_other_way_to_send_is_held_up(house: House, sign_in: Any) -> None:
    ticket = house.mail("Scheduled washer")
    page = connected(sign_in(house.agent, f"/tickets/{ticket.number}/"))
    text = page.locator("hd-composer textarea")

    def ask_time() -> None:
        page.get_by_role("button", name="Other ways to send").click()
        page.get_by_role("menuitem", name="Send at a date and time").click()

    text.fill("We come on time.")
    ask_time()
    field = page.get_by_label("Date and time")
    field.fill("2020-01-01T09:00")
    page.get_by_role("button", name="Send then").click()
    expect(page.locator("#composer-later")).to_be_visible()  # a time that has passed is not taken
    page.locator("#composer-later").get_by_role("button", name="Cancel").click()
    expect(page.locator("#composer-later")).to_be_hidden()
    ask_time()
    tomorrow = page.evaluate("new Date(Date.now() + 86400000).toISOString().slice(0, 10)")
    field.fill(f"{tomorrow}T16:45")
    field.press("Enter")
    expect(page.locator("#thread")).to_contain_text("We come on time.")
    expect(page.locator("#thread article").last).to_contain_text("Will be sent")
    assert Message.objects.get(ticket=ticket, text="We come on time.").release_at.strftime("%H:%M") == "08:45"
    text.fill("And this at once.")
    text.press("Control+Enter")
    expect(page.locator("#thread")).to_contain_text("And this at once.")
    assert Message.objects.get(ticket=ticket, text="And this at once.").on_release == {"status": "pending"}


@pytest.mark.req("E5", "mentions")
def test_bells_dot_is_there_and_live_on_pages_without_tickets(house: House, sign_in: Any) -> None:
    ticket = house.mail("Bell washer")
    page = sign_in(house.mate, "/customers/")
    dot = page.locator('.rail-foot [data-count-dot="notifications"]')
    page.wait_for_timeout(900)  # until its socket is open, so that no push comes too early
    expect(dot).to_be_hidden()
    add_note(ticket.pk, "@He Min please look", by=actor(house.agent), mentions=[house.mate.pk])
    expect(dot).to_be_visible(timeout=15_000)
    page.goto(f"{page.url.partition('/customers/')[0]}/profile/")
    expect(page.locator('.rail-foot [data-count-dot="notifications"]')).to_be_visible(timeout=15_000)
    page.goto(f"{page.url.partition('/profile/')[0]}/notifications/")
    page.get_by_role("button", name="Mark all as read").click()
    page.goto(f"{page.url.partition('/notifications/')[0]}/customers/")
    page.wait_for_timeout(600)
    expect(page.locator('.rail-foot [data-count-dot="notifications"]')).to_be_hidden()

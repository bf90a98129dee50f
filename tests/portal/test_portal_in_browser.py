"""The customer's side in a real browser: sign in by link and by code, answer with a photo, see the answer come, write by form."""

from __future__ import annotations

import re
import time
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from helpdesk.accounts.models import Team
from helpdesk.core.actors import Actor
from helpdesk.customers.models import Order, OrderLine, Product
from tests.accessibility import violations
from tests.factories import make_staff
from tests.portal.visitor import PHONE, WIDE, Open, Visitor
from tickets.models import Message, Satisfaction, StatusCategory, Ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.status import set_status

pytestmark = pytest.mark.browser


@pytest.fixture
def agent(visitor: Visitor) -> Actor:
    team = Team.objects.get(is_default=True)
    return Actor.of_staff(make_staff(f"ann-{uuid4().hex[:8]}", teams=(team,), name="Ann Chen"))


@pytest.mark.req("K2", "link in a mail")
@pytest.mark.req("K1", "works on a phone")
def test_customer_comes_from_the_mails_link_through_sign_in_to_their_request(open_page: Open, visitor: Visitor) -> None:
    ticket = visitor.ticket()
    page = open_page(f"/portal/requests/{ticket.number}/")
    page.get_by_label(re.compile("E-mail address")).fill(visitor.address)
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    link = re.search(r"(/portal/sign-in/link/\S+)", visitor.received(visitor.address))
    assert link
    page.goto(visitor.url + link[1])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    assert page.url == f"{visitor.url}/portal/requests/{ticket.number}/"
    cookie = next(c for c in page.context.cookies() if c["name"] == "portal_session")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"


@pytest.mark.req("K2", "code by SMS")
def test_customer_signs_in_by_the_code_from_an_sms(open_page: Open, visitor: Visitor) -> None:
    page = open_page("/portal/sign-in/")
    page.get_by_label(re.compile("E-mail address")).fill(visitor.number.removeprefix("+86"))
    page.get_by_role("button", name="Send it").click()
    code = re.search(r"\d{6}", visitor.received(visitor.number))
    assert code
    page.get_by_label("Code from the SMS").fill(code[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hello Grace Miller")).to_be_visible()


@pytest.mark.req("A1", "portal")
@pytest.mark.req("E5", "attachments")
def test_customer_answers_with_a_photo_and_reads_the_reply(
    open_page: Open, visitor: Visitor, agent: Actor, tmp_path: Path
) -> None:
    from PIL import Image

    photo = tmp_path / "label.png"
    Image.new("RGB", (300, 200), (90, 120, 160)).save(photo)
    ticket = visitor.ticket()
    page = open_page(f"/portal/requests/{ticket.number}/", signed_in=True)
    page.get_by_role("textbox", name="Your answer").fill("Here is the label.")
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.locator(".file-name")).to_have_text("label.png")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble", has_text="Here is the label.")).to_be_visible()
    picture = page.locator(".msg-pics img")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 300)
    expect(page.get_by_role("textbox", name="Your answer")).to_have_value("")
    reply_to_ticket(ticket.pk, Reply(text="Thank you, we send somebody."), by=agent)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".bubble", has_text="Thank you, we send somebody.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("We are on it")


@pytest.mark.req("A1", "portal")
def test_text_survives_an_expired_session(open_page: Open, visitor: Visitor) -> None:
    ticket = visitor.ticket()
    page = open_page(f"/portal/requests/{ticket.number}/", signed_in=True)
    page.get_by_role("textbox", name="Your answer").fill("A long story that must not be lost")
    visitor.customer.portal_sessions.update(ended_at="2020-01-01T00:00:00Z")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="See your requests")).to_be_visible()
    page.context.add_cookies([{"name": "portal_session", "value": visitor.session(), "url": visitor.url}])
    page.goto(f"{visitor.url}/portal/requests/{ticket.number}/")
    expect(page.get_by_role("textbox", name="Your answer")).to_have_value("A long story that must not be lost")


@pytest.mark.req("E6", "satisfaction asked")
@pytest.mark.req("I1", "satisfaction record")
def test_customer_marks_as_solved_and_says_how_satisfied_they_are(open_page: Open, visitor: Visitor) -> None:
    ticket = visitor.ticket()
    page = open_page(f"/portal/requests/{ticket.number}/", signed_in=True)
    page.get_by_role("button", name="Mark as solved").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Solved")
    page.get_by_label("Very satisfied").check()
    page.get_by_label(re.compile("What should we know")).fill("Quick and kind")
    page.get_by_role("button", name="Tell us").click()
    expect(page.get_by_role("heading", name=re.compile("How satisfied"))).to_have_count(0)
    row = Satisfaction.objects.get(ticket=ticket)
    assert (row.score, row.comment) == (5, "Quick and kind")


@pytest.mark.req("A1", "web form")
@pytest.mark.parametrize("script", [True, False])
def test_stranger_writes_by_the_form_with_and_without_script(
    open_page: Open, visitor: Visitor, tmp_path: Path, script: bool
) -> None:
    note = tmp_path / "serial.txt"
    note.write_text("W10P2408B018842")
    subject = f"Kettle leaks {uuid4().hex[:6]}"
    page = open_page("/form/web-form/", script=script)
    page.get_by_label("What is it about?").select_option("repair")
    page.get_by_label("In one line").fill(subject)
    page.get_by_label("What happened?").fill("It leaks at the lid.")
    page.get_by_label("E-mail address or mobile number").fill(f"mia-{uuid4().hex[:6]}@customer.example")
    page.locator("input[type=file]").set_input_files(note)
    time.sleep(2.2)  # nobody fills a form in less; what comes faster is held to be a script
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you, we have it")).to_be_visible()
    ticket = Ticket.objects.get(subject=subject)
    assert ticket.number in page.content()
    assert not ticket.is_spam
    assert Message.objects.get(ticket=ticket, direction="in").attachments.get().name == "serial.txt"


@pytest.mark.req("A1", "web form")
@pytest.mark.req("K1", "Chinese and English")
def test_switching_the_language_keeps_what_was_typed(open_page: Open) -> None:
    page = open_page("/form/web-form/")
    page.get_by_label("What happened?").fill("Half a story")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="给我们留言")).to_be_visible()
    expect(page.get_by_label("发生了什么？")).to_have_value("Half a story")


PAGES = {
    "welcome": ("/portal/", False),
    "sign-in": ("/portal/sign-in/", False),
    "sent": ("/portal/sign-in/sent/", False),
    "code": ("/portal/sign-in/code/", False),
    "used-up": ("/portal/sign-in/link/" + "a" * 43 + "/", False),
    "form": ("/form/web-form/", False),
    "home": ("/portal/", True),
    "requests": ("/portal/requests/", True),
    "nothing-found": ("/portal/requests/?q=zzzz", True),
    "request": ("/portal/requests/{open}/", True),
    "solved": ("/portal/requests/{solved}/", True),
    "new": ("/portal/requests/new/", True),
    "profile": ("/portal/profile/", True),
    "missing": ("/portal/requests/HD-999999999/", True),
}
EVERY_DAY = [("en", "light", PHONE), ("zh", "dark", PHONE), ("zh", "light", WIDE)]
ALL = [(lang, theme, size) for lang in ("en", "zh") for theme in ("light", "dark") for size in (PHONE, WIDE)]


def _look(open_page: Open, visitor: Visitor, agent: Actor, variants: list[tuple[str, str, tuple[int, int]]]) -> None:
    """axe finds nothing and nothing overflows, on each page in each variant."""
    open_ticket, solved = visitor.ticket(), visitor.ticket("Invoice, please")
    reply_to_ticket(open_ticket.pk, Reply(text="Which serial number?", status=StatusCategory.PENDING), by=agent)
    set_status(solved.pk, StatusCategory.SOLVED, by=agent)
    order = Order.objects.create(number=f"LT-{uuid4().hex[:6]}", customer=visitor.customer, total=1)
    product, _made = Product.objects.get_or_create(sku="W10P", defaults={"name": "Washer", "name_zh": "洗衣机"})
    OrderLine.objects.create(order=order, product=product, unit_price=1)
    found = []
    for language, theme, size in variants:
        # the bar at the bottom of a phone covers what is under it until one scrolls
        tall = (size[0], 2400)
        doors = {
            signed_in: open_page("/portal/", signed_in=signed_in, size=tall, language=language, theme=theme)
            for signed_in in (False, True)
        }
        for name, (path, signed_in) in PAGES.items():
            page = doors[signed_in]
            page.goto(visitor.url + path.format(open=open_ticket.number, solved=solved.number))
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [f"{name} {language} {theme} {size[0]}: {what}" for what in violations(page)]
            found += [f"{name} {language} {size[0]}: {wide} px too wide"] if wide > 0 else []
        for page in doors.values():
            page.close()
    assert found == []


@pytest.mark.req("K1", "WCAG 2.2 AA")
def test_axe_finds_nothing_on_the_customers_pages(open_page: Open, visitor: Visitor, agent: Actor) -> None:
    _look(open_page, visitor, agent, EVERY_DAY)


@pytest.mark.verify
@pytest.mark.req("K1", "WCAG 2.2 AA")
def test_axe_finds_nothing_in_any_language_theme_and_width(open_page: Open, visitor: Visitor, agent: Actor) -> None:
    _look(open_page, visitor, agent, ALL)

"""Every page × language × theme × width: it answers, logs nothing, keeps its policy, fits, speaks one language, axe is
content.

The pictures of the full run lie in `test-results/matrix/`; look at them after a change of the design.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.accessibility import RULES, violations
from tests.browser import LiveStack
from tests.demo import SIZES
from tests.factories import make_account, make_arrival, make_staff, make_team
from tests.matrix.conftest import House
from tests.matrix.looking import problems
from tests.matrix.pages import PAGES, Target

PICTURES = Path(__file__).resolve().parents[2] / "test-results" / "matrix"
LOOKS = [(language, width) for language in ("en", "zh") for width in SIZES]
COLOURS = ["color-contrast", "link-in-text-block"]
EVERY_DAY = [("en", "light", "wide"), ("zh", "dark", "phone")]


def listen(page: Page) -> list[str]:
    """What the page logs and cannot load, from now on."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("console", lambda message: heard.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("requestfailed", lambda request: heard.append(f"failed: {request.url}"))
    page.on(
        "response",
        lambda answer: (
            heard.append(f"{answer.status}: {answer.url}")
            if answer.status >= 400 and not answer.request.is_navigation_request()
            else None
        ),
    )
    return heard


def opened(page: Page, target: Target, path: str) -> list[str]:
    """Open the page; returns a status that is not the expected one."""
    answer = page.goto(path)
    status = answer.status if answer else 0
    return [f"answers {status}"] if status != target.status else []


def take(heard: list[str], target: Target) -> list[str]:
    """What was heard until now, but that a refused page was refused; it is asked for once the page has been looked at."""
    said = [words for words in heard if not (target.status >= 400 and "Failed to load resource" in words)]
    heard.clear()
    return said


@pytest.mark.verify
@pytest.mark.browser
@pytest.mark.req("K1", "Chinese and English")
@pytest.mark.req("K1", "WCAG 2.2 AA")
@pytest.mark.req("K1", "works on a phone")
@pytest.mark.parametrize(("language", "width"), LOOKS, ids=["-".join(look) for look in LOOKS])
def test_every_page_in_every_language_theme_and_width(demo_house: House, language: str, width: str) -> None:
    """Each page is opened once for a language and width; the theme is the device's and changes under the open page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    found = []
    for who in dict.fromkeys(target.who for target in PAGES):
        context = demo_house.context(who, language=language, width=width)
        page = context.new_page()
        heard = listen(page)
        for target in (target for target in PAGES if target.who == who):
            path = target.path.format(**demo_house.facts)
            wrong = opened(page, target, path)
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                # the tree is the same in both themes, the colours are not
                wrong += violations(page, COLOURS if theme == "dark" else RULES)
                page.screenshot(path=PICTURES / f"{target.name}-{language}-{theme}-{width}.png")
            # last, when its scripts have done their work
            wrong += [*problems(page, language=language, is_phone=width == "phone"), *take(heard, target)]
            found += [f"{target.name}: {what}" for what in wrong]
            page.goto("about:blank")  # what it was asking for is cut off, which is no failure
            heard.clear()
        context.close()
    assert not found, "\n".join(found)


@pytest.mark.browser
@pytest.mark.req("K1", "WCAG 2.2 AA")
@pytest.mark.parametrize(("language", "theme", "width"), EVERY_DAY, ids=["-".join(look) for look in EVERY_DAY])
def test_the_main_pages(live: LiveStack, chromium: Browser, language: str, theme: str, width: str) -> None:
    """The smoke of every day on the tests' own product; the full matrix belongs to `make verify`."""
    from django.conf import settings

    from aftersales.policy.services.shipping import ensure_rule_sets
    from helpdesk.core.actors import SYSTEM
    from helpdesk.customers.models import Customer
    from helpdesk.customers.sessions import start_session
    from tests.aftersales.factories import make_claim, make_order
    from tests.channels_app.live.stack import sign_in
    from tickets.intake.services import receive
    from tickets.labels import ensure_labels

    ensure_labels()
    tag = f"{language}{theme}"
    team = make_team(f"Matrix {tag}")
    account = make_account(f"matrix-{tag}", team=team)
    ticket = receive(make_arrival(account, address=f"matrix-{tag}@customer.example"), by=SYSTEM).ticket
    people = {
        "agent": make_staff(f"matrix-agent-{tag}", teams=(team,)),
        "admin": make_staff(f"matrix-admin-{tag}", role="administrator"),
        "supervisor": make_staff(f"matrix-supervisor-{tag}", role="supervisor", teams=(team,)),
        "approver": make_staff(f"matrix-approver-{tag}", role="approver"),
        "finance": make_staff(f"matrix-finance-{tag}", role="finance"),
    }
    ensure_rule_sets()
    line = make_order(Customer.objects.get(pk=ticket.customer_id), quantity=3)
    claim = make_claim(ticket=ticket, line=line)
    named = {"ticket": ticket.number, "customers_ticket": ticket.number, "claim": claim.pk, "customers_claim": claim.pk}
    named["customers_line"] = line.pk
    customer = Customer.objects.get(pk=ticket.customer_id)
    identity = customer.identities.first()
    assert identity is not None
    cookies = {who: (settings.SESSION_COOKIE_NAME, sign_in(person)) for who, person in people.items()}
    cookies["customer@demo.example"] = ("portal_session", start_session(customer, identity))
    found = []
    for who in dict.fromkeys(target.who for target in PAGES if target.is_main):
        context = chromium.new_context(
            viewport={"width": SIZES[width][0], "height": SIZES[width][1]},
            locale={"en": "en-US", "zh": "zh-CN"}[language],
            color_scheme="dark" if theme == "dark" else "light",
            base_url=live.url,
        )
        if who:
            name, value = cookies[who]
            context.add_cookies([{"name": name, "value": value, "url": live.url}])
        for target in (target for target in PAGES if target.is_main and target.who == who):
            page = context.new_page()
            heard = listen(page)
            path = target.path.format(**named)
            wrong = opened(page, target, path) + violations(page)
            wrong += [*problems(page, language=language, is_phone=width == "phone"), *take(heard, target)]
            found += [f"{target.name}: {what}" for what in wrong]
            page.close()
        context.close()
    assert not found, "\n".join(found)

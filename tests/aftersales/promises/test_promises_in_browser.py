"""A promise is made in the desk's dialog and read on the customer's phone, in the running product."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from aftersales.promises.policy import ensure_policy
from helpdesk.core.company import company_zone
from tests.accessibility import violations
from tests.aftersales.factories import make_claim, make_order
from tests.browser import LiveStack, Opener
from tests.factories import make_staff
from tests.portal.visitor import Open, Visitor, open_page, visitor  # noqa: F401 — fixtures

pytestmark = pytest.mark.browser


@pytest.mark.req("E4", "promises")
def test_a_promise_is_made_in_the_dialog_and_read_on_the_phone(
    live: LiveStack,
    sign_in: Opener,
    open_page: Open,  # noqa: F811
    visitor: Visitor,  # noqa: F811
) -> None:
    ensure_policy()
    ticket = visitor.ticket("The washer leaks")
    claim = make_claim("return", ticket=ticket, line=make_order(visitor.customer, quantity=1))
    agent = make_staff(f"agent{time.time_ns() % 10**9}", role="supervisor", name="Wang Fang")
    page = sign_in(agent, f"/claims/{claim.number}/")
    page.get_by_role("link", name="Promise an update").click()
    due = (timezone.now() + timedelta(days=2)).astimezone(company_zone()).strftime("%Y-%m-%dT10:30")
    dialog = page.locator("#desk-dialog")
    dialog.get_by_label("We write to the customer by").fill(due)
    dialog.get_by_label("Words to the customer").fill("The supplier is looking at the pump.")
    assert violations(page) == []
    dialog.get_by_role("button", name="Promise", exact=True).click()
    expect(page.locator("[data-panel=promises]")).to_contain_text("Wang Fang")
    assert violations(page) == []
    phone = open_page(f"/portal/claims/{claim.number}/", signed_in=True, language="zh", theme="dark")
    expect(phone.locator("[data-panel=promise]")).to_contain_text("10:30")
    assert violations(phone) == []

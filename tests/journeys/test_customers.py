"""A customer's way: the form, the acknowledgement, the portal by a mail's link, an answer, the end; and what stays hidden."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.demo import Demo, Visitors, text_of

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.mark.req("A1", "web form")
@pytest.mark.req("A1", "portal")
@pytest.mark.req("K2", "link in a mail")
@pytest.mark.req("E5", "internal notes")
def test_from_the_form_through_the_mails_link_to_a_solved_request(
    demo: Demo, visitors: Visitors, open_as: Open, someone: str
) -> None:
    subject = f"Fridge warms {someone[4:12]}"
    agent = open_as("agent")
    customer = open_as("", "/form/web-form/", width="phone")
    customer.get_by_label("In one line").fill(subject)
    customer.get_by_label("What happened?").fill("It is 12 degrees inside.")
    customer.get_by_label("E-mail address or mobile number").fill(someone)
    customer.wait_for_timeout(2200)  # nobody fills a form in less; what comes faster is held to be a script
    customer.get_by_role("button", name="Send").click()
    expect(customer.get_by_role("heading", name="Thank you, we have it")).to_be_visible()

    acknowledged = text_of(demo.wait_for(someone, "/portal/requests/HD-"))
    found = re.search(r"/portal/requests/(HD-\d+)/", acknowledged)
    assert found, acknowledged
    customer.goto(found[0])
    customer.get_by_label("E-mail address").fill(someone)
    customer.get_by_role("button", name="Send it").click()
    customer.wait_for_url("**/sent/**")
    customer.goto(visitors.sign_in_link(someone))
    customer.get_by_role("button", name="Sign in").click()
    customer.wait_for_url(f"**{found[0]}")
    expect(customer.locator(".bubble", has_text="12 degrees")).to_be_visible()

    agent.goto(f"/tickets/{found[1]}/")
    agent.wait_for_timeout(700)
    agent.keyboard.press("n")
    agent.keyboard.type("Between us: same lot as yesterday.")
    agent.keyboard.press("Control+Enter")
    expect(agent.locator("#thread .note")).to_contain_text("same lot as yesterday")
    agent.keyboard.press("r")
    agent.keyboard.type("We come on Thursday.")
    agent.keyboard.press("Control+Enter")
    expect(agent.locator("#thread")).to_contain_text("We come on Thursday.")
    demo.wait_for(someone, "We come on Thursday.")

    customer.reload()
    expect(customer.locator("main")).to_contain_text("We come on Thursday.")
    expect(customer.locator("main")).not_to_contain_text("Between us")
    assert "Between us" not in customer.content()
    customer.get_by_role("textbox", name="Your answer").fill("Thursday suits me.")
    customer.get_by_role("button", name="Send", exact=True).click()
    expect(customer.locator(".bubble", has_text="Thursday suits me.")).to_be_visible()
    expect(agent.locator("#thread")).to_contain_text("Thursday suits me.", timeout=15_000)
    customer.get_by_role("button", name="Mark as solved").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("Solved")
    expect(agent.locator("#ticket-head .status")).to_contain_text("Solved", timeout=15_000)
    assert not any("Between us" in text_of(mail) for mail in demo.sink(someone))

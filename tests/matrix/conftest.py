"""The product with its demo data, and browsers that are signed in as each of the people of the matrix."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.demo import Demo, start_demo
from tests.matrix import facts

Cookies = list[Any]
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
LOCALES = {"en": "en-US", "zh": "zh-CN"}


class House:
    """The demo, with what the addresses of its pages name; signs each person in once."""

    def __init__(self, demo: Demo, browser: Browser) -> None:
        self.demo = demo
        self.browser = browser
        self.jar: dict[str, Cookies] = {}
        self._furnish()
        self.facts = facts.ask(demo.database_url)

    def _furnish(self) -> None:
        """What the told history has not: a mail that came in at the door, with its acknowledgement in the sink."""
        self.demo.mail("customer@demo.example", "My washer stops with E21", "It stops halfway.\n\nThank you\nLi Na")
        deadline = time.monotonic() + 60
        while not {"event", "mail", "customers_ticket"} <= facts.ask(self.demo.database_url).keys():
            assert time.monotonic() < deadline, "the mail made no ticket"
            time.sleep(0.3)

    def context(self, who: str, *, language: str = "en", theme: str = "light", width: str = "wide") -> BrowserContext:
        """A browser of this person: `width` is wide or phone; "" is a stranger."""
        size = SIZES[width]
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=LOCALES[language],
            color_scheme="dark" if theme == "dark" else "light",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            is_mobile=width == "phone",
            has_touch=width == "phone",
            base_url=self.demo.url,
        )
        if who:
            context.add_cookies(self._cookies(who))
        return context

    def _cookies(self, who: str) -> Cookies:
        if who not in self.jar:
            context = self.browser.new_context(base_url=self.demo.url)
            sign_in = self._sign_in_customer if "@" in who else self._sign_in_staff
            sign_in(context, who)
            # the languages' cookie stays behind: each context asks in its own language
            self.jar[who] = [cookie for cookie in context.cookies() if "session" in str(cookie["name"])]
            context.close()
        return self.jar[who]

    def _sign_in_staff(self, context: BrowserContext, who: str) -> None:
        page = context.new_page()
        page.goto("/sign-in/")
        page.fill("input[name=username]", who)
        page.fill("input[name=password]", self.demo.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "sign-in" not in url)

    def _sign_in_customer(self, context: BrowserContext, who: str) -> None:
        page = context.new_page()
        page.goto("/portal/sign-in/")
        page.fill("input[name=entry]", who)
        page.press("input[name=entry]", "Enter")
        page.wait_for_url("**/sent/**")
        found = re.search(r"/portal/sign-in/link/[\w-]+/", self.demo.wait_for_mail(who, "/portal/sign-in/link/"))
        assert found
        page.goto(found[0])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/portal/")


@pytest.fixture(scope="session")
def demo_house(chromium: Browser) -> Iterator[House]:
    """The whole demo, told to its end."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-matrix-") as folder, start_demo(Path(folder)) as demo:
        demo.wait_until_told()
        yield House(demo, chromium)

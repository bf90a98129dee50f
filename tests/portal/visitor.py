"""A customer of the running product, and pages opened as a stranger or as them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.core.registries import renderers
from helpdesk.customers.identities import email
from helpdesk.customers.models import Customer, Identity
from helpdesk.customers.sessions import start_session
from tests.browser import LiveStack
from tests.factories import make_account, make_arrival, make_customer
from tickets.intake.services import receive
from tickets.models import Ticket

PHONE = (390, 844)
WIDE = (1280, 900)
Open = Callable[..., Page]


class Visitor:
    """A customer of the running product with a mail address and a number of their own."""

    def __init__(self, live: LiveStack) -> None:
        self.url = live.url
        tag = uuid4().hex[:8]
        self.address = f"grace-{tag}@customer.example"
        self.number = f"+86138{int(tag, 16) % 10**8:08d}"
        self.customer: Customer = make_customer("Grace Miller", self.address, language="en")
        Identity.objects.create(customer=self.customer, kind="phone", value=self.number)
        self.mailbox = make_account("support-portal")
        ChannelAccount.objects.get_or_create(slug="sms", defaults={"kind": "sms", "name": "SMS"})

    def ticket(self, subject: str = "Washer shows E21", **fields: Any) -> Ticket:
        arrival = make_arrival(
            self.mailbox,
            known=[email(self.address)],
            address=self.address,
            name="Grace Miller",
            subject=subject,
            **fields,
        )
        return receive(arrival, by=SYSTEM).ticket

    def session(self) -> str:
        identity = self.customer.identities.order_by("pk").first()
        assert identity
        return start_session(self.customer, identity)

    def received(self, address: str) -> str:
        """The text that the product sends to this address, once its worker has got there."""
        for _try in range(150):
            delivery = (
                Delivery.objects.filter(address=address, purpose__startswith="customers.").order_by("-pk").first()
            )
            if delivery is not None:
                return str(renderers.get(delivery.purpose)(delivery).text)
            time.sleep(0.1)
        raise AssertionError("nothing was sent")


@pytest.fixture
def visitor(live: LiveStack) -> Visitor:
    return Visitor(live)


@pytest.fixture
def open_page(chromium: Browser, visitor: Visitor) -> Iterator[Open]:
    """Opens an address as a stranger, or as the visitor; fails when a page logs an error or breaks its policy."""
    contexts = []
    problems: list[str] = []

    def go(
        path: str,
        *,
        signed_in: bool = False,
        size: tuple[int, int] = PHONE,
        language: str = "en",
        theme: str = "light",
        script: bool = True,
        touch: bool = False,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN" if language == "zh" else "en-US",
            color_scheme="dark" if theme == "dark" else "light",
            timezone_id="Asia/Shanghai",
            java_script_enabled=script,
            has_touch=touch,
        )
        contexts.append(context)
        if signed_in:
            context.add_cookies([{"name": "portal_session", "value": visitor.session(), "url": visitor.url}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda m: problems.append(m.text) if m.type == "error" and "Failed to load" not in m.text else None,
        )
        page.goto(visitor.url + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not problems, problems

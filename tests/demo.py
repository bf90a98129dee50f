"""`manage.py up --demo` for tests: the product as a visitor has it, with its doors for mail and its sink."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg2
from playwright.sync_api import Browser, BrowserContext

from helpdesk.embedded import runtime
from tests.embedded.conftest import wait_until
from tests.embedded.test_supervisor import Product

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
LOCALES = {"en": "en-US", "zh": "zh-CN"}


class Demo:
    """A running demo: its address, its password, its mail door, and what has landed in its sink."""

    def __init__(self, product: Product) -> None:
        self.product = product
        values = runtime.load(product.data_dir)
        self.url = f"http://127.0.0.1:{product.port}"
        self.password = str(values["demo_password"])
        self.database_url = str(values["database_url"])

    def wait_until_told(self, seconds: float = 600) -> None:
        """Until the demo's whole history is there."""
        deadline = time.monotonic() + seconds
        # by its words, or by its rows: a story-teller that had to be started again counts only what it told itself
        while not (self.product.says("260 tickets told") or self._is_told()):
            assert time.monotonic() < deadline, "\n".join(self.product.lines[-20:])
            time.sleep(0.5)

    def _is_told(self) -> bool:
        first = "SELECT count(*) FROM tickets_message WHERE external_id LIKE 'demo-%%-0'"
        done = "SELECT count(*) FROM core_job WHERE kind = 'analytics.what_if' AND state = 'done'"
        return self.rows(first)[0][0] == 300 and self.rows(done)[0][0] > 0

    def rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Rows of the demo's database."""
        with closing(psycopg2.connect(self.database_url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def mail(
        self,
        sender: str,
        subject: str,
        text: str,
        *,
        name: str = "",
        to: str = "support@demo.example",
        answers: EmailMessage | None = None,
    ) -> str:
        """Send a mail by real SMTP as a customer; returns its Message-ID. `answers` is the mail that it replies to."""
        mail = EmailMessage()
        mail["From"] = f"{name} <{sender}>" if name else sender
        mail["To"], mail["Subject"] = to, subject
        mail["Message-ID"] = f"<{time.time_ns()}@client.example>"
        if answers is not None:
            mail["In-Reply-To"] = answers["Message-ID"]
            mail["References"] = f"{answers['References'] or ''} {answers['Message-ID']}".strip()
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self.product.mail_port, timeout=10) as server:
            server.send_message(mail)
        return str(mail["Message-ID"])

    def sink(self, address: str) -> list[EmailMessage]:
        """The mails that the product has sent to this address, the oldest first."""
        rows = self.rows("SELECT raw FROM channels_app_sinkmail WHERE address = %s ORDER BY id", address)
        return [email.message_from_bytes(bytes(raw), policy=email.policy.default) for (raw,) in rows]  # type: ignore[misc]

    def wait_for(self, address: str, words: str, seconds: float = 25) -> EmailMessage:
        """The first mail to this address that holds these words, once it has arrived."""
        deadline = time.monotonic() + seconds
        while True:
            for mail in self.sink(address):
                if words in text_of(mail):
                    return mail
            assert time.monotonic() < deadline, f"no mail with {words!r} to {address}"
            time.sleep(0.1)

    def wait_for_mail(self, address: str, words: str) -> str:
        """The text of that mail."""
        return text_of(self.wait_for(address, words))


def text_of(mail: EmailMessage) -> str:
    """The plain part of a mail."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


@contextmanager
def start_demo(folder: Path, **environment: str) -> Iterator[Demo]:
    """A demo of its own in this folder."""
    product = Product(folder / "var", **environment)
    product.start("--demo")
    try:
        wait_until(lambda: product.says("mail at 127.0.0.1"), seconds=30, what="the door for mail")
        yield Demo(product)
    finally:
        product.stop()


class Visitors:
    """Browsers of the demo's people; each person signs in once, through the page for it."""

    def __init__(self, demo: Demo, browser: Browser) -> None:
        self.demo = demo
        self.browser = browser
        self.jar: dict[str, list[Any]] = {}

    def context(self, who: str, *, language: str = "en", theme: str = "light", width: str = "wide") -> BrowserContext:
        """A browser of this person (user name or mail address; "" is a stranger); `width` is wide or phone."""
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

    def _cookies(self, who: str) -> list[Any]:
        if who not in self.jar:
            context = self.browser.new_context(base_url=self.demo.url)
            sign_in = self._sign_in_customer if "@" in who else self._sign_in_staff
            sign_in(context, who)
            # the language's cookie stays behind: each context asks in its own language
            self.jar[who] = [cookie for cookie in context.cookies() if "session" in str(cookie.get("name"))]
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
        page.goto(self.sign_in_link(who))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/portal/")

    def sign_in_link(self, address: str) -> str:
        """The path of the link in the mail that this address has just got."""
        text = text_of(self.demo.wait_for(address, "/portal/sign-in/link/"))
        found = re.search(r"/portal/sign-in/link/[^\s>]+", text)
        assert found, text
        return found[0]

"""Live traffic for the demo: customers who write through the real doors (SMTP, web form, API), as strangers would."""

from __future__ import annotations

import random
import re
import smtplib
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formataddr, make_msgid

import httpx

from helpdesk.demo.company import NAMES_EN, NAMES_ZH, PRODUCTS
from helpdesk.demo.scenarios import Scenario, scenarios

DOMAIN = "mail.demo.example"
STAMP_AGE_SECONDS = 3
_STAMP = re.compile(r'name="stamp"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="stamp"')


@dataclass(frozen=True)
class Letter:
    """One thing that a customer writes."""

    name: str
    address: str
    subject: str
    text: str
    language: str
    kind: str


@dataclass
class Tally:
    """What went through which door, and what was refused."""

    sent: dict[str, int] = field(default_factory=lambda: {"mail": 0, "form": 0, "api": 0, "answer": 0})
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, door: str) -> None:
        self.refused[door] = self.refused.get(door, 0) + 1


class Traffic:
    """Sends letters at the web address and mail port of a running demo. `api_key` needs tickets:read and tickets:write."""

    def __init__(self, *, address: str, mail_host: str, mail_port: int, api_key: str, seed: int | None = None) -> None:
        self.address = address
        self.mail = (mail_host, mail_port)
        self.chance = random.Random(seed)
        self.http = httpx.Client(base_url=address, timeout=20, headers={"Authorization": f"Bearer {api_key}"})
        self.visitor = httpx.Client(base_url=address, timeout=20)
        self.stories = scenarios()
        self.stamps: list[tuple[float, str]] = []
        self.open: list[tuple[str, Letter]] = []
        self.tally = Tally()

    def letter(self) -> Letter:
        """A new matter of some customer."""
        story: Scenario = self.chance.choice(self.stories)
        names = NAMES_ZH if story.language == "zh" else NAMES_EN
        nth = self.chance.randrange(len(names))
        fitting = [p for p in PRODUCTS if not story.categories or p.category in story.categories]
        product = self.chance.choice(fitting)
        words = {
            "{product}": product.name_zh if story.language == "zh" else product.name,
            "{order}": f"LT-{self.chance.randint(1, 12):02d}{self.chance.randint(1, 28):02d}-{self.chance.randint(1000, 9999)}",
            "{serial}": f"{product.sku}2409B{self.chance.randint(10000, 99999)}",
            "{name}": names[nth],
        }
        subject, text = story.subject, story.lines[0][1]
        for mark, word in words.items():
            subject, text = subject.replace(mark, word), text.replace(mark, word)
        address = f"{'z' if story.language == 'zh' else 'e'}{nth:02d}.{self.chance.randrange(400)}@{DOMAIN}"
        return Letter(names[nth], address, subject, text, story.language, story.kind)

    def send_one(self) -> str:
        """Send something through some door; returns the door's name."""
        door = self.chance.choices(("mail", "api", "form", "answer"), weights=(60, 15, 10, 15))[0]
        if door == "answer" and not self.open:
            door = "mail"
        if door == "form" and not self._stamp_is_ready():
            door = "mail"
        sender = {"mail": self._mail, "api": self._api, "form": self._form, "answer": self._answer}[door]
        try:
            accepted = sender()
        except (httpx.HTTPError, smtplib.SMTPException, OSError):
            accepted = False
        if accepted:
            self.tally.sent[door] += 1
        else:
            self.tally.refuse(door)
        return door

    def _post(self, letter: Letter, subject: str, text: str) -> bool:
        mail = EmailMessage()
        mail["From"] = formataddr((letter.name, letter.address))
        mail["To"] = "support@demo.example"
        mail["Subject"] = subject
        mail["Message-ID"] = make_msgid(domain=DOMAIN)
        mail["Content-Language"] = "zh-CN" if letter.language == "zh" else "en"
        mail.set_content(text)
        with smtplib.SMTP(*self.mail, timeout=20) as server:
            server.send_message(mail)
        return True

    def _mail(self) -> bool:
        letter = self.letter()
        return self._post(letter, letter.subject, letter.text)

    def _api(self) -> bool:
        letter = self.letter()
        body = {
            "subject": letter.subject,
            "body": letter.text,
            "requester": {"name": letter.name, "email": letter.address},
            "external_id": make_msgid(domain="simulate"),
        }
        answer = self.http.post("/api/v1/tickets/", json=body)
        if answer.status_code == 201:
            self.open = [*self.open[-50:], (answer.json()["number"], letter)]
        return answer.status_code in {200, 201, 202}

    def _answer(self) -> bool:
        """A customer adds to an open request by mail, found again by the number in the subject."""
        number, letter = self.open.pop(self.chance.randrange(len(self.open)))
        text = (
            "还有一点：我今天下午三点以后在家。"
            if letter.language == "zh"
            else "One more thing: I am at home after three today."
        )
        return self._post(letter, f"Re: {letter.subject} [{number}]", text)

    def _stamp_is_ready(self) -> bool:
        """Forms are opened ahead and filled a few seconds later, as people do."""
        if len(self.stamps) < 5:
            page = self.visitor.get("/form/web-form/")
            found = _STAMP.search(page.text)
            if found:
                self.stamps.append((time.monotonic(), found[1] or found[2]))
        return bool(self.stamps) and time.monotonic() - self.stamps[0][0] > STAMP_AGE_SECONDS

    def _form(self) -> bool:
        letter = self.letter()
        _since, stamp = self.stamps.pop(0)
        values = {
            "stamp": stamp,
            "name": letter.name,
            "contact": letter.address,
            "kind": letter.kind,
            "subject": letter.subject[:150],
            "text": letter.text,
        }
        return self.visitor.post("/form/web-form/", data=values).status_code in {200, 202, 302, 303}

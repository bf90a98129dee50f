"""After-sales in the simulation: customers buy, apply in the portal, send things back; the desk, the warehouse and finance do
their part. All of it through the doors that people and systems have: the API, the portal, the desk's pages.
"""

from __future__ import annotations

import contextlib
import html
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from django.utils import timezone

from helpdesk.demo.colleagues import Colleague

SHOP = "simulation"
# What is bought: article number, price. Within the limit of an agent.
GOODS = (("K2", "199.00"), ("C4", "399.00"), ("K1X", "99.00"))
# kind → reason, words, and who does what until the loop is closed
WAYS: dict[str, tuple[str, str, str]] = {
    "return": (
        "not_as_described",
        "The label says 1.5 litres, the page 1.7. 与页面描述不符。",
        "approve send_back receive inspect settle pay confirm",
    ),
    "exchange": (
        "wrong_item",
        "I ordered the white one. 颜色发错了。",
        "approve send_back receive inspect order_dispatch dispatch deliver confirm",
    ),
    "price_protection": ("price_dropped", "It is cheaper now. 降价了。", "approve settle pay confirm"),
}
STEP_SECONDS = (4.0, 20.0)
GIVEN_UP_AFTER = 3
_HIDDEN = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
_CLAIM = re.compile(r"/portal/claims/(AS-\d+)/")
_LINK = re.compile(r"/portal/sign-in/link/[^\s>\"]+")
_PAYOUT = re.compile(r"/finance/payouts/(\d+)/")
# One white pixel: a photo that is a picture.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


@dataclass
class Followed:
    """A claim on its way: the steps that are left, when the next is due, and who bought the thing."""

    number: str
    buyer: Buyer
    steps: list[str]
    due: float
    refusals: int = 0


class Buyer:
    """A customer with a session in the portal; their mail is read by `inbox(address)`, the newest text first."""

    def __init__(self, address: str, email: str, inbox: Callable[[str], str]) -> None:
        self.email, self.inbox = email, inbox
        self.http = httpx.Client(base_url=address, timeout=20, headers={"Referer": address})
        self.is_known = False

    def sign_in(self, wait: Callable[[float], bool]) -> bool:
        """Ask for a link, wait for the mail, follow it."""
        self._post("/portal/sign-in/", entry=self.email)
        for _ in range(40):
            if found := _LINK.search(self.inbox(self.email)):
                self.is_known = self._post(found[0]).status_code in {302, 303}
                return self.is_known
            if wait(0.5):
                break
        return False

    def apply(self, line: int, kind: str, reason: str, words: str, **answers: str) -> str:
        """Apply for the line of an order; the claim's number, empty when it was not taken."""
        path = f"/portal/apply/line-{line}/{kind}/"
        page = self.http.get(path, params={"reason": reason})
        values = {"reason": reason, "words": words, "quantity": "1", "is_opened": "yes", "is_used": "no"}
        values |= {"is_complete": "yes", **answers}
        for _ in range(2):  # what the page showed may follow the answers only with the second look
            given = hidden_in(page.text) | values
            page = self.http.post(path, data=given, files={"photos": ("photo.png", _PIXEL, "image/png")})
            if found := _CLAIM.search(page.headers.get("Location", "")):
                return found[1]
        return ""

    def move(self, number: str, name: str, **values: str) -> bool:
        """A move of the customer's, as the claim's page in the portal sends it."""
        token = hidden_in(self.http.get(f"/portal/claims/{number}/").text).get("csrfmiddlewaretoken", "")
        answer = self.http.post(f"/portal/claims/{number}/move/{name}/", data={"csrfmiddlewaretoken": token, **values})
        return answer.status_code in {302, 303}

    def _post(self, path: str, **values: str) -> httpx.Response:
        token = hidden_in(self.http.get(path).text).get("csrfmiddlewaretoken", "")
        return self.http.post(path, data={"csrfmiddlewaretoken": token, **values})


@dataclass
class AfterSales:
    """Customers with claims, and the people who work on them. `keys` are API keys of the agent and the warehouse."""

    address: str
    password: str
    shop_key: str
    keys: dict[str, str]
    inbox: Callable[[str], str]
    buyers: int = 3
    chance: random.Random = field(default_factory=random.Random)
    tally: dict[str, int] = field(
        default_factory=lambda: {"orders": 0, "claims": 0, "moves": 0, "refused": 0, "closed": 0}
    )

    def start(self, stop: threading.Event, every: float) -> list[threading.Thread]:
        """Run until `stop`, with a new claim every so many seconds."""
        thread = threading.Thread(target=self._run, args=(stop, every), name="after-sales", daemon=True)
        thread.start()
        return [thread]

    def _run(self, stop: threading.Event, every: float) -> None:
        self.stop, self.on_the_way = stop, list[Followed]()
        self.finance = Colleague(self.address, "finance", self.password)
        people = [Buyer(self.address, f"buyer{nth}@mail.demo.example", self.inbox) for nth in range(self.buyers)]
        next_one = time.monotonic()
        while not stop.wait(0.5):
            with contextlib.suppress(httpx.HTTPError, RuntimeError):
                if time.monotonic() >= next_one:
                    next_one = time.monotonic() + every
                    self._new_claim(self.chance.choice(people))
                self._go_on()

    def _new_claim(self, buyer: Buyer) -> None:
        kind = self.chance.choice(list(WAYS))
        reason, words, way = WAYS[kind]
        line, price = self._order(buyer)
        if line is None or not (buyer.is_known or buyer.sign_in(self.stop.wait)):
            self.tally["refused"] += 1
            return
        answers = {"price_now": f"{float(price) - 20:.2f}"} if kind == "price_protection" else {}
        number = buyer.apply(line, kind, reason, words, **answers)
        if not number:
            self.tally["refused"] += 1
            return
        self.tally["claims"] += 1
        self.on_the_way.append(Followed(number, buyer, way.split(), self._later()))

    def _order(self, buyer: Buyer) -> tuple[int | None, str]:
        """The shop tells of an order that was delivered two days ago."""
        sku, price = self.chance.choice(GOODS)
        now = timezone.now()
        number = f"SIM-{now:%d%H%M%S}-{self.chance.randrange(1000)}"
        body = {
            "number": number,
            "shop": SHOP,
            "customer": {"email": buyer.email, "name": buyer.email.partition("@")[0].title()},
            "state": "delivered",
            "placed_at": (now - timedelta(days=4)).isoformat(),
            "delivered_at": (now - timedelta(days=2)).isoformat(),
            "lines": [{"line": "1", "sku": sku, "unit_price": price, "serial": f"{sku}{number}"}],
            "payments": [{"payment": "1", "method": "online", "amount": price}],
        }
        answer = self._api("/api/v1/orders/", self.shop_key, body)
        if answer.status_code not in {200, 201}:
            return None, price
        self.tally["orders"] += 1
        return int(answer.json()["lines"][0]["id"]), price

    # --- Working -----------------------------------------------------------------------------------------------------
    def _go_on(self) -> None:
        for claim in [claim for claim in self.on_the_way if claim.due <= time.monotonic()]:
            step = claim.steps[0]
            if self._do(claim, step):
                self.tally["moves"] += 1
                claim.refusals = 0
                claim.steps.pop(0)
                self.tally["closed"] += not claim.steps
            else:
                claim.refusals += 1
                self.tally["refused"] += 1
            claim.due = self._later()
            if not claim.steps or claim.refusals >= GIVEN_UP_AFTER:
                self.on_the_way.remove(claim)

    def _do(self, claim: Followed, step: str) -> bool:
        if step in {"send_back", "confirm", "deliver"}:
            parcel = {"carrier": "sf", "tracking": f"SF{self.chance.randrange(10**11, 10**12)}"}
            return claim.buyer.move(claim.number, step, **(parcel if step == "send_back" else {}))
        if step == "pay":
            return self._pay(claim.number)
        key = self.keys["warehouse" if step in {"receive", "inspect", "dispatch"} else "agent"]
        body = {"move": step, "arguments": self._arguments(claim.number, step, key)}
        return self._api(f"/api/v1/claims/{claim.number}/moves/", key, body).status_code == 200

    def _arguments(self, number: str, step: str, key: str) -> dict[str, Any]:
        if step == "dispatch":
            return {"parcel": {"carrier": "sf", "number": f"SF{self.chance.randrange(10**11, 10**12)}"}}
        if step not in {"receive", "inspect"}:
            return {}
        headers = {"Authorization": f"Bearer {key}"}
        lines = httpx.get(f"{self.address}/api/v1/claims/{number}/", headers=headers, timeout=20).json()["lines"]
        if step == "receive":
            return {"received": {str(line["id"]): line["quantity"] for line in lines}}
        return {"inspection": {str(line["id"]): {"condition": "opened"} for line in lines}}

    def _pay(self, number: str) -> bool:
        """Finance finds the claim's payouts on its page and says that each was paid."""
        if not self.finance.token:
            self.finance.sign_in()
        page = self.finance.http.get("/finance/", params={"q": number}, headers={"HX-Request": ""})
        payouts = set(_PAYOUT.findall(page.text))
        answers = [
            self.finance.post(
                f"/finance/payouts/{payout}/confirm/", **{"confirm-reference": f"SIM{payout}"}
            ).status_code
            for payout in sorted(payouts)
        ]
        return bool(answers) and all(status < 400 for status in answers)

    def _api(self, path: str, key: str, body: dict[str, Any]) -> httpx.Response:
        return httpx.post(f"{self.address}{path}", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=20)

    def _later(self) -> float:
        return time.monotonic() + self.chance.uniform(*STEP_SECONDS)


def hidden_in(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms; of those with one name, the last."""
    found = {}
    for tag in _HIDDEN.findall(page):
        values = dict(_ATTRIBUTE.findall(tag))
        if 'type="hidden"' in tag and values.get("name"):
            found[values["name"]] = html.unescape(values.get("value", ""))
    return found

"""A claim that is being told: how far its story has come, who works on it, what its parcels do."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from aftersales.claims.models import Cause, Claim, ClaimKind, Verdict
from aftersales.claims.services.moving import move_claim
from aftersales.claims.services.record import change_record
from aftersales.compensation.limits import bounds_of
from aftersales.parcels.choices import Scan
from aftersales.parcels.models import Parcel
from aftersales.parcels.services.following import follow_parcel
from aftersales.parcels.services.recording import ScanDraft, Shipment, record_shipment
from helpdesk.accounts.models import Staff
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.demo.aftersales.scenarios import Matter
from helpdesk.demo.deadlines import let_deadlines_pass
from tickets.services.files import NewFile

PICTURES = Path(__file__).parents[1] / "pictures"
CARRIERS = ("sf", "jd", "zto", "yto")
DESK = ("zhang.wei", "xu.jing", "agent")
# Kinds whose application asks for no money.
_WITHOUT_AMOUNT = {ClaimKind.EXCHANGE, ClaimKind.REPAIR, ClaimKind.MISSING_PARTS}


@lru_cache(maxsize=64)
def person(username: str) -> Staff:
    return Staff.objects.get(username=username)


def as_person(username: str) -> Actor:
    return Actor.of_staff(person(username))


@dataclass
class Told:
    """A claim that is being told: `moment` is how far its story has come, `until` where it has to have ended."""

    nth: int
    claim: Claim
    matter: Matter
    moment: datetime
    chance: random.Random
    way: tuple[str, ...] = ()
    until: datetime = field(default_factory=timezone.now)
    parcels: int = 0

    @property
    def is_chinese(self) -> bool:
        return self.claim.customer.language.startswith("zh")

    def say(self, english: str, chinese: str) -> str:
        return chinese if self.is_chinese else english

    @property
    def customer(self) -> Actor:
        return Actor.of_customer(self.claim.customer, origin="portal")

    @property
    def agent(self) -> str:
        return DESK[self.nth % len(DESK)]

    def pass_time(self, hours: float) -> None:
        """Go on in time, never to what has not happened yet; deadlines that fell due on the way did what they do."""
        self.moment = min(self.moment + timedelta(hours=hours), self.until)
        let_deadlines_pass(self.claim.ticket_id, self.moment)

    def move(self, name: str, by: Actor, **arguments: Any) -> None:
        with clock.at(self.moment):
            move_claim(self.claim.pk, name, by=by, arguments=arguments)
        self.reload()

    def reload(self) -> None:
        self.claim = Claim.objects.select_related("customer", "order", "ticket").get(pk=self.claim.pk)

    def know_cause(self) -> None:
        """What the review found, and what was learnt; the last thing before a claim is closed."""
        cause = Cause.objects.filter(name=self.matter.cause).values_list("key", flat=True).first()
        values: dict[str, Any] = {"cause": cause}
        if self.chance.random() < 0.4:
            values["lesson"] = self.say("Check this at the last gate of the line.", "出厂终检增加此项检查。")
        with clock.at(self.moment):
            change_record(self.claim.pk, values, by=SYSTEM)
        self.reload()

    @property
    def amount(self) -> Decimal | None:
        """What is granted in money: what was asked, or the price of what is to be exchanged and cannot be."""
        if self.claim.asked_amount is None and self.claim.kind in _WITHOUT_AMOUNT:
            lines = self.claim.loaded_lines if "settle" in self.way else []
            return sum((line.order_line.paid for line in lines if line.order_line), Decimal(0)) or None
        return self.claim.asked_amount

    def deciding_agent(self) -> Actor | None:
        """The first person whose limit covers the amount; nobody where approvers have to decide."""
        if self.claim.needs_joint_approval or self.claim.verdict != Verdict.ALLOWED:
            return None
        amount = self.amount or Decimal(0)
        for username in (self.agent, "lead", "supervisor"):
            actor = as_person(username)
            limit = bounds_of(actor).refund
            if limit is None or amount <= limit:
                return actor
        return None

    def new_parcel(self, prefix: str) -> dict[str, str]:
        self.parcels += 1
        carrier = CARRIERS[(self.nth + self.parcels) % len(CARRIERS)]
        return {"carrier": carrier, "number": f"{prefix}{carrier.upper()}{10_000_000 + self.nth * 10 + self.parcels}"}

    def scan(self, *scans: tuple[str, float]) -> None:
        """What the carrier said of the claim's open parcel: (scan, hours before now); then what follows from it."""
        parcel = Parcel.objects.filter(claim=self.claim, is_open=True).select_related("carrier").order_by("-pk").first()
        if parcel is None:
            return
        place = self.say("Shanghai hub", "上海转运中心")
        drafts = [
            ScanDraft(scan, self.moment - timedelta(hours=before), _SCAN_WORDS[scan][self.is_chinese], place)
            for scan, before in scans
        ]
        with clock.at(self.moment):
            record_shipment(Shipment(parcel.number, parcel.carrier.key, drafts), source="")
            follow_parcel(parcel.pk)
        self.reload()


_SCAN_WORDS: dict[str, tuple[str, str]] = {
    Scan.COLLECTED: ("Picked up by the courier", "快递员已揽收"),
    Scan.IN_TRANSIT: ("Left the sorting centre", "快件已离开分拨中心"),
    Scan.OUT_FOR_DELIVERY: ("Out for delivery", "正在派件"),
    Scan.DELIVERED: ("Delivered and signed for", "已签收"),
    Scan.INTERCEPTED: ("Stopped on request of the sender", "已按寄件人要求拦截"),
    Scan.LOST: ("The parcel cannot be found", "包裹遗失，正在核查"),
}


def picture(name: str) -> NewFile:
    """One of the pictures that customers and the warehouse take."""
    return NewFile(name, "image/png", (PICTURES / name).read_bytes())

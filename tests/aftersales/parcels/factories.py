"""Claims whose goods travel, and what carriers say of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.moving import move_claim
from aftersales.parcels.carriers import ensure_carriers
from aftersales.parcels.choices import Scan
from aftersales.parcels.services.following import follow_due
from aftersales.parcels.services.recording import Recorded, ScanDraft, Shipment, record_shipment
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from tests.aftersales.factories import make_claim

NUMBER = "SF1234567890123"


def make_awaiting(kind: str = ClaimKind.RETURN, *, on_scan: bool = False, **fields: Any) -> Claim:
    """A claim that is approved; its goods are to come back."""
    ensure_carriers()
    claim = make_claim(kind, **fields)
    Claim.objects.filter(pk=claim.pk).update(
        verdict="allowed", approval_sides=[], settles_on_scan=on_scan, approved_amount=Decimal("100.00")
    )
    move_claim(claim.pk, "approve", by=SYSTEM, arguments={"outcome": "refund", "amount": "100.00"})
    return Claim.objects.get(pk=claim.pk)


def make_returning(number: str = NUMBER, **fields: Any) -> Claim:
    """The same, with a parcel that the customer has announced."""
    claim = make_awaiting(**fields)
    move_claim(claim.pk, "send_back", by=SYSTEM, arguments={"parcel": {"carrier": "sf", "number": number}})
    return Claim.objects.get(pk=claim.pk)


def say(
    scan: str = Scan.COLLECTED, *, number: str = NUMBER, at: datetime | None = None, words: str = "", **fields: Any
) -> Recorded:
    """The carrier says one thing."""
    draft = ScanDraft(scan, at or clock.now() + timedelta(minutes=1), words or str(scan))
    return record_shipment(Shipment(number, fields.pop("company", "sf"), [draft], **fields), source="generic")


def follow(now: datetime | None = None) -> int:
    """What the sweep of a second does, until nothing is due."""
    total = 0
    for _round in range(5):
        done = follow_due(now or clock.now(), 100)
        total += done
        if not done:
            break
    return total

"""A parcel is announced: with a move of its claim, by itself, or for an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import changing_claim
from aftersales.parcels.choices import ARRIVED, ParcelDirection
from aftersales.parcels.errors import NumberTaken
from aftersales.parcels.models import OTHER, Carrier, CarrierEvent, Parcel
from helpdesk.accounts.permissions import CLAIM_WORK, GOODS_HANDLE
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.plain import storable
from helpdesk.customers.models import Order
from tickets.services.changing import Change

_NUMBER = re.compile(r"^[A-Z0-9][A-Z0-9-]{4,38}[A-Z0-9]$")
# When a claim may have a parcel under way, by its direction.
_EXPECTS = {
    ParcelDirection.BACK: {"awaiting_goods", "returning", "settling", "settled"},
    ParcelDirection.OUT: {"dispatching", "dispatched", "sending_back"},
}


@dataclass(frozen=True)
class Tracking:
    """Carrier and number, as they are kept."""

    carrier: Carrier
    number: str

    def as_json(self) -> dict[str, str]:
        return {"carrier": self.carrier.key, "number": self.number}


def clean_number(given: Any, *, field: str = "parcel") -> str:
    """A tracking number as carriers print it: capital letters, digits and hyphens, 6 to 40 of them; blanks and full-width
    letters, as people and scanners type them, are put right."""
    text = str(given or "").translate(_NARROW).upper()
    text = re.sub(r"\s+", "", text)
    if not _NUMBER.match(text):
        raise Invalid(fields={field: _("Enter the number as it stands on the label.")})
    return text


_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def clean_tracking(given: Any, *, field: str = "parcel") -> Tracking | None:
    """`{"carrier": key, "number": …}`; None for nothing, since goods also go without a number."""
    if not given:
        return None
    if not isinstance(given, Mapping):
        raise Invalid(fields={field: _("Give the carrier and the number.")})
    number, key = (storable(str(given.get(name) or "")).strip() for name in ("number", "carrier"))
    if not number:
        return None
    carrier = Carrier.objects.filter(key=(key or OTHER)[:20], is_active=True).first()
    if carrier is None:
        raise Invalid(fields={field: _("Choose one of the listed carriers.")})
    return Tracking(carrier, clean_number(number, field=field))


def require_free(claim: Claim, tracking: Tracking) -> None:
    """Several claims of one customer may travel in one box; a number of another customer, or of a box that has come, may
    not be used again: money goes out on its word."""
    others = Parcel.objects.filter(number=tracking.number).select_related("claim", "order")
    for other in others:
        if other.claim_id == claim.pk and other.is_open:
            continue
        owner = other.claim or other.order
        assert owner is not None, "held by the database"
        if owner.customer_id != claim.customer_id or other.state in ARRIVED or not other.is_open:
            raise NumberTaken


def add_parcel(claim: Claim, tracking: Tracking, direction: str, now: datetime) -> Parcel:
    """The row, as a part of a change that the caller has opened on the claim; the same one when it was announced before.
    It is looked at within a second, since its carrier may have said something already."""
    parcel, _created = Parcel.objects.get_or_create(
        claim=claim,
        direction=direction,
        carrier=tracking.carrier,
        number=tracking.number,
        defaults={"order_id": claim.order_id, "announced_at": now},
    )
    Parcel.objects.filter(pk=parcel.pk).update(follow_at=now)
    CarrierEvent.objects.filter(number=tracking.number, is_stray=True).update(is_stray=False)
    return parcel


def tell_announced(change: Change, parcel: Parcel) -> None:
    """Let others know of the parcel: an outgoing webhook may subscribe its number at an aggregator."""
    change.announce(
        "parcel.announced",
        claim=parcel.claim_id,
        parcel=parcel.pk,
        carrier=parcel.carrier.key,
        number=parcel.number,
        direction=parcel.direction,
    )


def announce_parcel(claim_id: int, given: Mapping[str, Any], direction: str, *, by: Actor) -> Parcel:
    """A further parcel of a claim, or a label that was made beforehand; announces parcel.announced.

    Refuses (`Invalid`) a number that is none or a claim that expects no parcel, and (`NumberTaken`) another parcel's.
    """
    if by.staff is not None and not (by.staff.can(CLAIM_WORK) or by.staff.can(GOODS_HANDLE)):
        raise Forbidden
    if by.customer is not None and direction != ParcelDirection.BACK:
        raise Forbidden
    with changing_claim(claim_id, "announce_parcel", by=by) as (claim, change):
        tracking = clean_tracking(given)
        if tracking is None:
            raise Invalid(fields={"parcel": _("Give the carrier and the number.")})
        if claim.state not in _EXPECTS[ParcelDirection(direction)]:
            raise Invalid(fields={"parcel": _("This claim expects no parcel at this step.")})
        require_free(claim, tracking)
        parcel = add_parcel(claim, tracking, direction, change.now)
        tell_announced(change, parcel)
    return parcel


@transaction.atomic
def expect_order_parcel(order: Order, tracking: Tracking) -> Parcel:
    """The parcel in which an order travels; the same number gives the same parcel."""
    parcel, _created = Parcel.objects.get_or_create(
        claim=None, order=order, carrier=tracking.carrier, number=tracking.number,
        defaults={"direction": ParcelDirection.OUT, "announced_at": order.placed_at},
    )  # fmt: skip
    Parcel.objects.filter(pk=parcel.pk).update(follow_at=clock.now())
    CarrierEvent.objects.filter(number=tracking.number, is_stray=True).update(is_stray=False)
    return parcel

"""What a carrier said is written down, once, whatever we know of the parcel; what follows from it follows within a second.

Nothing is locked here but the rows of parcels with the number, so that a flood of scans holds up no ticket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models.fields.json import KeyTextTransform

from aftersales.parcels.calc import AHEAD
from aftersales.parcels.carriers import carrier_of
from aftersales.parcels.models import OTHER, Carrier, CarrierEvent, Parcel, mark_facts
from aftersales.parcels.services.announcing import Tracking, expect_order_parcel
from helpdesk.core import clock
from helpdesk.customers.models import Order


@dataclass(frozen=True)
class ScanDraft:
    """One thing that a carrier said, in the product's words (`scan`) and its own (`code`, `words`)."""

    scan: str
    at: datetime
    words: str = ""
    place: str = ""
    code: str = ""


@dataclass(frozen=True)
class Shipment:
    """What an aggregator sends of one number. `company` is its code for the carrier, `order` the order's number where it
    says one."""

    number: str
    company: str
    scans: Sequence[ScanDraft]
    order: str = ""
    shop: str = ""


@dataclass(frozen=True)
class Recorded:
    """How many events were new, and the ticket of a claim that they concern."""

    fresh: int
    is_known: bool
    ticket_id: int | None = None


@transaction.atomic
def record_shipment(shipment: Shipment, *, source: str, source_id: int | None = None) -> Recorded:
    """Keep the events and let their parcels be looked at. Events of a number that no parcel has are kept as strays."""
    carrier, now = carrier_of(shipment.company, source=source), clock.now()
    parcels = parcels_of(carrier, shipment.number)
    if not parcels and (order := _order_of(shipment)) is not None:
        parcels = [expect_order_parcel(order, Tracking(carrier, shipment.number))]
    rows = [_row(shipment.number, carrier, scan, source_id, is_stray=not parcels) for scan in shipment.scans]
    of_number = CarrierEvent.objects.filter(carrier=carrier, number=shipment.number)
    known = set(of_number.filter(mark__in=[row.mark for row in rows]).values_list("mark", flat=True))
    fresh = {row.mark: row for row in rows if row.mark not in known}
    for row in fresh.values():
        # a carrier whose clock runs ahead would otherwise say what has not happened yet
        row.at = min(row.at, now) if row.at > now + AHEAD else row.at
    CarrierEvent.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    if fresh:
        Parcel.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(follow_at=now)
    if carrier.heard_at is None or (now - carrier.heard_at).total_seconds() > 60:
        Carrier.objects.filter(pk=carrier.pk).update(heard_at=now)
    tickets = [parcel.claim.ticket_id for parcel in parcels if parcel.claim is not None]
    return Recorded(len(fresh), bool(parcels), tickets[0] if tickets else None)


def parcels_of(carrier: Carrier, number: str) -> list[Parcel]:
    """The parcels with this number at this carrier; one that somebody did not name counts as any."""
    found = Parcel.objects.filter(number=number).select_related("claim", "carrier").order_by("pk")
    return [one for one in found if carrier.key == OTHER or one.carrier.key in {OTHER, carrier.key}]


def _order_of(shipment: Shipment) -> Order | None:
    """The order that the event names, or that was sent with this number. What two orders share names neither."""
    if shipment.order:
        rows = Order.objects.filter(number=shipment.order)
        rows = rows.filter(source=shipment.shop) if shipment.shop else rows
    else:
        sent = Order.objects.filter(shipping__has_key="tracking_number")
        rows = sent.annotate(tracking=KeyTextTransform("tracking_number", "shipping")).filter(tracking=shipment.number)
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def _row(number: str, carrier: Carrier, scan: ScanDraft, source_id: int | None, *, is_stray: bool) -> CarrierEvent:
    event = CarrierEvent(
        carrier=carrier,
        number=number,
        scan=scan.scan,
        at=scan.at,
        place=scan.place[:120],
        words=scan.words[:500],
        code=scan.code[:40],
        source_id=source_id,
        is_stray=is_stray,
    )
    event.mark = hashlib.sha256("\n".join(mark_facts(event)).encode()).hexdigest()[:32]
    return event


def prune_strays() -> int:
    """Forget what was said of numbers that nobody announced in time; the raw posts have gone by then too."""
    old = CarrierEvent.objects.filter(is_stray=True, received_at__lt=clock.now() - settings.RAW_INBOUND_RETENTION)
    return old.filter(pk__in=list(old.values_list("pk", flat=True)[:5000])).delete()[0]

"""What pages ask about parcels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q

from aftersales.claims.models import Claim, ClaimKind
from aftersales.parcels.choices import ParcelState, Scan
from aftersales.parcels.models import OTHER, Carrier, CarrierEvent, Parcel, ParcelProblem

MOST_PARCELS = 10
MOST_EVENTS = 40
MOST_STRAYS = 500
# Kinds of claims that are about the parcel of the order itself.
_OF_ORDERS = {ClaimKind.DELIVERY_INSTALLATION, ClaimKind.ADDRESS_CHANGE}
_LOOKS = {
    Scan.DELIVERED: "check",
    Scan.RETURNED: "return",
    Scan.RETURNING: "return",
    Scan.AT_PICKUP_POINT: "map-pin",
    Scan.OUT_FOR_DELIVERY: "truck",
    Scan.IN_TRANSIT: "truck",
    Scan.COLLECTED: "package",
    Scan.NOTE: "info",
}


@dataclass(frozen=True)
class Told:
    """A parcel as pages show it: what its carrier said, the newest first, and what went wrong."""

    parcel: Parcel
    events: Sequence[dict[str, Any]]
    problems: Sequence[ParcelProblem]

    @property
    def is_on_the_way(self) -> bool:
        return self.parcel.is_open and not self.parcel.has_arrived

    @property
    def carrier_says_here(self) -> bool:
        """Its carrier has delivered it, our warehouse has not written it down."""
        return self.parcel.is_open and self.parcel.state == ParcelState.DELIVERED and self.parcel.received_at is None


def carrier_choices() -> list[tuple[str, str]]:
    """Key and name of the carriers that are in use."""
    return [(row.key, row.label) for row in Carrier.objects.filter(is_active=True)]


def parcels_told(claim: Claim) -> list[Told]:
    """The parcels of a claim, the newest first, with what was said of each: three queries, or one when there are none."""
    mine = Q(claim_id=claim.pk)
    if claim.kind in _OF_ORDERS and claim.order_id is not None:
        mine |= Q(order_id=claim.order_id, claim__isnull=True)
    open_problems = Prefetch("problems", ParcelProblem.objects.filter(closed_at__isnull=True).order_by("pk"))
    parcels = Parcel.objects.filter(mine).select_related("carrier").prefetch_related(open_problems)
    return told_of(list(parcels.order_by("-pk")[:MOST_PARCELS]), claim)


def parcels_of_order(order_id: int) -> list[Told]:
    """The parcels in which an order travels, and those of its claims, the newest first; three queries, or one when there are
    none."""
    open_problems = Prefetch("problems", ParcelProblem.objects.filter(closed_at__isnull=True).order_by("pk"))
    rows = Parcel.objects.filter(order_id=order_id).select_related("carrier", "claim").prefetch_related(open_problems)
    return told_of(list(rows.order_by("-pk")[:MOST_PARCELS]))


def told_of(parcels: Sequence[Parcel], claim: Claim | None = None) -> list[Told]:
    """The events of these parcels in one query; what was said before the claim was opened is not of its parcels. Without a
    `claim` each parcel's own counts."""
    if not parcels:
        return []
    numbers = {parcel.number for parcel in parcels}
    events = CarrierEvent.objects.filter(number__in=numbers).select_related("carrier").order_by("-at", "-pk")
    heard = list(events[: MOST_EVENTS * len(numbers)])
    return [Told(one, _shown(one, heard, claim or one.claim), list(one.problems.all())) for one in parcels]


def _shown(parcel: Parcel, heard: Iterable[CarrierEvent], claim: Claim | None) -> list[dict[str, Any]]:
    since = claim.opened_at if claim is not None and parcel.claim_id is not None else None
    mine = [
        event
        for event in heard
        if event.number == parcel.number
        and (since is None or event.at >= since)
        and (parcel.carrier.key == OTHER or event.carrier_id == parcel.carrier_id or event.carrier.key == OTHER)
    ]
    return [
        {
            "icon": _LOOKS.get(Scan(event.scan), "alert"),
            "look": "" if event.scan in _LOOKS else "warn",
            "label": event.get_scan_display(),
            "words": event.words,
            "place": event.place,
            "at": event.at,
        }
        for event in mine[:MOST_EVENTS]
    ]


def claim_parcels(*, claim: Claim, **_: Any) -> dict[str, Any] | None:
    """The panel of the claim's page; nothing without parcels."""
    found = parcels_told(claim)
    return {"parcels": found, "claim": claim} if found else None


@dataclass(frozen=True)
class Stray:
    """A number that a carrier spoke of and nobody announced there; `claim` expects it from another carrier."""

    number: str
    carrier: Carrier
    last: CarrierEvent
    claim: str


def strays(*, limit: int = 50) -> list[Stray]:
    """Unknown numbers, the latest heard of first, as far as the newest events reach; three queries."""
    rows = CarrierEvent.objects.filter(is_stray=True).select_related("carrier").order_by("-pk")[:MOST_STRAYS]
    newest: dict[tuple[str, int], CarrierEvent] = {}
    for event in rows:
        known = newest.setdefault((event.number, event.carrier_id), event)
        if event.at > known.at:
            newest[(event.number, event.carrier_id)] = event
    found = list(newest.values())[:limit]
    expected = Parcel.objects.filter(number__in=[event.number for event in found], claim__isnull=False)
    claims = {
        parcel.number: parcel.claim.number for parcel in expected.select_related("claim") if parcel.claim is not None
    }
    return [Stray(event.number, event.carrier, event, claims.get(event.number, "")) for event in found]


def strays_count() -> int:
    """How many numbers the newest unknown events name."""
    return len(
        set(CarrierEvent.objects.filter(is_stray=True).order_by("-pk").values_list("number", flat=True)[:MOST_STRAYS])
    )


def open_problems(*, limit: int = 100) -> list[ParcelProblem]:
    """What somebody has to look at, the newest first."""
    rows = ParcelProblem.objects.filter(closed_at__isnull=True).select_related(
        "parcel__carrier", "parcel__claim__customer", "parcel__order"
    )
    return list(rows.order_by("-opened_at", "-pk")[:limit])

"""What waits in the warehouse: goods that come, that are to be looked at, that are to go out; and what a scanner reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import NUMBER_PREFIX, OPEN, Claim, ClaimLine
from aftersales.claims.querysets import ClaimQuerySet
from aftersales.parcels.choices import ParcelDirection
from aftersales.parcels.models import CarrierEvent, Parcel, ParcelProblem
from aftersales.parcels.services.announcing import clean_number
from aftersales.selectors.listing import ids_matching
from helpdesk.accounts.models import Staff
from helpdesk.core.errors import Invalid
from tickets.access import MAX_ID

PAGE_SIZE = 50
MOST_FOUND = 20
# The tabs that list claims, and the state of those; what comes in has parcels of settled claims besides.
STATES = {"incoming": "returning", "inspect": "received", "dispatch": "dispatching", "redirect": "redirecting"}
TABS: dict[str, Any] = {
    "incoming": pgettext_lazy("warehouse", "Coming in"),
    "inspect": pgettext_lazy("warehouse", "To inspect"),
    "dispatch": pgettext_lazy("warehouse", "To dispatch"),
    "redirect": pgettext_lazy("warehouse", "To redirect"),
    "problems": pgettext_lazy("warehouse", "Problems"),
    "strays": pgettext_lazy("warehouse", "Unknown numbers"),
}


@dataclass(frozen=True)
class Waiting:
    """A page of claims, the oldest first; `next` is the id behind which the following page begins."""

    rows: Sequence[Claim]
    next: int | None


def waiting(staff: Staff, tab: str, after: int = 0, *, size: int = PAGE_SIZE) -> Waiting:
    """The claims of a tab with their things and open parcels, three queries."""
    rows = _of_tab(Claim.objects.visible_to(staff), tab).filter(pk__gt=after).order_by("pk")
    found = list(_with_goods(rows)[: size + 1])
    return Waiting(found[:size], found[size - 1].pk if len(found) > size else None)


def _of_tab(rows: ClaimQuerySet, tab: str) -> ClaimQuerySet:
    if tab != "incoming":
        return rows.filter(OPEN, state=STATES[tab])
    return rows.filter(pk__in=_coming_in())


def _coming_in() -> QuerySet[Any, Any]:
    """Claims whose goods travel. Goods of a claim that is paid out already, on its parcel's first scan, are still to come."""
    returning = Claim.objects.filter(OPEN, state="returning").values("pk")
    travelling = Parcel.objects.filter(is_open=True, direction=ParcelDirection.BACK, claim__isnull=False)
    return returning.union(travelling.exclude(claim__state="awaiting_goods").values("claim_id"))


def _with_goods(rows: ClaimQuerySet) -> ClaimQuerySet:
    lines = ClaimLine.objects.select_related("product").order_by("pk")
    parcels = Parcel.objects.filter(is_open=True).select_related("carrier").order_by("-pk")
    return rows.select_related("customer", "order").prefetch_related(
        Prefetch("lines", lines, to_attr="things"), Prefetch("parcels", parcels, to_attr="open_parcels")
    )


def counts() -> dict[str, int]:
    """How much waits in each tab; four queries over partial indexes."""
    by_state = dict(
        Claim.objects.filter(OPEN, state__in=list(STATES.values()))
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    strays = CarrierEvent.objects.filter(is_stray=True).values("number").distinct()[:100].count()
    found = {tab: by_state.get(state, 0) for tab, state in STATES.items()}
    found["incoming"] = _coming_in().count()
    return found | {"problems": ParcelProblem.objects.filter(closed_at__isnull=True).count(), "strays": strays}


def found_by_scan(staff: Staff, text: str) -> list[Claim]:
    """The claims that a scanned or typed number means: a parcel's, a claim's, an order's or a serial number. Open ones
    first, the newest first; five queries at most."""
    text = text.replace("\x00", "").strip()[:100]
    if not text:
        return []
    wanted = set(ids_matching(text))
    try:
        number = clean_number(text)
    except Invalid:
        number = ""
    if number and not number.startswith(NUMBER_PREFIX):
        parcels = Parcel.objects.filter(Q(number=number), claim__isnull=False)
        wanted |= set(parcels.order_by("-pk").values_list("claim_id", flat=True)[:MOST_FOUND])
    rows = Claim.objects.visible_to(staff).filter(pk__in=[pk for pk in wanted if pk <= MAX_ID])
    found = list(_with_goods(rows.order_by("-pk"))[:MOST_FOUND])
    return sorted(found, key=lambda claim: not claim.is_open)

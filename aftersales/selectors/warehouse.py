"""What waits in the warehouse: goods that come, that are to be looked at, that are to go out; and what a scanner reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import NUMBER_PREFIX, OPEN, Claim, ClaimLine
from aftersales.claims.querysets import ClaimQuerySet
from aftersales.parcels.models import Parcel, ParcelProblem
from aftersales.parcels.selectors import strays_count
from aftersales.parcels.services.announcing import clean_number
from aftersales.selectors.listing import ids_matching
from helpdesk.accounts.desk import number_in
from helpdesk.accounts.models import Staff
from helpdesk.core.errors import Invalid
from tickets.access import MAX_ID

PAGE_SIZE = 30
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


Place = tuple[int, int]


@dataclass(frozen=True)
class Waiting:
    """A page of claims, high-value customers first and then the oldest; `next` is the place behind which the next begins."""

    rows: Sequence[Claim]
    next: str


def read_place(text: str | None) -> Place | None:
    """Rank and id out of an address (`30.1042`); None for anything else."""
    rank, dot, pk = (text or "").partition(".")
    numbers = [number_in(one, most=most) for one, most in ((rank, 32767), (pk, MAX_ID))]
    return (numbers[0], numbers[1]) if dot and numbers[0] is not None and numbers[1] is not None else None


def waiting(staff: Staff, tab: str, after: Place | None = None, *, size: int = PAGE_SIZE) -> Waiting:
    """The claims of a tab with their things and open parcels: four queries, five where goods come in."""
    visible = Claim.objects.visible_to(staff)
    places = _places(visible.filter(OPEN, state=STATES[tab]), "rank", "pk", after, size)
    if tab == "incoming":
        places |= _places(_owed(), "claim__rank", "claim_id", after, size)
    wanted = sorted(places)[: size + 1]
    rows = {claim.pk: claim for claim in _with_goods(visible.filter(pk__in=[pk for _rank, pk in wanted]))}
    found = [rows[pk] for _rank, pk in wanted[:size] if pk in rows]
    return Waiting(found, "{}.{}".format(*wanted[size - 1]) if len(wanted) > size else "")


def _places(rows: QuerySet[Any], rank: str, pk: str, after: Place | None, size: int) -> set[Place]:
    if after is not None:
        behind = Q(**{rank: after[0], f"{pk}__gt": after[1]}) | Q(**{f"{rank}__gt": after[0]})
        # the first condition lets the index start there
        rows = rows.filter(**{f"{rank}__gte": after[0]}).filter(behind)
    return set(rows.order_by(rank, pk).values_list(rank, pk)[: size + 1])


def _owed() -> QuerySet[Parcel]:
    """Goods of claims that are paid out already, on their parcel's first scan, are still to come."""
    return Parcel.objects.filter(is_open=True, is_owed=True)


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
    found = {tab: by_state.get(state, 0) for tab, state in STATES.items()}
    found["incoming"] += _owed().count()
    return found | {"problems": ParcelProblem.objects.filter(closed_at__isnull=True).count(), "strays": strays_count()}


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

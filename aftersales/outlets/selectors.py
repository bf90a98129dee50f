"""What pages of outlets show, each in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from aftersales.claims.models import Claim
from aftersales.outlets.models import (
    OPEN_WORK,
    OfferState,
    PartStock,
    PartWait,
    Settlement,
    SettlementState,
    WorkOffer,
    WorkOrder,
    WorkState,
)
from aftersales.visits.addresses import one_line
from aftersales.visits.models import Engineer, Outlet, Visit
from helpdesk.core import clock
from helpdesk.core.keyset import Page, page

MOST_SHOWN = 200


@dataclass(frozen=True)
class Work:
    """A work order or offer with the visit that it is about."""

    claim: Claim
    visit: Visit | None
    order: WorkOrder
    offer: WorkOffer | None = None

    @property
    def place(self) -> str:
        """Before the outlet has accepted, no more than city and district."""
        if self.visit is None:
            return ""
        address = self.visit.address
        shown = {name: address[name] for name in ("region", "city", "district") if address.get(name)}
        return one_line(shown if self.offer is not None else address)

    @property
    def what(self) -> str:
        return ", ".join(f"{line.product.name} × {line.quantity}" for line in self.claim.lines.all())


def offers_of(outlet: Outlet) -> list[Work]:
    """What waits for the outlet's answer, the first to lapse first."""
    rows = WorkOffer.objects.filter(outlet=outlet, state=OfferState.OPEN, expires_at__gt=clock.now())
    offers = list(rows.select_related("work_order__claim").order_by("expires_at")[:MOST_SHOWN])
    visits = _visits([offer.work_order.claim_id for offer in offers])
    claims = _claims([offer.work_order.claim_id for offer in offers])
    return [Work(claims[o.work_order.claim_id], visits.get(o.work_order.claim_id), o.work_order, o) for o in offers]


def work_of(outlet: Outlet) -> list[Work]:
    """What the outlet has accepted and not finished, the oldest first."""
    orders = list(WorkOrder.objects.filter(outlet=outlet, state=WorkState.ACCEPTED).order_by("pk")[:MOST_SHOWN])
    visits = _visits([order.claim_id for order in orders])
    claims = _claims([order.claim_id for order in orders])
    return [Work(claims[order.claim_id], visits.get(order.claim_id), order) for order in orders]


def _visits(claim_ids: list[int]) -> dict[int, Visit]:
    rows = Visit.objects.filter(claim_id__in=claim_ids).open().select_related("engineer__staff", "area")
    return {visit.claim_id: visit for visit in rows}


def _claims(claim_ids: list[int]) -> dict[int, Claim]:
    return Claim.objects.select_related("customer").prefetch_related("lines__product").in_bulk(claim_ids)


def engineers_of(outlet: Outlet) -> list[Engineer]:
    rows = Engineer.objects.filter(outlet=outlet, is_active=True, staff__is_active=True)
    return list(rows.select_related("staff").order_by("staff__name"))


def stock_of(outlet: Outlet | None) -> QuerySet[PartStock]:
    """A shelf by part number."""
    rows = PartStock.objects.filter(Q(outlet=outlet)).select_related("product")
    return rows.order_by("product__sku")[:1000]


def waits_of(outlet: Outlet | None) -> QuerySet[PartWait]:
    """Claims that wait for a part on this shelf, the longest first."""
    rows = PartWait.objects.filter(Q(outlet=outlet), came_at=None).select_related("claim", "product")
    return rows.order_by("pk")[:MOST_SHOWN]


def settlements(*, state: str = "", outlet: Outlet | None = None, cursor: str | None = None) -> Page[Settlement]:
    """The newest first, of a state, of an outlet, or all."""
    rows = Settlement.objects.select_related("outlet", "work_order__claim")
    if state:
        rows = rows.filter(state=state)
    if outlet is not None:
        rows = rows.filter(outlet=outlet)
    return page(rows, cursor, by="made_at")


def settlement_counts() -> dict[str, int]:
    """How many are to be checked, disputed or to be paid (partial: paid ones are not counted)."""
    rows = Settlement.objects.exclude(state=SettlementState.PAID).values("state").annotate(found=Count("pk"))
    return {row["state"]: row["found"] for row in rows.order_by()}


def owed_to_outlets() -> Decimal:
    """The sum of what is agreed and not paid."""
    total = Settlement.objects.filter(state=SettlementState.AGREED).aggregate(total=Sum("total"))["total"]
    return total or Decimal(0)


def work_of_claim(*, claim: Claim, **_: Any) -> dict[str, Any] | None:
    """The claim's work orders with whom they were offered to; two queries, one when there are none."""
    if claim.kind not in _VISITED:
        return None
    orders = list(
        claim.work_orders.select_related("outlet", "settlement").prefetch_related("offers__outlet").order_by("-pk")
    )
    open_order = next((order for order in orders if order.state not in {WorkState.DONE, WorkState.CANCELLED}), None)
    may_offer = claim.state in _WAITS and (open_order is None or open_order.state == WorkState.UNPLACED)
    if not orders and not may_offer:
        return None
    return {"number": claim.number, "orders": orders, "open_order": open_order, "may_offer": may_offer}


_VISITED = {"repair", "installation", "delivery_installation"}
_WAITS = {"awaiting_visit", "visit_arranged"}


def has_open_work(claim_id: int) -> bool:
    """Whether an outlet has a claim's work or is asked about it."""
    return WorkOrder.objects.filter(OPEN_WORK, claim_id=claim_id).exists()

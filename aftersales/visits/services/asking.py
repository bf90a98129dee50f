"""A visit is asked for: what it needs, where it goes, and who may not come after all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aftersales.claims.models import Claim
from aftersales.visits.addresses import find_area, known_address
from aftersales.visits.models import Visit, VisitNeed, VisitState

USUAL_MINUTES = 60


def need_of(kind: str, category: str) -> VisitNeed | None:
    """The row that says most about a claim of this kind and a product of this category."""
    rows = VisitNeed.objects.filter(kind__in=["", kind], category__in=["", category]).select_related("skill")
    return max(rows, key=lambda row: (bool(row.category), bool(row.kind)), default=None)


def ask_within(claim: Claim, now: datetime) -> Visit:
    """The visit of a claim that needs one; the caller holds the claim's lock. An earlier one lends its address."""
    earlier = claim.visits.select_related("area").order_by("-pk").first()
    address = (earlier.address if earlier else {}) or known_address(claim)
    lines = claim.loaded_lines
    need = need_of(claim.kind, lines[0].product.category if lines else "")
    visit = Visit(
        claim=claim,
        address=address,
        area=earlier.area if earlier and earlier.area else find_area(address),
        skill=need.skill if need else None,
        minutes=need.minutes if need else USUAL_MINUTES,
        asked_at=now,
    )
    if earlier is not None:
        visit.latitude, visit.longitude = earlier.latitude, earlier.longitude
    visit.save(force_insert=True)
    claim.has_visit_result = False
    return visit


def free_again(visit: Visit) -> None:
    """The visit needs a time again: nobody has it, nothing is promised."""
    visit.state = VisitState.ASKED
    visit.engineer = visit.outlet = None
    visit.window_start = visit.window_end = visit.planned_at = None
    visit.assigned_at = visit.confirmed_at = visit.checked_in_at = None
    visit.is_pinned = False


def set_address(visit: Visit, address: Mapping[str, Any]) -> None:
    """Another place, perhaps in another area; its point on the map was the old one's."""
    if dict(address) != visit.address:
        visit.latitude = visit.longitude = None
    visit.address = dict(address)
    visit.area = find_area(visit.address)

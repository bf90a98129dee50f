"""What a claim is to statistics, read from its own rows: six questions, whatever the number of claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count

from aftersales.claims.models import Claim, ClaimKind, ClaimLine, ClaimMove
from aftersales.claims.querysets import ENDS
from aftersales.reviews.models import Review
from aftersales.visits.models import Visit, VisitState
from analytics.models import ClaimFact
from helpdesk.core.company import company_day

# What the company wants the whole cycle to take at most (F3).
CYCLE = timedelta(hours=72)
# Ends by which the loop is closed; what was withdrawn or expired promised nothing.
_CLOSED = {"closed", "refused"}
_WORKED_ON = {ClaimKind.REPAIR, ClaimKind.INSTALLATION, ClaimKind.DELIVERY_INSTALLATION}
# Costs are added up in the company's currency; a claim in another one has no cost here.
CURRENCY = "CNY"


def read_facts(ids: Collection[int], kept: Mapping[int, ClaimFact]) -> dict[int, ClaimFact]:
    """The facts of these claims now, by id; claims that are not there any more have none."""
    columns = ("pk", "kind", "state", "opened_at", "closed_at", "cause_id", "currency", "ticket__team_id")
    claims = list(Claim.objects.filter(pk__in=ids).values(*columns))
    lines = ClaimLine.objects.filter(claim_id__in=ids).order_by("claim_id", "pk").distinct("claim_id")
    products = dict(lines.values_list("claim_id", "product_id"))
    ended = [row["pk"] for row in claims if row["state"] in _CLOSED]
    works = _works(ended)
    reviews = {
        claim: (cost, repeat_of is not None)
        for claim, cost, repeat_of in Review.objects.filter(pk__in=ended).values_list("pk", "cost", "repeat_of_id")
    }
    return {
        row["pk"]: _fact(row, products.get(row["pk"]) or 0, works, reviews.get(row["pk"]), kept.get(row["pk"]))
        for row in claims
    }


def _works(ids: Collection[int]) -> Mapping[tuple[int, str], int]:
    """How often each of these claims was visited, mended in the workshop, and found not to be solved."""
    found: Counter[tuple[int, str]] = Counter()
    if not ids:
        return found
    visits = Visit.objects.filter(claim_id__in=ids, state=VisitState.FINISHED).values_list("claim_id")
    for claim, number in visits.annotate(n=Count("pk")).order_by():
        found[claim, "worked"] += number
    moves = ClaimMove.objects.filter(claim_id__in=ids, name__in=["repaired", "dispute"]).values_list("claim_id", "name")
    for claim, name, number in moves.annotate(n=Count("pk")).order_by():
        found[claim, "worked" if name == "repaired" else "disputed"] += number
    return found


def _fact(
    row: Mapping[str, Any],
    product: int,
    works: Mapping[tuple[int, str], int],
    review: tuple[Decimal, bool] | None,
    kept: ClaimFact | None,
) -> ClaimFact:
    pk, kind, state = row["pk"], row["kind"], row["state"]
    is_open = state not in ENDS
    ended_at: datetime | None = None if is_open else row["closed_at"]
    is_counted = state in _CLOSED and kind != ClaimKind.CASE and ended_at is not None
    seconds = int((ended_at - row["opened_at"]).total_seconds()) if is_counted and ended_at else None
    times = works.get((pk, "worked"), 0) if is_counted and kind in _WORKED_ON else 0
    cost, is_repeat = review or (Decimal(0), False)
    stays = kept is not None and not kept.is_open and not is_open
    return ClaimFact(
        claim_id=pk,
        kind=kind,
        state=state,
        is_open=is_open,
        team_id=kept.team_id if stays and kept is not None else row["ticket__team_id"],
        product_id=product,
        cause_id=row["cause_id"] or 0,
        opened_at=row["opened_at"],
        opened_day=company_day(row["opened_at"]),
        ended_at=ended_at,
        ended_day=company_day(ended_at) if ended_at else None,
        is_counted=is_counted,
        cycle_seconds=max(seconds, 0) if seconds is not None else None,
        is_kept=seconds is not None and seconds <= CYCLE.total_seconds(),
        is_worked=times > 0,
        is_fixed=times == 1 and not works.get((pk, "disputed")),
        is_repeat=is_counted and is_repeat,
        cost=cost if is_counted and row["currency"] == CURRENCY else Decimal(0),
    )

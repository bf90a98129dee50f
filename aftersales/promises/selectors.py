"""Questions about promises to customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import pgettext

from aftersales.claims.models import Claim, ClaimKind
from aftersales.promises.models import Promise
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core import clock
from tickets.sla.models import Clock, ClockState

MOST_SHOWN = 20
SUBJECT = "promise"


@dataclass(frozen=True)
class Shown:
    """A promise with what became of it: `stands`, `kept`, `kept_late` or `ended` (replaced, or the claim came to its end)."""

    promise: Promise
    state: str
    kept_at: datetime | None
    is_late: bool

    @property
    def label(self) -> str:
        return {
            "stands": pgettext("promise", "Late") if self.is_late else pgettext("promise", "Stands"),
            "kept": pgettext("promise", "Kept"),
            "kept_late": pgettext("promise", "Kept late"),
            "ended": pgettext("promise", "No longer needed"),
        }[self.state]


def promises_of(claim: Claim) -> list[Shown]:
    """Those of a claim, the newest first; one query without any, two with."""
    rows = list(Promise.objects.filter(claim=claim).order_by("-pk")[:MOST_SHOWN])
    return _with_clocks(claim, rows) if rows else []


def standing_promise(claim: Claim) -> Shown | None:
    """The one that the customer still waits for; None when there is none, or it was kept."""
    if not claim.is_open:
        return None
    rows = list(Promise.objects.filter(claim=claim, replaced_at__isnull=True))
    return next((one for one in _with_clocks(claim, rows) if one.state == "stands"), None) if rows else None


def _with_clocks(claim: Claim, rows: Iterable[Promise]) -> list[Shown]:
    rows = list(rows)
    clocks = Clock.objects.filter(
        ticket_id=claim.ticket_id, subject_kind=SUBJECT, subject_id__in=[row.pk for row in rows]
    )
    # a ticket that was merged has its clocks made anew: the latest word counts
    latest = {one.subject_id: one for one in clocks.order_by("pk")}
    return [_shown(claim, row, latest.get(row.pk)) for row in rows]


def _shown(claim: Claim, row: Promise, its: Clock | None) -> Shown:
    is_late = row.due_at <= clock.now()
    if its is not None and its.state == ClockState.MET:
        return Shown(row, "kept_late" if its.breached_at is not None else "kept", its.ended_at, is_late)
    stands = row.replaced_at is None and claim.is_open and (its is None or its.is_open)
    return Shown(row, "stands" if stands else "ended", None, is_late)


def panel_of_claim(*, claim: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """What the customer was promised, on the claim's page."""
    if claim.kind == ClaimKind.CASE:
        return None
    found, may_add = promises_of(claim), staff.can(CLAIM_WORK) and claim.is_open
    return {"claim": claim, "promises": found, "may_add": may_add} if found or may_add else None


def portal_panel(*, claim: Any, **_: Any) -> dict[str, Any] | None:
    """The promise that stands, for the customer."""
    found = standing_promise(claim)
    return {"promise": found} if found else None

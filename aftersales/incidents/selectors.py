"""What the pages of incidents show; each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.formats import date_format

from aftersales.claims.models import Claim
from aftersales.incidents.models import DailyClaims, Incident, IncidentClaim, IncidentMessage
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_VIEW_ALL
from helpdesk.core.errors import NotFound

DAYS = 30


def incidents_for(staff: Staff) -> QuerySet[Incident]:
    """All of them for those who follow all claims; nobody else sees one."""
    if not staff.is_active or not staff.can(CLAIM_VIEW_ALL):
        return Incident.objects.none()
    return Incident.objects.select_related("product", "lead")


def get_incident(staff: Staff, pk: int) -> Incident:
    found = incidents_for(staff).select_related("cause").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def ties_of(incident: Incident) -> QuerySet[IncidentClaim]:
    """Its claims, those tied last first."""
    return incident.ties.select_related("claim__customer", "claim__order", "claim__ticket").order_by("-pk")


def messages_of(incident: Incident) -> Sequence[IncidentMessage]:
    """What was written to everybody, with how many have it."""
    counted = incident.messages.select_related("by").annotate(
        to=Count("told"),
        done=Count("told", filter=Q(told__done_at__isnull=False)),
        troubled=Count("told", filter=~Q(told__trouble="")),
    )
    return list(counted.order_by("-pk")[:20])


@dataclass(frozen=True)
class Bar:
    """One day of the chart: place and height in its box, and what it says."""

    day: date
    count: int
    label: str
    x: float
    y: float
    height: float
    is_watched: bool


@dataclass(frozen=True)
class Chart:
    """Claims by day in a box of 960 × 200; `usual_y` is the line of what the past leads to expect on a day."""

    bars: list[Bar]
    width: float
    usual: float
    usual_y: float
    scale: list[tuple[float, int]]
    names: list[tuple[float, str]]


_LEFT, _RIGHT, _TOP, _BASE = 40, 952, 10, 176


def chart_of(incident: Incident, now: datetime) -> Chart:
    """The days around the incident's beginning up to a week after it; one query."""
    end = min((incident.opened_at + timedelta(days=7)).astimezone(UTC).date(), now.astimezone(UTC).date())
    days = [end - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    rows = DailyClaims.objects.filter(product_id=incident.product_id, day__range=(days[0], days[-1]))
    if incident.lot:
        rows = rows.filter(lot=incident.lot)
    counts = dict(rows.values_list("day").annotate(n=Sum("count")))
    usual = incident.expected / (incident.window_hours / 24)
    top = max(4, *counts.values(), int(usual) + 1) if counts else 4
    room = (_RIGHT - _LEFT) / len(days)

    def y(value: float) -> float:
        return round(_BASE - (_BASE - _TOP) * min(value, top) / top, 1)

    watched = (incident.opened_at - timedelta(hours=incident.window_hours)).astimezone(UTC).date()
    opened = incident.opened_at.astimezone(UTC).date()
    bars = [
        Bar(
            day,
            counts.get(day, 0),
            date_format(day, "MONTH_DAY_FORMAT"),
            round(_LEFT + room * nth + room * 0.15, 1),
            y(counts.get(day, 0)),
            round(_BASE - y(counts.get(day, 0)), 1),
            watched <= day <= opened,
        )
        for nth, day in enumerate(days)
    ]
    names = [(round(_LEFT + room * (nth + 0.5), 1), bar.label) for nth, bar in enumerate(bars) if nth % 6 == 0]
    scale = [(y(value), value) for value in sorted({0, top // 2, top})]
    return Chart(bars, round(room * 0.7, 1), usual, y(usual), scale, names)


def panel_of_claim(claim: Claim, **loaded: Any) -> dict[str, Any] | None:
    """The incidents that a claim is a part of; one query."""
    found = list(Incident.objects.filter(ties__claim=claim).select_related("product").order_by("-pk")[:5])
    staff = loaded.get("staff")
    return {"incidents": found, "may_open": staff is None or staff.can(CLAIM_VIEW_ALL)} if found else None

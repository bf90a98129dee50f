"""Questions about predictions: what is likely to be missed, and how good the models are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from analytics.models import PredictionModel, Risk
from analytics.prediction.services import LIKELY_FROM, latest_models
from helpdesk.accounts.models import Staff
from tickets.models import Ticket
from tickets.sla.metrics import metrics
from tickets.sla.models import ClockState

VERSIONS = 20


def likely(now: datetime | None = None) -> QuerySet[Risk]:
    """Running deadlines that are likely to be missed and have not warned yet; of metrics without a model, those of whose time
    half or more is used."""
    now = now or timezone.now()
    is_likely = Q(probability__gte=LIKELY_FROM) & (Q(warns_at__isnull=True) | Q(warns_at__gt=now))
    rows = Risk.objects.filter(is_likely | Q(probability__isnull=True), due_at__gt=now)
    return rows.filter(clock__state=ClockState.RUNNING, clock__breached_at__isnull=True)


def likely_for(staff: Staff) -> QuerySet[Risk]:
    """The same, of tickets that this person may see."""
    rows = likely()
    if staff.sees_all_tickets:
        return rows
    return rows.filter(Exists(Ticket.objects.visible_to(staff).filter(pk=OuterRef("ticket_id"))))


def number_likely(teams: Collection[int] | None = None) -> int:
    """How many deadlines may be missed besides those that warn or are over ("another 3 may breach"): predicted ones only.
    `teams`: None for all. One query."""
    rows = likely().filter(probability__isnull=False)
    return (rows if teams is None else rows.filter(team_id__in=teams)).count()


def page_of(rows: QuerySet[Risk], after: str, size: int = 50) -> tuple[list[Risk], str]:
    """The next rows by risk behind a cursor (`risk:clock`), and the cursor to go on from; nonsense begins anew."""
    place = _place(after)
    if place is not None:
        rows = rows.filter(Q(risk__lt=place[0]) | Q(risk=place[0], clock_id__lt=place[1]))
    rows = rows.select_related("ticket__customer", "ticket__owner", "ticket__status", "ticket__team", "clock")
    found = list(rows.order_by("-risk", "-clock")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], f"{last.risk!r}:{last.clock_id}" if last is not None else ""


def _place(after: str) -> tuple[float, int] | None:
    risk, _colon, pk = after[:60].partition(":")
    try:
        number, clock = float(risk), int(pk)
    except ValueError:
        return None
    return (number, clock) if 0 <= number <= 1 and 0 <= clock < 2**63 else None


@dataclass(frozen=True)
class Standing:
    """Where the prediction of one metric stands: the version in use, and the newest try."""

    metric: str
    label: str
    active: PredictionModel | None
    latest: PredictionModel | None


def standings() -> list[Standing]:
    """All metrics in their order; two queries."""
    latest = {model.metric: model for model in latest_models()}
    active = {model.metric: model for model in PredictionModel.objects.filter(is_active=True)}
    return [Standing(key, str(metric.label), active.get(key), latest.get(key)) for key, metric in metrics.items()]


def versions_of(metric: str) -> Sequence[PredictionModel]:
    """The newest versions of a metric."""
    rows = PredictionModel.objects.filter(metric=metric).select_related("trained_by").defer("weights")
    return list(rows.order_by("-number")[:VERSIONS])

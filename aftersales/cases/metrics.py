"""Legal deadlines as clocks: what the letter says counts, not what a policy would allow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import pgettext_lazy

from aftersales.cases.models import CaseFile
from aftersales.claims.models import ClaimMove
from aftersales.claims.querysets import ENDS
from tickets.sla.metrics import Facts, Metric, Reading, add_metric

Row = tuple[CaseFile, str, datetime | None, datetime | None]


def _cases(ticket_id: int) -> list[Row]:
    """The cases of a ticket with their claim's state, when they were first accepted and last answered; two queries."""
    if not ticket_id:
        return []
    cases = list(CaseFile.objects.filter(claim__ticket_id=ticket_id).select_related("claim").order_by("pk"))
    moves: dict[tuple[int, str], list[datetime]] = {}
    if cases:
        made = ClaimMove.objects.filter(claim__in=[case.pk for case in cases], name__in=("accept", "answer"))
        for claim_id, name, at in made.order_by("pk").values_list("claim_id", "name", "at"):
            moves.setdefault((claim_id, name), []).append(at)
    found: list[Row] = []
    for case in cases:
        accepted, answered = moves.get((case.pk, "accept"), []), moves.get((case.pk, "answer"), [])
        found.append((case, case.claim.state, accepted[0] if accepted else None, answered[-1] if answered else None))
    return found


def case_accept(facts: Facts) -> list[Reading]:
    """From the case's arrival until it is accepted, or answered at once."""
    found = []
    for case, state, accepted, answered in facts.once("cases.files", _cases):
        met = accepted or answered
        is_open = state not in ENDS and met is None
        found.append(_reading(case, is_open, case.received_at, met, case.accept_due_at))
    return found


def case_answer(facts: Facts) -> list[Reading]:
    """From the arrival, or the authority's further question, until the answer is handed in."""
    found = []
    for case, state, _accepted, answered in facts.once("cases.files", _cases):
        met = answered if answered is not None and answered >= case.asked_at else None
        is_open = state not in {*ENDS, "answered"} and met is None
        found.append(_reading(case, is_open, case.asked_at, met, case.answer_due_at))
    return found


def _reading(case: CaseFile, is_open: bool, since: datetime, met: datetime | None, due: datetime) -> Reading:
    return Reading(is_open, since, met, "case", case.pk, due_at=due)


_BY: dict[str, Any] = {"moved_by": ("claim", "case")}
METRICS = (
    Metric(
        "case_accept",
        pgettext_lazy("metric", "Case accepted"),
        case_accept,
        word=pgettext_lazy("clock chip", "Accept"),
        is_made_once=True,
        **_BY,
    ),
    Metric(
        "case_answer",
        pgettext_lazy("metric", "Case answered"),
        case_answer,
        word=pgettext_lazy("clock chip", "Case"),
        **_BY,
    ),
)


def register() -> None:
    """Let the engine know of them."""
    for metric in METRICS:
        add_metric(metric)

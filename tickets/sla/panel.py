"""The clocks of a ticket as its page shows them: open ones with what is left, ended ones folded, breaches that want a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ASSIGN, EDIT
from helpdesk.core.registries import Panel, panels
from tickets.sla.models import Breach, BreachCause, Clock, ClockState
from tickets.sla.words import metric_name

# Ended clocks that a page shows; a ticket that is answered often has many.
MOST_ENDED = 20


def clock_rows(ticket_id: int) -> QuerySet[Clock]:
    """A ticket's clocks, open ones first, with their latest breach that wants a reason, and the last reason given."""
    breaches = Breach.objects.filter(clock=OuterRef("pk")).order_by("-pk")
    rows = Clock.objects.filter(ticket_id=ticket_id).annotate(
        breach_id=Subquery(breaches.filter(cause="").values("pk")[:1]),
        missed_at=Subquery(breaches.filter(cause="").values("due_at")[:1]),
        cause=Subquery(breaches.exclude(cause="").values("cause")[:1]),
        words=Subquery(breaches.exclude(cause="").values("words")[:1]),
    )
    return rows.order_by(F("ended_at").desc(nulls_first=True), "due_at", "pk")


def chip(clock: Clock) -> dict[str, Any]:
    """What the clock chip draws; the label stands beside it."""
    if clock.state == ClockState.PAUSED:
        return {"state": "paused"}
    if clock.state == ClockState.RUNNING:
        return {"state": "running", "started_at": clock.started_at, "due_at": clock.due_at, "warn_at": clock.warn_at}
    return {"state": "met" if clock.breached_at is None else "missed", "seconds_taken": clock.spent_seconds}


def shown(clock: Any) -> dict[str, Any]:
    """One line of the panel."""
    return {
        "id": clock.pk,
        "label": metric_name(clock.metric),
        "chip": chip(clock),
        "due_at": clock.due_at,
        "is_open": clock.is_open,
        "is_cancelled": clock.state == ClockState.CANCELLED,
        "is_breached": clock.breached_at is not None,
        "cause": BreachCause(clock.cause).label if clock.cause else "",
        "words": clock.words,
    }


def clocks_panel(*, ticket: Any, staff: Staff, **_: Any) -> dict[str, Any] | None:
    """The clocks of a ticket; one query."""
    found: list[Any] = list(clock_rows(ticket.pk)[: MOST_ENDED + 20])
    may_explain = staff.can(EDIT) and ticket.merged_into_id is None
    return {
        "ticket": ticket,
        "clocks": [shown(clock) for clock in found if clock.is_open],
        "ended": [shown(clock) for clock in found if not clock.is_open][:MOST_ENDED],
        "missed": [_missed(clock) for clock in found if clock.breach_id is not None],
        "may_explain": may_explain,
        "may_list": staff.can(ASSIGN),
    }


def _missed(clock: Any) -> dict[str, Any]:
    missed_at: datetime = clock.missed_at
    return {"id": clock.breach_id, "label": metric_name(clock.metric), "missed_at": missed_at}


def register() -> None:
    """Add the panel to the ticket page's first answer, below the customer."""
    panel = Panel("tickets.clocks", "ticket.context", 15, "sla/_clocks.html", clocks_panel)
    panels.add("tickets.clocks", panel)

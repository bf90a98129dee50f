"""Questions about clocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from helpdesk.core.models import Event, Job, LeasedState
from tickets.sla.models import Clock

# The kind of the jobs that compute many tickets' clocks anew.
RECOMPUTING = "sla.recompute"
# Of finished jobs only so many are looked through for the latest of a kind.
_LOOKED_THROUGH = 5000


def unpaused_spans(
    ticket_id: int, since: datetime, until: datetime, pauses: Collection[str]
) -> list[tuple[datetime, datetime]]:
    """The stretches between two moments in which the ticket's status stopped no clock, from the event log. The last one
    reaches to `until`, and is empty when the ticket stands still then."""
    rows = Event.objects.filter(
        ticket_id=ticket_id, name="ticket.status_changed", at__gt=since, at__lte=until
    ).order_by("at", "id")
    moves = ((at, *data["status_category"]) for at, data in rows.values_list("at", "data"))
    return unpaused_between(moves, since, until, pauses)


def unpaused_between(
    moves: Iterable[tuple[datetime, str, str]], since: datetime, until: datetime, pauses: Collection[str]
) -> list[tuple[datetime, datetime]]:
    """The same from the moves of the status in that time, as (moment, category before, category after) in their order."""
    spans: list[tuple[datetime, datetime]] = []
    began: datetime | None = since
    for at, before, after in moves:
        if began is not None and not spans and before in pauses:
            began = None  # it stood still at the beginning
        if began is not None and after in pauses:
            spans.append((began, at))
            began = None
        elif began is None and after not in pauses:
            began = at
    return [*spans, (began if began is not None else until, until)]


def clocks_of(ticket_id: int) -> list[Clock]:
    """All clocks of a ticket with what applied to them, the open ones first; one query."""
    rows = Clock.objects.filter(ticket_id=ticket_id).select_related("policy_version__policy", "target__calendar")
    return sorted(rows.order_by("pk"), key=lambda clock: not clock.is_open)


@dataclass(frozen=True)
class Progress:
    """How far the latest recomputation has come. `of` is None as long as nobody has counted; `share` is in per cent."""

    done: int
    of: int | None
    is_running: bool
    is_stuck: bool
    finished_at: datetime | None

    @property
    def share(self) -> int:
        return 0 if not self.of else min(100, self.done * 100 // self.of)


def latest_recomputation() -> Progress | None:
    """The recomputation that runs, or the one that ended within the hour and had tickets to look at; None when there is
    nothing to tell."""
    job = _latest_job()
    if job is None:
        return None
    is_done = job.state == LeasedState.DONE
    told = (job.result or job.args) if is_done else job.args
    since = timezone.now() - timedelta(hours=1)
    if is_done and (not told.get("of") or (job.finished_at or job.created_at) < since):
        return None
    return Progress(
        done=int(told.get("done", 0)),
        of=told.get("of"),
        is_running=not is_done and job.state != LeasedState.PARKED,
        is_stuck=job.state == LeasedState.PARKED,
        finished_at=job.finished_at if is_done else None,
    )


def _latest_job() -> Job | None:
    """The latest that is not done, by its index; else the latest among the newest jobs."""
    of_kind = Job.objects.filter(kind=RECOMPUTING).exclude(state=LeasedState.DISCARDED)
    unfinished = of_kind.exclude(state=LeasedState.DONE).order_by("-pk").first()
    if unfinished is not None:
        return unfinished
    newest = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return of_kind.filter(pk__gt=newest - _LOOKED_THROUGH).order_by("-pk").first()

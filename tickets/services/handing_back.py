"""When a colleague leaves (or may no longer answer customers) or a team closes, their tickets go back to queues by the
ordinary verbs, in small batches.

Each batch is a job, which queues the next one in its own transaction: a kill in between loses nothing and repeats nothing.
"""

from __future__ import annotations

from typing import Any

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import REPLY
from helpdesk.core.actors import SYSTEM, Actor, ActorKind
from helpdesk.core.errors import Refused
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job
from tickets.counting import total_unfinished
from tickets.models import StatusCategory, Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket

RELEASE_JOB = "tickets.release_tickets_of"
MOVE_JOB = "tickets.move_tickets_of_team"
BATCH = 50
# A closed ticket stays with whom it was: it cannot come back, a late answer opens a follow-up.
_MAY_COME_BACK = [str(category) for category in StatusCategory if category != StatusCategory.CLOSED]


def release_tickets_of(staff_id: int, by: Actor) -> None:
    """Departure step: queue the first batch."""
    enqueue(RELEASE_JOB, queue="events", staff=staff_id, after=0, by=by.as_json())


def move_tickets_of_team(team_id: int, to_id: int, by: Actor) -> None:
    """Closing step: queue the first batch (what arrives from now on is moved by the routing room's own step)."""
    enqueue(MOVE_JOB, queue="events", team=team_id, to=to_id, after=0, by=by.as_json())


def unfinished_work(*, team_id: int | None = None, staff_id: int | None = None) -> int:
    """How many unfinished tickets lie with a team or a person, from the counters."""
    return total_unfinished(team_id=team_id, owner_id=staff_id)


def _actor(given: dict[str, Any]) -> Actor:
    """Who asked, as long as they may still do it; else the product acts in their stead."""
    if given.get("kind") == ActorKind.STAFF:
        staff = Staff.objects.filter(pk=int(given["id"]), is_active=True).first()
        if staff is not None and staff.sees_all_tickets:
            return Actor.of_staff(staff)
    return SYSTEM


def release_batch(job: Job) -> dict[str, int]:
    """Give up to fifty tickets of a person back to their queues; announces ticket.assigned for each."""
    args = job.args
    staff = Staff.objects.get(pk=args["staff"])
    if staff.can(REPLY):
        return {"released": 0}  # they came back before the job ran
    rows = Ticket.objects.filter(owner_id=args["staff"], status_category__in=_MAY_COME_BACK, pk__gt=args["after"])
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    by = _actor(args["by"])
    for pk in ids:
        try:
            assign_ticket(pk, to=None, by=by)
        except Refused:  # merged in the meantime, or the asker's rights changed: it must not keep an owner who left
            assign_ticket(pk, to=None, by=SYSTEM)
    if len(ids) == BATCH:
        enqueue(RELEASE_JOB, queue="events", **{**args, "after": ids[-1]})
    return {"released": len(ids)}


def move_batch(job: Job) -> dict[str, int]:
    """Move up to fifty tickets of a closed team to the team that takes over; announces ticket.transferred for each."""
    args = job.args
    to = Team.objects.get(pk=args["to"])
    if not to.is_active:  # closed as well before the job ran
        to = Team.objects.get(is_default=True)
    rows = Ticket.objects.filter(team_id=args["team"], status_category__in=_MAY_COME_BACK, pk__gt=args["after"])
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    by = _actor(args["by"])
    for pk in ids:
        try:
            transfer_ticket(pk, team=to, by=by)
        except Refused:
            transfer_ticket(pk, team=to, by=SYSTEM)
    if len(ids) == BATCH:
        enqueue(MOVE_JOB, queue="events", **{**args, "after": ids[-1]})
    return {"moved": len(ids)}

"""An engineer is ill or away: their visits go to others at the same time, or the customer chooses another one.

Each visit is a job of its own, so that a worker's death loses none and one that cannot be moved holds up no other.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.claims.services.moving import make_move
from aftersales.visits.models import Absence, AbsenceKind, Engineer, Visit, VisitState
from aftersales.visits.services.booking import announce_booked, hold_engineer, write_booking
from aftersales.visits.services.changing import changing_visit, may_plan
from aftersales.visits.services.telling import tell_cannot_come
from aftersales.visits.slots import Slot
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.company import company_day, company_zone
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue, job_handler
from helpdesk.core.models import Job

LONGEST = timedelta(days=366)


@transaction.atomic
def report_absence(
    engineer_id: int, first_on: date, last_on: date, *, by: Actor, kind: str = AbsenceKind.ILL, note: str = ""
) -> Absence:
    """The engineer goes to nobody on these days; what they have then is planned anew in a worker.

    Who may: those who plan, and the engineer. Refuses (`Invalid`) days that end before they begin, and more than a year.
    """
    engineer = Engineer.objects.select_for_update(no_key=True).filter(pk=engineer_id).first()
    if engineer is None:
        raise NotFound
    if not may_plan(by) and (by.staff is None or by.staff.pk != engineer.staff_id):
        raise Forbidden
    if kind not in AbsenceKind.values:
        raise Invalid(fields={"kind": _("Choose why.")})
    if last_on < first_on:
        raise Invalid(fields={"last_on": _("The last day lies before the first.")})
    if last_on - first_on > LONGEST:
        raise Invalid(fields={"last_on": _("Enter a year at most; deactivate somebody who is away for longer.")})
    absence = Absence.objects.create(
        engineer=engineer, kind=kind, first_on=first_on, last_on=last_on, note=note.replace("\x00", "").strip()[:200]
    )
    _tell("engineer.absent", absence, by)
    plan_anew(engineer, first_on, last_on, key=f"absence:{absence.pk}")
    return absence


@transaction.atomic
def end_absence(absence_id: int, *, by: Actor) -> None:
    """The engineer is there after all: times on these days can be offered again. What was moved stays moved."""
    absence = Absence.objects.select_related("engineer").filter(pk=absence_id).first()
    if absence is None:
        raise NotFound
    if not may_plan(by):
        raise Forbidden
    _tell("engineer.back", absence, by)
    absence.delete()


def _tell(name: str, absence: Absence, by: Actor) -> None:
    days = {"first_on": absence.first_on.isoformat(), "last_on": absence.last_on.isoformat(), "kind": absence.kind}
    announce(Announcement(name, "engineer", absence.engineer_id, data=days), by=by)


def leave(staff_id: int, by: Actor) -> None:
    """A person may no longer work: what they would have gone to is planned anew."""
    engineer = Engineer.objects.filter(staff_id=staff_id).first()
    if engineer is not None:
        today = company_day(clock.now())
        plan_anew(engineer, today, today + LONGEST, key=f"left:{engineer.pk}:{clock.now():%Y%m%d%H%M%S}")


def plan_anew(engineer: Engineer, first_on: date, last_on: date, *, key: str) -> int:
    """A job for each visit that somebody else has to make; how many."""
    zone = company_zone()
    start = datetime.combine(first_on, time(), tzinfo=zone)
    end = datetime.combine(last_on + timedelta(days=1), time(), tzinfo=zone)
    visits = Visit.objects.filter(engineer=engineer, state=VisitState.BOOKED).between(start, end)
    ids = list(visits.filter(window_end__gt=clock.now()).order_by("window_start").values_list("pk", flat=True))
    for pk in ids:
        enqueue("visits.replace", dedupe_key=f"visits.replace:{key}:{pk}", order_key=f"visit:{pk}", visit=pk)
    return len(ids)


def can_come(visit: Visit) -> bool:
    """Whether the engineer who has the visit is there on its day."""
    engineer = visit.engineer
    if engineer is None or visit.window_start is None:
        return True
    if not engineer.is_active or not engineer.staff.is_active:
        return False
    day = company_day(visit.window_start)
    return not engineer.absences.filter(first_on__lte=day, last_on__gte=day).exists()


def replace_engineer(visit_id: int, *, by: Actor = SYSTEM) -> str:
    """Somebody else makes the visit at the promised time; where nobody can, it waits for another time, which the customer is
    asked for. Says which: `kept`, `assigned` or `freed`. Announces visit.assigned, or claim.moved and visit.freed."""
    with changing_visit(visit_id, "replace_engineer", by=by, is_given=True) as (visit, claim, change):
        if visit.state != VisitState.BOOKED or visit.window is None or can_come(visit):
            return "kept"
        slot, had = Slot(*visit.window), visit.engineer_id
        held = hold_engineer(visit, slot, change.now)
        if held is not None:
            write_booking(visit, held, change.now, is_confirmed=False)
            announce_booked(change, visit, "visit.assigned", before=had)
            return "assigned"
        tell_cannot_come(change, claim, visit)
        make_move(claim, "rearrange", change, by=by, given={"note": _("The engineer cannot come.")})
    return "freed"


@job_handler("visits.replace")
def work_replacement(job: Job) -> dict[str, str]:
    """One visit of somebody who cannot come."""
    if not Visit.objects.filter(pk=job.args["visit"]).exists():
        return {"outcome": "gone"}
    return {"outcome": replace_engineer(int(job.args["visit"]))}

"""What went wrong with a parcel: raised once, with a task for the team of its ticket, and closed when it is put right."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from aftersales.parcels import calc
from aftersales.parcels.calc import Story
from aftersales.parcels.models import Parcel, ParcelProblem
from helpdesk.accounts.permissions import CLAIM_WORK, GOODS_HANDLE
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from tickets.errors import CannotOpenSub
from tickets.models import Ticket
from tickets.services.sub_tickets import open_sub_ticket


def keep_problems(parcel: Parcel, story: Story, silence: str, now: datetime) -> None:
    """Raise what is new, close what is put right; the caller holds the parcel's lock. What a person closed is not raised
    again for the same parcel."""
    present = {row.kind: row for row in parcel.problems.all()}
    for kind, row in present.items():
        if row.closed_at is None and calc.is_cured(kind, story):
            row.closed_at = now
            row.save(update_fields=["closed_at"])
    wanted = story.problems | ({silence} if silence else frozenset())
    ParcelProblem.objects.bulk_create(
        [ParcelProblem(parcel=parcel, kind=kind, opened_at=now) for kind in sorted(wanted - present.keys())],
        ignore_conflicts=True,
    )


def ask_for_help(parcel: Parcel) -> None:
    """A sub-ticket for each open problem that has none yet. A ticket that takes none (it is finished, or has twenty) leaves
    the problem on the warehouse's page alone."""
    waiting = parcel.problems.filter(closed_at__isnull=True, task_id__isnull=True)
    for problem in list(waiting) if parcel.claim_id is not None else []:
        try:
            _open_task(problem)
        except CannotOpenSub:
            continue


@transaction.atomic
def _open_task(problem: ParcelProblem) -> None:
    parcel = Parcel.objects.select_related("claim", "carrier").get(pk=problem.parcel_id)
    assert parcel.claim is not None, "asked for parcels of claims only"
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=parcel.claim.ticket_id)
    if ParcelProblem.objects.filter(pk=problem.pk, task_id__isnull=False).exists():
        return
    with translation.override(settings.LANGUAGE_CODE):
        values = {"number": parcel.number, "claim": parcel.claim.number, "carrier": parcel.carrier.label}
        subject = _("Parcel %(number)s of %(claim)s") % values + f": {problem.get_kind_display()}"
        text = (
            _("Ask %(carrier)s what became of the parcel, tell the customer, and note the answer on the claim.")
            % values
        )
        task = open_sub_ticket(ticket.pk, team=ticket.team, subject=subject, text=text, by=SYSTEM)
    ParcelProblem.objects.filter(pk=problem.pk).update(task_id=task.pk)


@transaction.atomic
def close_problem(problem_id: int, words: str, *, by: Actor) -> ParcelProblem:
    """A person has looked at it and says what came of it."""
    if by.staff is None or not (by.staff.can(GOODS_HANDLE) or by.staff.can(CLAIM_WORK)):
        raise Forbidden
    words = words.replace("\x00", "").strip()[:300]
    if not words:
        raise Invalid(fields={"words": _("Write a few words.")})
    problem = ParcelProblem.objects.select_for_update(no_key=True).filter(pk=problem_id).first()
    if problem is None:
        raise NotFound
    if problem.closed_at is None:
        problem.closed_at, problem.words = clock.now(), words
        problem.save(update_fields=["closed_at", "words"])
    return problem

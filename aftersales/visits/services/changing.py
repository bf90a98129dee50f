"""The one way in which a visit changes, by somebody who may see it.

The locks of its ticket and claim keep every other verb away from its state. Which engineer has it and when they come is kept by
the engineer's lock beside, because the visits of a day move each other: so a verb that takes an engineer's lock takes it before
any visit's row, and a verb that needs none locks the visit's row, so that nobody gives the visit away meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aftersales.claims.access import can_see as can_see_claim
from aftersales.claims.models import Claim
from aftersales.claims.services.moving import changing_claim
from aftersales.visits.errors import VisitChanged, VisitNotPossible
from aftersales.visits.models import Visit
from helpdesk.accounts.permissions import SERVICE_DO, VISITS_PLAN
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, NotFound
from tickets.services.changing import Change

_LOADED = Visit.objects.select_related("engineer__staff", "outlet", "area", "skill")


def may_plan(by: Actor) -> bool:
    """Whether the actor plans visits, or is the product itself."""
    return by.staff.can(VISITS_PLAN) if by.staff is not None else by.is_trusted


def is_of(by: Actor, visit: Visit) -> bool:
    """Whether the actor is the engineer who goes there."""
    staff = by.staff
    if staff is None or visit.engineer is None or not staff.can(SERVICE_DO):
        return False
    return visit.engineer.staff_id == staff.pk


def _sees(by: Actor, claim: Claim) -> bool:
    return may_plan(by) or can_see_claim(by, claim)


@contextmanager
def changing_visit(
    visit_id: int, verb: str, *, by: Actor, row_version: int | None = None, is_given: bool = False
) -> Iterator[tuple[Visit, Claim, Change]]:
    """Lock a visit for somebody who may see it (`is_given`: to be given to an engineer, whose lock comes first). The block
    writes the visit (`save_visit`); what it writes is one transaction with the ticket's change and, through `make_move`, the
    claim's."""
    claim_id = Visit.objects.filter(pk=visit_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    with changing_claim(claim_id, verb, by=by, sees=_sees) as (claim, change):
        visit = read_visit(visit_id) if is_given else lock_visit(visit_id)
        visit.claim = claim
        if row_version is not None and row_version != visit.row_version:
            raise VisitChanged(row_version=visit.row_version)
        yield visit, claim, change


def read_visit(visit_id: int) -> Visit:
    """The visit with what its verbs ask; the caller holds its claim's lock."""
    return _LOADED.get(pk=visit_id)


def lock_visit(visit_id: int) -> Visit:
    """The same with its row locked."""
    return _LOADED.select_for_update(no_key=True, of=("self",)).get(pk=visit_id)


def require(visit: Visit, *states: str) -> None:
    """Refuse (`VisitNotPossible`) a visit at any other step."""
    if visit.state not in states:
        raise VisitNotPossible(state=visit.state)


def require_planner_or_engineer(by: Actor, visit: Visit) -> None:
    if not (may_plan(by) or is_of(by, visit)):
        raise Forbidden


def save_visit(visit: Visit) -> None:
    visit.row_version += 1
    visit.save()

"""The one way in which a visit changes: its ticket, its claim and then the visit are locked, by somebody who may see it."""

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
    visit_id: int, verb: str, *, by: Actor, row_version: int | None = None
) -> Iterator[tuple[Visit, Claim, Change]]:
    """Lock a visit for somebody who may see it. The block writes the visit (`save_visit`); what it writes is one transaction
    with the ticket's change and, through `make_move`, the claim's."""
    claim_id = Visit.objects.filter(pk=visit_id).values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    with changing_claim(claim_id, verb, by=by, sees=_sees) as (claim, change):
        visit = lock_visit(visit_id)
        visit.claim = claim
        if row_version is not None and row_version != visit.row_version:
            raise VisitChanged(row_version=visit.row_version)
        yield visit, claim, change


def lock_visit(visit_id: int) -> Visit:
    """The visit's row, locked; the caller holds its claim's lock."""
    locked = Visit.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("engineer__staff", "outlet", "area", "skill").get(pk=visit_id)


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

"""Where a visit goes is said, or put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aftersales.visits.addresses import clean_address
from aftersales.visits.models import Visit, VisitState
from aftersales.visits.services.asking import set_address
from aftersales.visits.services.changing import changing_visit, may_plan, require, save_visit
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden


def change_address(visit_id: int, address: Mapping[str, Any], *, by: Actor) -> Visit:
    """Another address for a visit that has no time yet; announces visit.addressed, without the address.

    Who may: the customer, the desk, those who plan. Refuses (`Invalid`) an address without city or street, and
    (`VisitNotPossible`) a visit whose time is arranged: who comes may not go there.
    """
    with changing_visit(visit_id, "change_address", by=by) as (visit, claim, change):
        if by.staff is not None and not (may_plan(by) or by.staff.can(CLAIM_WORK)):
            raise Forbidden
        require(visit, VisitState.ASKED)
        set_address(visit, clean_address(address))
        save_visit(visit)
        change.announce("visit.addressed", visit=visit.pk, claim=claim.pk, area=visit.area_id)
    return visit

"""An outlet says which of its engineers goes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from aftersales.outlets.access import require_outlet
from aftersales.outlets.models import WorkOrder, WorkState
from aftersales.visits.models import Engineer, Visit, VisitState
from aftersales.visits.services.booking import announce_booked
from aftersales.visits.services.changing import changing_visit, require, save_visit
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound


def name_engineer(work_order_id: int, engineer_id: int, *, by: Actor) -> Visit:
    """One of the outlet's engineers goes to the visit of its work order; announces visit.assigned.

    Refuses (`NotFound`) people of other outlets, and (`Invalid`) engineers of others, or while there is no time yet.
    """
    order = WorkOrder.objects.filter(pk=work_order_id, state=WorkState.ACCEPTED).first()
    if order is None or order.outlet_id is None:
        raise NotFound
    require_outlet(by, order.outlet_id)
    visit_id = Visit.objects.filter(claim_id=order.claim_id).open().values_list("pk", flat=True).first()
    if visit_id is None:
        raise NotFound
    with changing_visit(visit_id, "assign_visit", by=by) as (visit, _claim, change):
        if visit.state == VisitState.ASKED:
            raise Invalid(fields={"engineer": _("The customer has not chosen a time yet.")})
        require(visit, VisitState.BOOKED)
        engineers = Engineer.objects.filter(outlet_id=order.outlet_id, is_active=True, staff__is_active=True)
        engineer = engineers.filter(pk=engineer_id).first()
        if engineer is None:
            raise Invalid(fields={"engineer": _("Choose one of the outlet's engineers.")})
        # an outlet plans its own days: its engineers are not held to the minute
        visit.engineer, visit.planned_at = engineer, None
        visit.assigned_at = visit.assigned_at or change.now
        save_visit(visit)
        announce_booked(change, visit, "visit.assigned")
    return visit

"""Whose people somebody is: the one place that verbs and pages of outlets ask."""

from __future__ import annotations

from aftersales.outlets.models import OutletMember
from aftersales.visits.models import Engineer, Outlet
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, SERVICE_DO
from helpdesk.core.actors import Actor
from helpdesk.core.errors import NotFound


def outlet_of(staff: Staff) -> Outlet | None:
    """The outlet that this person works for, as a member or an engineer; None for the company's own people."""
    if not staff.is_active or not staff.can(SERVICE_DO):
        return None
    member = OutletMember.objects.filter(staff_id=staff.pk).select_related("outlet").first()
    if member is not None:
        return member.outlet
    engineer = Engineer.objects.filter(staff_id=staff.pk, is_active=True).select_related("outlet").first()
    return engineer.outlet if engineer is not None else None


def people_of(outlet: Outlet) -> set[int]:
    """Everybody who answers for the outlet, by their id."""
    members = OutletMember.objects.filter(outlet=outlet, staff__is_active=True).values_list("staff_id", flat=True)
    engineers = Engineer.objects.filter(outlet=outlet, is_active=True, staff__is_active=True)
    return set(members) | set(engineers.values_list("staff_id", flat=True))


def may_keep_parts(by: Actor, outlet_id: int | None) -> bool:
    """Who counts and takes in parts: the outlet's own people, and those who set up after-sales."""
    if by.staff is None:
        return by.is_trusted
    if by.staff.can(AFTERSALES_MANAGE):
        return True
    own = outlet_of(by.staff)
    return own is not None and own.pk == outlet_id


def require_outlet(by: Actor, outlet_id: int) -> None:
    """`NotFound` for everybody who does not belong to the outlet: they need not know what is offered to it."""
    own = outlet_of(by.staff) if by.staff is not None else None
    if own is None or own.pk != outlet_id:
        raise NotFound

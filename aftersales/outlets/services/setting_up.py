"""Outlets, their people, what was agreed with them, and what their work costs; every change is announced."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.claims.models import ClaimKind
from aftersales.outlets.models import OutletMember, Rate, Terms
from aftersales.visits.models import Outlet
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, OUTLET_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import save_checked

# Kinds of claims for which somebody comes.
VISITED = (ClaimKind.REPAIR, ClaimKind.INSTALLATION, ClaimKind.DELIVERY_INSTALLATION)


@transaction.atomic
def save_outlet(outlet: Outlet, terms: Mapping[str, Any], *, areas: Any, skills: Any, by: Actor) -> Outlet:
    """Keep an outlet with where it goes, what it knows and what was agreed; announces outlets.changed."""
    _require_manager(by)
    save_checked(outlet)
    outlet.areas.set(areas)
    outlet.skills.set(skills)
    agreed = Terms.objects.filter(outlet=outlet).first() or Terms(outlet=outlet)
    for name, value in terms.items():
        setattr(agreed, name, value)
    save_checked(agreed)
    _tell(outlet.pk, "outlet", by)
    return outlet


@transaction.atomic
def add_member(outlet: Outlet, staff: Staff | None, *, by: Actor) -> OutletMember:
    """Somebody answers for the outlet from now on; announces outlets.changed. Nobody works for two."""
    _require_manager(by)
    if staff is None or not staff.is_active or not staff.can(OUTLET_WORK):
        raise Invalid(fields={"staff": _("Choose a person with the role of a service outlet.")})
    member = OutletMember(outlet=outlet, staff=staff)
    if OutletMember.objects.filter(staff=staff).exists():
        raise Invalid(fields={"staff": _("This person works for an outlet already.")})
    member.save()
    _tell(outlet.pk, "member", by)
    return member


@transaction.atomic
def remove_member(outlet: Outlet, staff_id: int, *, by: Actor) -> None:
    """Somebody does not answer for the outlet any more; announces outlets.changed."""
    _require_manager(by)
    if OutletMember.objects.filter(outlet=outlet, staff_id=staff_id).delete()[0]:
        _tell(outlet.pk, "member", by)


@transaction.atomic
def set_rates(outlet: Outlet | None, rates: Mapping[str, tuple[Decimal | None, Decimal | None]], *, by: Actor) -> None:
    """What labour and the way cost for each kind of claim; an outlet's own rate with both empty falls back to the general
    one. Announces outlets.changed. What is settled already stays."""
    _require_manager(by)
    for kind, (labour, travel) in rates.items():
        rows = Rate.objects.filter(kind=kind, outlet=outlet) if outlet else Rate.objects.filter(kind=kind, outlet=None)
        if labour is None and travel is None:
            rows.delete()
            continue
        rate = rows.first() or Rate(kind=kind, outlet=outlet)
        rate.labour, rate.travel = labour or Decimal(0), travel or Decimal(0)
        save_checked(rate)
    _tell(outlet.pk if outlet else 0, "rates", by)


def _require_manager(by: Actor) -> None:
    if by.staff is not None and not by.staff.can(AFTERSALES_MANAGE):
        raise Forbidden


def _tell(outlet_id: int, what: str, by: Actor) -> None:
    announce(Announcement("outlets.changed", "outlet", outlet_id, data={"what": what}), by=by)

"""Outlets with their people, and claims that wait for somebody to come."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.outlets.models import OutletMember
from aftersales.visits.models import Engineer, Outlet, Visit, VisitState
from helpdesk.accounts.models import Staff
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from tests.aftersales.factories import make_claim
from tests.factories import make_staff

_numbers = count(1)


def make_outlet(name: str = "", *, rank: int = 50, **fields: Any) -> Outlet:
    return Outlet.objects.create(name=name or f"Outlet {next(_numbers)}", rank=rank, **fields)


def make_member(outlet: Outlet, username: str = "") -> Staff:
    """Somebody who answers for the outlet."""
    staff = make_staff(username, role="outlet")
    OutletMember.objects.create(outlet=outlet, staff=staff)
    return staff


def make_claim_to_visit(kind: str = "repair", **fields: Any) -> Claim:
    """A claim that waits for somebody to come."""
    claim = make_claim(kind, **fields)
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    move_claim(claim.pk, "approve", by=SYSTEM)
    return move_claim(claim.pk, "ask_visit", by=SYSTEM)


def make_engineer(outlet: Outlet | None = None, username: str = "", **fields: Any) -> Engineer:
    """Somebody who goes to customers, of the company or of an outlet."""
    staff = make_staff(username, role="outlet" if outlet else "engineer")
    return Engineer.objects.create(staff=staff, outlet=outlet, **fields)


def make_visit(engineer: Engineer, *, claim: Claim | None = None, hours: float = 2, **fields: Any) -> Visit:
    """A visit of the engineer in some hours, booked, with an address."""
    claim = claim or make_claim_to_visit()
    start = clock.now() + timedelta(hours=hours)
    visit = Visit.objects.get(claim=claim)
    address = {"name": "Li Na", "phone": "13800001111", "city": "Hangzhou", "street": "1 West Lake Road"}
    values = {"window_start": start, "window_end": start + timedelta(hours=2), "planned_at": start, "address": address}
    for name, value in (values | fields).items():
        setattr(visit, name, value)
    visit.state, visit.engineer, visit.outlet = VisitState.BOOKED, engineer, engineer.outlet
    visit.assigned_at = visit.confirmed_at = clock.now()
    visit.save()
    Claim.objects.filter(pk=claim.pk).update(state="visit_arranged")
    return visit

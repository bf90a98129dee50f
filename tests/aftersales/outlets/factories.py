"""Outlets with their people, and claims that wait for somebody to come."""

from __future__ import annotations

from itertools import count
from typing import Any

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.outlets.models import OutletMember
from aftersales.visits.models import Outlet
from helpdesk.accounts.models import Staff
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

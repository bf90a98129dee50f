"""Engineers, areas and claims that somebody has to come for."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.moving import move_claim
from aftersales.visits.models import Engineer, ServiceArea, Visit
from aftersales.visits.registrations import ensure_windows
from aftersales.visits.slots import Slot, free_slots
from helpdesk.accounts.models import Shift, Skill, StaffSkill
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from tests.aftersales.factories import make_claim
from tests.factories import make_staff

_numbers = count(1)
ADDRESS = {"name": "Li Na", "phone": "13800000000", "city": "杭州", "street": "文三路 9 号", "postcode": "310012"}


def make_area(name: str = "Hangzhou", **fields: Any) -> ServiceArea:
    values = {"postcodes": ["310"], "cities": ["杭州"], "latitude": 30.27, "longitude": 120.15} | fields
    area, _made = ServiceArea.objects.get_or_create(name=name, defaults=values)
    return area


def make_skill(name: str = "Washers") -> Skill:
    skill, _made = Skill.objects.get_or_create(name=name)
    return skill


def make_engineer(
    username: str = "", *, areas: tuple[ServiceArea, ...] = (), skills: tuple[Skill, ...] = (), **fields: Any
) -> Engineer:
    """An engineer who works every day from nine to seven."""
    ensure_windows()
    staff = make_staff(username or f"engineer{next(_numbers)}", role="engineer")
    for weekday in range(7):
        Shift.objects.create(staff=staff, weekday=weekday, starts=9 * 60, ends=19 * 60)
    for skill in skills:
        StaffSkill.objects.create(staff=staff, skill=skill)
    engineer = Engineer.objects.create(staff=staff, **fields)
    engineer.areas.set(areas)
    return engineer


def make_asked(kind: str = ClaimKind.INSTALLATION, *, address: dict[str, str] | None = None, **fields: Any) -> Visit:
    """A visit that is asked for, of an approved claim."""
    details = {"address": ADDRESS if address is None else address}
    claim = make_claim(kind, details=details, **fields)
    approve_and_ask(claim)
    return claim.visits.get()


def approve_and_ask(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    move_claim(claim.pk, "approve", by=SYSTEM)
    move_claim(claim.pk, "ask_visit", by=SYSTEM)


def slots_of(visit: Visit, now: datetime | None = None) -> list[Slot]:
    return free_slots(visit, now or clock.now())

"""A claim's open visit is given to an outlet and taken back, within the transaction that locked the claim."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from aftersales.claims.models import Claim
from aftersales.visits.models import Outlet, Visit, VisitState


def keep_for(claim: Claim, outlet: Outlet) -> None:
    """A visit with a time is kept for the outlet that is asked; it is nobody's before they accept."""
    booked = Visit.objects.filter(claim=claim, state=VisitState.BOOKED, engineer=None)
    booked.update(outlet=outlet, row_version=F("row_version") + 1)


def give_visit(claim: Claim, outlet: Outlet, now: datetime) -> None:
    """The outlet goes; one of its engineers is named later."""
    Visit.objects.filter(claim=claim).open().exclude(engineer__outlet=outlet).update(
        outlet=outlet,
        engineer=None,
        planned_at=None,
        assigned_at=Coalesce("assigned_at", now),
        row_version=F("row_version") + 1,
    )


def take_visit_back(claim: Claim) -> None:
    """Nobody has it any more; a visit with a time keeps its outlet until it is arranged anew."""
    asked = Visit.objects.filter(claim=claim, state=VisitState.ASKED)
    asked.update(outlet=None, engineer=None, assigned_at=None, row_version=F("row_version") + 1)

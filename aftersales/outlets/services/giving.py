"""A claim's open visit is given to an outlet and taken back, within the transaction that locked the claim."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from aftersales.claims.models import Claim
from aftersales.visits.models import Outlet, Visit


def give_visit(claim: Claim, outlet: Outlet, now: datetime) -> None:
    """The outlet goes; one of its engineers is named with the time."""
    Visit.objects.filter(claim=claim).open().update(
        outlet=outlet, assigned_at=Coalesce("assigned_at", now), row_version=F("row_version") + 1
    )


def take_visit_back(claim: Claim) -> None:
    """Nobody has it any more."""
    Visit.objects.filter(claim=claim).open().update(outlet=None, assigned_at=None, row_version=F("row_version") + 1)

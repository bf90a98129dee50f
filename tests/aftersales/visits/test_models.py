"""What the database itself holds about visits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from aftersales.claims.models import ClaimKind
from aftersales.visits.models import Engineer, Visit, VisitState
from tests.aftersales.factories import make_claim
from tests.factories import make_staff

NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def booked(engineer: Engineer, starts: datetime, minutes: int = 60) -> Visit:
    return Visit.objects.create(
        claim=make_claim(ClaimKind.REPAIR),
        state=VisitState.BOOKED,
        engineer=engineer,
        window_start=starts,
        window_end=starts + timedelta(hours=2),
        planned_at=starts,
        minutes=minutes,
    )


@pytest.mark.django_db
def test_nobody_is_in_two_places() -> None:
    engineer = Engineer.objects.create(staff=make_staff("goes", role="engineer"))
    other = Engineer.objects.create(staff=make_staff("goes_too", role="engineer"))
    booked(engineer, NINE)
    booked(other, NINE)
    booked(engineer, NINE + timedelta(minutes=60))
    with pytest.raises(IntegrityError, match="visit_engineer_once"), transaction.atomic():
        booked(engineer, NINE + timedelta(minutes=30))


@pytest.mark.django_db
def test_a_claim_has_one_open_visit() -> None:
    claim = make_claim(ClaimKind.REPAIR)
    Visit.objects.create(claim=claim)
    with pytest.raises(IntegrityError, match="visit_one_open_of_claim"), transaction.atomic():
        Visit.objects.create(claim=claim)

"""A complaint, its handler, and others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from aftersales.claims.models import Cause, Claim, ClaimKind
from aftersales.claims.services.opening import ClaimDraft, open_claim
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.filling import ensure_calendars
from tests.factories import make_staff, make_team, make_ticket


@dataclass
class Matter:
    """`handler` leads the complaint, `colleague` is of the same team, `supervisor` may make exceptions, `other` does neither."""

    claim: Claim
    handler: Staff
    colleague: Staff
    supervisor: Staff
    other: Staff


@pytest.fixture
def matter(db: None) -> Matter:
    ensure_calendars()
    team = make_team("Care", is_default=True)
    ticket = make_ticket(team)
    Cause.objects.get_or_create(key="late_answer", defaults={"group": "process", "name": "Answered late"})
    claim = open_claim(
        ticket.pk, ClaimDraft(ClaimKind.COMPLAINT, reason="service", words="Nobody called back."), by=SYSTEM
    )
    return Matter(
        claim,
        make_staff("hana", teams=(team,)),
        make_staff("carl", teams=(team,)),
        make_staff("sue", role="supervisor"),
        make_staff("wilma", role="warehouse", teams=(make_team("Warehouse"),)),
    )


@pytest.fixture
def browser(db: None) -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in

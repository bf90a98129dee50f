"""A desk that takes in cases, and a claim that one is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from aftersales.cases.policy import ensure_policy
from aftersales.cases.terms import ensure_terms
from aftersales.claims.models import Cause, Claim
from helpdesk.accounts.models import Staff, Team
from helpdesk.core.calendars.filling import ensure_calendars
from tests.aftersales.factories import make_claim
from tests.factories import make_staff, make_team, make_ticket
from tickets.labels import ensure_labels


@dataclass
class Desk:
    """`agent` takes cases in, `colleague` leads one, `outsider` is of another team, `claim` is what it is about."""

    team: Team
    agent: Staff
    colleague: Staff
    outsider: Staff
    supervisor: Staff
    admin: Staff
    claim: Claim


@pytest.fixture
def desk(db: None) -> Desk:
    ensure_labels()
    ensure_calendars()
    ensure_terms()
    ensure_policy()
    Cause.objects.get_or_create(key="late_answer", defaults={"group": "process", "name": "Answered late"})
    team = make_team("Care", is_default=True)
    return Desk(
        team,
        make_staff("ann", teams=(team,)),
        make_staff("carl", teams=(team,)),
        make_staff("otto", teams=(make_team("Sales"),)),
        make_staff("sue", role="supervisor"),
        make_staff("adam", role="administrator"),
        make_claim(ticket=make_ticket(team)),
    )


@pytest.fixture
def browser(db: None) -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in

"""A small house for the desk's tests: two teams, the cast, and a ticket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from helpdesk.accounts.models import Staff, Team
from tests.factories import make_staff, make_team, make_ticket
from tickets.labels import ensure_labels
from tickets.models import Ticket


@dataclass
class House:
    """`ticket` lies with `team`; the outsider works elsewhere; `quality` reads only."""

    team: Team
    other_team: Team
    agent: Staff
    teammate: Staff
    outsider: Staff
    supervisor: Staff
    quality: Staff
    admin: Staff
    ticket: Ticket


@pytest.fixture
def house(db: None) -> House:
    cache.clear()
    ensure_labels()
    team, other = make_team("Support", is_default=True), make_team("Finance")
    return House(
        team=team,
        other_team=other,
        agent=make_staff("agent", teams=(team,), name="Chen Yu"),
        teammate=make_staff("mate", teams=(team,), name="He Min"),
        outsider=make_staff("outsider", teams=(other,), name="Wu Lin"),
        supervisor=make_staff("supervisor", role="supervisor", name="Zhao Qian"),
        quality=make_staff("quality", role="quality", name="Zhou Qi"),
        admin=make_staff("admin", role="administrator", name="Admin"),
        ticket=make_ticket(team),
    )


SignIn = Callable[[Staff | None], Client]


@pytest.fixture
def as_staff(db: None) -> SignIn:
    """A test browser in which this person is signed in (None: nobody)."""

    def go(staff: Staff | None, **headers: Any) -> Client:
        client = Client(**headers)
        if staff is not None:
            client.force_login(staff)
        return client

    return go

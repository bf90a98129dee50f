"""The cast of the administration pages: one person of each role, two teams, a ticket and something parked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import Role
from tests.factories import make_staff, make_team
from tickets.labels import ensure_labels


@pytest.fixture
def teams(db: Any) -> tuple[Team, Team]:
    ensure_labels()
    return make_team("Support", is_default=True, name_zh="客服"), make_team("Repairs")


@pytest.fixture
def admin(teams: tuple[Team, Team]) -> Staff:
    return make_staff("boss", role=Role.ADMINISTRATOR, teams=teams[:1])


@pytest.fixture
def as_staff() -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in


@pytest.fixture
def desk(admin: Staff, as_staff: Callable[[Staff], Client]) -> Client:
    """The administrator's browser."""
    return as_staff(admin)

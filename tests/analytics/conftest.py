"""The cast of the deadlines' tests, with a consumer that tests feed themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from analytics.consuming import roll_up
from helpdesk.accounts.models import Staff
from helpdesk.core import dispatcher
from tests.sla.conftest import desk, policy  # noqa: F401


def consume() -> int:
    """Number the log and hand everything to the consumer, as the dispatcher does."""
    return dispatcher.run_once({"analytics": roll_up})


@pytest.fixture
def as_staff() -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in


def totals(scope: str = "all", **fields: Any) -> dict[str, tuple[int, int]]:
    """(ended, met) of each metric in one cut."""
    from analytics.models import OutcomeTotal

    found: dict[str, tuple[int, int]] = {}
    for row in OutcomeTotal.objects.filter(scope=scope, **fields):
        ended, met = found.get(row.metric, (0, 0))
        found[row.metric] = (ended + row.ended, met + row.met)
    return found

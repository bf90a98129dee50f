"""What tests of after-sales share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from helpdesk.accounts.models import Staff


@pytest.fixture
def as_staff(db: None) -> Callable[[Staff], Client]:
    """A browser in which this person is signed in."""

    def signed_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return signed_in

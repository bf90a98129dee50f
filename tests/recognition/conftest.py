"""A small house for recognition: a team with an agent, a supervisor who sets it up, and the shipped rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.models import ChannelAccount
from tests.factories import make_account, make_staff, make_team
from tickets.labels import ensure_labels
from tickets.routing.recognition import book
from tickets.routing.recognition.presets import ensure_rules
from tickets.routing.recognition.starting import starter_examples

if TYPE_CHECKING:
    from tickets.routing.recognition.training import Trained


@dataclass
class House:
    """Who works here and where mail arrives."""

    team: Team
    other_team: Team
    agent: Staff
    outsider: Staff
    supervisor: Staff
    support: ChannelAccount


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Each test starts with rules that no process has compiled."""
    book._compiled.clear()
    yield
    book._compiled.clear()


@pytest.fixture(scope="session")
def starter() -> Trained:
    """The starter model, trained once for all tests as a first start trains it."""
    from tickets.routing.recognition.training import train

    return train(starter_examples())


@pytest.fixture
def house(db: None) -> House:
    cache.clear()
    ensure_labels()
    team, other = make_team("Support", is_default=True), make_team("Finance")
    ensure_rules()
    return House(
        team=team,
        other_team=other,
        agent=make_staff("agent", teams=(team,), name="Chen Yu"),
        outsider=make_staff("outsider", teams=(other,)),
        supervisor=make_staff("supervisor", role="supervisor", name="Zhao Qian"),
        support=make_account("support"),
    )


SignIn = Callable[[Staff], Client]


@pytest.fixture
def as_staff(db: None) -> SignIn:
    """A browser in which this person is signed in."""

    def go(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return go

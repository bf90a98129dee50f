"""A mail account with its team, the real listener, and the world's SMTP server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from channels_app.email.directory import forget_addresses
from channels_app.email.relays import connections as smtp_connections
from channels_app.email.smtp_listener import Listener
from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount
from tests.factories import make_account, make_team
from tests.servers.loops import LoopThread
from tests.servers.smtp import SmtpServer
from tickets.labels import ensure_labels


@pytest.fixture(autouse=True)
def _fresh_addresses() -> Iterator[None]:
    forget_addresses()
    yield
    forget_addresses()
    smtp_connections.close()


@pytest.fixture
def team(db: None) -> Team:
    ensure_labels()
    return make_team("Support", is_default=True, signature="Support team\nCompany")


@pytest.fixture
def account(team: Team) -> ChannelAccount:
    return make_account(team=team, brand="Company")


@pytest.fixture
def world(settings: object) -> Iterator[SmtpServer]:
    """The SMTP server that all our mail goes to."""
    server = SmtpServer().start()
    settings.SMTP_RELAY_URL = f"smtp://127.0.0.1:{server.port}"  # type: ignore[attr-defined]
    yield server
    server.stop()


@pytest.fixture
def listener(transactional_db: None, account: ChannelAccount) -> Iterator[Listener]:
    """The real SMTP door on a free port, in a loop of its own."""
    thread = LoopThread()
    door = Listener("127.0.0.1", 0)
    thread.run(door.start())
    yield door
    thread.run(door.stop())
    thread.stop()
    connections.close_all()

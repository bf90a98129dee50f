"""The stack that the tests of live push share. They write with real commits and clean up once, at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from helpdesk.core import bus
from tests.channels_app.live.stack import Stack, new_valkey


@pytest.fixture(scope="package")
def stack(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two web processes, a dispatcher and a Valkey; commits of the tests wake that dispatcher."""
    directory = tmp_path_factory.mktemp("live")
    with django_db_blocker.unblock():
        running = Stack(directory, new_valkey(directory))
        running.valkey.start()
        usual = settings.REDIS_URL
        settings.REDIS_URL = running.valkey.url
        bus.client.cache_clear()
        try:
            running.start()
            yield running
        finally:
            running.stop()
            settings.REDIS_URL = usual
            bus.client.cache_clear()
            # ids are never given twice, as in a real database: what processes keep by id would be about other rows
            call_command("flush", interactive=False, verbosity=0, reset_sequences=False)


@pytest.fixture(scope="package")
def db(stack: Stack) -> None:
    """In place of pytest-django's transaction around each test, which another process could not look into."""

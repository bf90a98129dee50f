"""What an agent notices when a part of the product dies: nothing that lasts."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.demo import Demo
from tests.embedded.conftest import wait_until
from tests.journeys.test_mail import row

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.mark.req("K8", "live push")
def test_open_desks_go_on_live_after_valkey_was_killed(demo: Demo, open_as: Open, someone: str) -> None:
    mine, hers = open_as("agent", offline=True), open_as("lead", offline=True)
    before = demo.product.process("valkey")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: demo.product.process("valkey") not in (0, before), seconds=20, what="another Valkey")
    subject = f"Dryer stops {someone[4:12]}"
    demo.mail(someone, subject, "It stops.")
    for page in (mine, hers):
        row(page, subject).wait_for(timeout=25_000)

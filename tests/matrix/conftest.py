"""The product with its demo data, and browsers that are signed in as each of the people of the matrix."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.demo import Demo, Visitors, start_demo
from tests.matrix import facts


class House(Visitors):
    """The demo, with what the addresses of its pages name."""

    def __init__(self, demo: Demo, browser: Browser) -> None:
        super().__init__(demo, browser)
        # what the told history has not: a mail that came in at the door, with its acknowledgement in the sink
        demo.mail("customer@demo.example", "My washer stops with E21", "It stops halfway.\n\nThank you\nLi Na")
        # and what the demo tells of today comes after its history
        deadline = time.monotonic() + 300
        while missing := facts.QUESTIONS.keys() - (found := facts.ask(demo.database_url)).keys():
            assert time.monotonic() < deadline, f"the demo has not told {sorted(missing)}"
            time.sleep(1)
        self.facts = found


@pytest.fixture(scope="session")
def demo_house(chromium: Browser) -> Iterator[House]:
    """The whole demo, told to its end."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-matrix-") as folder, start_demo(Path(folder)) as demo:
        demo.wait_until_told()
        yield House(demo, chromium)

"""A running demo, browsers of its people, and the errors that any of their pages logs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import PATIENCE
from tests.demo import Demo, Visitors, start_demo

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def visitors(chromium: Browser) -> Iterator[Visitors]:
    """One demo for all journeys; each journey brings its own customer."""
    with tempfile.TemporaryDirectory(prefix="helpdesk-journeys-") as folder, start_demo(Path(folder)) as demo:
        yield Visitors(demo, chromium)


@pytest.fixture
def demo(visitors: Visitors) -> Demo:
    return visitors.demo


@pytest.fixture
def someone() -> str:
    """The mail address of a customer who has never written."""
    return f"mia-{uuid4().hex[:8]}@customer.example"


@pytest.fixture
def open_as(visitors: Visitors) -> Iterator[Open]:
    """`open_as(who, path, width=…)`: a page of this person in a browser of their own, its socket open where it has one.

    The test fails when a page logs an error or breaks its policy. A lost connection is no error where `offline` is said.
    """
    contexts = []
    problems: list[str] = []

    def go(who: str, path: str = "/tickets/?view=all_open", *, width: str = "wide", offline: bool = False) -> Page:
        context = visitors.context(who, width=width)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))

        def hear(text: str) -> None:
            if not (offline and ("WebSocket" in text or "Failed to load" in text)):
                problems.append(text)

        page.on("console", lambda message: hear(message.text) if message.type == "error" else None)
        page.goto(path)
        if path.startswith("/tickets/"):
            page.wait_for_function("document.querySelector('[data-desk]')")
            page.wait_for_timeout(700)  # until its socket is open, so that no push comes too early
        return page

    yield go
    for context in contexts:
        context.close()
    assert not problems, problems

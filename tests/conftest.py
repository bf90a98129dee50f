"""What all rooms share: the browser and the running product. They are made once, when the first test asks for them."""

from __future__ import annotations

import pytest

from tests.browser import _stack, chromium, live, sign_in  # noqa: F401


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in the browser come last: Playwright keeps an event loop in the main thread, which others would trip over."""
    items.sort(key=lambda item: "chromium" in getattr(item, "fixturenames", ()))

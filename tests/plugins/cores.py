"""Pytest plugin: a run in several processes (``-n 2``, pytest-xdist), one for each core.

Each process has engines of its own and takes one file after another, the whole of it; what nobody asks for is not
started in it. Files in a browser come last, as they must within each process (see `in_order`), and the slowest of both
kinds come first, so that the processes end together.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

# Rooms whose files share something that is dear to make: one process takes them all.
TOGETHER = ("tests/journeys/", "tests/channels_app/live/", "tests/recognition/")
# Files whose tests are long enough to be handed out one by one.
APART = ("tests/matrix/test_matrix.py",)
# The slowest files or rooms, in the order in which they begin; what is not named follows.
SLOWEST = (
    "tests/matrix/",
    "tests/benchmarks/",
    "tests/embedded/",
    "tests/sla/replay/",
    "tests/recognition/",
    "tests/journeys/",
    "tests/desk/",
    "tests/analytics/test_floor_in_browser.py",
    "tests/ui/test_accessible_pages.py",
    "tests/portal/test_portal_in_browser.py",
    "tests/channels_app/live/",
    "tests/routing/live/",
    "tests/api/test_description.py",
    "tests/sla/test_any_sequence.py",
    "tests/serving/",
)


def is_worker() -> bool:
    """True in one of the processes that run tests for another, which reports."""
    return "PYTEST_XDIST_WORKER" in os.environ


def is_controller(config: pytest.Config) -> bool:
    """True in the process that hands out the tests and reports; it runs none and needs no engine."""
    return not is_worker() and bool(getattr(config.known_args_namespace, "numprocesses", None))


def refuse_shared_engines() -> None:
    """Each process has engines of its own: what one run may use, several would take from each other."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name):
            raise pytest.UsageError(f"{name} is set: run the tests in one process (without -n)")


def in_order(items: list[pytest.Item]) -> None:
    """Sort by file: first those without a browser, the slowest first.

    Playwright keeps an event loop in the main thread once it has been started, which other tests would trip over.
    """
    items.sort(key=lambda item: ("chromium" in getattr(item, "fixturenames", ()), _rank(item.nodeid)))


def _rank(nodeid: str) -> int:
    return next((place for place, begin in enumerate(SLOWEST) if nodeid.startswith(begin)), len(SLOWEST))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Hand out whole files, in the order of the collection."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


class ByFile(LoadScopeScheduling):
    """A unit of work is what follows each other in the collection and is of one file, of one room of `TOGETHER`, or one
    test of `APART`. So the few files with both kinds of test are two units, the one with the browser last.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self._units: dict[str, str] = {}

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """Divide what was collected into units."""
        before, unit = "", ""
        for place, nodeid in enumerate(collection):
            source = next((room for room in TOGETHER if nodeid.startswith(room)), nodeid.partition("::")[0])
            if source != before or source in APART:
                before, unit = source, f"{source} {place}"
            self._units[nodeid] = unit
        super().add_node_collection(node, collection)

    def _reschedule(self, node: Any) -> None:
        """Give a process its next unit when it begins the last test of the former one, which is when it must know it."""
        if not self.workqueue or self._pending_of(self.assigned_work[node]) <= 1:
            super()._reschedule(node)

    def _split_scope(self, nodeid: str) -> str:
        return self._units[nodeid]

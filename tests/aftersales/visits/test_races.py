"""Two people want the same last time at once: one gets it, the other is told."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from aftersales.claims.models import Claim
from aftersales.visits.errors import SlotTaken
from aftersales.visits.models import Visit, VisitState
from aftersales.visits.services.booking import book, rebook
from helpdesk.core.actors import SYSTEM
from tests.aftersales.visits.factories import make_asked, make_engineer, slots_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call returns or raises, begun at the same moment on a connection of its own."""
    results: list[object] = [None] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(nth: int) -> None:
        gate.wait()
        try:
            results[nth] = calls[nth]()
        except Exception as error:
            results[nth] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(nth,)) for nth in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_the_last_time_goes_to_one_of_two() -> None:
    make_engineer(most_a_day=1)
    first, second = make_asked(), make_asked()
    key = slots_of(first)[0].key
    results = at_once(lambda: book(first.pk, key, by=SYSTEM), lambda: book(second.pk, key, by=SYSTEM))
    assert sorted(type(one).__name__ for one in results) == ["SlotTaken", "Visit"]
    assert Visit.objects.filter(state=VisitState.BOOKED).count() == 1
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["awaiting_visit", "visit_arranged"]


def test_visits_of_one_day_are_moved_at_once_without_waiting_for_each_other_forever() -> None:
    make_engineer(most_a_day=8)
    visits = [make_asked() for _ in range(4)]
    slots = slots_of(visits[0])
    day = slots[5].start.date()
    keys = [slot.key for slot in slots if slot.start.date() == day]
    for visit in visits:
        book(visit.pk, keys[0], by=SYSTEM) if visit is visits[0] else book(visit.pk, keys[1], by=SYSTEM)
    results = at_once(
        *(lambda pk=visit.pk, nth=nth: rebook(pk, keys[nth % len(keys)], by=SYSTEM) for nth, visit in enumerate(visits))
    )
    assert all(isinstance(one, (Visit, SlotTaken)) for one in results), results
    rows = list(Visit.objects.order_by("planned_at"))
    for earlier, later in itertools.pairwise(rows):
        assert earlier.planned_at is not None
        assert later.planned_at is not None
        assert (later.planned_at - earlier.planned_at).total_seconds() >= earlier.minutes * 60
    for row in rows:
        assert row.window is not None
        assert row.planned_at is not None
        assert row.window[0] <= row.planned_at <= row.window[1]

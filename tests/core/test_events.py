"""The event log: append-only in the database, numbered without gaps, fed to each consumer from its own cursor."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from django.db import DatabaseError, connection, transaction

from helpdesk.core import dispatcher
from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import Cursor, Event, ParkedEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("K4", "append-only audit")]


def said(name: str = "thing.done", subject: int = 1) -> Event:
    return announce(Announcement(name, "thing", subject), by=SYSTEM)


@pytest.mark.parametrize("change", [{"name": "other.name"}, {"data": {"a": 1}}, {"actor_id": 7}])
def test_the_database_refuses_to_change_an_event(change: dict[str, object]) -> None:
    event = said()
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(**change)


def test_the_database_refuses_to_delete_an_event_or_to_number_it_twice() -> None:
    event = said()
    dispatcher.number_events()
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(position=99)


def test_positions_are_gap_free_although_a_transaction_rolled_back() -> None:
    said()
    with transaction.atomic():
        said()
        transaction.set_rollback(True)
    said()
    dispatcher.number_events()
    assert list(Event.objects.order_by("position").values_list("position", flat=True)) == [1, 2]


def test_an_event_that_commits_late_is_numbered_later_and_not_skipped() -> None:
    """The elder event's transaction is still open while a younger one is numbered and fed."""
    inside, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            said("slow.done")
            inside.set()
            finish.wait(5)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    inside.wait(5)
    said("quick.done")
    seen: list[str] = []
    consumer = {"test": lambda events: seen.extend(event.name for event in events)}
    dispatcher.run_once(consumer)
    assert seen == ["quick.done"]
    finish.set()
    thread.join()
    dispatcher.run_once(consumer)
    assert seen == ["quick.done", "slow.done"]


def test_two_dispatchers_hand_each_event_over_once() -> None:
    for nth in range(200):
        said(subject=nth)
    seen: list[int] = []

    def run() -> None:
        dispatcher.run_once({"test": lambda events: seen.extend(event.subject_id for event in events)})
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(200))


def test_an_event_that_a_consumer_cannot_take_is_parked_and_the_rest_flow() -> None:
    for nth in range(6):
        said(subject=nth)
    seen: list[int] = []

    def picky(events: Sequence[Event]) -> None:
        for event in events:
            if event.subject_id == 3:
                raise ValueError("cannot take 3")
        seen.extend(event.subject_id for event in events)

    for _ in range(dispatcher.MAX_FAILURES + 1):
        dispatcher.run_once({"picky": picky})
    assert seen == [0, 1, 2, 4, 5]
    parked = ParkedEvent.objects.get()
    assert parked.consumer == "picky"
    assert "cannot take 3" in parked.reason
    assert Cursor.objects.get(name="picky").position == 6

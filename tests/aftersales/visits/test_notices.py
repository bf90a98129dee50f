"""Engineers hear of visits that they get, that move and that go."""

from __future__ import annotations

import pytest

from aftersales.visits.consuming import tell_engineers
from aftersales.visits.models import Engineer
from aftersales.visits.services.booking import assign_engineer, book, cancel, rebook
from helpdesk.accounts.models import Notification
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from tests.aftersales.visits.factories import make_asked, make_engineer, slots_of
from tests.factories import actor

pytestmark = pytest.mark.django_db


def told(engineer: Engineer) -> list[str]:
    """The kinds of what the person was told, after the consumer has read everything twice."""
    events = list(Event.objects.order_by("pk"))
    tell_engineers(events)
    tell_engineers(events)
    rows = Notification.objects.filter(staff_id=engineer.staff_id, kind__startswith="visit.")
    return list(rows.order_by("event_id").values_list("kind", flat=True))


def test_the_one_who_gets_it_and_the_one_who_had_it_are_told_once() -> None:
    first = make_engineer("first")
    visit = make_asked()
    slots = slots_of(visit)
    book(visit.pk, slots[0].key, by=SYSTEM)
    rebook(visit.pk, slots[1].key, by=SYSTEM)
    second = make_engineer("second")
    assign_engineer(visit.pk, second.pk, by=SYSTEM)
    cancel(visit.pk, by=SYSTEM)
    assert told(first) == ["visit.given", "visit.moved", "visit.taken"]
    assert told(second) == ["visit.given", "visit.taken"]


def test_nobody_hears_of_their_own_deeds() -> None:
    engineer = make_engineer("first")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    cancel(visit.pk, by=actor(engineer.staff))
    assert told(engineer) == ["visit.given"]

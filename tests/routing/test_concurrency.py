"""Real concurrency: connections of their own, tickets that arrive all at once, matchers and people that race for them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM
from tests.factories import actor, make_account, make_arrival, make_staff
from tests.routing.conftest import Floor, offered, online, profile, run
from tickets.intake.services import receive
from tickets.models import Ticket
from tickets.routing.models import Offer, OfferState, QueueEntry
from tickets.routing.selectors.floor import loads_of
from tickets.routing.services.matching import match_batch
from tickets.routing.services.offers import OfferOver, accept_offer, take_next
from tickets.services.assignment import assign_ticket

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = 4


def at_once(*works: Callable[[], Any]) -> list[BaseException]:
    """Run these in threads of their own, each with its own connection, from the same moment; what they raised."""
    barrier, raised = threading.Barrier(len(works)), []

    def wrapped(work: Callable[[], Any]) -> None:
        try:
            barrier.wait(30)
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=wrapped, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return raised


@pytest.mark.req("C2", "load")
@pytest.mark.parametrize("is_direct", [True, False], ids=["direct", "offers"])
def test_a_hundred_tickets_at_once_never_exceed_a_capacity_and_none_is_lost(floor: Floor, is_direct: bool) -> None:
    floor.queue(is_direct=is_direct)
    people = [make_staff(f"agent{n}", teams=(floor.team,)) for n in range(6)]
    for person in people:
        online(person, minutes=10)
        profile(person, mails=ROOM)
    account = make_account(team=floor.team)
    done = threading.Event()
    worst: Counter[int] = Counter()

    def arrive(start: int) -> Callable[[], None]:
        def work() -> None:
            for number in range(start, start + 25):
                receive(make_arrival(account, address=f"c{number}@customer.example"), by=SYSTEM)

        return work

    def match() -> None:
        while not done.is_set() or match_batch(timezone.now()):
            match_batch(timezone.now())

    def watch() -> None:
        ids = [person.pk for person in people]
        while not done.is_set():
            for staff_id, used in loads_of(ids).items():
                worst[staff_id] = max(worst[staff_id], used.get("mail", 0))

    finished = threading.Barrier(4, action=done.set)
    arrivals = [lambda n=n: (arrive(n * 25)(), finished.wait(100)) for n in range(4)]  # type: ignore[misc]
    assert at_once(*arrivals, match, match, match, watch) == []
    run()

    tickets = list(Ticket.objects.all())
    assert len(tickets) == 100
    assert max(worst.values()) <= ROOM
    loads = loads_of([person.pk for person in people])
    assert {used["mail"] for used in loads.values()} == {ROOM}
    owned = {ticket.pk for ticket in tickets if ticket.owner_id is not None}
    waiting = set(QueueEntry.objects.values_list("ticket_id", flat=True))
    assert len(owned) + len(waiting) == 100
    assert not owned & waiting
    given = Counter(Offer.objects.values_list("ticket_id", flat=True))
    assert len(given) == 6 * ROOM
    assert set(given.values()) == {1}
    if is_direct:
        assert owned == set(given)
    else:
        assert set(Offer.objects.filter(state=OfferState.OPEN).values_list("ticket_id", flat=True)) == set(given)


def test_taken_by_two_at_once_one_wins_and_the_other_is_told_who(floor: Floor) -> None:
    floor.queue()
    online(floor.ann, minutes=10)
    for number in range(8):
        ticket = floor.arrive(f"c{number}@customer.example")
        run()
        assert offered(ticket) == floor.ann
        offer = Offer.objects.get(ticket=ticket, state=OfferState.OPEN)
        raised = at_once(
            lambda offer=offer: accept_offer(offer.pk, by=actor(floor.ann)),  # type: ignore[misc]
            lambda ticket=ticket: assign_ticket(ticket.pk, to=floor.bob, by=actor(floor.bob)),  # type: ignore[misc]
        )
        ticket.refresh_from_db()
        assert len(raised) == 1
        if ticket.owner == floor.bob:
            assert isinstance(raised[0], OfferOver)
            assert "Bob took this ticket" in str(raised[0])
        else:
            assert ticket.owner == floor.ann
            assert "A colleague has this ticket" in str(raised[0])
        assert not QueueEntry.objects.filter(ticket=ticket).exists()


def test_take_next_by_many_at_once_gives_each_another_ticket(floor: Floor) -> None:
    people = [make_staff(f"agent{n}", teams=(floor.team,)) for n in range(6)]
    for number in range(6):
        floor.arrive(f"c{number}@customer.example")
    taken: dict[int, int] = {}

    def take(person: Staff) -> Callable[[], None]:
        def work() -> None:
            taken[person.pk] = take_next(by=actor(person)).pk

        return work

    assert at_once(*(take(person) for person in people)) == []
    assert len(set(taken.values())) == 6
    assert not QueueEntry.objects.exists()


def test_going_away_while_the_matcher_runs_leaves_nothing_with_the_one_who_left(floor: Floor) -> None:
    from helpdesk.accounts.services.presence import set_presence

    floor.queue(is_direct=True)
    for number in range(10):
        online(floor.ann, minutes=10)
        ticket = floor.arrive(f"c{number}@customer.example")
        before = timezone.now()
        raised = at_once(
            lambda: match_batch(timezone.now()), lambda: set_presence(by=actor(floor.ann), state="away") and None
        )
        assert raised == []
        ticket.refresh_from_db()
        given = Offer.objects.filter(ticket=ticket).first()
        if ticket.owner is None:
            assert given is None
        else:
            # the matcher was first: at that moment she was there
            assert given is not None
            assert given.offered_at >= before
        QueueEntry.objects.filter(ticket=ticket).delete()

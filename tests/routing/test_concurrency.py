"""Real concurrency: connections of their own, tickets that arrive all at once, matchers and people that race for them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import Presence, Staff
from helpdesk.accounts.services.staff import deactivate_staff
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Job
from tests.factories import actor, make_account, make_arrival, make_staff
from tests.routing.conftest import Floor, offered, online, profile, run
from tickets.intake.services import receive
from tickets.models import Ticket
from tickets.routing.models import Offer, OfferState, QueueEntry
from tickets.routing.selectors.floor import loads_of
from tickets.routing.services.matching import match_batch
from tickets.routing.services.offers import OfferOver, accept_offer, lapse_due, take_next
from tickets.services.assignment import assign_ticket

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = 4


def work_jobs() -> None:
    """Run what waits, as a worker would, until nothing is left."""
    while (pk := Job.objects.filter(state="ready").order_by("pk").values_list("pk", flat=True).first()) is not None:
        leasing.run(Job, pk)


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


@pytest.mark.req("C2", "skills, load, level")
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


@pytest.mark.req("C3", "shifts and re-offer")
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


def test_take_next_waits_for_a_matcher_that_looks_at_the_only_ticket(floor: Floor) -> None:
    ticket = floor.arrive()
    held = threading.Event()

    def match() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
            held.set()
            time.sleep(0.1)

    def take() -> None:
        assert held.wait(10)
        assert take_next(by=actor(floor.ann)) == ticket

    assert at_once(match, take) == []


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


@pytest.mark.req("C3", "shifts and re-offer")
def test_accepted_in_two_tabs_at_once_counts_once_and_says_so(
    floor: Floor, as_staff: Callable[[Staff], Client]
) -> None:
    floor.queue()
    online(floor.ann, minutes=10)
    for number in range(5):
        ticket = floor.arrive(f"c{number}@customer.example")
        run()
        path = f"/offers/{Offer.objects.get(ticket=ticket).pk}/accept/"
        answers: list[Any] = []

        def accept(tab: Client, path: str = path, answers: list[Any] = answers) -> None:
            answers.append(tab.post(path, headers={"HX-Request": "true"}))

        tabs = [as_staff(floor.ann) for _nth in range(3)]
        raised = at_once(*(partial(accept, tab) for tab in tabs))
        assert raised == []
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        told = {answer.json()["detail"] for answer in answers if answer.status_code == 409}
        assert told == {"You have this ticket already."}
        ticket.refresh_from_db()
        assert ticket.owner == floor.ann


@pytest.mark.req("C5", "nobody's ticket is ever without an owner or a queue")
def test_deactivated_in_the_middle_of_matching_nothing_stays_behind_and_nothing_is_lost(floor: Floor) -> None:
    admin = make_staff("admin", role="administrator")
    for is_direct in (True, False, True, False):
        floor.queue(is_direct=is_direct)
        person = make_staff(teams=(floor.team,))
        online(person, minutes=10)
        held = floor.arrive(f"held{person.pk}@customer.example")
        assign_ticket(held.pk, to=person, by=actor(floor.lena))
        waiting = [floor.arrive(f"{person.pk}-{number}@customer.example") for number in range(6)]
        raised = at_once(
            lambda: run() and None,
            lambda: match_batch(timezone.now()),
            lambda person=person: deactivate_staff(person.pk, by=actor(admin)) and None,  # type: ignore[misc]
        )
        assert raised == []
        work_jobs()
        lapse_due(timezone.now(), 50)
        run()
        assert not Ticket.objects.filter(owner=person).exists()
        assert not Offer.objects.filter(staff=person, state=OfferState.OPEN).exists()
        for ticket in (held, *waiting):
            ticket.refresh_from_db()
            assert (ticket.holder, ticket.owner) == ("queue", None)
            assert QueueEntry.objects.get(ticket=ticket).offered_until is None
        # somebody else gets them
        other = make_staff(teams=(floor.team,))
        online(other, minutes=10)
        profile(other, mails=50)
        run()
        assert Offer.objects.filter(staff=other).count() >= 7
        Presence.objects.filter(staff=other).update(state="offline")
        lapse_due(timezone.now(), 50)
        QueueEntry.objects.update(is_ready=False)

"""The matcher: who is offered what, in which order, and what happens when nobody takes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from helpdesk.accounts.models import Presence, Shift
from helpdesk.accounts.services.staff import deactivate_staff
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import ChannelKind, Event
from tests.factories import actor, make_account, make_staff
from tests.routing.conftest import Floor, knows, offered, online, profile, run
from tickets.models import Ticket
from tickets.routing.book import turn_page
from tickets.routing.models import AccountOwner, Offer, OfferState, QueueEntry, SkillNeed
from tickets.routing.selectors.floor import loads_of
from tickets.routing.services.matching import match_batch
from tickets.routing.services.offers import OfferOver, accept_offer, decline_offer, lapse_due, take_back
from tickets.services.assignment import assign_ticket
from tickets.services.sub_tickets import open_sub_ticket

pytestmark = pytest.mark.django_db


def open_offer(ticket: Ticket) -> Offer:
    return Offer.objects.get(ticket=ticket, state=OfferState.OPEN)


@pytest.mark.req("C2", "skills, load, level")
def test_nothing_changes_until_a_supervisor_turns_routing_on(floor: Floor) -> None:
    online(floor.ann)
    ticket = floor.arrive()
    assert run() == 0
    assert (offered(ticket), ticket.owner_id) == (None, None)


@pytest.mark.req("C2", "skills, load, level")
def test_who_has_the_most_room_is_asked_and_capacity_is_never_exceeded(floor: Floor) -> None:
    floor.queue()
    for person in (floor.ann, floor.bob):
        online(person)
        profile(person, mails=2)
    assign_ticket(floor.arrive("x@customer.example").pk, to=floor.ann, by=SYSTEM)
    tickets = [floor.arrive(f"c{n}@customer.example") for n in range(5)]
    run()
    asked = [offered(ticket) for ticket in tickets]
    assert asked[0] == floor.bob
    assert asked.count(floor.ann) == 1
    assert asked.count(floor.bob) == 2
    assert asked.count(None) == 2


@pytest.mark.req("C2", "skills, load, level")
def test_each_kind_of_channel_has_a_capacity_of_its_own(floor: Floor) -> None:
    floor.queue()
    online(floor.ann, chats=1, calls=0, mails=1)
    chat = make_account("chat", kind=ChannelKind.CHAT, team=floor.team)
    phone = make_account("phone", kind=ChannelKind.PHONE, team=floor.team)
    chats = [floor.arrive(f"c{n}@customer.example", account=chat) for n in range(2)]
    call, mail = floor.arrive("d@customer.example", account=phone), floor.arrive("e@customer.example")
    run()
    assert [offered(ticket) for ticket in (*chats, call, mail)] == [floor.ann, None, None, floor.ann]


@pytest.mark.req("E3", "sub-tickets")
def test_a_task_from_a_chat_is_written_work(floor: Floor) -> None:
    """Who takes no chats is offered it, it takes a mail's place, and it stays theirs for the hours that a mail does."""
    floor.queue(chat_grace_seconds=60, grace_hours=72)
    floor.queue(team=floor.other)
    chat = make_account("chat", kind=ChannelKind.CHAT, team=floor.other)
    parent = floor.arrive("c@customer.example", account=chat)
    task = open_sub_ticket(parent.pk, team=floor.team, subject="Look at the pump", by=SYSTEM)
    online(floor.ann, chats=0, calls=0, mails=1)
    run()
    assert offered(task) == floor.ann
    accept_offer(open_offer(task).pk, by=actor(floor.ann))
    assert loads_of([floor.ann.pk]) == {floor.ann.pk: {"mail": 1}}
    online(floor.ann, minutes=-1.5)
    assert take_back(timezone.now(), 50) == 0


@pytest.mark.req("C2", "skills, load, level")
def test_a_vip_jumps_the_queue_to_a_senior_agent(floor: Floor) -> None:
    floor.queue()
    floor.vip("vip@customer.example")
    plain, vip = floor.arrive("a@customer.example"), floor.arrive("vip@customer.example")
    for person, seniority in ((floor.ann, 1), (floor.bob, 3)):
        online(person, mails=1)
        profile(person, seniority=seniority)
    assign = floor.arrive("c@customer.example")
    run()
    assert (offered(vip), offered(plain), offered(assign)) == (floor.bob, floor.ann, None)
    assert {"code": "vip", "senior": True} in open_offer(vip).reasons


@pytest.mark.req("C2", "skills, load, level")
def test_only_people_with_the_skill_at_its_level_are_asked(floor: Floor) -> None:
    floor.queue()
    skill = knows(floor.ann, "Washers", 1)
    knows(floor.bob, "Washers", 3)
    SkillNeed.objects.create(skill=skill, level=2, team=floor.team, kind="repair")
    turn_page()
    for person in (floor.ann, floor.bob):
        online(person, mails=1)
    first, second = (floor.arrive(f"{n}@customer.example", kind="repair") for n in range(2))
    run()
    assert [offered(first), offered(second)] == [floor.bob, None]
    assert {"code": "skills", "skills": {str(skill.pk): 3}} in open_offer(first).reasons


def test_the_account_owner_comes_before_the_last_agent_and_both_before_the_least_loaded(floor: Floor) -> None:
    floor.queue()
    cleo = make_staff("cleo", teams=(floor.team,))
    before = floor.arrive()
    assign_ticket(before.pk, to=floor.bob, by=SYSTEM)
    for person in (floor.ann, floor.bob, cleo):
        online(person)
    known = floor.arrive(subject="Again")
    run()
    assert offered(known) == floor.bob
    AccountOwner.objects.create(customer_id=before.customer_id, staff=cleo)
    again = floor.arrive(subject="And again")
    run()
    assert offered(again) == cleo
    assert open_offer(again).reasons[0] == {"code": "account_owner"}


@pytest.mark.req("C2", "skills, load, level")
def test_in_turn_means_whoever_waited_longest(floor: Floor) -> None:
    floor.queue("round_robin")
    for person in (floor.ann, floor.bob):
        online(person)
    asked = []
    for number in range(4):
        ticket = floor.arrive(f"{number}@customer.example")
        run()
        asked.append(offered(ticket))
    assert asked in ([floor.ann, floor.bob] * 2, [floor.bob, floor.ann] * 2)


@pytest.mark.req("C3", "shifts and re-offer")
def test_an_offer_not_taken_in_time_goes_to_the_next_and_not_back_at_once(floor: Floor) -> None:
    floor.queue(offer_seconds=60)
    for person in (floor.ann, floor.bob):
        online(person, minutes=30)
    ticket = floor.arrive()
    run()
    first = offered(ticket)
    at = timezone.now()
    assert lapse_due(at + timedelta(seconds=59), 50) == 0
    with clock.at(at + timedelta(seconds=61)):
        assert lapse_due(clock.now(), 50) == 1
        match_batch(clock.now())
        second = offered(ticket)
    assert {first, second} == {floor.ann, floor.bob}
    with clock.at(at + timedelta(seconds=123)):
        lapse_due(clock.now(), 50)
        match_batch(clock.now())
        assert offered(ticket) is None  # nobody is left: it waits
        assert QueueEntry.objects.get(ticket=ticket).offered_until is None
    names = list(
        Event.objects.filter(ticket_id=ticket.pk, name__startswith="ticket.offer")
        .order_by("pk")
        .values_list("name", flat=True)
    )
    assert names == ["ticket.offered", "ticket.offer_lapsed"] * 2
    with clock.at(at + timedelta(seconds=500)):
        match_batch(clock.now())
        assert offered(ticket) == first  # after a while everybody is asked anew


def test_declining_asks_the_next_one_at_once(floor: Floor) -> None:
    floor.queue()
    for person in (floor.ann, floor.bob):
        online(person)
    ticket = floor.arrive()
    run()
    first = offered(ticket)
    assert first is not None
    decline_offer(open_offer(ticket).pk, by=actor(first))
    run()
    assert offered(ticket) not in {None, first}


def test_accepting_makes_the_person_the_owner_and_says_why(floor: Floor) -> None:
    floor.queue()
    online(floor.ann)
    ticket = floor.arrive()
    run()
    offer = open_offer(ticket)
    accept_offer(offer.pk, by=actor(floor.ann))
    ticket.refresh_from_db()
    assert (ticket.owner, ticket.holder, ticket.status_category) == (floor.ann, "agent", "open")
    assert not QueueEntry.objects.filter(ticket=ticket).exists()
    event = Event.objects.get(ticket_id=ticket.pk, name="ticket.assigned")
    assert (event.actor_id, event.data["by"], "load" in event.data["why"]) == (floor.ann.pk, "matcher", True)
    with pytest.raises(OfferOver) as refusal:
        accept_offer(offer.pk, by=actor(floor.ann))
    assert "already" in str(refusal.value)


def test_an_offer_ends_when_somebody_takes_the_ticket_by_hand(floor: Floor) -> None:
    floor.queue()
    online(floor.ann)
    ticket = floor.arrive()
    run()
    offer = open_offer(ticket)
    assign_ticket(ticket.pk, to=floor.bob, by=actor(floor.bob))
    offer.refresh_from_db()
    assert (offer.state, offer.ended_why) == ("withdrawn", "taken")
    with pytest.raises(OfferOver) as refusal:
        accept_offer(offer.pk, by=actor(floor.ann))
    assert "Bob took this ticket" in str(refusal.value)


def test_a_direct_queue_hands_over_at_once(floor: Floor) -> None:
    floor.queue(is_direct=True)
    online(floor.ann, mails=1)
    first, second = floor.arrive(), floor.arrive("b@customer.example")
    run()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.owner, first.holder, second.owner) == (floor.ann, "agent", None)
    assert first.row_version == 2
    event = Event.objects.get(ticket_id=first.pk, name="ticket.assigned")
    assert (event.data["by"], event.actor_kind) == ("matcher", "system")
    assert Offer.objects.get(ticket=first).state == OfferState.GIVEN
    assert not QueueEntry.objects.filter(ticket=first).exists()


@pytest.mark.req("C3", "presence")
@pytest.mark.parametrize("gone", ["away", "offline", "busy", "unconnected", "inactive"])
def test_nothing_is_given_to_somebody_gone_and_their_offers_lapse_at_once(floor: Floor, gone: str) -> None:
    floor.queue()
    online(floor.ann)
    ticket = floor.arrive()
    run()
    assert offered(ticket) == floor.ann
    if gone == "inactive":
        make_staff("boss", role="administrator")
        deactivate_staff(floor.ann.pk, by=SYSTEM)
    elif gone == "unconnected":
        Presence.objects.filter(staff=floor.ann).update(connected_until=timezone.now() - timedelta(seconds=1))
    else:
        online(floor.ann, state=gone)
    assert lapse_due(timezone.now(), 50) == 1
    assert Offer.objects.get(ticket=ticket).ended_why == "gone"
    assert run() == 0
    online(floor.bob)
    run()
    assert offered(ticket) == floor.bob


@pytest.mark.req("C3", "shifts and re-offer")
def test_who_is_off_shift_gets_nothing_unless_they_say_they_work(floor: Floor) -> None:
    floor.queue()
    online(floor.ann)
    today = timezone.localdate()
    Shift.objects.create(staff=floor.ann, on=today, kind="off")
    Shift.objects.create(staff=floor.ann, on=today - timedelta(days=1), kind="off")
    Shift.objects.create(staff=floor.ann, on=today + timedelta(days=1), kind="off")
    ticket = floor.arrive()
    assert run() == 0
    online(floor.ann, is_overtime=True)
    run()
    assert offered(ticket) == floor.ann


@pytest.mark.req("C3", "presence")
def test_live_chats_of_somebody_gone_go_back_soon_and_mails_after_the_grace(floor: Floor) -> None:
    floor.queue(chat_grace_seconds=60, grace_hours=72)
    chat = make_account("chat", kind=ChannelKind.CHAT, team=floor.team)
    talk, mail = floor.arrive("c@customer.example", account=chat), floor.arrive("m@customer.example")
    for ticket in (talk, mail):
        assign_ticket(ticket.pk, to=floor.ann, by=SYSTEM)
    online(floor.ann, minutes=-0.5)
    assert take_back(timezone.now(), 50) == 0
    online(floor.ann, minutes=-1.5)
    assert take_back(timezone.now(), 50) == 1
    talk.refresh_from_db()
    mail.refresh_from_db()
    assert (talk.owner, talk.holder, mail.owner) == (None, "queue", floor.ann)
    online(floor.ann, minutes=-73 * 60)
    assert take_back(timezone.now(), 50) == 1


def test_an_offer_dies_with_the_move_to_another_team(floor: Floor) -> None:
    from tickets.services.assignment import transfer_ticket

    floor.queue()
    online(floor.ann)
    ticket = floor.arrive()
    run()
    transfer_ticket(ticket.pk, team=floor.other, by=SYSTEM)
    assert Offer.objects.get(ticket=ticket).ended_why == "moved"
    entry = QueueEntry.objects.get(ticket=ticket)
    assert (entry.team, entry.offered_until) == (floor.other, None)

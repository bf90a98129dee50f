"""The agent's desk: presence, offers, the next ticket, why me; and the queues for those who watch over them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.accounts.models import Membership, Presence, Staff
from helpdesk.core.models import Event
from tests.factories import make_staff
from tests.routing.conftest import Floor, knows, offered, online, profile, run
from tickets.models import Ticket
from tickets.routing.book import turn_page
from tickets.routing.models import Offer, OfferState, SkillNeed

pytestmark = pytest.mark.django_db

AsStaff = Callable[[Staff], Client]
HTMX: dict[str, Any] = {"headers": {"HX-Request": "true"}}


def queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as found:
        call()
    return len(found)


@pytest.mark.req("C3", "presence")
def test_an_agent_goes_online_with_capacities_within_what_the_lead_allows(floor: Floor, as_staff: AsStaff) -> None:
    profile(floor.ann, mails=7)
    browser = as_staff(floor.ann)
    answer = browser.post("/presence/", {"state": "online", "chats": "3", "calls": "1", "mails": "50"}, **HTMX)
    assert "3 chats · 1 call · 7 mails" in answer.content.decode()
    row = Presence.objects.get(staff=floor.ann)
    assert (row.state, row.chats, row.mails) == ("online", 3, 50)
    assert Event.objects.get(name="presence.changed").data["state"] == ["offline", "online"]
    browser.post("/presence/", {"state": "online"}, **HTMX)
    assert Event.objects.filter(name="presence.changed").count() == 1


@pytest.mark.req("C2", "skills, load, level")
def test_whoever_takes_as_much_as_is_allowed_takes_more_when_more_is_allowed(floor: Floor, as_staff: AsStaff) -> None:
    profile(floor.ann, mails=7)
    browser = as_staff(floor.ann)
    everything = {"state": "online", "chats": "5", "calls": "0", "mails": "7", "is_overtime": ["no", "yes"]}
    browser.post("/presence/", everything, **HTMX)
    profile(floor.ann, mails=20)
    page = browser.get("/presence/", **HTMX).content.decode()
    assert "20 mails" in page
    assert Presence.objects.get(staff=floor.ann).mails is None
    assert "Without it, nothing new comes to you while you are off shift." in page


@pytest.mark.parametrize("data", [{"state": "asleep"}, {"state": "online", "mails": "many"}, {"chats": "-1"}])
def test_nonsense_in_the_presence_menu_is_refused_in_words(
    floor: Floor, as_staff: AsStaff, data: dict[str, str]
) -> None:
    answer = as_staff(floor.ann).post("/presence/", data, **HTMX)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not Presence.objects.filter(staff=floor.ann, state="asleep").exists()


@pytest.mark.req("C3", "shifts and re-offer")
def test_what_the_senior_colleague_declined_says_so_truly_to_the_next(floor: Floor, as_staff: AsStaff) -> None:
    floor.queue()
    floor.vip("vip@customer.example")
    for person, seniority in ((floor.ann, 1), (floor.bob, 3)):
        online(person)
        profile(person, seniority=seniority)
    ticket = floor.arrive("vip@customer.example")
    run()
    offer = Offer.objects.get(ticket=ticket)
    as_staff(floor.bob).post(f"/offers/{offer.pk}/decline/", **HTMX)
    run()
    assert "no senior colleague could take it" in as_staff(floor.ann).get("/offers/", **HTMX).content.decode()


@pytest.mark.req("C2", "skills, load, level")
def test_every_offer_is_shown_however_much_room_there_is(floor: Floor, as_staff: AsStaff) -> None:
    floor.queue()
    profile(floor.ann, mails=14)
    online(floor.ann)
    turn_page()
    for nth in range(12):
        floor.arrive(subject=f"Matter number {nth}.")
    run()
    page = as_staff(floor.ann).get("/offers/", **HTMX).content.decode()
    assert all(f"Matter number {nth}." in page for nth in range(12))
    assert "11 more for you" in page


@pytest.mark.req("C2", "skills, load, level")
def test_an_offer_shows_why_me_and_is_accepted_in_the_browser(floor: Floor, as_staff: AsStaff) -> None:
    floor.queue()
    online(floor.ann)
    skill = knows(floor.ann, "Washers", 3)
    SkillNeed.objects.create(skill=skill, level=1, kind="repair")
    turn_page()
    ticket = floor.arrive(kind="repair", subject="Drum is stuck")
    run()
    browser = as_staff(floor.ann)
    page = browser.get("/offers/", **HTMX).content.decode()
    assert "Drum is stuck" in page
    assert "Has the skill: Washers (expert)" in page
    assert "Room: 0 of 10 mails" in page
    assert "Drum is stuck" not in as_staff(floor.bob).get("/offers/", **HTMX).content.decode()
    offer = Offer.objects.get(ticket=ticket)
    assert as_staff(floor.bob).post(f"/offers/{offer.pk}/accept/", **HTMX).status_code == 404
    answer = browser.post(f"/offers/{offer.pk}/accept/", **HTMX)
    assert "ticket:taken" in answer["HX-Trigger"]
    ticket.refresh_from_db()
    assert ticket.owner == floor.ann
    again = browser.post(f"/offers/{offer.pk}/accept/", **HTMX)
    assert again.status_code == 409
    assert again.json()["detail"] == "You have this ticket already."
    panel = browser.get(f"/tickets/{ticket.number}/context/").content.decode()
    assert "Why me" in panel
    assert "Washers" in panel
    history = browser.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "Offered to Ann" in history


def test_declining_in_the_browser_passes_it_on(floor: Floor, as_staff: AsStaff) -> None:
    floor.queue()
    for person in (floor.ann, floor.bob):
        online(person)
    ticket = floor.arrive()
    run()
    first = offered(ticket)
    assert first is not None
    offer = Offer.objects.get(ticket=ticket)
    answer = as_staff(first).post(f"/offers/{offer.pk}/decline/", **HTMX)
    assert answer.status_code == 200
    run()
    assert offered(ticket) not in {first, None}


def test_take_next_gives_the_best_ticket_that_fits(floor: Floor, as_staff: AsStaff) -> None:
    floor.vip("vip@customer.example")
    skill = knows(floor.bob, "Washers")
    SkillNeed.objects.create(skill=skill, kind="repair")
    turn_page()
    floor.arrive("r@customer.example", kind="repair")
    plain, vip = floor.arrive("a@customer.example"), floor.arrive("vip@customer.example")
    browser = as_staff(floor.ann)
    assert browser.post("/queues/next/").headers["Location"] == f"/tickets/{vip.number}/"
    assert (
        browser.post("/queues/next/", {"team": str(floor.team.pk)}).headers["Location"] == f"/tickets/{plain.number}/"
    )
    answer = browser.post("/queues/next/", **HTMX)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_take")
    assert Offer.objects.get(ticket=vip).state == OfferState.PULLED
    event = Event.objects.get(ticket_id=vip.pk, name="ticket.assigned")
    assert event.actor_id == floor.ann.pk
    profile(floor.bob, mails=0)
    answer = as_staff(floor.bob).post("/queues/next/", **HTMX)
    assert (answer.status_code, answer.json()["code"]) == (409, "at_capacity")


def test_a_waiting_ticket_says_why_it_waits(floor: Floor, as_staff: AsStaff) -> None:
    floor.queue()
    ticket = floor.arrive()
    browser = as_staff(floor.lena)
    assert "Nobody of the team is here." in browser.get(f"/tickets/{ticket.number}/routing/").content.decode()
    online(floor.ann, mails=0)
    online(floor.bob, state="away")
    page = browser.get(f"/queues/{floor.team.slug}/").content.decode()
    assert "1 has no room · 1 away" in page
    Ticket.objects.filter(pk=ticket.pk).update(holder="agent", owner=floor.ann)
    assert browser.get(f"/tickets/{ticket.number}/routing/").status_code == 404


@pytest.mark.req("C3", "presence")
def test_a_queue_shows_nobody_as_online_whose_connection_is_gone(floor: Floor, as_staff: AsStaff) -> None:
    online(floor.ann)
    online(floor.bob)
    Presence.objects.filter(staff=floor.bob).update(connected_until=timezone.now() - timedelta(minutes=5))
    page = as_staff(floor.lena).get(f"/queues/{floor.team.slug}/").content.decode()
    people = page.split('class="queue-people"')[1].split("</aside>")[0]
    assert people.count('data-presence="online"') == 1


def test_leads_see_the_queues_of_their_teams_and_supervisors_all(floor: Floor, as_staff: AsStaff) -> None:
    floor.arrive()
    page = as_staff(floor.lena).get("/queues/").content.decode()
    assert floor.team.name in page
    assert floor.other.name not in page
    assert as_staff(floor.lena).get(f"/queues/{floor.other.slug}/").status_code == 404
    assert floor.other.name in as_staff(floor.sue).get("/queues/").content.decode()


def test_queue_pages_cost_the_same_however_long_they_are(floor: Floor, as_staff: AsStaff) -> None:
    floor.queue()
    browser = as_staff(floor.sue)
    paths = ("/queues/", f"/queues/{floor.team.slug}/", "/offers/", "/presence/")
    floor.arrive()
    run()
    for path in paths:
        browser.get(path)
    before = [queries(lambda path=path: browser.get(path)) for path in paths]
    for number in range(60):
        floor.arrive(f"c{number}@customer.example")
    for number in range(5):
        online(make_staff(f"agent{number}", teams=(floor.team,)))
    run()
    after = [queries(lambda path=path: browser.get(path)) for path in paths]
    assert after == before
    assert max(after) <= 14
    first = browser.get(f"/queues/{floor.team.slug}/").content.decode()
    assert "Further places" in first


def test_the_pages_of_a_queue_follow_each_other_by_rank(floor: Floor, as_staff: AsStaff) -> None:
    import re

    for number in range(53):
        floor.arrive(f"c{number}@customer.example")
    browser = as_staff(floor.sue)
    first = browser.get(f"/queues/{floor.team.slug}/").content.decode()
    link = re.search(r'href="(\?after=[^"]+)"', first)
    assert link is not None
    second = browser.get(f"/queues/{floor.team.slug}/{link[1]}").content.decode()
    numbers = re.findall(r'href="/tickets/(HD-\d+)/" lang', first + second)
    assert len(numbers) == len(set(numbers)) == 53
    for nonsense in ("x", "1|2|3", "1|2|3|4|5|6", "a|b|c|d|e|f", "1|2|3|infinity|2026-01-01|" + "9" * 30):
        assert browser.get(f"/queues/{floor.team.slug}/", {"after": nonsense}).status_code == 200


def test_who_has_left_the_team_is_shown_no_offer_of_it_any_more(floor: Floor, as_staff: AsStaff) -> None:
    floor.queue()
    online(floor.ann)
    floor.arrive(subject="Confidential matter")
    run()
    offer = Offer.objects.get()
    browser = as_staff(floor.ann)
    assert "Confidential" in browser.get("/offers/", **HTMX).content.decode()
    Membership.objects.filter(staff=floor.ann).delete()
    assert "Confidential" not in browser.get("/offers/", **HTMX).content.decode()
    assert browser.post(f"/offers/{offer.pk}/accept/", **HTMX).status_code == 404


@pytest.mark.req("C2", "skills, load, level")
def test_a_supervisor_gives_somebody_more_than_they_take_only_knowingly_and_it_stays_on_record(
    floor: Floor, as_staff: AsStaff
) -> None:
    profile(floor.ann, mails=1)
    first, second = floor.arrive("a@customer.example"), floor.arrive("b@customer.example")
    browser = as_staff(floor.sue)
    choice = {"field": "owner", "value": str(floor.ann.pk)}
    assert browser.post(f"/tickets/{first.number}/edit/", choice, **HTMX).status_code == 200
    assert "1 of 1 mails" in browser.get(f"/tickets/{second.number}/menu/owner/", **HTMX).content.decode()
    asked = browser.post(f"/tickets/{second.number}/edit/", choice, **HTMX)
    assert asked.status_code == 409
    assert "already has 1 of 1 mails" in asked.content.decode()
    assert "Assign all the same" in asked.content.decode()
    second.refresh_from_db()
    assert second.owner is None, "nothing happens before the answer"
    plain = browser.post(f"/tickets/{second.number}/edit/", choice)
    assert plain.status_code == 409
    assert (
        browser.post(f"/tickets/{second.number}/edit/", {**choice, "confirmed": "over_capacity"}, **HTMX).status_code
        == 200
    )
    second.refresh_from_db()
    assert second.owner == floor.ann
    said = Event.objects.filter(name="ticket.assigned").order_by("pk")
    assert [event.data.get("beyond") for event in said] == [None, ["mail", 1, 1]]
    page = browser.get(f"/tickets/{second.number}/history/", **HTMX).content.decode()
    assert "beyond what they take" in page


@pytest.mark.req("C2", "skills, load, level")
def test_whoever_takes_a_ticket_themselves_is_not_asked_but_it_is_on_record(floor: Floor, as_staff: AsStaff) -> None:
    profile(floor.ann, mails=0)
    ticket = floor.arrive()
    answer = as_staff(floor.ann).post(f"/tickets/{ticket.number}/edit/", {"field": "owner", "value": "me"}, **HTMX)
    assert answer.status_code == 200
    assert Event.objects.get(name="ticket.assigned").data["beyond"] == ["mail", 0, 0]

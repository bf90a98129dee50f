"""Presence, offers, queues and the grade rule for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.accounts.models import Presence, Team
from helpdesk.accounts.permissions import Role
from helpdesk.core.models import Event
from tests.api.conftest import Caller
from tests.factories import make_staff, make_ticket
from tickets.models import Ticket
from tickets.routing.models import GradeRule, Offer, QueueSettings
from tickets.routing.services.matching import match_batch

pytestmark = pytest.mark.django_db


def here(caller: Caller, **fields: Any) -> None:
    until = timezone.now() + timedelta(minutes=1)
    Presence.objects.update_or_create(
        staff=caller.staff,
        defaults={"state": "online", "connected_until": until, "changed_at": timezone.now(), **fields},
    )


@pytest.mark.req("C3", "presence")
@pytest.mark.req("K3", "REST API")
def test_a_program_says_whether_its_owner_is_there_and_how_much_they_take(agent: Caller) -> None:
    assert agent.get("presence/").json()["state"] == "offline"
    answer = agent.call("PUT", "presence/", {"state": "online", "chats": 2, "mails": 50, "is_overtime": True})
    assert answer.status_code == 200, answer.content
    assert answer.json()["is_overtime"] is True
    assert answer.json()["capacities"]["chats"] == {"allowed": 5, "takes": 2, "used": 0}
    assert answer.json()["capacities"]["mails"]["takes"] == 10
    event = Event.objects.get(name="presence.changed")
    assert event.actor_kind == "api_key"
    agent.call("PUT", "presence/", {"state": "busy"})
    assert Presence.objects.get(staff=agent.staff).chats == 2
    agent.call("PUT", "presence/", {"state": "busy", "chats": None})
    assert Presence.objects.get(staff=agent.staff).chats is None


@pytest.mark.parametrize(
    "body", [{}, {"state": "asleep"}, {"state": "online", "chats": -1}, {"state": "online", "mails": "many"},
             {"state": "online", "calls": 10**12}, []]
)  # fmt: skip
def test_nonsense_about_presence_is_refused(agent: Caller, body: Any) -> None:
    answer = agent.call("PUT", "presence/", body)
    assert answer.status_code == 400
    assert not Presence.objects.filter(staff=agent.staff).exclude(state="offline").exists()


def test_who_answers_nobody_or_only_reads_sets_no_presence(as_caller: Any, agent: Caller, team: Team) -> None:
    engineer = as_caller(make_staff("eve", role=Role.ENGINEER, teams=(team,)))
    assert engineer.call("PUT", "presence/", {"state": "online"}).status_code == 403
    reader = as_caller(agent.staff, "tickets:read")
    assert reader.call("PUT", "presence/", {"state": "online"}).status_code == 403
    assert not Presence.objects.exists()


@pytest.mark.req("C3", "shifts and re-offer")
@pytest.mark.req("K3", "REST API")
def test_an_offer_is_seen_declined_and_taken_by_programs(agent: Caller, as_caller: Any, team: Team) -> None:
    QueueSettings.objects.create(team=team, strategy="least_loaded")
    tom: Caller = as_caller(make_staff("tom", teams=(team,)))
    ticket = make_ticket(team)
    here(agent)
    match_batch(timezone.now())
    (offer,) = agent.get("offers/").json()["results"]
    assert offer["ticket"] == ticket.number
    assert any("0 of 10 mails" in words for words in offer["why"])
    assert tom.get("offers/").json()["results"] == []
    for verb in ("accept", "decline"):
        assert tom.post(f"offers/{offer['id']}/{verb}/").status_code == 404
    assert agent.post(f"offers/{offer['id']}/decline/").json() == {"ticket": ticket.number}
    assert agent.post(f"offers/{offer['id']}/accept/").json()["code"] == "offer_over"
    here(tom)
    match_batch(timezone.now())
    (offer,) = tom.get("offers/").json()["results"]
    answer = tom.post(f"offers/{offer['id']}/accept/")
    assert (answer.status_code, answer.json()) == (200, {"ticket": ticket.number})
    assert Ticket.objects.get(pk=ticket.pk).owner == tom.staff
    assert tom.post(f"offers/{offer['id']}/accept/").status_code == 409
    assert tom.post(f"offers/{2**70}/accept/").status_code == 404
    assert Offer.objects.count() == 2


@pytest.mark.req("K3", "REST API")
def test_queues_say_what_waits_and_who_could_take_it(
    agent: Caller, outsider: Caller, supervisor: Caller, team: Team
) -> None:
    QueueSettings.objects.create(team=team, strategy="round_robin")
    make_ticket(team)
    here(agent)
    (queue,) = agent.get("queues/").json()["results"]
    assert (queue["slug"], queue["strategy"], queue["waiting"]) == ("support", "round_robin", 1)
    assert (queue["people_able_to_take"], queue["people"], queue["room"]) == (1, 1, 16)
    assert queue["longest_wait_since"].endswith("Z")
    assert [one["slug"] for one in outsider.get("queues/").json()["results"]] == ["repairs"]
    assert len(supervisor.get("queues/").json()["results"]) == 2
    with CaptureQueriesContext(connection) as few:
        supervisor.get("queues/")
    for nth in range(5):
        QueueSettings.objects.create(team=Team.objects.create(slug=f"t{nth}", name=f"T{nth}"))
        make_ticket(team, external_id=f"x{nth}", rfc_message_id=f"x{nth}@y")
    with CaptureQueriesContext(connection) as many:
        supervisor.get("queues/")
    assert len(many) == len(few) <= 12


@pytest.mark.req("C1", "rule editable")
def test_the_grade_rule_is_read_as_it_stands(agent: Caller) -> None:
    shipped = agent.get("grade-rule/").json()
    assert (shipped["version"], shipped["urgency"]["account"], shipped["complex_from"]) == (0, 3, 6)
    GradeRule.objects.create(version=3, urgency={"repair": 3}, complexity={}, value={}, complex_from=4)
    now = agent.get("grade-rule/").json()
    assert (now["version"], now["urgency"]["repair"], now["complex_from"]) == (3, 3, 4)

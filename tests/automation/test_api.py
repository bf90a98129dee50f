"""Sub-tickets and consultations over the API."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.core.actors import SYSTEM
from tests.api.conftest import Caller, key_of
from tests.automation.conftest import House
from tests.factories import make_account
from tickets.automation.models import SubTicketSetting
from tickets.models import Consultation, Ticket

pytestmark = pytest.mark.django_db


def caller(staff: Any) -> Caller:
    return Caller(key_of(staff), staff)


@pytest.mark.req("E3", "sub-tickets")
@pytest.mark.req("K3", "REST API")
def test_a_sub_ticket_is_opened_worked_and_read(house: House) -> None:
    agent, clerk = caller(house.agent), caller(house.clerk)
    base = f"tickets/{house.ticket.number}/"
    made = agent.post(f"{base}sub-tickets/", {"team": "logistics", "subject": "Find it", "text": "Lost"})
    assert made.status_code == 201, made.content
    sub = made.json()
    assert (sub["parent"], sub["team"]["slug"], sub["status"]) == (house.ticket.number, "logistics", "new")
    assert [row["number"] for row in agent.get(f"{base}sub-tickets/").json()["results"]] == [sub["number"]]
    path = f"tickets/{sub['number']}/"
    assert clerk.post(f"{path}assign/", {"owner": "clerk"}).status_code == 200
    assert clerk.post(f"{path}messages/", {"text": "Found", "visibility": "internal"}).status_code == 201
    assert clerk.post(f"{path}messages/", {"text": "Dear customer"}).status_code in {403, 409}
    refused = agent.post(f"{path}messages/", {"text": "Dear customer"})
    assert (refused.status_code, refused.json()["code"]) == (409, "sub_ticket_silent")
    assert clerk.post(f"{path}status/", {"status": "solved", "solution": "Depot 4"}).json()["status"] == "solved"
    assert clerk.get(base).status_code == 404


def test_solving_over_the_api_says_why_not_and_may_insist(house: House) -> None:
    agent, base = caller(house.agent), f"tickets/{house.ticket.number}/"
    sub = agent.post(f"{base}sub-tickets/", {"team": "logistics", "subject": "Find it"}).json()
    refused = agent.post(f"{base}status/", {"status": "solved"})
    assert (refused.status_code, refused.json()["code"]) == (409, "open_sub_tickets")
    assert refused.json()["sub_tickets"] == [sub["number"]]
    SubTicketSetting.objects.create(when_solving="refuse")
    insisting = {"status": "solved", "confirmed": ["open_sub_tickets"]}
    assert agent.post(f"{base}status/", insisting).status_code == 409
    SubTicketSetting.objects.update(when_solving="ask")
    assert agent.post(f"{base}status/", insisting).status_code == 200
    assert agent.post(f"{base}sub-tickets/", {"team": "logistics", "subject": "More"}).status_code == 409
    assert agent.post(f"{base}sub-tickets/", {"team": "nobody", "subject": "More"}).status_code == 400


@pytest.mark.req("C4", "consultation")
def test_a_consultation_from_question_to_conclusion(house: House) -> None:
    agent, expert = caller(house.agent), caller(house.payer)
    base = f"tickets/{house.ticket.number}/consultations/"
    made = agent.post(base, {"question": "Covered?", "staff": ["payer"], "teams": ["logistics"]})
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert {one["username"]: one["team"] for one in made.json()["invited"]} == {"payer": None, "clerk": "logistics"}
    assert expert.post(f"{base}{pk}/notes/", {"text": "Yes"}).status_code == 200
    assert expert.post(f"{base}{pk}/conclude/", {"conclusion": "x"}).status_code == 403
    done = agent.post(f"{base}{pk}/conclude/", {"conclusion": "Covered"}).json()
    assert (done["state"], done["conclusion"], done["ended_by"]["username"]) == ("concluded", "Covered", "agent")
    assert expert.get(base).status_code == 404
    assert agent.post(f"{base}{pk}/notes/", {"text": "late"}).status_code == 409
    assert agent.post(f"{base}{pk}/withdraw/").status_code == 409
    assert agent.post(base, {"question": "?", "staff": ["nobody"]}).status_code == 400
    assert agent.post(base, {"question": "?", "teams": ["nowhere"]}).status_code == 400
    assert agent.post(f"{base}{2**70}/withdraw/").status_code == 404
    assert Consultation.objects.count() == 1


def test_a_message_from_outside_never_lands_on_a_sub_ticket(house: House) -> None:
    from tickets.services.sub_tickets import open_sub_ticket

    make_account("api", kind="api", team=house.support)
    sub = open_sub_ticket(house.ticket.pk, team=house.logistics, subject="Find it", by=SYSTEM)
    answer = caller(house.supervisor).post(f"tickets/{sub.number}/messages/", {"text": "x", "direction": "in"})
    assert answer.status_code < 500
    assert Ticket.objects.get(pk=sub.pk).messages.count() == 0

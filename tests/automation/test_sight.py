"""What those see who are asked, were asked, or have asked: this one ticket, while they may."""

from __future__ import annotations

import pytest

from helpdesk.accounts.models import Membership
from helpdesk.core.actors import SYSTEM
from tests.automation.conftest import House, SignIn
from tests.factories import actor
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.consulting import conclude_consultation, open_consultation

pytestmark = pytest.mark.django_db


def pages(house: House) -> list[str]:
    base = f"/tickets/{house.ticket.number}/"
    return [base, f"{base}thread/", f"{base}context/", f"{base}history/", f"{base}print/"]


@pytest.mark.req("C4", "consultation")
def test_an_expert_sees_the_ticket_while_they_are_asked_and_nothing_of_it_afterwards(
    house: House, as_staff: SignIn
) -> None:
    expert = as_staff(house.payer)
    assert {expert.get(path).status_code for path in pages(house)} == {404}
    row = open_consultation(house.ticket.pk, question="Who pays?", by=actor(house.agent), staff=[house.payer.pk])
    assert {expert.get(path).status_code for path in pages(house)} == {200}
    assert house.ticket.subject in expert.get("/consultations/").content.decode()
    # nobody who was let in lets in others, and an expert is no agent
    for path, data in (
        ("consultations/", {"question": "You too", "staff": [house.clerk.pk]}),
        (f"consultations/{row.pk}/invite/", {"staff": [house.clerk.pk]}),
        (f"consultations/{row.pk}/conclude/", {"conclusion": "mine"}),
        ("edit/", {"field": "priority", "value": "urgent"}),
        ("sub-tickets/", {"team": house.finance.pk, "subject": "x"}),
        ("facts/ask/", {}),
    ):
        assert expert.post(f"/tickets/{house.ticket.number}/{path}", data).status_code == 403, path
    expert.post(f"/tickets/{house.ticket.number}/watch/", {"staff": house.payer.pk})
    conclude_consultation(row.pk, conclusion="We pay.", by=actor(house.agent))
    assert {expert.get(path).status_code for path in pages(house)} == {404}
    for path in ("/consultations/", "/notifications/", "/tickets/?view=watching", f"/palette/?q={house.ticket.number}"):
        assert house.ticket.subject not in expert.get(path).content.decode(), path
    answer = expert.post(f"/tickets/{house.ticket.number}/consultations/{row.pk}/notes/", {"text": "still here"})
    assert answer.status_code == 404


def test_a_list_of_consultations_names_no_ticket_that_its_reader_has_lost(house: House, as_staff: SignIn) -> None:
    row = open_consultation(house.ticket.pk, question="What about it?", by=actor(house.agent), staff=[house.mate.pk])
    Ticket.objects.filter(pk=house.ticket.pk).update(subject="Confidential matter")
    asked, asker = as_staff(house.mate), as_staff(house.agent)
    assert "Confidential" in asked.get("/consultations/").content.decode()
    assert "Confidential" in asker.get("/consultations/").content.decode()
    transfer_ticket(house.ticket.pk, team=house.logistics, by=SYSTEM)
    assign_ticket(house.ticket.pk, to=None, by=SYSTEM)
    # who was asked sees it to the consultation's end, wherever the ticket goes; who asked does not
    assert asked.get(f"/tickets/{house.ticket.number}/").status_code == 200
    assert "Confidential" not in asker.get("/consultations/").content.decode()
    conclude_consultation(row.pk, conclusion="Nothing.", by=SYSTEM)
    assert asked.get(f"/tickets/{house.ticket.number}/").status_code == 404
    assert "Confidential" not in asked.get("/consultations/").content.decode()


def test_who_has_left_a_team_sees_none_of_its_sub_tickets_and_breaches(house: House, as_staff: SignIn) -> None:
    lead = as_staff(house.lead)
    assert lead.get(f"/tickets/{house.ticket.number}/").status_code == 200
    Membership.objects.filter(staff=house.lead).delete()
    assert lead.get(f"/tickets/{house.ticket.number}/").status_code == 404
    assert house.ticket.number not in lead.get("/breaches/").content.decode()

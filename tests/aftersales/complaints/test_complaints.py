"""A complaint is led through its seven steps by one named person, and closes on the customer's yes or a recorded exception."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.claims.errors import MoveRefused
from aftersales.claims.models import Claim, ClaimMove
from aftersales.claims.services.moving import move_claim
from aftersales.claims.services.opening import ClaimDraft, open_claim
from aftersales.claims.services.record import change_record
from aftersales.complaints.errors import ComplaintOpen, LedByAnother
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM, Actor
from tests.aftersales.complaints.conftest import Matter
from tests.factories import actor, make_ticket
from tickets.models import Message, StatusCategory, Ticket
from tickets.services.merging import merge_tickets
from tickets.services.status import set_status

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]

STEPS = [
    ("confirm_matter", {"words": "We take this up at once."}, "confirmed"),
    ("analyse", {"cause": "late_answer", "note": "The queue had no owner."}, "analysed"),
    ("plan", {"plan": "Name an owner. Hana, by Friday."}, "planned"),
    ("act", {"note": "Owner named."}, "acted"),
    ("feed_back", {"words": "From now on one person answers you."}, "fed_back"),
]


def post_move(browser: Client, claim: Claim, name: str, **values: str) -> str:
    claim.refresh_from_db()
    answer = browser.post(f"/claims/{claim.number}/moves/{name}/", {"row_version": claim.row_version, **values})
    claim.refresh_from_db()
    return answer.content.decode() if answer.status_code != 302 else ""


@pytest.mark.req("F10", "seven steps")
@pytest.mark.req("F10", "one named handler")
@pytest.mark.req("F10", "cause from a list")
def test_a_complaint_goes_through_its_seven_steps_in_the_pages(matter: Matter, browser: Browser) -> None:
    claim, desk = matter.claim, browser(matter.handler)
    refused = post_move(desk, claim, "confirm_matter", words="We take this up.")
    assert "Name the person who leads this complaint first." in refused
    assert claim.state == "submitted"
    desk.post(f"/claims/{claim.number}/record/", {"handler": matter.handler.pk, "row_version": claim.row_version})
    for name, values, state in STEPS:
        assert post_move(desk, claim, name, **values) == ""
        assert claim.state == state
    assert Message.objects.filter(ticket=claim.ticket, text__contains="From now on one person answers you.").exists()
    # the customer says yes
    move_claim(claim.pk, "follow_up", by=Actor.of_customer(claim.customer), arguments={"agreement": "yes"})
    assert post_move(desk, claim, "confirm") == ""
    assert claim.state == "closed"
    names = list(ClaimMove.objects.filter(claim=claim).order_by("pk").values_list("name", flat=True))
    assert names == ["open", *(name for name, _values, _state in STEPS), "follow_up", "confirm"]


@pytest.mark.req("F10", "one named handler")
def test_a_colleague_does_not_move_what_somebody_else_leads(matter: Matter, browser: Browser) -> None:
    claim = matter.claim
    change_record(claim.pk, {"handler": matter.handler.pk}, by=SYSTEM)
    refused = post_move(browser(matter.colleague), claim, "confirm_matter", words="Hello.")
    assert "leads this matter" in refused
    assert claim.state == "submitted"
    with pytest.raises(LedByAnother) as refusal:
        move_claim(claim.pk, "confirm_matter", by=actor(matter.colleague), arguments={"words": "Hello."})
    assert refusal.value.data["handler"] == matter.handler.pk
    assert post_move(browser(matter.supervisor), claim, "confirm_matter", words="We take this up.") == ""
    assert claim.state == "confirmed"


def led_to_the_end(matter: Matter) -> Claim:
    by = actor(matter.handler)
    change_record(matter.claim.pk, {"handler": matter.handler.pk}, by=SYSTEM)
    for name, values, _state in STEPS:
        move_claim(matter.claim.pk, name, by=by, arguments=values)
    return move_claim(matter.claim.pk, "follow_up", by=by, arguments={"agreement": ""})


@pytest.mark.req("F10", "seven steps")
def test_without_the_customers_yes_only_a_recorded_exception_closes_it(matter: Matter, browser: Browser) -> None:
    claim = led_to_the_end(matter)
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "confirm", by=actor(matter.handler))
    # an agent's form has no exception, a supervisor's has
    for person in (matter.handler, matter.supervisor):
        claim.refresh_from_db()
        browser(person).post(
            f"/claims/{claim.number}/record/",
            {
                "handler": matter.handler.pk,
                "cause": "late_answer",
                "exception": "Not reachable on three days.",
                "row_version": claim.row_version,
            },
        )
        claim.refresh_from_db()
        assert bool(claim.exception) is (person == matter.supervisor)
    assert post_move(browser(matter.handler), claim, "confirm") == ""
    assert (claim.state, claim.customer_agreed_at) == ("closed", None)


# --- The ticket ------------------------------------------------------------------------------------------------------
def test_a_ticket_is_not_solved_while_its_complaint_is_open(matter: Matter) -> None:
    ticket = matter.claim.ticket
    with pytest.raises(ComplaintOpen) as refusal:
        set_status(ticket.pk, StatusCategory.SOLVED, by=actor(matter.handler))
    assert refusal.value.data["claims"] == [matter.claim.number]
    assert Ticket.objects.get(pk=ticket.pk).status_category == StatusCategory.NEW
    move_claim(matter.claim.pk, "cancel", by=SYSTEM)
    set_status(ticket.pk, StatusCategory.SOLVED, by=actor(matter.handler))
    assert Ticket.objects.get(pk=ticket.pk).status_category == StatusCategory.SOLVED


def test_a_ticket_with_another_kind_of_claim_may_be_solved_and_costs_one_query(matter: Matter) -> None:
    ticket = make_ticket(matter.claim.ticket.team, address="wu@customer.example")
    open_claim(ticket.pk, ClaimDraft("invoice"), by=SYSTEM)
    with CaptureQueriesContext(connection) as counted:
        set_status(ticket.pk, StatusCategory.SOLVED, by=actor(matter.handler))
    assert sum('"claims_claim"."kind" IN' in query["sql"] for query in counted.captured_queries) == 1
    assert Ticket.objects.get(pk=ticket.pk).status_category == StatusCategory.SOLVED


def test_a_ticket_with_an_open_complaint_can_be_merged(matter: Matter) -> None:
    source, target = matter.claim.ticket, make_ticket(matter.claim.ticket.team)
    assert source.customer_id == target.customer_id
    merge_tickets(source.pk, target.pk, by=actor(matter.supervisor))
    assert Ticket.objects.get(pk=source.pk).merged_into_id == target.pk

"""Promises of after-sales run as clocks on claims and visits: when each starts, is met, stands still and ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.moving import move_claim
from aftersales.visits.models import Engineer, Visit, VisitState
from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.models import BusinessCalendar
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff
from tests.sla.conftest import MONDAY, Desk, after, desk  # noqa: F401 — a fixture
from tickets.models import Ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla.explaining import explain_clock
from tickets.sla.models import Clock, ClockState
from tickets.sla.services.presets import apply_preset
from tickets.sla.services.recomputing import settle_tickets

pytestmark = pytest.mark.django_db


@pytest.fixture
def promised(desk: Desk) -> Desk:  # noqa: F811
    BusinessCalendar.objects.update(is_default=False)
    BusinessCalendar.objects.filter(pk=desk.office.pk).update(is_default=True)
    apply_preset("after_sales", by=SYSTEM)
    return desk


def applied(desk: Desk, kind: str = ClaimKind.REPAIR, at: datetime = MONDAY, **fields: object) -> Claim:  # noqa: F811
    ticket = desk.arrive(at, kind="repair")
    with time.at(at):
        return allowed(make_claim(kind, ticket=ticket, line=make_order(ticket.customer), **fields))  # type: ignore[arg-type]


def allowed(claim: Claim) -> Claim:
    """As a policy that has nothing against it would judge it."""
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    claim.refresh_from_db()
    return claim


def moved(claim: Claim, name: str, at: datetime, by: Actor = SYSTEM, **arguments: object) -> Claim:
    with time.at(at):
        return move_claim(claim.pk, name, by=by, arguments=arguments)


def of(claim: Claim, metric: str) -> Clock:
    return Clock.objects.filter(ticket=claim.ticket_id, metric=metric).latest("pk")


def customer(claim: Claim) -> Actor:
    return Actor.of_customer(claim.customer)


@pytest.mark.req("D1", "after-sales steps of the after-sales promise")
def test_an_application_is_owed_feedback_within_a_day_and_an_end_within_three(promised: Desk) -> None:
    claim = applied(promised)
    feedback, cycle = of(claim, "claim_feedback"), of(claim, "cycle")
    assert (feedback.subject_kind, feedback.subject_id) == ("claim", claim.pk)
    assert (feedback.due_at, cycle.due_at) == (after(24), after(72))
    moved(claim, "approve", after(3), amount="100.00")
    feedback.refresh_from_db()
    assert (feedback.state, feedback.ended_at, feedback.breached_at) == (ClockState.MET, after(3), None)
    assert of(claim, "cycle").state == ClockState.RUNNING


@pytest.mark.req("D2", "after-sales steps")
@pytest.mark.req("D1", "after-sales steps of the after-sales promise")
def test_an_agent_decides_in_the_page_and_the_feedback_is_met(promised: Desk) -> None:
    claim = applied(promised, kind=ClaimKind.RETURN)
    agent = make_staff("ruth", teams=(promised.team,))
    browser = Client()
    browser.force_login(agent, backend="helpdesk.accounts.backends.StaffBackend")
    page = browser.get(f"/claims/{claim.number}/")
    assert "Feedback on an application" in page.content.decode()
    answer = browser.post(
        f"/claims/{claim.number}/moves/reject/",
        {"refusal": "late", "words": "It came too late.", "row_version": claim.row_version},
    )
    assert answer.status_code == 302, answer.content.decode()
    assert of(claim, "claim_feedback").state == ClockState.MET


@pytest.mark.req("D1", "after-sales steps of the after-sales promise")
def test_an_objection_is_answered_within_a_day(promised: Desk) -> None:
    claim = applied(promised, kind=ClaimKind.RETURN)
    moved(claim, "reject", after(1), refusal="late", words="It came too late.")
    assert not Clock.objects.filter(metric="claim_answer").exists()
    moved(claim, "appeal", after(5), by=customer(claim), words="I wrote on the first day.")
    answer = of(claim, "claim_answer")
    assert answer.due_at == after(29)
    moved(claim, "approve", after(30), amount="100.00")
    answer.refresh_from_db()
    assert (answer.state, answer.breached_at) == (ClockState.MET, after(29))


@pytest.mark.req("D1", "after-sales steps of the after-sales promise")
def test_an_urgent_fault_is_dispatched_within_four_hours(promised: Desk) -> None:
    calm = applied(promised)
    assert not Clock.objects.filter(ticket=calm.ticket_id, metric="dispatch").exists()
    ticket = promised.arrive(MONDAY, kind="repair", address="wang@customer.example")
    Ticket.objects.filter(pk=ticket.pk).update(priority="urgent")
    with time.at(MONDAY):
        claim = allowed(make_claim(ClaimKind.REPAIR, ticket=ticket, line=make_order(ticket.customer)))
    assert of(claim, "dispatch").due_at == after(4)
    moved(claim, "approve", after(1), amount="0")
    moved(claim, "ask_goods", after(2))
    assert of(claim, "dispatch").state == ClockState.MET


@pytest.mark.req("D2", "after-sales steps")
@pytest.mark.req("D1", "after-sales steps of the after-sales promise")
def test_a_repair_in_warranty_takes_three_working_days_from_the_confirmed_fault_without_the_wait_for_a_part(
    promised: Desk,
) -> None:
    claim = applied(promised)
    moved(claim, "approve", after(1), amount="0")
    moved(claim, "ask_goods", after(1))
    moved(claim, "hand_in", after(2), received={str(claim.loaded_lines[0].pk): 1})
    assert not Clock.objects.filter(metric="repair").exists()
    inspection = {str(claim.loaded_lines[0].pk): {"condition": "used", "damaged": 0}}
    moved(claim, "inspect", after(3), inspection=inspection)
    promise = of(claim, "repair")
    # Monday 13:00 on an office calendar that ends at 18:00: Thursday 18:00
    assert promise.due_at == MONDAY + timedelta(days=3, hours=8)
    moved(claim, "repair", after(4))
    moved(claim, "wait_for_parts", after(5), part={"product": claim.loaded_lines[0].product.sku, "quantity": 1})
    promise.refresh_from_db()
    assert promise.state == ClockState.PAUSED
    browser = Client()
    browser.force_login(promised.supervisor, backend="helpdesk.accounts.backends.StaffBackend")
    page = browser.get(f"/claims/{claim.number}/")
    assert page.status_code == 200
    assert "Repair or replacement in warranty" in page.content.decode()
    with translation.override("en"):
        assert any("waiting for a part" in line for line in explain_clock(promise).history)
    moved(claim, "parts_came", after(5 + 48))
    promise.refresh_from_db()
    assert promise.state == ClockState.RUNNING
    assert promise.due_at == MONDAY + timedelta(days=7, hours=8)  # two working days later, over the weekend
    moved(claim, "repaired", after(60), work="New pump.")
    assert of(claim, "repair").state == ClockState.MET


@pytest.mark.req("D1", "after-sales steps of the after-sales promise")
def test_a_clock_that_was_lost_while_a_part_was_awaited_counts_only_what_was_worked(promised: Desk) -> None:
    claim = applied(promised)
    for name, hours, arguments in (
        ("approve", 1, {"amount": "0"}),
        ("ask_goods", 1, {}),
        ("hand_in", 2, {"received": {str(claim.loaded_lines[0].pk): 1}}),
        ("inspect", 3, {"inspection": {str(claim.loaded_lines[0].pk): {"condition": "used", "damaged": 0}}}),
        ("repair", 4, {}),
        ("wait_for_parts", 5, {"part": {"product": claim.loaded_lines[0].product.sku, "quantity": 1}}),
        ("parts_came", 53, {}),
    ):
        moved(claim, name, after(hours), **arguments)
    kept = of(claim, "repair")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sla_clock SET state = 'cancelled', ended_at = now(), next_fire_at = NULL WHERE id = %s", [kept.pk]
        )
    with time.at(after(54)):
        settle_tickets([claim.ticket_id], why="repair")
    again = of(claim, "repair")
    assert again.pk != kept.pk
    assert again.spent_seconds == 2 * 3600
    assert again.due_at == kept.due_at


@pytest.mark.req("D1", "after-sales steps of the after-sales promise")
def test_a_visit_is_confirmed_within_a_day_made_within_two_and_recorded_within_two_more(promised: Desk) -> None:
    claim = applied(promised)
    moved(claim, "approve", after(1), amount="0")
    moved(claim, "ask_visit", after(2))
    visit = Visit.objects.get(claim=claim)
    assert of(claim, "visit_confirmed").due_at == after(26)
    assert of(claim, "visit").due_at == after(50)
    assert (of(claim, "visit").subject_kind, of(claim, "visit").subject_id) == ("visit", visit.pk)
    engineer = Engineer.objects.create(staff=make_staff("egon", role="engineer"))
    Visit.objects.filter(pk=visit.pk).update(
        state=VisitState.BOOKED,
        engineer=engineer,
        window_start=after(24),
        window_end=after(28),
        assigned_at=after(3),
        confirmed_at=after(3),
    )
    with time.at(after(3)):
        settle_tickets([claim.ticket_id], why="policy")
    assert of(claim, "visit_confirmed").state == ClockState.MET
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.CHECKED_IN, checked_in_at=after(25))
    with time.at(after(25)):
        settle_tickets([claim.ticket_id], why="policy")
    assert of(claim, "visit").state == ClockState.MET
    assert of(claim, "record_complete").due_at == after(25 + 48)
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.FINISHED, finished_at=after(26), result="done")
    with time.at(after(26)):
        settle_tickets([claim.ticket_id], why="policy")
    assert of(claim, "record_complete").state == ClockState.MET


def test_a_withdrawn_claim_ends_its_clocks_without_a_result(promised: Desk) -> None:
    claim = applied(promised, kind=ClaimKind.RETURN)
    moved(claim, "cancel", after(2), by=customer(claim))
    assert set(Clock.objects.filter(subject_kind="claim").values_list("state", flat=True)) == {ClockState.CANCELLED}


def test_two_claims_of_a_ticket_have_clocks_of_their_own(promised: Desk) -> None:
    claim = applied(promised, kind=ClaimKind.RETURN)
    with time.at(after(1)):
        second = make_claim(ClaimKind.REPAIR, ticket=claim.ticket, line=make_order(claim.customer))
    moved(claim, "approve", after(2), amount="100.00")
    running = Clock.objects.filter(metric="claim_feedback", state=ClockState.RUNNING)
    assert list(running.values_list("subject_id", flat=True)) == [second.pk]


def test_a_ticket_without_claims_or_without_the_promise_asks_little(promised: Desk) -> None:
    plain = promised.arrive(MONDAY, kind="enquiry", address="wu@customer.example")
    repair = promised.arrive(MONDAY, kind="repair", address="wei@customer.example")

    def asked(ticket: Ticket) -> int:
        with CaptureQueriesContext(connection) as counted, time.at(after(1)):
            reply_to_ticket(ticket.pk, Reply("We look."), by=Actor.of_staff(promised.agent))
        return sum("claims_" in query["sql"] for query in counted.captured_queries)

    assert asked(plain) == 0
    assert asked(repair) <= 3

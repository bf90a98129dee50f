"""No deadline lies before its clock's start, whatever calendars and targets the ticket is moved between."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.calc import WorkingTime
from helpdesk.core.calendars.rules import Rules
from tests.factories import actor
from tests.sla.conftest import HOUR, MONDAY, Desk, after, clock_of
from tests.sla.test_calc import OFFICE
from tests.sla.test_clocks_on_the_desk import SignIn
from tickets.models import Ticket
from tickets.services.properties import edit_ticket
from tickets.services.status import set_status
from tickets.sla.calc import due_of, ladder_of, moments, replay, spent_between
from tickets.sla.explaining import explain_clock
from tickets.sla.models import Breach, Clock, ClockState, ClockStep
from tickets.sla.services import missing
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy
from tickets.sla.services.recomputing import settle_tickets
from tickets.sla.services.writing import row_of
from tickets.sla.sweep import work_due

AROUND = WorkingTime(Rules("UTC", ((),) * 7, {}, True, 0))


def two_calendars(desk: Desk) -> None:
    """Resolution in 40 h around the clock; a repair in 4 working hours."""
    targets = [
        TargetDraft("resolution", desk.office.pk, seconds=4 * HOUR, kinds=["repair"]),
        TargetDraft("resolution", desk.around.pk, seconds=40 * HOUR),
    ]
    create_policy(PolicyDraft("Two calendars", targets), by=SYSTEM)


def moved_late(desk: Desk) -> tuple[Ticket, Clock]:
    """A ticket that has used 30 h around the clock when it becomes a repair."""
    two_calendars(desk)
    ticket = desk.arrive(MONDAY)
    with time.at(after(30)):
        edit_ticket(ticket.pk, by=SYSTEM, kind="repair")
    return ticket, clock_of(ticket, "resolution")


@pytest.mark.django_db
@pytest.mark.req("D4", "recomputed")
def test_a_late_move_to_a_shorter_target_on_another_calendar_is_due_at_the_start(desk: Desk) -> None:
    ticket, clock = moved_late(desk)
    assert (clock.started_at, clock.due_at) == (MONDAY, MONDAY)
    assert replay(clock.ledger.order_by("pk").values_list("data", flat=True)) == row_of(clock)
    ticket.refresh_from_db()
    assert ticket.due_at == MONDAY
    work_due(after(30), 10)
    clock.refresh_from_db()
    assert clock.breached_at == MONDAY
    assert set(ClockStep.objects.values_list("step", flat=True)) == {"warn-50", "warn-75", "warn-90", "breach"}
    assert Breach.objects.get().due_at == MONDAY


@pytest.mark.django_db
def test_the_page_says_in_words_why_it_was_due_at_its_start(desk: Desk, as_staff: SignIn) -> None:
    ticket, clock = moved_late(desk)
    page = as_staff(desk.agent).get(f"/tickets/{ticket.pk}/clocks/{clock.pk}/").content.decode()
    assert "26 h more than it allows" in page
    assert "no deadline lies before its clock’s start" in page
    with translation.override("zh-hans"):
        assert "到期时间不会早于计时开始" in explain_clock(clock).outcome


@pytest.mark.django_db
def test_time_that_is_over_by_less_is_told_without_a_limit(desk: Desk) -> None:
    two_calendars(desk)
    ticket = desk.arrive(MONDAY)
    with time.at(after(5)):
        edit_ticket(ticket.pk, by=SYSTEM, kind="repair")
    clock = clock_of(ticket, "resolution")
    # 15:00, an hour of working time earlier than that
    assert clock.due_at == after(4)
    assert explain_clock(clock).outcome.startswith("1 h more than it allows had been used")


@pytest.mark.django_db
def test_a_solving_by_mistake_that_had_used_up_its_time_is_due_when_it_is_opened_again(desk: Desk) -> None:
    targets = [TargetDraft("resolution", desk.around.pk, seconds=2 * HOUR)]
    create_policy(PolicyDraft("Short", targets), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    for at, status in ((5, "solved"), (6, "open")):
        with time.at(after(at)):
            set_status(ticket.pk, status, by=actor(desk.lead))
    again = clock_of(ticket, "resolution")
    assert (again.started_at, again.due_at, again.spent_seconds) == (after(6), after(6), 5 * HOUR)


@pytest.mark.django_db
def test_a_move_after_years_stops_no_verb(desk: Desk) -> None:
    """More working time was used than ten years of the other calendar hold."""
    two_calendars(desk)
    ticket = desk.arrive(MONDAY)
    with time.at(MONDAY + timedelta(days=4 * 365)):
        edit_ticket(ticket.pk, by=SYSTEM, kind="repair")
    assert clock_of(ticket, "resolution").due_at == MONDAY


@pytest.mark.django_db
@pytest.mark.req("D4", "recomputed")
def test_the_hourly_check_finds_a_deadline_before_its_start_and_puts_it_right(desk: Desk) -> None:
    ticket, clock = moved_late(desk)
    wrong = MONDAY - timedelta(days=2)
    Clock.objects.filter(pk=clock.pk).update(due_at=wrong)
    Ticket.objects.filter(pk=ticket.pk).update(due_at=wrong)
    assert missing.find_faults([ticket.pk]) == ({}, {ticket.pk: ["resolution"]})
    with time.at(after(31)):
        settle_tickets([ticket.pk], why="repair")
    clock.refresh_from_db()
    assert (clock.due_at, clock.state) == (MONDAY, ClockState.RUNNING)
    line = clock.ledger.latest("pk")
    assert (line.kind, line.data["why"]) == ("recomputed", "repair")
    assert missing.find_faults([ticket.pk]) == ({}, {})


@given(
    used=st.integers(0, 400 * 3600),
    length=st.integers(1, 200 * 3600),
    days=st.integers(0, 20),
    is_office=st.booleans(),
)
def test_every_moment_of_a_ladder_lies_between_the_start_and_what_follows_it(
    used: int, length: int, days: int, is_office: bool
) -> None:
    hours = OFFICE if is_office else AROUND
    resumed = MONDAY + timedelta(days=days)
    due = due_of(hours, MONDAY, resumed, length - used, ends_at_closing=False)
    assert due >= MONDAY
    ladder = ladder_of([Decimal(50), Decimal(75)], [(None, 3600, ())])
    rungs = moments(hours, ladder, started_at=MONDAY, resumed_at=resumed, spent=used, due_at=due)
    found = [moment for moment, _rung in rungs]
    assert found == sorted(found)
    assert found[0] >= MONDAY
    assert found[2] == due
    if used < length:
        assert used + spent_between(hours, resumed, due) == length

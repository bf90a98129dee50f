"""Recomputing many tickets in the background, and the check that no clock is missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from helpdesk.core import clock as time
from helpdesk.core import dispatcher, leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars import calc, sources
from helpdesk.core.calendars.filling import fill_days
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.services import change_calendar, create_calendar, set_day
from helpdesk.core.calendars.zones import follow_zones
from helpdesk.core.models import BusinessCalendar, Event, Job, LeasedState
from helpdesk.customers.services.editing import edit_customer
from tests.factories import make_account
from tests.sla.conftest import MONDAY, Desk, after, clock_of, everyday
from tickets.models import Ticket
from tickets.services.properties import mark_spam
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.status import set_status
from tickets.sla.consuming import recompute_after
from tickets.sla.metrics import Facts, Metric, Reading, metrics
from tickets.sla.models import Clock, ClockEvent, ClockState, Policy
from tickets.sla.services import missing, recomputing
from tickets.sla.services.policies import PolicyDraft, TargetDraft, change_policy, create_policy, order_policies
from tickets.sla.services.recomputing import settle_tickets

pytestmark = pytest.mark.django_db(transaction=True)


def work(kind: str) -> list[dict[str, Any]]:
    """Run the waiting jobs of a kind until none is left; returns their results."""
    results = []
    while (job := Job.objects.filter(kind=kind, state=LeasedState.READY).order_by("pk").first()) is not None:
        leasing.run(Job, job.pk)
        job.refresh_from_db()
        assert job.state == LeasedState.DONE, job.reason
        results.append(job.result)
    return results


def consume() -> None:
    dispatcher.run_once({"clocks": recompute_after})


@pytest.mark.req("D4", "recomputed")
def test_a_holiday_announced_today_moves_the_deadlines_on_that_calendar_only(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    consume()
    work(recomputing.JOB)
    lines = ClockEvent.objects.count()
    with time.at(after(1)):
        set_day(desk.office.pk, (MONDAY + timedelta(days=1)).date(), kind="holiday", by=SYSTEM, name="Flood")
        consume()
        assert work(recomputing.JOB) == [{"done": 1, "of": 1, "changed": 1}]
    moved = clock_of(ticket, "resolution")
    assert moved.due_at == MONDAY + timedelta(days=4)
    line = ClockEvent.objects.get(kind="recomputed")
    assert (line.data["why"], line.clock_id) == ("calendar", moved.pk)
    assert ClockEvent.objects.count() == lines + 1
    assert clock_of(ticket, "first_response").due_at == after(4)


@pytest.mark.req("D4", "recomputed")
def test_a_policy_edit_recomputes_open_tickets_in_batches_with_progress(
    desk: Desk, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputing, "BATCH", 3)
    tickets = [desk.arrive(MONDAY) for _ in range(7)]
    with time.at(after(1)):
        set_status(tickets[0].pk, "solved", by=SYSTEM)
    consume()
    work(recomputing.JOB)
    with time.at(after(1)):
        change_policy(policy.pk, everyday(desk, hours=6), by=SYSTEM)
        consume()
        results = work(recomputing.JOB)
    assert results == [
        {"done": 3, "of": 6, "changed": 6},
        {"done": 6, "of": 6, "changed": 12},
        {"done": 6, "of": 6, "changed": 12},
    ]
    due = {clock_of(ticket, "first_response").due_at for ticket in tickets[1:]}
    assert due == {after(6)}
    # the rows show it, and one event for all of them tells the desks to look again
    rows = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets[1:]])
    assert set(rows.values_list("due_at", flat=True)) == {after(6)}
    assert [row.row_version for row in rows] == [ticket.row_version + 1 for ticket in tickets[1:]]
    assert Event.objects.get(name="clock.recomputed").data == {"done": 6, "of": 6, "changed": 12}
    # one who was answered in time stays as they were
    assert clock_of(tickets[0], "resolution").policy_version.number == 1


def test_ten_edits_in_a_row_cost_one_recomputation(desk: Desk, policy: Policy) -> None:
    for hours in range(5, 15):
        change_policy(policy.pk, everyday(desk, hours=hours), by=SYSTEM)
        consume()
    assert Job.objects.filter(kind=recomputing.JOB).count() == 1


def test_a_later_edit_takes_over_what_a_running_recomputation_has_not_reached(
    desk: Desk, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputing, "BATCH", 2)
    for _ in range(4):
        desk.arrive(MONDAY)
    consume()
    first = Job.objects.get(kind=recomputing.JOB)
    leasing.run(Job, first.pk)
    change_policy(policy.pk, everyday(desk, hours=6), by=SYSTEM)
    consume()
    results = work(recomputing.JOB)
    assert results[0]["superseded"]
    assert results[-1]["done"] == 4
    firsts = Clock.objects.filter(metric="first_response")
    assert set(firsts.values_list("policy_version__number", flat=True)) == {2}


def test_a_recomputation_that_dies_halfway_goes_on_where_it_was(
    desk: Desk, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputing, "BATCH", 2)
    for _ in range(3):
        desk.arrive(MONDAY)
    consume()
    work(recomputing.JOB)
    change_policy(policy.pk, everyday(desk, hours=6), by=SYSTEM)
    consume()
    first = Job.objects.filter(kind=recomputing.JOB, state=LeasedState.READY).get()
    leasing.run(Job, first.pk)

    def die(*args: Any, **kwargs: Any) -> int:
        raise ConnectionError("the database went away")

    second = Job.objects.filter(kind=recomputing.JOB, state=LeasedState.READY).get()
    with monkeypatch.context() as patched:
        patched.setattr(recomputing, "settle_tickets", die)
        leasing.run(Job, second.pk)
    second.refresh_from_db()
    assert second.state == LeasedState.BACK_OFF
    Job.objects.filter(pk=second.pk).update(state=LeasedState.READY)
    assert work(recomputing.JOB)[-1]["done"] == 3
    assert ClockEvent.objects.filter(kind="recomputed", clock__metric="first_response").count() == 3


def test_a_policy_for_what_had_none_counts_from_the_beginning_without_the_pauses(desk: Desk) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(1)):
        reply_to_ticket(ticket.pk, Reply("Which model?", status="pending"), by=SYSTEM.of_staff(desk.agent))
    desk.write_again(ticket, after(24))
    with time.at(after(25)):
        create_policy(everyday(desk), by=SYSTEM)
        consume()
        work(recomputing.JOB)
    solving = clock_of(ticket, "resolution")
    # Monday 10 to 11, then from Tuesday 10 on
    assert (solving.started_at, solving.spent_seconds, solving.resumed_at) == (MONDAY, 3600, after(24))
    assert clock_of(ticket, "next_response").due_at == after(26)
    assert not Clock.objects.filter(metric="first_response").exists()


@pytest.mark.req("D2", "conditions in order")
def test_a_new_customer_level_or_grade_of_an_account_picks_the_policy_anew(desk: Desk, policy: Policy) -> None:
    vip = create_policy(everyday(desk, name="VIP", hours=2, conditions={"levels": ["core"]}), by=SYSTEM)
    core = create_policy(everyday(desk, name="Core", hours=3, conditions={"account_grades": ["core"]}), by=SYSTEM)
    order_policies([vip.pk, core.pk], by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    consume()
    work(recomputing.JOB)
    with time.at(after(1)):
        account = make_account(team=desk.team)
        type(account).objects.filter(pk=account.pk).update(grade="core")
        from helpdesk.core.events import Announcement, announce

        announce(
            Announcement("channel_account.changed", "channel_account", account.pk, data={"fields": ["grade"]}),
            by=SYSTEM,
        )
        consume()
        work(recomputing.JOB)
        assert clock_of(ticket, "first_response").due_at == after(3)
        edit_customer(ticket.customer_id, by=SYSTEM, level="core")
        consume()
        work(recomputing.JOB)
    assert clock_of(ticket, "first_response").due_at == after(2)
    told = ClockEvent.objects.filter(kind="recomputed", clock__metric="first_response").order_by("pk")
    assert [line.data["why"] for line in told] == ["account", "customer"]


# --- No clock is ever silently missing -------------------------------------------------------------------------------
def check() -> dict[str, Any]:
    Job.objects.filter(kind=missing.JOB).update(dedupe_key=None)
    assert missing.check_hourly() == 1
    return work(missing.JOB)[-1]


def test_a_clock_that_went_missing_is_reported_and_put_right(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    assert check() == {"checked": 1, "missing": 0, "stale": 0}
    lost = clock_of(ticket, "first_response")
    Clock.objects.filter(pk=lost.pk).update(
        state=ClockState.CANCELLED, ended_at=MONDAY, resumed_at=None, next_fire_at=None
    )
    assert check() == {"checked": 1, "missing": 1, "stale": 0}
    event = Event.objects.get(name="clock.found_missing")
    assert (event.ticket_id, event.data["metrics"]) == (ticket.pk, ["first_response"])
    again = clock_of(ticket, "first_response")
    assert (again.due_at, again.state, again.pk != lost.pk) == (after(4), ClockState.RUNNING, True)
    assert check() == {"checked": 1, "missing": 0, "stale": 0}


def test_a_clock_that_a_race_left_on_an_old_version_is_found_as_well(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    change_policy(policy.pk, everyday(desk, hours=6), by=SYSTEM)
    assert check()["stale"] == 2
    assert clock_of(ticket, "first_response").length_seconds == 6 * 3600
    assert check()["stale"] == 0


def test_the_check_looks_at_open_tickets_only_and_once_an_hour(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    mark_spam(ticket.pk, is_spam=True, by=SYSTEM)
    assert check()["checked"] == 0
    assert missing.check_hourly() == 0


def test_a_clock_that_runs_on_a_finished_ticket_is_found_and_ended(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    Ticket.objects.filter(pk=ticket.pk).update(
        status_category="solved", solved_at=after(1), due_at=None, next_clock=None
    )
    assert check() == {"checked": 1, "missing": 0, "stale": 2}
    assert not Clock.objects.filter(ticket=ticket, state__in=["running", "paused"]).exists()
    assert check() == {"checked": 0, "missing": 0, "stale": 0}


def test_a_clock_whose_end_nothing_would_notice_is_found_and_rings_again(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    Clock.objects.filter(ticket=ticket, metric="first_response").update(next_fire_at=None)
    assert check()["stale"] == 1
    clock = clock_of(ticket, "first_response")
    assert (clock.due_at, clock.next_fire_at) == (after(4), after(2))
    assert check()["stale"] == 0


@pytest.mark.req("D3", "public holidays")
def test_an_announcement_of_holidays_moves_the_deadlines_of_open_tickets(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced = sources._announced
    monkeypatch.setattr(sources, "_announced", lambda year: ())
    week = ((Hours(9 * 60, 18 * 60),),) * 7
    china = create_calendar(by=SYSTEM, name="China", timezone="Asia/Shanghai", country="CN", week=week)
    fill_days(china.pk, [2026])
    create_policy(PolicyDraft("Solving", [TargetDraft("resolution", china.pk, seconds=9 * 3600)]), by=SYSTEM)
    # the eve of Mid-Autumn Festival; that the weekend behind it is free as well is not known yet
    eve = datetime(2026, 9, 24, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
    ticket = desk.arrive(eve)
    consume()
    work(recomputing.JOB)
    assert clock_of(ticket, "resolution").due_at == eve + timedelta(days=2)
    monkeypatch.setattr(sources, "_announced", announced)
    with time.at(eve + timedelta(hours=1)):
        fill_days(china.pk, [2026])
        consume()
        work(recomputing.JOB)
    clock = clock_of(ticket, "resolution")
    assert clock.due_at == eve + timedelta(days=4)
    assert clock.ledger.latest("pk").data["why"] == "calendar"
    ticket.refresh_from_db()
    assert ticket.due_at == clock.due_at


@pytest.mark.req("D3", "business hours per team and time zone")
def test_a_zone_that_changes_its_rules_moves_the_deadlines_when_the_release_is_prepared(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = ((Hours(9 * 60, 18 * 60),),) * 7
    berlin = create_calendar(by=SYSTEM, name="Berlin", timezone="Europe/Berlin", week=week)
    create_policy(PolicyDraft("Solving", [TargetDraft("resolution", berlin.pk, seconds=18 * 3600)]), by=SYSTEM)
    call_command("prepare", verbosity=0)
    consume()
    work(recomputing.JOB)
    version = BusinessCalendar.objects.get(pk=berlin.pk).version
    ticket = desk.arrive(datetime(2026, 10, 23, 9, tzinfo=ZoneInfo("Europe/Berlin")))
    assert clock_of(ticket, "resolution").due_at == datetime(2026, 10, 24, 16, tzinfo=UTC)
    # nothing is new
    call_command("prepare", verbosity=0)
    assert BusinessCalendar.objects.get(pk=berlin.pk).version == version

    # the next data have it that Berlin keeps the hour of Athens from then on; processes have been started anew
    monkeypatch.setattr(calc, "ZoneInfo", lambda name: ZoneInfo("Europe/Athens" if name == "Europe/Berlin" else name))
    with time.at(datetime(2026, 10, 23, 12, tzinfo=UTC)):
        call_command("prepare", verbosity=0)
        changed = Event.objects.filter(name="calendar.changed", subject_id=berlin.pk).latest("pk")
        assert changed.data == {"fields": ["zone_rules"]}
        consume()
        work(recomputing.JOB)
    moved = clock_of(ticket, "resolution")
    # an hour of the first day lay before the ticket came
    assert moved.due_at == datetime(2026, 10, 25, 8, tzinfo=UTC)
    assert missing.find_faults([ticket.pk]) == ({}, {})


def test_a_calendar_that_is_moved_to_another_zone_is_recomputed_once(desk: Desk) -> None:
    week = ((Hours(9 * 60, 18 * 60),),) * 7
    office = create_calendar(by=SYSTEM, name="Moving", timezone="Europe/Berlin", week=week)
    follow_zones()
    change_calendar(office.pk, by=SYSTEM, week=week, name="Moving", timezone="Asia/Tokyo")
    version = BusinessCalendar.objects.get(pk=office.pk).version
    follow_zones()
    assert BusinessCalendar.objects.get(pk=office.pk).version == version


@pytest.mark.req("D2", "targets by metric")
def test_a_higher_room_can_measure_records_of_its_own_each_with_its_clock(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = {11: MONDAY, 12: after(1)}

    def read(facts: Facts) -> list[Reading]:
        return [
            Reading(is_open=True, since=since, subject_kind="visit", subject_id=pk) for pk, since in waiting.items()
        ]

    monkeypatch.setitem(metrics._entries, "visit_confirmed", Metric("visit_confirmed", "Visit confirmed", read))
    target = TargetDraft("visit_confirmed", desk.around.pk, seconds=24 * 3600)
    create_policy(PolicyDraft("Visits", [target]), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    clocks = Clock.objects.filter(ticket=ticket)
    assert {(clock.subject_id, clock.due_at) for clock in clocks} == {(11, after(24)), (12, after(25))}
    del waiting[11]
    with time.at(after(2)):
        settle_tickets([ticket.pk], why="visit")
    assert {clock.subject_id: str(clock.state) for clock in clocks.all()} == {11: "cancelled", 12: "running"}
    assert missing.find_faults([ticket.pk]) == ({}, {})

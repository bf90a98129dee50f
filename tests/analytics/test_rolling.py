"""Outcomes and totals: from verbs through the event log, each counted once, and the same when made anew."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from analytics.consuming import roll_up
from analytics.models import DayCount, Happening, Outcome, OutcomeTotal
from analytics.services import outcomes, rebuilding
from analytics.services.outcomes import total_day_anew
from analytics.services.rebuilding import rebuild
from helpdesk.core import clock as time
from helpdesk.core import dispatcher, jobs
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event, Job
from tests.analytics.conftest import consume, totals
from tests.factories import actor
from tests.sla.conftest import HOUR, MONDAY, Desk, after, everyday
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.properties import mark_spam
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.satisfaction import answer_satisfaction
from tickets.sla.models import Policy
from tickets.sla.services.policies import change_policy
from tickets.sla.services.recomputing import settle_tickets
from tickets.sla.sweep import work_due

pytestmark = pytest.mark.django_db


def answer(desk: Desk, ticket: Ticket, hours: float, status: str = "") -> None:
    with time.at(after(hours)):
        reply_to_ticket(ticket.pk, Reply("We look into it.", status=status), by=actor(desk.agent))
        from tickets.due import release_due

        release_due(after(hours) + timedelta(minutes=1), 100)


def snapshot() -> tuple[list[Any], ...]:
    """Everything that statistics keep, without row ids."""
    return (
        sorted(map(str, Outcome.objects.values_list("clock_id", "generation", *outcomes._FIELDS))),
        sorted(map(str, OutcomeTotal.objects.values_list("scope", "day", "a", "b", "target_id", "metric", "ended", "met",
                                                          "used_number", "used_seconds", "buckets", "numbers"))),
        sorted(map(str, Happening.objects.values_list("key", "what", "day", "team_id", "channel", "staff_id"))),
        sorted(map(str, DayCount.objects.values_list("day", "what", "team_id", "channel", "staff_id", "number"))),
    )  # fmt: skip


def history(desk: Desk) -> list[Ticket]:
    """Five tickets: answered in time, late, never, solved, and spam."""
    tickets = [desk.arrive(MONDAY + timedelta(minutes=nth), external_id=f"h{nth}") for nth in range(5)]
    answer(desk, tickets[0], 1)
    answer(desk, tickets[3], 2, status="solved")
    with time.at(after(3)):
        mark_spam(tickets[4].pk, is_spam=True, by=SYSTEM)
        answer_satisfaction(tickets[3].pk, score=5, by=SYSTEM)
    with time.at(after(4.5)):
        work_due(after(4.5), 100)
    answer(desk, tickets[1], 6)
    return tickets


def test_each_deadline_counts_once_with_its_outcome(desk: Desk, policy: Policy) -> None:
    history(desk)
    consume()
    # in time: 0 and 3; late: 1; never: 2; the spam's deadline had not come
    assert totals()["first_response"] == (4, 2)
    assert totals()["resolution"] == (1, 1)
    late = Outcome.objects.get(metric="first_response", is_met=False, used_seconds__isnull=False)
    assert late.used_seconds == 6 * HOUR - 60
    assert late.decided_at == after(4) + timedelta(minutes=1)


def test_day_is_the_companys_and_place_is_the_moments(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY.replace(hour=23, minute=30))
    with time.at(MONDAY.replace(hour=23, minute=45)):
        assign_ticket(ticket.pk, to=desk.agent, by=SYSTEM)
    with time.at(MONDAY.replace(day=3, hour=4)):
        work_due(MONDAY.replace(day=3, hour=4), 10)
    with time.at(MONDAY.replace(day=3, hour=5)):
        transfer_ticket(ticket.pk, team=desk.other, by=SYSTEM)
    consume()
    outcome = Outcome.objects.get(metric="first_response")
    # due at 3:30 in Shanghai, which is still the 2nd in UTC
    assert outcome.day == date(2026, 3, 3)
    assert (outcome.team_id, outcome.owner_id, outcome.channel) == (desk.team.pk, desk.agent.pk, "email")
    assert totals("team", a=str(desk.team.pk))["first_response"] == (1, 0)
    assert totals("team+agent", b=str(desk.agent.pk))["first_response"] == (1, 0)


def test_breach_that_a_new_policy_withdraws_is_counted_by_what_comes_of_it(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(5)):
        work_due(after(5), 10)
    consume()
    assert totals()["first_response"] == (1, 0)
    with time.at(after(5.5)):
        change_policy(policy.pk, everyday(desk, hours=9), by=SYSTEM)
        settle_tickets([ticket.pk], why="policy")
    consume()
    assert "first_response" not in totals()
    answer(desk, ticket, 6)
    consume()
    assert totals()["first_response"] == (1, 1)
    assert Event.objects.filter(name="clock.breach_withdrawn").count() == 1
    assert rebuild().any is False


def test_breach_of_a_ticket_that_is_closed_as_spam_stays_a_breach(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(5)):
        work_due(after(5), 10)
        mark_spam(ticket.pk, is_spam=True, by=SYSTEM)
    consume()
    assert totals()["first_response"] == (1, 0)


def test_happenings_are_counted_by_day(desk: Desk, policy: Policy) -> None:
    tickets = history(desk)
    consume()
    day = date(2026, 3, 2)
    numbers = {(row.what, row.staff_id): row.number for row in DayCount.objects.filter(day=day, team_id=desk.team.pk)}
    assert numbers == {
        ("opened", 0): 5,
        ("solved", desk.agent.pk): 1,
        ("handled", desk.agent.pk): 3,
        ("satisfied", Ticket.objects.get(pk=tickets[3].pk).owner_id or 0): 1,
    }


def test_replayed_events_count_once(desk: Desk, policy: Policy) -> None:
    history(desk)
    consume()
    before = snapshot()
    events = list(Event.objects.order_by("position"))
    roll_up(events)
    for event in events:
        roll_up([event])
    assert snapshot() == before


def test_consumer_that_dies_in_the_middle_counts_everything_once(desk: Desk, policy: Policy, monkeypatch: Any) -> None:
    history(desk)
    dispatcher.number_events()
    for _round in range(400):
        killed = _Killer(monkeypatch, after=_round % 7)
        taken = dispatcher.feed("analytics", roll_up, batch=5)
        monkeypatch.undo()
        if not taken and not killed.struck:
            break
    consume()
    fresh = snapshot()
    for model in (Outcome, OutcomeTotal, Happening, DayCount):
        model.objects.all().delete()
    rebuild()
    assert snapshot() == fresh


class _Killer:
    """Fails the n-th statement that writes totals: the whole batch is rolled back with its position."""

    def __init__(self, monkeypatch: Any, *, after: int) -> None:
        self.struck = False
        written, self.left = outcomes.Totals.write, after

        def write(totals: Any) -> None:
            written(totals)
            if self.left == 1:
                self.struck = True
                self.left = 0
                raise RuntimeError("killed")
            self.left -= 1

        monkeypatch.setattr(outcomes.Totals, "write", write)


def test_rebuild_from_nothing_equals_what_the_consumer_kept(desk: Desk, policy: Policy) -> None:
    history(desk)
    consume()
    before = snapshot()
    for model in (Outcome, OutcomeTotal, Happening, DayCount):
        model.objects.all().delete()
    call_command("rebuild_statistics", verbosity=0)
    assert snapshot() == before
    assert rebuild().any is False


def test_rebuild_that_is_killed_is_finished_by_another(desk: Desk, policy: Policy, monkeypatch: Any) -> None:
    history(desk)
    consume()
    before = snapshot()
    Outcome.objects.filter(metric="first_response", is_met=False).delete()
    OutcomeTotal.objects.filter(scope="team").update(ended=7)
    DayCount.objects.all().delete()
    monkeypatch.setattr(rebuilding, "CLOCKS_AT_ONCE", 2)

    def stop(place: Any) -> None:
        if place.step == "days":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(stop)
    found = rebuild()
    assert found.any
    assert snapshot() == before


def test_nightly_check_puts_right_what_is_wrong_and_says_so(desk: Desk, policy: Policy, monkeypatch: Any) -> None:
    monkeypatch.setattr(rebuilding, "CHECKED", timedelta(days=3650))
    history(desk)
    consume()
    before = snapshot()
    OutcomeTotal.objects.filter(scope="all").update(met=0)
    rebuilding.check_nightly()
    rebuilding.check_nightly()
    assert Job.objects.filter(kind=rebuilding.JOB).count() == 1
    while (job := Job.objects.filter(kind=rebuilding.JOB, state="ready").order_by("pk").first()) is not None:
        with transaction.atomic():
            jobs.work_job(job)
            Job.objects.filter(pk=job.pk).update(state="done")
    assert snapshot() == before
    assert Event.objects.get(name="statistics.found_wrong").data["days"] == 1
    assert total_day_anew(date(2026, 3, 2)) is False


def test_batch_costs_the_same_statements_whatever_it_holds(
    desk: Desk, policy: Policy, django_assert_max_num_queries: Any
) -> None:
    history(desk)
    dispatcher.number_events()
    events = list(Event.objects.order_by("position"))
    with django_assert_max_num_queries(18):
        roll_up(events)

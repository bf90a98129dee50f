"""From ended clocks to a list of what is likely to be missed, through the pages and the workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from analytics.models import PredictionModel, Risk
from analytics.prediction import sampling, services
from analytics.prediction.features import Situation
from analytics.prediction.sampling import Hours, Stretch, samples_of, situation_at, stretches_of
from analytics.prediction.selectors import number_likely
from analytics.tasks import score_clocks
from helpdesk.accounts.models import Staff
from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event, Job
from helpdesk.customers.services.editing import edit_customer
from tests.analytics.prediction.past import write_past
from tests.analytics.whatif.conftest import work
from tests.factories import actor
from tests.sla.conftest import HOUR, MONDAY, Desk
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.properties import edit_ticket
from tickets.services.replying import Reply, add_note, reply_to_ticket
from tickets.services.status import set_status
from tickets.sla.book import open_book, rules_by_id
from tickets.sla.models import Clock, Policy
from tickets.sla.replay.loading import pasts_of
from tickets.sla.replay.timeline import steps_of

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]


@pytest.fixture
def history(desk: Desk, policy: Policy) -> Ticket:
    """2,400 first responses of the last fifty days."""
    pattern = desk.arrive(timezone.now() - timedelta(days=60))
    start = timezone.now() - timedelta(minutes=30 * 2_400) - timedelta(days=1)
    write_past(desk, policy, pattern, 2_400, start)
    return pattern


def arrive_open(desk: Desk, share: float, **fields: Any) -> Ticket:
    """A ticket of whose first response (four hours) this share is used now."""
    return desk.arrive(timezone.now() - timedelta(seconds=4 * HOUR * share), **fields)


@pytest.mark.req("D9", "prediction")
def test_supervisors_see_what_is_likely_to_be_missed_before_it_warns(
    desk: Desk,
    history: Ticket,
    as_staff: Browser,
) -> None:
    browser = as_staff(desk.supervisor)
    assert browser.post("/dashboards/prediction/train/").status_code == 302
    work(services.TRAIN_JOB)
    model = PredictionModel.objects.get(metric="first_response")
    assert model.is_active
    assert model.report["auc"] > 0.7
    assert model.report["calibration_error"] < 0.1
    assert Event.objects.filter(name="prediction.trained", subject_id=model.pk).exists()
    page = browser.get("/dashboards/prediction/").content.decode()
    assert "version 1" in page
    assert "What was said against what came true" in page
    free, taken = arrive_open(desk, 0.4), arrive_open(desk, 0.4)
    with time.at(timezone.now() - timedelta(minutes=1)):
        assign_ticket(taken.pk, to=desk.agent, by=SYSTEM)
    warned = arrive_open(desk, 0.9)
    score_clocks()
    work(services.SCORE_JOB)
    page = browser.get("/dashboards/likely/").content.decode()
    assert f"/tickets/{free.number}/" in page
    assert "nobody owns it yet" in page
    assert f"/tickets/{taken.number}/" not in page
    assert f"/tickets/{warned.number}/" not in page, "what warns already is no news"
    assert number_likely() == number_likely([desk.team.pk]) == 1
    assert number_likely([desk.other.pk]) == 0
    assert "another 1 may be missed" in browser.get("/wallboard/").content.decode()
    # it is answered: from the list at once, from the table with the next round
    reply_to_ticket(free.pk, Reply("Here we are."), by=actor(desk.supervisor))
    assert f"/tickets/{free.number}/" not in browser.get("/dashboards/likely/").content.decode()
    score_clocks()
    work(services.SCORE_JOB)
    assert not Risk.objects.filter(ticket=free, metric="first_response").exists()


@pytest.mark.req("D9", "prediction")
def test_below_two_thousand_the_used_share_is_shown_and_the_page_says_so(
    desk: Desk,
    policy: Policy,
    as_staff: Browser,
) -> None:
    browser = as_staff(desk.supervisor)
    browser.post("/dashboards/prediction/train/")
    work(services.TRAIN_JOB)
    assert set(PredictionModel.objects.values_list("refusal", "is_active")) == {("too_few", False)}
    page = browser.get("/dashboards/prediction/").content.decode()
    assert "Too few deadlines have ended yet to learn from." in page
    late, early = arrive_open(desk, 0.7), arrive_open(desk, 0.2)
    score_clocks()
    work(services.SCORE_JOB)
    page = browser.get("/dashboards/likely/").content.decode()
    assert "Below 2,000 ended deadlines the used share of the time is shown instead" in page
    assert f"/tickets/{late.number}/" in page
    assert "70 % of the time" in page
    assert f"/tickets/{early.number}/" not in page
    assert number_likely() == 0, "a share of the time is no prediction"


def stretch_at(clock: Clock, at: Any) -> Stretch:
    lines = [(line.at, line.kind, line.data.get("row") or {}) for line in clock.ledger.order_by("pk")]
    return next(stretch for stretch in stretches_of(lines, timezone.now()) if stretch.start <= at < stretch.end)


def situations(tickets: list[Ticket], at: Any) -> list[Situation]:
    found = []
    for past in pasts_of([ticket.pk for ticket in tickets], timezone.now()):
        step = [step for step in steps_of(past) if step.at <= at][-1]
        clock = Clock.objects.get(ticket_id=past.row.id, metric="resolution")
        found.append(situation_at(at, stretch_at(clock, at), step, Hours()))
    return found


def test_what_comes_later_does_not_leak_into_what_was_known(desk: Desk, policy: Policy) -> None:
    first, second = (desk.arrive(MONDAY, address=f"c{nth}@customer.example") for nth in (1, 2))
    for ticket in (first, second):
        with time.at(MONDAY + timedelta(hours=1)):
            assign_ticket(ticket.pk, to=desk.agent, by=SYSTEM)
            add_note(ticket.pk, "Look at the pump", by=actor(desk.supervisor))
    at = MONDAY + timedelta(hours=2)
    before = situations([first, second], at)
    assert before[0] == before[1]
    with time.at(MONDAY + timedelta(hours=3)):
        edit_ticket(first.pk, by=SYSTEM, priority="urgent", kind="repair")
        edit_customer(first.customer_id, by=SYSTEM, level="core")
        reply_to_ticket(first.pk, Reply("Soon."), by=actor(desk.supervisor))
        transfer_ticket(first.pk, team=desk.other, by=SYSTEM)
    with time.at(MONDAY + timedelta(hours=4)):
        set_status(first.pk, "on_hold", by=SYSTEM)
    with time.at(MONDAY + timedelta(hours=5)):
        set_status(first.pk, "solved", by=SYSTEM)
    assert situations([first, second], at) == before


def test_learning_and_scoring_see_the_same_numbers(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(MONDAY + timedelta(hours=1)):
        assign_ticket(ticket.pk, to=desk.agent, by=SYSTEM)
        edit_ticket(ticket.pk, by=SYSTEM, kind="repair")
        reply_to_ticket(ticket.pk, Reply("Soon."), by=actor(desk.supervisor))
    with time.at(MONDAY + timedelta(hours=2)):
        set_status(ticket.pk, "pending", by=SYSTEM)
    with time.at(MONDAY + timedelta(hours=26)):
        set_status(ticket.pk, "open", by=SYSTEM)
    at = MONDAY + timedelta(hours=28)
    running = next(clock for clock in services.running_clocks([ticket.pk], at) if clock.metric == "resolution")
    now = services.situation_of(running, rules_by_id([running.target_id])[running.target_id], open_book(), at, load=0)
    assert now == situations([ticket], at)[0]
    assert now.share == pytest.approx(3 / 24, abs=0.001), "two hours before the pause, one after it and the lunch hour"


def test_samples_are_as_of_their_moment_and_the_queue_is_counted_then(desk: Desk, history: Ticket) -> None:
    found = samples_of("first_response", timezone.now())
    assert len(found) > 4_000
    for sample in found[::50]:
        assert sample.started_at <= sample.situation.at < sample.ended_at
        assert sample.situation.messages == 1
        assert 0 <= sample.situation.share < 1
        # a ticket every half hour, open for at most five hours
        assert 1 <= sample.situation.load <= 11
    # shares are drawn whatever the length of a life, so early ones are met more often than late ones
    early = [sample.is_missed for sample in found if sample.situation.share < 0.25]
    late = [sample.is_missed for sample in found if sample.situation.share > 0.75]
    assert sum(late) / len(late) > sum(early) / len(early)


def test_a_round_goes_on_in_batches_and_only_one_runs(
    desk: Desk,
    policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    tickets = [arrive_open(desk, 0.6, address=f"c{nth}@customer.example") for nth in range(5)]
    score_clocks()
    score_clocks()
    assert Job.objects.filter(kind=services.SCORE_JOB).count() == 1
    results = work(services.SCORE_JOB)
    assert results[-1]["kept"] == 5
    assert len(results) == 3
    assert set(Risk.objects.values_list("ticket_id", flat=True)) == {ticket.pk for ticket in tickets}


def test_a_failed_training_switches_old_knowledge_off(
    desk: Desk,
    history: Ticket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert services.train("first_response").is_active
    monkeypatch.setattr(services, "LEAST_CLOCKS", 10**6)
    assert services.train("first_response").refusal == "too_few"
    assert not PredictionModel.objects.filter(is_active=True).exists()
    assert list(PredictionModel.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_learning_happens_weekly_and_again_tomorrow_where_there_was_too_little(desk: Desk) -> None:
    assert services.train_weekly() > 0
    assert services.train_weekly() == 0, "they are waiting already"
    work(services.TRAIN_JOB)
    assert services.train_weekly() == 0
    PredictionModel.objects.update(trained_at=timezone.now() - timedelta(days=2))
    PredictionModel.objects.filter(metric="resolution").update(refusal="", is_active=True)
    services.train_weekly()
    waiting = set(Job.objects.filter(kind=services.TRAIN_JOB, state="ready").values_list("args__metric", flat=True))
    assert "first_response" in waiting
    assert "resolution" not in waiting


def test_memory_and_work_are_bounded(desk: Desk, history: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "BATCH", 100)
    assert len(samples_of("first_response", timezone.now(), most=300)) < 300 * sampling.MOMENTS


def test_leads_see_their_tickets_only_and_cannot_train(desk: Desk, policy: Policy, as_staff: Browser) -> None:
    mine = arrive_open(desk, 0.7)
    theirs = arrive_open(desk, 0.7, address="c2@customer.example")
    with time.at(timezone.now() - timedelta(minutes=1)):
        transfer_ticket(theirs.pk, team=desk.other, by=SYSTEM)
    score_clocks()
    work(services.SCORE_JOB)
    page = as_staff(Staff.objects.get(pk=desk.lead.pk)).get("/dashboards/likely/").content.decode()
    assert f"/tickets/{mine.number}/" in page
    assert f"/tickets/{theirs.number}/" not in page
    assert as_staff(desk.lead).post("/dashboards/prediction/train/").status_code == 403
    assert not Job.objects.filter(kind=services.TRAIN_JOB).exists()


def test_pages_cost_the_same_whatever_is_behind_them(
    desk: Desk,
    policy: Policy,
    as_staff: Browser,
    django_assert_max_num_queries: Any,
) -> None:
    browser = as_staff(desk.supervisor)
    for nth in range(60):
        arrive_open(desk, 0.7, address=f"c{nth}@customer.example")
    score_clocks()
    work(services.SCORE_JOB)
    for number in range(30):
        PredictionModel.objects.create(metric="resolution", number=number + 1, refusal="too_few")
    with django_assert_max_num_queries(9):
        page = browser.get("/dashboards/likely/").content.decode()
    assert "?after=" in page
    following = page.partition('href="?after=')[2].partition('"')[0]
    assert browser.get(f"/dashboards/likely/?after={following}").content.decode().count("<tr>") == 11
    with django_assert_max_num_queries(10):
        browser.get("/dashboards/prediction/?metric=resolution")


@pytest.mark.parametrize("after", ["x", "nan:1", "0.5", "0.5:-1", "9e999:1", "\x00", "inf:2"])
def test_nonsense_in_the_address_begins_anew(desk: Desk, as_staff: Browser, after: str) -> None:
    browser = as_staff(desk.supervisor)
    assert browser.get("/dashboards/likely/", {"after": after}).status_code == 200
    assert browser.get("/dashboards/prediction/", {"metric": after}).status_code == 200

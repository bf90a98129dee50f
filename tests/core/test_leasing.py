"""Leased work: one at a time per key, oldest first; deaths are counted; nothing rests on the broker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from helpdesk.core import jobs, leasing
from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.models import Job, LeasedState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("K7", "every background job visible")]


def make_job(order_key: str = "", **fields: object) -> Job:
    return Job.objects.create(kind="test.nothing", order_key=order_key, **fields)


def later(seconds: float):
    return timezone.now() + timedelta(seconds=seconds)


def test_the_elder_of_a_key_goes_first_and_holds_the_key_while_it_backs_off() -> None:
    first, second, other = make_job("k"), make_job("k"), make_job("x")
    assert leasing.take(Job, second.pk) is None
    assert leasing.take(Job, other.pk) is not None

    def fails(job: Job) -> None:
        raise TryAgain("not now", after=60)

    assert leasing.run(Job, first.pk, fails) == LeasedState.BACK_OFF
    assert leasing.take(Job, second.pk) is None
    assert leasing.take(Job, first.pk) is None
    assert leasing.take(Job, first.pk, now=later(61)) is not None


def test_a_parked_elder_does_not_hold_its_key() -> None:
    first, second = make_job("k"), make_job("k")

    def never(job: Job) -> None:
        raise Permanent("bad data")

    assert leasing.run(Job, first.pk, never) == LeasedState.PARKED
    first.refresh_from_db()
    assert first.reason == "Permanent: bad data"
    assert leasing.take(Job, second.pk) is not None


def test_a_row_is_taken_once() -> None:
    job = make_job()
    assert leasing.take(Job, job.pk) is not None
    assert leasing.take(Job, job.pk) is None


def test_work_whose_lease_was_lost_changes_nothing() -> None:
    job = make_job()

    def slow(taken: Job) -> None:
        Job.objects.filter(pk=make_job("written by the loser").pk)
        # somebody else takes it over meanwhile
        Job.objects.filter(pk=taken.pk).update(leased_until=later(-1))
        leasing.sweep(Job)
        assert leasing.take(Job, taken.pk) is not None

    assert leasing.run(Job, job.pk, slow) is None
    assert not Job.objects.filter(order_key="written by the loser").exists()


def test_a_death_is_counted_and_too_many_park_the_row() -> None:
    job = make_job()
    for nth in (1, 2):
        assert leasing.take(Job, job.pk) is not None
        leasing.sweep(Job, now=later(30))
        job.refresh_from_db()
        assert (job.state, job.deaths) == (LeasedState.READY, nth)
    leasing.take(Job, job.pk)
    leasing.sweep(Job, now=later(30))
    job.refresh_from_db()
    assert job.state == LeasedState.PARKED
    assert "died 3 times" in job.reason
    leasing.retry(job)
    job.refresh_from_db()
    assert (job.state, job.deaths, job.attempts) == (LeasedState.READY, 0, 0)


def test_the_keeper_renews_a_lease_while_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasing, "keeper", leasing.Keeper())
    job = make_job()
    seen = []

    def slow(taken: Job) -> None:
        import time

        before = Job.objects.get(pk=taken.pk).leased_until
        time.sleep(0.6)
        seen.append((before, Job.objects.get(pk=taken.pk).leased_until))

    slow.manages_transactions = True  # type: ignore[attr-defined]
    with override_settings(LEASE_RENEW_SECONDS=0.1):
        leasing.run(Job, job.pk, slow)
    leasing.keeper.stop()
    before, after = seen[0]
    assert after > before


def test_unexpected_errors_are_tried_again_and_parked_in_the_end() -> None:
    job = make_job()

    def broken(taken: Job) -> None:
        raise RuntimeError("boom")

    with override_settings(MAX_ATTEMPTS=2):
        assert leasing.run(Job, job.pk, broken) == LeasedState.BACK_OFF
        Job.objects.filter(pk=job.pk).update(next_attempt_at=later(-1))
        assert leasing.run(Job, job.pk, broken) == LeasedState.PARKED
    job.refresh_from_db()
    assert job.reason == "RuntimeError: boom"


def test_a_job_with_a_known_dedupe_key_is_not_written_twice() -> None:
    assert jobs.enqueue("test.nothing", dedupe_key="once") is not None
    assert jobs.enqueue("test.nothing", dedupe_key="once") is None
    assert Job.objects.count() == 1


def test_discarding_keeps_the_row_on_record() -> None:
    job = make_job(state=LeasedState.PARKED)
    leasing.discard(job)
    job.refresh_from_db()
    assert job.state == LeasedState.DISCARDED


@pytest.mark.req("K7", "every background job visible")
def test_a_backlog_is_not_offered_again_but_an_emptied_broker_is_refilled() -> None:
    from helpdesk.core import bus

    queue = "backlog-test"
    Job.objects.bulk_create(
        Job(kind="nothing", queue=queue, created_at=timezone.now() - timedelta(minutes=1)) for _ in range(3)
    )
    bus.client().rpush(queue, *["waiting"] * 60)
    assert leasing.sweep(Job) == 0
    bus.client().delete(queue)
    assert leasing.sweep(Job) == 3
    assert bus.queue_length(queue) == 3
    bus.client().delete(queue)

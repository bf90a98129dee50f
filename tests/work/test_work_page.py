"""Parked work end to end: a real item fails, is seen with its reason and source, is tried again or discarded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels_app import inbox
from channels_app.inbox import Outcome, RawItem
from channels_app.models import InboundEvent
from channels_app.webhook.handler import HANDLER as WEBHOOK
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import Role
from helpdesk.core import leasing
from helpdesk.core.dispatcher import feed, number_events
from helpdesk.core.errors import Permanent
from helpdesk.core.models import Delivery, Event, Job, ParkedEvent
from helpdesk.core.registries import job_handlers
from tests.factories import make_account, make_staff, make_ticket
from tickets.models import Ticket
from tickets.services.releasing import release_message
from tickets.services.replying import Reply, reply_to_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("teams")]


@pytest.fixture
def failing() -> Iterator[dict[str, Any]]:
    """A handler of received items that fails as long as it is told to."""
    told: dict[str, Any] = {"error": Permanent("the sender li.na@customer.example has no number +8613800138000")}

    def handle(event: InboundEvent) -> Outcome:
        if told["error"] is not None:
            raise told["error"]
        return Outcome(ignored="tested")

    inbox.handlers._entries["test.failing"] = handle
    yield told
    del inbox.handlers._entries["test.failing"]


def store(handler: str, *raws: bytes) -> list[InboundEvent]:
    account = make_account("hook", kind="webhook")
    events = [item.event for item in inbox.store(account, [RawItem(raw, handler) for raw in raws], offer=False)]
    for event in events:
        leasing.run(InboundEvent, event.pk)
    return list(InboundEvent.objects.filter(pk__in=[event.pk for event in events]).order_by("pk"))


def work_all() -> None:
    """Run what waits, as the workers would."""
    for model in (Job, InboundEvent):
        while (
            pk := model.objects.filter(state="ready").order_by("pk").values_list("pk", flat=True).first()
        ) is not None:
            leasing.run(model, pk)


@pytest.mark.req("A4", "parked with its reason")
@pytest.mark.req("K7", "retry button")
def test_parked_item_shows_its_reason_and_becomes_a_ticket_after_another_try(desk: Client) -> None:
    raw = b'{"id": "7", "sender": {"email": "li.na@customer.example"}, "subject": "Pump", "text": "It leaks"}'
    [event] = store(WEBHOOK, raw)
    assert event.state == "done"
    [broken] = store(WEBHOOK, b'{"text": "<script>alert(1)</script> who am I"}')
    assert broken.state == "parked"
    page = desk.get("/work/").content.decode()
    assert "the message names no sender" in page
    assert f"/work/inbound/{broken.pk}/" in page
    detail = desk.get(f"/work/inbound/{broken.pk}/?source=1").content.decode()
    assert "&lt;script&gt;alert(1)" in detail
    assert "<script>alert" not in detail
    InboundEvent.objects.filter(pk=broken.pk).update(raw=raw.replace(b'"7"', b'"8"'))  # mended by hand
    answer = desk.post(f"/work/inbound/{broken.pk}/retry/")
    assert answer.status_code == 302
    work_all()
    broken.refresh_from_db()
    assert broken.state == "done"
    assert Ticket.objects.filter(pk=broken.ticket_id, subject="Pump").exists()
    assert Event.objects.filter(name="work.retried", subject_kind="inbound_event", subject_id=broken.pk).count() == 1


def test_discarded_item_stays_on_record_and_is_never_worked_again(desk: Client, failing: dict[str, Any]) -> None:
    [event] = store("test.failing", b"one")
    assert desk.post(f"/work/inbound/{event.pk}/discard/").status_code == 302
    event.refresh_from_db()
    assert event.state == "discarded"
    assert bytes(event.raw or b"") == b"one"
    again = desk.post(f"/work/inbound/{event.pk}/retry/", follow=True)
    assert "no longer parked" in again.content.decode()
    event.refresh_from_db()
    assert event.state == "discarded"
    assert Event.objects.filter(name="work.discarded").count() == 1
    assert not Event.objects.filter(name="work.retried").exists()


def test_all_of_one_reason_are_tried_again_in_batches_and_only_once(
    desk: Client, failing: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels_app.services.work.BATCH", 2)
    same = store("test.failing", b"a", b"b", b"c", b"d", b"e")
    failing["error"] = Permanent("another reason")
    [other] = store("test.failing", b"f")
    page = desk.get("/work/")
    group = page.context["reasons"][0]
    assert group["number"].number == 5
    # they fail again: a job that took them again and again would never end
    failing["error"] = Permanent("the sender li.na@customer.example has no number +8613800138000")
    desk.post("/work/retry-reason/", {"kind": "inbound", "reason": group["key"]})
    work_all()
    assert {event.state for event in InboundEvent.objects.filter(pk__in=[event.pk for event in same])} == {"parked"}
    failing["error"] = None
    desk.post("/work/retry-reason/", {"kind": "inbound", "reason": group["key"]})
    work_all()
    assert {event.state for event in InboundEvent.objects.filter(pk__in=[event.pk for event in same])} == {"done"}
    other.refresh_from_db()
    assert other.state == "parked"
    for job in Job.objects.filter(kind="work.retry_reason"):
        assert "li.na" not in str(job.args)  # no personal value travels in a job's arguments


@pytest.mark.req("K7", "every background job visible")
def test_failed_job_delivery_and_event_stand_on_the_same_page_and_can_be_retried(
    desk: Client, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, Any] = {"fail": True}

    def handler(job: Job) -> None:
        if told["fail"]:
            raise Permanent("job fails")

    monkeypatch.setitem(job_handlers._entries, "test.job", handler)
    job = Job.objects.create(kind="test.job", args={"n": 1})
    leasing.run(Job, job.pk)

    ticket = make_ticket()
    message = reply_to_ticket(ticket.pk, Reply(text="Hello"), by=_actor(admin))
    release_message(message.pk)
    delivery = Delivery.objects.filter(subject_id=message.pk, purpose="tickets.message").get()
    Delivery.objects.exclude(pk=delivery.pk).update(state="done")
    leasing.run(Delivery, delivery.pk)  # there is no relay in tests, so it fails for good
    delivery.refresh_from_db()
    assert (delivery.state, delivery.status) == ("parked", "failed")

    def consumer(events: Any) -> None:
        if told["fail"]:
            raise RuntimeError("consumer fails")
        told["seen"] = [event.pk for event in events]

    monkeypatch.setattr("channels_app.services.work.consumers", lambda: {"test": consumer})
    event = Event.objects.order_by("-pk").first()
    parked = ParkedEvent.objects.create(consumer="test", event=event, reason="RuntimeError: first")

    rows = {(row.kind, row.pk) for row in desk.get("/work/").context["rows"]}
    assert {("job", job.pk), ("delivery", delivery.pk), ("event", parked.pk)} <= rows
    page = desk.get("/work/").content.decode()
    assert f"/tickets/{ticket.number}/" in page

    still = desk.post(f"/work/event/{parked.pk}/retry/", follow=True)
    assert "failed again" in still.content.decode()
    parked.refresh_from_db()
    assert parked.reason == "RuntimeError: consumer fails"
    told["fail"] = False
    for kind, pk in [("job", job.pk), ("delivery", delivery.pk), ("event", parked.pk)]:
        assert desk.get(f"/work/{kind}/{pk}/").status_code == 200
        assert desk.post(f"/work/{kind}/{pk}/retry/").status_code == 302
    parked.refresh_from_db()
    delivery.refresh_from_db()
    assert parked.resolved_at is not None
    assert told["seen"] == [event.pk]
    assert (delivery.state, delivery.status) == ("ready", "queued")
    work_all()
    job.refresh_from_db()
    assert job.state == "done"


def _actor(staff: Staff) -> Any:
    from tests.factories import actor

    return actor(staff)


@pytest.mark.req("H5", "masking by role")
def test_reading_a_source_is_noted_and_masked_for_those_who_may_not_see_addresses(
    desk: Client, failing: dict[str, Any], as_staff: Callable[[Staff], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    [event] = store("test.failing", b"From: li.na@customer.example\r\nTel 138 0013 8000\r\n\x00\xe2\x80\xae\xff")
    plain = desk.get(f"/work/inbound/{event.pk}/")
    assert "Tel 138" not in plain.content.decode()
    assert not Event.objects.filter(name="inbound.source_read").exists()
    shown = desk.get(f"/work/inbound/{event.pk}/?source=1").content.decode()
    assert "li.na@customer.example" in shown
    assert "\u202e" not in shown
    assert Event.objects.filter(name="inbound.source_read", subject_id=event.pk).count() == 1
    download = desk.get(f"/work/inbound/{event.pk}/source/")
    assert download.content.startswith(b"From: li.na")
    assert download["Content-Disposition"].startswith("attachment")
    assert download["X-Content-Type-Options"] == "nosniff"
    from helpdesk.accounts import permissions

    held = permissions.PERMISSIONS[Role.SUPERVISOR] - {permissions.CUSTOMER_UNMASK}
    monkeypatch.setitem(permissions.PERMISSIONS, Role.SUPERVISOR, frozenset(held))
    watcher = as_staff(make_staff("watcher", role=Role.SUPERVISOR))
    for path in ("/work/", f"/work/inbound/{event.pk}/", f"/work/inbound/{event.pk}/?source=1"):
        text = watcher.get(path).content.decode()
        assert "li.na@" not in text
        assert "13800138000" not in text
        assert "138 0013 8000" not in text
    assert watcher.get(f"/work/inbound/{event.pk}/source/").status_code == 403


def test_list_is_paged_over_all_kinds_and_costs_the_same_whatever_its_size(
    desk: Client, failing: dict[str, Any]
) -> None:
    store("test.failing", b"0")
    with CaptureQueriesContext(
        connection,
    ) as few:
        desk.get("/work/")
    store("test.failing", *[f"{nth}".encode() for nth in range(1, 60)])
    Job.objects.bulk_create(Job(kind="test.gone", state="parked", reason=f"r{nth}") for nth in range(20))
    with CaptureQueriesContext(connection) as many:
        first = desk.get("/work/")
    assert len(many) == len(few) <= 12
    second = desk.get(first.context["next_url"])
    seen = [(row.kind, row.pk) for page in (first, second) for row in page.context["rows"]]
    assert len(seen) == len(set(seen)) == 80
    assert second.context["next_url"] == ""


@pytest.mark.parametrize(
    "path",
    ["/work/?cursor=%%%", "/work/?cursor=e30", "/work/?state=nonsense&kind=x", "/work/?cursor=eyJ4IjoxfQ",
     "/work/inbound/999999999999999999999999/", "/work/nothing/1/", "/work/job/0/", "/work/event/1/?source=1"],
)  # fmt: skip
def test_tampered_addresses_get_an_answer_in_words(desk: Client, path: str) -> None:
    assert desk.get(path).status_code in {200, 400, 404}


def test_tampered_posts_change_nothing(desk: Client, failing: dict[str, Any]) -> None:
    [event] = store("test.failing", b"one")
    for path, data in [
        ("/work/retry-reason/", {}),
        ("/work/retry-reason/", {"kind": "inbound", "reason": "x'; DROP TABLE"}),
        ("/work/retry-reason/", {"kind": "sessions", "reason": "0" * 32}),
        ("/work/nothing/1/retry/", {}),
        ("/work/job/99999999999999999999/discard/", {}),
    ]:
        assert desk.post(path, data).status_code == 404
    event.refresh_from_db()
    assert event.state == "parked"
    assert not Job.objects.filter(kind="work.retry_reason").exists()


def test_event_that_a_consumer_cannot_take_is_parked_by_the_dispatcher_and_retried_here(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"fail": True}

    def consumer(events: Any) -> None:
        if told["fail"]:
            raise RuntimeError("no")

    desk.post("/profile/", {"name": "Boss", "language": "", "timezone": "", "theme": "dark", "density": "regular"})
    while number_events():
        pass
    for _ in range(10):
        feed("test", consumer)
    parked = ParkedEvent.objects.filter(consumer="test", resolved_at__isnull=True)
    assert parked.exists()
    told["fail"] = False
    monkeypatch.setattr("channels_app.services.work.consumers", lambda: {"test": consumer})
    pk = parked.first().pk
    desk.post(f"/work/event/{pk}/retry/")
    assert ParkedEvent.objects.get(pk=pk).resolved_at is not None

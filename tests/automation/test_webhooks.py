"""Webhooks against a real server: signed, tried again, in a log, and never led into the company's own network."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from helpdesk.core import dispatcher, leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Invalid
from helpdesk.core.models import LeasedState
from tests.automation.conftest import House, SignIn
from tests.automation.listening import Listener, listening
from tests.factories import actor
from tickets.automation.models import WebhookCall, WebhookEndpoint
from tickets.automation.services import webhooks
from tickets.automation.webhooks.calling import PAUSES, pause, rest_until
from tickets.automation.webhooks.queueing import queue_call
from tickets.automation.webhooks.signing import sign
from tickets.services.assignment import assign_ticket
from tickets.services.replying import add_note

pytestmark = pytest.mark.django_db(transaction=True)
LOCAL = override_settings(WEBHOOK_NETWORKS=["127.0.0.0/8"])


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found, LOCAL:
        yield found


def endpoint_at(listener: Listener, *events: str) -> tuple[WebhookEndpoint, str]:
    return webhooks.create_endpoint(name="ERP", url=listener.url, events=list(events), by=SYSTEM)


def work(call: WebhookCall) -> WebhookCall:
    WebhookCall.objects.filter(pk=call.pk, state="back_off").update(next_attempt_at=timezone.now())
    leasing.run(WebhookCall, call.pk)
    return WebhookCall.objects.select_related("endpoint").get(pk=call.pk)


@pytest.mark.req("K3", "outgoing webhooks")
def test_an_event_reaches_the_other_system_signed_and_once(house: House, listener: Listener) -> None:
    _endpoint, secret = endpoint_at(listener, "ticket.assigned")
    dispatcher.run_once()
    assign_ticket(house.ticket.pk, to=house.mate, by=actor(house.lead))
    dispatcher.run_once()
    call = WebhookCall.objects.get()
    done = work(call)
    assert (done.state, done.status_code, done.answer) == ("done", 200, "ok")
    path, headers, body = listener.calls[0]
    assert path == "/hook?from=helpdesk"
    assert headers["X-Helpdesk-Signature"] == sign(secret, int(headers["X-Helpdesk-Timestamp"]), body)
    assert abs(int(headers["X-Helpdesk-Timestamp"]) - time.time()) < 10
    assert headers["Idempotency-Key"] == str(call.key)
    said = json.loads(body)
    assert said["event"] == "ticket.assigned"
    assert said["ticket"]["number"] == house.ticket.number
    assert said["data"]["owner"] == [house.agent.pk, house.mate.pk]
    # the log is fed once more after a crash: the call is there already
    dispatcher.run_once()
    assert leasing.run(WebhookCall, call.pk) is None
    assert len(listener.calls) == 1


def test_only_what_was_asked_for_is_told_and_without_a_customers_words(house: House, listener: Listener) -> None:
    endpoint_at(listener, "message.received")
    endpoint_at(listener, "*")
    dispatcher.run_once()
    add_note(house.ticket.pk, "The water damage is real", by=actor(house.agent))
    dispatcher.run_once()
    calls = WebhookCall.objects.filter(event_name="note.added")
    assert calls.count() == 1
    assert "water damage" not in calls.get().body
    assert house.ticket.subject not in calls.get().body


def test_a_failure_is_tried_again_with_growing_pauses_and_the_same_words(house: House, listener: Listener) -> None:
    endpoint, _secret = endpoint_at(listener)
    listener.will_answer(500, 200)
    first = work(queue_call(endpoint, "ping"))
    assert (first.state, first.status_code, first.attempts) == ("back_off", 500, 1)
    assert first.next_attempt_at is not None
    assert 5 < (first.next_attempt_at - timezone.now()).total_seconds() <= PAUSES[0]
    assert WebhookEndpoint.objects.get(pk=endpoint.pk).last_error == "answered 500"
    second = work(first)
    assert (second.state, second.attempts) == ("done", 2)
    assert listener.calls[0][2] == listener.calls[1][2]
    assert listener.calls[0][1]["Idempotency-Key"] == listener.calls[1][1]["Idempotency-Key"]
    assert WebhookEndpoint.objects.get(pk=endpoint.pk).failures == 0
    assert [pause(nth) for nth in range(1, 9)] == [*PAUSES, PAUSES[-1]]


def test_a_call_that_nobody_takes_is_parked_and_a_person_tries_again(house: House, listener: Listener) -> None:
    endpoint, _secret = endpoint_at(listener)
    listener.will_answer(503)
    call = queue_call(endpoint, "ping")
    for _try in range(8):
        WebhookEndpoint.objects.update(paused_until=None)
        call = work(call)
    assert (call.state, call.attempts) == (LeasedState.PARKED, 8)
    listener.will_answer(204)
    webhooks.try_call_again(call.pk, by=SYSTEM)
    assert work(call).state == "done"


def test_an_endpoint_that_keeps_failing_rests_and_waiting_is_no_try(house: House, listener: Listener) -> None:
    endpoint, _secret = endpoint_at(listener)
    listener.will_answer(500)
    for _call in range(5):
        work(queue_call(endpoint, "ping"))
    resting = WebhookEndpoint.objects.get(pk=endpoint.pk)
    assert resting.paused_until is not None
    waiting = work(queue_call(endpoint, "ping"))
    assert (waiting.state, waiting.attempts, waiting.next_attempt_at) == ("back_off", 0, resting.paused_until)
    assert len(listener.calls) == 5
    now = timezone.now()
    assert [rest_until(n, now) - now for n in (5, 6, 30)] == [
        timedelta(minutes=1),
        timedelta(minutes=2),
        timedelta(days=1),
    ]


@pytest.mark.parametrize(("status", "state"), [(301, "parked"), (307, "parked"), (410, "parked"), (404, "back_off")])
def test_redirects_are_not_followed(house: House, listener: Listener, status: int, state: str) -> None:
    endpoint, _secret = endpoint_at(listener)
    listener.will_answer(status, Location=listener.url)
    assert work(queue_call(endpoint, "ping")).state == state
    assert len(listener.calls) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/x", "http://localhost:8000/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data",
     "http://[::1]/", "http://[::ffff:127.0.0.1]/", "ftp://example.com/", "http://user:pw@example.com/", "example.com",
     "http://exa mple.com/", "", "http://x:99999/"],
)  # fmt: skip
def test_inner_and_broken_addresses_are_refused_in_words(house: House, url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        webhooks.create_endpoint(name="ERP", url=url, events=[], by=SYSTEM)
    assert refusal.value.fields["url"]


def test_a_name_that_leads_inside_is_refused_at_the_call(
    house: House, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _secret = endpoint_at(listener)
    real = socket.getaddrinfo
    names = {"erp.partner.example": "127.0.0.1"}
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kw: real(names.get(host, host), *args, **kw))
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=f"http://erp.partner.example:{listener.port}/")
    with override_settings(WEBHOOK_NETWORKS=[]):
        call = work(queue_call(WebhookEndpoint.objects.get(pk=endpoint.pk), "ping"))
    assert call.state == "parked"
    assert "not public" in call.reason
    assert not listener.calls


def test_a_server_that_never_answers_is_given_up_in_time(
    house: House, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.automation.webhooks.calling.SECONDS", 0.5)
    endpoint, _secret = endpoint_at(listener)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        taken: list[Any] = []
        threading.Thread(target=lambda: taken.append(silent.accept()), daemon=True).start()
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        call = work(queue_call(WebhookEndpoint.objects.get(pk=endpoint.pk), "ping"))
    assert call.state == "back_off"


def test_a_new_secret_signs_beside_the_former_one(house: House, listener: Listener) -> None:
    endpoint, former = endpoint_at(listener)
    _row, fresh = webhooks.renew_secret(endpoint.pk, by=SYSTEM)
    work(queue_call(WebhookEndpoint.objects.get(pk=endpoint.pk), "ping"))
    _path, headers, body = listener.calls[0]
    stamp = int(headers["X-Helpdesk-Timestamp"])
    assert headers["X-Helpdesk-Signature"] == sign(fresh, stamp, body)
    assert headers["X-Helpdesk-Signature-Former"] == sign(former, stamp, body)
    assert former not in WebhookEndpoint.objects.get(pk=endpoint.pk).sealed


def test_a_slow_endpoint_rests_after_each_call_and_mail_keeps_its_workers(
    house: House, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.automation.webhooks.calling.SLOW_SECONDS", 0.0)
    monkeypatch.setattr("tickets.automation.webhooks.calling.REST_AFTER_SLOW", 3600)
    endpoint, _secret = endpoint_at(listener)
    calls = [queue_call(endpoint, "ping") for _nth in range(4)]
    assert work(calls[0]).state == "done"
    resting = WebhookEndpoint.objects.get(pk=endpoint.pk)
    assert resting.paused_until is not None
    assert resting.failures == 0
    # the first that is taken up puts all of them off, at no cost of a try
    assert work(calls[1]).state == "back_off"
    rows = WebhookCall.objects.exclude(pk=calls[0].pk)
    assert set(rows.values_list("state", "attempts", "next_attempt_at")) == {("back_off", 0, resting.paused_until)}
    assert len(listener.calls) == 1


@pytest.mark.req("K3", "outgoing webhooks")
def test_a_former_secret_signs_for_a_day_and_the_page_says_so(
    house: House, listener: Listener, as_staff: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _former = endpoint_at(listener)
    browser, page = as_staff(house.admin), f"/settings/webhooks/{endpoint.pk}/"
    assert "signs along until" not in browser.get(page).content.decode()
    renewed = browser.post(f"{page}secret/").content.decode()
    assert "For a day" in renewed
    assert "signs along until" in browser.get(page).content.decode()
    tomorrow = timezone.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr("tickets.automation.models.webhooks.timezone.now", lambda: tomorrow)
    assert "signs along until" not in browser.get(page).content.decode()
    work(queue_call(WebhookEndpoint.objects.get(pk=endpoint.pk), "ping"))
    assert "X-Helpdesk-Signature-Former" not in listener.calls[0][1]


def test_a_secret_that_leaked_signs_nothing_after_two_changes(house: House, listener: Listener) -> None:
    endpoint, leaked = endpoint_at(listener)
    for _change in range(2):
        webhooks.renew_secret(endpoint.pk, by=SYSTEM)
    work(queue_call(WebhookEndpoint.objects.get(pk=endpoint.pk), "ping"))
    _path, headers, body = listener.calls[0]
    forged = sign(leaked, int(headers["X-Helpdesk-Timestamp"]), body)
    assert forged not in {headers["X-Helpdesk-Signature"], headers["X-Helpdesk-Signature-Former"]}


def test_what_arrived_may_be_sent_once_more_and_the_log_is_pruned(house: House, listener: Listener) -> None:
    endpoint, _secret = endpoint_at(listener)
    call = work(queue_call(endpoint, "ping"))
    again = webhooks.try_call_again(call.pk, by=SYSTEM)
    assert again.pk != call.pk
    assert work(again).state == "done"
    WebhookCall.objects.filter(pk=call.pk).update(finished_at=timezone.now() - timedelta(days=31))
    assert webhooks.prune_calls() == 1
    assert list(WebhookCall.objects.values_list("pk", flat=True)) == [again.pk]


def test_a_switched_off_endpoint_gets_nothing(house: House, listener: Listener) -> None:
    endpoint, _secret = endpoint_at(listener, "*")
    call = queue_call(endpoint, "ping")
    webhooks.switch_endpoint(endpoint.pk, is_active=False, by=SYSTEM)
    assert work(call).state == "parked"
    add_note(house.ticket.pk, "x", by=actor(house.agent))
    dispatcher.run_once()
    assert WebhookCall.objects.count() == 1
    with pytest.raises(webhooks.NotTriable):
        webhooks.try_call_again(call.pk, by=SYSTEM)

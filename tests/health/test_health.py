"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app.models import InboundEvent
from helpdesk.core import bus, health
from helpdesk.core.actors import SYSTEM
from helpdesk.core.dispatcher import number_events
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import Cursor, Delivery
from helpdesk.core.tasks import HEARTBEAT, beat
from tests.factories import make_account, make_ticket
from tickets.models import Message, Ticket


@pytest.fixture
def beats() -> None:
    for name in health.NEEDED:
        beat(name)


def ready() -> tuple[int, dict[str, Any]]:
    answer = Client(raise_request_exception=False).get("/readyz")
    return answer.status_code, answer.json()


@pytest.mark.req("K7", "health")
def test_healthz_answers_without_a_database() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.req("K7", "health")
@pytest.mark.django_db
def test_ready_when_everything_is_within_its_bounds(beats: None) -> None:
    status, body = ready()
    assert (status, body["status"], body["failing"]) == (200, "ready", [])
    assert (body["database"], body["broker"]) == ("ok", "ok")
    assert {"inbound_age", "outbound_age", "dispatcher_lag", "timer_lag", "heartbeats"} <= set(body)


@pytest.mark.django_db
def test_late_work_is_named_with_its_age(beats: None) -> None:
    account, long_ago = make_account(), timezone.now() - timedelta(hours=1)
    InboundEvent.objects.create(account=account, external_id="x", handler="email.message", created_at=long_ago)
    Delivery.objects.create(
        account=account,
        purpose="tickets.message",
        subject_id=1,
        address="a@b.example",
        dedupe_key="x",
        created_at=long_ago,
    )
    status, body = ready()
    assert status == 503
    assert {"inbound_age", "outbound_age"} <= set(body["failing"])
    assert 3590 < body["inbound_age"] < 3700
    InboundEvent.objects.update(state="parked")
    Delivery.objects.update(state="done")
    assert ready()[0] == 200


@pytest.mark.django_db
def test_events_without_a_number_or_not_taken_are_a_lag(beats: None, settings: Any) -> None:
    announce(Announcement("ticket.created", "ticket", 1), by=SYSTEM, at=timezone.now() - timedelta(minutes=2))
    assert "dispatcher_lag" in ready()[1]["failing"]
    number_events()
    assert 110 < ready()[1]["dispatcher_lag"] < 200
    for name in settings.EVENT_CONSUMERS:
        Cursor.objects.create(name=name, position=10**6)
    assert ready()[1]["dispatcher_lag"] is None


@pytest.mark.django_db
def test_rows_whose_time_has_passed_are_a_timer_lag(beats: None, settings: Any) -> None:
    settings.READY_BOUNDS = {**settings.READY_BOUNDS, "dispatcher_lag": 10**6}
    ticket = make_ticket()
    number_events()
    late = timezone.now() - timedelta(minutes=3)
    for change in (
        lambda: Ticket.objects.filter(pk=ticket.pk).update(snoozed_until=late),
        lambda: Ticket.objects.filter(pk=ticket.pk).update(snoozed_until=None, auto_close_at=late),
        lambda: Message.objects.create(ticket=ticket, direction="out", author_kind="staff", release_at=late),
    ):
        change()
        status, body = ready()
        assert (status, "timer_lag" in body["failing"]) == (503, True)
        assert body["timer_lag"] > 170
        Ticket.objects.filter(pk=ticket.pk).update(snoozed_until=None, auto_close_at=None)


@pytest.mark.django_db
def test_missing_heartbeat_is_named(beats: None) -> None:
    bus.client().delete(f"{HEARTBEAT}:timers")
    bus.client().set(f"{HEARTBEAT}:dispatcher", str(time.time() - 120))
    status, body = ready()
    assert status == 503
    assert body["failing"] == ["heartbeat:dispatcher", "heartbeat:timers"]


@pytest.mark.django_db
def test_broker_and_database_away_are_said_without_secrets(beats: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "client", lambda: redis.Redis(port=1, password="canary", socket_connect_timeout=0.1))

    def away(_figures: object) -> None:
        raise OperationalError("password canary for host secret.example")

    monkeypatch.setattr(health, "_database", away)
    monkeypatch.setattr(health.connection, "close", lambda: None)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["database", "broker"]
    assert b"canary" not in answer.content
    assert b"secret" not in answer.content


@pytest.mark.django_db
def test_readiness_costs_a_few_queries(beats: None, django_assert_max_num_queries: Any) -> None:
    # one look at an index for each kind of row with a due time
    with django_assert_max_num_queries(24) as queries:
        Client().get("/readyz")
    assert isinstance(queries, CaptureQueriesContext)


@pytest.mark.django_db
@pytest.mark.req("K7", "metrics")
def test_metrics_are_for_the_holder_of_the_token_only(beats: None, settings: Any) -> None:
    settings.DEMO, settings.METRICS_TOKEN = False, "a-token"
    here = Client().get("/metrics", HTTP_AUTHORIZATION="Bearer a-token")
    assert here.status_code == 200
    assert b"helpdesk_ready 1" in here.content
    Client().get("/healthz")
    text = Client().get("/metrics", HTTP_AUTHORIZATION="Bearer a-token").content.decode()
    assert 'helpdesk_requests_total{process="' in text
    assert 'room="healthz",method="GET",status="200"' in text
    assert 'helpdesk_request_seconds_bucket{process="' in text
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION="Bearer wrong").status_code == 404
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.7", HTTP_AUTHORIZATION="Bearer a-token").status_code == 200


@pytest.mark.django_db
@pytest.mark.req("K7", "metrics")
def test_without_a_token_metrics_are_for_the_demo_on_this_machine_only(beats: None, settings: Any) -> None:
    """Behind a proxy on the same machine every asker comes from 127.0.0.1."""
    settings.METRICS_TOKEN = ""
    for address in ("127.0.0.1", "::1", "", "203.0.113.7"):
        assert Client().get("/metrics", REMOTE_ADDR=address).status_code == 404
    assert Client().get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404
    settings.DEMO = True
    assert Client().get("/metrics").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404
    settings.METRICS_TOKEN = "a-token"
    assert Client().get("/metrics").status_code == 404

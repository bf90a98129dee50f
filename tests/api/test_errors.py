"""Bad input gets a clear problem in the caller's language, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Caller
from tickets.models import Ticket

DEEP = b"[" * 10_000 + b"]" * 10_000
POST = {"subject": "s", "body": "b", "requester": "li.na@customer.example"}


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:helpdesk:problem:{code}"
    assert body["title"]
    assert body["request_id"] == answer["X-Request-Id"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "parse_error"),
        (b"\xff\xfe\x00", "parse_error"),
        (DEEP, "parse_error"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "parse_error"),
        (b'{"body": ' + b"9" * 5000 + b"}", "parse_error"),
        (b'{"body": NaN}', "parse_error"),
        (b"[]", "invalid"),
        (b"null", "invalid"),
        (b'"text"', "invalid"),
        (b"1e400", "invalid"),
    ],
)
@pytest.mark.req("K3", "REST API")
def test_body_that_cannot_be_read(agent: Caller, ticket: Ticket, raw: bytes, code: str) -> None:
    for path in ("tickets/", f"tickets/{ticket.number}/messages/", f"tickets/{ticket.number}/assign/", "customers/"):
        assert_problem(agent.call("POST", path, raw), 400, code)
    assert_problem(agent.call("PATCH", f"tickets/{ticket.number}/", raw), 400, code)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"body": "a\x00b"}, "body"),
        ({"subject": "a\ud800b"}, "subject"),
        ({"body": None}, "body"),
        ({"body": ""}, "body"),
        ({"body": {"a": 1}}, "body"),
        ({"body": "x" * 200_001}, "body"),
        ({"requester": None}, "requester"),
        ({"requester": 7}, "requester"),
        ({"requester": "nobody"}, "requester.phone"),
        ({"requester": "a@@b"}, "requester.email"),
        ({"requester": {"name": "Li"}}, "requester"),
        ({"requester": {"email": ["a@b.example"]}}, "requester"),
        ({"requester": {"email": "a\x00@b.example"}}, "requester"),
        ({"requester": {"email": "a@b.example", "role": "x"}}, "requester"),
        ({"tags": ["<b>"]}, "tags"),
        ({"tags": [f"t{n}" for n in range(30)]}, "tags"),
        ({"kind": "strange"}, "kind"),
        ({"fields": {"nothing": 1}}, "fields.nothing"),
        ({"fields": []}, "fields"),
        ({"attachments": [2**80]}, "attachments.0"),
        ({"attachments": [1]}, "attachments"),
        ({"external_id": "x" * 251}, "external_id"),
        ({"external_id": "a\x00"}, "external_id"),
        ({"channel": "support"}, "channel"),
        ({"channel": "no such"}, "channel"),
    ],
)
@pytest.mark.req("K3", "REST API")
def test_bad_field_is_named_and_nothing_is_stored(agent: Caller, change: dict[str, Any], field: str) -> None:
    from channels_app.models import InboundEvent

    answer = agent.call("POST", "tickets/", json.dumps({**POST, **change}).encode())
    assert_problem(answer, 400, "invalid")
    assert field in answer.json()["fields"], answer.json()
    assert InboundEvent.objects.count() == 0


def test_emoji_and_right_to_left_text_are_kept(agent: Caller) -> None:
    text = "مرحبا 👩‍🔧 \u202eabc\u202c 洗衣机"
    answer = agent.post("tickets/", {**POST, "body": text, "subject": text})
    messages = agent.get(f"tickets/{answer.json()['number']}/messages/").json()["results"]
    assert messages[0]["text"] == text


@pytest.mark.parametrize(
    "number", ["HD-0", "HD-x", "9" * 5000, "HD-9223372036854775808", "%00", "-1", "１２", "HD-1%2F.."]
)
def test_number_that_is_none_is_not_found(agent: Caller, number: str) -> None:
    assert_problem(agent.get(f"tickets/{number}/"), 404, "not_found")


@pytest.mark.parametrize("path", ["", "nothing/", "tickets", "tickets/HD-1/none/", "../v2/tickets/", "attachments/x/"])
def test_unknown_address_is_a_problem(agent: Caller, path: str) -> None:
    assert_problem(agent.get(path), 404, "not_found")
    assert_problem(agent.post(path), 404, "not_found")


def test_method_content_type_and_size(agent: Caller, settings: Any) -> None:
    refused = agent.call("PUT", "tickets/", {})
    assert_problem(refused, 405, "method_not_allowed")
    assert "GET" in refused["Allow"]
    client = Client(raise_request_exception=False)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {agent.key}"}
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
    ):
        assert_problem(
            client.post("/api/v1/tickets/", b"a=1", content_type=kind, **headers), 415, "unsupported_media_type"
        )
    settings.API_MAX_JSON_BYTES = 1000
    assert_problem(agent.post("tickets/", {**POST, "body": "x" * 2000}), 413, "too_large")
    broken = client.post(
        "/api/v1/attachments/", b"--x\r\nnothing", content_type="multipart/form-data; boundary=x", **headers
    )
    assert_problem(broken, 400, "invalid")


def test_errors_speak_the_callers_language(agent: Caller) -> None:
    english = agent.call("GET", "tickets/HD-99/", None, accept_language="en").json()
    chinese = agent.call("GET", "tickets/HD-99/", None, accept_language="zh-CN,zh;q=0.9").json()
    assert english["title"] == "There is nothing here, or you may not see it."
    assert chinese["title"] != english["title"]
    assert chinese["code"] == english["code"]
    forged = Caller("hd_0123456789ab_x").call("GET", "me/", None, accept_language="zh-hans").json()
    assert forged["title"] == "此 API 密钥无效、已过期或已被吊销。"


@pytest.mark.parametrize(
    "header", ["Basic eA==", "Bearer", "Bearer ", "Bearer x y", "Bearer 密钥", "Bearer " + "x" * 5000, "bearer hd__"]
)
def test_strange_authorization_header(header: str, team: Any) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/me/", HTTP_AUTHORIZATION=header.encode().decode("latin-1"))
    assert_problem(answer, 401, "authentication_failed")


def test_unexpected_failure_is_a_problem_without_a_stack(agent: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from tickets.api.views import labels

    def broken(*_args: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(labels.TagList, "get", broken)
    answer = agent.get("tags/")
    assert_problem(answer, 500, "server_error")
    assert b"secret" not in answer.content


def test_rate_limit_answers_429_and_fails_open(agent: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_RATE_PER_MINUTE = 2
    answers = [agent.get("me/") for _ in range(4)]
    assert answers[0].status_code == 200
    assert_problem(answers[-1], 429, "too_many")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    import redis

    from helpdesk.core import bus

    monkeypatch.setattr(bus, "client", lambda: redis.Redis(port=1, socket_connect_timeout=0.1))
    assert agent.get("me/").status_code == 200

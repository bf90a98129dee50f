"""Files and customers by the API, and the verbs that no other test reaches."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from helpdesk.core.models import Event
from helpdesk.customers.models import Customer
from helpdesk.serving import INTERNAL_FILE_HEADER
from tests.api.conftest import Caller, key_of
from tests.factories import make_ticket
from tickets.models import Attachment, Message, Ticket

BYTES = b"\x89PNG\r\n\x1a\n not really"


def upload(caller: Caller, name: str = "foto 照片.png", data: bytes = BYTES, kind: str = "image/png") -> Any:
    file = SimpleUploadedFile(name, data, content_type=kind)
    return Client(raise_request_exception=False).post(
        "/api/v1/attachments/", {"file": file}, HTTP_AUTHORIZATION=f"Bearer {caller.key}"
    )


@pytest.mark.req("E5", "attachments")
def test_uploaded_file_goes_along_with_a_reply_and_can_be_fetched(
    agent: Caller, outsider: Caller, ticket: Ticket
) -> None:
    kept = upload(agent)
    assert kept.status_code == 201, kept.content
    file = kept.json()
    assert (file["name"], file["size"]) == ("foto 照片.png", len(BYTES))
    own = f"attachments/{file['id']}/"
    assert agent.get(own).status_code == 200
    stranger = Caller(key_of(agent.staff))  # type: ignore[arg-type]
    assert stranger.get(own).status_code == outsider.get(own).status_code == 404
    path = f"tickets/{ticket.number}/messages/"
    assert stranger.post(path, {"text": "x", "attachments": [file["id"]]}).status_code == 400
    reply = agent.post(path, {"text": "See the picture.", "attachments": [file["id"]]})
    assert reply.status_code == 201, reply.content
    assert [one["id"] for one in reply.json()["attachments"]] == [file["id"]]
    content = stranger.get(f"{own}content/")
    assert content.status_code == 200
    with default_storage.open(unquote(content[INTERNAL_FILE_HEADER])) as stored:
        assert stored.read() == BYTES
    assert content["Content-Disposition"].startswith("attachment;")
    assert content["X-Content-Type-Options"] == "nosniff"
    assert outsider.get(f"{own}content/").status_code == 404


def test_uploaded_file_goes_along_with_a_customers_message(agent: Caller) -> None:
    file = upload(agent).json()
    body = {"body": "My machine", "requester": "li.na@customer.example", "attachments": [file["id"]]}
    answer = agent.post("tickets/", body)
    assert answer.status_code == 201, answer.content
    message = Message.objects.get(pk=answer.json()["message"])
    assert message.attachments.get().sha256 == Attachment.objects.get(pk=file["id"]).sha256


def test_upload_beyond_the_limit_or_without_a_file_is_refused(agent: Caller, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10
    assert upload(agent).status_code == 413
    nothing = Client().post("/api/v1/attachments/", {"x": "y"}, HTTP_AUTHORIZATION=f"Bearer {agent.key}")
    assert (nothing.status_code, list(nothing.json()["fields"])) == (400, ["file"])
    assert upload(agent, "../../etc/passwd\u202e.exe", b"x", "text/html; charset=x").json()["name"] == "passwd.exe"


@pytest.mark.req("K3", "REST API")
def test_customers_are_found_made_once_and_edited(agent: Caller, ticket: Ticket) -> None:
    made = agent.post("customers/", {"name": "Wang Wei", "email": "wei@customer.example", "phone": "13800138000"})
    assert made.status_code == 201, made.content
    again = agent.post("customers/", {"email": "WEI@customer.example"})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    for words in ("wang we", "wei@customer", "wei@customer.example", "+8613800138000", "0013800"):
        assert [row["id"] for row in agent.get("customers/", search=words).json()["results"]] == [made.json()["id"]], (
            words
        )
    path = f"customers/{made.json()['id']}/"
    edited = agent.call("PATCH", path, {"edit_version": made.json()["edit_version"], "level": "core", "notes": "VIP"})
    assert (edited.status_code, edited.json()["level"]) == (200, "core")
    event = Event.objects.get(name="customer.changed")
    assert event.data == {"level": ["ordinary", "core"], "notes": None}
    lost = agent.call("PATCH", path, {"edit_version": made.json()["edit_version"], "name": "x"})
    assert (lost.status_code, lost.json()["code"]) == (409, "customer_changed")
    assert lost.json()["current"]["level"] == "core"
    first = agent.get("customers/", page_size=1).json()
    second = agent.call("GET", first["next"].partition("/api/v1/")[2]).json()
    assert [row["results"][0]["id"] for row in (first, second)] == [made.json()["id"], ticket.customer_id]
    assert Customer.objects.count() == 2


def test_verbs_change_what_they_say(agent: Caller, supervisor: Caller, team: Any, other_team: Any) -> None:
    first = make_ticket(team, external_id="1", rfc_message_id="1@x")
    second = make_ticket(team, external_id="2", rfc_message_id="2@x")
    base = f"tickets/{first.number}"
    assert agent.post(f"{base}/assign/", {"owner": "ana"}).json()["owner"]["username"] == "ana"
    assert agent.post(f"{base}/assign/", {"owner": None}).json()["owner"] is None
    assert agent.post(f"{base}/tags/", {"add": ["a", "b"]}).json()["tags"] == ["a", "b"]
    assert agent.post(f"{base}/tags/", {"add": ["c"], "remove": ["a"]}).json()["tags"] == ["b", "c"]
    assert agent.post(f"{base}/snooze/", {"until": "2999-01-01T00:00:00Z"}).json()["snoozed_until"].startswith("2999")
    assert agent.post(f"{base}/snooze/", {"until": None}).json()["snoozed_until"] is None
    assert agent.post(f"{base}/spam/", {"is_spam": True}).json()["is_spam"] is True
    assert agent.post(f"{base}/spam/", {"is_spam": False}).json()["is_spam"] is False
    assert agent.post(f"{base}/watchers/").json()["results"][0]["username"] == "ana"
    assert agent.call("DELETE", f"{base}/watchers/ana/").status_code == 204
    link = agent.post(f"{base}/links/", {"target": second.number}).json()
    assert agent.get(f"tickets/{second.number}/links/").json()["results"] == [link]
    assert agent.call("DELETE", f"{base}/links/{link['id']}/").status_code == 204
    late = agent.post(f"{base}/messages/", {"text": "Later", "release_at": "2999-01-01T00:00:00Z"}).json()
    taken = agent.post(f"{base}/messages/{late['id']}/withdraw/")
    assert taken.status_code == 200, taken.content
    assert taken.json()["withdrawn_at"]
    sent = agent.post(f"{base}/messages/", {"text": "Now"}).json()
    assert agent.post(f"{base}/messages/{sent['id']}/withdraw/").json()["code"] == "too_late"
    split = agent.post(f"{base}/split/", {"messages": [sent["id"]], "subject": "Apart"})
    assert (split.status_code, split.json()["subject"]) == (201, "Apart")
    assert [row["number"] for row in agent.get("tickets/", search="apart").json()["results"]] == [
        split.json()["number"]
    ]
    assert agent.post(f"{base}/merge/", {"into": second.number}).json()["number"] == second.number
    gone = agent.post(f"{base}/messages/", {"text": "x", "direction": "in"})
    assert (gone.status_code, gone.json()["code"], gone.json()["merged_into"]) == (409, "ticket_merged", second.number)
    solved = agent.post(f"tickets/{second.number}/status/", {"status": "solved", "solution": "Seal replaced"})
    assert (solved.json()["status"], solved.json()["solution"]) == ("solved", "Seal replaced")
    moved = agent.post(f"tickets/{second.number}/transfer/", {"team": other_team.slug, "note": "Needs a visit"})
    assert moved.json()["team"]["slug"] == other_team.slug
    assert agent.get(f"tickets/{second.number}/").status_code == 404
    assert supervisor.get(f"tickets/{second.number}/").status_code == 200

"""What no page of ours sends: it is cleaned or refused in words, never an error of ours."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from tickets.models import Attachment, Draft, Message, Ticket
from tickets.selectors.recipients import restored, shown

pytestmark = pytest.mark.req("E5", "drafts that survive")


@pytest.mark.parametrize(
    ("sent", "text", "to"),
    [
        ({"text": "a\ud800b"}, "a?b", None),
        ({"text": "a\x00b", "to": "x\x00@company.example"}, "ab", "x@company.example"),
        ({"text": "ok", "to": "\udfff"}, "ok", "?"),
    ],
)
def test_a_draft_keeps_what_the_database_can_hold(
    house: Any, as_staff: Any, sent: dict[str, str], text: str, to: str | None
) -> None:
    address = f"/tickets/{house.ticket.number}/draft/"
    assert as_staff(house.agent).post(address, json.dumps(sent), content_type="application/json").status_code == 200
    draft = Draft.objects.get()
    assert (draft.text, draft.recipients.get("to")) == (text, to)


@pytest.mark.parametrize(
    "moment", ["2026-01-01T00:00:00+23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
@pytest.mark.parametrize("address", ["/tickets/", "/customers/"])
def test_a_cursor_at_an_impossible_moment_is_refused_or_finds_a_page(
    house: Any, as_staff: Any, address: str, moment: str
) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps([moment, 1]).encode()).decode().rstrip("=")
    assert as_staff(house.agent).get(address, {"cursor": cursor}).status_code in {200, 400}


@pytest.mark.parametrize("until", ["2030-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00"])
def test_a_snooze_in_a_zone_that_is_none_is_refused_or_kept_in_utc(house: Any, as_staff: Any, until: str) -> None:
    answer = as_staff(house.agent).post(f"/tickets/{house.ticket.number}/snooze/", {"until": until})
    assert answer.status_code in {302, 400}
    assert (Ticket.objects.get(pk=house.ticket.pk).snoozed_until is None) == (answer.status_code == 400)


def test_an_upload_whose_type_holds_controls_is_kept(house: Any, as_staff: Any) -> None:
    part = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\x00x\r\n\r\n'
    )
    address, body = f"/tickets/{house.ticket.number}/uploads/", part + b"abc\r\n--b--\r\n"
    answer = as_staff(house.agent).post(address, body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 200
    assert Attachment.objects.get(pk=answer.json()["id"]).content_type == "image/pngx"


@pytest.mark.parametrize("line", ["(" * 9000, "a:" * 4500, "a(" * 4500, '"' * 9999, "•••" * 3000, "a•••" * 2000 + "@"])
@pytest.mark.parametrize("path", ["messages/", "forward"])
def test_recipients_that_are_none_are_refused_in_words(house: Any, as_staff: Any, line: str, path: str) -> None:
    client, before = as_staff(house.agent), Message.objects.count()
    message = house.ticket.messages.get(direction="in")
    path = f"messages/{message.pk}/forward/" if path == "forward" else path
    data = {"text": "Hello", "mode": "reply", "to": line[:2000] if "forward" in path else line}
    answer = client.post(f"/tickets/{house.ticket.number}/{path}", data, headers={"HX-Request": "true"})
    assert answer.status_code in {400, 422}
    assert Message.objects.count() == before


@pytest.mark.req("H5", "masking by role")
def test_a_long_line_without_an_address_is_masked_at_once() -> None:
    began = time.process_time()
    assert shown("a" * 50_000, False) == restored("a" * 50_000 + "•••", []).removesuffix("•••")
    assert time.process_time() - began < 10, "it grows with the square of the length"

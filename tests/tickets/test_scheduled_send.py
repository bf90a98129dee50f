"""An answer leaves at a time of one's own, read in one's own zone; a time that has passed is refused with the text kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from helpdesk.accounts.models import Staff
from helpdesk.core.models import Delivery
from helpdesk.core.tasks import sweep_due_rows
from tickets.models import Draft, Message

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.req("E5", "scheduled send")


def send_at(client: Any, house: Any, moment: str, text: str = "On time") -> Any:
    data = {"text": text, "then": "later:at", "later_at": moment}
    return client.post(f"/tickets/{house.ticket.number}/messages/", data, headers=HTMX)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_time_is_read_in_the_persons_zone_and_the_answer_leaves_then(house: Any, as_staff: Any, zone: str) -> None:
    Staff.objects.filter(pk=house.agent.pk).update(timezone=zone)
    client = as_staff(house.agent)
    page = client.get(f"/tickets/{house.ticket.number}/").content.decode()
    assert f"In your time zone, {zone}." in page
    local = (timezone.now() + timedelta(days=2)).astimezone(ZoneInfo(zone)).replace(hour=14, minute=30)
    answer = send_at(client, house, local.strftime("%Y-%m-%dT%H:%M"))
    assert answer.status_code == 200
    message = Message.objects.get(text="On time")
    assert message.release_at.astimezone(ZoneInfo(zone)).strftime("%d %H:%M") == local.strftime("%d 14:30")
    assert "Will be sent" in client.get(f"/tickets/{house.ticket.number}/").content.decode()
    sweep_due_rows()
    before = Delivery.objects.count()
    assert Message.objects.get(text="On time").is_waiting
    Message.objects.filter(pk=message.pk).update(release_at=timezone.now() - timedelta(seconds=1))
    sweep_due_rows()
    assert not Message.objects.get(text="On time").is_waiting
    assert Delivery.objects.count() == before + 1


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (lambda: (datetime.now(UTC) + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M"), "This time has passed"),
        (lambda: "2020-01-01T09:00", "This time has passed"),
        (lambda: "2999-01-01T09:00", "within a year"),
        (lambda: "", "Enter a date and a time"),
        (lambda: "tomorrow", "Enter a date and a time"),
        (lambda: "0001-01-01T00:00:00+23:59", "Enter a date and a time"),
    ],
)
def test_time_that_cannot_be_is_refused_in_words_and_the_draft_stays(
    house: Any, as_staff: Any, moment: Any, words: str
) -> None:
    """The first: it lies ahead in UTC, but has passed in the person's zone, Shanghai."""
    client, number = as_staff(house.agent), house.ticket.number
    client.post(f"/tickets/{number}/draft/", {"text": "On time"}, headers={"Accept": "application/json"})
    refused = send_at(client, house, moment())
    assert refused.status_code == 400
    assert words in refused.json()["detail"]
    assert not Message.objects.filter(text="On time").exists()
    assert Draft.objects.get().text == "On time"


def test_refusal_is_said_in_chinese_too(house: Any, as_staff: Any) -> None:
    Staff.objects.filter(pk=house.agent.pk).update(language="zh-hans")
    assert (
        send_at(as_staff(house.agent), house, "2020-01-01T09:00").json()["detail"]
        == "这个时间已经过去，请选择将来的时间。"
    )

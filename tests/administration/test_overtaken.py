"""Two people edit the same row: the second sees what the first saved, keeps what they typed, and saves over it knowingly."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from helpdesk.accounts.models import Staff, Team
from tests.factories import make_staff
from tickets.labels import ensure_labels
from tickets.models import StatusLabel

pytestmark = [pytest.mark.django_db, pytest.mark.req("K5", "administration pages")]


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def seen_in(page: str) -> str:
    tag = next(tag for tag in re.findall(r"<input[^>]*>", page) if 'name="seen"' in tag)
    return re.search(r'value="(\w*)"', tag)[1]  # type: ignore[index]


def test_a_label_that_somebody_else_renamed_is_shown_and_the_second_save_goes_through(desk: Client) -> None:
    ensure_labels()
    label = StatusLabel.objects.filter(category="on_hold").get()
    path = f"/settings/statuses/{label.pk}/"
    seen = seen_in(text_of(desk.get(path)))
    assert desk.post(path, {"name": "Theirs", "name_zh": label.name_zh, "seen": seen}).status_code == 302
    mine = {"name": "Mine", "name_zh": label.name_zh}

    late = desk.post(path, {**mine, "seen": seen})
    page = text_of(late)
    assert late.status_code == 422
    assert "Name in English is now: Theirs" in page
    assert "Name in Chinese is now" not in page
    assert 'target="_blank">Open what is saved now</a>' in page
    assert 'value="Mine"' in page
    label.refresh_from_db()
    assert label.name == "Theirs"

    # a third was quicker again: that has not been seen either
    assert desk.post(path, {"name": "Third", "name_zh": "", "seen": seen_in(page)}).status_code == 302
    again = desk.post(path, {**mine, "seen": seen_in(page)})
    assert again.status_code == 422
    assert "Name in English is now: Third" in text_of(again)
    assert "Name in Chinese is now: –" in text_of(again)

    assert desk.post(path, {**mine, "seen": seen_in(text_of(again))}).status_code == 302
    label.refresh_from_db()
    assert label.name == "Mine"


def test_choices_are_told_by_their_labels(desk: Client, teams: tuple[Team, Team]) -> None:
    ann = make_staff("ann", role="agent", teams=(teams[0],))
    path = f"/settings/staff/{ann.pk}/"
    seen = seen_in(text_of(desk.get(path)))
    data = {"name": "Ann", "username": "ann", "email": ann.email, "language": "", "timezone": "", "first": "show"}
    rows = {f"row_{teams[0].pk}": "member"}
    assert desk.post(path, {**data, **rows, "role": "supervisor", "seen": seen}).status_code == 302
    page = text_of(desk.post(path, {**data, **rows, "name": "Anne", "role": "lead", "seen": seen}))
    assert "Role is now: Supervisor" in page
    assert desk.post(path, {**data, **rows, "name": "Anne", "role": "lead", "seen": seen_in(page)}).status_code == 302
    assert Staff.objects.get(pk=ann.pk).name == "Anne"

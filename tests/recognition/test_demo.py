"""The demo's stories leave recognition something to do: many mails say no kind, and what agents say trains the next model."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from helpdesk.demo import stories, world
from tickets.routing.recognition.models import KindLabel, Recognition, Source

pytestmark = [pytest.mark.django_db, pytest.mark.req("B2", "triage")]


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True
    from helpdesk.core.registries import first_rows

    for make in first_rows.values():
        make()
    world.build()


def told(numbers: range) -> dict[int, Recognition]:
    for nth in numbers:
        stories.play(nth)
    rows = (
        Recognition.objects.select_related("ticket")
        .filter(ticket__messages__external_id__startswith="demo-")
        .distinct()
    )
    return {row.ticket_id: row for row in rows}


def test_mails_without_a_kind_wait_for_the_model_and_agents_say_what_others_are(demo: None) -> None:
    rows = told(range(16))
    assert len(rows) == 16
    mails = [row for row in rows.values() if row.ticket.channel_kind == "email"]
    unsaid = [row for row in mails if row.kind_source in {Source.NOBODY, Source.RULE}]
    assert unsaid, "some are left to rules and model"
    assert any(row.kind_source == Source.NOBODY and row.ticket.status_category in {"new", "open"} for row in unsaid)
    said = KindLabel.objects.count()
    assert said >= 2
    assert any(row.kind_source == Source.GIVEN for row in rows.values()), "forms ask for the kind"


class Crash(Exception):
    """The process ends in the middle."""


def sources(rows: dict[int, Recognition]) -> list[tuple[str, str]]:
    return sorted((row.ticket.subject, row.kind_source) for row in rows.values())


def test_stories_told_anew_after_a_crash_leave_the_same_unsaid(demo: None) -> None:
    before: list[tuple[str, str]] = []
    with suppress(Crash), transaction.atomic():
        before = sources(told(range(6)))
        raise Crash
    assert not Recognition.objects.exists()
    assert sources(told(range(6))) == before != []

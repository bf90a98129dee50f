"""A waiting ticket has a queue row, another has none, whatever the verbs do; a missing one is found and mended."""

from __future__ import annotations

import importlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event, Job
from tests.factories import actor, make_account
from tests.routing.conftest import Floor, knows
from tickets.models import Ticket
from tickets.routing.book import turn_page
from tickets.routing.models import QueueEntry, SkillNeed
from tickets.routing.services.checking import check_hourly, mend
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.merging import merge_tickets
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.status import set_status, snooze_ticket, wake_ticket

pytestmark = pytest.mark.django_db


def row_of(ticket: Ticket) -> QueueEntry | None:
    return QueueEntry.objects.filter(ticket=ticket).first()


@pytest.mark.req("C5", "nobody's ticket is ever without an owner or a queue")
def test_a_row_comes_with_the_ticket_and_goes_when_somebody_holds_it(floor: Floor) -> None:
    ticket = floor.arrive()
    row = row_of(ticket)
    assert row is not None
    assert (row.team, row.load_kind, row.channel, row.lane, row.is_ready) == (floor.team, "mail", "email", 2, True)
    assign_ticket(ticket.pk, to=floor.ann, by=actor(floor.ann))
    assert row_of(ticket) is None
    assign_ticket(ticket.pk, to=None, by=actor(floor.ann))
    assert row_of(ticket) is not None
    transfer_ticket(ticket.pk, team=floor.other, by=SYSTEM)
    moved = row_of(ticket)
    assert moved is not None
    assert moved.team == floor.other
    set_status(ticket.pk, "solved", by=SYSTEM)
    assert row_of(ticket) is None
    set_status(ticket.pk, "open", by=SYSTEM)
    assert row_of(ticket) is not None


def test_spam_leaves_the_queue_and_comes_back(floor: Floor) -> None:
    ticket = floor.arrive()
    mark_spam(ticket.pk, is_spam=True, by=SYSTEM)
    assert row_of(ticket) is None
    mark_spam(ticket.pk, is_spam=False, by=SYSTEM)
    assert row_of(ticket) is not None


def test_a_merged_ticket_waits_no_more(floor: Floor) -> None:
    first, second = floor.arrive(), floor.arrive(subject="Another matter")
    merge_tickets(second.pk, first.pk, by=SYSTEM)
    assert row_of(second) is None
    assert row_of(first) is not None


def test_a_snoozed_or_waiting_ticket_keeps_its_place_but_is_not_ready(floor: Floor) -> None:
    ticket = floor.arrive()
    until = timezone.now() + timedelta(hours=1)
    snooze_ticket(ticket.pk, until=until, by=SYSTEM)
    assert not row_of(ticket).is_ready  # type: ignore[union-attr]
    wake_ticket(ticket.pk, now=until)
    assert row_of(ticket).is_ready  # type: ignore[union-attr]
    set_status(ticket.pk, "pending", by=SYSTEM)
    assert not row_of(ticket).is_ready  # type: ignore[union-attr]


@pytest.mark.req("C2", "skills, load, level")
def test_rank_follows_level_then_priority_then_grade(floor: Floor) -> None:
    floor.vip("vip@customer.example")
    plain = floor.arrive("a@customer.example", kind="enquiry")
    urgent = floor.arrive("b@customer.example", kind="account")
    vip = floor.arrive("vip@customer.example", kind="enquiry")
    ranks = list(
        QueueEntry.objects.order_by("lane", "urgency", "due_at", "entered_at").values_list("ticket_id", flat=True)
    )
    assert ranks == [vip.pk, urgent.pk, plain.pk]
    edit_ticket(plain.pk, priority="urgent", by=SYSTEM)
    assert row_of(plain).urgency == row_of(urgent).urgency  # type: ignore[union-attr]


@pytest.mark.req("C2", "skills, load, level")
def test_needed_skills_follow_team_kind_language_and_tag(floor: Floor) -> None:
    washers = knows(floor.ann, "Washers")
    SkillNeed.objects.create(skill=washers, level=2, kind="repair", language="zh")
    turn_page()
    assert row_of(floor.arrive(kind="repair", language="en")).needs == {}  # type: ignore[union-attr]
    ticket = floor.arrive("wang@customer.example", kind="repair", language="zh-CN")
    assert row_of(ticket).needs == {str(washers.pk): 2}  # type: ignore[union-attr]
    edit_ticket(ticket.pk, kind="return", by=SYSTEM)
    assert row_of(ticket).needs_key == ""  # type: ignore[union-attr]


def test_a_waiting_ticket_without_a_row_is_reported_and_mended(floor: Floor) -> None:
    lost, kept, held = floor.arrive(), floor.arrive("b@customer.example"), floor.arrive("c@customer.example")
    # the fault: a row lost, one that is wrong, one too many
    QueueEntry.objects.filter(ticket=lost).delete()
    QueueEntry.objects.filter(ticket=kept).update(lane=0)
    stray = row_of(held)
    assign_ticket(held.pk, to=floor.ann, by=SYSTEM)
    stray.save(force_insert=True)  # type: ignore[union-attr]
    assert check_hourly() == 1
    leasing.run(Job, Job.objects.get(kind="routing.check_queues").pk)
    assert row_of(lost) is not None
    assert row_of(kept).lane == 2  # type: ignore[union-attr]
    assert row_of(held) is None
    assert list(Event.objects.filter(name="ticket.found_unqueued").values_list("ticket_id", flat=True)) == [lost.pk]
    assert check_hourly() == 0


def test_rows_from_before_the_channel_are_filled_in_step_by_step(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    migration = importlib.import_module("tickets.routing.migrations.0006_fill_channels")
    monkeypatch.setattr(migration, "STEP", 2)
    tickets = [floor.arrive(f"c{nth}@customer.example") for nth in range(5)]
    phone = floor.arrive("call@customer.example", account=make_account("hotline", team=floor.team, kind="phone"))
    QueueEntry.objects.update(channel="")
    migration.fill(apps, SimpleNamespace(connection=connection))
    assert set(QueueEntry.objects.filter(ticket__in=tickets).values_list("channel", flat=True)) == {"email"}
    assert QueueEntry.objects.get(ticket=phone).channel == "phone"


def test_a_row_that_old_code_wrote_without_a_channel_is_mended_by_the_hourly_look(floor: Floor) -> None:
    ticket = floor.arrive()
    QueueEntry.objects.update(channel="")
    assert mend([ticket.pk])["stale"] == 1
    assert QueueEntry.objects.get(ticket=ticket).channel == "email"

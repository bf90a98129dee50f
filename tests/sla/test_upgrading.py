"""Upgrading an installation whose clocks are older than what tickets show of them."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection

from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from tests.factories import actor
from tests.sla.conftest import MONDAY, Desk, after
from tickets.models import Ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.status import set_status
from tickets.sla.models import Policy
from tickets.sla.services.missing import find_faults

migration = import_module("tickets.sla.migrations.0006_fill_next_deadlines")

pytestmark = pytest.mark.django_db


def shown() -> dict[int, tuple[object, object]]:
    return {pk: (due, chip) for pk, due, chip in Ticket.objects.values_list("pk", "due_at", "next_clock")}


def test_open_tickets_show_their_next_deadline_behind_the_migration(
    desk: Desk, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, odd, waiting, solved, known = (desk.arrive(MONDAY + timedelta(microseconds=nth)) for nth in range(5))
    with time.at(after(1)):
        reply_to_ticket(waiting.pk, Reply("Which model?", status="pending"), by=actor(desk.agent))
        set_status(solved.pk, "solved", by=SYSTEM)
    right, ids = shown(), [running.pk, odd.pk, waiting.pk, solved.pk]
    assert right[waiting.pk] == (None, {"metric": "resolution", "state": "paused"})
    Ticket.objects.filter(pk__in=ids).update(due_at=None, next_clock=None)
    Ticket.objects.filter(pk=known.pk).update(row_version=90)
    monkeypatch.setattr(migration, "BATCH", 2)
    versions = dict(Ticket.objects.values_list("pk", "row_version"))
    with connection.schema_editor(atomic=False) as editor:
        migration.fill(None, editor)
    assert shown() == right
    assert find_faults([*ids, known.pk]) == ({}, {})
    # rows that are cached by their version are drawn anew, and no others
    moved = {row.pk for row in Ticket.objects.all() if row.row_version != versions[row.pk]}
    assert moved == {running.pk, odd.pk, waiting.pk}

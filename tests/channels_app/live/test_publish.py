"""What goes onto the bus for a batch of events."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.live import catching_up, publish
from helpdesk.core.actors import SYSTEM
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import Event
from tests.factories import actor, make_staff, make_team, make_ticket
from tickets.services.assignment import assign_ticket
from tickets.services.replying import add_note

pytestmark = [pytest.mark.req("K8", "live push"), pytest.mark.usefixtures("db")]


def events_since(last: int) -> list[Event]:
    events = list(Event.objects.filter(pk__gt=last).order_by("pk"))
    for nth, event in enumerate(events, start=1):
        event.position = nth
    return events


def last_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_a_batch_of_one_and_a_batch_of_many_cost_the_same_two_queries() -> None:
    counted = []
    for number in (1, 12):
        before, team = last_event(), make_team()
        for _ in range(number):
            make_ticket(team)
        events = events_since(before)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            batch = publish.as_batch(events)
        counted.append(len(queries))
        assert sum(1 for item in batch["m"] if item["d"]["t"] == "row") == number
        assert sum(1 for item in batch["m"] if item["d"]["t"] == "counts") == 1
    assert counted == [2, 2]


def test_every_event_of_a_ticket_in_a_batch_goes_into_one_row() -> None:
    team = make_team()
    agent = make_staff(teams=(team,))
    before = last_event()
    ticket = make_ticket(team)
    add_note(ticket.pk, "First", by=actor(agent))
    add_note(ticket.pk, "Second", by=actor(agent))
    ticket.refresh_from_db()
    events = events_since(before)
    rows: list[dict[str, Any]] = [item for item in publish.as_batch(events)["m"] if item["d"]["t"] == "row"]
    assert len(rows) == 1
    assert rows[0]["d"]["v"] == ticket.row_version
    assert rows[0]["d"]["p"] == events[-1].position
    assert rows[0]["d"]["e"].count("note.added") == 1


def test_no_group_of_customers_is_ever_addressed() -> None:
    team = make_team()
    agent = make_staff(teams=(team,))
    before = last_event()
    ticket = make_ticket(team)
    add_note(ticket.pk, "Between us", by=actor(agent))
    assign_ticket(ticket.pk, to=agent, by=SYSTEM)
    named = {group.split(":")[0] for item in publish.as_batch(events_since(before))["m"] for group in item["g"]}
    assert named == {"all", "team", "staff"}


def test_a_note_changes_no_count_and_an_assignment_does() -> None:
    team = make_team()
    agent = make_staff(teams=(team,))
    ticket = make_ticket(team)
    before = last_event()
    add_note(ticket.pk, "Nothing else", by=actor(agent))
    assert [item["d"]["t"] for item in publish.as_batch(events_since(before))["m"]] == ["row"]
    before = last_event()
    assign_ticket(ticket.pk, to=agent, by=SYSTEM)
    assert [item["d"]["t"] for item in publish.as_batch(events_since(before))["m"]] == ["row", "counts"]


@pytest.mark.parametrize(
    ("name", "kind", "data", "people"),
    [
        ("staff.changed", "staff", {}, [7]),
        ("staff.signed_out", "staff", {}, [7]),
        ("staff.signed_in", "staff", {}, []),
        ("membership.removed", "membership", {"staff": 9}, [9]),
        ("team.changed", "team", {}, "*"),
        ("api_key.created", "api_key", {"staff": 3}, []),
    ],
)
def test_events_about_people_name_whose_rights_to_read_again(
    name: str, kind: str, data: dict[str, Any], people: object
) -> None:
    before = last_event()
    announce(Announcement(name, kind, 7, data=data), by=SYSTEM)
    assert publish.as_batch(events_since(before))["r"] == people


def test_a_desk_that_missed_very_much_is_told_to_load_its_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    from helpdesk.core.dispatcher import run_once

    monkeypatch.setattr(catching_up, "MOST_TICKETS", 2)
    team = make_team()
    agent = make_staff(teams=(team,))
    run_once()
    start = catching_up.pushed_position()
    for _ in range(2):
        make_ticket(team)
    run_once()
    assert [m["t"] for m in catching_up.changes_since(agent.pk, start)] == ["row", "row", "counts", "resumed"]
    make_ticket(team)
    run_once()
    assert [m["t"] for m in catching_up.changes_since(agent.pk, start)] == ["catchup"]
    assert catching_up.changes_since(agent.pk, start)[0]["all"] is True


@pytest.mark.req("D4", "recomputed")
def test_very_many_changed_rows_are_one_hint_and_no_storm() -> None:
    team, before = make_team(), last_event()
    announce(
        Announcement("clock.recomputed", "policy", 0, data={"done": 90_000, "of": 90_000, "changed": 80_000}), by=SYSTEM
    )
    batch = publish.as_batch(events_since(before))
    assert [item["d"] for item in batch["m"]] == [{"t": "stale"}]
    assert {"all", f"team:{team.pk}"} <= set(batch["m"][0]["g"])

"""What goes on now: the wallboard and the team's page, as each reader may see them, and what a look costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.models import QueueSample
from analytics.selectors import floor
from analytics.services.sampling import sample_queues
from helpdesk.accounts.models import Membership, Presence, Staff
from helpdesk.accounts.permissions import PERMISSIONS, Role
from helpdesk.accounts.services.presence import extend_connections, set_presence
from helpdesk.core import clock as time
from tests.analytics.conftest import consume
from tests.factories import actor, make_account, make_staff
from tests.sla.conftest import Desk
from tickets.due import release_due
from tickets.services.assignment import assign_ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla.models import Policy

pytestmark = pytest.mark.django_db

As = Callable[[Staff], Client]


def there(person: Staff, state: str = "online") -> None:
    """The person is connected for a while, in this state."""
    extend_connections([person.pk], until=timezone.now() + timedelta(hours=1))
    set_presence(by=actor(person), state=state)


def arrived(desk: Desk, minutes: float, **fields: Any) -> Any:
    return desk.arrive(timezone.now() - timedelta(minutes=minutes), **fields)


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_floor_answers_by_the_roles_permission(role: str, desk: Desk, as_staff: As) -> None:
    browser = as_staff(make_staff("person", role=role, teams=(desk.team,)))
    expected = 200 if "analytics.view" in PERMISSIONS[role] else 403
    for path in ("/wallboard/", "/team/"):
        assert browser.get(path).status_code == expected
        assert browser.get(path, HTTP_HX_REQUEST="true").status_code == expected
        assert Client().get(path).status_code == 302
        assert Client().get(path, HTTP_HX_REQUEST="true").status_code == 401
        assert browser.post(path).status_code in {403, 405}


@pytest.mark.req("J1", "wallboard")
def test_wallboard_tells_queues_waits_and_deadlines(desk: Desk, policy: Policy, as_staff: As) -> None:
    phone = make_account("hotline", team=desk.team, kind="phone")
    arrived(desk, 12, external_id="a")
    arrived(desk, 300, external_id="b", account=phone)  # its first response was due an hour ago
    arrived(desk, 200, external_id="c")  # 40 of 240 minutes are left
    taken = arrived(desk, 5, external_id="d")
    assign_ticket(taken.pk, to=desk.agent, by=actor(desk.supervisor))
    sample_queues(timezone.now() - timedelta(minutes=30))
    context = as_staff(desk.supervisor).get("/wallboard/").context
    assert context["waiting"] == "3"
    assert context["before"]["number"] == "3"
    assert context["longest"].channel == "phone"
    lines = {line["channel"]: line for line in context["lines"]["rows"]}
    assert (lines["email"]["waiting"], lines["phone"]["waiting"]) == ("2", "1")
    pressing = context["pressing"]
    assert (pressing["overdue"], pressing["at_risk"], pressing["soon"]) == ("1", "1", 0)
    assert [one.due_at < timezone.now() for one in context["urgent"]] == [True, False]
    assert context["urgent"][0].word


@pytest.mark.req("J1", "wallboard")
def test_wallboard_tells_people_and_today(desk: Desk, policy: Policy, as_staff: As) -> None:
    there(desk.agent)
    there(desk.lead, "away")
    there(desk.supervisor)  # takes no work, so neither free nor full
    off = make_staff("off", teams=(desk.team,))
    set_presence(by=actor(off), state="online")  # chose to be there, but no socket answers
    ticket = desk.arrive(timezone.now() - timedelta(minutes=1))
    assign_ticket(ticket.pk, to=desk.agent, by=actor(desk.supervisor))
    reply_to_ticket(ticket.pk, Reply("Done.", status="solved"), by=actor(desk.agent))
    with time.at(timezone.now() + timedelta(seconds=10)):
        release_due(timezone.now() + timedelta(seconds=10), 10)
    consume()
    context = as_staff(desk.supervisor).get("/wallboard/").context
    states = {part["state"]: part["number"] for part in context["states"]}
    assert states == {"free": 1, "working": 0, "full": 0, "busy": 0, "away": 1}
    assert context["there"] == 2
    assert [figure["value"] for figure in context["today_figures"]] == ["1", "1", "–"]
    assert context["response_text"] == "100"
    assert {line["channel"]: line["able"] for line in context["lines"]["rows"]}["email"] == 1


@pytest.mark.req("J1", "wallboard")
def test_lead_sees_their_teams_and_anybody_may_choose_one(desk: Desk, policy: Policy, as_staff: As) -> None:
    other = make_account("other", team=desk.other)
    arrived(desk, 10, external_id="a")
    arrived(desk, 10, external_id="b", account=other, subject="Not for the lead")
    arrived(desk, 300, external_id="c", account=other, subject="Not for the lead either")
    supervisor, lead = as_staff(desk.supervisor), as_staff(desk.lead)
    assert supervisor.get("/wallboard/").context["waiting"] == "3"
    assert supervisor.get(f"/wallboard/?team={desk.other.pk}").context["waiting"] == "2"
    for query in ("", f"?team={desk.other.pk}", "?team=999999", "?team=x"):
        answer = lead.get(f"/wallboard/{query}")
        assert answer.context["waiting"] == "1"
        assert "Not for the lead" not in answer.content.decode()
        names = {row["name"] for row in lead.get(f"/team/{query}").context["rows"]}
        assert names == {desk.agent.name, desk.lead.name}


def test_wallboard_without_anything_says_so(desk: Desk, as_staff: As) -> None:
    page = as_staff(desk.supervisor).get("/wallboard/").content.decode()
    for words in ("Nobody waits", "not measured yet today", "no comparison yet", "none is over"):
        assert words in page
    loner = as_staff(make_staff("loner", role="lead"))
    assert loner.get("/wallboard/").status_code == 200
    assert "Nobody works on tickets here" in loner.get("/team/").content.decode()


def test_half_an_hour_ago_is_read_from_the_sample_of_then(desk: Desk) -> None:
    now = timezone.now()
    for minutes, number in ((60, 9), (30, 4), (10, 7)):
        QueueSample.objects.create(
            at=now - timedelta(minutes=minutes), team_id=desk.team.pk, channel="email", waiting=number
        )
    assert floor.waiting_before(None, now - timedelta(minutes=30)) == 4
    assert floor.waiting_before([desk.other.pk], now - timedelta(minutes=30)) == 0
    assert floor.waiting_before(None, now - timedelta(hours=3)) is None


def test_samples_are_taken_once_a_step_and_go_after_eight_days(desk: Desk) -> None:
    arrived(desk, 1)
    now = timezone.now()
    assert (sample_queues(now), sample_queues(now)) == (1, 0)
    sample_queues(now + timedelta(days=9))
    assert QueueSample.objects.filter(at__lt=now + timedelta(days=1)).count() == 0


@pytest.mark.req("J1", "wallboard")
def test_team_page_tells_state_load_and_today(desk: Desk, policy: Policy, as_staff: As) -> None:
    there(desk.agent)
    tickets = [arrived(desk, 250 - 60 * nth, external_id=f"t{nth}") for nth in range(3)]
    for ticket in tickets:
        assign_ticket(ticket.pk, to=desk.agent, by=actor(desk.supervisor))
    reply_to_ticket(tickets[2].pk, Reply("Hello."), by=actor(desk.agent))
    release_due(timezone.now() + timedelta(seconds=10), 10)
    consume()
    rows = {row["name"]: row for row in as_staff(desk.supervisor).get("/team/").context["rows"]}
    ann = rows[desk.agent.name]
    assert (ann["state"], ann["handled"], ann["carried"].open, ann["carried"].overdue, ann["carried"].soon) == (
        "working", 1, 3, 1, 1)  # fmt: skip
    mails = next(load for load in ann["loads"] if load["kind"] == "mail")
    assert (mails["used"], mails["most"]) == (3, 10)
    assert rows[desk.lead.name]["state"] == "offline"
    assert as_staff(desk.supervisor).get(ann["url"]).status_code == 200


def test_a_lead_is_told_of_todays_work_for_their_own_team_only(desk: Desk, policy: Policy, as_staff: As) -> None:
    there(desk.agent)
    Membership.objects.create(staff=desk.agent, team=desk.other)
    elsewhere = arrived(desk, 30, account=make_account("elsewhere", team=desk.other))
    assign_ticket(elsewhere.pk, to=desk.agent, by=actor(desk.supervisor))
    reply_to_ticket(elsewhere.pk, Reply("Hello."), by=actor(Staff.objects.get(pk=desk.agent.pk)))
    release_due(timezone.now() + timedelta(seconds=10), 10)
    consume()

    def seen(reader: Staff, query: str = "") -> tuple[Any, Any]:
        rows = as_staff(reader).get(f"/team/{query}").context["rows"]
        row = next(row for row in rows if row["id"] == desk.agent.pk)
        return row["handled"], row["share"]

    assert seen(desk.supervisor)[0] == 1
    assert seen(desk.supervisor)[1] != "–"
    assert seen(desk.lead) == (0, "–")
    assert seen(desk.lead, f"?team={desk.other.pk}") == (0, "–")
    assert seen(desk.supervisor, f"?team={desk.team.pk}") == (0, "–")


def test_team_page_is_sorted_by_each_column(desk: Desk, policy: Policy, as_staff: As) -> None:
    there(desk.agent)
    for nth in range(2):
        assign_ticket(arrived(desk, 5, external_id=f"s{nth}").pk, to=desk.agent, by=actor(desk.supervisor))
    browser = as_staff(desk.supervisor)
    for column in browser.get("/team/").context["columns"]:
        answer = browser.get(column["url"])
        assert answer.status_code == 200
        assert any(c["sort"] for c in answer.context["columns"])
    assert browser.get("/team/?sort=-open").context["rows"][0]["name"] == desk.agent.name
    assert browser.get("/team/?sort=open").context["rows"][-1]["name"] == desk.agent.name
    assert browser.get("/team/?sort=<script>").status_code == 200


def test_fragment_is_the_part_that_changes(desk: Desk, as_staff: As) -> None:
    browser = as_staff(desk.supervisor)
    for path in ("/wallboard/", "/team/"):
        whole, part = browser.get(path).content.decode(), browser.get(path, HTTP_HX_REQUEST="true").content.decode()
        assert "<html" in whole
        assert "<html" not in part
        assert re.search(r'data-refresh="/(wallboard|team)/', whole)


def test_a_look_costs_the_same_queries_whatever_there_is(desk: Desk, policy: Policy, as_staff: As) -> None:
    browsers = [as_staff(desk.supervisor), as_staff(desk.lead)]
    for browser in browsers:
        browser.get("/team/")

    def costs() -> list[int]:
        found = []
        for browser in browsers:
            for path in ("/wallboard/", "/team/"):
                with CaptureQueriesContext(connection) as queries:
                    assert browser.get(path, HTTP_HX_REQUEST="true").status_code == 200
                found.append(len(queries))
        return found

    arrived(desk, 1)
    there(desk.agent)
    few = costs()
    for nth in range(8):
        person = make_staff(f"more{nth}", teams=(desk.team,))
        there(person)
        ticket = arrived(
            desk, 30 * nth, external_id=f"q{nth}", account=make_account(f"box{nth}", team=desk.team, kind="sms")
        )
        if nth % 2:
            assign_ticket(ticket.pk, to=person, by=actor(desk.supervisor))
    sample_queues()
    consume()
    assert costs() == few
    assert max(few) <= 19


def test_most_urgent_come_from_the_index_of_deadlines(desk: Desk, policy: Policy) -> None:
    arrived(desk, 300)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as queries:
            assert len(floor.most_urgent(None, timezone.now(), 5)) == 1
            floor.pressing(None, timezone.now())
        for query in queries.captured_queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "ticket_desk_by_deadline" in plan, plan


def test_old_sins_do_not_fill_the_wall(desk: Desk, policy: Policy) -> None:
    for nth in range(6):
        arrived(desk, 60 * 24 * (nth + 2), external_id=f"old{nth}")
    fresh = [arrived(desk, 200 + nth, external_id=f"new{nth}").pk for nth in range(3)]
    shown = floor.most_urgent(None, timezone.now(), 5)
    assert {one.ticket_id for one in shown} >= set(fresh)
    assert sum(one.due_at < timezone.now() for one in shown) == 2


def test_times_of_presence_are_shown(desk: Desk, as_staff: As) -> None:
    there(desk.agent)
    then = datetime(2026, 1, 5, 8, tzinfo=timezone.get_default_timezone())
    Presence.objects.filter(staff=desk.agent).update(changed_at=then)
    row = next(row for row in as_staff(desk.supervisor).get("/team/").context["rows"] if row["id"] == desk.agent.pk)
    assert row["since"] == then

"""Clocks, reasons for breaches and policies through the API."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.permissions import Role, Scope
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core import clock as time
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event, Job
from tests.api.conftest import Caller
from tests.factories import actor, make_account, make_staff
from tests.sla.conftest import HOUR, MONDAY, Desk, after, everyday
from tickets.models import Ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla.models import Breach, Policy
from tickets.sla.services.policies import create_policy
from tickets.sla.sweep import work_due

pytestmark = pytest.mark.django_db


def caller(staff: object, *scopes: str) -> Caller:
    _key, text = create_api_key(staff, list(scopes or (Scope.TICKETS_READ, Scope.TICKETS_WRITE)), by=SYSTEM)  # type: ignore[arg-type]
    return Caller(text)


@pytest.mark.req("K3", "REST API")
def test_clocks_of_a_ticket_come_with_their_explanation(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    api = caller(desk.agent)
    first, solving = api.get(f"tickets/{ticket.number}/clocks/").json()["results"]
    assert (first["metric"], first["state"], first["due_at"]) == (
        "first_response",
        "running",
        "2026-03-02T06:00:00.000Z",
    )
    assert first["policy"] == {"id": policy.pk, "name": "Everyday", "version": 1}
    assert first["explanation"]["promise"].startswith("First response: 4 h, counted on “Around”")
    assert solving["explanation"]["arithmetic"][0].startswith("Mon 2 Mar · 10:00–12:00 · 2 h")
    chinese = api.call("GET", f"tickets/{ticket.number}/clocks/", None, accept_language="zh-hans").json()
    assert chinese["results"][0]["name"] != "First response"
    assert api.get(f"tickets/{ticket.number}/").json()["due_at"] == "2026-03-02T06:00:00.000Z"


def test_clocks_cost_the_same_however_many_there_are(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    api = caller(desk.agent)

    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert api.get(f"tickets/{ticket.number}/clocks/").status_code == 200
        return len(counted)

    cost()
    few = cost()
    for nth in range(5):
        with time.at(after(nth + 0.1)):
            reply_to_ticket(ticket.pk, Reply("Soon."), by=actor(desk.agent))
        desk.write_again(ticket, after(nth + 0.5))
    assert cost() <= few <= 14


@pytest.mark.req("K3", "REST API")
@pytest.mark.req("K3", "keys with scopes")
def test_the_reason_of_a_breach_is_given_once_by_who_may(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    work_due(after(4.1), 100)
    breach = Breach.objects.get()
    path = f"tickets/{ticket.number}/breaches/{breach.pk}/"
    body = {"cause": "staffing", "words": "Two were ill."}
    before = Event.objects.filter(name="clock.breach_explained").count()
    assert caller(desk.agent, Scope.TICKETS_READ).post(path, body).status_code == 403
    engineer = make_staff("eve", role=Role.ENGINEER, teams=(desk.team,))
    assert caller(engineer).post(path, body).status_code == 403
    outsider = make_staff("otto", teams=(desk.other,))
    assert caller(outsider).post(path, body).status_code == 404
    agent = caller(desk.agent)
    assert agent.post(f"tickets/{ticket.number}/breaches/{breach.pk + 1}/", body).status_code == 404
    other = agent.post(path, {"cause": "other"})
    assert other.status_code == 400
    assert "words" in other.json()["fields"]
    assert agent.post(path, {"cause": "moved"}).status_code == 400
    assert Event.objects.filter(name="clock.breach_explained").count() == before
    answer = agent.post(path, body)
    assert (answer.status_code, answer.json()["cause"]) == (200, "staffing")
    assert agent.post(path, body).status_code == 200
    assert Event.objects.filter(name="clock.breach_explained").count() == before + 1
    shown = agent.get(f"tickets/{ticket.number}/clocks/").json()["results"][0]["breaches"]
    assert [one["words"] for one in shown] == ["Two were ill."]
    breach.refresh_from_db()
    assert breach.explained_by == desk.agent.pk
    assert Ticket.objects.get(pk=ticket.pk).status_category == "new"


@pytest.mark.req("K3", "REST API")
@pytest.mark.req("K5", "policies, calendars, routing")
def test_policies_can_be_read_with_what_they_promise(desk: Desk, policy: Policy) -> None:
    api = caller(desk.agent)
    (one,) = api.get("policies/").json()["results"]
    assert [target["metric"] for target in one["targets"]] == [
        "first_response",
        "first_response",
        "next_response",
        "resolution",
    ]
    assert one["targets"][1]["steps"][0] == {
        "share": "80",
        "after_seconds": None,
        "actions": [{"do": "notify", "to": ["lead"], "staff": []}],
    }
    assert api.get(f"policies/{policy.pk}/").json() == one
    assert api.get("policies/99999/").status_code == 404
    assert caller(desk.agent, Scope.CUSTOMERS_READ).get("policies/").status_code == 403


NEW = {"name": "By API", "name_zh": "接口", "conditions": {"channels": ["email"]}, "managers": []}


def whole(desk: Desk, **more: object) -> dict[str, object]:
    target = {
        "metric": "first_response",
        "calendar": desk.around.pk,
        "seconds": 3600,
        "steps": [{"share": "75", "actions": [{"do": "notify", "to": ["lead"]}]}],
    }
    return {**NEW, "targets": [target], **more}


@pytest.mark.req("K3", "REST API")
@pytest.mark.req("K5", "policies, calendars, routing")
def test_policies_are_written_by_keys_of_administrators(desk: Desk) -> None:
    boss = caller(desk.admin, Scope.ADMIN, Scope.TICKETS_READ)
    made = boss.post("policies/", whole(desk))
    assert made.status_code == 201, made.content
    policy = made.json()
    assert (policy["name"], policy["version"], policy["targets"][0]["warnings"]) == ("By API", 1, ["50", "75", "90"])
    path = f"policies/{policy['id']}/"
    changed = boss.call("PUT", path, whole(desk, name="Renamed", version=1))
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    late = boss.call("PUT", path, whole(desk, name="Mine", version=1))
    assert late.status_code == 409
    assert boss.post(f"{path}switch/", {"is_active": False}).json()["is_active"] is False
    second = boss.post("policies/", whole(desk, name="Second")).json()
    order = boss.post("policies/order/", {"policies": [second["id"], policy["id"]]}).json()["results"]
    assert [one["id"] for one in order] == [second["id"], policy["id"]]
    assert boss.post("policies/order/", {"policies": [99999]}).status_code == 404
    assert boss.call("PUT", "policies/99999/", whole(desk, version=1)).status_code == 404


@pytest.mark.parametrize("role", Role.values)
def test_only_who_sets_up_service_levels_writes_policies_and_only_with_the_scope(role: str, desk: Desk) -> None:
    person = make_staff("person", role=role)
    may = role == Role.ADMINISTRATOR
    policy = Policy.objects.count()
    assert caller(person).post("policies/", whole(desk)).status_code == 403
    assert caller(person, Scope.ADMIN).post("policies/", whole(desk)).status_code == (201 if may else 403)
    assert Policy.objects.count() == policy + may


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": ""}, "name"),
        ({"targets": [{"metric": "mood", "calendar": 1, "seconds": 60}]}, "targets.0.metric"),
        ({"targets": [{"metric": "resolution", "calendar": 99999, "seconds": 60}]}, "targets.0.calendar"),
        ({"conditions": {"moon": ["full"]}}, "conditions.moon"),
        ({"conditions": {"channels": ["pigeon"]}}, "conditions.channels"),
        ({"pauses": ["solved"]}, "pauses"),
        ({"managers": ["x"]}, "managers"),
        ({"targets": "none"}, "targets"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_its_field(desk: Desk, more: dict[str, object], field: str) -> None:
    answer = caller(desk.admin, Scope.ADMIN).post("policies/", whole(desk, **more))
    assert answer.status_code == 400, answer.content
    assert any(name.startswith(field) for name in answer.json()["fields"]), answer.json()
    assert not Policy.objects.exists()


@pytest.mark.req("A3", "grade chooses SLA and team")
def test_the_grade_of_the_channel_chooses_the_promise_and_its_account_the_team(desk: Desk) -> None:
    create_policy(everyday(desk, name="Core", hours=1, conditions={"account_grades": ["core"]}), by=SYSTEM)
    create_policy(everyday(desk, name="Everyday", hours=8), by=SYSTEM)
    api = caller(make_staff("susan", role=Role.SUPERVISOR))
    found = []
    for grade, team in (("core", desk.team), ("long_tail", desk.other)):
        account = make_account(f"mail-{grade}", team=team, grade=grade)
        ticket = desk.arrive(MONDAY, account=account, address=f"{grade}@customer.example")
        clocks = api.get(f"tickets/{ticket.number}/clocks/").json()["results"]
        first = next(row for row in clocks if row["metric"] == "first_response")
        shown = api.get(f"tickets/{ticket.number}/").json()
        found.append((shown["team"]["name"], first["policy"]["name"], first["due_at"]))
    assert found == [
        (desk.team.name, "Core", "2026-03-02T03:00:00.000Z"),
        (desk.other.name, "Everyday", "2026-03-02T10:00:00.000Z"),
    ]


@pytest.mark.req("D5", "sub-ticket as an action")
def test_a_missed_deadline_gives_another_department_its_task(desk: Desk) -> None:
    task = {"do": "open_sub_ticket", "team": desk.other.pk, "subject": "Where is {{ ticket.number }}?"}
    admin = caller(make_staff("amanda", role=Role.ADMINISTRATOR), Scope.ADMIN)
    body = {
        "name": "With a task",
        "targets": [
            {
                "metric": "first_response",
                "calendar": desk.around.pk,
                "seconds": HOUR,
                "steps": [{"actions": [task], "share": 100}],
            }
        ],
    }
    answer = admin.post("policies/", body)
    assert answer.status_code == 201, answer.content
    ticket = desk.arrive(MONDAY)
    work_due(after(1.1), 100)
    for job in Job.objects.filter(kind="sla.act", state="ready").order_by("pk"):
        leasing.run(Job, job.pk)
    colleague = caller(make_staff("olga", teams=(desk.other,)))
    rows = colleague.get("tickets/").json()["results"]
    assert [row["subject"] for row in rows] == [f"Where is {ticket.number}?"]

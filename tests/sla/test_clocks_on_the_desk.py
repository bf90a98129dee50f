"""Clocks as people see them: the panel on the ticket, the chip in the list, why it is due then, why it was missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.models import Notification, Staff
from helpdesk.accounts.permissions import PERMISSIONS, Role
from helpdesk.core import clock as time
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars import filling
from helpdesk.core.models import Event, Job
from tests.factories import actor, make_account, make_staff
from tests.sla.conftest import HOUR, MONDAY, Desk, after, clock_of, everyday
from tickets.models import Ticket
from tickets.services.assignment import transfer_ticket
from tickets.services.merging import merge_tickets
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.status import set_status
from tickets.sla.models import Breach, Clock, Policy
from tickets.sla.services.policies import PolicyDraft, TargetDraft, change_policy, create_policy
from tickets.sla.sweep import work_due

pytestmark = pytest.mark.django_db
SignIn = Callable[[Staff], Client]


@pytest.fixture(autouse=True)
def _fresh_rows() -> None:
    cache.clear()


def page_of(client: Client, ticket: Ticket) -> str:
    answer = client.get(f"/tickets/{ticket.number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def why(client: Client, ticket: Ticket, metric: str) -> str:
    answer = client.get(f"/tickets/{ticket.number}/clocks/{clock_of(ticket, metric).pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


# --- Chips -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("D7", "countdown")
def test_row_and_panel_count_down_to_the_next_deadline(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket = desk.arrive(MONDAY)
    client = as_staff(desk.agent)
    row = client.get("/tickets/").content.decode()
    first = clock_of(ticket, "first_response")
    assert first.due_at is not None
    start, due = first.started_at.isoformat(), first.due_at.isoformat()
    assert f'data-clock="running" data-start="{start}" data-due="{due}"' in row
    # the warning at three quarters of four hours
    assert f'data-warn="{after(3).astimezone(UTC).isoformat()}"' in row
    assert "<span>Reply</span>" in row
    panel = page_of(client, ticket).split('id="ticket-clocks"')[1].split("</section>")[0]
    assert "First response" in panel
    assert "Resolution" in panel
    assert panel.count('data-clock="running"') == 2


@pytest.mark.req("D4", "pause and resume")
def test_a_chip_says_that_its_clock_stands_still(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(1)):
        reply_to_ticket(ticket.pk, Reply("Which serial number?"), by=actor(desk.agent))
        set_status(ticket.pk, category="pending", by=actor(desk.agent))
    assert fresh(ticket).due_at is None
    assert fresh(ticket).next_clock == {"metric": "resolution", "state": "paused"}
    assert 'data-clock="paused"' in as_staff(desk.agent).get("/tickets/").content.decode()
    desk.write_again(ticket, after(5))
    assert fresh(ticket).next_clock["metric"] == "next_response"  # type: ignore[index]
    assert fresh(ticket).due_at == after(7)


@pytest.mark.req("D4", "recomputed")
def test_the_row_follows_priority_policy_spam_and_merging(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket, other = desk.arrive(MONDAY), desk.arrive(MONDAY)
    version = fresh(ticket).row_version
    with time.at(after(0.5)):
        edit_ticket(ticket.pk, by=SYSTEM, priority="urgent")
    assert fresh(ticket).due_at == after(1)
    assert fresh(ticket).row_version > version
    with time.at(after(0.6)):
        mark_spam(ticket.pk, is_spam=True, by=SYSTEM)
    assert (fresh(ticket).due_at, fresh(ticket).next_clock) == (None, None)
    with time.at(after(0.7)):
        mark_spam(ticket.pk, is_spam=False, by=SYSTEM)
    assert fresh(ticket).due_at == after(1)
    with time.at(after(0.8)):
        merge_tickets(ticket.pk, into_id=other.pk, by=SYSTEM)
    assert fresh(ticket).next_clock is None
    assert fresh(other).due_at == after(4)


# --- Why then --------------------------------------------------------------------------------------------------------
@pytest.mark.req("D3", "adjusted working weekends")
@pytest.mark.req("D3", "public holidays")
@pytest.mark.req("D7", "countdown")
def test_friday_before_a_chinese_holiday_with_a_working_sunday(desk: Desk, as_staff: SignIn) -> None:
    """18 September 2026 is a Friday; Sunday the 20th is worked for National Day, Friday the 25th is Mid-Autumn."""
    china = ZoneInfo("Asia/Shanghai")
    desk.office.country = "CN"
    desk.office.save()
    filling.fill_days(desk.office.pk, [2026], by=SYSTEM)
    policy = everyday(desk)
    targets = [
        TargetDraft("first_response", desk.office.pk, seconds=2 * HOUR),
        TargetDraft("resolution", desk.office.pk, seconds=45 * HOUR),
    ]
    create_policy(type(policy)("Working time", targets), by=SYSTEM)
    ticket = desk.arrive(datetime(2026, 9, 18, 17, 55, tzinfo=china))
    client = as_staff(desk.agent)
    due = datetime(2026, 9, 20, 10, 55, tzinfo=china)
    assert fresh(ticket).due_at == due
    row = client.get("/tickets/").content.decode()
    assert f'data-due="{due.astimezone(ZoneInfo("UTC")).isoformat()}"' in row
    told = why(client, ticket, "first_response")
    for words in (
        "Fri 18 Sep",
        "17:55–18:00",
        "5 min",
        "Sat 19 Sep",
        "weekend",
        "Sun 20 Sep",
        "09:00–10:55",
        "adjusted working day: National Day",
        "1 h 55 min",
    ):
        assert words in told, (words, told)
    # 5 min + Sunday 8 h + Monday to Thursday 32 h leave 4 h 55 min, after Mid-Autumn and its weekend
    assert clock_of(ticket, "resolution").due_at == datetime(2026, 9, 28, 14, 55, tzinfo=china)
    assert "Mid-autumn" in why(client, ticket, "resolution")
    Staff.objects.filter(pk=desk.agent.pk).update(language="zh-hans")
    told = why(as_staff(Staff.objects.get(pk=desk.agent.pk)), ticket, "first_response")
    assert "国庆" in told
    assert "9月20日" in told


@pytest.mark.req("D4", "what happened before stays on record")
def test_the_explanation_tells_what_happened_before(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(0.5)):
        edit_ticket(ticket.pk, by=SYSTEM, priority="urgent")
    with time.at(after(0.75)):
        change_policy(policy.pk, everyday(desk, hours=6), by=SYSTEM)
        edit_ticket(ticket.pk, by=SYSTEM, priority="normal")
    told = why(as_staff(desk.agent), ticket, "first_response")
    assert "6 h" in told
    assert "version 2" in told
    assert told.count("computed anew, because the priority changed") == 2


def test_the_clock_of_a_ticket_that_one_may_not_see_explains_nothing(
    desk: Desk, policy: Policy, as_staff: SignIn
) -> None:
    ticket = desk.arrive(MONDAY)
    outsider = as_staff(make_staff("otto", teams=(desk.other,)))
    pk = clock_of(ticket, "first_response").pk
    assert outsider.get(f"/tickets/{ticket.number}/clocks/{pk}/").status_code == 404
    second = desk.arrive(MONDAY)
    assert as_staff(desk.agent).get(f"/tickets/{second.number}/clocks/{pk}/").status_code == 404
    assert as_staff(desk.agent).get(f"/tickets/{ticket.number}/clocks/{10**17}/").status_code == 404


# --- Views, filters and the order ------------------------------------------------------------------------------------
def shown_in(client: Client, address: str) -> list[int]:
    text = client.get(address).content.decode()
    return [int(part.split('"')[0]) for part in text.split('data-row="')[1:]]


@pytest.mark.req("D7", "countdown")
def test_overdue_and_due_soon_have_views_counts_and_a_filter(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    late, soon, later = desk.arrive(MONDAY), desk.arrive(after(3)), desk.arrive(after(5))
    with time.at(after(5)):
        reply_to_ticket(later.pk, Reply("Solved."), by=actor(desk.agent))
        set_status(later.pk, category="solved", by=actor(desk.agent))
        calm = desk.arrive(after(5))
        client = as_staff(desk.agent)
        assert shown_in(client, "/tickets/?view=overdue") == [late.pk]
        assert shown_in(client, "/tickets/?view=due_soon") == [soon.pk]
        assert shown_in(client, "/tickets/?view=open&sort=due") == [late.pk, soon.pk, calm.pk]
        assert shown_in(client, "/tickets/?view=open&due=overdue&due=soon&sort=due") == [late.pk, soon.pk]
        assert client.get("/tickets/counts/").json()["counts"]["overdue"] == "1"
        assert client.get("/tickets/counts/").json()["counts"]["due_soon"] == "1"
        assert "Overdue" in client.get("/tickets/filters/?view=open").content.decode()


def test_tickets_without_a_deadline_come_last_and_pages_lose_none(desk: Desk, as_staff: SignIn) -> None:
    without = [desk.arrive(MONDAY).pk for _nth in range(30)]
    create_policy(everyday(desk), by=SYSTEM)
    given = [desk.arrive(after(nth / 10)).pk for nth in range(30)]
    client, seen = as_staff(desk.agent), []
    address: str | None = "/tickets/?view=open&sort=due"
    while address:
        text = client.get(address).content.decode()
        seen += [int(part.split('"')[0]) for part in text.split('data-row="')[1:]]
        address = None
        if "cursor=" in text:
            address = f"/tickets/?view=open&sort=due&cursor={text.split('cursor=')[1].split(chr(34))[0]}"
    assert seen[:30] == given
    assert sorted(seen[30:]) == without


def test_the_order_by_deadline_reads_its_index(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    desk.arrive(MONDAY)
    with CaptureQueriesContext(connection) as counted:
        as_staff(desk.supervisor).get("/tickets/?view=overdue")
    asked = next(query["sql"] for query in counted.captured_queries if "due_order" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + asked)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "ticket_desk_by_deadline" in plan, plan


def test_the_ticket_page_stays_within_its_queries(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket = desk.arrive(MONDAY)
    client = as_staff(desk.agent)
    page_of(client, ticket)
    with CaptureQueriesContext(connection) as counted:
        page_of(client, ticket)
    few = len(counted)
    for nth in range(6):
        with time.at(after(nth)):
            reply_to_ticket(ticket.pk, Reply("An answer."), by=actor(desk.agent))
        desk.write_again(ticket, after(nth + 0.5))
    with CaptureQueriesContext(connection) as counted:
        page = page_of(client, ticket)
    assert "6 ended" in page
    assert len(counted) <= max(few, 12) == 12


# --- A breach wants a reason -----------------------------------------------------------------------------------------
def missed(desk: Desk) -> tuple[Ticket, Breach]:
    ticket = desk.arrive(MONDAY)
    work_due(after(4.1), 100)
    return ticket, Breach.objects.get(ticket=ticket)


@pytest.mark.req("D7", "countdown")
def test_a_breach_asks_for_its_reason_and_keeps_it(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket, breach = missed(desk)
    client = as_staff(desk.agent)
    assert "Say why" in page_of(client, ticket)
    listed = as_staff(desk.lead).get("/breaches/").content.decode()
    assert ticket.number in listed
    address = f"/tickets/{ticket.number}/breaches/{breach.pk}/"
    assert "Too much came at once" in client.get(address).content.decode()
    empty = client.post(address, {"cause": "", "words": "typed before"}).content.decode()
    assert "Choose a reason from the list." in empty
    assert "typed before" in empty
    other = client.post(address, {"cause": "other", "words": " "}).content.decode()
    assert "Say in a few words what happened." in other
    assert Breach.objects.filter(cause="").exists()
    answer = client.post(address, {"cause": "parts", "words": "The pump was\nnot there"})
    assert "dialogClose" in answer["HX-Trigger"]
    breach.refresh_from_db()
    assert (breach.cause, breach.words, breach.explained_by) == ("parts", "The pump was not there", desk.agent.pk)
    assert "Say why" not in page_of(client, ticket)
    assert ticket.number not in as_staff(desk.lead).get("/breaches/").content.decode()
    event = Event.objects.get(name="clock.breach_explained")
    assert (event.ticket_id, event.data["cause"]) == (ticket.pk, ["", "parts"])
    # the words may name people: the log keeps the cause alone
    assert "pump" not in str(event.data)
    history = client.get(f"/tickets/{ticket.number}/history/").content.decode()
    assert "First response: missed, because: Parts or goods were not there" in history


def test_solving_waits_for_no_reason(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket, _breach = missed(desk)
    with time.at(after(5)):
        reply_to_ticket(ticket.pk, Reply("Done."), by=actor(desk.agent))
        set_status(ticket.pk, category="solved", by=actor(desk.agent))
    assert fresh(ticket).status_category == "solved"
    assert ticket.number in as_staff(desk.lead).get("/breaches/").content.decode()
    assert "Say why" in page_of(as_staff(desk.agent), ticket)


def test_a_breach_that_no_sweep_saw_wants_a_reason_as_well(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    with time.at(after(9)):
        reply_to_ticket(ticket.pk, Reply("Late."), by=actor(desk.agent))
    assert Breach.objects.get(ticket=ticket).due_at == after(4)


def test_a_deadline_that_moves_ahead_again_asks_nobody(desk: Desk, policy: Policy) -> None:
    ticket, breach = missed(desk)
    with time.at(after(5)):
        change_policy(policy.pk, everyday(desk, hours=10), by=SYSTEM)
        edit_ticket(ticket.pk, by=SYSTEM, priority="high")
    breach.refresh_from_db()
    assert breach.cause == "moved"
    work_due(after(10.1), 100)
    assert list(Breach.objects.order_by("pk").values_list("generation", "cause")) == [(1, "moved"), (2, "")]


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_who_may_explain_a_breach_and_who_sees_the_list(
    role: str, desk: Desk, policy: Policy, as_staff: SignIn
) -> None:
    ticket, breach = missed(desk)
    client = as_staff(make_staff("person", role=role, teams=(desk.team,)))
    address = f"/tickets/{ticket.number}/breaches/{breach.pk}/"
    rights: Any = PERMISSIONS[role]
    may = "ticket.edit" in rights
    before = Event.objects.count()
    assert client.get(address).status_code == (200 if may else 403)
    assert client.post(address, {"cause": "system"}).status_code == (200 if may else 403)
    assert Breach.objects.filter(cause="system").exists() is may
    assert Event.objects.count() == before + may
    assert client.get("/breaches/").status_code == (200 if "ticket.assign" in rights else 403)
    sees = 200 if "ticket.view_team" in rights else 403
    assert client.get(f"/tickets/{ticket.number}/clocks/{clock_of(ticket, 'resolution').pk}/").status_code == sees


def test_strangers_and_outsiders_reach_no_breach(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    ticket, breach = missed(desk)
    address = f"/tickets/{ticket.number}/breaches/{breach.pk}/"
    outsider = as_staff(make_staff("otto", role="lead", teams=(desk.other,)))
    assert outsider.post(address, {"cause": "system"}).status_code == 404
    assert ticket.number not in outsider.get("/breaches/").content.decode()
    assert Client().post(address, {"cause": "system"}).status_code == 401
    assert Client().get("/breaches/").status_code == 302
    assert not Breach.objects.exclude(cause="").exists()


def test_the_list_of_breaches_costs_the_same_whatever_its_length(desk: Desk, policy: Policy, as_staff: SignIn) -> None:
    client = as_staff(desk.lead)

    def cost() -> int:
        client.get("/breaches/")
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/breaches/").status_code == 200
        return len(counted)

    missed(desk)
    few = cost()
    for _nth in range(12):
        desk.arrive(MONDAY)
    work_due(MONDAY + timedelta(hours=4.1), 100)
    assert Breach.objects.count() == 13
    assert cost() == few <= 12
    assert Clock.objects.filter(breached_at__isnull=False).count() == 13
    assert client.get("/breaches/?cursor=nonsense").status_code == 400


# --- Escalation, seen from outside ------------------------------------------------------------------------------------
@pytest.mark.req("D5", "warnings at shares and at breach")
@pytest.mark.req("D5", "escalation chain")
@pytest.mark.req("D5", "each step once")
@pytest.mark.req("D1", "shipped policies")
def test_a_complaint_that_nobody_takes_up_is_raised_step_by_step(desk: Desk, as_staff: SignIn) -> None:
    """The shipped Enterprise preset, switched on by a click: 12 hours to intervene on a complaint."""
    as_staff(desk.admin).post("/settings/sla/presets/enterprise/apply/")
    ticket = desk.arrive(MONDAY, kind="complaint")
    for hours in (6.1, 9.1, 9.2, 10.9, 12.1, 12.2, 13.1, 13.2):
        with time.at(after(hours)):
            work_due(after(hours), 100)
            for job in Job.objects.filter(kind="sla.act", state="ready").order_by("pk"):
                leasing.run(Job, job.pk)

    def told(person: Staff) -> list[str]:
        page = as_staff(person).get("/notifications/").content.decode()
        assert ticket.number in page
        rows = Notification.objects.filter(staff=person, ticket_id=ticket.pk, data__metric="intervention").order_by(
            "pk"
        )
        return [row.data["step"] for row in rows]

    # without an owner the lead hears the warnings; then the ladder: lead, supervisor, manager, each once
    assert told(desk.lead) == ["warn-50", "warn-75", "at-75", "warn-90", "breach"]
    assert told(desk.supervisor) == ["at-100"]
    assert told(desk.admin) == ["after-3600"]
    assert fresh(ticket).priority == {"normal": "high", "high": "urgent"}[ticket.priority]
    history = as_staff(desk.agent).get(f"/tickets/{ticket.number}/history/").content.decode()
    for words in ("at 75 % of the time (Tell people)", "at the breach (Tell people, ", "1 h after the breach ("):
        assert history.count(f"Intervention: raised {words}") == 1
    assert history.count("Intervention: the time is over") == 1
    assert "Intervention: 50 % of the time has passed" in history


@pytest.mark.req("D3", "24×7")
@pytest.mark.req("D3", "business hours per team and time zone")
@pytest.mark.req("D4", "pause and resume")
def test_two_teams_count_by_their_own_hours_and_zones(desk: Desk, as_staff: SignIn) -> None:
    """The same promise for two teams: Shanghai's office hours, and around the clock."""
    targets = [
        TargetDraft("first_response", desk.office.pk, seconds=8 * HOUR, teams=(desk.team.pk,)),
        TargetDraft("first_response", desk.around.pk, seconds=8 * HOUR, teams=(desk.other.pk,)),
    ]
    create_policy(PolicyDraft("By team", targets), by=SYSTEM)
    here = desk.arrive(MONDAY)
    there = desk.arrive(MONDAY, account=make_account("finance", team=desk.other))
    # Monday 10–12 and 13–18 are seven hours, the eighth is Tuesday's first
    assert fresh(here).due_at == MONDAY + timedelta(hours=24)
    assert fresh(there).due_at == MONDAY + timedelta(hours=8)
    row = as_staff(desk.supervisor).get("/tickets/?sort=due").content.decode()
    assert row.index(f'data-row="{there.pk}"') < row.index(f'data-row="{here.pk}"')
    # a ticket that changes teams is counted by the other's hours from there on
    with time.at(after(2)):
        transfer_ticket(here.pk, team=desk.other, by=actor(desk.agent))
    assert fresh(here).due_at == after(8)

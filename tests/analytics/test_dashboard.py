"""The dashboard of service levels: who sees what, figures and the tickets behind them, exports, and what a page costs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.exporting import Sheet, as_csv, as_xlsx
from analytics.models import Outcome
from analytics.selectors import sla
from analytics.selectors.filters import Filters
from analytics.services.outcomes import Said, take_in
from helpdesk.accounts.models import Membership, Staff
from helpdesk.accounts.permissions import PERMISSIONS, Role
from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.company import company_day
from tests.analytics.conftest import consume
from tests.factories import actor, make_account, make_staff, make_ticket
from tests.sla.conftest import Desk
from tickets.models import Ticket
from tickets.services.assignment import transfer_ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.sla.models import Clock, Policy
from tickets.sla.sweep import work_due

pytestmark = pytest.mark.django_db

As = Callable[[Staff], Client]
PAGE = "/dashboards/sla/"


@pytest.fixture
def now() -> datetime:
    """Noon of today in the company's zone, so that no test is near midnight."""
    today = company_day(timezone.now())
    return datetime(today.year, today.month, today.day, 4, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def past(desk: Desk, policy: Policy, now: datetime) -> dict[str, Ticket]:
    """Yesterday: one answered in time, one late, one of another team never; all through the verbs."""
    start = now - timedelta(days=1)
    other = make_account("other", team=desk.other, kind="phone")
    tickets = {
        "good": desk.arrive(start, external_id="p1"),
        "late": desk.arrive(start, external_id="p2"),
        "other": desk.arrive(start, external_id="p3", account=other),
    }
    _answer(desk, tickets["good"], start + timedelta(hours=1))
    with time.at(start + timedelta(hours=5)):
        work_due(start + timedelta(hours=5), 10)
    _answer(desk, tickets["late"], start + timedelta(hours=6))
    consume()
    return tickets


def _answer(desk: Desk, ticket: Ticket, at: datetime) -> None:
    from tickets.due import release_due

    with time.at(at):
        reply_to_ticket(ticket.pk, Reply("We look into it."), by=actor(desk.agent))
        release_due(at + timedelta(minutes=1), 10)


def figures_of(answer: Any) -> dict[str, str]:
    """Value by name of each tile."""
    return {str(tile["name"]): str(tile["value"]) for tile in answer.context["tiles"]}


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_dashboards_answer_by_the_roles_permission(role: str, desk: Desk, as_staff: As) -> None:
    browser = as_staff(make_staff("person", role=role, teams=(desk.team,)))
    expected = 200 if "analytics.view" in PERMISSIONS[role] else 403
    for path in (PAGE, f"{PAGE}tickets/", f"{PAGE}export.csv", f"{PAGE}export.xlsx"):
        assert browser.get(path).status_code == expected, path
        assert browser.post(path).status_code in {403, 405}
        assert Client().get(path).status_code == 302


@pytest.mark.req("J2", "SLA dashboard")
def test_figures_say_what_became_of_deadlines(desk: Desk, past: dict[str, Ticket], as_staff: As) -> None:
    answer = as_staff(desk.supervisor).get(PAGE)
    assert figures_of(answer)["Response in target"] == "33.3"
    rows = {(row["label"], row["metric"]): row for row in answer.context["table"]["rows"]}
    first = rows["Everyday", "First response"]
    assert (first["ended"], first["breached"], first["target"]) == ("3", 2, "4 h")
    # an hour and six hours, exact to 4.8 %
    assert first["figure"].median == pytest.approx(3600, rel=0.048)
    assert first["figure"].percentile_95 == pytest.approx(6 * 3600, rel=0.048)
    shares = {row["label"]: row["share"] for row in answer.context["card"]["rows"]}
    assert shares == {"E-mail": "50.0 %", "Phone": "0.0 %"}
    text = answer.content.decode()
    assert "Asia/Shanghai" in text
    assert "Not measured" in text  # nobody has been asked for satisfaction


@pytest.mark.req("J2", "SLA dashboard")
def test_a_lead_sees_the_figures_of_their_teams_alone(desk: Desk, past: dict[str, Ticket], as_staff: As) -> None:
    lead = as_staff(desk.lead)
    for query in ("", f"?team={desk.other.pk}", f"?team={desk.other.pk}&team={desk.team.pk}"):
        answer = lead.get(PAGE + query)
        assert figures_of(answer)["Response in target"] == "50.0"
        assert desk.other.name not in answer.content.decode()
    loner = as_staff(make_staff("loner", role="lead"))
    assert "You work in no team yet" in loner.get(PAGE).content.decode()
    assert loner.get(f"{PAGE}tickets/").context["rows"] == []


@pytest.mark.req("J2", "SLA dashboard")
def test_each_filter_narrows_every_figure(desk: Desk, past: dict[str, Ticket], as_staff: As, now: datetime) -> None:
    browser = as_staff(desk.supervisor)
    yesterday = company_day(now - timedelta(days=1))

    def shares(**query: Any) -> str:
        return figures_of(browser.get(PAGE, query))["Response in target"]

    assert shares(channel="phone") == "0.0"
    assert shares(channel=["email", "phone"]) == "33.3"
    assert shares(team=desk.team.pk, channel="email") == "50.0"
    assert shares(team=desk.team.pk, channel="email", kind="other", level="ordinary") == "50.0"
    assert shares(level="core") == "Not measured"
    assert shares(metric="resolution") == "Not measured"
    assert shares(**{"from": yesterday.isoformat(), "to": yesterday.isoformat()}) == "33.3"
    before = (yesterday - timedelta(days=1)).isoformat()
    assert shares(**{"from": before, "to": before}) == "Not measured"
    for group in ("team", "channel", "kind", "level", "agent", "account"):
        rows = browser.get(PAGE, {"group": group}).context["table"]["rows"]
        assert sum(row["figure"].ended for row in rows if row["metric"] == "First response") == 3, group


def test_totals_and_outcomes_give_the_same_figures(desk: Desk, past: dict[str, Ticket]) -> None:
    day = company_day(timezone.now())
    filters = Filters(day - timedelta(days=9), day)
    by = ("metric", "target_id")
    total = sla.figures(filters, by, with_times=True)
    exact = filters.with_(kind=["other"], level=["ordinary"], channel=["email", "phone"])
    assert sla.source_for(exact, by).is_totals is False
    assert sla.figures(exact, by, with_times=True) == total != {}


@pytest.mark.req("J2", "SLA dashboard")
def test_every_figure_leads_to_its_tickets(desk: Desk, past: dict[str, Ticket], as_staff: As) -> None:
    browser = as_staff(desk.supervisor)
    page = browser.get(PAGE)
    row = next(row for row in page.context["table"]["rows"] if row["metric"] == "First response")
    assert row["breaches_url"] in page.content.decode().replace("&amp;", "&")
    behind = browser.get(row["breaches_url"]).context["rows"]
    assert {row["ticket"].pk for row in behind} == {past["late"].pk, past["other"].pk}
    assert len(browser.get(row["url"]).context["rows"]) == 3
    tile = page.context["tiles"][0]
    assert len(browser.get(tile["url"]).context["rows"]) == 3
    phone = next(row for row in page.context["card"]["rows"] if row["label"] == "Phone")
    assert [row["ticket"].pk for row in browser.get(phone["url"]).context["rows"]] == [past["other"].pk]
    for day in page.context["course"]["rows"]:
        if day["url"]:
            assert len(browser.get(day["url"]).context["rows"]) == day["figure"].breached


@pytest.mark.req("J2", "SLA dashboard")
def test_tickets_behind_a_figure_are_those_that_the_reader_may_see(
    desk: Desk, past: dict[str, Ticket], as_staff: As
) -> None:
    lead = as_staff(desk.lead)
    assert {row["ticket"].pk for row in lead.get(f"{PAGE}tickets/").context["rows"]} == {
        past["good"].pk,
        past["late"].pk,
    }
    assert lead.get(f"{PAGE}tickets/?team={desk.other.pk}").context["rows"] == [] or all(
        row["ticket"].team_id == desk.team.pk
        for row in lead.get(f"{PAGE}tickets/?team={desk.other.pk}").context["rows"]
    )
    transfer_ticket(past["late"].pk, team=desk.other, by=SYSTEM)
    assert [row["ticket"].pk for row in lead.get(f"{PAGE}tickets/").context["rows"]] == [past["good"].pk]
    # the figure stays with the team in which the time was over
    assert figures_of(lead.get(PAGE))["Response in target"] == "50.0"


def _many(desk: Desk, policy: Policy, days: int = 30, each: int = 4) -> None:
    """Outcomes of many days, targets and channels, as the consumer would take them in."""
    today = company_day(timezone.now())
    ticket = make_ticket(desk.team)
    clock = Clock.objects.filter(ticket=ticket).order_by("pk")[0]
    said = [
        Said(
            10_000 + 100 * day + nth,
            ticket.pk,
            ["first_response", "resolution"][nth % 2],
            "met",
            1,
            counted={
                "at": f"{today - timedelta(days=day)}T01:00:00+00:00",
                "version": clock.policy_version_id,
                "target": clock.target_id,
                "spent": 60 * nth,
                "team": desk.team.pk,
                "owner": desk.agent.pk if nth % 3 else None,
                "account": ticket.account_id,
                "channel": ["email", "phone", "chat"][nth % 3],
                "kind": "other",
                "level": "ordinary",
            },
        )
        for day in range(days)
        for nth in range(each)
    ]
    take_in(said)


@pytest.mark.req("J2", "SLA dashboard")
def test_a_page_costs_the_same_queries_whatever_is_behind_it(desk: Desk, policy: Policy, as_staff: As) -> None:
    browsers = {"supervisor": as_staff(desk.supervisor), "lead": as_staff(desk.lead)}
    paths = [
        PAGE,
        f"{PAGE}?group=agent&by=team",
        f"{PAGE}?team={desk.team.pk}&channel=email&kind=other",
        f"{PAGE}tickets/",
    ]
    for browser in browsers.values():
        browser.get(PAGE)

    def costs() -> dict[tuple[str, str], int]:
        found = {}
        for who, browser in browsers.items():
            for path in paths:
                with CaptureQueriesContext(connection) as queries:
                    assert browser.get(path).status_code == 200
                found[who, path] = len(queries)
        return found

    _many(desk, policy, days=2, each=2)
    few = costs()
    _many(desk, policy, days=40, each=12)
    assert costs() == few
    assert max(few.values()) <= 16
    with CaptureQueriesContext(connection) as queries:
        browsers["supervisor"].get(PAGE)
    assert not [query for query in queries.captured_queries if "tickets_ticket" in query["sql"]]


def test_list_behind_a_figure_goes_on_by_keyset(desk: Desk, policy: Policy, as_staff: As) -> None:
    _many(desk, policy, days=20, each=6)
    browser = as_staff(desk.supervisor)
    seen: list[int] = []
    url = f"{PAGE}tickets/"
    while url:
        answer = browser.get(url)
        seen += [row["outcome"].pk for row in answer.context["rows"]]
        url = answer.context["next_url"]
    assert len(seen) == len(set(seen)) == Outcome.objects.count() == 120


@pytest.mark.req("J6", "exports")
def test_exports_hold_the_pages_figures(desk: Desk, past: dict[str, Ticket], as_staff: As) -> None:
    browser = as_staff(desk.supervisor)
    answer = browser.get(f"{PAGE}export.csv?table=policies")
    assert answer["Content-Disposition"].endswith('-policies.csv"')
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[1][:8] == ["Everyday", "", "First response", "4 h", "3", "1", "2", "33.33"]
    days = list(csv.reader(io.StringIO(browser.get(f"{PAGE}export.csv?table=days").content.decode("utf-8-sig"))))
    assert len(days) == 1 + 28
    assert sum(int(line[1]) for line in days[1:]) == 3
    book = browser.get(f"{PAGE}export.xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        pages = [name for name in archive.namelist() if "worksheets/sheet" in name]
        assert len(pages) == 3
    # a lead's file holds no more than their page
    lead = as_staff(desk.lead).get(f"{PAGE}export.csv?table=groups").content.decode("utf-8-sig")
    assert "Phone" not in lead


@pytest.mark.req("J6", "exports")
def test_cells_never_become_formulas() -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "plain"]
    sheet = Sheet("a/b", ["=head", "n"], [[name, -1] for name in names])
    lines = list(csv.reader(io.StringIO(as_csv(sheet).decode("utf-8-sig"), newline="")))
    assert lines[0][0] == "'=head"
    assert all(line[0].startswith("'") for line in lines[1:-1])
    assert [line[1] for line in lines[1:]] == ["-1"] * len(names)
    with zipfile.ZipFile(io.BytesIO(as_xlsx([sheet]))) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page


@pytest.mark.parametrize(
    "given", ["\x00", "9" * 40, "-1", "'; DROP TABLE x; --", "<script>", "2026-02-31", "0000-00-00", "%00"]
)
def test_tampered_addresses_never_break_a_page(desk: Desk, policy: Policy, as_staff: As, given: str) -> None:
    browser = as_staff(desk.supervisor)
    for path in (PAGE, f"{PAGE}tickets/", f"{PAGE}export.csv"):
        for name in ("from", "to", "team", "channel", "kind", "level", "agent", "account", "policy", "target", "metric",
                     "by", "group", "sort", "outcome", "cursor", "table"):  # fmt: skip
            answer = browser.get(path, {name: given})
            assert answer.status_code in {200, 400}, (path, name)
            assert "<script>" not in answer.content.decode()


def test_days_of_an_address_are_bounded_and_put_in_order(desk: Desk, as_staff: As) -> None:
    browser = as_staff(desk.supervisor)
    today = company_day(timezone.now())
    filters = browser.get(PAGE, {"from": "2030-01-01", "to": "2001-01-01"}).context["filters"]
    assert filters.since <= filters.until <= max(today, date(2030, 1, 1))
    filters = browser.get(PAGE, {"from": "2001-01-01", "to": today.isoformat()}).context["filters"]
    assert filters.days == 366


@pytest.mark.req("K1", "Chinese and English")
def test_dashboard_speaks_chinese(desk: Desk, past: dict[str, Ticket], as_staff: As) -> None:
    Staff.objects.filter(pk=desk.supervisor.pk).update(language="zh-hans")
    Membership.objects.get_or_create(staff=desk.supervisor, team=desk.team)
    page = as_staff(Staff.objects.get(pk=desk.supervisor.pk)).get(PAGE).content.decode()
    assert "服务级别" in page
    assert "Responses in target" not in page


@pytest.mark.req("J2", "SLA dashboard")
def test_a_long_table_ends_on_the_page_until_all_of_it_is_asked_for(desk: Desk, policy: Policy, as_staff: As) -> None:
    people = [make_staff(f"p{nth:02d}", teams=(desk.team,), name=f"Person {nth:02d}") for nth in range(45)]
    _many(desk, policy, days=1, each=1)
    first = Outcome.objects.get(clock_id=10_000)
    counted = {"at": first.decided_at.isoformat(), "version": first.version_id, "target": first.target_id, "spent": 60,
               "team": desk.team.pk, "account": first.account_id, "channel": "email", "kind": "other",
               "level": "ordinary"}  # fmt: skip
    said = []
    for nth, person in enumerate(people):
        said.append(
            Said(20_000 + nth, first.ticket_id, "first_response", "met", 1, counted={**counted, "owner": person.pk})
        )
    take_in(said)
    browser = as_staff(desk.supervisor)
    table = browser.get(f"{PAGE}?group=agent").context["table"]
    assert (len(table["rows"]), table["number"], table["is_cut"]) == (40, 46, True)
    assert all(row["median"] != "–" for row in table["rows"] if row["label"].startswith("Person"))
    page = browser.get(table["all_url"])
    assert page.context["table"]["all_url"] == ""
    assert [row["label"] for row in page.context["table"]["rows"] if row["label"].startswith("Person")] == [
        person.name for person in people
    ]
    export = browser.get(f"{PAGE}export.csv?table=policies&group=agent").content.decode()
    assert export.count("Person ") == 45

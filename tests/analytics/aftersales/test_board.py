"""The board of after-sales: figures from totals that follow the event log, who sees what, the claims behind each figure,
exports, and what a page costs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.approvals.models import Approval
from aftersales.claims.models import Cause, Claim
from aftersales.claims.services.moving import move_claim
from aftersales.claims.services.record import change_record
from aftersales.reviews.services.reviewing import complete_review
from analytics.aftersales import selectors
from analytics.aftersales.counting import bring_in_line
from analytics.aftersales.filters import ClaimFilters
from analytics.models import ClaimFact, ClaimTotal, OpenClaims
from analytics.services.rebuilding import rebuild
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import PERMISSIONS, Role, Scope
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.company import company_day
from tests.aftersales.factories import make_claim, make_order
from tests.analytics.conftest import consume
from tests.factories import make_account, make_staff, make_team, make_ticket
from tickets.services.assignment import transfer_ticket

pytestmark = pytest.mark.django_db
As = Callable[[Staff], Client]
PAGE = "/dashboards/after-sales/"
API = "/api/v1/analytics/after-sales/"


@pytest.fixture
def cause(db: None) -> Cause:
    return Cause.objects.create(key="part", group="quality", name="Fault of a part")


@pytest.fixture
def boss() -> Staff:
    return make_staff("boss", role="supervisor")


def claim_of(kind: str = "return", *, hours_ago: float, **fields: Any) -> Claim:
    """A claim that was applied for so many hours ago, allowed by the policy."""
    with clock.at(timezone.now() - timedelta(hours=hours_ago)):
        claim = make_claim(kind, **fields)
    Claim.objects.filter(pk=claim.pk).update(verdict="allowed", approval_sides=[])
    return claim


def refuse(claim: Claim, *, after: float) -> None:
    """Rejected and closed so many hours after the application: the shortest way to an end that counts."""
    at = claim.opened_at + timedelta(hours=after)
    with clock.at(at):
        move_claim(claim.pk, "reject", by=SYSTEM, arguments={"refusal": "too_late", "words": "Too late."})
        move_claim(claim.pk, "close", by=SYSTEM)


def visited(claim: Claim, *, times: int, hours: float) -> None:
    """An engineer came so often, and the claim was closed by the customer's silence."""
    from aftersales.visits.models import Visit

    with clock.at(claim.opened_at + timedelta(hours=hours)):
        move_claim(claim.pk, "approve", by=SYSTEM)
        move_claim(claim.pk, "ask_visit", by=SYSTEM)
        visit = Visit.objects.get(claim=claim)
        now = clock.now()
        for nth in range(times):
            row = visit if nth == 0 else Visit(claim=claim)
            row.outlet_id, row.window_start, row.window_end = _outlet().pk, now, now + timedelta(hours=1)
            row.state, row.result, row.checked_in_at, row.finished_at = "finished", "done", now, now
            row.save()
        Claim.objects.filter(pk=claim.pk).update(state="visit_arranged", has_visit_result=True)
        move_claim(claim.pk, "finish_visit", by=SYSTEM)
        move_claim(claim.pk, "confirm", by=SYSTEM)


def _outlet() -> Any:
    from aftersales.visits.models import Outlet

    return Outlet.objects.get_or_create(name="Outlet")[0]


def filters(**fields: Any) -> ClaimFilters:
    today = company_day(timezone.now())
    return ClaimFilters(today - timedelta(days=27), today, **fields)


def total(**fields: Any) -> selectors.ClaimFigure:
    return selectors.whole(selectors.figures(filters(**fields)))


# --- What is counted -------------------------------------------------------------------------------------------------
@pytest.mark.req("J2", "SLA dashboard")
def test_a_claim_counts_when_it_ends_by_its_hours_from_application_to_end() -> None:
    quick, slow = claim_of(hours_ago=100), claim_of(hours_ago=120)
    refuse(quick, after=71.9)
    refuse(slow, after=72.1)
    claim_of(hours_ago=5)
    consume()
    figure = total()
    assert (figure.opened, figure.ended, figure.kept, figure.share) == (3, 2, 1, 50.0)
    assert figure.median == pytest.approx(72 * 3600, rel=0.05)
    assert figure.percentile_90 == pytest.approx(72 * 3600, rel=0.05)


def test_withdrawn_and_expired_claims_and_cases_do_not_count() -> None:
    withdrawn = claim_of(hours_ago=40)
    move_claim(withdrawn.pk, "cancel", by=SYSTEM)
    consume()
    figure = total()
    assert (figure.opened, figure.ended) == (1, 0)
    assert figure.share is None
    assert not OpenClaims.objects.exists()


@pytest.mark.req("F11", "cycle and cost trends")
def test_first_time_fix_cost_and_repeats_follow_the_record(cause: Cause) -> None:
    once, twice = claim_of("repair", hours_ago=60), claim_of("repair", hours_ago=60)
    visited(once, times=1, hours=20)
    visited(twice, times=2, hours=20)
    complete_review(once.pk, cause="part", lesson="Check it.", other_cost="80.00", cost_words="Freight", by=SYSTEM)
    consume()
    figure = total()
    assert (figure.worked, figure.fixed, figure.fixed_share) == (2, 1, 50.0)
    assert figure.cost == Decimal("80.00")
    assert figure.cost_each == 40.0
    by_cause = selectors.figures(filters(), "cause")
    assert {key: group.ended for key, group in by_cause.items()} == {str(cause.pk): 1, "0": 1}


@pytest.mark.req("F11", "cycle and cost trends")
def test_how_cycle_and_cost_go_is_drawn_and_told_day_by_day(
    cause: Cause, boss: Staff, as_staff: As, ask: Callable[..., Any]
) -> None:
    for days, hours, cost in ((20, 90, "300.00"), (3, 20, "40.00")):
        claim = claim_of("repair", hours_ago=days * 24)
        visited(claim, times=1, hours=hours)
        complete_review(claim.pk, cause="part", lesson="Check it.", other_cost=cost, cost_words="Freight", by=SYSTEM)
    consume()
    client = as_staff(boss)
    tiles = {str(tile["name"]): tile for tile in client.get(PAGE).context["tiles"]}
    assert tiles["Cost per claim"]["is_measured"]
    assert tiles["Cycle, median"]["is_measured"]
    days = [day for day in ask(boss, group_by="day").json()["groups"] if day["ended"]]
    assert [day["cost_per_claim"] for day in days] == [300.0, 40.0]
    assert days[0]["cycle_median_seconds"] > 72 * 3600 > days[1]["cycle_median_seconds"]


@pytest.mark.req("F11", "repeat rate")
def test_the_same_problem_again_is_counted_in_the_repeat_rate(cause: Cause, boss: Staff, as_staff: As) -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=3)
    for _nth in range(2):
        claim = claim_of("refund_only", hours_ago=30, ticket=ticket, line=line)
        change_record(claim.pk, {"cause": "part"}, by=SYSTEM)
        refuse(claim, after=2)
    consume()
    figure = total()
    assert (figure.ended, figure.repeats, figure.repeat_share) == (2, 1, 50.0)
    page = as_staff(boss).get(PAGE)
    tile = next(tile for tile in page.context["tiles"] if tile["name"] == "Repeat rate")
    assert (tile["value"], tile["target"], tile["is_met"]) == ("50.0", "≤ 5 %", False)


def test_hearing_an_event_twice_changes_nothing_and_a_rebuild_finds_nothing(cause: Cause) -> None:
    refuse(claim_of(hours_ago=100), after=10)
    visited(claim_of("repair", hours_ago=60), times=1, hours=20)
    open_one = claim_of("exchange", hours_ago=50)
    consume()
    before = list(ClaimTotal.objects.order_by("scope", "day", "a", "b").values())
    assert bring_in_line(set(ClaimFact.objects.values_list("pk", flat=True))) == 0
    found = rebuild()
    assert (found.claims, found.days) == (0, 0)
    assert list(ClaimTotal.objects.order_by("scope", "day", "a", "b").values()) == before
    ClaimTotal.objects.filter(scope="all").update(opened=99)
    OpenClaims.objects.filter(scope="kind").update(number=7)
    ClaimFact.objects.filter(pk=open_one.pk).delete()
    assert rebuild().any
    assert not rebuild().any
    kept = {row["id"]: row for row in before}
    assert len(kept) == ClaimTotal.objects.count()
    assert total().opened == 3


def test_the_team_of_an_open_claim_follows_its_ticket_and_stays_at_the_end() -> None:
    first, second = make_team("First"), make_team("Second")
    ticket = make_ticket(account=make_account("mail-1", team=first))
    claim = claim_of(hours_ago=20, ticket=ticket)
    consume()
    assert ClaimFact.objects.get(pk=claim.pk).team_id == first.pk
    transfer_ticket(ticket.pk, team=second, by=SYSTEM)
    consume()
    assert ClaimFact.objects.get(pk=claim.pk).team_id == second.pk
    refuse(claim, after=3)
    consume()
    transfer_ticket(ticket.pk, team=first, by=SYSTEM)
    consume()
    assert ClaimFact.objects.get(pk=claim.pk).team_id == second.pk
    assert total(chosen={"team": (str(second.pk),)}).ended == 1


def test_totals_and_facts_give_the_same_figures(cause: Cause) -> None:
    refuse(claim_of(hours_ago=100), after=80)
    visited(claim_of("repair", hours_ago=60), times=1, hours=20)
    consume()
    fact = ClaimFact.objects.get(kind="return")
    cut = {"kind": ("return",), "product": (str(fact.product_id),)}
    narrow = cut | {"team": (str(fact.team_id),)}
    assert selectors.source_for(filters(chosen=narrow), [], "analytics_claimtotal", selectors.ALL).is_totals is False
    for by in ("", "day", "kind"):
        assert selectors.figures(filters(chosen=cut), by) == selectors.figures(filters(chosen=narrow), by), by
    today = company_day(timezone.now())
    open_one = claim_of(hours_ago=200, line=Claim.objects.get(pk=fact.pk).lines.get().order_line)
    consume()
    assert open_one.pk
    assert selectors.open_by_state(filters(chosen=narrow), today) == {"submitted": {"older": 1}}
    assert selectors.open_by_state(filters(chosen=cut), today) == {"submitted": {"older": 1}}


# --- The page --------------------------------------------------------------------------------------------------------
@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_only_those_who_see_dashboards_open_it(role: str, as_staff: As) -> None:
    client = as_staff(make_staff("person", role=role))
    expected = 200 if "analytics.view" in PERMISSIONS[role] else 403
    for path in (PAGE, f"{PAGE}claims/", f"{PAGE}export.csv", f"{PAGE}export.xlsx"):
        assert client.get(path).status_code == expected, path
    assert Client().get(PAGE).status_code == 302


@pytest.mark.req("J2", "SLA dashboard")
def test_each_figure_leads_to_its_claims(boss: Staff, as_staff: As, cause: Cause) -> None:
    late, fixed, waiting = claim_of(hours_ago=100), claim_of("repair", hours_ago=60), claim_of(hours_ago=200)
    refuse(late, after=80)
    visited(fixed, times=2, hours=20)
    consume()
    client = as_staff(boss)
    page = client.get(PAGE)
    tiles = {str(tile["name"]): tile for tile in page.context["tiles"]}
    assert tiles["Open claims"]["value"] == "1"
    behind = {
        name: {row["claim"].pk for row in client.get(tiles[name]["url"]).context["rows"]}
        for name in ("Open claims", "Closed within 72 h", "First-time fix")
    }
    assert behind == {"Open claims": {waiting.pk}, "Closed within 72 h": {late.pk}, "First-time fix": {fixed.pk}}
    row = next(row for row in page.context["open"]["rows"] if row["state"] == "submitted")
    cell = row["cells"][3]
    assert cell["number"] == 1
    assert [found["claim"].pk for found in client.get(cell["url"]).context["rows"]] == [waiting.pk]
    assert client.get(row["cells"][0]["url"]).context["rows"] == []


@pytest.mark.req("J2", "SLA dashboard")
def test_approvals_that_are_overdue_are_counted_and_shown(boss: Staff, as_staff: As) -> None:
    claim = claim_of(hours_ago=60)
    approver = make_staff("approver", role="approver")
    with clock.at(timezone.now() - timedelta(hours=50)):
        move_claim(claim.pk, "ask_approval", by=SYSTEM, arguments={"approvers": {"business": approver.pk}})
    consume()
    assert Approval.objects.filter(state="asked").count() == 1
    page = as_staff(boss).get(PAGE)
    tile = next(tile for tile in page.context["tiles"] if tile["name"] == "Approvals overdue")
    assert (tile["value"], tile["is_met"]) == ("1", False)
    rows = as_staff(boss).get(tile["url"]).context["rows"]
    assert [row["claim"].pk for row in rows] == [claim.pk]
    narrowed = as_staff(boss).get(PAGE, {"kind": "repair"})
    assert next(t for t in narrowed.context["tiles"] if t["name"] == "Approvals overdue")["value"] == "0"


def test_a_lead_sees_their_teams_alone(as_staff: As) -> None:
    mine, other = make_team("Mine"), make_team("Other")
    lead = make_staff("lead", role="lead", teams=(mine,))
    seen = claim_of(hours_ago=30, ticket=make_ticket(account=make_account("mail-2", team=mine)))
    hidden = claim_of(hours_ago=30, ticket=make_ticket(account=make_account("mail-3", team=other)))
    for claim in (seen, hidden):
        refuse(claim, after=2)
    consume()
    client = as_staff(lead)
    for query in ("", f"?team={other.pk}"):
        assert client.get(PAGE + query).context["board"].now.ended == 1
        rows = client.get(f"{PAGE}claims/{query}").context["rows"]
        assert [row["claim"].pk for row in rows] == [seen.pk]
    nobody = as_staff(make_staff("alone", role="lead"))
    assert nobody.get(PAGE).context["is_without_teams"]
    assert nobody.get(f"{PAGE}claims/").context["rows"] == []


@pytest.mark.parametrize(
    "query",
    [
        "from=x&to=9999-99-99",
        "kind=nothing&team=abc&product=-1",
        "group=evil&figure=none&state=x&age=y",
        "from=2026-02-30",
    ],
)
def test_nonsense_in_an_address_breaks_nothing(query: str, boss: Staff, as_staff: As) -> None:
    claim_of(hours_ago=3)
    consume()
    client = as_staff(boss)
    assert client.get(f"{PAGE}?{query}").status_code == 200
    assert client.get(f"{PAGE}claims/?{query}").status_code == 200
    assert client.get(f"{PAGE}export.csv?{query}&table=nothing").status_code == 200


def test_the_page_costs_the_same_whatever_there_is(boss: Staff, as_staff: As, cause: Cause) -> None:
    client = as_staff(boss)

    def cost(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    refuse(claim_of(hours_ago=100), after=80)
    visited(claim_of("repair", hours_ago=60), times=1, hours=20)
    claim_of(hours_ago=20)
    consume()
    paths = (PAGE, f"{PAGE}?group=product", f"{PAGE}claims/?figure=ended", f"{PAGE}claims/?figure=open")
    for path in paths:
        client.get(path)
    before = [cost(path) for path in paths]
    for nth in range(6):
        refuse(claim_of(("return", "exchange", "refund_only")[nth % 3], hours_ago=90 - nth), after=3)
        claim_of("invoice" if nth % 2 else "exchange", hours_ago=10 * nth + 1)
    consume()
    assert [cost(path) for path in paths] == before
    assert before[0] <= 32


def test_following_events_costs_the_same_whatever_their_number() -> None:
    claim_of(hours_ago=20)
    with CaptureQueriesContext(connection) as first:
        consume()
    for _nth in range(8):
        refuse(claim_of(hours_ago=40), after=2)
    with CaptureQueriesContext(connection) as second:
        consume()
    assert ClaimFact.objects.count() == 9
    assert len(second) <= len(first) + 4  # what ended asks for its visits, moves and review, too


# --- Exports and programs --------------------------------------------------------------------------------------------
@pytest.mark.req("J2", "SLA dashboard")
def test_every_table_can_be_had_as_a_file(boss: Staff, as_staff: As) -> None:
    refuse(claim_of(hours_ago=100), after=80)
    claim_of(hours_ago=3)
    consume()
    client = as_staff(boss)
    page = client.get(PAGE)
    for name, address in page.context["exports"].items():
        answer = client.get(address)
        assert answer.status_code == 200, name
        assert "after-sales-" in answer["Content-Disposition"]
        if name != "xlsx":
            rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
            assert len(rows) >= (1 if name == "promises" else 2), name
            assert len({len(row) for row in rows}) == 1
    with zipfile.ZipFile(io.BytesIO(client.get(f"{PAGE}export.xlsx").content)) as book:
        assert len([name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]) == 5


@pytest.fixture
def ask() -> Callable[..., Any]:
    def asked(staff: Staff, scopes: tuple[str, ...] = (Scope.ANALYTICS_READ,), **query: Any) -> Any:
        key = create_api_key(staff, scopes, by=SYSTEM)[1]
        return Client().get(API, query, HTTP_AUTHORIZATION=f"Bearer {key}")

    return asked


@pytest.mark.req("J2", "SLA dashboard")
def test_a_program_reads_the_same_figures(boss: Staff, as_staff: As, ask: Callable[..., Any]) -> None:
    refuse(claim_of(hours_ago=100), after=80)
    claim_of("exchange", hours_ago=3)
    consume()
    body = ask(boss).json()
    shown = as_staff(boss).get(PAGE).context["board"].now
    assert (body["total"]["opened"], body["total"]["ended"], body["total"]["within_72_hours"]) == (2, 1, 0)
    assert body["total"]["within_72_hours_percent"] == shown.share == 0.0
    assert body["open"][0] | {"state": "submitted"} == body["open"][0]
    assert body["groups"] == []
    for by in ("day", "kind", "team", "product", "cause"):
        groups = ask(boss, group_by=by).json()["groups"]
        assert sum(row["ended"] for row in groups) == 1, by
        assert sum(row["opened"] for row in groups) == 2, by


def test_a_program_needs_role_and_scope_and_hears_of_nonsense(boss: Staff, ask: Callable[..., Any]) -> None:
    assert ask(make_staff("person", role="agent")).status_code == 403
    assert ask(boss, (Scope.TICKETS_READ,)).status_code == 403
    assert Client().get(API).status_code == 401
    for query in ({"group_by": "x"}, {"kind": "x"}, {"product": "x"}, {"from": "x"}):
        assert ask(boss, **query).status_code == 400, query


def test_the_days_of_the_company_decide(boss: Staff) -> None:
    """Eleven at night in London is the next morning in Shanghai."""
    moment = datetime(2026, 11, 10, 16, 30, tzinfo=timezone.get_default_timezone())
    with clock.at(moment):
        claim = make_claim()
    consume()
    assert ClaimFact.objects.get(pk=claim.pk).opened_day == company_day(moment)

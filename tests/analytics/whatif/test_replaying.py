"""A supervisor replays past tickets against something else, and sees what would have been missed."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from analytics.models import WhatIf, WhatIfTicket
from analytics.whatif import services
from helpdesk.accounts.models import Membership, Staff
from helpdesk.core.models import Event, Job
from tests.analytics.whatif.conftest import work
from tests.factories import make_staff, make_team
from tests.sla.conftest import HOUR, Desk
from tickets.models import Ticket
from tickets.sla.models import Clock, ClockEvent, Policy, Target

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]
NEW = "/dashboards/what-if/new/"
DAYS = {"since": "2026-03-01", "until": "2026-03-31", "compared_with": "in_force"}


def asked(**fields: Any) -> dict[str, Any]:
    return {**DAYS, "policies": "preset", "preset": "ecommerce", **fields}


def replayed(browser: Client, path: str = NEW, **fields: Any) -> WhatIf:
    """Ask in the browser, let the worker work, and give back what came out."""
    answer = browser.post(path, asked(**fields))
    assert answer.status_code == 302, answer.content.decode()
    work(services.JOB)
    what_if = WhatIf.objects.latest("pk")
    assert answer["Location"] == f"/dashboards/what-if/{what_if.pk}/"
    return what_if


def first_response(what_if: WhatIf) -> list[int]:
    return list(what_if.figures["sums"]["metric"]["first_response"])


@pytest.mark.req("D8", "what-if")
def test_last_month_against_a_shipped_policy(desk: Desk, month: list[Ticket], as_staff: Browser) -> None:
    browser = as_staff(desk.supervisor)
    before = (ClockEvent.objects.count(), Event.objects.count(), list(Clock.objects.order_by("pk").values()))
    what_if = replayed(browser)
    assert what_if.state == "done"
    # four hours were kept thrice; half an hour would have been kept by one answer only
    assert first_response(what_if) == [3, 3, 0, 1, 5, 0]
    # it promises no resolution: what it does not promise is not saved
    assert (what_if.figures["lost"], what_if.figures["saved"], what_if.figures["dropped"]) == (2, 0, 6)
    assert what_if.figures["agreed"] == what_if.figures["recorded"] > 0
    assert what_if.figures["invented"] == 0
    page = browser.get(f"/dashboards/what-if/{what_if.pk}/").content.decode()
    assert "would have been missed" in page
    assert month[0].number in page
    assert "What a replay cannot know" in page
    assert before == (ClockEvent.objects.count(), Event.objects.count(), list(Clock.objects.order_by("pk").values()))


@pytest.mark.req("D8", "what-if")
def test_one_policy_with_other_times(desk: Desk, month: list[Ticket], policy: Policy, as_staff: Browser) -> None:
    browser = as_staff(desk.supervisor)
    path = f"{NEW}?policy={policy.pk}"
    page = browser.get(path).content.decode()
    lengths = {}
    for target in Target.objects.filter(version__policy=policy):
        assert f'name="length_{target.pk}"' in page
        assert target.seconds
        hours = 6 if target.metric == "first_response" and not target.priorities else target.seconds // HOUR
        lengths[f"length_{target.pk}"] = str(hours)
    what_if = replayed(browser, path, policies="lengths", **lengths)
    assert first_response(what_if) == [3, 3, 0, 4, 2, 0]
    # an administrator goes on with these times in the policy's own page; others do not
    page = f"/dashboards/what-if/{what_if.pk}/"
    assert "Apply these targets" not in browser.get(page).content.decode()
    admin = as_staff(desk.admin)
    address = html.unescape(
        admin.get(page).content.decode().partition(f'href="/settings/sla/{policy.pk}/')[2].partition('"')[0]
    )
    draft = admin.get(f"/settings/sla/{policy.pk}/{address}").content.decode()
    assert "These times come from a what-if." in draft
    assert 'name="t1-amount" value="6"' in draft
    assert [row.outcome for row in WhatIfTicket.objects.filter(metric="first_response")] == ["saved"]


@pytest.mark.req("D8", "what-if")
def test_another_calendar_and_another_roster(desk: Desk, month: list[Ticket], as_staff: Browser) -> None:
    browser = as_staff(desk.supervisor)
    # with the lunch hour left out, the answer after almost five hours was in time
    on_office = replayed(browser, policies="today", calendar=desk.office.pk)
    assert first_response(on_office) == [3, 3, 0, 4, 2, 0]
    # with people in office hours only, an answer in the evening waits for the morning
    staffed = replayed(browser, policies="today", roster=desk.office.pk)
    assert first_response(staffed)[3:] == [3, 3, 0]
    page = browser.get(f"/dashboards/what-if/{staffed.pk}/").content.decode()
    assert "moved to the next staffed moment" in page


@pytest.mark.req("D8", "what-if")
def test_the_same_policies_change_nothing(desk: Desk, month: list[Ticket], policy: Policy, as_staff: Browser) -> None:
    what_if = replayed(as_staff(desk.supervisor), policies="order", **{f"place_{policy.pk}": 1})
    sums = what_if.figures["sums"]["metric"]
    assert all(line[:3] == line[3:] for line in sums.values())
    assert not WhatIfTicket.objects.exists()


@pytest.mark.req("D8", "what-if")
def test_figures_and_tickets_as_csv(desk: Desk, month: list[Ticket], as_staff: Browser) -> None:
    browser = as_staff(desk.supervisor)
    Ticket.objects.filter(pk=month[0].pk).update(subject="=HYPERLINK(1)")
    what_if = replayed(browser)
    figures = browser.get(f"/dashboards/what-if/{what_if.pk}/figures.csv").content.decode("utf-8-sig")
    assert "First response,3,3,0,1,5,0" in figures
    tickets = browser.get(f"/dashboards/what-if/{what_if.pk}/tickets.csv?show=lost").content.decode("utf-8-sig")
    assert f"{month[0].number},'=HYPERLINK(1),First response,0,1" in tickets


def test_a_lead_replays_their_own_teams_only(desk: Desk, month: list[Ticket], as_staff: Browser) -> None:
    Membership.objects.create(staff=make_staff("lou", role="lead"), team=desk.other, is_lead=True)
    lou, lena = Staff.objects.get(username="lou"), Staff.objects.get(pk=desk.lead.pk)
    assert replayed(as_staff(lou)).figures["tickets"] == 0
    mine = replayed(as_staff(lena))
    assert mine.figures["tickets"] == 6
    assert as_staff(lena).post(NEW, asked(teams=[desk.other.pk])).status_code == 422
    # another lead's is not to be found, a supervisor finds all
    assert as_staff(lou).get(f"/dashboards/what-if/{mine.pk}/").status_code == 404
    assert as_staff(lou).post(f"/dashboards/what-if/{mine.pk}/cancel/").status_code == 404
    assert as_staff(desk.supervisor).get(f"/dashboards/what-if/{mine.pk}/").status_code == 200
    # who has left the team sees neither the figures nor the tickets any more
    Membership.objects.filter(staff=lena).delete()
    assert as_staff(Staff.objects.get(pk=lena.pk)).get(f"/dashboards/what-if/{mine.pk}/").status_code == 404


def test_batches_go_on_where_the_last_one_ended(
    desk: Desk, month: list[Ticket], as_staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replayed(as_staff(desk.supervisor)).figures
    monkeypatch.setattr(services, "BATCH", 2)
    as_staff(desk.supervisor).post(NEW, asked())
    assert [result["done"] for result in work(services.JOB)] == [2, 4, 6, 6]
    assert WhatIf.objects.latest("pk").figures == whole


def test_a_replay_is_cancelled_between_batches(
    desk: Desk, month: list[Ticket], as_staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    browser = as_staff(desk.supervisor)
    browser.post(NEW, asked())
    what_if = WhatIf.objects.get()
    services.work_batch(Job.objects.get(kind=services.JOB))
    assert "2 of 6 tickets" in browser.get(f"/dashboards/what-if/{what_if.pk}/progress/").content.decode()
    browser.post(f"/dashboards/what-if/{what_if.pk}/cancel/")
    assert all(result == {"stopped": True} for result in work(services.JOB))
    what_if.refresh_from_db()
    assert (what_if.state, what_if.done) == ("cancelled", 2)
    assert browser.get(f"/dashboards/what-if/{what_if.pk}/progress/")["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    "fields",
    [
        {"since": "2026-03-31", "until": "2026-03-01"},
        {"since": "2020-01-01", "until": "2026-03-01"},
        {"since": "9999-01-01", "until": "9999-01-02"},
        {"since": "no day"},
        {"policies": "order"},
        {"policies": "lengths"},
        {"preset": "no such"},
        {"calendar": "999999"},
        {"roster": "0; DROP"},
        {"teams": ["999999"]},
        {"channels": ["\x00"]},
    ],
)
def test_nonsense_is_refused_in_words(desk: Desk, policy: Policy, as_staff: Browser, fields: dict[str, Any]) -> None:
    answer = as_staff(desk.supervisor).post(NEW, asked(**fields))
    assert answer.status_code == 422
    assert 'class="error-text"' in answer.content.decode() or 'class="form-errors"' in answer.content.decode()
    assert not WhatIf.objects.exists()


def test_pages_cost_the_same_whatever_is_behind_them(
    desk: Desk, month: list[Ticket], as_staff: Browser, django_assert_max_num_queries: Any
) -> None:
    browser = as_staff(desk.supervisor)
    first = replayed(browser)
    for nth in range(4):
        make_team(f"Extra {nth}")
        replayed(browser)
    WhatIfTicket.objects.bulk_create(
        WhatIfTicket(what_if=first, ticket_id=month[nth % 6].pk, metric="handover", missed_now=0, missed_then=1)
        for nth in range(120)
    )
    with django_assert_max_num_queries(12):
        page = browser.get(f"/dashboards/what-if/{first.pk}/").content.decode()
    assert "after=" in page
    with django_assert_max_num_queries(10):
        browser.get("/dashboards/what-if/")
    with django_assert_max_num_queries(14):
        browser.get(NEW)

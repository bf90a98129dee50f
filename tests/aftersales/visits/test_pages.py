"""Those who plan see everybody's day, arrange visits, move them, give them to others, and report who is ill."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.claims.models import Claim
from aftersales.visits.models import Absence, DayPlan, Visit, VisitState
from aftersales.visits.services.booking import book
from helpdesk.accounts.models import Staff
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.company import company_day
from tests.aftersales.visits.factories import ADDRESS, make_area, make_asked, make_engineer, slots_of
from tests.aftersales.visits.working import work_jobs
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


def as_staff(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def lead(db: None) -> Client:
    return as_staff(make_staff("leads", role="lead"))


@pytest.mark.req("F8", "proposed slots")
def test_a_lead_arranges_a_visit_from_the_proposed_times_and_sees_it_in_the_day(lead: Client) -> None:
    make_engineer("chen")
    visit = make_asked()
    page = lead.get("/visits/to-arrange/").content.decode()
    assert f"/visits/{visit.pk}/" in page
    slot = slots_of(visit)[3]
    page = lead.get(f"/visits/{visit.pk}/").content.decode()
    assert slot.key in page
    assert "1 engineer" in page
    answer = lead.post(f"/visits/{visit.pk}/time/", {"slot": slot.key, "row_version": visit.row_version})
    assert answer.status_code == 302
    visit.refresh_from_db()
    assert visit.state == VisitState.BOOKED
    day = lead.get(f"/visits/?day={company_day(slot.start)}").content.decode()
    assert "Chen" in day
    assert f"/visits/{visit.pk}/" in day


def test_another_time_another_engineer_and_not_at_all(lead: Client) -> None:
    make_engineer("chen")
    visit = make_asked()
    slots = slots_of(visit)
    book(visit.pk, slots[0].key, by=SYSTEM)
    other = make_engineer("wang")
    path = f"/visits/{visit.pk}/"
    assert lead.post(f"{path}time/", {"slot": slots[5].key}).status_code == 302
    assert lead.post(f"{path}engineer/", {"engineer": other.pk}).status_code == 302
    visit.refresh_from_db()
    assert (visit.window, visit.engineer) == ((slots[5].start, slots[5].end), other)
    assert lead.post(f"{path}cancel/", {"note": "ill"}).status_code == 302
    visit.refresh_from_db()
    assert visit.state == VisitState.ASKED
    assert Claim.objects.get(pk=visit.claim_id).state == "awaiting_visit"


def test_what_was_changed_meanwhile_is_not_overwritten(lead: Client) -> None:
    make_engineer("chen")
    visit = make_asked()
    slots = slots_of(visit)
    book(visit.pk, slots[0].key, by=SYSTEM)
    answer = lead.post(f"/visits/{visit.pk}/time/", {"slot": slots[1].key, "row_version": "1"})
    assert answer.status_code == 409
    visit.refresh_from_db()
    assert visit.window == (slots[0].start, slots[0].end)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("time/", {"slot": ""}),
        ("time/", {"slot": "x" * 300}),
        ("engineer/", {"engineer": ""}),
        ("engineer/", {"engineer": "999999"}),
        ("address/", {"city": "", "street": ""}),
    ],
)
def test_bad_input_is_said_in_words(path: str, given: dict[str, str], lead: Client) -> None:
    make_engineer("chen")
    visit = make_asked()
    if path == "engineer/":
        book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    answer = lead.post(f"/visits/{visit.pk}/{path}", given)
    assert answer.status_code in {409, 422}
    assert 'role="alert"' in answer.content.decode() or "error-text" in answer.content.decode()


def test_an_address_decides_the_area(lead: Client) -> None:
    area = make_area()
    visit = make_asked(address={})
    assert visit.area is None
    assert "no address" in lead.get("/visits/to-arrange/").content.decode()
    assert lead.post(f"/visits/{visit.pk}/address/", ADDRESS).status_code == 302
    visit.refresh_from_db()
    assert visit.area == area


def test_an_engineer_is_reported_ill_and_the_day_is_planned_anew(lead: Client) -> None:
    ill = make_engineer("chen")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[4].key, by=SYSTEM)
    well = make_engineer("wang")
    visit.refresh_from_db()
    assert visit.window_start is not None
    day = company_day(visit.window_start)
    given = {"engineer": ill.pk, "kind": "ill", "first_on": day, "last_on": day}
    assert lead.post("/visits/absences/", given).status_code == 302
    work_jobs("visits.replace")
    visit.refresh_from_db()
    assert visit.engineer == well
    page = lead.get("/visits/absences/").content.decode()
    assert "Chen" in page
    absence = Absence.objects.get()
    assert lead.post(f"/visits/absences/{absence.pk}/end/").status_code == 302
    assert not Absence.objects.exists()


def test_days_that_make_no_sense_are_said_at_their_field(lead: Client) -> None:
    engineer = make_engineer("chen")
    given = {"engineer": engineer.pk, "kind": "ill", "first_on": "2026-12-02", "last_on": "2026-12-01"}
    answer = lead.post("/visits/absences/", given)
    assert answer.status_code == 422
    assert "The last day lies before the first." in answer.content.decode()


def test_a_plan_is_asked_for_and_its_outcome_shown(lead: Client) -> None:
    make_engineer("chen")
    visit = make_asked()
    slot = slots_of(visit)[6]
    book(visit.pk, slot.key, by=SYSTEM)
    day = company_day(slot.start)
    assert lead.post("/visits/plan/", {"day": day}).status_code == 302
    assert "being worked out" in lead.get(f"/visits/?day={day}").content.decode()
    work_jobs("visits.plan_day")
    assert DayPlan.objects.get().visits == 1
    assert "Planned by" in lead.get(f"/visits/?day={day}").content.decode()


@pytest.mark.parametrize("day", ["", "yesterday", "0001-01-01", "9999-12-31", "2026-02-31"])
def test_any_day_in_the_address_is_answered(day: str, lead: Client) -> None:
    assert lead.get("/visits/", {"day": day}).status_code == 200


@pytest.mark.parametrize("role", ["agent", "engineer", "warehouse"])
def test_others_do_not_plan(role: str) -> None:
    make_engineer("chen")
    visit = make_asked()
    client = as_staff(make_staff("somebody", role=role))
    for path in ("/visits/", "/visits/to-arrange/", "/visits/absences/", f"/visits/{visit.pk}/"):
        assert client.get(path).status_code == 403
    assert client.post(f"/visits/{visit.pk}/time/", {"slot": slots_of(visit)[0].key}).status_code == 403
    assert client.post("/visits/plan/", {"day": company_day(clock.now())}).status_code == 403
    visit.refresh_from_db()
    assert visit.state == VisitState.ASKED
    assert not DayPlan.objects.exists()


def test_the_day_costs_the_same_whatever_is_in_it(lead: Client) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert lead.get(path).status_code == 200
        return len(queries)

    make_engineer("chen")
    first = make_asked()
    slot = slots_of(first)[0]
    book(first.pk, slot.key, by=SYSTEM)
    path = f"/visits/?day={company_day(slot.start)}"
    lead.get(path)
    few, few_waiting = cost(path), cost("/visits/to-arrange/")
    for nth in range(4):
        make_engineer(f"more{nth}")
        visit = make_asked()
        book(visit.pk, slot.key, by=SYSTEM)
        make_asked()
    assert cost(path) <= few
    assert cost("/visits/to-arrange/") <= few_waiting
    assert few <= 18
    assert Visit.objects.filter(window_start__gte=slot.start - timedelta(days=1)).count() == 5

"""Administrators say who goes where, what visits need and which times are offered."""

from __future__ import annotations

import pytest
from django.test import Client

from aftersales.claims.models import ClaimKind
from aftersales.visits.models import Engineer, ServiceArea, VisitNeed, VisitState, VisitWindow
from aftersales.visits.registrations import ensure_windows
from aftersales.visits.services.booking import book
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from tests.aftersales.visits.factories import make_area, make_asked, make_engineer, make_skill, slots_of
from tests.aftersales.visits.test_pages import as_staff
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Client:
    return as_staff(make_staff("boss", role="administrator"))


def seen_on(page: str) -> str:
    """The fingerprint that the form carries."""
    return page.split('name="seen" value="')[1].split('"')[0] if 'name="seen" value="' in page else ""


@pytest.mark.req("F8", "proposed slots")
def test_an_engineer_an_area_and_a_need_decide_which_times_are_proposed(admin: Client) -> None:
    ensure_windows()
    skill = make_skill()
    person = make_staff("chen", role="engineer")
    given = {"name": "Hangzhou", "cities": "杭州\nHangzhou", "postcodes": "310, 311", "is_active": "on"}
    assert admin.post("/settings/visits/areas/new/", given).status_code == 302
    area = ServiceArea.objects.get()
    assert (area.cities, area.postcodes) == (["杭州", "Hangzhou"], ["310", "311"])
    given = {"staff": person.pk, "areas": [area.pk], "most_a_day": "6", "is_active": "on"}
    assert admin.post("/settings/visits/engineers/new/", given).status_code == 302
    engineer = Engineer.objects.get()
    assert (engineer.most_a_day, list(engineer.areas.all())) == (6, [area])
    given = {"kind": ClaimKind.INSTALLATION, "category": "", "skill": skill.pk, "minutes": "90"}
    assert admin.post("/settings/visits/needs/new/", given).status_code == 302
    visit = make_asked()
    assert (visit.area, visit.skill, visit.minutes) == (area, skill, 90)
    assert slots_of(visit) == []
    assert Event.objects.filter(name="visits.changed").count() == 3


def test_who_carries_out_no_visits_cannot_be_an_engineer(admin: Client) -> None:
    agent = make_staff("agent")
    answer = admin.post("/settings/visits/engineers/new/", {"staff": agent.pk, "most_a_day": "6", "is_active": "on"})
    assert answer.status_code == 422
    assert not Engineer.objects.exists()


def test_somebody_with_visits_to_make_is_not_switched_off(admin: Client) -> None:
    engineer = make_engineer("chen")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[0].key, by=SYSTEM)
    path = f"/settings/visits/engineers/{engineer.pk}/"
    page = admin.get(path).content.decode()
    given = {"seen": seen_on(page), "staff": engineer.staff_id, "most_a_day": "5"}
    answer = admin.post(path, given)
    assert answer.status_code == 422
    assert "still has visits" in answer.content.decode()
    engineer.refresh_from_db()
    visit.refresh_from_db()
    assert engineer.is_active
    assert visit.state == VisitState.BOOKED


def test_a_colleagues_change_is_not_overwritten(admin: Client) -> None:
    area = make_area()
    path = f"/settings/visits/areas/{area.pk}/"
    seen = seen_on(admin.get(path).content.decode())
    ServiceArea.objects.filter(pk=area.pk).update(name_zh="杭州市区")
    answer = admin.post(path, {"seen": seen, "name": "Hangzhou", "cities": "杭州", "is_active": "on"})
    assert answer.status_code == 422
    area.refresh_from_db()
    assert area.name_zh == "杭州市区"


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("areas/new/", {"name": "", "cities": "x"}),
        ("areas/new/", {"name": "Nowhere"}),
        ("areas/new/", {"name": "Pole", "cities": "x", "latitude": "91", "longitude": "0"}),
        ("areas/new/", {"name": "Half", "cities": "x", "latitude": "10"}),
        ("areas/new/", {"name": "Long", "cities": "x" * 61}),
        ("engineers/new/", {"most_a_day": "0"}),
        ("needs/new/", {"kind": "nonsense", "minutes": "60"}),
        ("needs/new/", {"minutes": "4"}),
        ("windows/", {"starts": "11:00", "ends": "09:00"}),
        ("windows/", {"starts": "", "ends": "25:00"}),
        ("windows/", {"starts": "09:00", "ends": "11:00"}),
    ],
)
def test_bad_input_is_said_in_words_and_changes_nothing(path: str, given: dict[str, str], admin: Client) -> None:
    ensure_windows()
    before = VisitWindow.objects.count()
    assert admin.post(f"/settings/visits/{path}", given).status_code == 422
    assert (ServiceArea.objects.count(), Engineer.objects.count(), VisitNeed.objects.count()) == (0, 0, 0)
    assert VisitWindow.objects.count() == before


def test_windows_are_added_and_taken_away(admin: Client) -> None:
    ensure_windows()
    assert admin.post("/settings/visits/windows/", {"starts": "19:00", "ends": "21:00"}).status_code == 302
    row = VisitWindow.objects.get(starts=19 * 60)
    assert "19:00–21:00" in admin.get("/settings/visits/windows/").content.decode()
    assert admin.post(f"/settings/visits/windows/{row.pk}/delete/").status_code == 302
    assert not VisitWindow.objects.filter(pk=row.pk).exists()


def test_lists_show_what_there_is(admin: Client) -> None:
    area, skill = make_area(), make_skill()
    make_engineer("chen", areas=(area,), skills=(skill,))
    need = VisitNeed.objects.create(kind=ClaimKind.REPAIR, skill=skill, minutes=45)
    page = admin.get("/settings/visits/").content.decode()
    assert "Chen" in page
    assert "Washers" in page
    assert "Hangzhou" in admin.get("/settings/visits/areas/").content.decode()
    assert "45" in admin.get("/settings/visits/needs/").content.decode()
    assert admin.post(f"/settings/visits/needs/{need.pk}/delete/").status_code == 302
    assert not VisitNeed.objects.exists()

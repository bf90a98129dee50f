"""An engineer is ill: others go at the promised time, else the customer is asked for another one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from aftersales.claims.models import Claim
from aftersales.visits.models import Absence, Visit, VisitState
from aftersales.visits.services.absences import report_absence
from aftersales.visits.services.booking import book
from helpdesk.accounts.services.staff import deactivate_staff
from helpdesk.core.actors import SYSTEM
from helpdesk.core.company import company_day
from helpdesk.core.errors import Forbidden, Invalid
from tests.aftersales.visits.factories import make_asked, make_engineer, slots_of
from tests.aftersales.visits.working import work_jobs
from tests.factories import actor, make_staff
from tickets.models import Message

pytestmark = pytest.mark.django_db


def booked_day(visit: Visit) -> date:
    assert visit.window_start is not None
    return company_day(visit.window_start)


def test_another_engineer_comes_at_the_promised_time() -> None:
    first = make_engineer("first")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[4].key, by=SYSTEM)
    second = make_engineer("second")
    visit.refresh_from_db()
    window = visit.window
    report_absence(first.pk, booked_day(visit), booked_day(visit), by=actor(make_staff("leads", role="lead")))
    work_jobs("visits.replace")
    visit.refresh_from_db()
    assert (visit.state, visit.engineer, visit.window) == (VisitState.BOOKED, second, window)


def test_where_nobody_can_the_customer_is_asked_for_another_time() -> None:
    only = make_engineer("only")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[4].key, by=SYSTEM)
    visit.refresh_from_db()
    day = booked_day(visit)
    report_absence(only.pk, day, day, by=SYSTEM)
    work_jobs("visits.replace")
    visit.refresh_from_db()
    assert (visit.state, visit.engineer) == (VisitState.ASKED, None)
    assert Claim.objects.get(pk=visit.claim_id).state == "awaiting_visit"
    told = list(Message.objects.filter(ticket_id=visit.claim.ticket_id).order_by("-pk").values_list("text", flat=True))
    assert "choose when our engineer may come" in told[0]
    assert "nobody can come" in told[1]
    assert all(company_day(slot.start) != day for slot in slots_of(visit))


def test_visits_of_other_days_stay() -> None:
    engineer = make_engineer("only")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[4].key, by=SYSTEM)
    visit.refresh_from_db()
    day = booked_day(visit) + timedelta(days=1)
    report_absence(engineer.pk, day, day, by=actor(engineer.staff))
    work_jobs("visits.replace")
    visit.refresh_from_db()
    assert (visit.state, visit.engineer) == (VisitState.BOOKED, engineer)


def test_a_colleague_cannot_report_somebody_ill_and_days_must_make_sense() -> None:
    engineer, colleague = make_engineer("one"), make_engineer("other")
    day = date(2026, 12, 1)
    with pytest.raises(Forbidden):
        report_absence(engineer.pk, day, day, by=actor(colleague.staff))
    with pytest.raises(Invalid):
        report_absence(engineer.pk, day, day - timedelta(days=1), by=SYSTEM)
    with pytest.raises(Invalid):
        report_absence(engineer.pk, day, day + timedelta(days=400), by=SYSTEM)
    assert not Absence.objects.exists()


def test_visits_of_somebody_who_left_go_to_others() -> None:
    leaver = make_engineer("leaver")
    visit = make_asked()
    book(visit.pk, slots_of(visit)[4].key, by=SYSTEM)
    stays = make_engineer("stays")
    deactivate_staff(leaver.staff_id, by=SYSTEM)
    work_jobs("visits.replace")
    visit.refresh_from_db()
    assert visit.engineer == stays

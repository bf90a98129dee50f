"""Every page of what-ifs and predictions against every role: who may open it, who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from analytics.models import WhatIf
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ANALYTICS_VIEW, PERMISSIONS, VIEW_ALL, Role
from helpdesk.core.models import Job
from tests.factories import make_staff
from tests.sla.conftest import Desk
from tickets.sla.models import Policy

pytestmark = pytest.mark.django_db
PAGES = (
    "/dashboards/what-if/",
    "/dashboards/what-if/new/",
    "/dashboards/what-if/{pk}/",
    "/dashboards/what-if/{pk}/progress/",
    "/dashboards/what-if/{pk}/figures.csv",
    "/dashboards/what-if/{pk}/tickets.csv",
    "/dashboards/likely/",
    "/dashboards/prediction/",
)
ACTS = ("/dashboards/what-if/{pk}/cancel/", "/dashboards/prediction/train/")


@pytest.fixture
def what_if(desk: Desk) -> WhatIf:
    """A supervisor's, of all teams."""
    day = date(2026, 3, 1)
    return WhatIf.objects.create(
        staff=desk.supervisor, since=day, until=day, alternative={"preset": "bot", "policies": "preset"}
    )


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_each_page_answers_by_the_roles_permissions(
    role: str, desk: Desk, what_if: WhatIf, as_staff: Callable[[Staff], Client]
) -> None:
    browser = as_staff(make_staff("person", role=role, teams=(desk.team,)))
    may, sees_all = ANALYTICS_VIEW in PERMISSIONS[role], VIEW_ALL in PERMISSIONS[role]
    for page in PAGES:
        wanted = (200 if sees_all or "{pk}" not in page else 404) if may else 403
        assert browser.get(page.format(pk=what_if.pk)).status_code == wanted, page
        assert browser.get(page.format(pk=999_999)).status_code in {200, 404, 403}
    for act in ACTS:
        assert browser.get(act.format(pk=what_if.pk)).status_code in {403, 405}
        wanted = 302 if sees_all and may else 404 if may and "{pk}" in act else 403
        assert browser.post(act.format(pk=what_if.pk)).status_code == wanted, act
    what_if.refresh_from_db()
    assert (what_if.state == "cancelled") == Job.objects.exists() == (may and sees_all)
    if not may:
        assert browser.post("/dashboards/what-if/new/", {"since": "2026-03-01"}).status_code == 403


@pytest.mark.req("K2", "roles")
def test_strangers_are_sent_to_sign_in(what_if: WhatIf) -> None:
    for page in (*PAGES, *ACTS):
        for answer in (Client().get(page.format(pk=what_if.pk)), Client().post(page.format(pk=what_if.pk))):
            assert answer.status_code in {302, 401, 405}
            if answer.status_code == 302:
                assert answer["Location"].startswith("/sign-in/")


@pytest.mark.req("K1", "Chinese and English")
def test_every_page_speaks_chinese(
    desk: Desk, policy: Policy, what_if: WhatIf, as_staff: Callable[[Staff], Client]
) -> None:
    Staff.objects.filter(pk=desk.supervisor.pk).update(language="zh-hans")
    browser = as_staff(Staff.objects.get(pk=desk.supervisor.pk))
    for page in PAGES[:3] + PAGES[-2:]:
        text = browser.get(page.format(pk=what_if.pk)).content.decode()
        assert '<html lang="zh-Hans"' in text
        assert "What-if" not in text
        assert "Likely" not in text

"""Every address of routing on the desk against every role: who may open it, who may not; and by both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ASSIGN_SELF, PERMISSIONS, REPLY, VIEW_TEAM, Role
from tests.factories import make_staff
from tests.routing.conftest import Floor, offered, online, run
from tickets.routing import urls
from tickets.routing.models import Offer

pytestmark = pytest.mark.django_db
AsStaff = Callable[[Staff], Client]

# Path → permission; None is for everybody who is signed in.
PAGES = {
    "/presence/": None,
    "/offers/": None,
    "/queues/": VIEW_TEAM,
    "/queues/{team}/": VIEW_TEAM,
    "/tickets/{ticket}/routing/": VIEW_TEAM,
}
ACTS = {"/offers/{offer}/accept/": ASSIGN_SELF, "/offers/{offer}/decline/": ASSIGN_SELF, "/queues/next/": ASSIGN_SELF}


@pytest.fixture
def names(floor: Floor) -> dict[str, object]:
    """Ann has an offer; another ticket waits for anybody."""
    floor.queue()
    online(floor.ann, mails=1)
    first, second = floor.arrive("a@customer.example"), floor.arrive("b@customer.example")
    run()
    mine, other = (first, second) if offered(first) else (second, first)
    return {"team": floor.team.slug, "ticket": other.number, "offer": Offer.objects.get(ticket=mine).pk}


def test_every_address_is_in_the_lists() -> None:
    assert len(PAGES) + len(ACTS) == len(urls.urlpatterns)


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_each_address_answers_by_the_roles_permissions(
    role: str, floor: Floor, names: dict[str, object], as_staff: AsStaff
) -> None:
    browser = as_staff(make_staff("person", role=role, teams=(floor.team,)))
    granted = PERMISSIONS[role]
    for page, needed in PAGES.items():
        wanted = 200 if needed is None or needed in granted else 403
        assert browser.get(page.format(**names)).status_code == wanted, page
    # an offer is its person's only
    for act, needed in list(ACTS.items())[:2]:
        assert browser.get(act.format(**names)).status_code in {403, 405}
        assert browser.post(act.format(**names)).status_code == (404 if needed in granted else 403), act
    assert Offer.objects.get(pk=names["offer"]).state == "open"
    taken = browser.post("/queues/next/")
    if ASSIGN_SELF in granted and REPLY in granted:
        # who takes nothing by their role is told so
        assert taken.status_code in {302, 409}
        assert (taken.status_code == 302) == (role in {Role.AGENT, Role.LEAD})
    else:
        assert taken.status_code == 403


@pytest.mark.req("K2", "permissions per team")
def test_other_teams_queues_and_tickets_stay_hidden(floor: Floor, names: dict[str, object], as_staff: AsStaff) -> None:
    browser = as_staff(make_staff("person", teams=(floor.other,)))
    assert browser.get("/queues/{team}/".format(**names)).status_code == 404
    assert browser.get("/tickets/{ticket}/routing/".format(**names)).status_code == 404
    answer = browser.post("/queues/next/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_take")


@pytest.mark.req("K2", "roles")
def test_strangers_are_sent_to_sign_in(names: dict[str, object]) -> None:
    for page in (*PAGES, *ACTS):
        for answer in (Client().get(page.format(**names)), Client().post(page.format(**names))):
            assert answer.status_code in {302, 401, 403, 405}
            if answer.status_code == 302:
                assert answer["Location"].startswith("/sign-in/")


@pytest.mark.req("K1", "Chinese and English")
def test_every_page_speaks_chinese(floor: Floor, names: dict[str, object], as_staff: AsStaff) -> None:
    Staff.objects.filter(pk=floor.ann.pk).update(language="zh-hans")
    browser = as_staff(Staff.objects.get(pk=floor.ann.pk))
    found = "".join(browser.get(page.format(**names)).content.decode() for page in PAGES)
    for words in ("在线", "接单", "谢绝", "为什么是我", "队列", "领取下一个", "没有空位", "空位最多者优先"):
        assert words in found
    for words in ("Queues", "Why me", "Accept", "Take next", "Waiting", "no room"):
        assert words not in found

"""What prevents the next complaint: given to somebody until a day, reminded of, done or dropped with a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.claims.models import Claim
from aftersales.complaints.errors import ActionChanged, ActionEnded
from aftersales.complaints.models import ActionState, PreventiveAction
from aftersales.complaints.selectors import today
from aftersales.complaints.services.preventing import add_action, change_action, end_action
from aftersales.complaints.services.reminding import LATE, SOON, oldest_due, remind_due
from helpdesk.accounts.models import Notification, Staff
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.models import Event
from tests.aftersales.complaints.conftest import Matter
from tests.factories import actor, make_staff

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]


def given(matter: Matter, days: int = 3, owner: Staff | None = None) -> PreventiveAction:
    return add_action(
        matter.claim.pk,
        words="Give each queue an owner",
        owner_id=(owner or matter.other).pk,
        due_on=today() + timedelta(days=days),
        by=actor(matter.handler),
    )


@pytest.mark.req("F10", "preventive actions")
def test_an_action_is_given_in_the_page_and_ended_by_its_owner_of_another_department(
    matter: Matter, browser: Browser
) -> None:
    claim, day = matter.claim, today() + timedelta(days=2)
    desk = browser(matter.handler)
    address = f"/claims/{claim.number}/preventive-actions/new/"
    assert "What is done so that it does not happen again" in desk.get(address).content.decode()
    values = {"words": "Train the night shift", "owner": matter.other.pk, "due_on": day.isoformat()}
    assert desk.post(address, values).status_code == 302
    action = PreventiveAction.objects.get()
    assert (action.owner, action.due_on, action.state) == (matter.other, day, ActionState.OPEN)
    assert "Train the night shift" in desk.get(f"/claims/{claim.number}/panels/").content.decode()
    owner = browser(matter.other)
    assert "Train the night shift" in owner.get("/preventive-actions/").content.decode()
    end = f"/preventive-actions/{action.pk}/end/"
    assert owner.post(end, {"outcome": "done", "result": "", "row_version": 1}).status_code == 422
    assert owner.post(end, {"outcome": "done", "result": "All trained.", "row_version": 1}).status_code == 302
    action.refresh_from_db()
    assert (action.state, action.result, action.remind_at) == (ActionState.DONE, "All trained.", None)
    assert "All trained." in owner.get("/preventive-actions/?scope=ended").content.decode()
    names = list(Event.objects.filter(name__startswith="preventive_action").values_list("name", flat=True))
    assert names == ["preventive_action.added", "preventive_action.ended"]


@pytest.mark.req("F10", "preventive actions")
def test_its_owner_is_told_reminded_before_the_day_and_once_when_it_is_late(matter: Matter) -> None:
    Claim.objects.filter(pk=matter.claim.pk).update(handler=matter.handler)
    action = given(matter, days=3)
    assert [one.kind for one in Notification.objects.filter(staff=matter.other)] == ["preventive_action.added"]
    assert remind_due(timezone.now(), 100) == 0
    assert action.remind_at is not None
    assert remind_due(action.remind_at, 100) == 1
    assert remind_due(action.remind_at, 100) == 0
    assert Notification.objects.filter(staff=matter.other, kind=SOON).count() == 1
    later = action.remind_at + timedelta(days=3)
    assert remind_due(later, 100) == 1
    assert set(Notification.objects.filter(kind=LATE).values_list("staff", flat=True)) == {
        matter.other.pk,
        matter.handler.pk,
    }
    assert remind_due(later + timedelta(days=9), 100) == 0
    assert oldest_due() is None


def test_the_reminder_comes_on_the_morning_before_in_the_companys_zone(matter: Matter) -> None:
    action = given(matter, days=5)
    assert action.remind_at is not None
    from helpdesk.core.company import company_zone

    local = action.remind_at.astimezone(company_zone())
    assert (local.date(), local.hour) == (action.due_on - timedelta(days=1), 9)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"words": " "}, "words"),
        ({"words": "x" * 401}, "words"),
        ({"due_on": None}, "due_on"),
        ({"due_on": datetime(2020, 1, 1).date()}, "due_on"),
        ({"due_on": datetime(2999, 1, 1).date()}, "due_on"),
        ({"owner_id": "0"}, "owner"),
        ({"owner_id": "none"}, "owner"),
        ({"owner_id": 10**30}, "owner"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(matter: Matter, values: dict[str, object], field: str) -> None:
    right = {"words": "Train", "owner_id": matter.other.pk, "due_on": today()} | values
    with pytest.raises(Invalid) as refusal:
        add_action(matter.claim.pk, by=actor(matter.handler), **right)  # type: ignore[arg-type]
    assert list(refusal.value.fields) == [field]
    assert not PreventiveAction.objects.exists()
    assert not Notification.objects.filter(kind="preventive_action.added").exists()


def test_strangers_neither_see_nor_end_it(matter: Matter, browser: Browser) -> None:
    action, stranger = given(matter), make_staff("ida", role="warehouse")
    page = browser(make_staff("olga", teams=())).get("/preventive-actions/?scope=open").content.decode()
    assert "Give each queue an owner" not in page
    with pytest.raises(NotFound):
        end_action(action.pk, is_done=True, result="x", by=actor(make_staff("otto", teams=())))
    # the warehouse sees every claim, and works on none
    with pytest.raises(Forbidden):
        end_action(action.pk, is_done=True, result="x", by=actor(stranger))
    with pytest.raises(Forbidden):
        add_action(matter.claim.pk, words="x", owner_id=stranger.pk, due_on=today(), by=actor(stranger))


def test_nobody_overwrites_and_nobody_ends_twice(matter: Matter) -> None:
    action, by = given(matter), actor(matter.handler)
    day = action.due_on + timedelta(days=1)
    changed = change_action(
        action.pk, words="Give each queue an owner", owner_id=matter.colleague.pk, due_on=day, by=by
    )
    assert (changed.owner, changed.due_on, changed.row_version) == (matter.colleague, day, 2)
    with pytest.raises(ActionChanged):
        change_action(action.pk, words="Other", owner_id=matter.other.pk, due_on=day, by=by, row_version=1)
    end_action(action.pk, is_done=False, result="Not needed.", by=by)
    with pytest.raises(ActionEnded):
        end_action(action.pk, is_done=True, result="Done.", by=by)


def test_the_list_costs_the_same_however_long_and_pages_by_day(matter: Matter, browser: Browser) -> None:
    desk = browser(matter.handler)

    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            desk.get("/preventive-actions/?scope=open")
        return len(counted)

    given(matter)
    first = cost()
    PreventiveAction.objects.bulk_create(
        PreventiveAction(
            claim=matter.claim, words=f"Action {n}", owner=matter.other, due_on=today() + timedelta(days=n)
        )
        for n in range(120)
    )
    assert cost() == first
    seen: list[str] = []
    address = "/preventive-actions/?scope=open"
    while address:
        answer = desk.get(address)
        seen += [row["row"].words for row in answer.context["rows"]]
        address = answer.context["next_url"]
    assert len(seen) == len(set(seen)) == 121
    assert desk.get("/preventive-actions/?scope=open&cursor=nonsense").status_code == 400

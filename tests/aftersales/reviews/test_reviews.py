"""Closing reviews: written with the claim's end, with its cost and whether it is a repeat; completed by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.claims.errors import ClaimChanged
from aftersales.claims.models import Claim, ClaimKind
from aftersales.claims.services.moving import move_claim
from aftersales.reviews.models import Review, ReviewSetting
from aftersales.reviews.selectors import repeat_rates
from aftersales.reviews.services.reviewing import complete_review
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.models import Event
from tests.aftersales.factories import make_order
from tests.aftersales.reviews.conftest import Desk
from tests.factories import actor, make_staff, make_ticket

pytestmark = pytest.mark.django_db
Browser = Callable[[Staff], Client]


@pytest.mark.req("F11", "cause, cost, lesson")
def test_a_closed_claim_is_reviewed_in_the_page_with_cause_cost_and_lesson(desk: Desk, browser: Browser) -> None:
    claim = desk.closed()
    review = Review.objects.get(claim=claim)
    assert not review.is_done
    ann = browser(desk.agent)
    assert claim.number in ann.get("/reviews/").content.decode()
    assert "Closing review" in ann.get(f"/claims/{claim.number}/panels/").content.decode()
    values = {
        "cause": "pump",
        "lesson": "Test each pump.",
        "other_cost": "35.50",
        "cost_words": "Freight",
        "row_version": 1,
    }
    assert ann.post(f"/claims/{claim.number}/review/", values).status_code == 302
    review.refresh_from_db()
    claim.refresh_from_db()
    assert (review.is_done, review.cost, review.costs) == (True, Decimal("35.50"), {"other": "35.50"})
    assert claim.cause is not None
    assert (claim.cause.key, claim.lesson) == ("pump", "Test each pump.")
    assert claim.number not in ann.get("/reviews/").content.decode()
    assert claim.number in ann.get("/reviews/?scope=all").content.decode()
    assert Event.objects.get(name="claim.reviewed").data["cost"] == "35.50"


@pytest.mark.req("F11", "cause, cost, lesson")
def test_what_was_paid_out_counts_by_itself(desk: Desk) -> None:
    claim = desk.closed(cause="pump", lesson="Test each pump.")
    Claim.objects.filter(pk=claim.pk).update(approved_amount=80, paid_amount=80)
    review = complete_review(
        claim.pk, cause="pump", lesson="Test.", other_cost="20", cost_words="Freight", by=actor(desk.agent)
    )
    assert review.costs == {"refund": "80.00", "other": "20"}
    assert review.cost == Decimal("100.00")


def test_a_record_that_is_complete_needs_no_second_look(desk: Desk) -> None:
    assert Review.objects.get(claim=desk.closed(cause="pump", lesson="Test each pump.")).is_done


def test_a_withdrawn_claim_has_no_review(desk: Desk) -> None:
    claim = desk.claim()
    move_claim(claim.pk, "cancel", by=SYSTEM)
    assert not Review.objects.exists()
    with pytest.raises(NotFound):
        complete_review(claim.pk, cause="pump", lesson="x", other_cost="", by=actor(desk.agent))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cause": ""}, "cause"),
        ({"cause": "moon"}, "cause"),
        ({"lesson": " "}, "lesson"),
        ({"lesson": "x" * 4001}, "lesson"),
        ({"other_cost": "-1"}, "other_cost"),
        ({"other_cost": "much"}, "other_cost"),
        ({"other_cost": "NaN"}, "other_cost"),
        ({"other_cost": "5", "cost_words": ""}, "cost_words"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(desk: Desk, values: dict[str, str], field: str) -> None:
    claim = desk.closed()
    given = {"cause": "pump", "lesson": "Test.", "other_cost": "", "cost_words": "Freight"} | values
    with pytest.raises(Invalid) as refusal:
        complete_review(claim.pk, by=actor(desk.agent), **given)  # type: ignore[arg-type]
    assert list(refusal.value.fields) == [field]
    assert not Review.objects.get().is_done


def test_nobody_overwrites_a_review_and_strangers_see_none(desk: Desk, browser: Browser) -> None:
    claim = desk.closed()
    given: dict[str, Any] = {"cause": "pump", "lesson": "Test.", "other_cost": ""}
    complete_review(claim.pk, by=actor(desk.agent), **given)
    with pytest.raises(ClaimChanged):
        complete_review(claim.pk, by=actor(desk.agent), row_version=1, **given)
    with pytest.raises(NotFound):
        complete_review(claim.pk, by=actor(desk.outsider), **given)
    # the warehouse sees every claim, and reviews none
    with pytest.raises(Forbidden):
        complete_review(claim.pk, by=actor(make_staff("wil", role="warehouse")), **given)
    assert claim.number not in browser(desk.outsider).get("/reviews/?scope=all").content.decode()
    assert browser(desk.outsider).get(f"/claims/{claim.number}/review/").status_code == 404
    assert browser(make_staff("egon", role="engineer")).get("/reviews/").status_code == 403


# --- Repeats ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("F11", "repeat rate")
def test_the_same_problem_of_a_customer_with_a_product_is_a_repeat(desk: Desk, browser: Browser) -> None:
    first = desk.closed(cause="pump", lesson="Test each pump.", reason="defect")
    second = desk.closed(cause="pump", lesson="Test each pump.", reason="damaged")
    assert Review.objects.get(claim=first).repeat_of is None
    assert Review.objects.get(claim=second).repeat_of == first
    other_cause = desk.closed(cause="late_answer", lesson="Answer.", reason="defect")
    assert Review.objects.get(claim=other_cause).repeat_of is None
    other_product = desk.closed(cause="pump", lesson="Test.", line=make_order(desk.ticket.customer))
    assert Review.objects.get(claim=other_product).repeat_of is None
    stranger = make_ticket(desk.team, address="wu@customer.example")
    # the same product, bought by somebody else
    line = make_order(stranger.customer)
    line.product = desk.line.product
    line.save()
    assert Review.objects.get(claim=desk.closed(cause="pump", ticket=stranger, line=line)).repeat_of is None
    page = browser(desk.supervisor).get("/reviews/?scope=repeats").content.decode()
    assert second.number in page
    assert other_cause.number not in page


@pytest.mark.req("F11", "repeat rate")
def test_without_a_cause_the_reason_tells_and_the_days_of_the_setting_count(desk: Desk) -> None:
    first = desk.closed(reason="defect")
    again = desk.closed(reason="defect")
    assert Review.objects.get(claim=again).repeat_of == first
    ReviewSetting.objects.create(repeat_days=30)
    Claim.objects.filter(pk__in=[first.pk, again.pk]).update(opened_at=first.opened_at - timedelta(days=31))
    assert Review.objects.get(claim=desk.closed(reason="defect")).repeat_of is None


def test_a_cause_that_turns_out_later_is_compared_anew(desk: Desk) -> None:
    first = desk.closed(cause="pump", lesson="x", reason="defect")
    second = desk.closed(reason="damaged")
    assert Review.objects.get(claim=second).repeat_of is None
    complete_review(second.pk, cause="pump", lesson="Again.", other_cost="", by=actor(desk.agent))
    assert Review.objects.get(claim=second).repeat_of == first


@pytest.mark.req("F11", "repeat rate")
def test_the_rate_of_a_month_is_shown_against_the_goal(desk: Desk, browser: Browser) -> None:
    for _time in range(4):
        desk.closed(reason="defect")
    Review.objects.filter(claim=desk.closed(ClaimKind.INVOICE)).exists()
    now, before = repeat_rates()
    assert (now.ended, now.repeats, now.share) == (4, 3, Decimal("75.0"))
    assert (before.ended, before.share) == (0, None)
    page = browser(desk.supervisor).get("/reviews/").content.decode()
    assert "75.0 %" in page
    assert "≤ 5.0 %" in page
    assert "75.0 %" not in browser(desk.agent).get("/reviews/").content.decode()


def test_an_open_claim_says_that_it_comes_again(desk: Desk, browser: Browser) -> None:
    first = desk.closed(reason="defect")
    second = desk.claim(reason="defect")
    page = browser(desk.agent).get(f"/claims/{second.number}/panels/").content.decode()
    assert "The same problem again?" in page
    assert f"/claims/{first.number}/" in page


# --- The setting, and speed ------------------------------------------------------------------------------------------
def test_the_company_sets_what_counts_as_a_repeat(desk: Desk, browser: Browser) -> None:
    admin = browser(desk.admin)
    seen = admin.get("/settings/reviews/").context["form"].initial["seen"]
    values = {"repeat_days": 45, "repeat_goal": "3.5", "many_claims": 4, "seen": seen}
    assert admin.post("/settings/reviews/", values).status_code == 302
    setting = ReviewSetting.objects.get()
    assert (setting.repeat_days, setting.repeat_goal, setting.many_claims) == (45, Decimal("3.5"), 4)
    assert admin.post("/settings/reviews/", values | {"repeat_days": 10}).status_code == 422
    assert admin.post("/settings/reviews/", values | {"repeat_days": 0, "seen": ""}).status_code == 422
    assert browser(desk.agent).get("/settings/reviews/").status_code == 403


def test_the_list_costs_the_same_however_long(desk: Desk, browser: Browser) -> None:
    sue = browser(desk.supervisor)

    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            sue.get("/reviews/?scope=all")
        return len(counted)

    desk.closed(reason="defect")
    desk.closed(reason="defect")
    first = cost()
    for _time in range(5):
        desk.closed(reason="defect")
    assert cost() == first

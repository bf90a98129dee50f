"""The approvers' page: what waits with its deadline, decided with one press; for the named person alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.approvals.models import Approval
from aftersales.approvals.services.reminding import remind_overdue
from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from helpdesk.accounts.models import Notification, Staff
from helpdesk.accounts.services.staff import deactivate_staff
from helpdesk.core.actors import SYSTEM, Actor
from tests.aftersales.compensation.helpers import signed_in
from tests.aftersales.factories import make_claim
from tests.factories import make_staff, make_ticket
from tickets.automation.notices.mailing import still_told
from tickets.automation.notices.rendering import parts_of
from tickets.sla.models import Clock
from tickets.sla.services.presets import apply_preset

pytestmark = pytest.mark.django_db
SIDES = ["business", "supply_chain"]


@pytest.fixture
def people() -> tuple[Staff, Staff]:
    return make_staff("approver-b", role="approver"), make_staff("approver-s", role="approver")


def ask(people: tuple[Staff, Staff]) -> Claim:
    claim = make_claim(ticket=make_ticket(kind="return"))
    Claim.objects.filter(pk=claim.pk).update(approval_sides=SIDES)
    approvers = {side: person.pk for side, person in zip(SIDES, people, strict=True)}
    return move_claim(claim.pk, "ask_approval", by=SYSTEM, arguments={"approvers": approvers, "amount": "90"})


@pytest.mark.req("F5", "joint approval")
def test_both_sides_decide_on_their_own_pages(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    for person in people:
        browser = signed_in(person)
        page = browser.get("/approvals/").content.decode()
        assert claim.number in page
        assert "¥90.00" in page
        approval = Approval.objects.get(approver=person)
        answer = browser.post(
            f"/approvals/{approval.pk}/decide/", {"decision": "yes", f"a{approval.pk}-words": "ok"}, follow=True
        )
        assert "Approved." in answer.content.decode()
        assert claim.number not in browser.get("/approvals/").content.decode()
        assert claim.number in browser.get("/approvals/decided/").content.decode()
    claim.refresh_from_db()
    assert (claim.state, claim.approved_amount) == ("awaiting_goods", 90)


def test_a_no_needs_words_and_keeps_what_was_typed(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    approval = Approval.objects.get(approver=people[0])
    browser = signed_in(people[0])
    url = f"/approvals/{approval.pk}/decide/"
    refused = browser.post(url, {"decision": "no", f"a{approval.pk}-words": ""})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    browser.post(url, {"decision": "no", f"a{approval.pk}-words": "The lot is fine."})
    claim.refresh_from_db()
    assert claim.state == "submitted"
    late = browser.post(url, {"decision": "yes", f"a{approval.pk}-words": "changed my mind"})
    assert late.status_code == 422
    assert "This has been decided already." in late.content.decode()
    assert "changed my mind" in late.content.decode()


def test_somebody_elses_question_is_neither_seen_nor_answered(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    approval = Approval.objects.get(approver=people[0])
    third = signed_in(make_staff("third", role="approver"))
    assert claim.number not in third.get("/approvals/").content.decode()
    assert third.post(f"/approvals/{approval.pk}/decide/", {"decision": "yes"}).status_code == 404
    agent = signed_in(make_staff("ann"))
    assert agent.get("/approvals/").status_code == 403
    assert agent.post(f"/approvals/{approval.pk}/decide/", {"decision": "yes"}).status_code == 403
    approval.refresh_from_db()
    assert approval.state == "asked"


def test_a_supervisor_sees_what_waits_for_others_and_hands_it_on(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    approval = Approval.objects.get(approver=people[0])
    third = make_staff("third", role="approver")
    boss = signed_in(make_staff("boss", role="supervisor"))
    assert claim.number in boss.get("/approvals/").content.decode()
    boss.post(f"/approvals/{approval.pk}/hand-on/", {f"h{approval.pk}-to": third.pk})
    approval.refresh_from_db()
    assert approval.approver == third
    same = boss.post(f"/approvals/{approval.pk}/hand-on/", {f"h{approval.pk}-to": people[1].pk})
    assert same.status_code == 422


def test_each_question_has_a_deadline_and_the_page_shows_the_most_pressing_first(people: tuple[Staff, Staff]) -> None:
    apply_preset("after_sales", by=SYSTEM)
    first, second = ask(people), ask(people)
    clocks = Clock.objects.filter(metric="approval", subject_kind="approval", ended_at__isnull=True)
    assert clocks.count() == 4
    mine = Approval.objects.get(claim=second, approver=people[0])
    Clock.objects.filter(subject_id=mine.pk, metric="approval").update(due_at=timezone.now() - timedelta(hours=1))
    page = signed_in(people[0]).get("/approvals/").content.decode()
    assert page.index(second.number) < page.index(first.number)
    signed_in(people[0]).post(f"/approvals/{mine.pk}/decide/", {"decision": "yes"})
    assert Clock.objects.get(metric="approval", subject_id=mine.pk, subject_kind="approval").ended_at is not None


def test_the_page_costs_the_same_whatever_waits(people: tuple[Staff, Staff]) -> None:
    browser = signed_in(people[0])

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/approvals/").status_code == 200
        return len(queries)

    ask(people)
    few = cost()
    for _ in range(4):
        ask(people)
    assert cost() == few <= 10


def test_an_approver_hears_of_it_and_once_more_when_the_term_has_passed(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    told = signed_in(people[0]).get("/notifications/").content.decode()
    assert "You are asked to approve" in told
    assert claim.number in told
    assert claim.ticket.subject not in told, "the approver is no member of the ticket's team"
    now = timezone.now()
    assert remind_overdue(now + timedelta(hours=23), 100) == 0
    assert remind_overdue(now + timedelta(hours=25), 100) == 2
    assert remind_overdue(now + timedelta(hours=26), 100) == 0
    assert Notification.objects.filter(kind="approval.overdue").count() == 2


def test_who_asked_hears_of_the_decision(people: tuple[Staff, Staff]) -> None:
    claim = make_claim()
    Claim.objects.filter(pk=claim.pk).update(approval_sides=SIDES)
    asks = make_staff("asks", role="supervisor")
    approvers = {side: person.pk for side, person in zip(SIDES, people, strict=True)}
    move_claim(claim.pk, "ask_approval", by=Actor.of_staff(asks), arguments={"approvers": approvers, "amount": "90"})
    approval = Approval.objects.get(approver=people[0])
    signed_in(people[0]).post(f"/approvals/{approval.pk}/decide/", {"decision": "yes"})
    assert Notification.objects.get(kind="approval.decided").staff_id == asks.pk


def test_the_mail_to_an_approver_names_the_claim_and_nothing_of_the_ticket(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    row = Notification.objects.get(staff=people[0], kind="approval.asked")
    assert still_told(people[0], [row]) == [row]
    line = parts_of([row], {})[0].lines[0]
    assert (line.number, line.subject, line.url.endswith("/approvals/")) == (
        claim.number,
        "You are asked to approve",
        True,
    )


def test_when_an_approver_leaves_who_asked_hears_of_it_at_once(people: tuple[Staff, Staff]) -> None:
    ask(people)
    deactivate_staff(people[0].pk, by=SYSTEM)
    assert remind_overdue(timezone.now(), 100) == 1
    approval = Approval.objects.get(approver=people[0])
    boss = signed_in(make_staff("boss", role="supervisor"))
    third = make_staff("third", role="approver")
    assert boss.post(f"/approvals/{approval.pk}/hand-on/", {f"h{approval.pk}-to": third.pk}).status_code == 302

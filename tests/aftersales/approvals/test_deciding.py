"""Joint approval: two sides, named people, no way around them."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection

from aftersales.approvals.models import Approval, ApprovalState
from aftersales.approvals.services.deciding import DecidedAlready, decide, hand_approval_on
from aftersales.claims.errors import MoveNotPossible, MoveRefused
from aftersales.claims.models import Cause, Claim
from aftersales.claims.services.moving import move_claim
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound, Refused
from tests.aftersales.factories import make_claim
from tests.factories import make_staff
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

SIDES = ["business", "supply_chain"]


@pytest.fixture
def people() -> tuple[Staff, Staff]:
    return make_staff("approver-b", role="approver"), make_staff("approver-s", role="approver")


def ask(people: tuple[Staff, Staff]) -> Claim:
    claim = make_claim()
    Claim.objects.filter(pk=claim.pk).update(approval_sides=SIDES)
    approvers = {side: person.pk for side, person in zip(SIDES, people, strict=True)}
    return move_claim(claim.pk, "ask_approval", by=SYSTEM, arguments={"approvers": approvers, "amount": "90"})


def asked_of(person: Staff) -> Approval:
    return Approval.objects.get(approver=person)


@pytest.mark.req("F5", "joint approval")
def test_a_claim_is_approved_when_both_sides_have_said_yes(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    decide(asked_of(people[0]).pk, is_approved=True, by=Actor.of_staff(people[0]))
    claim.refresh_from_db()
    assert (claim.state, claim.approvals_missing) == ("in_approval", ["supply_chain"])
    decide(asked_of(people[1]).pk, is_approved=True, by=Actor.of_staff(people[1]))
    claim.refresh_from_db()
    assert (claim.state, claim.approved_amount) == ("awaiting_goods", 90)


def test_the_desk_cannot_go_around_it(people: tuple[Staff, Staff]) -> None:
    claim = make_claim()
    Claim.objects.filter(pk=claim.pk).update(approval_sides=SIDES)
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "approve", by=SYSTEM)
    claim = ask(people)
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "approve", by=SYSTEM)
    with pytest.raises((Forbidden, NotFound)):
        move_claim(claim.pk, "approve", by=Actor.of_staff(make_staff("agent-x", teams=(claim.ticket.team,))))


def test_one_no_gives_it_back_and_withdraws_the_rest(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    with pytest.raises(Invalid):
        decide(asked_of(people[0]).pk, is_approved=False, by=Actor.of_staff(people[0]))
    decide(asked_of(people[0]).pk, is_approved=False, words="The lot is fine.", by=Actor.of_staff(people[0]))
    claim.refresh_from_db()
    assert claim.state == "submitted"
    assert asked_of(people[1]).state == ApprovalState.WITHDRAWN
    with pytest.raises(DecidedAlready):
        decide(asked_of(people[1]).pk, is_approved=True, by=Actor.of_staff(people[1]))


def test_nobody_else_decides(people: tuple[Staff, Staff]) -> None:
    ask(people)
    waiting = asked_of(people[0])
    for person in (people[1], make_staff("third", role="approver"), make_staff("boss", role="supervisor")):
        with pytest.raises(NotFound):
            decide(waiting.pk, is_approved=True, by=Actor.of_staff(person))
    waiting.refresh_from_db()
    assert waiting.state == ApprovalState.ASKED


def test_an_approval_is_handed_on(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    third = make_staff("third", role="approver")
    boss = Actor.of_staff(make_staff("boss", role="supervisor"))
    with pytest.raises(Invalid):
        hand_approval_on(asked_of(people[0]).pk, people[1], by=boss)
    hand_approval_on(asked_of(people[0]).pk, third, by=boss)
    decide(asked_of(third).pk, is_approved=True, by=Actor.of_staff(third))
    claim.refresh_from_db()
    assert claim.approvals_missing == ["supply_chain"]


@pytest.mark.parametrize("wrong", ["missing", "same", "agent", "self"])
def test_approvers_are_named_one_a_side(people: tuple[Staff, Staff], wrong: str) -> None:
    claim = make_claim()
    Claim.objects.filter(pk=claim.pk).update(approval_sides=SIDES)
    lead = make_staff("asks", role="supervisor")
    second = {"missing": None, "same": people[0].pk, "agent": make_staff("agent-y").pk, "self": lead.pk}[wrong]
    with pytest.raises(Invalid) as refusal:
        move_claim(
            claim.pk,
            "ask_approval",
            by=Actor.of_staff(lead),
            arguments={"approvers": {"business": people[0].pk, "supply_chain": second}},
        )
    assert "approvers" in refusal.value.fields
    assert not Approval.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_both_at_once_approve_it_once(people: tuple[Staff, Staff]) -> None:
    claim = ask(people)
    refused: list[Exception] = []

    def run(person: Staff) -> None:
        try:
            decide(asked_of(person).pk, is_approved=True, by=Actor.of_staff(person))
        except (Refused, MoveNotPossible) as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claim.refresh_from_db()
    assert refused == []
    assert claim.state == "awaiting_goods"
    assert claim.moves.filter(name="approve").count() == 1


@pytest.mark.req("F5", "joint approval")
@pytest.mark.parametrize(
    ("grade", "tone", "is_serious"), [("urgent", "calm", True), ("regular", "threat", True), ("regular", "calm", False)]
)
def test_the_plan_of_a_serious_complaint_is_decided_jointly(
    people: tuple[Staff, Staff], grade: str, tone: str, is_serious: bool
) -> None:
    claim = make_claim("complaint", reason="service")
    Ticket.objects.filter(pk=claim.ticket_id).update(grade=grade, tone=tone)
    leads = make_staff("leads", role="supervisor")
    Claim.objects.filter(pk=claim.pk).update(handler=leads, approval_sides=[])
    by = Actor.of_staff(leads)
    Cause.objects.get_or_create(key="manner", defaults={"group": "attitude", "name": "Manner"})
    move_claim(claim.pk, "confirm_matter", by=by, arguments={"words": "We look into it."})
    move_claim(claim.pk, "analyse", by=by, arguments={"cause": "manner"})
    move_claim(claim.pk, "plan", by=by, arguments={"plan": "Train the team, call the customer."})
    if not is_serious:
        assert move_claim(claim.pk, "act", by=by).state == "acted"
        return
    with pytest.raises(MoveRefused):
        move_claim(claim.pk, "act", by=by)
    approvers = {side: person.pk for side, person in zip(SIDES, people, strict=True)}
    move_claim(claim.pk, "ask_approval", by=by, arguments={"approvers": approvers})
    for person in people:
        decide(asked_of(person).pk, is_approved=True, by=Actor.of_staff(person))
    claim.refresh_from_db()
    assert claim.state == "acted"

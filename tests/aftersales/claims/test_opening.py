"""A customer applies: what is taken, what is refused, what the policy says."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from aftersales.claims.errors import ClaimedAlready
from aftersales.claims.models import Claim, ClaimKind, Verdict
from aftersales.claims.services.moving import move_claim
from aftersales.claims.services.opening import ClaimDraft, LineDraft, open_claim
from aftersales.policy.services.shipping import ensure_rule_sets
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid, NotFound
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_customer, make_staff, make_ticket
from tickets.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def rules() -> None:
    ensure_rule_sets()


def delivered(days: int, **more: object) -> dict[str, object]:
    moment = timezone.now() - timedelta(days=days)
    return {"delivered_at": moment, "placed_at": moment - timedelta(days=2)} | more


@pytest.mark.req("F2", "explain themselves")
@pytest.mark.req("F2", "keeps the version")
def test_a_claim_keeps_its_verdict_and_the_version_that_judged_it(rules: None) -> None:
    ticket = make_ticket()
    claim = make_claim(ticket=ticket, line=make_order(ticket.customer, **delivered(3)), reason="changed_mind")
    assert (claim.verdict, claim.rule_key) == (Verdict.ALLOWED, "within_seven_days")
    assert claim.rule_version_id is not None
    assert "7" in claim.verdict_words["zh-hans"]
    late = make_claim(ticket=ticket, line=make_order(ticket.customer, **delivered(9)), reason="changed_mind")
    assert (late.verdict, late.rule_key) == (Verdict.REFUSED, "too_late")


def test_more_than_was_bought_is_refused_and_a_withdrawn_claim_gives_back_what_it_took() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=3)
    first = make_claim(ticket=ticket, line=line, quantity=2)
    with pytest.raises(ClaimedAlready) as refusal:
        make_claim(ticket=ticket, line=line, quantity=2)
    assert refusal.value.data["available"] == 1
    line.refresh_from_db()
    assert line.claimed_quantity == 2
    move_claim(first.pk, "cancel", by=SYSTEM)
    line.refresh_from_db()
    assert line.claimed_quantity == 0
    make_claim(ticket=ticket, line=line, quantity=3)


def test_an_order_of_somebody_else_is_refused() -> None:
    ticket = make_ticket()
    foreign = make_order(make_customer("Zhao", "zhao@customer.example"))
    with pytest.raises(Invalid) as refusal:
        make_claim(ticket=ticket, line=foreign)
    assert "order" in refusal.value.fields
    assert not Claim.objects.exists()


def test_the_same_application_twice_is_one_claim() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer)
    draft = ClaimDraft(
        ClaimKind.RETURN, order_id=line.order_id, lines=[LineDraft(line.pk)], source="shop", external_id="R-1"
    )
    assert open_claim(ticket.pk, draft, by=SYSTEM) == open_claim(ticket.pk, draft, by=SYSTEM)
    line.refresh_from_db()
    assert line.claimed_quantity == 1


def test_a_stranger_sees_no_claim_and_moves_none() -> None:
    claim = make_claim()
    stranger = Actor.of_customer(make_customer("Zhao", "zhao@customer.example"))
    outsider = Actor.of_staff(make_staff("outsider"))
    for actor in (stranger, outsider):
        with pytest.raises(NotFound):
            move_claim(claim.pk, "cancel", by=actor)
    assert Claim.objects.get(pk=claim.pk).state == "submitted"


@pytest.mark.req("F3", "message at each step")
def test_the_customer_is_told_in_their_language() -> None:
    ticket = make_ticket()
    ticket.customer.language = "zh-hans"
    ticket.customer.save()
    claim = make_claim(ticket=ticket)
    move_claim(claim.pk, "cancel", by=SYSTEM)
    said = Message.objects.filter(ticket=ticket, is_auto=True).latest("pk")
    assert claim.number in said.text
    assert said.direction == "out"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_no_more_than_was_bought() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=3)
    refused: list[Exception] = []

    def run() -> None:
        try:
            make_claim(ticket=ticket, line=line)
        except ClaimedAlready as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line.refresh_from_db()
    assert line.claimed_quantity == 3
    assert Claim.objects.count() == 3
    assert len(refused) == 5

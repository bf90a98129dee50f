"""Compensation: proposed by rule, within a role's limit at once, above it by a named approver, booked and reversible."""

from __future__ import annotations

from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection

from aftersales.claims.models import Claim
from aftersales.compensation.errors import AboveLimit, CompensationDecided
from aftersales.compensation.models import Compensation, ProposalRule
from aftersales.compensation.services.compensating import (
    Draft,
    decide_compensation,
    give_compensation,
    hand_compensation_on,
    withdraw_compensation,
)
from aftersales.compensation.services.paying import confirm_payout, reverse_payout
from aftersales.compensation.shipped import ensure_money
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound, Refused
from helpdesk.customers.models import Customer
from tests.aftersales.compensation.helpers import balance, signed_in
from tests.aftersales.factories import make_claim
from tests.factories import make_staff
from tickets.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim() -> Claim:
    return make_claim("return", reason="damaged")


@pytest.fixture
def agent(claim: Claim) -> Staff:
    assert claim.ticket.team is not None
    return make_staff("ann", teams=(claim.ticket.team,))


@pytest.fixture
def approver() -> Staff:
    return make_staff("app", role="approver")


@pytest.mark.req("F9", "proposed by rule")
def test_an_agent_takes_up_what_a_rule_proposes(claim: Claim, agent: Staff) -> None:
    ensure_money()
    browser = signed_in(agent)
    page = browser.get(f"/claims/{claim.number}/money/").content.decode()
    rule = ProposalRule.objects.get(preset="damaged")
    assert "Damaged or wrong on arrival" in page
    assert "¥5.00" in page, "five per cent of what was paid for it"
    data = {"means": "coupon", "worth": "5.00", "rule": rule.pk, "key": "k1"}
    for _ in range(2):
        answer = browser.post(f"/claims/{claim.number}/money/give/", data)
        assert answer.status_code == 302
    made = Compensation.objects.get()
    assert (made.state, made.worth, made.rule) == ("given", 5, rule)
    assert balance("coupons", "CNY", claim.customer) == 5
    assert balance("compensation") == -5
    assert "Damaged or wrong on arrival" in browser.get(f"/claims/{claim.number}/money/").content.decode()
    again = browser.post(f"/claims/{claim.number}/money/give/", {**data, "key": "k2"})
    assert again.status_code == 422
    assert Compensation.objects.count() == 1
    told = Message.objects.filter(ticket=claim.ticket, direction="out").order_by("-pk")[0]
    assert "Coupon: 5.00 CNY" in told.text


@pytest.mark.req("F9", "limited by role")
def test_above_the_limit_the_agent_has_to_name_an_approver(claim: Claim, agent: Staff, approver: Staff) -> None:
    browser = signed_in(agent)
    url = f"/claims/{claim.number}/money/give/"
    refused = browser.post(url, {"means": "money", "worth": "50.01", "words": "Flooded kitchen", "key": "a"})
    assert refused.status_code == 422
    assert "above your limit of 50.00 CNY" in refused.content.decode().replace("50 CNY", "50.00 CNY")
    assert "Flooded kitchen" in refused.content.decode(), "nothing that was typed is lost"
    assert not Compensation.objects.exists()
    browser.post(url, {"means": "money", "worth": "50.01", "words": "Flooded", "approver": approver.pk, "key": "b"})
    made = Compensation.objects.get()
    assert (made.state, made.approver) == ("asked", approver)
    assert balance("payable", "CNY", claim.customer) == 0


def test_many_small_gifts_count_together(claim: Claim, agent: Staff) -> None:
    by = Actor.of_staff(agent)
    give_compensation(claim.pk, Draft("coupon", "30"), by=by)
    with pytest.raises(AboveLimit):
        give_compensation(claim.pk, Draft("points", "20.01"), by=by)
    give_compensation(claim.pk, Draft("points", "20"), by=by)
    assert balance("points", "points", claim.customer) == 2000


@pytest.mark.req("F9", "approved above the limit")
def test_the_named_approver_grants_it_on_their_page(claim: Claim, agent: Staff, approver: Staff) -> None:
    asked = give_compensation(
        claim.pk, Draft("money", "300", "Water damage", approver_id=approver.pk), by=Actor.of_staff(agent)
    )
    browser = signed_in(approver)
    page = browser.get("/approvals/").content.decode()
    assert "Water damage" in page
    assert "¥300.00" in page
    url = f"/approvals/compensation/{asked.pk}/decide/"
    no = browser.post(url, {"decision": "no", "words": ""})
    assert no.status_code == 422
    assert signed_in(make_staff("other", role="approver")).post(url, {"decision": "yes"}).status_code == 404
    assert browser.post(url, {"decision": "yes", "words": "fine"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.decision) == ("granted", "fine")
    payout = asked.payouts.get()
    confirm_payout(payout.pk, reference="B-1", by=SYSTEM)
    asked.refresh_from_db()
    claim.refresh_from_db()
    assert asked.state == "given"
    assert claim.paid_amount == 0, "compensation is no part of the refund"
    reverse_payout(payout.pk, reason="bounced", by=SYSTEM)
    asked.refresh_from_db()
    assert asked.state == "reversed"
    assert balance("compensation") == 0


def test_a_no_is_the_end_of_it(claim: Claim, agent: Staff, approver: Staff) -> None:
    by = Actor.of_staff(agent)
    asked = give_compensation(claim.pk, Draft("gift", "300", approver_id=approver.pk), by=by)
    decide_compensation(asked.pk, is_granted=False, words="too much", by=Actor.of_staff(approver))
    for act in (
        lambda: decide_compensation(asked.pk, is_granted=True, by=Actor.of_staff(approver)),
        lambda: withdraw_compensation(asked.pk, by=by),
    ):
        with pytest.raises(CompensationDecided):
            act()
    assert not asked.payouts.exists()


def test_it_is_handed_on_but_never_to_who_asked(claim: Claim, agent: Staff, approver: Staff) -> None:
    asked = give_compensation(claim.pk, Draft("money", "300", approver_id=approver.pk), by=Actor.of_staff(agent))
    third = make_staff("third", role="approver")
    hand_compensation_on(asked.pk, third, by=Actor.of_staff(make_staff("boss", role="supervisor")))
    with pytest.raises(NotFound):
        decide_compensation(asked.pk, is_granted=True, by=Actor.of_staff(approver))
    with pytest.raises(Invalid):
        hand_compensation_on(asked.pk, agent, by=Actor.of_staff(third))
    decide_compensation(asked.pk, is_granted=True, by=Actor.of_staff(third))


def test_an_apology_costs_nothing_and_is_read_by_the_customer(claim: Claim, agent: Staff) -> None:
    with pytest.raises(Invalid):
        give_compensation(claim.pk, Draft("apology"), by=Actor.of_staff(agent))
    made = give_compensation(claim.pk, Draft("apology", words="We are sorry."), by=Actor.of_staff(agent))
    assert made.state == "given"
    assert Message.objects.filter(ticket=claim.ticket, text__contains="We are sorry.").exists()


@pytest.mark.parametrize(
    "draft",
    [Draft("gold", "5"), Draft("money", "-5"), Draft("money", "x"), Draft("money"), Draft("subsidy", "5"),
     Draft("coupon", "0"), Draft("coupon", "5", "x" * 601), Draft("coupon", "1e20")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(claim: Claim, agent: Staff, draft: Draft) -> None:
    with pytest.raises(Invalid):
        give_compensation(claim.pk, draft, by=Actor.of_staff(agent))
    assert not Compensation.objects.exists()


def test_customers_and_other_departments_give_nothing(claim: Claim) -> None:
    customer = Customer.objects.get(pk=claim.customer_id)
    for by in (
        Actor.of_customer(customer),
        Actor.of_staff(make_staff("outsider")),
        Actor.of_staff(make_staff("fin", role="finance")),
        Actor.of_staff(make_staff("ware", role="warehouse")),
    ):
        with pytest.raises((NotFound, Forbidden)):
            give_compensation(claim.pk, Draft("coupon", "5"), by=by)
    assert not Compensation.objects.exists()


def test_an_outsider_sees_nothing_of_the_money(claim: Claim) -> None:
    outsider = signed_in(make_staff("outsider"))
    assert outsider.get(f"/claims/{claim.number}/money/").status_code == 404
    assert outsider.post(f"/claims/{claim.number}/money/give/", {"means": "coupon", "worth": "1"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_who_give_at_once_stay_within_the_limit(claim: Claim, agent: Staff) -> None:
    refused: list[Exception] = []

    def run(nth: int) -> None:
        try:
            give_compensation(claim.pk, Draft("coupon", "30", key=f"k{nth}"), by=Actor.of_staff(agent))
        except Refused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(nth,)) for nth in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2
    assert balance("coupons", "CNY", claim.customer) == Decimal(30)


def test_a_supervisor_sees_compensation_that_waits_for_others(claim: Claim, agent: Staff, approver: Staff) -> None:
    give_compensation(claim.pk, Draft("money", "300", "Flood", approver_id=approver.pk), by=Actor.of_staff(agent))
    page = signed_in(make_staff("boss", role="supervisor")).get("/approvals/").content.decode()
    assert "Flood" in page
    assert "/decide/" not in page
    assert "Flood" not in signed_in(make_staff("other", role="approver")).get("/approvals/").content.decode()

"""Pages of outlets, finance and administration: who sees what, and that a person gets through."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.outlets.models import (
    OfferState,
    OutletMember,
    PartStock,
    Rate,
    Settlement,
    SettlementState,
    Terms,
    WorkOrder,
    WorkState,
)
from aftersales.outlets.services.offering import accept_work, offer_work
from aftersales.outlets.services.settling import finish_work
from aftersales.visits.models import Outlet, Visit
from helpdesk.accounts.models import Staff
from helpdesk.core.actors import SYSTEM
from tests.aftersales.factories import make_product
from tests.aftersales.outlets.factories import make_claim_to_visit, make_engineer, make_member, make_outlet, make_visit
from tests.factories import make_staff
from tickets.services.changing import Change

pytestmark = pytest.mark.django_db
AsStaff = Callable[[Staff], Client]


@pytest.fixture
def as_staff() -> AsStaff:
    def sign_in(staff: Staff) -> Client:
        client = Client()
        client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        return client

    return sign_in


def make_settlement(outlet: Outlet | None = None) -> Settlement:
    """A finished work order, as the end of its visit leaves it."""
    outlet = outlet or make_outlet()
    Rate.objects.get_or_create(outlet=None, kind="repair", defaults={"labour": Decimal(100), "travel": Decimal(30)})
    claim = make_claim_to_visit()
    order = accept_work(offer_work(claim.pk, by=SYSTEM, first=outlet).offers.get().pk, by=SYSTEM)
    with transaction.atomic():
        from helpdesk.core import clock
        from tickets.services.changing import write

        change = Change(claim.ticket, "test", SYSTEM, clock.now())
        finish_work(order, change)
        write(change)
    return Settlement.objects.get(work_order=order)


@pytest.mark.req("F8", "outlets")
def test_an_outlet_answers_an_offer_and_says_who_goes(as_staff: AsStaff) -> None:
    outlet = make_outlet()
    engineer = make_engineer(outlet)
    browser = as_staff(make_member(outlet))
    claim = make_claim_to_visit()
    offer = offer_work(claim.pk, by=SYSTEM).offers.get()
    page = browser.get("/outlet/").content.decode()
    assert "Take the work" in page
    # before it is accepted neither name nor number of the customer is shown
    assert "Li Na" not in page
    assert browser.post(f"/outlet/offers/{offer.pk}/accept/", follow=True).status_code == 200
    order = WorkOrder.objects.get()
    assert order.state == WorkState.ACCEPTED
    visit = Visit.objects.get(claim=claim)
    answer = browser.post(f"/outlet/work/{order.pk}/engineer/", {f"w{order.pk}-engineer": engineer.pk})
    assert answer.status_code == 422
    make_visit(engineer, claim=claim)
    Visit.objects.filter(pk=visit.pk).update(engineer=None, planned_at=None)
    browser.post(f"/outlet/work/{order.pk}/engineer/", {f"w{order.pk}-engineer": engineer.pk})
    assert Visit.objects.get(pk=visit.pk).engineer == engineer
    assert "Li Na" in browser.get("/outlet/").content.decode()


@pytest.mark.req("F8", "outlets")
def test_declining_wants_a_reason_and_keeps_the_page(as_staff: AsStaff) -> None:
    first, second = make_outlet(rank=1), make_outlet(rank=2)
    browser = as_staff(make_member(first))
    order = offer_work(make_claim_to_visit().pk, by=SYSTEM)
    offer = order.offers.get()
    assert browser.post(f"/outlet/offers/{offer.pk}/decline/", {}).status_code == 422
    browser.post(f"/outlet/offers/{offer.pk}/decline/", {f"o{offer.pk}-reason": "Too far"})
    assert order.offers.get(state=OfferState.OPEN).outlet == second


def test_people_of_other_outlets_and_other_roles_stay_outside(as_staff: AsStaff) -> None:
    outlet = make_outlet()
    offer = offer_work(make_claim_to_visit().pk, by=SYSTEM).offers.get()
    settlement = make_settlement(outlet)
    PartStock.objects.create(outlet=outlet, product=make_product())
    stranger = as_staff(make_member(make_outlet()))
    for path in (f"/outlet/parts/{PartStock.objects.get().pk}/", f"/outlet/settlements/{settlement.pk}/"):
        assert stranger.get(path).status_code == 404
    stranger.post(f"/outlet/offers/{offer.pk}/accept/")
    offer.refresh_from_db()
    assert offer.state == OfferState.OPEN
    for role in ("agent", "engineer", "warehouse", "finance", "quality"):
        browser = as_staff(make_staff(role=role))
        for path in ("/outlet/", "/outlet/parts/", "/outlet/settlements/"):
            assert browser.get(path).status_code == 403
        if role != "finance":
            for path in ("/finance/settlements/", "/finance/settlements.csv", f"/finance/settlements/{settlement.pk}/"):
                assert browser.get(path).status_code == 403
    # somebody of the role who belongs to no outlet is told so
    assert as_staff(make_staff(role="outlet")).get("/outlet/").status_code == 404


@pytest.mark.req("F8", "parts stock")
def test_an_outlet_takes_in_parts_and_counts_them(as_staff: AsStaff) -> None:
    outlet, pump = make_outlet(), make_product("Pump")
    browser = as_staff(make_member(outlet))
    form = {"product": pump.sku, "quantity": "4", "unit_price": "45.50", "note": "", "key": "abc"}
    for _again in range(2):
        assert browser.post("/outlet/parts/", form).status_code == 302
    stock = PartStock.objects.get()
    assert (stock.quantity, stock.outlet) == (4, outlet)
    wrong = browser.post("/outlet/parts/", form | {"product": "nothing", "note": "as ordered"})
    assert wrong.status_code == 422
    assert "as ordered" in wrong.content.decode()
    assert browser.post(f"/outlet/parts/{stock.pk}/", {"quantity": "3", "key": "c1"}).status_code == 422
    browser.post(f"/outlet/parts/{stock.pk}/", {"quantity": "3", "note": "One broke", "key": "c1"})
    stock.refresh_from_db()
    assert stock.quantity == 3
    assert "One broke" in browser.get(f"/outlet/parts/{stock.pk}/").content.decode()


@pytest.mark.req("F8", "settlement record")
def test_finance_corrects_agrees_and_pays_a_settlement_once(as_staff: AsStaff) -> None:
    settlement = make_settlement()
    Terms.objects.update_or_create(outlet=settlement.outlet, defaults={"payee": "6222 0000 1111"})
    assert settlement.total == Decimal("130.00")
    finance = as_staff(make_staff(role="finance"))
    url = f"/finance/settlements/{settlement.pk}/"
    assert 'href="/finance/settlements/"' in finance.get("/finance/").content.decode()
    assert url in finance.get("/finance/settlements/").content.decode()
    assert "6222 0000 1111" in finance.get(url).content.decode()
    # not before it is agreed
    assert finance.post(f"{url}pay/", {"pay-reference": "B-1"}).status_code == 422
    too_much = {"correct-amount": "-500", "correct-words": "Came late"}
    answer = finance.post(f"{url}correct/", too_much)
    assert answer.status_code == 422
    assert "Came late" in answer.content.decode()
    finance.post(f"{url}correct/", {"correct-amount": "-30", "correct-words": "No way to go"})
    finance.post(f"{url}agree/", {})
    finance.post(f"{url}pay/", {"pay-reference": "B-1"})
    assert finance.post(f"{url}pay/", {"pay-reference": "B-2"}).status_code == 422
    settlement.refresh_from_db()
    assert (settlement.state, settlement.total, settlement.reference) == (
        SettlementState.PAID,
        Decimal("100.00"),
        "B-1",
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        Settlement.objects.update(total=1)
    rows = finance.get("/finance/settlements.csv?show=paid").content.decode()
    assert f"ST-{settlement.pk}" in rows
    assert "correction,No way to go,1,-30.00,-30.00,100.00" in rows


@pytest.mark.req("F8", "settlement record")
def test_an_outlet_disputes_a_settlement_which_is_not_paid_before_it_is_agreed_anew(as_staff: AsStaff) -> None:
    outlet = make_outlet()
    settlement = make_settlement(outlet)
    browser, finance = as_staff(make_member(outlet)), as_staff(make_staff(role="finance"))
    finance.post(f"/finance/settlements/{settlement.pk}/agree/", {})
    browser.post(f"/outlet/settlements/{settlement.pk}/", {"words": "We went twice"})
    settlement.refresh_from_db()
    assert (settlement.state, settlement.words) == (SettlementState.DISPUTED, "We went twice")
    assert finance.post(f"/finance/settlements/{settlement.pk}/pay/", {"pay-reference": "B"}).status_code == 422
    assert "We went twice" in finance.get(f"/finance/settlements/{settlement.pk}/").content.decode()


def test_lists_cost_the_same_whatever_they_hold(as_staff: AsStaff) -> None:
    outlet = make_outlet()
    browser = as_staff(make_member(outlet))
    offer_work(make_claim_to_visit().pk, by=SYSTEM, first=outlet)
    make_settlement(outlet)
    counts = []
    for _more in range(2):
        for path in ("/outlet/", "/outlet/settlements/"):
            with CaptureQueriesContext(connection) as asked:
                assert browser.get(path).status_code == 200
            counts.append(len(asked))
        for _one in range(2):
            offer_work(make_claim_to_visit().pk, by=SYSTEM, first=outlet)
            make_settlement(outlet)
    assert counts[:2] == counts[2:]
    assert max(counts) <= 16


@pytest.mark.req("F8", "outlets")
def test_an_administrator_sets_an_outlet_up_with_its_people_and_rates(as_staff: AsStaff) -> None:
    admin = as_staff(make_staff(role="administrator"))
    person = make_staff(role="outlet")
    form = {
        "name": "West",
        "name_zh": "城西",
        "rank": "5",
        "is_active": "on",
        "most_open": "3",
        "currency": "CNY",
        "payee": "A1",
    }
    answer = admin.post("/settings/outlets/new/", form, follow=True)
    assert answer.status_code == 200
    outlet = Outlet.objects.get(name="West")
    assert outlet.terms.most_open == 3
    admin.post(f"/settings/outlets/{outlet.pk}/people/add/", {"staff": person.pk})
    assert OutletMember.objects.get().staff == person
    admin.post(f"/settings/outlets/{outlet.pk}/people/add/", {"staff": make_staff(role="agent").pk})
    assert OutletMember.objects.count() == 1
    rates = {"rates-labour_repair": "120.00", "rates-travel_repair": "20"}
    admin.post(f"/settings/outlets/{outlet.pk}/rates/", rates)
    rate = Rate.objects.get()
    assert (rate.outlet, rate.kind, rate.labour) == (outlet, "repair", Decimal("120.00"))
    wrong = admin.post(f"/settings/outlets/{outlet.pk}/rates/", {"rates-labour_repair": "much"})
    assert wrong.status_code == 422
    admin.post(f"/settings/outlets/{outlet.pk}/people/{person.pk}/delete/")
    assert not OutletMember.objects.exists()
    for path in ("/settings/outlets/", "/settings/outlets/rates/", "/settings/outlets/parts/"):
        assert admin.get(path).status_code == 200
    pump = make_product("Pump")
    admin.post("/settings/outlets/parts/", {"product": pump.sku, "quantity": "2", "key": "k"})
    assert PartStock.objects.get().outlet is None
    assert admin.get(f"/settings/outlets/parts/{PartStock.objects.get().pk}/").status_code == 200


@pytest.mark.req("F8", "outlets")
def test_the_desk_offers_a_claims_work_from_its_page_and_takes_it_back(as_staff: AsStaff) -> None:
    outlet = make_outlet("West side")
    claim = make_claim_to_visit()
    desk = as_staff(make_staff(role="supervisor"))
    assert "Offer the work to outlets" in desk.get(f"/claims/{claim.number}/panels/").content.decode()
    desk.post(f"/claims/{claim.number}/outlet/")
    order = WorkOrder.objects.get()
    assert order.offers.get().outlet == outlet
    assert "West side" in desk.get(f"/claims/{claim.number}/panels/").content.decode()
    desk.post(f"/claims/{claim.number}/outlet/{order.pk}/withdraw/")
    order.refresh_from_db()
    assert order.state == WorkState.CANCELLED

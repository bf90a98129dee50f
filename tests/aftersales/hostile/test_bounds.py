"""Nothing counts twice and nobody sees what is not theirs, whoever tries it at the same moment or by another door."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from aftersales.claims.errors import ClaimedAlready
from aftersales.claims.models import Claim, ClaimMove
from aftersales.claims.services.moving import move_claim
from aftersales.claims.services.opening import ClaimDraft, LineDraft, open_claim
from aftersales.compensation.models import Compensation
from aftersales.compensation.services.compensating import Draft, give_compensation
from aftersales.compensation.services.receiving import price_replacement
from aftersales.outlets.services.offering import accept_work, offer_work, withdraw_work
from aftersales.outlets.services.stock import receive_parts
from aftersales.visits.models import Visit
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.models import Event
from helpdesk.customers.models import Customer, RegisteredProduct
from tests.aftersales.factories import make_claim, make_order, make_product
from tests.aftersales.outlets.factories import make_claim_to_visit, make_member, make_outlet
from tests.aftersales.portal.conftest import signed_in
from tests.customers.conftest import house, lin, other  # noqa: F401
from tests.factories import make_ticket
from tickets.services.merging import merge_tickets

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_moves_while_its_ticket_is_merged_stays_on_the_ticket_that_it_was_handed_to() -> None:
    source, into = make_ticket(), make_ticket()
    claim = make_claim(ticket=source)
    results: list[object] = []

    def move() -> None:
        try:
            results.append(move_claim(claim.pk, "cancel", by=SYSTEM).state)
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=move)
    with transaction.atomic():
        merge_tickets(source.pk, into.pk, by=SYSTEM)
        thread.start()
        # the mover has looked where the claim hangs, and waits for the ticket
        time.sleep(1)
    thread.join(30)
    claim.refresh_from_db()
    assert results == ["cancelled"]
    assert (claim.ticket_id, claim.state) == (into.pk, "cancelled")
    assert list(ClaimMove.objects.filter(claim=claim).values_list("name", flat=True)) == ["open", "cancel"]


@pytest.mark.req("F1", "hangs on ticket and lines")
def test_a_thing_is_not_claimed_by_its_order_and_by_its_serial_number_at_once() -> None:
    ticket = make_ticket()
    line = make_order(ticket.customer, quantity=1)
    type(line).objects.filter(pk=line.pk).update(serial="W1-1")
    thing = RegisteredProduct.objects.create(product=line.product, serial="W1-1", customer=ticket.customer)
    by_serial = ClaimDraft("exchange", lines=[LineDraft(product_id=thing.product_id, serial="W1-1")])
    by_order = ClaimDraft("exchange", order_id=line.order_id, lines=[LineDraft(line.pk)])
    first = open_claim(ticket.pk, by_serial, by=SYSTEM)
    for draft in (by_serial, by_order):
        with pytest.raises(ClaimedAlready):
            open_claim(ticket.pk, draft, by=SYSTEM)
    move_claim(first.pk, "cancel", by=SYSTEM)
    open_claim(ticket.pk, by_order, by=SYSTEM)
    for draft in (by_serial, by_order):
        with pytest.raises(ClaimedAlready):
            open_claim(ticket.pk, draft, by=SYSTEM)
    assert Claim.objects.count() == 2


def test_an_outlet_sees_a_claim_while_it_has_its_work_and_neither_before_nor_after_it_was_taken_back() -> None:
    outlet = make_outlet()
    staff = make_member(outlet)
    claim = make_claim_to_visit()
    order = offer_work(claim.pk, by=SYSTEM)

    def sees() -> bool:
        return Claim.objects.visible_to(staff).filter(pk=claim.pk).exists()

    assert not sees()
    accept_work(order.offers.get().pk, by=Actor.of_staff(staff))
    assert sees()
    withdraw_work(order.pk, by=SYSTEM)
    assert not sees()
    assert Visit.objects.get(claim=claim).outlet_id is None


def test_another_price_of_a_part_is_on_record_with_who_named_it() -> None:
    outlet = make_outlet()
    staff, part = make_member(outlet), make_product("Pump")
    receive_parts(outlet, part, 1, key="a", by=Actor.of_staff(staff), unit_price="45.50")  # type: ignore[arg-type]
    event = Event.objects.get(name="stock.priced")
    assert (event.data["after"], event.actor_id) == ("45.50", staff.pk)


def test_amounts_that_no_column_holds_are_refused() -> None:
    claim = make_claim("exchange", line=None)
    line = claim.lines.get()
    line.replacement_quantity = 1_000_000
    line.save(update_fields=["replacement_quantity"])
    with pytest.raises(Invalid):
        price_replacement(claim.pk, line.pk, price="9999999999", by=SYSTEM)
    with pytest.raises(Invalid):
        give_compensation(claim.pk, Draft("points", "9999999999"), by=SYSTEM)
    assert not Compensation.objects.exists()


def test_every_address_of_somebody_elses_claim_answers_as_if_there_were_none(lin: Customer, other: Customer) -> None:  # noqa: F811
    ticket = make_ticket(address="zhao@customer.example")
    claim = make_claim(ticket=ticket, line=make_order(other))
    client = signed_in(lin)
    line = claim.lines.get()
    for path in ("", "live/", "files/1/", "visit/"):
        assert client.get(f"/portal/claims/{claim.number}/{path}").status_code == 404, path
    for path in ("move/cancel/", "move/confirm/", "rate/"):
        assert client.post(f"/portal/claims/{claim.number}/{path}", {"note": "x"}).status_code == 404, path
    for path in (f"line-{line.order_line_id}/", f"line-{line.order_line_id}/return/"):
        assert client.get(f"/portal/apply/{path}").status_code == 404, path
    claim.refresh_from_db()
    assert claim.state == "submitted"

"""What leaves the product is on record; what is the company's own stays out of customers' sight."""

from __future__ import annotations

import pytest
from django.test import Client

from aftersales.cases.services.opening import CaseDraft, open_case
from aftersales.cases.terms import ensure_terms
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import Event
from helpdesk.customers.models import Customer
from tests.aftersales.factories import make_claim, make_order
from tests.aftersales.portal.conftest import signed_in
from tests.customers.conftest import house, lin  # noqa: F401
from tests.factories import make_staff, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "event"),
    [("/finance/payouts.csv", "payouts.exported"), ("/finance/settlements.csv", "settlements.exported")],
)
def test_who_exports_money_and_accounts_is_on_record(path: str, event: str) -> None:
    staff = make_staff("fin", role="finance")
    client = Client()
    client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
    assert client.get(path).status_code == 200
    assert Event.objects.get(name=event).actor_id == staff.pk


def test_the_ticket_of_an_authoritys_case_is_no_request_of_the_customer(lin: Customer) -> None:  # noqa: F811
    ensure_terms()
    ticket = make_ticket(address="lin@customer.example")
    claim = make_claim(ticket=ticket, line=make_order(lin))
    case = open_case(CaseDraft("12315", "C-77", "Refund wanted", about_id=claim.pk), by=SYSTEM).claim
    client = signed_in(lin)
    assert Ticket.objects.get(pk=case.ticket_id).customer_id == lin.pk
    for path in ("/portal/", "/portal/requests/"):
        assert "C-77" not in client.get(path, follow=True).content.decode(), path
    assert client.get(f"/portal/requests/{case.ticket.number}/").status_code == 404
    assert client.get(f"/portal/requests/{ticket.number}/").status_code == 200

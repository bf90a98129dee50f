"""The customer says where to come, takes a time, changes it; nobody else can."""

from __future__ import annotations

import pytest
from django.test import Client

from aftersales.claims.models import Claim, ClaimKind
from aftersales.visits.models import Visit, VisitState
from aftersales.visits.services.booking import book
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import Customer
from tests.aftersales.factories import make_claim, make_order
from tests.aftersales.portal.conftest import signed_in
from tests.aftersales.visits.factories import ADDRESS, approve_and_ask, make_asked, make_engineer, slots_of
from tests.customers.conftest import house, lin, other  # noqa: F401
from tests.factories import make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def visit_of(customer: Customer, address: dict[str, str] | None = None) -> Visit:
    """A visit that is asked for, of this customer."""
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(customer=customer)
    ticket = Ticket.objects.get(pk=ticket.pk)
    claim = make_claim(
        ClaimKind.INSTALLATION, ticket=ticket, line=make_order(customer), details={"address": address or {}}
    )
    approve_and_ask(claim)
    return Visit.objects.get(claim=claim)


def url_of(visit: Visit) -> str:
    return f"/portal/claims/AS-{visit.claim_id}/visit/"


@pytest.mark.req("F8", "confirmation by the customer")
def test_the_customer_gives_an_address_chooses_a_time_and_sees_who_comes(lin: Customer) -> None:  # noqa: F811
    engineer = make_engineer("chen")
    visit = visit_of(lin)
    client = signed_in(lin)
    page = client.get(url_of(visit)).content.decode()
    assert "Where shall we come?" in page
    answer = client.post(url_of(visit), {"part": "address", **ADDRESS})
    assert answer.status_code == 302
    slot = slots_of(visit)[2]
    page = client.get(url_of(visit)).content.decode()
    assert slot.key in page
    answer = client.post(url_of(visit), {"part": "time", "slot": slot.key})
    assert answer["Location"] == f"/portal/claims/AS-{visit.claim_id}/"
    visit.refresh_from_db()
    assert (visit.state, visit.window) == (VisitState.BOOKED, (slot.start, slot.end))
    page = client.get(answer["Location"]).content.decode()
    assert f"{engineer.staff.name} comes to you" in page
    assert "文三路 9 号" in page
    assert "Choose another time" in page


def test_another_time_replaces_the_first(lin: Customer) -> None:  # noqa: F811
    make_engineer()
    visit = visit_of(lin, ADDRESS)
    slots = slots_of(visit)
    book(visit.pk, slots[0].key, by=SYSTEM)
    client = signed_in(lin)
    assert "this one holds" in client.get(url_of(visit)).content.decode()
    assert client.post(url_of(visit), {"slot": slots[4].key}).status_code == 302
    visit.refresh_from_db()
    assert visit.window == (slots[4].start, slots[4].end)


def test_a_taken_time_is_said_and_others_are_offered(lin: Customer) -> None:  # noqa: F811
    make_engineer(most_a_day=1)
    visit = visit_of(lin, ADDRESS)
    slots = slots_of(visit)
    book(make_asked().pk, slots[0].key, by=SYSTEM)
    answer = signed_in(lin).post(url_of(visit), {"slot": slots[0].key})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "This time is taken meanwhile" in page
    assert slots[-1].key in page
    visit.refresh_from_db()
    assert visit.state == VisitState.ASKED


@pytest.mark.parametrize("given", [{}, {"slot": "nonsense"}, {"slot": "20200101T0000Z-120"}, {"slot": "\x00" * 50}])
def test_what_is_no_time_is_refused_and_the_page_stays(given: dict[str, str], lin: Customer) -> None:  # noqa: F811
    make_engineer()
    visit = visit_of(lin, ADDRESS)
    answer = signed_in(lin).post(url_of(visit), given)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_an_address_without_a_street_is_refused_and_kept(lin: Customer) -> None:  # noqa: F811
    visit = visit_of(lin)
    answer = signed_in(lin).post(url_of(visit), {"part": "address", "city": "杭州", "street": ""})
    assert answer.status_code == 422
    assert "杭州" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.address == {}


def test_somebody_elses_visit_is_not_found_and_strangers_sign_in(lin: Customer, other: Customer) -> None:  # noqa: F811
    make_engineer()
    visit = visit_of(lin, ADDRESS)
    slot = slots_of(visit)[0]
    for path in (url_of(visit), "/portal/claims/AS-x/visit/", "/portal/claims/AS-99999999999999999999/visit/"):
        assert signed_in(other).get(path).status_code == 404
        assert signed_in(other).post(path, {"slot": slot.key}).status_code == 404
    assert Client().get(url_of(visit))["Location"].startswith("/portal/sign-in/")
    visit.refresh_from_db()
    assert visit.state == VisitState.ASKED
    assert Claim.objects.get(pk=visit.claim_id).state == "awaiting_visit"


def test_no_free_time_says_so(lin: Customer) -> None:  # noqa: F811
    visit = visit_of(lin, ADDRESS)
    page = signed_in(lin).get(url_of(visit)).content.decode()
    assert "No time is free" in page

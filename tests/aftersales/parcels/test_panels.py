"""What the customer and the desk read of a claim's parcels."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.claims.models import Claim
from aftersales.parcels.choices import Scan
from aftersales.parcels.selectors import claim_parcels
from helpdesk.customers.models import Identity
from helpdesk.customers.sessions import start_session
from tests.aftersales.factories import make_order
from tests.aftersales.parcels.factories import NUMBER, follow, make_awaiting, make_returning, say
from tests.factories import make_staff, make_ticket

pytestmark = pytest.mark.django_db


def portal_of(claim: Claim) -> Client:
    client = Client()
    identity = Identity.objects.filter(customer_id=claim.customer_id).order_by("pk")[0]
    client.cookies["portal_session"] = start_session(claim.customer, identity)
    return client


@pytest.mark.req("F12", "the customer sees them")
def test_the_customer_follows_their_parcel_in_the_portal() -> None:
    claim = make_returning()
    say(Scan.IN_TRANSIT, words="快件已到达【上海转运中心】")
    say(Scan.LOST, words="查无下落")
    follow()
    page = portal_of(claim).get(f"/portal/claims/{claim.number}/").content.decode()
    for words in (NUMBER, "SF Express", "快件已到达【上海转运中心】", "On its way", "From you to us"):
        assert words in page
    # a task of ours is nobody's business outside
    assert "HD-" not in page.split('id="parcels-title"')[1].split("</section>")[0]


@pytest.mark.req("F12", "the customer sees them")
def test_the_customer_gives_carrier_and_number_and_a_wrong_one_is_said() -> None:
    claim = make_awaiting()
    browser = portal_of(claim)
    address = f"/portal/claims/{claim.number}/"
    assert "SF Express" in browser.get(address).content.decode()
    refused = browser.post(f"{address}move/send_back/", {"carrier": "sf", "tracking": "1"})
    assert "Enter the number as it stands on the label." in refused.content.decode()
    assert Claim.objects.get(pk=claim.pk).state == "awaiting_goods"
    browser.post(f"{address}move/send_back/", {"carrier": "sf", "tracking": NUMBER.lower()})
    assert Claim.objects.get(pk=claim.pk).state == "returning"
    assert NUMBER in browser.get(address).content.decode()


def test_what_was_said_before_the_claim_was_opened_is_not_shown_to_its_customer() -> None:
    say(words="another household's parcel", at=timezone.now() - timedelta(days=9), company="other")
    claim = make_returning()
    follow()
    page = portal_of(claim).get(f"/portal/claims/{claim.number}/").content.decode()
    assert NUMBER in page
    assert "another household" not in page


def test_another_customers_parcel_is_nowhere() -> None:
    claim = make_returning()
    say(words="已揽收")
    stranger = make_ticket(address="other@customer.example", name="Other")
    other = make_awaiting(ticket=stranger, line=make_order(stranger.customer))
    browser = portal_of(other)
    assert browser.get(f"/portal/claims/{claim.number}/").status_code == 404
    assert NUMBER not in browser.get(f"/portal/claims/{other.number}/").content.decode()


def test_the_desk_reads_the_problem_and_its_task_on_the_claims_page() -> None:
    claim = make_returning()
    say(Scan.DAMAGED, words="外包装破损")
    follow()
    browser = Client()
    browser.force_login(make_staff("sup", role="supervisor"), backend="helpdesk.accounts.backends.StaffBackend")
    page = browser.get(f"/claims/{claim.number}/panels/").content.decode()
    assert "Damaged on its way" in page
    assert "外包装破损" in page
    assert "/tickets/HD-" in page


def test_the_panel_costs_three_queries_however_much_was_said() -> None:
    claim = make_returning()
    assert claim_parcels(claim=make_awaiting(ticket=claim.ticket, line=make_order(claim.customer))) is None
    for nth in range(30):
        say(Scan.IN_TRANSIT, words=f"station {nth}")
    follow()
    with CaptureQueriesContext(connection) as asked:
        shown = claim_parcels(claim=claim)
    assert shown is not None
    assert len(shown["parcels"][0].events) == 30
    assert len(asked) == 3

"""The list and the board: order, filters, search, counts, and how many queries they cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.claims.models import Claim, ClaimKind
from helpdesk.accounts.models import Team
from helpdesk.core.actors import SYSTEM
from tests.aftersales.factories import make_claim, make_order
from tests.factories import make_staff, make_team, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def claims(team: Team, count: int, **fields: Any) -> list[Claim]:
    found = []
    for nth in range(count):
        ticket = make_ticket(team, address=f"{team.slug}{nth}{len(fields)}@customer.example", name=f"Person {nth}")
        found.append(make_claim(ticket=ticket, line=make_order(ticket.customer, **fields)))
    return found


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.req("F5", "high-value customers first")
def test_high_value_customers_come_first_then_the_oldest(desk: Client, team: Team) -> None:
    first, second, third = claims(team, 3)
    Claim.objects.filter(pk=third.pk).update(rank=10)
    page = desk.get("/claims/").content.decode()
    places = [page.index(f"/claims/{one.number}/") for one in (third, first, second)]
    assert places == sorted(places)


def test_a_search_finds_by_claim_order_and_serial_and_only_what_one_sees(desk: Client, team: Team) -> None:
    mine, _other = claims(team, 2)
    mine.lines.update(serial="SN-77")
    assert mine.order is not None
    for words in (mine.number, str(mine.pk), mine.order.number, "SN-77"):
        answer = desk.get("/claims/", {"q": words})
        assert answer["Location"] == f"/claims/{mine.number}/", words
    (hidden,) = claims(make_team("Elsewhere"), 1)
    page = desk.get("/claims/", {"q": hidden.number}).content.decode()
    assert f"/claims/{hidden.number}/" not in page
    assert desk.get("/claims/", {"q": "nothing'; --"}).status_code == 200


def test_filters_by_state_kind_age_and_handler(desk: Client, team: Team) -> None:
    old, new = claims(team, 2)
    Claim.objects.filter(pk=old.pk).update(opened_at=timezone.now() - timedelta(days=5), state="awaiting_goods")
    cases = {"view=customer": old, "view=desk": new, "age=3": old, "state=submitted": new}
    for query, wanted in cases.items():
        page = desk.get(f"/claims/?{query}").content.decode()
        unwanted = new if wanted == old else old
        assert f"/claims/{wanted.number}/" in page, query
        assert f"/claims/{unwanted.number}/" not in page, query
    assert f"/claims/{new.number}/" not in desk.get("/claims/?kind=repair").content.decode()
    assert desk.get("/claims/?kind=nonsense&age=x&state=%00&handler=-1&cursor=").status_code == 200


def test_pages_follow_each_other_without_a_gap(team: Team, desk: Client) -> None:
    from aftersales.selectors.listing import ClaimFilter, claim_rows

    staff = make_staff("boss", role="supervisor")
    made = claims(team, 5)
    seen: list[int] = []
    cursor = None
    while True:
        page = claim_rows(staff, ClaimFilter(), cursor, size=2)
        seen += page.ids
        cursor = page.next
        if cursor is None:
            break
    assert seen == [one.pk for one in made]
    assert desk.get("/claims/?cursor=rubbish").status_code == 400


def test_list_and_board_cost_the_same_however_many_claims_there_are(desk: Client, team: Team) -> None:
    claims(team, 1)
    # the numbers beside the views are kept for some seconds
    queries(desk, "/claims/"), queries(desk, "/claims/board/")
    few = queries(desk, "/claims/"), queries(desk, "/claims/board/")
    claims(team, 4, state="delivered")
    # a row that is not kept yet is one query more, however many there are
    assert queries(desk, "/claims/") <= few[0] + 1
    queries(desk, "/claims/board/")
    assert (queries(desk, "/claims/"), queries(desk, "/claims/board/")) == few
    assert few[0] <= 8
    assert few[1] <= 14


def test_the_board_has_a_column_for_each_who_has_to_act(desk: Client, team: Team) -> None:
    waiting, paying = claims(team, 2)
    Claim.objects.filter(pk=paying.pk).update(state="awaiting_goods")
    page = desk.get("/claims/board/").content.decode()
    assert page.index('id="column-desk"') < page.index(waiting.number) < page.index('id="column-customer"')
    assert page.index('id="column-customer"') < page.index(paying.number)


def test_the_claims_page_costs_twelve_queries_at_most(desk: Client, claim: Claim) -> None:
    queries(desk, f"/claims/{claim.number}/")
    assert queries(desk, f"/claims/{claim.number}/") <= 12
    # and what the other rooms say of it, which it asks for when it is there
    assert queries(desk, f"/claims/{claim.number}/panels/") <= 12


def test_the_tickets_context_column_costs_the_same_with_many_claims(desk: Client, ticket: Ticket, claim: Claim) -> None:
    path = f"/tickets/{ticket.number}/context/"
    one = queries(desk, path)
    for _nth in range(3):
        make_claim(ClaimKind.INVOICE, ticket=ticket, line=make_order(ticket.customer), by=SYSTEM)
    assert queries(desk, path) == one


def test_the_palette_finds_claims_and_opens_one_on_the_ticket(desk: Client, claim: Claim, ticket: Ticket) -> None:
    assert claim.order is not None
    for words in (claim.number, claim.order.number):
        groups = desk.get("/palette/", {"q": words}).json()["groups"]
        items = next(group["items"] for group in groups if group["label"] == "Claims")
        assert [item["url"] for item in items] == [f"/claims/{claim.number}/"]
    verbs = desk.get("/palette/", {"ticket": ticket.number}).json()["groups"][0]["items"]
    assert f"/tickets/{ticket.number}/claims/" in [item.get("src") for item in verbs]
    (hidden,) = claims(make_team("Elsewhere"), 1)
    groups = desk.get("/palette/", {"q": hidden.number}).json()["groups"]
    assert not any(group["label"] == "Claims" for group in groups)

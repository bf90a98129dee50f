"""Cached rows follow every change that they show, in each language."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.accounts.models import Staff
from helpdesk.core.actors import Actor
from helpdesk.customers.services.editing import edit_customer
from tickets.models import StatusLabel, Ticket
from tickets.services.assignment import assign_ticket
from tickets.services.properties import edit_ticket


def shown(client: Any) -> str:
    return str(client.get("/tickets/").content.decode())


@pytest.mark.req("K8", "live push")
def test_row_changes_with_a_renamed_label_customer_and_owner(house: Any, as_staff: Any) -> None:
    client, by = as_staff(house.agent), Actor.of_staff(house.agent)
    assert "Li Na" in shown(client)
    StatusLabel.objects.filter(category="new").update(name="Fresh")
    assert "<span>Fresh</span>" in shown(client)
    edit_customer(house.ticket.customer_id, by=by, name="Li Nana", level="core")
    text = shown(client)
    assert "Li Nana" in text
    assert "level-core" in text
    assign_ticket(house.ticket.pk, to=house.agent, by=by)
    assert 'title="Chen Yu"' in shown(client)
    Staff.objects.filter(pk=house.agent.pk).update(name="Chen Yufei")
    assert 'title="Chen Yufei"' in shown(client)
    edit_ticket(house.ticket.pk, by=by, subject="Another subject", tags=["fault"])
    text = shown(client)
    assert "Another subject" in text
    assert "fault" in text


@pytest.mark.req("K1", "Chinese and English")
def test_row_is_kept_apart_for_each_language(house: Any, as_staff: Any) -> None:
    assert "<span>New</span>" in shown(as_staff(house.agent))
    Staff.objects.filter(pk=house.teammate.pk).update(language="zh-hans")
    assert "<span>新建</span>" in shown(as_staff(house.teammate))
    assert "<span>New</span>" in shown(as_staff(house.agent))


@pytest.mark.req("K8", "live push")
def test_cached_row_is_the_same_as_a_fresh_one_and_spares_its_query(house: Any, as_staff: Any) -> None:
    from django.core.cache import cache

    client = as_staff(house.agent)
    address = f"/tickets/rows/?ids={house.ticket.pk}&view=open"
    with CaptureQueriesContext(connection) as cold:
        first = client.get(address).content
    with CaptureQueriesContext(connection) as warm:
        assert client.get(address).content == first
    assert len(warm) == len(cold) - 1
    cache.clear()
    assert client.get(address).content == first


@pytest.mark.req("E5", "saved views and filters")
def test_a_ticket_that_left_the_view_does_not_come_back(house: Any, as_staff: Any) -> None:
    client = as_staff(house.agent)
    address = f"/tickets/rows/?ids={house.ticket.pk}&view=unassigned"
    assert "data-row" in client.get(address).content.decode()
    assign_ticket(house.ticket.pk, to=house.agent, by=Actor.of_staff(house.agent))
    assert client.get(address).content == b""


@pytest.mark.req("E5", "saved views and filters")
@pytest.mark.req("J2", "counters of the views")
def test_counts_follow_what_happens(house: Any, as_staff: Any) -> None:
    client, by = as_staff(house.agent), Actor.of_staff(house.agent)

    def counts() -> dict[str, str]:
        return dict(client.get("/tickets/counts/").json()["counts"])

    assert (counts()["open"], counts()["unassigned"], counts()["mine"], counts()["new"]) == ("1", "1", "", "1")
    assign_ticket(house.ticket.pk, to=house.agent, by=by)
    after = counts()
    assert (after["open"], after["unassigned"], after["mine"], after["new"]) == ("1", "", "1", "")
    assert after[f"team-{house.team.pk}"] == "1"
    Ticket.objects.filter(pk=house.ticket.pk).update(is_spam=True)
    after = counts()
    assert (after["open"], after["mine"], after["spam"]) == ("", "", "1")

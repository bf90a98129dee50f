"""Every change stands in the history, in words, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import Event
from tests.factories import make_ticket
from tickets.history import SENTENCES, Names, history_of, sentence
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.merging import link_tickets
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.replying import add_note
from tickets.services.status import set_status
from tickets.services.watching import watch_ticket


def lines(ticket: Ticket, language: str) -> list[str]:
    with translation.override(language):
        page = history_of(Ticket.objects.select_related("customer").get(pk=ticket.pk))
        return [f"{line.text} | {line.actor_name}" for line in page.lines]


@pytest.fixture
def changed(house: Any) -> Ticket:
    by, boss = Actor.of_staff(house.agent), Actor.of_staff(house.supervisor)
    ticket = house.ticket
    assign_ticket(ticket.pk, to=house.agent, by=by)
    edit_ticket(ticket.pk, by=by, subject="Leak", priority="high", tags=["fault", "water"], kind="repair")
    set_status(ticket.pk, "on_hold", by=by)
    watch_ticket(ticket.pk, staff=house.quality, by=boss)
    mark_spam(ticket.pk, is_spam=True, by=by)
    mark_spam(ticket.pk, is_spam=False, by=by)
    add_note(ticket.pk, "between us", by=by)
    link_tickets(ticket.pk, make_ticket(house.team, address="o@customer.example").pk, kind="related", by=by)
    transfer_ticket(ticket.pk, team=house.other_team, by=boss)
    return ticket


@pytest.mark.req("E5", "full history")
def test_history_says_in_english_what_happened_and_who_did_it(changed: Ticket) -> None:
    found = lines(changed, "en")
    for words in [
        "Ticket opened by E-mail | ",
        "Assigned to Chen Yu | Chen Yu",
        "Status: New → Open | Chen Yu",
        "Status: Open → On hold | Chen Yu",
        "Zhou Qi watches it | Zhao Qian",
        "Marked as spam | Chen Yu",
        "Internal note added | Chen Yu",
        "Moved from team Support to Finance | Zhao Qian",
    ]:
        assert any(line.startswith(words) for line in found), (words, found)
    edited = next(line for line in found if "Leak" in line)
    assert "Subject: “Washer stops with E21” → “Leak”" in edited
    assert "Priority: " in edited
    assert "→ High" in edited
    assert "ags added: fault, water" in edited
    assert len(found) == Event.objects.filter(ticket_id=changed.pk).count()


@pytest.mark.req("K1", "Chinese and English")
def test_history_says_the_same_in_chinese(changed: Ticket) -> None:
    found = lines(changed, "zh-hans")
    for words in [
        "已分配给 Chen Yu",
        "状态：新建 → 处理中",
        "Zhou Qi 开始关注",
        "已标为垃圾",
        "添加了内部备注",
        "由团队Support转到Finance",
    ]:
        assert any(line.startswith(words) for line in found), (words, found)
    assert not any("Status:" in line or "Assigned" in line for line in found)


@pytest.mark.req("E5", "full history")
def test_each_event_that_verbs_announce_has_a_sentence(changed: Ticket) -> None:
    names = set(Event.objects.filter(ticket_id=changed.pk).values_list("name", flat=True))
    assert names <= set(SENTENCES)


@pytest.mark.req("E5", "full history")
def test_unknown_event_is_still_readable(house: Any) -> None:
    announce(
        Announcement("claim.submitted", "claim", 7, house.ticket.pk, data={"amount": ["1", "2"], "who": None}),
        by=SYSTEM,
    )
    event = Event.objects.get(name="claim.submitted")
    assert sentence(event, Names())[2] == "claim: submitted (amount 1 → 2)"
    assert "claim: submitted" in lines(house.ticket, "en")[0]


@pytest.mark.req("E5", "full history")
def test_changes_can_be_shown_between_the_messages(changed: Ticket, house: Any, as_staff: Any) -> None:
    client = as_staff(house.supervisor)
    plain = client.get(f"/tickets/{changed.number}/thread/").content.decode()
    mixed = client.get(f"/tickets/{changed.number}/thread/?changes=1").content.decode()
    assert "data-change" not in plain
    assert "Assigned to Chen Yu" in mixed
    assert mixed.index("stopped halfway") < mixed.index("Assigned to Chen Yu") < mixed.index("between us")

"""Whatever customers write is shown as text: nothing of it runs, nothing of it breaks a page."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.core.actors import Actor
from tests.factories import make_arrival, make_ticket
from tickets.intake.services import receive
from tickets.models import SavedView
from tickets.services.files import NewFile, store
from tickets.services.properties import edit_ticket
from tickets.services.replying import add_note

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


@pytest.mark.req("E5", "attachments")
def test_markup_in_subject_name_text_filename_and_view_is_only_text(house: Any, as_staff: Any) -> None:
    ticket = make_ticket(
        house.team, subject=f"Sub {EVIL}", name=f"Name {EVIL}", text=f"Text {EVIL}", address="e@customer.example"
    )
    message = ticket.messages.first()
    file = store(NewFile(f"file {EVIL}.txt", "text/html", b"<script>1</script>"))
    file.message = message
    file.save()
    add_note(ticket.pk, f"@Chen Yu {EVIL}", by=Actor.of_staff(house.teammate), mentions=[house.agent.pk])
    SavedView.objects.create(name=EVIL, owner=house.agent)
    client, number = as_staff(house.agent), ticket.number
    pages = [
        f"/tickets/{number}/",
        "/tickets/",
        f"/tickets/{number}/context/",
        f"/tickets/{number}/history/",
        f"/tickets/{number}/merge/",
        f"/tickets/{number}/split/",
        f"/tickets/{number}/dialog/subject/",
        f"/tickets/{number}/print/",
        "/notifications/",
        "/customers/",
        f"/customers/{ticket.customer_id}/",
        f"/tickets/rows/?ids={ticket.pk}&view=open",
        f"/tickets/?q={EVIL}",
        f"/tickets/{number}/messages/{message.pk}/forward/",
    ]
    for address in pages:
        response = client.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
    assert 'class="mention"' in client.get(f"/tickets/{number}/").content.decode()


@pytest.mark.req("E5", "attachments")
@pytest.mark.parametrize(
    "text",
    [
        "\u202eright to left",
        "emoji 🧨👩‍👩‍👧",
        "a" * 50_000,
        "\x00nul\x00",
        "\ud800".encode("utf-8", "replace").decode(),
        "line\u2028separator",
        "{{ 7|add:7 }} {% now 'Y' %}",
    ],
)
def test_odd_text_is_shown_and_answered(text: str, house: Any, as_staff: Any) -> None:
    ticket = make_ticket(house.team, subject=text[:400] or "x", text=text, address="odd@customer.example")
    client = as_staff(house.agent)
    assert client.get(f"/tickets/{ticket.number}/").status_code == 200
    assert client.get("/tickets/").status_code == 200
    sent = client.post(f"/tickets/{ticket.number}/messages/", {"text": text}, headers={"HX-Request": "true"})
    assert sent.status_code == 200 or ("\x00" in text and sent.json()["detail"])


@pytest.mark.req("E5", "snooze")
def test_over_long_input_gets_an_answer(house: Any, as_staff: Any) -> None:
    client, number = as_staff(house.agent), house.ticket.number
    htmx = {"HX-Request": "true"}
    too_long = client.post(f"/tickets/{number}/messages/", {"text": "x" * 100_001}, headers=htmx)
    assert (too_long.status_code, bool(too_long.json()["detail"])) == (400, True)
    cut = client.post(f"/tickets/{number}/edit/", {"field": "subject", "value": "y" * 5000}, headers=htmx)
    assert cut.status_code == 200
    tags = ",".join(f"t{n}" for n in range(21))
    assert client.post(f"/tickets/{number}/edit/", {"field": "tags", "value": tags}, headers=htmx).status_code == 400
    assert client.get(f"/tickets/?q={'z' * 3000}").status_code == 200


@pytest.mark.req("A6", "history over channels")
def test_change_of_channel_is_marked_by_a_divider(house: Any, as_staff: Any) -> None:
    from helpdesk.core.actors import SYSTEM
    from helpdesk.core.models import ChannelKind
    from tests.factories import make_account
    from tickets.services.receiving import Incoming, continue_ticket

    portal = make_account("portal", kind=ChannelKind.PORTAL)
    incoming = Incoming(portal, house.ticket.customer, "From the portal", author_address="li.na@customer.example")
    continue_ticket(house.ticket.pk, incoming, by=SYSTEM)
    page = as_staff(house.agent).get(f"/tickets/{house.ticket.number}/").content.decode()
    assert "continued in the portal" in page
    assert page.index("continued in the portal") < page.index("From the portal")


@pytest.mark.req("E5", "split")
def test_plainly_new_subject_offers_a_split(house: Any, as_staff: Any) -> None:
    message = house.ticket.messages.first()
    message.may_start_new = True
    message.save()
    assert (
        "Make it a ticket of its own" in as_staff(house.agent).get(f"/tickets/{house.ticket.number}/").content.decode()
    )
    assert "Make it a ticket" not in as_staff(house.quality).get(f"/tickets/{house.ticket.number}/").content.decode()


@pytest.mark.req("H1", "profile with orders and conversations")
def test_earlier_conversations_of_the_customer_stand_beside_the_ticket(house: Any, as_staff: Any) -> None:
    account = house.ticket.account
    second = receive(make_arrival(account, subject="Another matter"), by=Actor.of_staff(house.agent)).ticket
    edit_ticket(second.pk, by=Actor.of_staff(house.agent), subject="Another matter")
    hidden = make_ticket(house.other_team, subject="Hidden from this team")
    context = as_staff(house.agent).get(f"/tickets/{house.ticket.number}/context/").content.decode()
    assert "Another matter" in context
    assert hidden.customer_id == house.ticket.customer_id
    assert "Hidden from this team" not in context

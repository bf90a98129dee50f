"""Every address of the desk, tried by everybody of the cast; the list of addresses comes from the URL configuration."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from helpdesk.accounts.models import Staff
from helpdesk.core.actors import Actor
from helpdesk.core.models import Event
from tests.factories import make_staff, make_ticket
from tickets import urls
from tickets.models import Draft, Message, SavedView, Ticket, Watcher
from tickets.services.replying import add_note

# Addresses that change something, with a form that would go through for somebody who may.
POSTED: dict[str, dict[str, Any]] = {
    "bulk": {"action": "priority", "value": "high"},
    "delete_view": {},
    "read": {},
    "show_identity": {},
    "send": {"text": "Hello", "mode": "reply"},
    "withdraw": {},
    "send_again": {},
    "draft": {"text": "half", "mode": "reply"},
    "upload": {},
    "edit": {"field": "priority", "value": "high"},
    "edit_fields": {},
    "snooze": {"until": "tomorrow"},
    "spam": {},
    "watch": {},
    "unlink": {},
    "notifications_read": {},
}
NAMES = {"menu": "status", "dialog": "subject", "bulk_menu": "status"}
# What shows or changes one ticket: nothing of it may be known to an outsider.
OF_A_TICKET = {pattern.name for pattern in urls.urlpatterns if "number" in pattern.pattern.regex.groupindex}


def _address(pattern: URLPattern, house: Any, message: Message, view: SavedView) -> str:
    values: dict[str, Any] = {}
    for name in pattern.pattern.regex.groupindex:
        values[name] = {
            "number": house.ticket.number,
            "message_id": message.pk,
            "file_id": 1,
            "link_id": 1,
            "identity_id": house.ticket.customer.identities.get().pk,
            "view_id": view.pk,
            "name": NAMES.get(str(pattern.name), ""),
        }[name]
    return reverse(f"desk:{pattern.name}", kwargs=values)


def _ask(client: Client, name: str, address: str, house: Any) -> Any:
    if name not in POSTED:
        return client.get(address)
    data = {**POSTED[name]}
    if name == "bulk":
        data["ids"] = house.ticket.pk
    return client.post(address, data, headers={"Accept": "application/json"})


@pytest.fixture
def written(house: Any) -> tuple[Message, SavedView]:
    note = add_note(house.ticket.pk, "between us", by=Actor.of_staff(house.agent))
    view = SavedView.objects.create(name="Mine", owner=house.agent)
    return note, view


PATTERNS = [
    pattern for pattern in urls.urlpatterns if pattern.name not in {"home", "customer_file"}
]  # the latter is the portal's


@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: str(p.name))
def test_nobody_gets_in_without_signing_in(pattern: URLPattern, house: Any, as_staff: Any, written: Any) -> None:
    events = Event.objects.count()
    response = _ask(as_staff(None), str(pattern.name), _address(pattern, house, *written), house)
    assert response.status_code in {302, 401}
    if response.status_code == 302:
        assert response["Location"].startswith("/sign-in/?next=")
    assert house.ticket.subject.encode() not in response.content
    assert Event.objects.count() == events


@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: str(p.name))
def test_a_customers_cookie_opens_no_desk(pattern: URLPattern, house: Any, as_staff: Any, written: Any) -> None:
    client = as_staff(None)
    client.cookies["portal_session"] = "x" * 40
    response = _ask(client, str(pattern.name), _address(pattern, house, *written), house)
    assert response.status_code in {302, 401}


@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p.name in OF_A_TICKET], ids=lambda p: str(p.name))
def test_an_outsider_learns_nothing_of_a_ticket(pattern: URLPattern, house: Any, as_staff: Any, written: Any) -> None:
    before = Ticket.objects.values().get(pk=house.ticket.pk)
    events, messages = Event.objects.count(), Message.objects.count()
    response = _ask(as_staff(house.outsider), str(pattern.name), _address(pattern, house, *written), house)
    assert response.status_code == 404
    assert house.ticket.subject.encode() not in response.content
    assert b"between us" not in response.content
    assert Ticket.objects.values().get(pk=house.ticket.pk) == before
    assert (Event.objects.count(), Message.objects.count()) == (events, messages)
    assert not Draft.objects.exists()
    assert not Watcher.objects.filter(staff=house.outsider).exists()


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("name", ["send", "withdraw", "send_again", "edit", "edit_fields", "snooze", "spam", "bulk"])
def test_quality_reads_and_notes_but_changes_nothing(name: str, house: Any, as_staff: Any, written: Any) -> None:
    pattern = next(p for p in PATTERNS if p.name == name)
    before = Ticket.objects.values().get(pk=house.ticket.pk)
    response = _ask(as_staff(house.quality), name, _address(pattern, house, *written), house)
    refused = response.status_code == 403
    assert refused or (name == "bulk" and b"Your role" in response.content)
    assert Ticket.objects.values().get(pk=house.ticket.pk) == before
    page = as_staff(house.quality).get(f"/tickets/{house.ticket.number}/").content.decode()
    assert "between us" in page
    assert "data-composer-note" not in page  # only notes: no switch between answer and note
    assert 'popovertarget="menu-status"' not in page


@pytest.mark.req("K2", "permissions per team")
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: str(p.name))
@pytest.mark.parametrize("who", ["agent", "teammate", "supervisor", "admin"])
def test_those_who_may_get_an_answer(pattern: URLPattern, who: str, house: Any, as_staff: Any, written: Any) -> None:
    staff: Staff = getattr(house, who)
    response = _ask(as_staff(staff), str(pattern.name), _address(pattern, house, *written), house)
    expected = {200, 204, 302}
    if pattern.name in {"file", "unlink", "withdraw", "upload", "send_again", "delete_view", "change_view"}:
        expected |= {400, 403, 404, 409}  # there is no such file, link or waiting message; another's view
    assert response.status_code in expected, response.content[:300]


@pytest.mark.req("A5", "one customer, one profile")
def test_lists_show_only_what_the_reader_may_see(house: Any, as_staff: Any) -> None:
    hidden = make_ticket(house.other_team, subject="Salary question", address="x@customer.example")
    page = as_staff(house.agent).get("/tickets/").content.decode()
    assert house.ticket.subject in page
    assert hidden.subject not in page
    rows = as_staff(house.agent).get(f"/tickets/rows/?ids={house.ticket.pk},{hidden.pk}&view=open").content.decode()
    assert f'data-row="{house.ticket.pk}"' in rows
    assert f'data-row="{hidden.pk}"' not in rows
    assert hidden.subject in as_staff(house.supervisor).get("/tickets/").content.decode()
    found = as_staff(house.agent).get("/palette/?q=Salary").json()
    assert hidden.subject not in str(found)


@pytest.mark.req("E5", "watchers")
def test_a_watcher_sees_the_ticket_of_another_team(house: Any, as_staff: Any) -> None:
    Watcher.objects.create(ticket=house.ticket, staff=house.outsider)
    client = as_staff(house.outsider)
    assert client.get(f"/tickets/{house.ticket.number}/").status_code == 200
    assert house.ticket.subject in client.get("/tickets/?view=watched").content.decode()
    assert house.ticket.subject not in client.get("/tickets/?view=open").content.decode()


@pytest.mark.req("K2", "roles")
def test_who_may_only_look_leaves_a_ticket_unread_for_those_who_work_on_it(house: Any, as_staff: Any) -> None:
    engineer = make_staff("engineer", role="engineer", teams=(house.team,))
    ticket = house.ticket
    for reader in (house.quality, engineer):
        assert as_staff(reader).get(f"/tickets/{ticket.number}/").status_code == 200
        assert as_staff(reader).post(f"/tickets/{ticket.number}/read/").status_code == 204
        assert Ticket.objects.get(pk=ticket.pk).is_unread
    assert as_staff(house.outsider).post(f"/tickets/{ticket.number}/read/").status_code == 404
    assert "ticket.read" not in Event.objects.filter(ticket_id=ticket.pk).values_list("name", flat=True)
    assert as_staff(house.agent).post(f"/tickets/{ticket.number}/read/").status_code == 204
    assert not Ticket.objects.get(pk=ticket.pk).is_unread

"""Changing tickets on the desk: nobody overwrites anybody, many at once tell what became of each, errors keep the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from helpdesk.accounts.models import Notification
from helpdesk.core.actors import Actor
from helpdesk.core.dispatcher import run_once
from helpdesk.core.models import Delivery, DeliveryStatus, Event
from tests.factories import make_staff, make_ticket
from tickets.models import Attachment, Draft, Message, SavedView, StatusLabel, Ticket, TicketLink, Watcher
from tickets.services.properties import edit_ticket
from tickets.services.releasing import release_message
from tickets.services.replying import Reply, reply_to_ticket

HTMX = {"HX-Request": "true"}


def edit(client: Any, ticket: Ticket, field: str, value: Any, **more: Any) -> Any:
    return client.post(f"/tickets/{ticket.number}/edit/", {"field": field, "value": value, **more}, headers=HTMX)


@pytest.mark.req("E5", "full history")
def test_two_people_changing_one_field_see_both_values_and_lose_nothing(house: Any, as_staff: Any) -> None:
    ticket, mine = house.ticket, as_staff(house.agent)
    seen = {"was": ticket.subject, "edit_version": ticket.edit_version}
    edit_ticket(ticket.pk, by=Actor.of_staff(house.teammate), subject="What the colleague wrote")
    response = edit(mine, ticket, "subject", "What I wrote", **seen)
    assert response.status_code == 409
    page = response.content.decode()
    assert "What the colleague wrote" in page
    assert "What I wrote" in page
    ticket.refresh_from_db()
    assert ticket.subject == "What the colleague wrote"
    again = edit(mine, ticket, "subject", "What I wrote", was=ticket.subject, edit_version=ticket.edit_version)
    assert again.status_code == 200
    ticket.refresh_from_db()
    assert ticket.subject == "What I wrote"


@pytest.mark.req("E5", "full history")
def test_change_of_another_field_does_not_stand_in_the_way(house: Any, as_staff: Any) -> None:
    ticket = house.ticket
    seen = {"was": ticket.priority, "edit_version": ticket.edit_version}
    edit_ticket(ticket.pk, by=Actor.of_staff(house.teammate), tags=["fault"])
    assert edit(as_staff(house.agent), ticket, "priority", "urgent", **seen).status_code == 200
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.tags) == ("urgent", ["fault"])


@pytest.mark.req("E5", "tags")
@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("subject", "", 400),
        ("priority", "highest", 400),
        ("status", "999", 400),
        ("owner", "999", 400),
        ("tags", "<b>", 400),
        ("nonsense", "x", 400),
        ("team", "x", 400),
    ],
)
def test_wrong_values_are_refused_in_words(field: str, value: str, status: int, house: Any, as_staff: Any) -> None:
    before = Ticket.objects.values().get(pk=house.ticket.pk)
    response = edit(as_staff(house.agent), house.ticket, field, value)
    assert response.status_code == status
    assert response.json()["detail"]
    assert Ticket.objects.values().get(pk=house.ticket.pk) == before


@pytest.mark.req("E5", "bulk actions")
def test_bulk_action_tells_the_result_of_each_ticket(house: Any, as_staff: Any) -> None:
    second = make_ticket(house.team, address="b@customer.example")
    hidden = make_ticket(house.other_team, address="c@customer.example")
    closed = make_ticket(house.team, address="d@customer.example")
    label = StatusLabel.objects.get(category="closed", is_default=True)
    Ticket.objects.filter(pk=closed.pk).update(status=label, status_category="closed", holder="nobody")
    solved = StatusLabel.objects.get(category="solved", is_default=True)
    data = {"action": "status", "value": solved.pk, "ids": [house.ticket.pk, second.pk, hidden.pk, closed.pk]}
    response = as_staff(house.agent).post("/tickets/bulk/", data, headers=HTMX)
    assert response.status_code == 200
    page = response.content.decode()
    assert "2 tickets changed" in page
    assert hidden.number in page
    assert closed.number in page
    states = dict(Ticket.objects.values_list("pk", "status_category"))
    assert [states[t.pk] for t in (house.ticket, second, hidden, closed)] == ["solved", "solved", "new", "closed"]


@pytest.mark.req("E5", "bulk actions")
def test_bulk_assign_tags_spam_and_merge(house: Any, as_staff: Any) -> None:
    client = as_staff(house.agent)
    twin = make_ticket(house.team, subject="The same again")
    ids = [house.ticket.pk, twin.pk]
    for action, value in (("assign", "me"), ("tag", "fault, refund"), ("priority", "high")):
        assert (
            client.post("/tickets/bulk/", {"action": action, "value": value, "ids": ids}, headers=HTMX).status_code
            == 200
        )
    house.ticket.refresh_from_db()
    assert (house.ticket.owner_id, house.ticket.tags, house.ticket.priority) == (
        house.agent.pk,
        ["fault", "refund"],
        "high",
    )
    client.post("/tickets/bulk/", {"action": "merge", "ids": ids}, headers=HTMX)
    assert Ticket.objects.get(pk=twin.pk).merged_into_id == house.ticket.pk
    client.post("/tickets/bulk/", {"action": "spam", "ids": ids[:1]}, headers=HTMX)
    assert Ticket.objects.get(pk=house.ticket.pk).is_spam
    assert client.post("/tickets/bulk/", {"action": "fly", "ids": ids}, headers=HTMX).status_code == 400
    assert client.post("/tickets/bulk/", {"action": "spam"}, headers=HTMX).status_code == 400


# --- Talking ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("E5", "undo send")
def test_reply_waits_and_can_be_taken_back_into_the_draft(house: Any, as_staff: Any) -> None:
    client, number = as_staff(house.agent), house.ticket.number
    response = client.post(f"/tickets/{number}/messages/", {"text": "We will call.", "then": "solved"}, headers=HTMX)
    assert "We will call." in response.content.decode()
    toast = json.loads(response["HX-Trigger"])["toast"]
    message = Message.objects.get(ticket=house.ticket, direction="out", is_auto=False)
    assert message.is_waiting
    assert toast["undo_url"] == f"/tickets/{number}/messages/{message.pk}/withdraw/"
    back = client.post(toast["undo_url"], headers={"Accept": "application/json"})
    assert back.json()["text"] == "We will call."
    assert Draft.objects.get(ticket=house.ticket, staff=house.agent).text == "We will call."
    assert "We will call." in client.get(f"/tickets/{number}/").content.decode()
    late = client.post(toast["undo_url"], headers={"Accept": "application/json"})
    assert late.status_code == 404


@pytest.mark.req("E5", "undo send")
def test_a_released_answer_cannot_be_taken_back(house: Any, as_staff: Any) -> None:
    message = reply_to_ticket(house.ticket.pk, Reply(text="Gone"), by=Actor.of_staff(house.agent))
    address = f"/tickets/{house.ticket.number}/messages/{message.pk}/withdraw/"
    response = as_staff(house.agent).post(address, headers={"Accept": "application/json"})
    assert response.status_code == 409
    assert response.json()["code"] == "too_late"


@pytest.mark.req("E5", "scheduled send")
def test_answer_is_scheduled_in_the_persons_own_zone(house: Any, as_staff: Any) -> None:
    client = as_staff(house.agent)
    client.post(
        f"/tickets/{house.ticket.number}/messages/", {"text": "Tomorrow", "then": "later:tomorrow"}, headers=HTMX
    )
    message = Message.objects.get(ticket=house.ticket, text="Tomorrow")
    import zoneinfo

    assert message.release_at.astimezone(zoneinfo.ZoneInfo("Asia/Shanghai")).strftime("%H:%M") == "09:00"
    assert "Will be sent" in client.get(f"/tickets/{house.ticket.number}/").content.decode()


@pytest.mark.req("E5", "drafts that survive")
def test_wrong_recipient_is_refused_and_the_draft_stays(house: Any, as_staff: Any) -> None:
    client, number = as_staff(house.agent), house.ticket.number
    saved = client.post(
        f"/tickets/{number}/draft/",
        json.dumps({"text": "Kept", "mode": "reply", "to": "nobody at all"}),
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert saved.json()["version"] > 0
    sent = client.post(f"/tickets/{number}/messages/", {"text": "Kept", "to": "nobody at all"}, headers=HTMX)
    assert sent.status_code == 400
    assert "nobody at all" in sent.json()["detail"] or "address" in sent.json()["detail"]
    assert Draft.objects.get().text == "Kept"
    assert not Message.objects.filter(text="Kept").exists()


@pytest.mark.req("E5", "drafts that survive")
def test_draft_of_another_window_is_not_overwritten_in_silence(house: Any, as_staff: Any) -> None:
    client, address = as_staff(house.agent), f"/tickets/{house.ticket.number}/draft/"

    def save(text: str, version: int) -> Any:
        return client.post(
            address,
            json.dumps({"text": text, "version": version}),
            content_type="application/json",
            headers={"Accept": "application/json"},
        )

    first = save("one", 0).json()["version"]
    second = save("one more", first).json()["version"]
    refused = save("another window", first)
    assert refused.status_code == 409
    assert refused.json()["version"] == second
    assert Draft.objects.get().text == "one more"
    assert save("", second).json()["version"] == 0
    assert not Draft.objects.exists()
    assert client.post(address, "[", content_type="application/json").status_code == 400


@pytest.mark.req("E5", "attachments")
def test_uploaded_file_goes_with_the_answer_and_is_served_to_those_who_may(house: Any, as_staff: Any) -> None:
    client, number = as_staff(house.agent), house.ticket.number
    file = SimpleUploadedFile("../evil\u202egpj.exe", b"MZ", "application/x-msdownload")
    kept = client.post(f"/tickets/{number}/uploads/", {"file": file}).json()
    assert kept["name"] == "evilgpj.exe"
    client.post(f"/tickets/{number}/messages/", {"text": "See file", "files": [kept["id"]]}, headers=HTMX)
    assert Attachment.objects.get(pk=kept["id"]).message.text == "See file"
    address = f"/tickets/{number}/files/{kept['id']}/"
    served = client.get(address + "?show=1")
    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["X-Internal-File"]
    assert as_staff(house.outsider).get(address).status_code == 404
    elsewhere = make_ticket(house.team, address="z@customer.example")
    assert client.get(f"/tickets/{elsewhere.number}/files/{kept['id']}/").status_code == 404


@pytest.mark.req("E5", "mentions")
def test_called_colleague_watches_and_is_told(house: Any, as_staff: Any) -> None:
    run_once()
    client = as_staff(house.agent)
    client.post(
        f"/tickets/{house.ticket.number}/messages/", {"text": "@Wu Lin please look", "mode": "note"}, headers=HTMX
    )
    run_once()
    assert Notification.objects.filter(staff=house.outsider, kind="mentioned").count() == 1
    told = as_staff(house.outsider)
    assert house.ticket.subject in told.get("/notifications/").content.decode()
    assert told.get("/tickets/counts/").json()["counts"]["notifications"] == "1"
    assert house.ticket.subject in told.get("/tickets/?view=mentions").content.decode()
    told.post("/notifications/read/", {"ticket": house.ticket.pk}, headers=HTMX)
    assert told.get("/tickets/counts/").json()["counts"]["notifications"] == ""


@pytest.mark.req("E5", "mentions")
@pytest.mark.req("K2", "permissions per team")
def test_page_offers_and_reaches_only_colleagues_whom_the_writer_may_let_in(house: Any, as_staff: Any) -> None:
    base = f"/tickets/{house.ticket.number}/"

    def offered(staff: Any) -> dict[str, str]:
        items = as_staff(staff).get(f"{base}mentions/", {"q": ""}).json()["items"]
        return {item["label"]: item["hint"] for item in items}

    assert "will see this ticket" in offered(house.agent)["Wu Lin"]
    assert offered(house.agent)["He Min"] == "mate"
    assert "Wu Lin" not in offered(house.quality)
    assert "Chen Yu" in offered(house.quality)
    note = {"text": "@Wu Lin and @Chen Yu, look", "mode": "note"}
    answer = as_staff(house.quality).post(f"{base}messages/", note, headers=HTMX)
    assert "Wu Lin" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert as_staff(house.outsider).get(base).status_code == 404
    assert "Wu Lin and" in as_staff(house.agent).get(base).content.decode()


@pytest.mark.req("A7", "retry and reason")
def test_failed_delivery_says_so_and_is_sent_again(house: Any, as_staff: Any) -> None:
    message = reply_to_ticket(house.ticket.pk, Reply(text="Will fail"), by=Actor.of_staff(house.agent))
    release_message(message.pk)
    delivery = Delivery.objects.get(message_delivery__message=message)
    Delivery.objects.filter(pk=delivery.pk).update(status=DeliveryStatus.FAILED, reason="mailbox full", state="parked")
    client = as_staff(house.agent)
    page = client.get(f"/tickets/{house.ticket.number}/").content.decode()
    assert "Not sent" in page
    assert "mailbox full" in page
    again = client.post(f"/tickets/{house.ticket.number}/messages/{message.pk}/send-again/", headers=HTMX)
    assert again.status_code == 204
    delivery.refresh_from_db()
    assert (delivery.status, delivery.state) == ("queued", "ready")
    assert "Sending tried again" in client.get(f"/tickets/{house.ticket.number}/history/").content.decode()


@pytest.mark.req("E5", "canned replies")
def test_canned_reply_is_filled_in_the_customers_language_first(house: Any, as_staff: Any) -> None:
    from tickets.models import CannedReply

    CannedReply.objects.create(
        title="Thanks", body="Dear {{ customer.name }}, {{ agent.name }} {{ unknown }}", language="en"
    )
    CannedReply.objects.create(title="谢谢", body="您好", language="zh")
    CannedReply.objects.create(title="Private", body="x", language="en", owner=house.teammate)
    items = as_staff(house.agent).get(f"/tickets/{house.ticket.number}/canned/?q=").json()["items"]
    assert [item["label"] for item in items] == ["Thanks", "谢谢"]
    assert items[0]["text"] == "Dear Li Na, Chen Yu {{ unknown }}"


@pytest.mark.req("E5", "link")
@pytest.mark.req("K2", "permissions per team")
def test_links_show_only_tickets_that_the_reader_may_see_watched_ones_too(house: Any, as_staff: Any) -> None:
    elsewhere = make_ticket(house.other_team, address="z@customer.example", subject="Wrong invoice")
    back = make_ticket(house.other_team, address="y@customer.example", subject="Paid twice")
    TicketLink.objects.create(source=house.ticket, target=elsewhere, kind="related")
    TicketLink.objects.create(source=back, target=house.ticket, kind="related")

    def panel(staff: Any) -> str:
        return str(as_staff(staff).get(f"/tickets/{house.ticket.number}/context/").content.decode())

    for word in (elsewhere.number, elsewhere.subject, back.number, back.subject):
        assert word not in panel(house.agent)
        assert word in panel(house.supervisor)
    Watcher.objects.create(ticket=elsewhere, staff=house.agent)
    assert elsewhere.subject in panel(house.agent)
    assert back.number not in panel(house.agent)


# --- Structure, views, new tickets -----------------------------------------------------------------------------------
@pytest.mark.req("E5", "merge")
@pytest.mark.req("E5", "split")
@pytest.mark.req("E5", "link")
def test_merge_split_and_link_by_their_forms(house: Any, as_staff: Any) -> None:
    client, ticket = as_staff(house.agent), house.ticket
    by = Actor.of_staff(house.agent)
    message = reply_to_ticket(ticket.pk, Reply(text="About another matter"), by=by)
    empty = client.post(f"/tickets/{ticket.number}/split/", {"subject": "New"}, headers=HTMX)
    assert empty.status_code == 422
    client.post(f"/tickets/{ticket.number}/split/", {"subject": "New matter", "messages": [message.pk]}, headers=HTMX)
    fresh = Ticket.objects.get(subject="New matter")
    assert Message.objects.get(pk=message.pk).ticket_id == fresh.pk
    client.post(f"/tickets/{ticket.number}/links/", {"target": fresh.number, "kind": "related"}, headers=HTMX)
    assert TicketLink.objects.filter(source=ticket, target=fresh, kind="related").exists()
    wrong = client.post(f"/tickets/{ticket.number}/links/", {"target": "HD-99999", "kind": "related"}, headers=HTMX)
    assert wrong.status_code == 422
    stranger = make_ticket(house.team, address="stranger@customer.example")
    refused = client.post(f"/tickets/{fresh.number}/merge/", {"into": stranger.number}, headers=HTMX)
    assert refused.status_code == 422
    assert "different customers" in refused.content.decode()
    done = client.post(f"/tickets/{fresh.number}/merge/", {"into": ticket.number}, headers=HTMX)
    assert json.loads(done["HX-Trigger"])["ticket:open"]["url"] == f"/tickets/{ticket.number}/"
    assert "was merged into" in client.get(f"/tickets/{fresh.number}/").content.decode()


@pytest.mark.req("E5", "saved views and filters")
def test_view_is_saved_shared_renamed_and_deleted_by_those_who_may(house: Any, as_staff: Any) -> None:
    client = as_staff(house.agent)
    client.post("/tickets/views/?view=open&priority=urgent", {"name": "Loud"}, headers=HTMX)
    view = SavedView.objects.get()
    assert (view.owner_id, view.filters) == (house.agent.pk, {"priority": ["urgent"]})
    assert "Loud" in client.get("/tickets/").content.decode()
    assert "Loud" not in as_staff(house.teammate).get("/tickets/").content.decode()
    assert client.get(f"/tickets/?view=saved-{view.pk}").status_code == 200
    shared = client.post(f"/tickets/views/{view.pk}/", {"name": "Loud", "share": "all"}, headers=HTMX)
    assert shared.status_code == 422
    lead = make_staff("lead", role="lead", teams=(house.team,))
    as_staff(lead).post(
        "/tickets/views/?view=unassigned", {"name": "Free", "share": f"team-{house.team.pk}"}, headers=HTMX
    )
    free = SavedView.objects.get(name="Free")
    assert (free.team_id, free.filters) == (house.team.pk, {"owner": ["none"]})
    assert "Free" in client.get("/tickets/").content.decode()
    assert client.post(f"/tickets/views/{free.pk}/delete/", headers=HTMX).status_code == 403
    assert client.post(f"/tickets/views/{view.pk}/delete/", headers=HTMX).status_code == 204
    assert list(SavedView.objects.all()) == [free]


@pytest.mark.req("E5", "saved views and filters")
def test_filters_narrow_by_each_field(house: Any, as_staff: Any) -> None:
    other = make_ticket(house.team, subject="Other", address="o@customer.example")
    edit_ticket(other.pk, by=Actor.of_staff(house.agent), priority="urgent", tags=["fault"], kind="repair")
    client = as_staff(house.agent)
    for query in (
        "priority=urgent",
        "tag=fault",
        "kind=repair",
        "owner=none&priority=urgent",
        "channel=email&tag=fault",
    ):
        page = client.get(f"/tickets/?{query}").content.decode()
        assert "Other" in page, query
        assert house.ticket.subject not in page, query
    assert "Other" not in client.get("/tickets/?owner=me").content.decode()
    assert "No ticket matches" in client.get("/tickets/?level=core").content.decode()


@pytest.mark.req("A1", "e-mail")
def test_agent_opens_a_ticket_with_a_message_or_a_note(house: Any, as_staff: Any) -> None:
    client = as_staff(house.agent)
    account = house.ticket.account
    values = {
        "address": "new.person@customer.example",
        "name": "New Person",
        "account": account.pk,
        "team": house.team.pk,
        "subject": "Call back",
        "priority": "high",
        "mode": "message",
        "text": "Hello",
        "mine": "on",
    }
    response = client.post("/tickets/new/", values)
    ticket = Ticket.objects.get(subject="Call back")
    assert response["Location"] == f"/tickets/{ticket.number}/"
    assert (ticket.customer.name, ticket.owner_id, ticket.priority) == ("New Person", house.agent.pk, "high")
    assert Message.objects.get(ticket=ticket).text == "Hello"
    client.post("/tickets/new/", {**values, "mode": "note", "subject": "They called"})
    assert Message.objects.get(ticket__subject="They called").is_note
    wrong = client.post("/tickets/new/", {**values, "address": "neither", "text": "Long text that stays"})
    assert wrong.status_code == 422
    assert "Long text that stays" in wrong.content.decode()
    elsewhere = client.post("/tickets/new/", {**values, "team": house.other_team.pk})
    assert elsewhere.status_code == 422


@pytest.mark.req("E5", "snooze")
def test_snoozed_ticket_leaves_the_views_and_comes_back(house: Any, as_staff: Any) -> None:
    client, number = as_staff(house.agent), house.ticket.number
    client.post(f"/tickets/{number}/snooze/", {"until": "tomorrow"}, headers=HTMX)
    assert house.ticket.subject not in client.get("/tickets/").content.decode()
    assert house.ticket.subject in client.get("/tickets/?view=snoozed").content.decode()
    assert client.post(f"/tickets/{number}/snooze/", {"until": "nonsense"}, headers=HTMX).status_code == 400
    client.post(f"/tickets/{number}/snooze/", headers=HTMX)
    assert house.ticket.subject in client.get("/tickets/").content.decode()


@pytest.mark.req("H5", "masking by role")
def test_address_is_masked_until_somebody_looks_and_that_is_recorded(house: Any, as_staff: Any) -> None:
    client = as_staff(house.agent)
    identity = house.ticket.customer.identities.get()
    page = client.get(f"/tickets/{house.ticket.number}/").content.decode()
    panel = page.split('data-panel="customer"')[1].split("</section>")[0]
    assert "li.na@customer.example" not in panel
    assert "l•••@customer.example" in panel
    shown = client.post(f"/tickets/{house.ticket.number}/identities/{identity.pk}/show/", headers=HTMX)
    assert "li.na@customer.example" in shown.content.decode()
    assert "full address" in client.get(f"/tickets/{house.ticket.number}/history/").content.decode()
    for address in (f"/customers/identities/{identity.pk}/show/", f"/tickets/HD-1/identities/{identity.pk}/show/"):
        assert as_staff(house.quality).post(address, headers=HTMX).status_code == 403


@pytest.mark.req("H5", "masking by role")
@pytest.mark.req("K4", "by whom, from where")
def test_looking_at_an_address_never_writes_into_a_ticket_that_one_may_not_see(house: Any, as_staff: Any) -> None:
    identity, client = house.ticket.customer.identities.get(), as_staff(house.outsider)
    on_ticket = f"/tickets/{house.ticket.number}/identities/{identity.pk}/show/"
    assert client.post(on_ticket, headers=HTMX).status_code == 404
    assert not Event.objects.filter(name="identity.unmasked").exists()
    shown = client.post(f"/customers/identities/{identity.pk}/show/", {"ticket": house.ticket.pk}, headers=HTMX)
    assert shown.status_code == 200
    event = Event.objects.get(name="identity.unmasked")
    assert (event.ticket_id, event.actor_id, event.origin) == (None, house.outsider.pk, "127.0.0.1")
    assert "full address" not in as_staff(house.agent).get(f"/tickets/{house.ticket.number}/history/").content.decode()


@pytest.mark.req("H5", "masking by role")
def test_a_ticket_shows_only_addresses_of_its_own_customer(house: Any, as_staff: Any) -> None:
    other = make_ticket(house.team, address="zhao@customer.example").customer.identities.get()
    client = as_staff(house.agent)
    assert client.post(f"/tickets/{house.ticket.number}/identities/{other.pk}/show/", headers=HTMX).status_code == 404
    assert not Event.objects.filter(name="identity.unmasked").exists()


@pytest.mark.req("E5", "mentions")
def test_namesakes_are_all_called_and_only_those_who_may_see_are_told(house: Any, as_staff: Any) -> None:
    namesake = make_staff("hemin2", teams=(house.team,), name="He Min")
    text = {"text": "@He Min please look", "mode": "note"}
    as_staff(house.agent).post(f"/tickets/{house.ticket.number}/messages/", text, headers=HTMX)
    assert set(Message.objects.get(text="@He Min please look").mentions) == {house.teammate.pk, namesake.pk}

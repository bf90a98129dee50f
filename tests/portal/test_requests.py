"""The portal's pages: a customer sees their own conversation and nothing else, answers once, and loses no text."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from channels_app.models import InboundEvent
from helpdesk.accounts.models import Team
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.models import ChannelAccount, Event
from helpdesk.customers.identities import email
from helpdesk.customers.models import Customer, Order, OrderLine, PortalSession, Product
from helpdesk.customers.sessions import start_session
from tests.factories import actor, make_arrival, make_staff
from tickets.intake.services import receive
from tickets.models import Attachment, LinkKind, Message, Satisfaction, StatusCategory, Ticket, TicketLink
from tickets.services.files import NewFile, upload
from tickets.services.merging import merge_tickets
from tickets.services.replying import Reply, add_note, forward_ticket, reply_to_ticket, withdraw_message
from tickets.services.satisfaction import ask_satisfaction, satisfaction_link
from tickets.services.status import close_ticket, set_status

pytestmark = pytest.mark.django_db
PORTAL = pytest.mark.req("A1", "portal")
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def signed_in(customer: Customer) -> Client:
    client = Client()
    identity = customer.identities.order_by("pk").first()
    assert identity
    client.cookies["portal_session"] = start_session(customer, identity)
    return client


@pytest.fixture
def portal_client(lin: Customer) -> Client:
    return signed_in(lin)


def open_ticket(address: str = "lin@customer.example", **fields: object) -> Ticket:
    return receive(make_arrival(known=[email(address)], address=address, **fields), by=SYSTEM).ticket


@pytest.fixture
def ticket(lin: Customer) -> Ticket:
    return open_ticket()


@pytest.fixture
def agent(house: None):
    return actor(make_staff("ann", teams=(Team.objects.get(is_default=True),), name="Ann Chen"))


def answer(client: Client, ticket: Ticket, text: str, token: str = "t" * 20, **extra: object):
    return client.post(f"/portal/requests/{ticket.number}/answer/", {"text": text, "token": token, **extra})


def page(client: Client, ticket: Ticket) -> str:
    response = client.get(f"/portal/requests/{ticket.number}/")
    assert response.status_code == 200
    return response.content.decode()


# --- Who sees what ---------------------------------------------------------------------------------------------------
@PORTAL
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/portal/requests/{n}/"),
        ("get", "/portal/requests/{n}/live/"),
        ("post", "/portal/requests/{n}/answer/"),
        ("post", "/portal/requests/{n}/solve/"),
        ("post", "/portal/requests/{n}/rate/"),
    ],
)
def test_each_door_of_a_request_opens_for_its_customer_alone(
    portal_client: Client, ticket: Ticket, other: Customer, agent, method: str, path: str
) -> None:
    cast = {"other": signed_in(other), "anonymous": Client(), "staff": Client()}
    cast["staff"].force_login(agent.staff)
    data = {"text": "Let me in", "token": "x" * 20, "score": "5"}
    before = (Message.objects.count(), Event.objects.count(), InboundEvent.objects.count())
    number, absent = ticket.number, f"HD-{ticket.pk + 1000}"
    theirs = getattr(cast["other"], method)(path.format(n=number), data)
    nobodys = getattr(cast["other"], method)(path.format(n=absent), data)
    assert theirs.status_code == nobodys.status_code == 404
    assert _plain(theirs, number, absent) == _plain(nobodys, number, absent)
    for name in ("anonymous", "staff"):
        refused = getattr(cast[name], method)(path.format(n=number), data)
        assert refused.status_code == 302
        assert refused["Location"].startswith("/portal/sign-in/")
    assert (Message.objects.count(), Event.objects.count(), InboundEvent.objects.count()) == before
    assert getattr(portal_client, method)(path.format(n=number), data).status_code in {200, 302, 422}


def _plain(response, *numbers: str) -> bytes:
    text = re.sub(rb'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"', b"", response.content)
    for number in sorted(numbers, key=len, reverse=True):
        text = text.replace(number.encode(), b"N")
    return text


@PORTAL
@pytest.mark.parametrize(
    "number", ["HD-0", "HD--1", "HD-9223372036854775808", "HD-" + "9" * 300, "x", "HD-1%00", "١٢", "HD-1.5"]
)
def test_numbers_that_make_no_sense_are_the_same_not_found(portal_client: Client, ticket: Ticket, number: str) -> None:
    assert portal_client.get(f"/portal/requests/{number}/").status_code == 404


@PORTAL
def test_customer_reads_what_was_said_to_them_and_nothing_else(portal_client: Client, ticket: Ticket, agent) -> None:
    reply_to_ticket(ticket.pk, Reply(text="RELEASED answer"), by=agent)
    add_note(ticket.pk, "INTERNAL note", by=agent)
    reply_to_ticket(ticket.pk, Reply(text="WAITING answer", undo=True), by=agent)
    reply_to_ticket(ticket.pk, Reply(text="SCHEDULED answer", release_at=timezone.now() + timedelta(days=1)), by=agent)
    taken_back = reply_to_ticket(ticket.pk, Reply(text="TAKEN back", undo=True), by=agent)
    withdraw_message(taken_back.pk, by=agent)
    forward_ticket(ticket.pk, Reply(text="FORWARDED question", to=[("Maker", "parts@maker.example")]), by=agent)
    receive(
        make_arrival(
            known=[email("parts@maker.example")],
            address="parts@maker.example",
            subject=f"Re: [{ticket.number}]",
            text="SUPPLIER answer",
            thread=_thread(ticket),
        ),
        by=SYSTEM,
    )
    text = page(portal_client, ticket)
    assert "RELEASED answer" in text
    assert "Ann Chen" in text
    for hidden in ("INTERNAL", "WAITING", "SCHEDULED", "TAKEN", "FORWARDED", "SUPPLIER"):
        assert hidden not in text, hidden
    for word in ("SUPPLIER", "INTERNAL", "WAITING"):
        assert ticket.number not in portal_client.get("/portal/requests/", {"q": word}).content.decode(), word
    assert ticket.number in portal_client.get("/portal/requests/", {"q": "RELEASED"}).content.decode()


def _thread(ticket: Ticket):
    from tickets.intake.arrival import Thread

    return Thread(ticket_ids=[ticket.pk])


@PORTAL
def test_list_shows_no_text_that_has_not_left(portal_client: Client, ticket: Ticket, agent) -> None:
    reply_to_ticket(ticket.pk, Reply(text="WAITING answer", undo=True), by=agent)
    assert "WAITING" not in portal_client.get("/portal/requests/").content.decode()
    assert "WAITING" not in portal_client.get("/portal/").content.decode()


@PORTAL
def test_merged_request_leads_to_where_it_went(portal_client: Client, ticket: Ticket, agent) -> None:
    second = open_ticket(subject="The same again")
    merge_tickets(second.pk, ticket.pk, by=agent)
    answered = portal_client.get(f"/portal/requests/{second.number}/")
    assert answered["Location"] == f"/portal/requests/{ticket.number}/"


# --- Lists -----------------------------------------------------------------------------------------------------------
@PORTAL
def test_requests_are_searched_filtered_and_paged(portal_client: Client, lin: Customer, agent) -> None:
    for nth in range(25):
        open_ticket(subject=f"Filter {nth:02d}", text=f"Question {nth}", external_id=f"list-{nth}")
    first = portal_client.get("/portal/requests/").content.decode()
    following = re.search(r'hx-get="([^"]+cursor=[^"]+)"', first)
    assert following
    more = portal_client.get(following[1].replace("&amp;", "&"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in more
    numbers = re.findall(r"/portal/requests/(HD-\d+)/", first + more)
    assert len(numbers) == len(set(numbers)) == 25
    assert "Filter 07" in portal_client.get("/portal/requests/", {"q": "filter 07"}).content.decode()
    assert "Filter 07" not in portal_client.get("/portal/requests/", {"q": "filter 08"}).content.decode()
    set_status(Ticket.objects.get(subject="Filter 03").pk, StatusCategory.SOLVED, by=agent)
    assert "Filter 03" in portal_client.get("/portal/requests/", {"state": "done"}).content.decode()
    assert "Filter 03" not in portal_client.get("/portal/requests/", {"state": "open"}).content.decode()


@PORTAL
@pytest.mark.req("E5", "full-text search")
def test_chinese_words_are_found(portal_client: Client, ticket: Ticket) -> None:
    assert ticket.number in portal_client.get("/portal/requests/", {"q": "漏水"}).content.decode()


@PORTAL
@pytest.mark.parametrize(
    "query", ["'", "\\", "\x00", "a & b | !c :*", "🙂", "%", "HD-99999999999999999999", "x" * 5000]
)
def test_odd_searches_find_nothing_and_break_nothing(portal_client: Client, ticket: Ticket, query: str) -> None:
    assert portal_client.get("/portal/requests/", {"q": query}).status_code == 200


@PORTAL
@pytest.mark.parametrize("cursor", ["zzz", "e30", "\x00", "W10", "a" * 3000])
def test_a_cursor_that_makes_no_sense_begins_at_the_first_page(
    portal_client: Client, ticket: Ticket, cursor: str
) -> None:
    answered = portal_client.get("/portal/requests/", {"cursor": cursor})
    assert answered.status_code == 200
    assert ticket.number in answered.content.decode()


@PORTAL
def test_pages_cost_the_same_queries_whatever_the_number_of_rows(
    portal_client: Client, ticket: Ticket, django_assert_max_num_queries
) -> None:
    for nth in range(30):
        open_ticket(external_id=f"many-{nth}")
    for nth in range(20):
        answer(portal_client, ticket, f"More {nth}", token=f"many-{nth}".ljust(20, "x"))
        Message.objects.update(created_at=timezone.now())
        from helpdesk.core.models import ThrottleCount

        ThrottleCount.objects.all().delete()
    for path in ("/portal/", "/portal/requests/", f"/portal/requests/{ticket.number}/"):
        with django_assert_max_num_queries(8):
            assert portal_client.get(path).status_code == 200


@pytest.mark.req("H1", "profile with orders and conversations")
def test_home_shows_requests_and_orders(portal_client: Client, lin: Customer, other: Customer, ticket: Ticket) -> None:
    product = Product.objects.create(sku="W10", name="Drum washer W10", name_zh="滚筒洗衣机 W10")
    for customer, number in ((lin, "LT-1"), (other, "LT-2")):
        order = Order.objects.create(number=number, customer=customer, total=1)
        OrderLine.objects.create(order=order, product=product, unit_price=1)
    home = portal_client.get("/portal/").content.decode()
    assert "LT-1" in home
    assert "LT-2" not in home
    assert ticket.number in home
    portal_client.cookies["django_language"] = "zh-hans"
    assert "滚筒洗衣机" in portal_client.get("/portal/").content.decode()


# --- Writing ---------------------------------------------------------------------------------------------------------
@PORTAL
@pytest.mark.req("A4", "stored raw before acknowledged")
def test_answer_is_stored_raw_then_continues_the_request(portal_client: Client, ticket: Ticket) -> None:
    response = answer(portal_client, ticket, "It still says E21")
    message = Message.objects.get(text="It still says E21")
    assert response["Location"] == f"/portal/requests/{ticket.number}/?sent=1#message-{message.pk}"
    assert message.ticket_id == ticket.pk
    assert message.channel_kind == "portal"
    event = InboundEvent.objects.get(account__kind="portal")
    assert (event.state, event.message_id) == ("done", message.pk)
    assert b"It still says E21" in bytes(event.raw or b"")
    assert "It still says E21" in page(portal_client, ticket)


@PORTAL
@pytest.mark.req("A4", "processed once")
def test_double_click_makes_one_message(portal_client: Client, ticket: Ticket) -> None:
    first = answer(portal_client, ticket, "Twice", token="d" * 20)
    second = answer(portal_client, ticket, "Twice", token="d" * 20)
    assert first["Location"] == second["Location"]
    assert Message.objects.filter(text="Twice").count() == 1


@PORTAL
def test_token_of_another_customer_finds_nothing(portal_client: Client, ticket: Ticket, other: Customer) -> None:
    answer(portal_client, ticket, "Mine", token="s" * 20)
    theirs = open_ticket("zhao@customer.example", subject="Zhao's")
    answer(signed_in(other), theirs, "Zhao writes", token="s" * 20)
    assert Message.objects.get(text="Zhao writes").ticket_id == theirs.pk


@PORTAL
@pytest.mark.req("A4", "retried with back-off")
def test_when_processing_fails_the_text_is_kept_and_appears_later(portal_client: Client, ticket: Ticket) -> None:
    with patch("channels_app.portal.inbound.receive", side_effect=RuntimeError("no disk")):
        response = answer(portal_client, ticket, "Do not lose me", attachments=SimpleUploadedFile("a.png", PNG))
    assert response.status_code == 202
    assert "Do not lose me" in response.content.decode()
    event = InboundEvent.objects.get(account__kind="portal")
    assert event.state == "back_off"
    InboundEvent.objects.update(next_attempt_at=timezone.now())
    leasing.run(InboundEvent, event.pk)
    message = Message.objects.get(text="Do not lose me")
    assert message.attachments.get().name == "a.png"


@PORTAL
@pytest.mark.req("E6", "reopened")
def test_answer_reopens_a_solved_request_and_follows_up_a_closed_one(
    portal_client: Client, ticket: Ticket, agent
) -> None:
    set_status(ticket.pk, StatusCategory.SOLVED, by=agent)
    answer(portal_client, ticket, "Not yet", token="1" * 20)
    ticket.refresh_from_db()
    assert ticket.status_category == StatusCategory.OPEN
    set_status(ticket.pk, StatusCategory.SOLVED, by=agent)
    close_ticket(ticket.pk)
    assert "Write again" in page(portal_client, ticket)
    response = answer(portal_client, ticket, "It is back", token="2" * 20)
    fresh = Message.objects.get(text="It is back").ticket
    assert fresh.pk != ticket.pk
    assert response["Location"].startswith(f"/portal/requests/{fresh.number}/")
    assert fresh.subject == ticket.subject
    assert TicketLink.objects.get(source=fresh).target_id == ticket.pk
    assert TicketLink.objects.get(source=fresh).kind == LinkKind.FOLLOW_UP
    ticket.refresh_from_db()
    assert ticket.is_closed


@PORTAL
def test_customer_marks_as_solved(portal_client: Client, ticket: Ticket) -> None:
    portal_client.post(f"/portal/requests/{ticket.number}/solve/")
    ticket.refresh_from_db()
    assert ticket.status_category == StatusCategory.SOLVED
    event = Event.objects.get(name="ticket.status_changed", ticket_id=ticket.pk)
    assert (event.actor_kind, event.origin) == ("customer", "portal")


@PORTAL
@pytest.mark.req("E5", "attachments")
def test_files_go_along(portal_client: Client, ticket: Ticket) -> None:
    files = [SimpleUploadedFile("../../e21 照片.png", PNG), SimpleUploadedFile("note.txt", b"serial 123")]
    answer(portal_client, ticket, "", attachments=files)
    found = {a.name: a for a in Attachment.objects.filter(message__ticket=ticket)}
    assert set(found) == {"e21 照片.png", "note.txt"}
    assert found["e21 照片.png"].content_type == "image/png"
    assert f"/files/{found['note.txt'].pk}/" in page(portal_client, ticket)


@PORTAL
def test_nothing_typed_and_nothing_attached_is_told(portal_client: Client, ticket: Ticket) -> None:
    response = answer(portal_client, ticket, "   ")
    assert response.status_code == 422
    assert "Write something first" in response.content.decode()


@PORTAL
def test_too_much_is_told_and_the_text_stays(portal_client: Client, ticket: Ticket, settings) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1024 * 1024
    big = SimpleUploadedFile("big.bin", b"x" * (1024 * 1024 + 1))
    response = answer(portal_client, ticket, "My long story", attachments=big)
    assert response.status_code == 422
    assert "My long story" in response.content.decode()
    assert "big.bin" in response.content.decode()
    many = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(11)]
    assert answer(portal_client, ticket, "My long story", attachments=many).status_code == 422
    long = answer(portal_client, ticket, "y" * 100_001)
    assert long.status_code == 422
    assert "y" * 1000 in long.content.decode()


@PORTAL
def test_writing_is_limited_and_the_text_stays(portal_client: Client, ticket: Ticket) -> None:
    codes = [answer(portal_client, ticket, f"Nr {nth}", token=f"{nth:020d}").status_code for nth in range(20)]
    assert codes == [302] * 20
    response = answer(portal_client, ticket, "One too many", token="z" * 20)
    assert response.status_code == 429
    assert "One too many" in response.content.decode()


@PORTAL
@pytest.mark.parametrize(
    "text", ["\x00null\x00", "🧺🙂", "\u202eright to left", "\ud83d", "a\r\nb", "<script>alert(1)</script>"]
)
def test_odd_text_arrives_harmless(portal_client: Client, ticket: Ticket, text: str) -> None:
    data = f"text={_quoted(text)}&token={'o' * 20}"
    response = portal_client.post(
        f"/portal/requests/{ticket.number}/answer/", data, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code in {302, 422}
    assert "<script>alert" not in page(portal_client, ticket)


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text.encode("utf-8", "surrogatepass"))


@PORTAL
def test_new_request_opens_a_ticket_of_its_kind_with_order_and_photos(portal_client: Client, lin: Customer) -> None:
    form = portal_client.get("/portal/requests/new/?order=LT-7").content.decode()
    assert 'value="LT-7"' in form
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert token
    data = {"kind": "repair", "subject": "Washer drips", "text": "Since today", "order": "LT-7", "token": token[1]}
    response = portal_client.post("/portal/requests/new/", {**data, "attachments": SimpleUploadedFile("drip.png", PNG)})
    ticket = Ticket.objects.get()
    assert response["Location"] == f"/portal/requests/{ticket.number}/?new=1"
    assert (ticket.kind, ticket.subject, ticket.channel_kind) == ("repair", "Washer drips", "portal")
    assert ticket.customer_id == lin.pk
    assert "LT-7" in Message.objects.get().text
    assert portal_client.post("/portal/requests/new/", data)["Location"] == response["Location"]
    assert Ticket.objects.count() == 1


@PORTAL
def test_new_request_with_errors_keeps_what_was_typed(portal_client: Client) -> None:
    response = portal_client.post("/portal/requests/new/", {"kind": "nonsense", "subject": "", "text": "Half a story"})
    assert response.status_code == 422
    assert "Half a story" in response.content.decode()
    assert not Ticket.objects.exists()


@PORTAL
def test_session_that_ended_sends_to_sign_in_and_back_to_the_request(portal_client: Client, ticket: Ticket) -> None:
    PortalSession.objects.update(ended_at=timezone.now())
    path = f"/portal/requests/{ticket.number}/"
    response = portal_client.post(f"{path}answer/", {"text": "x"}, headers={"Referer": f"http://testserver{path}"})
    assert response["Location"] == f"/portal/sign-in/?next={path.replace('/', '%2F')}"
    poll = portal_client.get(
        f"{path}live/", headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{path}"}
    )
    assert poll.status_code == 204
    assert poll["HX-Redirect"].endswith(path.replace("/", "%2F"))


@PORTAL
def test_poll_answers_only_when_something_is_new(portal_client: Client, ticket: Ticket, agent) -> None:
    seen = re.search(r'data-seen="([^"]+)"', page(portal_client, ticket))
    assert seen
    address = f"/portal/requests/{ticket.number}/live/"
    assert portal_client.get(address, {"seen": seen[1]}).status_code == 204
    reply_to_ticket(ticket.pk, Reply(text="News for you"), by=agent)
    fresh = portal_client.get(address, {"seen": seen[1]})
    assert fresh.status_code == 200
    assert "News for you" in fresh.content.decode()


@pytest.mark.req("A1", "portal")
def test_missing_portal_account_is_made_when_it_is_needed(portal_client: Client, ticket: Ticket) -> None:
    ChannelAccount.objects.filter(kind="portal").delete()
    assert answer(portal_client, ticket, "First").status_code == 302


# --- Satisfaction ----------------------------------------------------------------------------------------------------
SATISFACTION = pytest.mark.req("I1", "satisfaction record")


@SATISFACTION
@pytest.mark.req("E6", "satisfaction asked")
def test_satisfaction_is_asked_once_after_solving_and_answered_once(
    portal_client: Client, ticket: Ticket, agent
) -> None:
    question = "How satisfied are you"
    rate = f"/portal/requests/{ticket.number}/rate/"
    assert question not in page(portal_client, ticket)
    assert portal_client.post(rate, {"score": "5"}).status_code == 422
    set_status(ticket.pk, StatusCategory.SOLVED, by=agent)
    assert question in page(portal_client, ticket)
    portal_client.post(rate, {"score": "2", "comment": "Slow"})
    portal_client.post(rate, {"score": "5", "comment": "Changed my mind"})
    row = Satisfaction.objects.get()
    assert (row.score, row.comment) == (2, "Slow")
    assert question not in page(portal_client, ticket)
    assert Event.objects.filter(name="satisfaction.answered", ticket_id=ticket.pk).count() == 1


@SATISFACTION
@pytest.mark.parametrize("score", ["0", "6", "", "-1", "５", "five", "1e1"])
def test_only_five_grades_are_taken(portal_client: Client, ticket: Ticket, agent, score: str) -> None:
    set_status(ticket.pk, StatusCategory.SOLVED, by=agent)
    response = portal_client.post(f"/portal/requests/{ticket.number}/rate/", {"score": score, "comment": "Keep this"})
    assert response.status_code == 422
    assert "Keep this" in response.content.decode()
    assert not Satisfaction.objects.filter(answered_at__isnull=False).exists()


@SATISFACTION
def test_link_of_the_question_works_once_and_cannot_be_guessed(ticket: Ticket, agent, client: Client) -> None:
    set_status(ticket.pk, StatusCategory.SOLVED, by=agent)
    row = ask_satisfaction(ticket.pk)
    address = f"/portal/rate/{satisfaction_link(row)}/"
    assert client.get(address).status_code == 200
    assert Satisfaction.objects.get().answered_at is None
    assert client.get("/portal/rate/" + "a" * 43 + "/").status_code == 404
    client.post(address, {"score": "4"})
    client.post(address, {"score": "1"})
    assert Satisfaction.objects.get().score == 4
    assert satisfaction_link(row) not in str(list(Satisfaction.objects.values()))


# --- Bare facts ------------------------------------------------------------------------------------------------------
@pytest.mark.req("K1", "Chinese and English")
def test_language_switches_without_an_account(client: Client, house: None) -> None:
    assert "How can we help?" in client.get("/portal/").content.decode()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/portal/"})
    assert "需要什么帮助" in client.get("/portal/").content.decode()


@PORTAL
def test_profile_changes_name_and_language(portal_client: Client, lin: Customer) -> None:
    response = portal_client.post("/portal/profile/", {"name": "  Lin   Xiao ", "language": "zh-hans"})
    assert response.status_code == 302
    lin.refresh_from_db()
    assert (lin.name, lin.language) == ("Lin Xiao", "zh-hans")
    assert "我的工单" in portal_client.get("/portal/").content.decode()
    event = Event.objects.get(name="customer.changed")
    assert "Xiao" not in str(event.data)
    assert portal_client.post("/portal/profile/", {"name": "x", "language": "tlh"}).status_code == 422


# --- Files -----------------------------------------------------------------------------------------------------------
@PORTAL
@pytest.mark.req("E5", "attachments")
def test_a_file_opens_for_whom_its_message_is_shown(
    portal_client: Client, ticket: Ticket, other: Customer, agent
) -> None:
    def attach(text: str, **reply: object) -> Attachment:
        file = upload(NewFile("plan.txt", "text/plain", text.encode()), by=agent)
        reply_to_ticket(ticket.pk, Reply(text=text, attachment_ids=[file.pk], **reply), by=agent)
        return file

    shown, waiting = attach("shown"), attach("waiting", undo=True)
    note = upload(NewFile("note.txt", "text/plain", b"internal"), by=agent)
    add_note(ticket.pk, "See file", by=agent, attachment_ids=[note.pk])
    asked = upload(NewFile("drawing.txt", "text/plain", b"for the maker"), by=agent)
    forward_ticket(
        ticket.pk, Reply(text="?", to=[("Maker", "parts@maker.example")], attachment_ids=[asked.pk]), by=agent
    )
    codes = {
        name: portal_client.get(f"/files/{file.pk}/{file.name}").status_code
        for name, file in {"shown": shown, "waiting": waiting, "note": note, "asked": asked}.items()
    }
    assert codes == {"shown": 200, "waiting": 404, "note": 404, "asked": 404}
    assert signed_in(other).get(f"/files/{shown.pk}/plan.txt").status_code == 404
    assert Client().get(f"/files/{shown.pk}/plan.txt").status_code == 404

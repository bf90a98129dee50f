"""Pages that show what strangers wrote: frames, sources, pictures from elsewhere, files, the demo's mailbox."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from channels_app.email import image_proxy
from channels_app.email.group_commit import Submission, store_batch
from channels_app.email.image_proxy import NotFetched, checked_address, fetch, sign
from channels_app.email.showing import proxied
from channels_app.email.smtp_listener import Listener
from channels_app.email.storing import Envelope, IncomingMail
from channels_app.models import InboundEvent, SinkMail
from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.sessions import COOKIE, start_session
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tests.factories import make_staff, make_team
from tests.servers.http import PNG, WebServer
from tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db

HTML = (
    "<p onclick=alert(1)>Hello</p><script>alert(1)</script><img src='cid:logo'>"
    "<img src='http://pictures.example/a.png' width=300 height=200>"
)


def rich_mail() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Li Na <li.na@customer.example>", "support@company.example", "Pictures"
    mail["Message-ID"] = "<rich@customer.example>"
    mail.set_content("Hello")
    mail.add_alternative(HTML, subtype="html")
    mail.get_payload()[1].add_related(PNG, "image", "png", cid="<logo>")  # type: ignore[index,union-attr]
    mail.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename="说明.html")
    return mail.as_bytes()


@pytest.fixture
def message(account: ChannelAccount) -> Message:
    line = mail_in(rich_mail())
    return Message.objects.get(pk=InboundEvent.objects.get(pk=line["event"]).message_id)


@pytest.fixture
def agent(team: Team) -> Client:
    client = Client()
    client.force_login(make_staff("agent1", teams=(team,)))
    return client


@pytest.fixture
def outsider() -> Client:
    client = Client()
    client.force_login(make_staff("outsider", teams=(make_team("Other"),)))
    return client


def base(message: Message) -> str:
    return f"/tickets/HD-{message.ticket_id}/messages/{message.pk}/"


@pytest.mark.req("A1", "e-mail")
def test_mail_html_is_shown_under_a_policy_that_lets_it_do_nothing(agent: Client, message: Message) -> None:
    answer = agent.get(base(message) + "html/")
    page = answer.content.decode()
    assert "script" not in page
    assert "onclick" not in page
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "allow-scripts" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    picture = Attachment.objects.get(content_id="logo")
    assert f"/files/{picture.pk}/" in page
    # nothing is asked from elsewhere before the agent says so
    assert ' src="http' not in page
    assert "pictures=1" in page
    shown = agent.get(base(message) + "html/?pictures=1").content.decode()
    assert "/proxy/image/?u=http%3A%2F%2Fpictures.example%2Fa.png" in shown


def test_the_source_is_there_for_staff_who_see_the_ticket_and_nobody_else(
    agent: Client, outsider: Client, message: Message
) -> None:
    answer = agent.get(base(message) + "source/")
    assert answer.content == bytes(InboundEvent.objects.get().raw or b"")
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in agent.get(base(message) + "source/?download=1")["Content-Disposition"]
    for page in ("html/", "source/"):
        assert outsider.get(base(message) + page).status_code == 404
        assert Client().get(base(message) + page).status_code in (302, 401, 403)
    other = Ticket.objects.get().pk + 1000
    assert agent.get(f"/tickets/HD-{other}/messages/{message.pk}/html/").status_code == 404


# --- Pictures from elsewhere -------------------------------------------------------------------------------------------
@pytest.fixture
def web() -> Iterator[WebServer]:
    web = WebServer().start()
    yield web
    web.stop()


@pytest.mark.req("A1", "e-mail")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/a.png",
        "http://localhost:{port}/a.png",
        "http://[::1]:{port}/a.png",
        "http://[::ffff:127.0.0.1]:{port}/a.png",
        "http://[::127.0.0.1]:{port}/a.png",
        "http://[64:ff9b::10.0.0.1]/a.png",
        "http://[fec0::1]/a.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/a.png",
        "http://0.0.0.0:{port}/a.png",
        "http://2130706433:{port}/a.png",
        "http://user@127.0.0.1:{port}/a.png",
        "ftp://127.0.0.1/a.png",
        "file:///etc/passwd",
        "http://127.0.0.1:99999999/",
        "http:///a.png",
    ],
)
def test_no_address_inside_our_network_is_asked(web: WebServer, url: str) -> None:
    web.answers["/a.png"] = (200, {}, PNG)
    with pytest.raises(NotFetched):
        fetch(url.format(port=web.port))
    assert not web.asked


def test_a_picture_is_fetched_without_telling_who_reads(web: WebServer, settings: object, agent: Client) -> None:
    settings.IMAGE_PROXY_NETWORKS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    web.answers["/a.png"] = (200, {"Content-Type": "text/html", "Set-Cookie": "track=1"}, PNG)
    answer = agent.get(proxied(f"http://127.0.0.1:{web.port}/a.png"), headers={"referer": "http://desk/tickets/HD-1/"})
    assert (answer.status_code, answer["Content-Type"], answer.content) == (200, "image/png", PNG)
    headers = web.asked[0][1]
    assert "cookie" not in headers
    assert "referer" not in headers


def test_redirects_are_checked_anew_and_end(web: WebServer, settings: object) -> None:
    settings.IMAGE_PROXY_NETWORKS = ["127.0.0.1/32"]  # type: ignore[attr-defined]
    web.answers["/inside"] = (302, {"Location": f"http://127.0.0.2:{web.port}/a.png"}, b"")
    web.answers["/loop"] = (302, {"Location": "/loop"}, b"")
    web.answers["/a.png"] = (200, {}, PNG)
    for path in ("/inside", "/loop"):
        with pytest.raises(NotFetched):
            fetch(f"http://127.0.0.1:{web.port}{path}")
    assert "/a.png" not in [path for path, _ in web.asked]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ({"Content-Type": "image/png"}, b"<html>"),
        ({}, b""),
    ],
)
def test_what_is_no_picture_is_not_passed_on(
    web: WebServer, settings: object, headers: dict[str, str], body: bytes
) -> None:
    settings.IMAGE_PROXY_NETWORKS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    web.answers["/x"] = (200, headers, body)
    with pytest.raises(NotFetched):
        fetch(f"http://127.0.0.1:{web.port}/x")


def test_a_picture_without_end_is_cut_off(web: WebServer, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IMAGE_PROXY_NETWORKS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    monkeypatch.setattr(image_proxy, "MOST_BYTES", 1000)
    web.answers["/big"] = (200, {}, PNG + b"\x00" * 100_000)
    with pytest.raises(NotFetched, match="too large"):
        fetch(f"http://127.0.0.1:{web.port}/big")


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_a_server_that_drips_is_cut_off(settings: object, monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
    settings.IMAGE_PROXY_NETWORKS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    monkeypatch.setattr(image_proxy, "SECONDS", 1.0)
    dripped = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            line, _peer = listener.accept()
            with line, contextlib.suppress(OSError):
                line.sendall(first)
                for nth in range(100):
                    line.sendall(b"1")
                    dripped.append(nth)
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        with pytest.raises(NotFetched):
            fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/a.png")
    assert len(dripped) < 100


def test_only_addresses_that_we_wrote_are_fetched_and_only_for_staff(
    web: WebServer, settings: object, agent: Client
) -> None:
    settings.IMAGE_PROXY_NETWORKS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{web.port}/a.png"
    assert agent.get("/proxy/image/", {"u": url, "s": sign("http://other.example/")}).status_code == 404
    assert agent.get("/proxy/image/", {"u": url, "s": ""}).status_code == 404
    assert Client().get(proxied(url)).status_code in (302, 401, 403)
    assert not web.asked
    assert checked_address("127.0.0.1", 80) == "127.0.0.1"


# --- Files -----------------------------------------------------------------------------------------------------------
def portal_client(message: Message) -> Client:
    customer = message.ticket.customer
    client = Client()
    client.cookies[COOKIE] = start_session(customer, customer.identities.get())
    return client


@pytest.mark.req("E5", "attachments")
def test_a_customer_gets_the_files_of_their_own_public_messages_only(message: Message, agent: Client) -> None:
    file = Attachment.objects.get(name="说明.html")
    url = f"/files/{file.pk}/x.html"
    answer = portal_client(message).get(url)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert default_storage.path(file.file.name).endswith(answer["X-Internal-File"])
    assert Client().get(url).status_code == 404
    stranger = mail_in(make_mail(sender="wang@customer.example"))
    other = Message.objects.filter(ticket_id=int(str(stranger["ticket"])[3:]), direction="in").get()
    assert portal_client(other).get(url).status_code == 404
    Message.objects.filter(pk=message.pk).update(visibility="internal")
    assert portal_client(message).get(url).status_code == 404


def test_a_file_that_could_not_be_stored_is_a_clear_nothing(message: Message, agent: Client) -> None:
    file = Attachment.objects.get(name="说明.html")
    Attachment.objects.filter(pk=file.pk).update(file="", warning="not_stored")
    assert agent.get(f"/tickets/HD-{message.ticket_id}/files/{file.pk}/").status_code == 404


# --- The demo's mailbox ----------------------------------------------------------------------------------------------
def caught(raw: bytes, address: str = "li.na@customer.example") -> SinkMail:
    store_batch([Submission(IncomingMail(raw, Envelope("smtp", "support@company.example")), [], [address])])
    return SinkMail.objects.latest("pk")


@pytest.mark.req("A1", "e-mail")
def test_the_mailbox_exists_in_demo_mode_only(account: ChannelAccount, settings: object) -> None:
    mail = caught(rich_mail())
    pages = [
        "/demo/mailbox/",
        "/demo/mailbox/write/",
        *(f"/demo/mailbox/{mail.pk}/{end}" for end in ("", "html/", "files/1/")),
    ]
    for page in pages:
        assert Client().get(page).status_code == 404
    settings.DEMO = True  # type: ignore[attr-defined]
    for page in pages:
        assert Client().get(page).status_code == 200, page
    shown = Client().get("/demo/mailbox/?address=li.na@customer.example").content.decode()
    assert "Pictures" in shown
    assert Client().get(f"/demo/mailbox/{mail.pk}/html/").content.count(b"<script") == 0
    assert Client().get("/demo/mailbox/?address=%00&x=" + "y" * 3000).status_code == 200
    assert Client().get("/demo/mailbox/99999999999/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("A1", "e-mail")
def test_an_answer_in_the_demo_leaves_by_smtp_lands_in_the_sink_and_comes_back_as_the_customers_answer(
    listener: Listener, team: Team, settings: object
) -> None:
    from channels_app import inbox
    from helpdesk.core import leasing
    from helpdesk.core.models import Delivery

    settings.DEMO, settings.MAIL_PORT, settings.SMTP_RELAY_URL = True, listener.port, ""  # type: ignore[attr-defined]
    line = mail_in(make_mail())
    (delivery,) = Delivery.objects.all()
    leasing.run(Delivery, delivery.pk)
    assert Delivery.objects.get().status == "sent"
    mail = SinkMail.objects.get()
    assert mail.address == "li.na@customer.example"
    answer = Client().post(f"/demo/mailbox/{mail.pk}/answer/", {"text": "It works again, thank you. 谢谢！"})
    assert answer.status_code == 302
    event = InboundEvent.objects.latest("pk")
    inbox.process_now(event)
    assert f"HD-{InboundEvent.objects.latest('pk').ticket_id}" == line["ticket"]
    message = Message.objects.get(inbound_event_id=event.pk)
    assert message.text == "It works again, thank you. 谢谢！"
    assert Client().post(f"/demo/mailbox/{mail.pk}/answer/", {"text": ""}).status_code == 422
    values = {"address": "new@customer.example", "name": "New", "subject": "Hello", "text": "First mail"}
    assert Client().post("/demo/mailbox/write/", values).status_code == 302
    inbox.process_now(InboundEvent.objects.latest("pk"))
    assert Ticket.objects.count() == 2
    settings.MAIL_PORT = 9  # type: ignore[attr-defined]
    kept = Client().post(f"/demo/mailbox/{mail.pk}/answer/", {"text": "my long text"})
    assert kept.status_code == 503
    assert "my long text" in kept.content.decode()

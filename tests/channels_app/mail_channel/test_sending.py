"""Mail out, to a real SMTP server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels_app.email.parse import parse_mail
from channels_app.email.parsed import ParsedMail
from channels_app.email.relays import parse_relay_url
from helpdesk.accounts.models import Team
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.core.outgoing import PlainMessage, queue_delivery
from helpdesk.core.registries import renderers
from helpdesk.core.sending import send_again
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tests.factories import actor, make_staff
from tests.servers.oauth import TokenServer
from tests.servers.smtp import SmtpServer
from tickets.models import Ticket, Visibility
from tickets.services.files import NewFile, upload
from tickets.services.replying import Reply, reply_to_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("A1", "e-mail")]


@pytest.fixture(autouse=True)
def _account(account: ChannelAccount) -> ChannelAccount:
    return account


@pytest.fixture
def ticket() -> Ticket:
    line = mail_in(make_mail(message_id="first@customer.example"))
    Delivery.objects.all().update(state="done", status="sent")
    return Ticket.objects.get(pk=int(str(line["ticket"]).removeprefix("HD-")))


def reply(ticket: Ticket, team: Team, **fields: object) -> Delivery:
    staff = make_staff(teams=(team,), name="Chen Yu")
    by = actor(staff)
    files = fields.pop("files", ())
    ids = [upload(file, by=by).pk for file in files]  # type: ignore[attr-defined]
    values = {"text": "Please unplug it.", "attachment_ids": ids, **fields}
    message = reply_to_ticket(ticket.pk, Reply(**values), by=by)  # type: ignore[arg-type]
    return Delivery.objects.get(message_delivery__message=message)


def send(delivery: Delivery) -> Delivery:
    """Let the outbox work the delivery once, whatever its back-off."""
    Delivery.objects.filter(pk=delivery.pk, state="back_off").update(next_attempt_at=None, state="ready")
    leasing.run(Delivery, delivery.pk)
    return Delivery.objects.get(pk=delivery.pk)


def sent_mail(world: SmtpServer, nth: int = -1) -> ParsedMail:
    return parse_mail(world.mails[nth].raw)


def test_an_answer_is_a_proper_mail(world: SmtpServer, ticket: Ticket, team: Team) -> None:
    pdf = NewFile("说明书 v2.pdf", "application/pdf", b"%PDF-1.4 manual")
    delivery = send(
        reply(ticket, team, cc=[("Boss", "boss@customer.example")], bcc=[("", "quiet@x.example")], files=[pdf])
    )
    assert (delivery.status, delivery.state) == ("sent", "done")
    mail = sent_mail(world)
    assert str(mail.from_) == "Chen Yu · Company <support@company.example>"
    assert mail.message_id == delivery.external_id
    assert mail.in_reply_to == ("first@customer.example",)
    assert "first@customer.example" in mail.references
    assert mail.subject == f"Re: Washer stops [HD-{ticket.pk}]"
    assert mail.reply_to[0].address.startswith(f"support+t{ticket.pk}.")
    assert "Support team" in (mail.text or "")
    assert "> The washer stopped with E21." in (mail.text or "")
    assert mail.html is not None
    assert [(item.name, item.data) for item in mail.attachments] == [("说明书 v2.pdf", b"%PDF-1.4 manual")]
    assert b"quiet@x.example" not in world.mails[-1].raw
    assert world.mails[-1].recipients == ["li.na@customer.example", "boss@customer.example", "quiet@x.example"]
    assert mail.header("auto-submitted") is None
    # the answer to it finds the ticket by each of the three ways
    for headers, to in (
        ({"In-Reply-To": f"<{mail.message_id}>"}, "support@company.example"),
        ({}, mail.reply_to[0].address),
    ):
        assert mail_in(make_mail("Thanks", to=to, headers=headers))["ticket"] == f"HD-{ticket.pk}"


def test_an_acknowledgement_says_that_no_person_wrote_it(world: SmtpServer) -> None:
    mail_in(make_mail("洗衣机漏水，请尽快处理。", subject="漏水"))
    send(Delivery.objects.get())
    mail = sent_mail(world)
    assert mail.header("auto-submitted") == "auto-replied"
    assert mail.header("x-auto-response-suppress") == "All"
    assert not mail.may_auto_answer
    assert mail.from_ is not None
    assert mail.from_.name == "Company"


def test_connections_are_used_again(world: SmtpServer, ticket: Ticket, team: Team) -> None:
    for _ in range(3):
        send(reply(ticket, team))
    assert (len(world.mails), world.connections) == (3, 1)


def test_a_recipient_that_is_refused_beside_others_leaves_a_note(world: SmtpServer, ticket: Ticket, team: Team) -> None:
    world.recipients["gone@customer.example"] = "550 5.1.1 no such user"
    delivery = send(reply(ticket, team, cc=[("", "gone@customer.example")]))
    assert delivery.status == "sent"
    assert "gone@customer.example" in delivery.reason
    assert "no such user" in ticket.messages.get(visibility=Visibility.INTERNAL).text


def test_a_permanent_refusal_fails_the_delivery_and_shows_why(world: SmtpServer, ticket: Ticket, team: Team) -> None:
    world.recipients["li.na@customer.example"] = "550 5.1.1 no such user"
    delivery = send(reply(ticket, team))
    assert (delivery.status, delivery.state) == ("failed", "parked")
    assert "no such user" in delivery.reason
    del world.recipients["li.na@customer.example"]
    send_again(delivery)
    assert send(delivery).status == "sent"


@pytest.mark.parametrize("where", ["recipient", "mail", "data"])
def test_a_temporary_refusal_is_tried_again(world: SmtpServer, ticket: Ticket, team: Team, where: str) -> None:
    if where == "recipient":
        world.recipients["li.na@customer.example"] = "451 4.7.1 greylisted"
    (world.mail_replies if where == "mail" else world.data_replies).extend(
        ["451 4.3.2 busy"] if where != "recipient" else []
    )
    delivery = send(reply(ticket, team))
    assert (delivery.status, delivery.state) == ("queued", "back_off")
    world.recipients.clear()
    delivery = send(delivery)
    assert (delivery.status, delivery.is_maybe_doubled) == ("sent", False)
    assert len(world.mails) == 1


def test_a_line_lost_before_the_confirmation_is_never_a_silent_double(
    world: SmtpServer, ticket: Ticket, team: Team
) -> None:
    world.drop_after_data = 1
    delivery = send(reply(ticket, team))
    assert delivery.state == "back_off"
    delivery = send(delivery)
    assert (delivery.status, delivery.is_maybe_doubled) == ("sent", True)
    # both carry the same Message-ID, so the other side can tell; the bytes are the same too
    assert world.mails[0].raw == world.mails[1].raw


def test_a_server_that_is_not_there_is_tried_again(ticket: Ticket, team: Team, settings: object) -> None:
    settings.SMTP_RELAY_URL = "smtp://127.0.0.1:9"  # type: ignore[attr-defined]
    delivery = send(reply(ticket, team))
    assert delivery.state == "back_off"
    assert "cannot be reached" in delivery.reason


def test_without_any_way_out_the_reason_says_what_to_set(ticket: Ticket, team: Team, settings: object) -> None:
    settings.SMTP_RELAY_URL, settings.DEMO = "", False  # type: ignore[attr-defined]
    delivery = send(reply(ticket, team))
    assert (delivery.status, delivery.state) == ("failed", "parked")
    assert "SMTP_RELAY_URL" in delivery.reason


def test_a_plain_message_of_a_lower_room_goes_out_too(world: SmtpServer, account: ChannelAccount) -> None:
    if "test.plain" not in renderers:
        renderers.add("test.plain", lambda delivery: PlainMessage("Your link", "Open it.", "en", to_name="Li Na"))
    send(queue_delivery(account, purpose="test.plain", subject_id=1, address="li.na@customer.example", dedupe_key="k"))
    mail = sent_mail(world)
    assert (mail.subject, mail.to[0].name) == ("Your link", "Li Na")
    assert mail.header("auto-submitted") == "auto-replied"
    assert "Open it." in (mail.text or "")


def test_names_and_subjects_cannot_inject_headers(world: SmtpServer, ticket: Ticket, team: Team) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(subject="Hi\r\nBcc: evil@x.example")
    send(reply(ticket, team, cc=[("Boss\r\nX-Evil: 1", "boss@customer.example")]))
    assert sent_mail(world).header("bcc") is None
    assert sent_mail(world).header("x-evil") is None


@pytest.fixture
def tokens(world: SmtpServer, account: ChannelAccount) -> Iterator[TokenServer]:
    tokens = TokenServer().start()
    account.config = {
        "smtp": {"host": "127.0.0.1", "port": world.port, "security": "plain", "auth": "oauth2"},
        "oauth2": {"provider": "google", "token_url": tokens.url},
    }
    account.set_secrets({"oauth2": {"client_id": "a", "client_secret": "b", "refresh_token": "refresh-1"}})
    account.save()
    yield tokens
    tokens.stop()


@pytest.mark.req("A1", "e-mail")
def test_an_accounts_own_server_is_signed_in_to_with_oauth2(
    world: SmtpServer, tokens: TokenServer, ticket: Ticket, team: Team
) -> None:
    world.token = "access-2"
    delivery = send(reply(ticket, team))
    assert delivery.state == "back_off"
    assert world.refused_tokens == 1
    assert send(delivery).status == "sent"
    assert len(tokens.forms) == 2


def test_relay_addresses_are_read_with_sensible_security() -> None:
    plain = parse_relay_url("smtp://relay.example")
    assert (plain.port, plain.security) == (25, "auto")
    secure = parse_relay_url("smtp://u%40x:p%3A@relay.example")
    assert (secure.user, secure.password, secure.port, secure.security) == ("u@x", "p:", 587, "starttls")
    assert parse_relay_url("smtps://u:p@relay.example").port == 465

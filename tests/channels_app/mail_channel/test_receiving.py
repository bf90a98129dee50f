"""What becomes of each kind of mail, entering by `mail_in`."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.management.base import CommandError

from channels_app.email.marks import reply_address
from channels_app.models import InboundEvent, Mailbox, MailboxItem
from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.customers.models import Customer
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tests.factories import actor, make_account, make_staff
from tickets.models import Attachment, LinkKind, Message, StatusCategory, Ticket, Visibility
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.status import set_status

pytestmark = [pytest.mark.django_db, pytest.mark.req("A1", "e-mail")]


@pytest.fixture(autouse=True)
def _account(account: ChannelAccount) -> ChannelAccount:
    return account


def answer(ticket: Ticket, team: Team, text: str = "Please unplug it for a minute.", **fields: object) -> Delivery:
    """A member of the staff answers; the delivery that leaves."""
    staff = make_staff(teams=(team,))
    message = reply_to_ticket(ticket.pk, Reply(text=text, **fields), by=actor(staff))  # type: ignore[arg-type]
    return Delivery.objects.get(message_delivery__message=message)


def ticket_of(line: dict[str, object]) -> Ticket:
    return Ticket.objects.get(pk=int(str(line["ticket"]).removeprefix("HD-")))


# --- A first mail ----------------------------------------------------------------------------------------------------
def test_a_mail_opens_a_ticket_and_is_acknowledged_in_the_customers_language() -> None:
    line = mail_in(
        make_mail("洗衣机漏水，显示 E21，请尽快处理。", subject="洗衣机漏水", sender="李娜 <li.na@customer.example>")
    )
    assert line["state"] == "processed"
    ticket = ticket_of(line)
    assert (ticket.subject, ticket.customer.name, ticket.language) == ("洗衣机漏水", "李娜", "zh-hans")
    acknowledgement = ticket.messages.get(is_auto=True)
    assert acknowledgement.language == "zh-hans"
    assert Delivery.objects.get().address == "li.na@customer.example"


def test_the_same_mail_again_is_a_duplicate_and_names_the_ticket() -> None:
    raw = make_mail()
    first = mail_in(raw)
    for _ in range(3):
        again = mail_in(raw)
        assert (again["state"], again["ticket"]) == ("duplicate", first["ticket"])
    assert Message.objects.filter(direction="in").count() == 1


def test_a_mail_without_message_id_is_known_by_its_bytes() -> None:
    raw = make_mail(message_id=None)
    assert mail_in(raw)["state"] == "processed"
    assert mail_in(raw)["state"] == "duplicate"
    assert mail_in(make_mail("something else", message_id=None))["state"] == "processed"


def test_another_senders_mail_with_the_same_message_id_is_not_dropped() -> None:
    mail_in(make_mail(message_id="one@x.example"))
    line = mail_in(make_mail("Not the same at all", message_id="one@x.example", sender="mallory@elsewhere.example"))
    assert line["state"] == "processed"
    assert Ticket.objects.count() == 2


def test_a_writer_who_uses_one_message_id_for_everything_loses_nothing() -> None:
    mail_in(make_mail(message_id="const@x.example"))
    assert (
        mail_in(make_mail("Where is my order?", subject="Order 7", message_id="const@x.example"))["state"]
        == "processed"
    )


def test_the_copy_of_a_mail_that_came_by_another_way_is_a_duplicate() -> None:
    raw = make_mail(message_id="twice@x.example")
    mail_in(raw)
    assert (
        mail_in(b"Received: from relay.example by mx.example; Sat, 21 Nov 2026 10:00:00 +0000\r\n" + raw)["state"]
        == "duplicate"
    )


def test_a_mail_without_from_is_told_by_the_envelope_and_else_by_itself() -> None:
    line = mail_in(make_mail(sender=""), sender="wang@customer.example")
    assert ticket_of(line).customer.identities.get().value == "wang@customer.example"
    nobody = ticket_of(mail_in(make_mail(sender="", message_id="nobody@x.example")))
    assert nobody.customer.identities.get().value == "mail:nobody@x.example"
    assert not nobody.messages.filter(is_auto=True).exists()


def test_reply_to_gets_the_answers_but_does_not_make_the_identity(team: Team) -> None:
    line = mail_in(make_mail(sender="Shop form <no-reply@shop.example>", headers={"Reply-To": "zhao@customer.example"}))
    ticket = ticket_of(line)
    assert ticket.customer.identities.get().value == "no-reply@shop.example"
    assert answer(ticket, team).address == "zhao@customer.example"


def test_reply_to_of_a_later_mail_does_not_draw_the_conversation_away(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    headers = {"In-Reply-To": f"<{sent.external_id}>", "Reply-To": "thief@elsewhere.example"}
    assert ticket_of(mail_in(make_mail("And now?", headers=headers))).pk == ticket.pk
    assert answer(ticket, team).address == "li.na@customer.example"


def test_people_in_copy_take_part_and_our_own_addresses_do_not() -> None:
    to = "support@company.example, Colleague <chen@customer.example>"
    ticket = ticket_of(mail_in(make_mail(to=to, headers={"Cc": "boss@customer.example, support+x@company.example"})))
    addresses = set(ticket.participants.values_list("address", flat=True))
    assert addresses == {"li.na@customer.example", "chen@customer.example", "boss@customer.example"}


def test_quotation_and_signature_are_folded() -> None:
    text = "It works again.\n\nOn Mon, Nov 2, 2026 at 10:00 AM Support <support@company.example> wrote:\n> Please unplug it.\n"
    message = Message.objects.get(pk=InboundEvent.objects.get(pk=mail_in(make_mail(text))["event"]).message_id)
    assert message.text == "It works again."
    assert "Please unplug it." in message.quoted


# --- Threading -------------------------------------------------------------------------------------------------------
def test_an_answer_continues_the_ticket_and_reopens_it(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team, status=StatusCategory.SOLVED)
    line = mail_in(make_mail("It stopped again.", headers={"In-Reply-To": f"<{sent.external_id}>"}))
    assert ticket_of(line).pk == ticket.pk
    assert Ticket.objects.get(pk=ticket.pk).status_category == StatusCategory.OPEN


def test_signed_address_and_subject_token_lead_to_the_ticket_when_references_are_lost(account: ChannelAccount) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    by_address = mail_in(make_mail("One", to=reply_address(account, ticket.pk), subject="x"))
    by_subject = mail_in(make_mail("Two", subject=f"Re: Washer stops [HD-{ticket.pk}]"))
    assert by_address["ticket"] == by_subject["ticket"] == f"HD-{ticket.pk}"


def test_a_stranger_with_a_copied_message_id_gets_a_new_linked_ticket(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    line = mail_in(
        make_mail("Tell me all", sender="mallory@elsewhere.example", headers={"References": f"<{sent.external_id}>"})
    )
    stranger = ticket_of(line)
    assert stranger.pk != ticket.pk
    assert stranger.links_from.get().target_id == ticket.pk
    assert stranger.links_from.get().kind == LinkKind.RELATED


def test_a_forged_sender_does_not_join_by_references_and_lies_with_the_spam(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    headers = {
        "Authentication-Results": "mx.company.example; dmarc=fail header.from=customer.example",
        "In-Reply-To": f"<{sent.external_id}>",
    }
    forged = ticket_of(mail_in(make_mail("Send the refund to me", headers=headers)))
    assert forged.pk != ticket.pk
    assert (forged.is_spam, forged.spam_reason) == (True, "forged:dmarc")


def test_an_answer_to_a_closed_ticket_opens_a_linked_follow_up(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    staff = make_staff(role="supervisor")
    set_status(ticket.pk, StatusCategory.SOLVED, by=actor(staff))
    set_status(ticket.pk, StatusCategory.CLOSED, by=actor(staff))
    follow_up = ticket_of(mail_in(make_mail("Again!", headers={"In-Reply-To": f"<{sent.external_id}>"})))
    assert follow_up.pk != ticket.pk
    assert follow_up.links_from.get().kind == LinkKind.FOLLOW_UP


def test_an_old_thread_used_for_a_new_matter_is_offered_as_a_split(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    line = mail_in(
        make_mail("I need an invoice", subject="Invoice for order 77", headers={"References": f"<{sent.external_id}>"})
    )
    event = InboundEvent.objects.get(pk=line["event"])
    assert Message.objects.get(pk=event.message_id).may_start_new
    assert event.ticket_id == ticket.pk


# --- Machines --------------------------------------------------------------------------------------------------------
def dsn(
    sent: Delivery,
    *,
    recipient: str = "li.na@customer.example",
    action: str = "failed",
    to: str = "support@company.example",
) -> bytes:
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: {to}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nReturn-Path: <>\r\n"
        f"Message-ID: <dsn-{sent.pk}-{recipient}-{action}@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{sent.external_id}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.req("A7", "delivery states")
def test_a_bounce_fails_its_delivery_and_makes_no_ticket(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    Delivery.objects.filter(pk=sent.pk).update(status="sent")
    line = mail_in(dsn(sent))
    assert (line["state"], line["ticket"]) == ("processed", f"HD-{ticket.pk}")
    sent.refresh_from_db()
    assert sent.status == "failed"
    assert "No such user" in sent.reason
    assert Ticket.objects.count() == 1


def test_a_bounce_of_a_copy_leaves_a_note_and_a_delay_changes_nothing(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team, cc=[("", "boss@customer.example")])
    Delivery.objects.filter(pk=sent.pk).update(status="sent")
    mail_in(dsn(sent, recipient="boss@customer.example"))
    assert "boss@customer.example" in ticket.messages.get(visibility=Visibility.INTERNAL).text
    assert mail_in(dsn(sent, action="delayed"))["state"] == "ignored"
    sent.refresh_from_db()
    assert sent.status == "sent"


def test_a_bounce_without_our_id_is_tied_by_the_signed_address(team: Team, account: ChannelAccount) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    Delivery.objects.filter(pk=sent.pk).update(status="sent")
    raw = dsn(sent, to=reply_address(account, ticket.pk)).replace(sent.external_id.encode(), b"unknown@relay.example")
    assert mail_in(raw)["ticket"] == f"HD-{ticket.pk}"
    sent.refresh_from_db()
    assert sent.status == "failed"


def test_a_bounce_of_a_mail_that_is_not_ours_is_ignored_with_its_reason(team: Team) -> None:
    line = mail_in(dsn(Delivery(pk=1, external_id="whatever@elsewhere.example")))
    assert line["state"] == "ignored"
    assert line["reason"]
    assert not Ticket.objects.exists()


def test_an_automatic_answer_stays_with_its_conversation_and_reopens_nothing(team: Team) -> None:
    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team, status=StatusCategory.SOLVED)
    deliveries = Delivery.objects.count()
    headers = {"In-Reply-To": f"<{sent.external_id}>", "Auto-Submitted": "auto-replied"}
    line = mail_in(make_mail("I am on holiday", subject="Automatic reply: Washer", headers=headers))
    assert line["ticket"] == f"HD-{ticket.pk}"
    assert ticket.messages.filter(direction="in").last().is_auto  # type: ignore[union-attr]
    assert Ticket.objects.get(pk=ticket.pk).status_category == StatusCategory.SOLVED
    assert Delivery.objects.count() == deliveries


def test_an_automatic_answer_without_a_conversation_is_ignored_and_makes_nobody() -> None:
    line = mail_in(make_mail("I am on holiday", subject="自动回复: 你好", headers={"Auto-Submitted": "auto-replied"}))
    assert (line["state"], line["ticket"]) == ("ignored", None)
    assert line["reason"]
    assert not Customer.objects.exists()


def test_the_post_of_a_list_opens_a_ticket_but_is_never_acknowledged() -> None:
    line = mail_in(
        make_mail(to="list@groups.example", headers={"List-Id": "<news.groups.example>", "Precedence": "list"})
    )
    ticket = ticket_of(line)
    assert ticket.preview
    assert not Delivery.objects.exists()


def test_our_own_mail_that_comes_back_is_ignored(team: Team, account: ChannelAccount) -> None:
    from channels_app.email.writing import write_mail
    from tickets.rendering import render_message

    ticket = ticket_of(mail_in(make_mail()))
    sent = answer(ticket, team)
    raw = write_mail(sent, render_message(sent)).raw
    assert mail_in(raw)["state"] == "ignored"
    # a server that gives it another Message-ID does not deceive us
    changed = raw.replace(f"Message-ID: <{sent.external_id}>".encode(), b"Message-ID: <other@relay.example>")
    assert mail_in(changed)["state"] == "ignored"
    # and a forged mark does not silence a customer
    forged = make_mail(headers={"X-Helpdesk-Loop": "hd.1@company.example 0123456789abcdef0123456789abcdef"})
    assert mail_in(forged)["state"] == "processed"


def test_mail_between_two_of_our_own_accounts_does_not_go_on_for_ever(team: Team) -> None:
    from channels_app.email.writing import write_mail
    from tickets.rendering import render_message

    make_account("sales", team=team)
    mail_in(make_mail(sender="sales@company.example"), "support")
    for _ in range(5):
        for delivery in Delivery.objects.filter(status="queued"):
            slug = delivery.address.partition("@")[0]
            mail_in(write_mail(delivery, render_message(delivery)).raw, slug)
            Delivery.objects.filter(pk=delivery.pk).update(status="sent")
    assert Ticket.objects.count() == 1
    assert Delivery.objects.count() <= 1


def test_what_is_ignored_is_listed_with_its_reason(team: Team, account: ChannelAccount) -> None:
    from django.test import Client

    from channels_app.email.writing import write_mail
    from tickets.rendering import render_message

    make_account("repairs", team=team)
    sent = answer(ticket_of(mail_in(make_mail())), team, cc=[("Repairs", "repairs@company.example")])
    line = mail_in(write_mail(sent, render_message(sent)).raw, "repairs")
    assert (line["state"], line["reason"]) == ("ignored", "our own mail that came back")
    admin = Client()
    admin.force_login(make_staff("boss", role="administrator", language="en"))
    page = admin.get("/work/?state=ignored").content.decode()
    assert "Our own mail that came back" in page
    assert "Repairs" in page
    assert f"/work/inbound/{line['event']}/" in page
    assert admin.get("/work/?state=ignored&kind=job").status_code == 200
    detail = admin.get(f"/work/inbound/{line['event']}/").content.decode()
    assert "so that no loop starts" in detail
    mailbox = Mailbox.objects.create(account=ChannelAccount.objects.get(slug="repairs"), uid_validity=1)
    MailboxItem.objects.create(mailbox=mailbox, uid_validity=1, uid=7, event_id=line["event"])
    mailboxes = admin.get("/settings/mailboxes/").content.decode()
    assert '<a href="/work/?state=ignored&amp;kind=inbound">1</a>' in mailboxes


# --- Colleagues ------------------------------------------------------------------------------------------------------
FORWARD = """Please look after her.

---------- Forwarded message ---------
From: Wang Wei <wang.wei@customer.example>
Date: Mon, Nov 2, 2026 at 10:00 AM
Subject: Refund for order 12
To: <anna@company.example>

I want my money back.
"""


def test_a_mail_forwarded_by_a_colleague_is_the_customers_ticket_with_a_note(team: Team) -> None:
    make_staff("anna", teams=(team,))
    line = mail_in(make_mail(FORWARD, sender="Anna <anna@company.example>", subject="Fwd: Refund for order 12"))
    ticket = ticket_of(line)
    assert ticket.customer.identities.get().value == "wang.wei@customer.example"
    assert ticket.subject == "Refund for order 12"
    first, note = ticket.messages.filter(is_auto=False).order_by("pk")
    assert first.text.strip() == "I want my money back."
    assert note.visibility == Visibility.INTERNAL
    assert "Please look after her." in note.text
    assert "anna@company.example" in note.text


def test_a_forward_by_anybody_else_is_their_own_ticket() -> None:
    ticket = ticket_of(mail_in(make_mail(FORWARD, sender="x@elsewhere.example", subject="Fwd: Refund for order 12")))
    assert ticket.customer.identities.get().value == "x@elsewhere.example"


# --- Bad input -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x00\x00",
        b"no headers at all",
        (
            b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
            b"Content-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n"
        ),
        b"Content-Type: multipart/mixed\r\n\r\n--nothing",
        b"From: =?gb2312?b?////?= <x@y.example>\r\nSubject: =?utf-8?q?=ff=fe?=\r\n\r\n\xff\xfe\x00",
        b"From: a@b.example\r\nSubject: a\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!",
        b"From: "
        + b"a" * 5000
        + b"@b.example\r\nMessage-ID: <"
        + b"m" * 4000
        + b"@x>\r\nSubject: "
        + b"s" * 50_000
        + b"\r\n\r\nhi",
        "From: a@b.example\r\nSubject: \u202eevil\ud83d\ude00\r\n\r\n😀 مرحبا\r\n".encode("utf-8", "surrogatepass"),
        b"From: a@b.example\r\nMessage-ID: <a\x00b@x>\r\nSubject: n\x00ul\r\n\r\nb\x00dy",
    ],
)
def test_a_broken_mail_becomes_a_ticket_with_its_source(raw: bytes) -> None:
    line = mail_in(raw)
    assert line["state"] == "processed", line
    event = InboundEvent.objects.get(pk=line["event"])
    assert bytes(event.raw or b"") == raw
    assert Message.objects.get(pk=event.message_id).inbound_event_id == event.pk
    # and one good mail passes after it
    assert mail_in(make_mail())["state"] == "processed"


def test_a_mail_our_own_code_cannot_take_becomes_a_plain_ticket_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from channels_app import inbox
    from channels_app.email import adapter_in
    from channels_app.email.storing import Envelope, store_mail

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(adapter_in, "arrival_of", broken)
    event = store_mail(ChannelAccount.objects.get(slug="support"), make_mail(), Envelope("command"), offer=False).event
    for _ in range(4):
        InboundEvent.objects.filter(pk=event.pk).update(next_attempt_at=None, state="ready")
        event = inbox.process_now(event)
    assert event.state == "done"
    assert Ticket.objects.get(pk=event.ticket_id).customer.identities.get().value == "li.na@customer.example"


def test_a_header_injection_in_the_subject_reaches_no_header(team: Team) -> None:
    from channels_app.email.writing import write_mail
    from tickets.rendering import render_message

    raw = b"From: a@b.example\r\nSubject: =?utf-8?q?Hi=0D=0ABcc=3A_victim=40x=2Eexample?=\r\n\r\nhello"
    sent = answer(ticket_of(mail_in(raw)), team)
    written = write_mail(sent, render_message(sent))
    assert b"\nbcc:" not in written.raw.lower()
    assert written.recipients == ("a@b.example",)


def test_a_zip_bomb_is_kept_with_a_warning_and_never_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\x00" * 60_000_000)
    mail_in(make_mail(files=(("bomb.zip", "application/zip", packed.getvalue()),)))
    assert Attachment.objects.get().warning == "zip_bomb"


def test_an_attachment_above_its_limit_is_marked_and_the_message_stays(settings: object) -> None:
    settings.ATTACHMENT_MAX_BYTES = 1000  # type: ignore[attr-defined]
    line = mail_in(
        make_mail(files=(("big.bin", "application/octet-stream", b"\x01" * 5000), ("a.txt", "text/plain", b"ok")))
    )
    assert line["state"] == "processed"
    assert sorted(Attachment.objects.values_list("name", "warning", "size")) == [
        ("a.txt", "", 2),
        ("big.bin", "too_large", 5000),
    ]


@pytest.mark.req("A4", "parked with its reason")
def test_a_full_disk_costs_the_file_but_not_the_message(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = "/dev/full"  # type: ignore[attr-defined]
    line = mail_in(make_mail(files=(("a.txt", "text/plain", b"ok"),)))
    assert line["state"] == "processed"
    assert Attachment.objects.get().warning == "not_stored"


def test_a_mail_above_the_limit_is_refused_with_a_clear_sentence(settings: object) -> None:
    settings.MAIL_MAX_BYTES = 2000  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="MAIL_MAX_BYTES"):
        mail_in(make_mail("x" * 5000))


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(CommandError, match="nothing-here"):
        mail_in(make_mail(), "nothing-here")

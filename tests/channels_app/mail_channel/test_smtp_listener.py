"""The SMTP door, over real sockets."""

from __future__ import annotations

import smtplib
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from channels_app.email.smtp_limits import Limits
from channels_app.email.smtp_listener import Listener
from channels_app.models import InboundEvent
from helpdesk.core.models import ChannelAccount
from tests.channels_app.mail_channel.mails import make_mail
from tests.factories import make_account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("A1", "e-mail")]


def deliver(
    listener: Listener, raw: bytes, *, to: str = "support@company.example", sender: str = "li.na@customer.example"
) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
        client.sendmail(sender, [to], raw)


def test_mail_to_a_known_address_is_stored_before_it_is_acknowledged(listener: Listener) -> None:
    raw = make_mail(message_id="first@customer.example")
    deliver(listener, raw)
    event = InboundEvent.objects.get()
    assert event.external_id == "first@customer.example"
    assert event.order_key == "li.na@customer.example"
    assert bytes(event.raw or b"") == raw
    assert event.envelope["to"] == ["support@company.example"]


def test_plus_addresses_are_known_and_strangers_are_refused(listener: Listener) -> None:
    deliver(listener, make_mail(), to="Support+t1.abc@Company.example")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        deliver(listener, make_mail(), to="nobody@elsewhere.example")
    assert refused.value.recipients["nobody@elsewhere.example"][0] == 550
    assert InboundEvent.objects.count() == 1


def test_an_account_made_a_moment_ago_is_known_at_once(listener: Listener) -> None:
    deliver(listener, make_mail())
    make_account("sales")
    deliver(listener, make_mail(to="sales@company.example"), to="sales@company.example")
    assert InboundEvent.objects.filter(account__slug="sales").count() == 1


def test_mail_above_the_limit_is_answered_552_and_the_size_is_advertised(listener: Listener, settings: object) -> None:
    limit = settings.MAIL_MAX_BYTES  # type: ignore[attr-defined]
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=60) as client:
        client.ehlo()
        assert int(client.esmtp_features["size"]) == limit
        assert client.mail("a@b.example", [f"size={50 * 1024 * 1024}"])[0] == 552
        # a sender that does not say the size learns it at the end
        assert client.mail("a@b.example")[0] == 250
        assert client.rcpt("support@company.example")[0] == 250
        assert client.data(b"Subject: big\r\n\r\n" + b"x" * 70 * 1024 * 1024)[0] == 552
        # and the session goes on
        assert client.sendmail("a@b.example", ["support@company.example"], make_mail()) == {}
    assert InboundEvent.objects.count() == 1


def test_lines_of_any_length_and_leading_dots_arrive_as_they_were(listener: Listener) -> None:
    raw = b"Subject: dots\r\nMessage-ID: <dots@x.example>\r\n\r\n..\r\n.hidden\r\n" + b"y" * 700_000 + b"\r\nend\r\n"
    deliver(listener, raw)
    assert bytes(InboundEvent.objects.get().raw or b"") == raw


def test_a_bare_line_feed_before_the_dot_smuggles_no_second_mail(listener: Listener) -> None:
    with socket.create_connection(("127.0.0.1", listener.port), timeout=10) as client:
        file = client.makefile("rwb")
        for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<support@company.example>", b"DATA"):
            file.write(line + b"\r\n")
            file.flush()
            while file.readline()[3:4] == b"-":
                pass
            if line.startswith(b"EHLO"):
                file.readline()
        file.write(b"Subject: one\r\n\r\nbody\n.\nMAIL FROM:<evil@x>\r\nstill body\r\n.\r\n")
        file.flush()
        assert b"250" in file.readline() + file.readline()
    assert InboundEvent.objects.count() == 1
    assert b"still body" in bytes(InboundEvent.objects.get().raw or b"")


def test_the_same_mail_many_times_and_at_once_is_one_event(listener: Listener) -> None:
    raw = make_mail(message_id="same@customer.example")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: deliver(listener, raw), range(24)))
    assert InboundEvent.objects.count() == 1


def test_a_mail_to_two_of_our_addresses_reaches_both_accounts(listener: Listener) -> None:
    make_account("sales")
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
        client.sendmail("a@b.example", ["support@company.example", "sales@company.example"], make_mail())
    assert set(InboundEvent.objects.values_list("account__slug", flat=True)) == {"support", "sales"}


def test_one_address_gets_no_more_connections_than_its_share(listener: Listener) -> None:
    listener.door.limits.trusted = []
    listener.door.limits._networks = []
    listener.door.limits.per_address = 2
    kept = [smtplib.SMTP("127.0.0.1", listener.port, timeout=5) for _ in range(2)]
    with pytest.raises(smtplib.SMTPConnectError) as refused:
        smtplib.SMTP("127.0.0.1", listener.port, timeout=5)
    assert refused.value.smtp_code == 421
    for client in kept:
        client.quit()


def test_addresses_of_one_ipv6_network_share_what_one_address_may() -> None:
    limits = Limits(most_connections=10, per_address=2, mails_per_minute=2, trusted=["127.0.0.0/8"])
    assert [limits.enter(f"2001:db8:0:7::{nth}") for nth in (1, 2, 3)] == [True, True, False]
    assert limits.enter("2001:db8:0:8::1")
    limits.leave("2001:db8:0:7::2")
    assert limits.enter("2001:db8:0:7::4")
    assert [limits.may_send(f"2001:db8:0:7::{nth}", now=60) for nth in (1, 2, 3)] == [True, True, False]


def test_nobody_but_our_own_outbox_may_relay_and_only_in_demo_mode(listener: Listener, settings: object) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=5) as client:
        client.ehlo()
        assert "auth" not in client.esmtp_features
    settings.DEMO = True  # type: ignore[attr-defined]
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=5) as client:
        client.ehlo()
        assert client.rcpt("x@elsewhere.example")[0] != 250


def test_an_account_that_is_switched_off_receives_nothing_more(listener: Listener, account: ChannelAccount) -> None:
    deliver(listener, make_mail())
    ChannelAccount.objects.filter(pk=account.pk).update(is_active=False)
    listener.book._read_at = 0.0
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        deliver(listener, make_mail())

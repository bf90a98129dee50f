"""Reading mailboxes from a real IMAP server, with everything that goes wrong with one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from channels_app import inbox
from channels_app.email import imap
from channels_app.email.accounting import MailboxAccount, ensure_mailboxes, mailbox_accounts
from channels_app.email.imap import poll_mailbox, reconcile_mailbox
from channels_app.email.imap_client import MailServer, quote
from channels_app.email.relays import Relay, connect
from channels_app.models import InboundEvent, Mailbox, MailboxItem
from channels_app.tasks import poll_mailboxes
from helpdesk.core.errors import Permanent
from helpdesk.core.models import ChannelAccount, Delivery
from tests.channels_app.mail_channel.mails import mail_in, make_mail
from tests.servers.imap import ImapServer
from tests.servers.oauth import TokenServer
from tickets.models import Message, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.req("A1", "e-mail")]


@pytest.fixture
def server() -> Iterator[ImapServer]:
    server = ImapServer().start()
    yield server
    server.stop()


@pytest.fixture
def mailbox(account: ChannelAccount, server: ImapServer) -> Mailbox:
    account.config = {"imap": {"host": "127.0.0.1", "port": server.port, "security": "plain"}}
    account.set_secrets({"imap_password": "secret"})
    account.save()
    ensure_mailboxes()
    return Mailbox.objects.get()


def work_all() -> None:
    for pk in list(InboundEvent.objects.filter(state="ready").order_by("pk").values_list("pk", flat=True)):
        inbox.process_now(InboundEvent.objects.get(pk=pk))


def figures() -> MailboxAccount:
    (account,) = mailbox_accounts()
    assert account.seen == account.imported + account.parked + account.ignored + account.unread + account.missing
    return account


def some_mails(count: int, start: int = 0) -> list[bytes]:
    return [make_mail(f"Text {start + n}", message_id=f"box{start + n}@customer.example") for n in range(count)]


def test_mails_are_read_by_uid_whoever_read_them_before_and_nothing_is_changed(
    mailbox: Mailbox, server: ImapServer
) -> None:
    server.seen.update(server.add(*some_mails(3)))
    poll_mailbox(mailbox.pk)
    assert InboundEvent.objects.count() == 3
    assert server.written == 0
    server.add(*some_mails(2, start=3))
    poll_mailbox(mailbox.pk)
    assert InboundEvent.objects.count() == 5
    assert sorted(server.fetched) == [1, 2, 3, 4, 5]
    work_all()
    assert (figures().seen, figures().imported, figures().is_complete) == (5, 5, True)
    assert Message.objects.filter(direction="in").count() == 5


def test_a_gap_of_days_is_fetched_whole(mailbox: Mailbox, server: ImapServer) -> None:
    server.add(*some_mails(2))
    poll_mailbox(mailbox.pk)
    server.is_down = True
    poll_mailbox(mailbox.pk)
    assert Mailbox.objects.get().failures == 1
    server.add(*some_mails(30, start=2))
    server.is_down = False
    poll_mailbox(mailbox.pk)
    assert InboundEvent.objects.count() == 32
    assert Mailbox.objects.get().error == ""


@pytest.mark.parametrize("at", [1, 300, 700, 1500, 2600])
def test_a_line_cut_in_the_middle_of_a_fetch_loses_and_doubles_nothing(
    mailbox: Mailbox, server: ImapServer, at: int
) -> None:
    server.add(*some_mails(12))
    server.cut_after = at
    poll_mailbox(mailbox.pk)
    assert "closed the connection" in Mailbox.objects.get().error
    poll_mailbox(mailbox.pk)
    assert InboundEvent.objects.count() == 12
    assert MailboxItem.objects.count() == 12


def test_a_change_of_uidvalidity_brings_every_mail_once(mailbox: Mailbox, server: ImapServer) -> None:
    server.add(*some_mails(6))
    poll_mailbox(mailbox.pk)
    work_all()
    server.renumber(start=100)
    server.add(*some_mails(2, start=6))
    poll_mailbox(mailbox.pk)
    work_all()
    assert Message.objects.filter(direction="in").count() == 8
    assert (figures().seen, figures().imported, figures().missing) == (8, 8, 0)


def test_a_death_between_fetch_and_account_leaves_nothing_half_done(
    mailbox: Mailbox, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add(*some_mails(3))
    stored = imap.store_mails

    def dies(*args: object, **options: object) -> None:
        stored(*args, **options)  # type: ignore[arg-type]
        raise SystemExit

    monkeypatch.setattr(imap, "store_mails", dies)
    with pytest.raises(SystemExit):
        poll_mailbox(mailbox.pk)
    assert not InboundEvent.objects.exists()
    monkeypatch.undo()
    poll_mailbox(mailbox.pk)
    assert InboundEvent.objects.count() == MailboxItem.objects.count() == 3


def test_a_mail_that_came_by_another_door_is_accounted_for_and_not_doubled(
    mailbox: Mailbox, server: ImapServer
) -> None:
    (raw,) = some_mails(1)
    mail_in(raw)
    server.add(raw)
    poll_mailbox(mailbox.pk)
    assert Ticket.objects.count() == 1
    assert figures().imported == 1


def test_a_mail_that_the_server_refuses_is_shown_as_missing_and_fetched_by_the_comparison(
    mailbox: Mailbox, server: ImapServer
) -> None:
    server.add(*some_mails(5))
    server.refused = {3}
    poll_mailbox(mailbox.pk)
    assert InboundEvent.objects.count() == 4
    assert (figures().missing, figures().seen, figures().is_complete) == (1, 5, False)
    assert reconcile_mailbox(mailbox.pk) == 1
    server.refused = set()
    assert reconcile_mailbox(mailbox.pk) == 0
    assert (figures().missing, figures().imported, figures().is_complete) == (0, 5, True)


def test_the_comparison_finds_a_mail_that_appeared_behind_our_back(mailbox: Mailbox, server: ImapServer) -> None:
    server.add(*some_mails(3))
    late = server.mails.pop(2)
    poll_mailbox(mailbox.pk)
    server.mails[2] = late
    assert reconcile_mailbox(mailbox.pk) == 0
    assert MailboxItem.objects.filter(uid=2).exists()
    assert figures().seen == 3


def test_ignored_and_parked_mails_are_counted_as_such(mailbox: Mailbox, server: ImapServer) -> None:
    server.add(*some_mails(2), make_mail("away", subject="Auto: away", headers={"Auto-Submitted": "auto-replied"}))
    poll_mailbox(mailbox.pk)
    work_all()
    InboundEvent.objects.filter(mailbox_items__uid=1).update(state="parked")
    assert (figures().imported, figures().parked, figures().ignored, figures().seen) == (1, 1, 1, 3)


def test_a_mail_that_is_too_large_opens_a_ticket_and_its_sender_is_told(mailbox: Mailbox, server: ImapServer) -> None:
    server.add(make_mail("太大", subject="照片太大了，请查收附件"))
    server.sizes[1] = 50 * 1024 * 1024
    poll_mailbox(mailbox.pk)
    work_all()
    ticket = Ticket.objects.get()
    assert "50" in ticket.messages.get(direction="in").text
    (told,) = Delivery.objects.all()
    assert (told.purpose, told.address) == ("channels_app.too_large", "li.na@customer.example")
    from channels_app.email.too_large import render_refusal

    rendered = render_refusal(told)
    assert rendered.is_auto
    assert rendered.language == "zh-hans"
    assert figures().imported == 1


def test_a_wrong_password_is_shown_and_tried_less_and_less_often(mailbox: Mailbox, server: ImapServer) -> None:
    server.password = "changed"
    for _ in range(4):
        poll_mailbox(mailbox.pk)
    shown = Mailbox.objects.get()
    assert "wrong password" in shown.error
    assert shown.failures == 4
    assert shown.next_poll_at is not None
    assert shown.next_poll_at > timezone.now() + timedelta(seconds=100)
    assert "wrong password" in ChannelAccount.objects.get().last_error
    server.password = "secret"
    poll_mailbox(mailbox.pk)
    assert (Mailbox.objects.get().error, Mailbox.objects.get().failures) == ("", 0)


def test_servers_that_want_to_know_who_we_are_or_write_the_uid_last_are_read_too(
    mailbox: Mailbox, server: ImapServer
) -> None:
    server.wants_id = server.uid_last = True
    server.add(*some_mails(3))
    poll_mailbox(mailbox.pk)
    assert MailboxItem.objects.count() == 3


def test_a_folder_that_is_not_there_is_named(account: ChannelAccount, mailbox: Mailbox) -> None:
    Mailbox.objects.update(folder="收件箱")
    poll_mailbox(mailbox.pk)
    assert "收件箱" in Mailbox.objects.get().error
    assert quote("A&B 收件箱") == '"A&-B &ZTZO9nux-"'


@pytest.mark.django_db(transaction=True)
def test_a_password_or_name_that_cannot_be_sent_is_said_in_words(mailbox: Mailbox, server: ImapServer) -> None:
    account = mailbox.account
    account.set_secrets({"imap_password": "пароль"})
    with pytest.raises(Permanent, match="ASCII") as caught, MailServer(account):
        pass
    assert "пароль" not in str(caught.value)
    account.config = {"imap": {"host": "a..example", "security": "ssl"}}
    with pytest.raises(Permanent, match="looked up"), MailServer(account):
        pass
    with pytest.raises(Permanent, match="cannot be sent"):
        connect(Relay("a..example", 25))


def test_a_mailbox_that_another_process_reads_is_left_alone(mailbox: Mailbox, server: ImapServer) -> None:
    server.add(*some_mails(1))
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7151, %s)", [mailbox.pk])
        assert poll_mailbox(mailbox.pk) is None
    finally:
        other.close()
    for _ in range(50):
        if poll_mailbox(mailbox.pk) is not None:
            break
        time.sleep(0.05)
    assert InboundEvent.objects.count() == 1


def test_a_long_mailbox_is_read_in_turns(mailbox: Mailbox, server: ImapServer) -> None:
    server.add(*some_mails(120))
    turn = poll_mailbox(mailbox.pk, seconds=0)
    assert turn is not None
    assert not turn.is_finished
    assert figures().unread == 120
    turn = poll_mailbox(mailbox.pk)
    assert turn is not None
    assert turn.is_finished
    assert turn.stored == 120
    assert figures().unread == 0


def test_the_tick_makes_a_row_for_each_folder_and_survives_without_a_broker(mailbox: Mailbox) -> None:
    Mailbox.objects.all().delete()
    poll_mailboxes()
    assert Mailbox.objects.get().folder == "INBOX"


# --- OAuth2 ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def tokens(mailbox: Mailbox, server: ImapServer) -> Iterator[TokenServer]:
    tokens = TokenServer().start()
    account = ChannelAccount.objects.get()
    account.config["imap"]["auth"] = "oauth2"
    account.config["oauth2"] = {"provider": "microsoft", "token_url": tokens.url}
    account.set_secrets({"oauth2": {"client_id": "app", "client_secret": "s", "refresh_token": "refresh-1"}})
    account.save()
    server.token = "access-1"
    yield tokens
    tokens.stop()


@pytest.mark.req("A1", "e-mail")
def test_a_mailbox_is_opened_with_a_token_that_is_kept_and_a_rotated_refresh_token(
    tokens: TokenServer, mailbox: Mailbox, server: ImapServer
) -> None:
    server.add(*some_mails(2))
    poll_mailbox(mailbox.pk)
    poll_mailbox(mailbox.pk)
    assert InboundEvent.objects.count() == 2
    assert len(tokens.forms) == 1
    assert "IMAP.AccessAsUser.All" in tokens.forms[0]["scope"]
    assert ChannelAccount.objects.get().secrets["oauth2"]["refresh_token"] == "refresh-2"
    assert "refresh-2" not in ChannelAccount.objects.get().sealed


@pytest.mark.req("A1", "e-mail")
def test_a_token_that_the_server_refuses_is_fetched_anew_and_a_withdrawn_access_is_named(
    tokens: TokenServer, mailbox: Mailbox, server: ImapServer
) -> None:
    server.token = "access-2"
    poll_mailbox(mailbox.pk)
    assert "refuses the sign-in" in Mailbox.objects.get().error
    poll_mailbox(mailbox.pk)
    assert Mailbox.objects.get().error == ""
    tokens.is_revoked = True
    account = ChannelAccount.objects.get()
    account.set_secrets({"oauth2": account.secrets["oauth2"]})
    account.save()
    poll_mailbox(mailbox.pk)
    assert "allow it again" in Mailbox.objects.get().error
    tokens.is_revoked, tokens.status = False, 503
    poll_mailbox(mailbox.pk)
    assert "503" in Mailbox.objects.get().error

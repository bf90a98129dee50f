"""Channel accounts and mailboxes through the pages: secrets never come back, connections are really made, figures add up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_app.models import InboundEvent, Mailbox, MailboxItem
from channels_app.services.accounts import secrets_that_stay
from channels_app.webhook.hook import FORMER_SECRET, SECRET, sign
from helpdesk.accounts.models import Team
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, Event, Job
from tests.factories import make_account, make_ticket
from tests.servers.imap import ImapServer
from tests.servers.smtp import SmtpServer
from tickets.models import Message
from tickets.routing.models import AccountTeam

pytestmark = pytest.mark.django_db

CANARIES = ("canary-imap", "canary-smtp", "canary-client", "canary-refresh")


def mail_data(**fields: Any) -> dict[str, Any]:
    return {
        "slug": "service", "name": "Service", "name_zh": "服务", "address": "Service@company.example", "language": "en",
        "grade": "core", "brand": "", "team": "", "aliases": "help@company.example\n@shop.example",
        "acknowledge": "on", "plus_addresses": "on", "imap_host": "imap.company.example", "imap_port": "",
        "imap_security": "ssl", "imap_auth": "password", "imap_password": CANARIES[0], "smtp_host": "smtp.company.example",
        "smtp_security": "starttls", "smtp_auth": "password", "smtp_password": CANARIES[1], "oauth_provider": "google",
        "oauth_client_id": "id", "oauth_client_secret": CANARIES[2], "oauth_refresh_token": CANARIES[3], **fields,
    }  # fmt: skip


@pytest.fixture
def imap() -> Iterator[ImapServer]:
    server = ImapServer().start()
    server.add(b"Subject: one\r\n\r\n1", b"Subject: two\r\n\r\n2")
    yield server
    server.stop()


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    server = SmtpServer().start()
    yield server
    server.stop()


@pytest.mark.req("K5", "administration pages")
@pytest.mark.req("A3", "grade and kind of an account")
def test_mail_account_is_made_and_its_secrets_never_come_back(desk: Client, teams: tuple[Team, Team]) -> None:
    made = desk.post("/settings/channels/new/email/", mail_data(team=teams[1].pk))
    assert made.status_code == 302, made.context["form"].errors
    account = ChannelAccount.objects.get(slug="service")
    assert (account.kind, account.grade, account.address) == ("email", "core", "service@company.example")
    assert account.config["aliases"] == ["help@company.example", "@shop.example"]
    assert account.config["imap"]["host"] == "imap.company.example"
    assert account.secrets["imap_password"] == CANARIES[0]
    assert account.secrets["oauth2"]["refresh_token"] == CANARIES[3]
    assert AccountTeam.objects.get(account=account).team == teams[1]
    for canary in CANARIES:
        assert canary not in account.sealed
        assert canary not in desk.get("/settings/channels/service/").content.decode()
        assert canary not in desk.get("/settings/channels/").content.decode()
        assert canary not in str(list(Event.objects.values("data")))
    wrong = desk.post("/settings/channels/service/", mail_data(name=""))
    assert wrong.status_code == 422
    assert all(canary not in wrong.content.decode() for canary in CANARIES)
    seen = desk.get("/settings/channels/service/").context["form"]["seen"].value()
    kept = dict.fromkeys(("imap_password", "smtp_password", "oauth_client_secret", "oauth_refresh_token"), "")
    saved = desk.post("/settings/channels/service/", mail_data(name="New name", seen=seen, team=teams[0].pk, **kept))
    assert saved.status_code == 302, saved.context["form"].errors
    account.refresh_from_db()
    assert account.name == "New name"
    assert account.secrets["smtp_password"] == CANARIES[1]
    changed = Event.objects.get(name="channel_account.changed").data["fields"]
    assert {"name", "team"} <= set(changed)
    assert Event.objects.filter(name="channel_account.secrets_changed").count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("address", "nonsense"), ("aliases", "a b"), ("imap_host", "bad host!"), ("imap_port", "99999"),
     ("imap_security", "none"), ("oauth_provider", "evil"), ("grade", "platinum"), ("team", "999999"),
     ("slug", "a/b"), ("trusted_servers", "ho st"), ("oauth_tenant", "a/../b"), ("name", "")],
)  # fmt: skip
def test_unusable_values_are_said_at_their_field(
    desk: Client, teams: tuple[Team, Team], field: str, value: str
) -> None:
    answer = desk.post("/settings/channels/new/email/", mail_data(**{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not ChannelAccount.objects.filter(slug="service").exists()


def test_same_address_or_short_name_is_refused_in_words(desk: Client, teams: tuple[Team, Team]) -> None:
    make_account("support", address="service@company.example")
    answer = desk.post("/settings/channels/new/email/", mail_data())
    assert answer.status_code == 422
    assert "Another account already uses this address." in answer.content.decode()
    assert (
        desk.post("/settings/channels/new/email/", mail_data(slug="support", address="x@y.example")).status_code == 422
    )


def test_connection_test_really_connects_with_what_the_form_holds(
    desk: Client, teams: tuple[Team, Team], imap: ImapServer, smtp: SmtpServer
) -> None:
    make_account("support")
    data = mail_data(
        address="support@company.example", imap_host="127.0.0.1", imap_port=imap.port, imap_security="plain",
        imap_user=imap.user, imap_password=imap.password, smtp_host="127.0.0.1", smtp_port=smtp.port,
        smtp_security="plain", smtp_password="", oauth_provider="",
    )  # fmt: skip
    good = desk.post("/settings/channels/support/test/", data, headers={"HX-Request": "true"})
    text = good.content.decode()
    assert "INBOX: 2" in text
    assert f"127.0.0.1:{smtp.port} answers" in text
    assert imap.sign_ins == 1
    assert smtp.connections == 1
    assert smtp.mails == []
    assert ChannelAccount.objects.get(slug="support").config == {}  # a test saves nothing
    wrong = desk.post("/settings/channels/support/test/", {**data, "imap_password": "canary-wrong"})
    assert wrong.status_code == 200
    assert "refuses the sign-in" in wrong.content.decode()
    assert "canary-wrong" not in wrong.content.decode()
    dead = desk.post("/settings/channels/support/test/", {**data, "smtp_port": 1})
    assert "cannot be reached" in dead.content.decode()


def test_own_acknowledgement_is_sent_in_the_customers_language(desk: Client, teams: tuple[Team, Team]) -> None:
    make_account("support")
    seen = desk.get("/settings/channels/support/").context["form"]["seen"].value()
    data = mail_data(address="support@company.example", acknowledgement_en="We have it: {number}", seen=seen)
    assert desk.post("/settings/channels/support/", data).status_code == 302
    ticket = make_ticket(account=ChannelAccount.objects.get(slug="support"))
    text = Message.objects.get(ticket=ticket, direction="out").text
    assert text == f"We have it: {ticket.number}"
    seen = desk.get("/settings/channels/support/").context["form"]["seen"].value()
    data.pop("acknowledge")
    assert desk.post("/settings/channels/support/", {**data, "seen": seen}).status_code == 302
    silent = make_ticket(account=ChannelAccount.objects.get(slug="support"), address="x@customer.example")
    assert not Message.objects.filter(ticket=silent, direction="out").exists()


@pytest.mark.req("A1", "generic webhook")
def test_webhook_shows_its_secret_once_and_takes_the_former_one_while_it_is_changed(
    desk: Client, teams: tuple[Team, Team]
) -> None:
    data = {"slug": "erp", "name": "ERP", "language": "en", "grade": "long_tail"}
    first = desk.post("/settings/channels/new/webhook/", data).content.decode()
    account = ChannelAccount.objects.get(slug="erp")
    old = account.secrets[SECRET]
    assert old in first
    assert "/hooks/webhook/erp/" in first
    assert old not in desk.get("/settings/channels/erp/").content.decode()
    second = desk.post("/settings/channels/erp/secret/").content.decode()
    account.refresh_from_db()
    new = account.secrets[SECRET]
    assert new in second
    assert new != old
    assert account.secrets[FORMER_SECRET] == old
    for nth, secret in enumerate((old, new)):
        body = f'{{"id": "{nth}", "sender": {{"email": "li.na@customer.example"}}, "text": "Hello"}}'.encode()
        stamp = int(timezone.now().timestamp())
        headers = {"X-Helpdesk-Timestamp": str(stamp), "X-Helpdesk-Signature": sign(secret, stamp, body)}
        answer = Client().post("/hooks/webhook/erp/", body, content_type="application/json", headers=headers)
        assert answer.status_code == 200


def test_switched_off_form_takes_nothing_and_embedding_is_limited_to_named_origins(
    desk: Client, teams: tuple[Team, Team]
) -> None:
    data = {"slug": "contact", "name": "Contact", "language": "en", "grade": "long_tail", "acknowledge": "on"}
    bad = desk.post("/settings/channels/new/form/", {**data, "embed_origins": "https://a.example/path"})
    assert bad.status_code == 422
    desk.post("/settings/channels/new/form/", {**data, "embed_origins": "https://www.example.com"})
    page = Client().get("/form/contact/")
    assert "https://www.example.com" in page["Content-Security-Policy"]
    desk.post("/settings/channels/contact/switch/", {"on": "0"})
    assert Client().get("/form/contact/").status_code == 404
    desk.post("/settings/channels/contact/switch/", {"on": "1"})
    assert Client().get("/form/contact/").status_code == 200
    assert Event.objects.filter(name="channel_account.switched").count() == 2


def test_sms_account_keeps_its_keys_sealed(desk: Client, teams: tuple[Team, Team]) -> None:
    data = {"slug": "sms", "name": "SMS", "language": "zh-hans", "grade": "auxiliary", "gateway": "aliyun",
            "sign_name": "兰亭", "templates": '{"*": {"id": "SMS_1", "params": {"code": "{code}"}}}',
            "access_key_id": "canary-id", "access_key_secret": "canary-secret"}  # fmt: skip
    assert desk.post("/settings/channels/new/sms/", {**data, "templates": "[1]"}).status_code == 422
    assert desk.post("/settings/channels/new/sms/", data).status_code == 302
    account = ChannelAccount.objects.get(slug="sms")
    assert account.config["templates"]["*"]["id"] == "SMS_1"
    assert account.secrets == {"access_key_id": "canary-id", "access_key_secret": "canary-secret"}
    assert "canary" not in desk.get("/settings/channels/sms/").content.decode()


@pytest.mark.req("A9", "health of an account")
def test_health_says_what_waits_what_failed_and_why(desk: Client, teams: tuple[Team, Team]) -> None:
    account = make_account("support")
    for nth in range(6):
        InboundEvent.objects.create(account=account, external_id=f"{nth}", handler="x", state="done", attempts=1)
    good = {row.account.slug: row for row in desk.get("/settings/channels/").context["rows"]}["support"]
    assert (good.state, good.newest, good.failed) == ("good", 6, 0)
    InboundEvent.objects.create(account=account, external_id="p", handler="x", state="parked", attempts=8)
    InboundEvent.objects.create(account=account, external_id="w", handler="x", state="ready")
    Mailbox.objects.create(account=account, error="TryAgain: the server refuses the sign-in")
    page = desk.get("/settings/channels/")
    row = {row.account.slug: row for row in page.context["rows"]}["support"]
    assert (row.state, row.parked, row.waiting, row.failed, row.newest) == ("bad", 1, 1, 1, 8)
    assert "the server refuses the sign-in" in page.content.decode()
    assert "Needs a person" in page.content.decode()


def test_mailbox_page_adds_up_and_a_comparison_fetches_what_is_missing(
    desk: Client, teams: tuple[Team, Team], imap: ImapServer
) -> None:
    server = {"host": "127.0.0.1", "port": imap.port, "security": "plain", "user": imap.user}
    account = make_account("support", config={"imap": server})
    account.set_secrets({"imap_password": imap.password})
    account.save()
    event = InboundEvent.objects.create(account=account, external_id="1", handler="x", state="done")
    mailbox = Mailbox.objects.create(
        account=account, uid_validity=imap.uid_validity, last_uid=2, seen_on_server=2, missing=1
    )
    MailboxItem.objects.create(mailbox=mailbox, uid_validity=imap.uid_validity, uid=1, event=event)
    page = desk.get("/settings/mailboxes/")
    [row] = page.context["rows"]
    assert row.seen == row.imported + row.parked + row.ignored + row.unread + row.missing == 2
    assert 'class="row-missing"' in page.content.decode()
    assert desk.post(f"/settings/mailboxes/{mailbox.pk}/reconcile/").status_code == 302
    job = Job.objects.get(kind="mailbox.reconcile")
    leasing.run(Job, job.pk)
    [row] = desk.get("/settings/mailboxes/").context["rows"]
    assert (row.missing, row.imported) == (0, 2)
    assert re.search(r"<b>2</b>", desk.get("/settings/mailboxes/").content.decode())
    assert desk.post("/settings/mailboxes/999999/reconcile/").status_code == 404


@pytest.mark.req("K5", "administration pages")
def test_a_kept_password_does_not_follow_an_account_to_another_server(desk: Client, teams: tuple[Team, Team]) -> None:
    account = ChannelAccount(slug="box", kind="email", name="Box", address="box@company.example")
    account.config = {"imap": {"host": "imap.company.example", "user": "box"}, "smtp": {"host": "smtp.company.example"}}
    account.set_secrets({"imap_password": "kept-1", "smtp_password": "kept-2"})
    same = {"imap": {"host": "imap.company.example", "user": "box"}, "smtp": {"host": "smtp.company.example"}}
    assert secrets_that_stay(account, same) == account.secrets
    moved = {**same, "imap": {"host": "imap.evil.example", "user": "box"}}
    assert secrets_that_stay(account, moved) == {"smtp_password": "kept-2"}
    assert secrets_that_stay(account, {}) == {}

"""Mail over TLS, to real servers: submission by STARTTLS and by TLS from the start, a mailbox over both, bad certificates."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from django.test import Client

from channels_app.email.accounting import ensure_mailboxes
from channels_app.email.imap import poll_mailbox
from channels_app.email.parse import parse_mail
from channels_app.models import InboundEvent, Mailbox
from helpdesk.accounts.models import Staff
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.core.outgoing import PlainMessage, queue_delivery
from helpdesk.core.registries import renderers
from tests.channels_app.mail_channel.mails import make_mail
from tests.factories import make_staff
from tests.servers.imap import ImapServer
from tests.servers.loops import LoopThread
from tests.servers.tls import Authority, make_authority

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.req("A1", "e-mail"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),  # it is TLS from the start
]
UNTRUSTED = "The server&#x27;s certificate cannot be verified"
CHINESE = "服务器的证书无法验证"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this process trusts, by the variable that an administrator sets."""
    made = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


class Kept:
    """What a submission server took: envelopes with whether they came encrypted and signed in."""

    def __init__(self) -> None:
        self.mails: list[tuple[Envelope, bool, bool]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        is_encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.mails.append((envelope, is_encrypted, bool(session.authenticated)))
        return "250 2.0.0 queued"


class Submission:
    """aiosmtpd on a free port: STARTTLS before anything else, or TLS from the start; one user."""

    def __init__(self, context: ssl.SSLContext, *, implicit: bool = False) -> None:
        self.kept = Kept()
        self.thread = LoopThread()
        self.thread.run(self._listen(context, implicit=implicit))

    async def _listen(self, context: ssl.SSLContext, *, implicit: bool) -> None:
        def protocol() -> SMTP:
            return SMTP(
                self.kept, hostname="test", auth_required=True, authenticator=self._check, auth_require_tls=not implicit,
                tls_context=None if implicit else context, require_starttls=not implicit,
            )  # fmt: skip

        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if implicit else None)
        self.port = int(self.server.sockets[0].getsockname()[1])

    @staticmethod
    def _check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"support@company.example", b"secret"))

    def stop(self) -> None:
        self.thread.loop.call_soon_threadsafe(self.server.close)
        self.thread.stop()


@pytest.fixture
def submission() -> Iterator[Callable[..., Submission]]:
    running: list[Submission] = []

    def start(context: ssl.SSLContext, **how: bool) -> Submission:
        running.append(Submission(context, **how))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def use(account: ChannelAccount, part: str, port: int, security: str, host: str = "127.0.0.1") -> None:
    account.config = {part: {"host": host, "port": port, "security": security}}
    account.set_secrets({f"{part}_password": "secret"})
    account.save()


def send(account: ChannelAccount) -> Delivery:
    """One message through the outbox."""
    if "test.tls" not in renderers:
        renderers.add("test.tls", lambda _delivery: PlainMessage(subject="Hello", text="Hello by TLS"))
    delivery = queue_delivery(
        account, purpose="test.tls", subject_id=1, address="li.na@customer.example", dedupe_key="tls"
    )
    leasing.run(Delivery, delivery.pk)
    return Delivery.objects.get(pk=delivery.pk)


@pytest.fixture
def admin(team: object) -> Staff:
    return make_staff("boss", role="administrator", language="en")


def health(admin: Staff, address: str = "/settings/channels/") -> str:
    client = Client()
    client.force_login(admin)
    return client.get(address).content.decode()


# --- Sending ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_mail_goes_out_encrypted_and_signed_in(
    account: ChannelAccount, authority: Authority, submission: Any, security: str
) -> None:
    server = submission(authority.context(), implicit=security == "ssl")
    use(account, "smtp", server.port, security)
    assert send(account).status == "sent"
    [(envelope, is_encrypted, is_signed_in)] = server.kept.mails
    assert (is_encrypted, is_signed_in) == (True, True)
    assert envelope.rcpt_tos == ["li.na@customer.example"]
    assert "Hello by TLS" in (parse_mail(envelope.content).text or "")


@pytest.mark.req("A9", "health of an account")
@pytest.mark.parametrize("security", ["starttls", "ssl"])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("unknown", UNTRUSTED),
        ("expired", "certificate has expired"),
        ("name", "certificate is for another name"),
    ],
)
def test_bad_certificate_sends_nothing_and_is_said_in_words(
    account: ChannelAccount, authority: Authority, submission: Any, admin: Staff, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, security: str, fault: str, words: str,
) -> None:  # fmt: skip
    if fault == "unknown":
        monkeypatch.delenv("SSL_CERT_FILE")
    context = authority.context(*(["other.example"] if fault == "name" else []), expired=fault == "expired")
    server = submission(context, implicit=security == "ssl")
    use(account, "smtp", server.port, security)
    delivery = send(account)
    assert (delivery.status, delivery.state) == ("queued", "back_off")
    assert server.kept.mails == []
    assert words in health(admin), "the list of accounts"
    assert words in health(admin, "/settings/channels/support/")
    assert words in health(admin, "/work/?state=back_off")
    assert "secret" not in delivery.reason


@pytest.mark.req("A9", "health of an account")
def test_connection_test_says_it_in_chinese_and_never_falls_back_to_plain(
    account: ChannelAccount, authority: Authority, submission: Any, admin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    server = submission(authority.context())
    use(account, "smtp", server.port, "starttls")
    Staff.objects.filter(pk=admin.pk).update(language="zh-hans")
    client = Client()
    client.force_login(admin)
    form = client.get("/settings/channels/support/").context["form"]
    data = {name: value for name, value in form.initial.items() if isinstance(value, (str, int)) and value is not None}
    data |= {"address": account.address, "seen": form["seen"].value(), "team": "", "imap_host": ""}
    page = client.post("/settings/channels/support/test/", data, headers={"HX-Request": "true"}).content.decode()
    assert CHINESE in page
    assert "self-signed certificate" in page or "unable to get local issuer" in page
    assert server.kept.mails == []


def test_server_without_starttls_gets_neither_password_nor_mail(account: ChannelAccount, admin: Staff) -> None:
    from tests.servers.smtp import SmtpServer

    server = SmtpServer().start()
    try:
        use(account, "smtp", server.port, "starttls")
        assert send(account).state == "back_off"
        assert server.mails == []
    finally:
        server.stop()
    assert "The server does not offer STARTTLS" in health(admin)


# --- Reading ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def imap() -> Iterator[Callable[..., ImapServer]]:
    running: list[ImapServer] = []

    def start(**how: Any) -> ImapServer:
        server = ImapServer(**how).start()
        server.add(make_mail("By TLS", message_id="tls@customer.example"))
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


def poll(account: ChannelAccount) -> Mailbox:
    ensure_mailboxes()
    mailbox = Mailbox.objects.get(account=account)
    poll_mailbox(mailbox.pk)
    return Mailbox.objects.get(pk=mailbox.pk)


@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_mailbox_is_read_over_tls(account: ChannelAccount, authority: Authority, imap: Any, security: str) -> None:
    context = authority.context()
    server = imap(tls=context) if security == "ssl" else imap(starttls=context)
    use(account, "imap", server.port, security)
    assert poll(account).error == ""
    assert InboundEvent.objects.count() == 1
    assert server.secure_sign_ins == 1


@pytest.mark.req("A9", "health of an account")
@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_mailbox_behind_a_bad_certificate_is_not_signed_in_to_and_says_why(
    account: ChannelAccount,
    authority: Authority,
    imap: Any,
    admin: Staff,
    monkeypatch: pytest.MonkeyPatch,
    security: str,
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    context = authority.context()
    server = imap(tls=context) if security == "ssl" else imap(starttls=context)
    use(account, "imap", server.port, security)
    assert poll(account).failures == 1
    assert (server.sign_ins, InboundEvent.objects.count()) == (0, 0)
    for address in ("/settings/channels/", "/settings/mailboxes/", "/settings/channels/support/"):
        assert UNTRUSTED in health(admin, address), address
    Staff.objects.filter(pk=admin.pk).update(language="zh-hans")
    assert CHINESE in health(admin, "/settings/mailboxes/")


def test_tls_on_a_plain_port_is_said_in_words(account: ChannelAccount, imap: Any, admin: Staff) -> None:
    server = imap()
    use(account, "imap", server.port, "ssl")
    poll(account)
    assert "does not speak TLS on this port" in health(admin, "/settings/mailboxes/")
    assert server.sign_ins == 0

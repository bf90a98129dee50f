"""Where mail leaves: the account's own server, the relay of the settings, or (in demo mode) our own sink; by real SMTP."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from channels_app.email.oauth import access_token, forget_token, xoauth2
from helpdesk.core.errors import Permanent, Unreachable
from helpdesk.core.models import ChannelAccount

SINK_USER = "outbound"
_PORTS = {"ssl": 465, "starttls": 587}
_CONNECT_SECONDS = 20
_ANSWER_SECONDS = 120
_IDLE_SECONDS = 45
_MAILS_PER_CONNECTION = 100


@dataclass(frozen=True)
class Relay:
    """One way out. `security`: `ssl`, `starttls` (required), `plain`, or `auto` (STARTTLS where it is offered)."""

    host: str
    port: int
    security: str = "auto"
    user: str = ""
    password: str = ""
    oauth_account: int | None = None


def relay_for(account: ChannelAccount) -> Relay:
    """The account's own server first, then SMTP_RELAY_URL, then the demo sink; `Permanent` when there is none."""
    own = account.config.get("smtp") or {}
    if own.get("host"):
        secrets = account.secrets
        security = own.get("security", "starttls")
        is_oauth = own.get("auth") == "oauth2"
        return Relay(
            host=str(own["host"]),
            port=int(own.get("port") or _PORTS.get(security, 25)),
            security=security,
            user=str(own.get("user") or (account.address if is_oauth or secrets.get("smtp_password") else "")),
            password="" if is_oauth else str(secrets.get("smtp_password", "")),
            oauth_account=account.pk if is_oauth else None,
        )
    if settings.SMTP_RELAY_URL:
        return parse_relay_url(settings.SMTP_RELAY_URL)
    if settings.DEMO:
        return Relay(settings.MAIL_BIND, settings.MAIL_PORT, "plain", SINK_USER, sink_password())
    raise Permanent("there is no way out for mail: set SMTP_RELAY_URL, or enter a server for this account")


def parse_relay_url(url: str) -> Relay:
    """`smtp://user:password@host:port?security=starttls`, `smtps://…`. With a password STARTTLS is required, else `auto`."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Permanent("SMTP_RELAY_URL is not usable: expected smtp://user:password@host:port or smtps://…")
    asked = parse_qs(parts.query).get("security", [""])[0]
    security = asked or ("ssl" if parts.scheme == "smtps" else "starttls" if parts.password else "auto")
    port = parts.port or (465 if security == "ssl" else 587 if parts.password else 25)
    return Relay(parts.hostname, port, security, unquote(parts.username or ""), unquote(parts.password or ""))


def sink_password() -> str:
    """The credential with which our own outbox may leave mail in the demo sink; made from the secret key, never stored."""
    return hmac.new(settings.SECRET_KEY.encode(), b"demo mail sink", hashlib.sha256).hexdigest()


class Connections(threading.local):
    """Open connections of one thread, one for each relay; used again while they are fresh and answer."""

    def __init__(self) -> None:
        self._open: dict[Relay, tuple[smtplib.SMTP, float, int]] = {}

    def get(self, relay: Relay) -> smtplib.SMTP:
        """A connection that is ready for MAIL. `TryAgain` when the server cannot be reached or refuses us."""
        kept = self._open.pop(relay, None)
        if kept is not None:
            client, used_at, count = kept
            if time.monotonic() - used_at < _IDLE_SECONDS and count < _MAILS_PER_CONNECTION and _answers(client):
                self._open[relay] = (client, time.monotonic(), count + 1)
                return client
            client.close()
        client = connect(relay)
        self._open[relay] = (client, time.monotonic(), 1)
        return client

    def drop(self, relay: Relay) -> None:
        """Forget the relay's connection after anything that leaves its state in doubt."""
        kept = self._open.pop(relay, None)
        if kept is not None:
            kept[0].close()

    def close(self) -> None:
        for relay in list(self._open):
            self.drop(relay)


connections = Connections()


def _answers(client: smtplib.SMTP) -> bool:
    try:
        return client.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def connect(relay: Relay) -> smtplib.SMTP:
    """Connect, secure and sign in."""
    try:
        return _connect(relay)
    except smtplib.SMTPAuthenticationError as error:
        if relay.oauth_account is not None:
            forget_token(ChannelAccount.objects.get(pk=relay.oauth_account))
        raise Unreachable(f"{relay.host} refuses the sign-in: {_said(error)}", after=60) from error
    except smtplib.SMTPResponseException as error:
        raise Unreachable(f"{relay.host} answered {_said(error)}") from error
    except ssl.SSLError as error:
        raise Unreachable(f"{relay.host} cannot be trusted: {tls_reason(error)}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(f"{relay.host}:{relay.port} cannot be reached: {error}") from error
    except UnicodeError:
        # not chained: the error holds what was typed
        raise Permanent(f"{relay.host}: the name, user or password holds characters that cannot be sent") from None


def tls_reason(error: ssl.SSLError) -> str:
    """What is wrong with a server's TLS: of a certificate, what was found in it."""
    found = getattr(error, "verify_message", "")
    return f"{error.reason}: {found}" if found else str(error.reason or error)


def _connect(relay: Relay) -> smtplib.SMTP:
    name = settings.MAIL_HOSTNAME or None
    context = ssl.create_default_context()
    if relay.security == "ssl":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            relay.host, relay.port, local_hostname=name, timeout=_CONNECT_SECONDS, context=context
        )
    else:
        client = smtplib.SMTP(relay.host, relay.port, local_hostname=name, timeout=_CONNECT_SECONDS)
    try:
        client.ehlo_or_helo_if_needed()
        if relay.security == "starttls" or (relay.security == "auto" and client.has_extn("starttls")):
            if relay.security == "auto":
                # without a password there is nothing to protect from a false server; encrypted is better than plain
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            client.starttls(context=context)
            client.ehlo()
        _sign_in(client, relay)
        assert client.sock is not None
        # handing over a large mail takes longer than connecting
        client.sock.settimeout(_ANSWER_SECONDS)
        # the dot after a mail must not wait for the acknowledgement of the mail (40 ms by Nagle's algorithm, RFC 1122)
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        client.close()
        raise
    return client


def _sign_in(client: smtplib.SMTP, relay: Relay) -> None:
    if relay.oauth_account is not None:
        token = access_token(ChannelAccount.objects.get(pk=relay.oauth_account))
        answer: Callable[..., str] = lambda challenge=None: "" if challenge else xoauth2(relay.user, token)  # noqa: E731
        client.auth("XOAUTH2", answer)
    elif relay.password:
        if relay.security == "plain" and not is_loopback(relay.host):
            raise Permanent("a password is never sent over a connection that is not encrypted")
        client.login(relay.user, relay.password)


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _said(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
    return f"{error.smtp_code} {text}"

"""The SMTP door: known recipients only, 250 after the raw mail is committed, 451 when it could not be."""

from __future__ import annotations

import asyncio
import collections
import hmac
import logging
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from django.conf import settings
from django.db import connection

from channels_app.email.directory import Directory, load_directory
from channels_app.email.group_commit import GroupCommit, Submission
from channels_app.email.relays import SINK_USER, sink_password
from channels_app.email.smtp_limits import Limits
from channels_app.email.storing import Envelope as StoredEnvelope
from channels_app.email.storing import IncomingMail

log = logging.getLogger(__name__)

FRESH_SECONDS = 2.0
MOST_RECIPIENTS = 100
STORE_SECONDS = 60.0
IDLE_SECONDS = 120.0
# Lines of a command and of a mail. Real mails break the 998 characters of RFC 5322; they are taken all the same.
COMMAND_BYTES = 2048
CHUNK_BYTES = 256 * 1024
LINES_PER_TURN = 2000


class AddressBook:
    """The directory for the listener: read in a thread, kept for two seconds, asked again for an address it lacks."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="mail-directory")
        self._directory: Directory | None = None
        self._read_at = 0.0
        self._reading: asyncio.Future[Directory] | None = None

    async def get(self, *, within: float = FRESH_SECONDS) -> Directory:
        """The directory, read at most `within` seconds ago. Without a database the last one stands; raises if there is none."""
        if self._directory is not None and time.monotonic() - self._read_at <= within:
            return self._directory
        if self._reading is None:
            self._reading = asyncio.get_running_loop().run_in_executor(self._executor, _read_directory)
            self._reading.add_done_callback(self._finish)
        try:
            return await asyncio.shield(self._reading)
        except Exception:
            if self._directory is None:
                raise
            return self._directory

    def _finish(self, done: asyncio.Future[Directory]) -> None:
        self._reading = None
        if not done.cancelled() and done.exception() is None:
            self._directory, self._read_at = done.result(), time.monotonic()

    def close(self) -> None:
        self._executor.submit(_close_connection).result()
        self._executor.shutdown()


def _close_connection() -> None:
    """The calling thread's own connection: Django's `connection` stands for another one in each thread."""
    connection.close()


def _read_directory() -> Directory:
    try:
        return load_directory()
    except Exception:
        connection.close()
        raise


class Door:
    """Answers the SMTP commands; the names are aiosmtpd's."""

    def __init__(self, book: AddressBook, store: GroupCommit, limits: Limits) -> None:
        self.book, self.store, self.limits = book, store, limits

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        # one packet instead of one for each line
        return ["\r\n".join(line for line in responses if settings.DEMO or "AUTH" not in line)]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self.limits.may_send(_peer(session)):
            return "450 4.7.1 Too many mails from your address, try again in a minute"
        envelope.mail_from = address or "<>"
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            known = (await self.book.get()).is_ours(address)
            if not known and not session.authenticated:
                known = (await self.book.get(within=0)).is_ours(address)
        except Exception as error:
            log.warning("the addresses cannot be read: %s", type(error).__name__)
            return "451 4.3.0 Temporary problem, try again later"
        if not known and not session.authenticated:
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            directory = await self.book.get()
            recipients = [str(address) for address in envelope.rcpt_tos]
            submission = Submission(
                IncomingMail(
                    envelope.original_content or b"",
                    StoredEnvelope("smtp", _text(envelope.mail_from), tuple(map(_text, recipients)), _peer(session)),
                ),
                directory.accounts_for(recipients),
                [_text(item) for item in recipients if not directory.is_ours(item)] if session.authenticated else (),
            )
            async with asyncio.timeout(STORE_SECONDS):
                await asyncio.wrap_future(self.store.submit(submission))
        except Exception as error:
            log.warning("a mail was answered with 451: %s", type(error).__name__)
            return "451 4.3.0 Could not store the mail, try again later"
        return "250 2.0.0 Stored"


class Protocol(SMTP):
    """aiosmtpd's protocol with connection limits, lines of any length, and a body that is read without line objects kept."""

    command_size_limit = COMMAND_BYTES
    line_length_limit = CHUNK_BYTES

    def __init__(self, door: Door, **options: Any) -> None:
        super().__init__(door, **options)
        self.door = door
        # aiosmtpd keeps these in the class, where one session's EHLO changes another's limits
        self.command_size_limits = collections.defaultdict(lambda: COMMAND_BYTES)
        self._counted = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None and not self._counted:
            peer = (transport.get_extra_info("peername") or ("",))[0]
            if not self.door.limits.enter(peer):
                assert isinstance(transport, asyncio.Transport)
                transport.write(b"421 4.7.0 Too many connections, try again later\r\n")
                transport.close()
                self._reset_timeout()
                self.session = self._create_session()
                self._handler_coroutine = self.loop.create_task(asyncio.sleep(0))
                return
            self._counted = peer or "?"
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._counted:
            self.door.limits.leave("" if self._counted == "?" else self._counted)
            self._counted = ""
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """DATA (RFC 5321, section 4.1.1.4): only CR LF . CR LF ends it, so no bare line feed can smuggle a second mail."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        assert self.session is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        body = await self._read_body()
        if body is None:
            self._set_post_data_state()
            await self.push(f"552 5.3.4 The mail is larger than {self.data_size_limit} bytes")
            return
        self.envelope.original_content = bytes(body)
        status = await self.door.handle_DATA(self, self.session, self.envelope)
        self._set_post_data_state()
        await self.push(status)

    async def _read_body(self) -> bytearray | None:
        """The body with dots unstuffed; None when it is over the limit (it is then read to its end and dropped)."""
        body: bytearray | None = bytearray()
        at_line_start, count = True, 0
        while True:
            line, is_whole = await self._read_line()
            count += 1
            if count % LINES_PER_TURN == 0:
                # a large mail that lies in the buffer must not keep the other sessions waiting
                self._reset_timeout()
                await asyncio.sleep(0)
            if at_line_start and line.startswith(b"."):
                if is_whole and line == b".\r\n":
                    return body
                line = line[1:]
            at_line_start = is_whole
            if body is not None:
                body += line
                if self.data_size_limit and len(body) > self.data_size_limit:
                    body = None

    async def _read_line(self) -> tuple[bytes, bool]:
        """A line with its end, or the beginning of one that is longer than the buffer."""
        try:
            return await self._reader.readuntil(b"\r\n"), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed), False


def _peer(session: Session) -> str:
    return str(session.peer[0]) if isinstance(session.peer, tuple) else ""


def _text(value: str | None) -> str:
    return (value or "").encode("utf-8", "replace").decode("utf-8")


def authenticate_sink(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth_data: object
) -> AuthResult:
    """In demo mode our own outbox signs in and may leave mail for the world in the sink; nobody else has a sign-in."""
    if settings.DEMO and isinstance(auth_data, LoginPassword):
        is_outbox = hmac.compare_digest(auth_data.login, SINK_USER.encode())
        if hmac.compare_digest(auth_data.password, sink_password().encode()) and is_outbox:
            return AuthResult(success=True)
    return AuthResult(success=False, handled=False)


def tls_context() -> ssl.SSLContext | None:
    """The certificate of the settings for STARTTLS; None when there is none."""
    if not settings.MAIL_TLS_CERTIFICATE:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.MAIL_TLS_CERTIFICATE, settings.MAIL_TLS_KEY or None)
    return context


class Listener:
    """The listening socket with all that stands behind it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.store = GroupCommit()
        self.book = AddressBook()
        limits = Limits(
            settings.MAIL_MAX_CONNECTIONS,
            settings.MAIL_CONNECTIONS_PER_ADDRESS,
            settings.MAIL_PER_MINUTE_AND_ADDRESS,
            settings.MAIL_TRUSTED_NETWORKS,
        )
        self.door = Door(self.book, self.store, limits)
        self._tls = tls_context()
        self._sessions: set[Protocol] = set()
        self._server: asyncio.Server | None = None

    def _protocol(self) -> Protocol:
        return Protocol(
            self.door,
            data_size_limit=settings.MAIL_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname=settings.MAIL_HOSTNAME or "localhost",
            ident="ESMTP",
            tls_context=self._tls,
            require_starttls=settings.MAIL_REQUIRE_TLS,
            timeout=IDLE_SECONDS,
            auth_require_tls=not settings.DEMO,
            authenticator=authenticate_sink,
            loop=asyncio.get_running_loop(),
        )

    async def start(self) -> None:
        """Bind and serve; the port is the bound one from then on (0 takes a free one). OSError when it is taken."""
        self.store.start()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self.host, self.port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take no more connections, store what was handed over, end."""
        assert self._server is not None
        self._server.close()
        await asyncio.to_thread(self.store.stop)
        # sessions get the answer to what was just stored before the process ends
        await asyncio.sleep(0.2)
        await asyncio.to_thread(self.book.close)


def check_certificate(paths: Sequence[str]) -> str | None:
    """The first configured certificate file that is not there; None when all are."""
    return next((path for path in paths if path and not Path(path).is_file()), None)

"""The few IMAP commands that the reader needs (RFC 3501), over the standard library; nothing on the server is changed.

The folder is opened read-only and mails are fetched with PEEK, so no flag is ever set and other clients see no difference.
"""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from channels_app.email.oauth import access_token, forget_token, xoauth2
from channels_app.email.relays import is_loopback, tls_reason
from helpdesk.core.errors import Permanent, TryAgain, Unreachable
from helpdesk.core.models import ChannelAccount

_TIMEOUT_SECONDS = 60
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_UID_RANGE = 20_000
# RFC 2971; NetEase (163, 126) lets nobody select a folder who has not said who they are.
imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")


@dataclass(frozen=True)
class Folder:
    """A selected folder: how many mails lie in it, and the numbers that make a UID last."""

    uid_validity: int
    uid_next: int
    exists: int


class MailServer:
    """One connection to an account's IMAP server. Use as a context manager; every failure is `TryAgain` or `Permanent`."""

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account
        self.config: dict[str, Any] = account.config.get("imap") or {}

    def __enter__(self) -> MailServer:
        try:
            self._client = _connect(self.config)
        except ssl.SSLError as error:
            raise Unreachable(f"the server cannot be trusted: {tls_reason(error)}") from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(f"the server cannot be reached: {error}") from error
        except UnicodeError as error:
            raise Permanent("the server's name is none that can be looked up") from error
        try:
            self._sign_in()
        except BaseException:
            self._client.shutdown()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._client.logout()
        except (OSError, imaplib.IMAP4.error):
            self._client.shutdown()

    def _sign_in(self) -> None:
        user = str(self.config.get("user") or self.account.address)
        try:
            if self.config.get("auth") == "oauth2":
                token = access_token(self.account)
                # after a refusal the server sends the reason as a challenge, which an empty answer ends
                self._client.authenticate(
                    "XOAUTH2", lambda challenge: b"" if challenge else xoauth2(user, token).encode()
                )
            else:
                password = str(self.account.secrets.get("imap_password", ""))
                self._client.login(user, password)
        except imaplib.IMAP4.abort as error:
            raise TryAgain(f"the server closed the connection: {error}") from error
        except imaplib.IMAP4.error as error:
            if self.config.get("auth") == "oauth2":
                forget_token(self.account)
            raise Unreachable(f"the server refuses the sign-in: {_text(error)}") from error
        except OSError as error:
            raise TryAgain(f"the server closed the connection: {error}") from error
        except UnicodeEncodeError:
            # not chained: the error holds what was typed
            raise Permanent("user name and password may hold ASCII characters only") from None
        self._introduce()

    def _introduce(self) -> None:
        if "ID" in self._client.capabilities:
            try:
                self._client._simple_command("ID", '("name" "helpdesk" "version" "1")')
            except imaplib.IMAP4.error:
                return

    def select(self, folder: str) -> Folder:
        """Open a folder read-only (EXAMINE). `Permanent` when there is no such folder."""
        status, data = self._command(self._client.select, quote(folder), readonly=True)
        if status != "OK":
            raise Permanent(f"the folder {folder} cannot be opened: {_text(data[0])}")
        return Folder(
            uid_validity=self._number("UIDVALIDITY"),
            uid_next=self._number("UIDNEXT"),
            exists=int(data[0] or 0),
        )

    def _number(self, name: str) -> int:
        values = self._client.response(name)[1]
        digits = re.search(rb"\d+", values[-1] or b"") if values and isinstance(values[-1], bytes) else None
        return int(digits[0]) if digits else 0

    def uids(self, first: int, folder: Folder) -> list[int]:
        """The UIDs from `first` on, ascending; asked in ranges, so that no answer line grows without bound."""
        found: set[int] = set()
        last = folder.uid_next - 1 if folder.uid_next else 0
        if not last:
            return sorted(uid for uid in self._search(f"{first}:*") if uid >= first)
        for start in range(first, last + 1, _UID_RANGE):
            found.update(self._search(f"{start}:{min(start + _UID_RANGE - 1, last)}"))
        return sorted(uid for uid in found if uid >= first)

    def _search(self, uid_set: str) -> list[int]:
        status, data = self._command(self._client.uid, "SEARCH", "UID", uid_set)
        if status != "OK":
            raise TryAgain(f"the server refuses to search: {_text(data[0])}")
        return [int(word) for line in data if isinstance(line, bytes) for word in line.split()]

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """The size in bytes of each mail; one that was expunged meanwhile is missing."""
        found: dict[int, int] = {}
        for start in range(0, len(uids), 200):
            status, data = self._command(
                self._client.uid, "FETCH", _set(uids[start : start + 200]), "(UID RFC822.SIZE)"
            )
            if status != "OK":
                raise TryAgain(f"the server refuses to tell sizes: {_text(data[0])}")
            for line in data:
                head = line[0] if isinstance(line, tuple) else line
                uid, size = _UID.search(head or b""), _SIZE.search(head or b"")
                if uid and size:
                    found[int(uid[1])] = int(size[1])
        return found

    def fetch(self, uids: Sequence[int], *, headers_only: bool = False) -> Iterator[tuple[int, bytes]]:
        """(uid, raw mail) of each mail that the server still has; without flags being set."""
        what = "(UID BODY.PEEK[HEADER])" if headers_only else "(UID BODY.PEEK[])"
        status, data = self._command(self._client.uid, "FETCH", _set(uids), what)
        if status != "OK":
            raise FetchRefused(_text(data[0]))
        for position, line in enumerate(data):
            if not isinstance(line, tuple):
                continue
            # the UID stands before the literal or after it, as the server likes
            following = data[position + 1] if position + 1 < len(data) else b""
            tail = following if isinstance(following, bytes) else b""
            uid = _UID.search(line[0]) or _UID.search(tail)
            if uid:
                yield int(uid[1]), line[1]

    def _command(self, function: Any, *args: Any, **options: Any) -> tuple[str, list[Any]]:
        try:
            status, data = function(*args, **options)
        except imaplib.IMAP4.abort as error:
            raise TryAgain(f"the server closed the connection: {error}") from error
        except imaplib.IMAP4.error as error:
            return "NO", [str(error).encode()]
        except OSError as error:
            raise TryAgain(f"the server closed the connection: {error}") from error
        return status, data or [b""]


class FetchRefused(TryAgain):
    """The server refuses to hand out these mails though the connection is in order; others may still be had."""


def _connect(config: dict[str, Any]) -> imaplib.IMAP4:
    host, security = str(config.get("host", "")), config.get("security", "ssl")
    if not host:
        raise Permanent("the account names no IMAP server")
    port = int(config.get("port") or (993 if security == "ssl" else 143))
    context = ssl.create_default_context()
    if security == "ssl":
        return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=_TIMEOUT_SECONDS)
    if security == "plain" and not is_loopback(host):
        raise Permanent("a password is never sent over a connection that is not encrypted")
    client = imaplib.IMAP4(host, port, timeout=_TIMEOUT_SECONDS)
    if security == "starttls":
        client.starttls(context)
    return client


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))


def _text(said: object) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")
    return " ".join(text.split())[:300]


def quote(folder: str) -> str:
    """A folder's name as a quoted string in modified UTF-7 (RFC 3501, section 5.1.3)."""
    pieces: list[str] = []
    for plain, other in re.findall(r"([\x20-\x7e]+)|([^\x20-\x7e]+)", folder):
        if plain:
            pieces.append(plain.replace("&", "&-"))
        else:
            encoded = base64.b64encode(other.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            pieces.append(f"&{encoded}-")
    name = "".join(pieces).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}"'

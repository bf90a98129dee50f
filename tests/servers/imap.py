"""A small IMAP server (RFC 3501) with the tempers of real ones: it may cut the line, refuse a mail, or change its UIDs."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from dataclasses import dataclass, field

from tests.servers.loops import LoopThread


@dataclass
class ImapServer:
    """One folder. `cut_after` closes the connection after so many bytes of a fetch, once; `refused` UIDs answer NO;
    `uid_last` writes the UID behind the literal; `seen` are UIDs that another client has read; `written` counts commands
    that would change something on the server. `tls` speaks TLS from the start, `starttls` offers it; `secure_sign_ins`
    counts the sign-ins that were encrypted."""

    user: str = "support@company.example"
    password: str = "secret"
    token: str = ""
    uid_validity: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    cut_after: int = 0
    refused: set[int] = field(default_factory=set)
    uid_last: bool = False
    wants_id: bool = False
    is_down: bool = False
    seen: set[int] = field(default_factory=set)
    written: int = 0
    fetched: list[int] = field(default_factory=list)
    sign_ins: int = 0
    secure_sign_ins: int = 0
    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None
    port: int = 0

    def start(self) -> ImapServer:
        self._thread = LoopThread()
        self._server = self._thread.run(asyncio.wait_for(self._listen(), 5))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        self._thread.loop.call_soon_threadsafe(self._server.close)
        self._thread.stop()

    def add(self, *mails: bytes) -> list[int]:
        """Put mails into the folder; their UIDs."""
        first = max(self.mails, default=0) + 1
        self.mails.update({first + nth: raw for nth, raw in enumerate(mails)})
        return list(range(first, first + len(mails)))

    def renumber(self, start: int = 1) -> None:
        """Give every mail another UID under another UIDVALIDITY, as after a restore of the server."""
        self.uid_validity += 1
        self.mails = {start + nth: raw for nth, raw in enumerate(self.mails.values())}

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_down:
            writer.close()
            return
        session = _Session(self, reader, writer)
        try:
            await session.run()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError, _Cut):
            pass
        finally:
            writer.close()


class _Cut(Exception):
    """The server goes away in the middle of an answer."""


class _Session:
    def __init__(self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.said_who = False

    async def say(self, line: bytes | str) -> None:
        self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        await self.writer.drain()

    async def run(self) -> None:
        await self.say("* OK test IMAP ready")
        while line := (await self.reader.readline()).decode("utf-8", "replace").strip():
            tag, _, rest = line.partition(" ")
            name, _, arguments = rest.partition(" ")
            if name.upper() == "UID":
                name, _, arguments = arguments.partition(" ")
                name = f"uid_{name}"
            command = getattr(self, f"on_{name.lower()}", None)
            answer = await command(arguments) if command else "BAD unknown command"
            await self.say(f"{tag} {answer}")
            if name.upper() == "STARTTLS" and answer.startswith("OK") and self.server.starttls is not None:
                await self.writer.start_tls(self.server.starttls)
            if name.upper() == "LOGOUT":
                return

    async def on_capability(self, _: str) -> str:
        offered = " STARTTLS" if self.server.starttls is not None else ""
        await self.say(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 ID{offered}")
        return "OK done"

    async def on_starttls(self, _: str) -> str:
        return "OK begin" if self.server.starttls is not None else "BAD no TLS here"

    async def on_id(self, _: str) -> str:
        self.said_who = True
        await self.say("* ID NIL")
        return "OK done"

    async def on_noop(self, _: str) -> str:
        return "OK done"

    async def on_logout(self, _: str) -> str:
        await self.say("* BYE")
        return "OK done"

    async def on_login(self, arguments: str) -> str:
        self.server.sign_ins += 1
        self.server.secure_sign_ins += self.writer.get_extra_info("ssl_object") is not None
        user, password = (item.strip('"') for item in arguments.split(" ", 1))
        return "OK done" if (user, password) == (self.server.user, self.server.password) else "NO wrong password"

    async def on_authenticate(self, _: str) -> str:
        self.server.sign_ins += 1
        await self.say("+ ")
        given = base64.b64decode(await self.reader.readline()).decode()
        if given == f"user={self.server.user}\x01auth=Bearer {self.server.token}\x01\x01" and self.server.token:
            return "OK done"
        await self.say("+ " + base64.b64encode(b'{"status":"401"}').decode())
        await self.reader.readline()
        return "NO authentication failed"

    async def on_select(self, _: str) -> str:
        self.server.written += 1
        return await self.on_examine(_)

    async def on_examine(self, arguments: str) -> str:
        if self.server.wants_id and not self.said_who:
            return "NO Unsafe Login. Please contact the help desk"
        if arguments.strip('"') != "INBOX":
            return "NO no such folder"
        server = self.server
        await self.say(f"* {len(server.mails)} EXISTS")
        await self.say(f"* OK [UIDVALIDITY {server.uid_validity}] UIDs valid")
        await self.say(f"* OK [UIDNEXT {max(server.mails, default=0) + 1}] next")
        return "OK [READ-ONLY] done"

    async def on_store(self, _: str) -> str:
        self.server.written += 1
        return "OK done"

    on_uid_store = on_store

    async def on_uid_search(self, arguments: str) -> str:
        found = self._uids(arguments.split()[-1])
        await self.say("* SEARCH " + " ".join(map(str, found)))
        return "OK done"

    async def on_uid_fetch(self, arguments: str) -> str:
        uid_set, _, what = arguments.partition(" ")
        wanted = [uid for uid in self._uids(uid_set) if uid in self.server.mails]
        if "RFC822.SIZE" in what:
            for uid in wanted:
                size = self.server.sizes.get(uid, len(self.server.mails[uid]))
                await self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {size})")
            return "OK done"
        if self.server.refused & set(wanted):
            return "NO some messages cannot be read"
        if "PEEK" not in what:
            self.server.written += 1
        for uid in wanted:
            await self._send_mail(uid, headers_only="HEADER" in what)
        return "OK done"

    async def _send_mail(self, uid: int, *, headers_only: bool) -> None:
        raw = self.server.mails[uid]
        if headers_only:
            raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.server.fetched.append(uid)
        before, after = ("", f" UID {uid}") if self.server.uid_last else (f"UID {uid} ", "")
        self.writer.write(f"* {uid} FETCH ({before}BODY[] {{{len(raw)}}}\r\n".encode())
        if self.server.cut_after:
            if self.server.cut_after < len(raw):
                self.writer.write(raw[: self.server.cut_after])
                await self.writer.drain()
                self.server.cut_after = 0
                raise _Cut
            self.server.cut_after -= len(raw)
        self.writer.write(raw + f"{after})\r\n".encode())
        await self.writer.drain()

    def _uids(self, uid_set: str) -> list[int]:
        last = max(self.server.mails, default=0)
        found: set[int] = set()
        for part in uid_set.split(","):
            if match := re.fullmatch(r"(\d+):(\d+|\*)", part):
                start = int(match[1])
                end = last if match[2] == "*" else int(match[2])
                low, high = min(start, end), max(start, end)
                found.update(uid for uid in self.server.mails if low <= uid <= high)
            else:
                found.add(int(part))
        return sorted(found)

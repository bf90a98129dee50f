"""An SMTP server that keeps what it gets and answers as the test tells it."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field

from tests.servers.loops import LoopThread


@dataclass
class KeptMail:
    """One accepted mail."""

    sender: str
    recipients: list[str]
    raw: bytes


@dataclass
class SmtpServer:
    """Answers by plan: `recipients` maps an address to the reply to its RCPT, `data_replies` are used up one by one for
    the mails that arrive, `drop_after_data` closes the connection instead of confirming that many mails (kept all the same),
    `token` switches on AUTH XOAUTH2 with it."""

    recipients: dict[str, str] = field(default_factory=dict)
    data_replies: list[str] = field(default_factory=list)
    mail_replies: list[str] = field(default_factory=list)
    drop_after_data: int = 0
    token: str = ""
    mails: list[KeptMail] = field(default_factory=list)
    connections: int = 0
    refused_tokens: int = 0
    port: int = 0

    def start(self) -> SmtpServer:
        self._thread = LoopThread()
        self._server = self._thread.run(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        self._thread.loop.call_soon_threadsafe(self._server.close)
        self._thread.stop()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=64 * 1024 * 1024)

    async def _serve(  # noqa: C901 - one branch for each command
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1

        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 test ESMTP")
        sender, accepted = "", []
        try:
            while line := (await reader.readline()).decode("utf-8", "replace").strip():
                word = line.split(":")[0].upper() if ":" in line else line.upper()
                if word.startswith("EHLO"):
                    await say("250-test")
                    await say("250-SIZE 50000000")
                    await say("250-AUTH XOAUTH2" if self.token else "250-8BITMIME")
                    await say("250 HELP")
                elif word.startswith("AUTH XOAUTH2"):
                    given = base64.b64decode(line.split()[-1]).decode()
                    if f"auth=Bearer {self.token}\x01" in given:
                        await say("235 2.7.0 Accepted")
                    else:
                        self.refused_tokens += 1
                        await say("535 5.7.8 Bad token")
                elif word == "MAIL FROM":
                    sender, accepted = line.partition("<")[2].partition(">")[0], []
                    await say(self.mail_replies.pop(0) if self.mail_replies else "250 OK")
                elif word == "RCPT TO":
                    address = line.partition("<")[2].partition(">")[0]
                    reply = self.recipients.get(address, "250 OK")
                    if reply.startswith("250"):
                        accepted.append(address)
                    await say(reply)
                elif word == "DATA":
                    await say("354 go on")
                    raw = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                    raw = raw.replace(b"\r\n..", b"\r\n.")
                    reply = self.data_replies.pop(0) if self.data_replies else "250 2.0.0 queued"
                    if reply.startswith("250"):
                        self.mails.append(KeptMail(sender, accepted, raw))
                    if self.drop_after_data:
                        self.drop_after_data -= 1
                        return
                    await say(reply)
                elif word == "QUIT":
                    await say("221 bye")
                    return
                else:
                    await say("250 OK")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

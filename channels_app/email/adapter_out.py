"""Mail out: one delivery, one SMTP transaction, and what each recipient's server said of it."""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.email.compose import ComposedMail
from channels_app.email.relays import Relay, connections, relay_for
from channels_app.email.writing import write_mail
from channels_app.outbox import SendResult
from helpdesk.core.errors import InDoubt, Permanent, TryAgain
from helpdesk.core.models import Delivery, DeliveryStatus

# RFC 5321, section 4.5.2: a line that begins with a dot gets another one.
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True)
class Refusal:
    """One recipient that the server did not take."""

    address: str
    code: int
    said: str

    def __str__(self) -> str:
        return f"{self.address}: {self.code} {self.said}"


class EmailAdapter:
    """Brings a rendered message (`OutgoingMessage` or `PlainMessage`) to its recipients.

    Mail has no idempotency key that servers honour, only the Message-ID, which stays the same over all tries: a repeat
    after a death can be told by it, and is marked as maybe doubled.
    """

    is_idempotent = False

    def send(self, delivery: Delivery, rendered: Any) -> SendResult:
        """Send; refused recipients beside accepted ones are named in the note. Raises as `Adapter` says."""
        mail = write_mail(delivery, rendered)
        refused = transmit(relay_for(delivery.account), mail)
        return SendResult(delivery.external_id, DeliveryStatus.SENT, _note(refused, delivery.account.language))


def _note(refused: list[Refusal], language: str) -> str:
    if not refused:
        return ""
    with translation.override("zh-hans" if language.startswith("zh") else "en"):
        listed = "; ".join(map(str, refused))
        return _("The mail went out, but not to everybody. Refused: %(refused)s") % {"refused": listed[:2000]}


def transmit(relay: Relay, mail: ComposedMail) -> list[Refusal]:
    """One SMTP transaction on a connection that is kept. Returns the recipients that were refused beside accepted ones.

    `Permanent` for 5xx, `TryAgain` for 4xx and lost connections, `InDoubt` when the connection was lost after the whole
    mail had been handed over.
    """
    client = connections.get(relay)
    try:
        refused = _transact(client, mail)
    except InDoubt:
        connections.drop(relay)
        raise
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        connections.drop(relay)
        raise TryAgain(f"{relay.host} closed the connection: {error}") from error
    # a refusal leaves the connection in good order: the next mail begins with RSET
    return refused


def _transact(client: smtplib.SMTP, mail: ComposedMail) -> list[Refusal]:
    options = [f"size={len(mail.raw)}"] if client.has_extn("size") else []
    if mail.needs_smtputf8:
        if not client.has_extn("smtputf8"):
            raise Permanent("the server takes no addresses with letters outside ASCII (RFC 6531)")
        options += ["SMTPUTF8", "BODY=8BITMIME"]
        client.command_encoding = "utf-8"
    else:
        client.command_encoding = "ascii"
    _expect(client.mail(mail.envelope_from, options), "the sender")
    refused = []
    for recipient in mail.recipients:
        code, said = client.rcpt(recipient)
        if code == 421:
            raise smtplib.SMTPServerDisconnected(_text(said))
        if code not in (250, 251):
            refused.append(Refusal(recipient, code, _text(said)))
    if len(refused) == len(mail.recipients):
        _raise(max(refused, key=lambda item: item.code < 500).code, "; ".join(map(str, refused)))
    _hand_over(client, mail.raw)
    return refused


def _hand_over(client: smtplib.SMTP, raw: bytes) -> None:
    code, said = client.docmd("DATA")
    if code != 354:
        _raise(code, _text(said))
    client.send(_LEADING_DOT.sub(b"..", raw if raw.endswith(b"\r\n") else raw + b"\r\n"))
    try:
        client.send(b".\r\n")
        code, said = client.getreply()
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise InDoubt(f"the connection was lost before the server confirmed the mail: {error}") from error
    if code != 250:
        _raise(code, _text(said))


def _expect(answer: tuple[int, bytes], what: str) -> None:
    code, said = answer
    if code not in (250, 251):
        _raise(code, f"{what} was refused: {code} {_text(said)}")


def _raise(code: int, said: str) -> None:
    """4xx passes, 5xx does not (RFC 5321, section 4.2.1); a code of neither kind is a broken server."""
    if 500 <= code < 600:
        raise Permanent(said)
    raise TryAgain(said)


def _text(said: bytes | str) -> str:
    return " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())[:300]

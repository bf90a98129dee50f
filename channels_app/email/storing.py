"""From bytes at a door to a stored event: the one way in for SMTP, IMAP and `mail_in`.

A mail's identity is its Message-ID, or the hash of its bytes when it has none. The same id a second time is the same mail
(delivered again, or come by two ways), unless it is plainly another one (`Peek.is_other_than`): that is stored too, under
the id with a digest behind it, so neither a copied id nor a writer who uses one id for everything loses a mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from channels_app import inbox
from channels_app.email.peek import Peek, peek
from channels_app.email.text import storable
from channels_app.inbox import RawItem, Stored
from channels_app.models import InboundEvent
from helpdesk.core.models import ChannelAccount

HANDLER = "email.message"
_MAX_ID = 200


@dataclass(frozen=True)
class Envelope:
    """What the transport knew: SMTP sender and recipients, the peer, the door (`smtp`, `imap`, `command`).

    `too_large` is the size in bytes of a mail of which only the headers were fetched.
    """

    via: str
    sender: str = ""
    recipients: tuple[str, ...] = ()
    peer: str = ""
    too_large: int = 0

    def as_json(self, peeked: Peek) -> dict[str, Any]:
        values: dict[str, Any] = {
            "via": self.via,
            "from": storable(self.sender)[:320],
            "to": [storable(recipient)[:320] for recipient in self.recipients[:100]],
            "peer": self.peer[:64],
            "sender": peeked.sender,
            "subject_digest": peeked.subject_digest,
            "body_digest": peeked.body_digest,
        }
        return {**values, "too_large": self.too_large} if self.too_large else values


@dataclass(frozen=True)
class IncomingMail:
    """One mail as it came."""

    raw: bytes = field(repr=False)
    envelope: Envelope

    @cached_property
    def peek(self) -> Peek:
        return peek(self.raw, self.envelope.sender)

    @cached_property
    def external_id(self) -> str:
        """The Message-ID (its hash when it is too long to be a key), else the hash of the bytes."""
        message_id = self.peek.message_id
        if message_id is None:
            return inbox.hash_id(self.raw)
        if len(message_id) <= _MAX_ID:
            return message_id
        return "id-sha256:" + hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()


def store_mail(account: ChannelAccount, raw: bytes, envelope: Envelope, *, offer: bool = True) -> Stored:
    """Store one mail; see `store_mails`."""
    return store_mails(account, [IncomingMail(raw, envelope)], offer=offer)[0]


def store_mails(account: ChannelAccount, mails: Sequence[IncomingMail], *, offer: bool = True) -> list[Stored]:
    """Store mails of one account in one transaction, in their order; committed when this returns outside a transaction."""
    known = _known(account, [mail.external_id for mail in mails])
    items = []
    for mail in mails:
        external_id = mail.external_id
        earlier = known.setdefault(external_id, mail.peek)
        if earlier.is_other_than(mail.peek):
            external_id = f"{external_id}#{mail.peek.digest}"
        items.append(_item(mail, external_id))
    return inbox.store(account, items, offer=offer)


def _item(mail: IncomingMail, external_id: str) -> RawItem:
    # a report has no person behind it, so nothing waits for it and it waits for nothing
    is_null = mail.envelope.sender in ("", "<>") and mail.envelope.via == "smtp"
    return RawItem(
        raw=mail.raw,
        handler=HANDLER,
        external_id=external_id,
        order_key="" if is_null else mail.peek.sender[:200],
        content_type="message/rfc822",
        envelope=mail.envelope.as_json(mail.peek),
    )


def _known(account: ChannelAccount, ids: Sequence[str]) -> dict[str, Peek]:
    rows = InboundEvent.objects.filter(account=account, external_id__in=ids).values_list("external_id", "envelope")
    return {
        external_id: Peek(external_id, values["sender"], values["subject_digest"], values["body_digest"])
        for external_id, values in rows
        if "body_digest" in values
    }

"""An arriving message, read by its channel's adapter, in words that hold for every channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.core.models import ChannelAccount
from helpdesk.customers.identities import Known
from tickets.models import Message, Ticket
from tickets.services.files import NewFile

Address = tuple[str, str]


@dataclass(frozen=True)
class Thread:
    """Hints to the conversation that the message continues, strongest first: tickets named by a signed reply address, the
    ids of earlier mails, and tickets named by a subject token, which anybody can type."""

    ticket_ids: Sequence[int] = ()
    references: Sequence[str] = ()
    guessed_ticket_ids: Sequence[int] = ()


@dataclass(frozen=True)
class Arrival:
    """What `tickets.intake.receive` needs. `known` are the sender's identities, the deciding one first; `answer_to` is where
    they want answers to go if not to `author_address` (counts only for the message that opens a ticket)."""

    account: ChannelAccount
    known: Sequence[Known]
    text: str
    subject: str = ""
    name: str = ""
    quoted: str = ""
    html: str = ""
    language: str = ""
    author_address: str = ""
    answer_to: Address | None = None
    external_id: str = ""
    rfc_message_id: str = ""
    recipients: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    sent_at: datetime | None = None
    inbound_event_id: int | None = None
    is_auto: bool = False
    may_be_answered: bool = True
    spam_reason: str = ""
    thread: Thread = field(default_factory=Thread)
    files: Sequence[NewFile] = ()
    # what a form or the API says about the matter
    kind: str = ""
    tags: Sequence[str] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """What became of it: the ticket, the message, and whether the ticket is new or the message was known already."""

    ticket: Ticket
    message: Message
    is_new_ticket: bool
    is_duplicate: bool = False

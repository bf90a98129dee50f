"""What a message does to its ticket, whoever says it: preview, counts, dates, index, file flags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tickets.models import Attachment, Direction, Message
from tickets.services.changing import Change
from tickets.services.files import attach
from tickets.services.indexing import index_message

_SPACE = re.compile(r"\s+")


def preview_of(text: str) -> str:
    """The first words on one line, at most 160 characters."""
    return _SPACE.sub(" ", text[:400]).strip()[:160]


def add_message(change: Change, message: Message, attachments: Sequence[Attachment] = (), **announced: Any) -> Message:
    """Put the message into the change with everything that follows from it; announces message.received, message.written
    or note.added."""
    message.created_at = change.now
    change.say(message)
    change.set(message_count=change.get("message_count") + 1)
    if not message.is_auto:
        change.set(last_activity_at=change.now)
    if attachments:
        change.set(has_attachments=True)
    if message.is_public and not message.is_auto:
        change.set(preview=preview_of(message.text) or preview_of(message.subject))
    with_subject = change.is_new and len(change.messages) == 1

    def finish() -> None:
        attach(message, attachments)
        if not _is_machine_made(message):
            index_message(change.ticket, message, with_subject=with_subject)
        change.announce(_event_name(message), message=message.pk, channel=message.channel_kind, **announced)

    change.after_write.append(finish)
    return message


def _is_machine_made(message: Message) -> bool:
    """Our own automatic words say the same on every ticket: nobody looks for them, and they would hide what is looked for."""
    return message.is_auto and message.direction == Direction.OUT


def _event_name(message: Message) -> str:
    if message.is_note:
        return "note.added"
    return "message.received" if message.direction == Direction.IN else "message.written"

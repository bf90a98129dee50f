"""Files of messages: stored under their hash before the row is committed, so a crash leaves a spare file, never a hole."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, TooLarge
from tickets.models import Attachment, Message

log = logging.getLogger(__name__)
NOT_STORED = "not_stored"


@dataclass(frozen=True)
class NewFile:
    """A file on its way in: its name as the sender gave it, its type as found, its bytes."""

    name: str
    content_type: str
    data: bytes
    content_id: str = ""
    is_inline: bool = False
    warning: str = ""
    # the size of a file whose bytes were left out because it is too large
    left_out: int = 0


def clean_name(name: str) -> str:
    """The last part of the name without control characters or direction marks; never empty."""
    base = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(
        c for c in base if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    return kept.strip(" .")[-200:] or "file"


def clean_type(content_type: str) -> str:
    """The type as it was given, without controls and at most 120 characters; octets when nothing is left."""
    return "".join(c for c in content_type if c.isprintable())[:120] or "application/octet-stream"


def store(file: NewFile) -> Attachment:
    """Write the bytes and return an unsaved row. `OSError` when the disk is full: the caller decides what then."""
    if len(file.data) > settings.ATTACHMENT_MAX_BYTES:
        raise TooLarge(_("This file is larger than %(mb)s MB.") % {"mb": settings.ATTACHMENT_MAX_BYTES // 1024**2})
    digest = hashlib.sha256(file.data).hexdigest()
    path = f"attachments/{digest[:2]}/{digest[2:4]}/{digest}"
    if not default_storage.exists(path) or default_storage.size(path) != len(file.data):
        path = default_storage.save(path, ContentFile(file.data))
    return Attachment(
        name=clean_name(file.name),
        content_type=clean_type(file.content_type),
        size=len(file.data),
        sha256=digest,
        file=path,
        content_id=file.content_id[:250],
        is_inline=file.is_inline,
        warning=file.warning[:120],
    )


def keep(file: NewFile) -> Attachment:
    """Store a file of an arriving message; what cannot be stored is marked on the message, which stays all the same.

    Warnings: `too_large` (only in the raw source), `not_stored` (the disk was full; `restore` tries again).
    """
    try:
        if not file.left_out:
            return store(file)
        warning = "too_large"
    except TooLarge:
        warning = "too_large"
    except OSError as error:
        log.error("a file of an arriving message could not be stored: %s", error)
        warning = NOT_STORED
    return Attachment(
        name=clean_name(file.name),
        content_type=clean_type(file.content_type),
        size=file.left_out or len(file.data),
        content_id=file.content_id[:250],
        is_inline=file.is_inline,
        warning=warning,
    )


def restore(attachment: Attachment, file: NewFile) -> None:
    """Store the bytes of a file that could not be stored when its message arrived."""
    stored = store(file)
    attachment.file, attachment.sha256, attachment.size = stored.file, stored.sha256, stored.size
    attachment.warning = file.warning[:120]
    attachment.save(update_fields=["file", "sha256", "size", "warning"])


def upload(file: NewFile, *, by: Actor) -> Attachment:
    """Keep a file for a message that its author is still writing."""
    attachment = store(file)
    attachment.uploaded_by_kind, attachment.uploaded_by_id = by.kind, by.id
    attachment.save()
    return attachment


def take_uploads(ids: Sequence[int], *, by: Actor) -> list[Attachment]:
    """The author's own uploads that no message has yet; `Invalid` when one of them is not to be had."""
    if not ids:
        return []
    found = Attachment.objects.select_for_update(no_key=True).filter(
        pk__in=ids, message__isnull=True, uploaded_by_kind=by.kind, uploaded_by_id=by.id
    )
    by_id = {attachment.pk: attachment for attachment in found}
    if set(ids) - set(by_id):
        raise Invalid(fields={"attachments": _("A file is no longer there. Attach it again.")})
    return [by_id[pk] for pk in dict.fromkeys(ids)]


def attach(message: Message, attachments: Sequence[Attachment]) -> None:
    """Tie stored files to a saved message."""
    for attachment in attachments:
        attachment.message = message
        attachment.save()


def copy_files(message: Message, *, by: Actor) -> list[Attachment]:
    """The message's files again as uploads of this person, for a message that passes them on; the bytes are shared."""
    copies = [
        Attachment(
            uploaded_by_kind=by.kind,
            uploaded_by_id=by.id,
            **{name: getattr(file, name) for name in ("name", "content_type", "size", "sha256", "warning")},
            file=file.file.name,
        )
        for file in message.attachments.order_by("pk")
    ]
    return Attachment.objects.bulk_create(copies)


def sweep_uploads(limit: int = 500) -> int:
    """Forget uploads that were never sent, after two days; the bytes go when no other row has them."""
    old = Attachment.objects.filter(message__isnull=True, created_at__lt=timezone.now() - timedelta(days=2))[:limit]
    count = 0
    for attachment in old:
        path = attachment.file.name
        attachment.delete()
        count += 1
        if path and not Attachment.objects.filter(file=path).exists():
            default_storage.delete(path)
    return count

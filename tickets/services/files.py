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
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, TooLarge
from tickets.models import Attachment, Draft, Message

log = logging.getLogger(__name__)
NOT_STORED = "not_stored"
UPLOADS_LIVE = timedelta(days=2)


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
    """Write the bytes and return an unsaved row. `OSError` when the disk is full: the caller decides what then.

    Called in the transaction that saves the row, it keeps the sweep from the bytes until that has ended.
    """
    if len(file.data) > settings.ATTACHMENT_MAX_BYTES:
        raise TooLarge(_("This file is larger than %(mb)s MB.") % {"mb": settings.ATTACHMENT_MAX_BYTES // 1024**2})
    digest = hashlib.sha256(file.data).hexdigest()
    _use_bytes(digest)
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
    with transaction.atomic():
        stored = store(file)
        attachment.file, attachment.sha256, attachment.size = stored.file, stored.sha256, stored.size
        attachment.warning = file.warning[:120]
        attachment.save(update_fields=["file", "sha256", "size", "warning"])


def upload(file: NewFile, *, by: Actor) -> Attachment:
    """Keep a file for a message that its author is still writing."""
    with transaction.atomic():
        attachment = store(file)
        attachment.uploaded_by_kind, attachment.uploaded_by_id = by.kind, by.id
        attachment.save()
    return attachment


def keep_for_record(file: NewFile, *, by: Actor) -> Attachment:
    """Keep a file for a record of a higher room, which points at the row in the same transaction."""
    attachment = store(file)
    attachment.uploaded_by_kind, attachment.uploaded_by_id = by.kind, by.id
    attachment.is_kept = True
    attachment.save()
    return attachment


def take_uploads(ids: Sequence[int], *, by: Actor) -> list[Attachment]:
    """The author's own uploads that no message has yet; `Invalid` when one of them is not to be had."""
    if not ids:
        return []
    found = Attachment.objects.select_for_update(no_key=True).filter(
        pk__in=ids, message__isnull=True, is_kept=False, uploaded_by_kind=by.kind, uploaded_by_id=by.id
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
    """Forget uploads that were never sent and that no draft holds, after two days; the bytes go when no other row has them.

    Each is asked for once more under its lock: a message may have taken it since. One that is being taken, or whose bytes
    are being stored once more, waits for the next sweep.
    """
    in_drafts = {
        pk for ids in Draft.objects.exclude(attachment_ids=[]).values_list("attachment_ids", flat=True) for pk in ids
    }
    old = _never_sent().exclude(pk__in=in_drafts).values_list("pk", flat=True)[:limit]
    return sum(_forget(pk) for pk in list(old))


def _never_sent() -> QuerySet[Attachment]:
    old = timezone.now() - UPLOADS_LIVE
    return Attachment.objects.filter(message__isnull=True, is_kept=False, created_at__lt=old)


def _forget(pk: int) -> bool:
    with transaction.atomic():
        attachment = _never_sent().select_for_update(skip_locked=True).filter(pk=pk).first()
        if attachment is None or not _nobody_uses_bytes(attachment.sha256):
            return False
        path = str(attachment.file.name or "")
        attachment.delete()
    # after the row has gone for good: a crash in between leaves a spare file, never a hole
    with transaction.atomic():
        if path and _nobody_uses_bytes(attachment.sha256) and not Attachment.objects.filter(file=path).exists():
            default_storage.delete(path)
    return True


# --- Bytes that several rows share -----------------------------------------------------------------------------------
# Whoever stores bytes that are there already relies on them before the row that says so is committed.
_BYTES_LOCK = 7152


def _use_bytes(digest: str) -> None:
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, %s))", [digest, _BYTES_LOCK])


def _nobody_uses_bytes(digest: str) -> bool:
    """Whether no other transaction stores these bytes; until ours ends, none begins to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))", [digest, _BYTES_LOCK])
        return bool(cursor.fetchone()[0])

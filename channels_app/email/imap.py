"""Reading a mailbox by UID: what the server has shown and what became of it are written in one transaction.

The next UID to fetch follows from our own rows, never from flags, so another client that reads or marks mails changes
nothing, a gap of days is fetched whole, and a death at any moment repeats at most what was not committed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from channels_app.email.imap_client import FetchRefused, Folder, MailServer
from channels_app.email.storing import Envelope, IncomingMail, store_mails
from channels_app.models import Mailbox, MailboxItem
from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.leasing import describe
from helpdesk.core.models import ChannelAccount

log = logging.getLogger(__name__)

POLL_EVERY = timedelta(seconds=15)
RECONCILE_EVERY = timedelta(hours=1)
# One turn of a worker; what is left goes on in the next turn, so that one full mailbox does not hold the others up.
TURN_SECONDS = 45.0
_LONGEST_BACK_OFF = timedelta(minutes=15)
_LOCK_CLASS = 7151
_BATCH_MAILS = 50
_BATCH_BYTES = 8 * 1024 * 1024


@dataclass
class Turn:
    """What one turn at a mailbox did. `is_finished` False: there is more to fetch."""

    stored: int = 0
    is_finished: bool = True


@contextmanager
def mailbox_lock(mailbox: Mailbox) -> Iterator[bool]:
    """Whether this process has the mailbox for itself now; the lock goes with the connection if the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, mailbox.pk])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, mailbox.pk])


def poll_mailbox(mailbox_id: int, *, seconds: float = TURN_SECONDS) -> Turn | None:
    """One turn at a mailbox: fetch what is new, record what went wrong. None when another process has it."""
    mailbox = Mailbox.objects.select_related("account").get(pk=mailbox_id)
    with mailbox_lock(mailbox) as is_ours:
        if not is_ours:
            return None
        mailbox.refresh_from_db(fields=["uid_validity", "last_uid", "failures", "missing"])
        # nobody needs to knock while the turn lasts
        Mailbox.objects.filter(pk=mailbox.pk).update(next_poll_at=timezone.now() + timedelta(seconds=seconds))
        try:
            with MailServer(mailbox.account) as server:
                turn = _fetch_new(mailbox, server, time.monotonic() + seconds)
        except (TryAgain, Permanent) as error:
            _failed(mailbox, error)
            return Turn()
        _succeeded(mailbox)
        return turn


def _fetch_new(mailbox: Mailbox, server: MailServer, ends: float) -> Turn:
    folder = server.select(mailbox.folder)
    _follow_validity(mailbox, folder)
    uids = server.uids(mailbox.last_uid + 1, folder)
    turn = Turn()
    for batch in batches(uids, server.sizes(uids)):
        if time.monotonic() > ends:
            turn.is_finished = False
            break
        turn.stored += _take(mailbox, server, batch, folder)
    seen = MailboxItem.objects.filter(mailbox=mailbox, uid_validity=mailbox.uid_validity or 0).count() + mailbox.missing
    left = 0 if turn.is_finished else sum(uid > mailbox.last_uid for uid in uids)
    Mailbox.objects.filter(pk=mailbox.pk).update(on_server=folder.exists, seen_on_server=seen + left)
    return turn


def _follow_validity(mailbox: Mailbox, folder: Folder) -> None:
    """A new UIDVALIDITY voids every UID we know: scan anew, the mails themselves are known by their ids."""
    if mailbox.uid_validity == folder.uid_validity:
        return
    if mailbox.uid_validity is not None:
        log.warning("mailbox %s has new UIDs; it is scanned anew", mailbox.pk)
    mailbox.uid_validity, mailbox.last_uid, mailbox.missing = folder.uid_validity, 0, 0
    mailbox.save(update_fields=["uid_validity", "last_uid", "missing"])


@dataclass(frozen=True)
class Batch:
    """Mails that are fetched and stored together; `too_large` has the sizes of those of which only headers are fetched."""

    uids: tuple[int, ...]
    too_large: dict[int, int]


def batches(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[Batch]:
    """Split UIDs into batches of at most 50 mails and about 8 MB; a mail that was expunged meanwhile has no size."""
    together: list[int] = []
    weight = 0
    for uid in uids:
        size = sizes.get(uid)
        if size is None:
            continue
        if size > settings.MAIL_MAX_BYTES:
            if together:
                yield Batch(tuple(together), {})
                together, weight = [], 0
            yield Batch((uid,), {uid: size})
            continue
        if together and (len(together) >= _BATCH_MAILS or weight + size > _BATCH_BYTES):
            yield Batch(tuple(together), {})
            together, weight = [], 0
        together.append(uid)
        weight += size
    if together:
        yield Batch(tuple(together), {})


def _take(mailbox: Mailbox, server: MailServer, batch: Batch, folder: Folder) -> int:
    """Fetch a batch and account for it; mails that the server refuses one by one stay missing until the comparison."""
    try:
        mails = dict(server.fetch(batch.uids, headers_only=bool(batch.too_large)))
    except FetchRefused:
        mails = {}
        for uid in batch.uids:
            try:
                mails.update(server.fetch([uid], headers_only=bool(batch.too_large)))
            except FetchRefused as error:
                log.warning("mailbox %s: mail %s cannot be fetched: %s", mailbox.pk, uid, error)
                mailbox.missing += 1
    account_for(mailbox, mails, batch.too_large, upto=batch.uids[-1])
    return len(mails)


@transaction.atomic
def account_for(mailbox: Mailbox, mails: dict[int, bytes], too_large: dict[int, int], *, upto: int = 0) -> None:
    """Store mails and their accounts in one transaction, and (with `upto`) how far the mailbox has been read."""
    ordered = sorted(mails)
    incoming = [IncomingMail(mails[uid], Envelope("imap", too_large=too_large.get(uid, 0))) for uid in ordered]
    stored = store_mails(mailbox.account, incoming) if incoming else []
    MailboxItem.objects.bulk_create(
        [
            MailboxItem(mailbox=mailbox, uid_validity=mailbox.uid_validity or 0, uid=uid, event=item.event)
            for uid, item in zip(ordered, stored, strict=True)
        ],
        ignore_conflicts=True,
    )
    if upto:
        mailbox.last_uid = max(mailbox.last_uid, upto)
        Mailbox.objects.filter(pk=mailbox.pk).update(last_uid=mailbox.last_uid, missing=mailbox.missing)


def _succeeded(mailbox: Mailbox) -> None:
    now = timezone.now()
    Mailbox.objects.filter(pk=mailbox.pk).update(polled_at=now, next_poll_at=now + POLL_EVERY, error="", failures=0)


def _failed(mailbox: Mailbox, error: Exception) -> None:
    """Show the reason, and try again later each time: 15 s, 30 s, … up to 15 min."""
    now, reason = timezone.now(), describe(error)
    wait = min(POLL_EVERY * 2 ** min(mailbox.failures, 8), _LONGEST_BACK_OFF)
    Mailbox.objects.filter(pk=mailbox.pk).update(error=reason, failures=mailbox.failures + 1, next_poll_at=now + wait)
    ChannelAccount.objects.filter(pk=mailbox.account_id).update(last_error=reason, last_error_at=now)
    log.warning("mailbox %s could not be read: %s", mailbox.pk, reason)


def reconcile_mailbox(mailbox_id: int) -> int | None:
    """Compare the server's UIDs with our accounts and fetch what is missing; how many are missing afterwards, or None
    when another process has the mailbox or the server cannot be reached."""
    mailbox = Mailbox.objects.select_related("account").get(pk=mailbox_id)
    with mailbox_lock(mailbox) as is_ours:
        if not is_ours:
            return None
        mailbox.refresh_from_db(fields=["uid_validity", "last_uid", "failures"])
        try:
            with MailServer(mailbox.account) as server:
                return _reconcile(mailbox, server)
        except (TryAgain, Permanent) as error:
            _failed(mailbox, error)
            return None


def _reconcile(mailbox: Mailbox, server: MailServer) -> int:
    folder = server.select(mailbox.folder)
    _follow_validity(mailbox, folder)
    on_server = server.uids(1, folder)
    items = MailboxItem.objects.filter(mailbox=mailbox, uid_validity=mailbox.uid_validity or 0)
    known = set(items.values_list("uid", flat=True))
    # newer ones are not missing, they are simply next
    missing = [uid for uid in on_server if uid not in known and uid <= mailbox.last_uid]
    mailbox.missing = 0
    for batch in batches(missing, server.sizes(missing)):
        _take(mailbox, server, batch, folder)
    left = [uid for uid in missing if not items.filter(uid=uid).exists()]
    ahead = sum(uid > mailbox.last_uid for uid in on_server)
    Mailbox.objects.filter(pk=mailbox.pk).update(
        reconciled_at=timezone.now(),
        on_server=folder.exists,
        missing=len(left),
        seen_on_server=items.count() + len(left) + ahead,
        error="",
        failures=0,
    )
    return len(left)

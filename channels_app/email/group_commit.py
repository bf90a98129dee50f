"""Storing what concurrent SMTP sessions bring, together: one thread, one transaction for all that wait.

A commit costs the same for one mail as for fifty, so under load the listener's speed is that of batches, while a single
mail on a quiet machine waits for nobody.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.utils import Error as DatabaseError

from channels_app.email.demo_sink import keep_in_sink
from channels_app.email.storing import IncomingMail, store_mails
from helpdesk.core.models import ChannelAccount

log = logging.getLogger(__name__)

_MOST_MAILS = 100
_MOST_BYTES = 16 * 1024 * 1024


@dataclass
class Submission:
    """One mail with the accounts that receive it and the addresses for the demo sink; `done` is set after the commit.

    A session that ends cancels it; from the moment the storing thread has taken it, that is too late and changes nothing.
    """

    mail: IncomingMail
    accounts: Sequence[ChannelAccount]
    sink: Sequence[str] = ()
    done: Future[None] = field(default_factory=Future)


class GroupCommit:
    """The storing thread. `submit` may be called from any thread; its future ends when the mail is committed."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="mail-store", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, submission: Submission) -> Future[None]:
        self._waiting.put(submission)
        return submission.done

    def stop(self) -> None:
        """Store what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            while True:
                batch, is_last = self._take()
                if batch:
                    self._store(batch)
                if is_last:
                    return
        finally:
            connection.close()

    def _take(self) -> tuple[list[Submission], bool]:
        """Wait for one submission, then take what has gathered meanwhile, within bounds."""
        batch: list[Submission] = []
        size = 0
        while not batch or (len(batch) < _MOST_MAILS and size < _MOST_BYTES):
            try:
                item = self._waiting.get(block=not batch)
            except queue.Empty:
                break
            if item is None:
                return batch, True
            if not item.done.set_running_or_notify_cancel():
                continue  # its session ended before its turn: nobody was told that it is stored, the sender comes again
            batch.append(item)
            size += len(item.mail.raw)
        return batch, False

    def _store(self, batch: list[Submission]) -> None:
        try:
            store_batch(batch)
        except DatabaseError as error:
            connection.close()
            if len(batch) == 1:
                self._fail(batch[0], error)
            else:
                # one mail that cannot be stored must not cost the others their place
                for submission in batch:
                    self._store([submission])
        except Exception as error:
            log.exception("mails could not be stored")
            for submission in batch:
                self._fail(submission, error)
        else:
            for submission in batch:
                submission.done.set_result(None)

    def _fail(self, submission: Submission, error: Exception) -> None:
        log.warning("a mail was not stored, its sender is told to try again: %s", type(error).__name__)
        submission.done.set_exception(error)


def store_batch(batch: Sequence[Submission]) -> None:
    """Store the mails of all accounts, and those for the sink, in one transaction."""
    by_account: dict[int, tuple[ChannelAccount, list[IncomingMail]]] = {}
    sink: dict[str, list[IncomingMail]] = defaultdict(list)
    for submission in batch:
        for account in submission.accounts:
            by_account.setdefault(account.pk, (account, []))[1].append(submission.mail)
        for address in submission.sink:
            sink[address].append(submission.mail)
    with transaction.atomic():
        for _pk, (account, mails) in sorted(by_account.items()):
            store_mails(account, mails)
        if sink:
            keep_in_sink(sink)

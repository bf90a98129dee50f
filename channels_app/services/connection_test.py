"""Trying an account's servers for real, with a time-out, and saying what they answered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from channels_app.email.imap_client import MailServer
from channels_app.email.relays import connect, relay_for
from helpdesk.accounts.permissions import CHANNELS_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core import throttle
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.events import Announcement, announce
from helpdesk.core.models import ChannelAccount

SECONDS = 15
PER_TEN_MINUTES = 30
# A server that never answers holds a thread until its own time-out ends; so few that they cannot starve the pages.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="connection-test")


@dataclass(frozen=True)
class TestResult:
    """One way in or out, whether it works, and what was answered."""

    direction: str
    is_good: bool
    text: str


def check_connections(account: ChannelAccount, *, by: Actor) -> list[TestResult]:
    """Connect and sign in to the account's IMAP server and its way out; nothing is changed or sent.

    The account may hold values that are not saved yet. Announces channel_account.tested for a saved one.
    """
    require(by, CHANNELS_MANAGE)
    throttle.limit(f"connection-test:{by.id}", PER_TEN_MINUTES, per=timedelta(minutes=10))
    results = []
    if (account.config.get("imap") or {}).get("host"):
        results.append(_timed(_("Receiving"), lambda: _read(account)))
    else:
        results.append(TestResult(_("Receiving"), True, _("Mail comes by SMTP to this server; no mailbox is read.")))
    results.append(_timed(_("Sending"), lambda: _write(account)))
    if account.pk:
        data = {"good": [result.is_good for result in results]}
        announce(Announcement("channel_account.tested", "channel_account", account.pk, data=data), by=by)
    return results


def _timed(direction: str, test: Callable[[], str]) -> TestResult:
    language = translation.get_language() or "en"

    def run() -> str:
        try:
            with translation.override(language):
                return test()
        finally:
            connection.close()

    future = _threads.submit(run)
    try:
        return TestResult(direction, True, future.result(timeout=SECONDS))
    except TookTooLong:
        future.cancel()
        return TestResult(direction, False, _("No answer within %(n)s seconds.") % {"n": SECONDS})
    except (TryAgain, Permanent) as error:
        return TestResult(direction, False, str(error)[:500])


def _read(account: ChannelAccount) -> str:
    folders: list[Any] = (account.config.get("imap") or {}).get("folders") or ["INBOX"]
    with MailServer(account) as server:
        found = [(str(folder), server.select(str(folder)).exists) for folder in folders]
    listed = ", ".join(f"{folder}: {number}" for folder, number in found)
    return _("Signed in. Mails in each folder: %(folders)s") % {"folders": listed}


def _write(account: ChannelAccount) -> str:
    relay = relay_for(account)
    client = connect(relay)
    try:
        client.noop()
        is_secure = hasattr(client.sock, "cipher")
    finally:
        client.close()
    security = _("encrypted") if is_secure else _("not encrypted")
    return _("%(host)s:%(port)s answers (%(security)s).") % {
        "host": relay.host,
        "port": relay.port,
        "security": security,
    }

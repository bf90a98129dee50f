"""Mailbox accounting for people: seen on server = imported + parked + ignored (+ waiting to be read + missing)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from channels_app.models import Mailbox
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.core.models.leased import LeasedState


@dataclass(frozen=True)
class MailboxAccount:
    """The figures of one mailbox under its present UIDVALIDITY.

    `seen` = `imported` + `parked` + `ignored` + `unread` + `missing`, always: `unread` lies ahead of what was fetched so
    far, `missing` was passed over and is fetched by the next comparison. `imported` counts stored mails, with those whose
    worker has not come to them yet (`waiting`).
    """

    mailbox_id: int
    account_slug: str
    account_label: str
    address: str
    folder: str
    seen: int
    on_server: int
    imported: int
    waiting: int
    parked: int
    ignored: int
    unread: int
    missing: int
    error: str
    failures: int
    polled_at: datetime | None
    reconciled_at: datetime | None
    next_poll_at: datetime | None

    @property
    def is_complete(self) -> bool:
        """Whether everything the server has shown is accounted for."""
        return not self.missing and not self.unread


def mailbox_accounts() -> list[MailboxAccount]:
    """Every mailbox with its figures, in one query."""
    here = Q(items__uid_validity=F("uid_validity"))
    is_ignored = Q(items__event__is_ignored=True) | ~Q(items__ignored="")
    is_parked = Q(items__event__state__in=[LeasedState.PARKED, LeasedState.DISCARDED])
    waiting = Q(items__event__state__in=[LeasedState.READY, LeasedState.WORKING, LeasedState.BACK_OFF])
    rows = (
        Mailbox.objects.select_related("account")
        .annotate(
            counted=Count("items", filter=here),
            parked_count=Count("items", filter=here & is_parked),
            ignored_count=Count("items", filter=here & is_ignored & ~is_parked),
            waiting_count=Count("items", filter=here & waiting),
        )
        .order_by("account__slug", "folder")
    )
    return [_account(mailbox) for mailbox in rows]


def _account(mailbox: Mailbox) -> MailboxAccount:
    counted: int = mailbox.counted  # type: ignore[attr-defined]
    parked: int = mailbox.parked_count  # type: ignore[attr-defined]
    ignored: int = mailbox.ignored_count  # type: ignore[attr-defined]
    seen = max(mailbox.seen_on_server, counted + mailbox.missing)
    return MailboxAccount(
        mailbox_id=mailbox.pk,
        account_slug=mailbox.account.slug,
        account_label=mailbox.account.label,
        address=mailbox.account.address,
        folder=mailbox.folder,
        seen=seen,
        on_server=mailbox.on_server,
        imported=counted - parked - ignored,
        waiting=mailbox.waiting_count,  # type: ignore[attr-defined]
        parked=parked,
        ignored=ignored,
        unread=seen - counted - mailbox.missing,
        missing=mailbox.missing,
        error=mailbox.error,
        failures=mailbox.failures,
        polled_at=mailbox.polled_at,
        reconciled_at=mailbox.reconciled_at,
        next_poll_at=mailbox.next_poll_at,
    )


def ensure_mailboxes() -> None:
    """A mailbox row for every folder that an active mail account with an IMAP server names (INBOX when it names none)."""
    for account in ChannelAccount.objects.filter(kind=ChannelKind.EMAIL, is_active=True, config__has_key="imap"):
        imap = account.config["imap"] or {}
        if not imap.get("host"):
            continue
        for folder in imap.get("folders") or ["INBOX"]:
            Mailbox.objects.get_or_create(account=account, folder=str(folder)[:200])

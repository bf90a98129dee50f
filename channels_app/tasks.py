"""Celery entry points of the doors: mailboxes are read in turns, each by one process at a time."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from channels_app.email import imap
from channels_app.email.accounting import ensure_mailboxes
from channels_app.models import Mailbox
from helpdesk.core import throttle

_TURN_EXPIRES_SECONDS = 300


@shared_task(name="channels_app.poll_mailboxes")
def poll_mailboxes() -> None:
    """Every 15 s: a turn for each mailbox that is due, an hourly comparison with its server for the others."""
    ensure_mailboxes()
    now = timezone.now()
    active = Mailbox.objects.filter(account__is_active=True)
    for pk in active.filter(Q(next_poll_at__isnull=True) | Q(next_poll_at__lte=now)).values_list("pk", flat=True):
        poll_mailbox.apply_async((pk,), queue="bulk", expires=_TURN_EXPIRES_SECONDS, retry=False)
    due = Q(reconciled_at__isnull=True, polled_at__isnull=False) | Q(reconciled_at__lt=now - imap.RECONCILE_EVERY)
    for pk in active.filter(due, failures=0).values_list("pk", flat=True):
        # one offer in ten minutes is enough while the comparison waits for a worker
        if throttle.count(f"reconcile:{pk}", per=timedelta(minutes=10)) == 1:
            reconcile_mailbox.apply_async((pk,), queue="bulk", expires=_TURN_EXPIRES_SECONDS, retry=False)


@shared_task(name="channels_app.poll_mailbox")
def poll_mailbox(pk: int) -> None:
    """One turn at a mailbox; the next follows at once while there is more."""
    turn = imap.poll_mailbox(pk)
    if turn is not None and not turn.is_finished:
        poll_mailbox.apply_async((pk,), queue="bulk", expires=_TURN_EXPIRES_SECONDS, retry=False)


@shared_task(name="channels_app.reconcile_mailbox")
def reconcile_mailbox(pk: int) -> None:
    """Prove a mailbox's account against its server, and fetch what is missing."""
    imap.reconcile_mailbox(pk)

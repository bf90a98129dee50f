"""`manage.py mail_in --channel NAME < FILE`: one mail from standard input, through the same door as every other."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app import inbox
from channels_app.email.storing import Envelope, store_mail
from channels_app.models import InboundEvent
from helpdesk.core import leasing
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.core.models.leased import UNFINISHED, LeasedState


class Command(BaseCommand):
    """Stores the mail, runs its handler in this process and prints one JSON line.

    Keys: `event` (id), `state` (processed, duplicate, ignored, parked; waiting when an earlier mail of the same sender is
    still in work elsewhere), `ticket` (number or null), `reason` (text or null).
    """

    help = "Take one mail from standard input for a mail account and print what became of it as one JSON line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", required=True, metavar="NAME", help="the mail account's name, e.g. support")
        parser.add_argument("--from", dest="sender", default="", metavar="ADDRESS", help="the envelope's sender")

    def handle(self, *args: Any, **options: Any) -> None:
        account = ChannelAccount.objects.filter(slug=options["channel"], kind=ChannelKind.EMAIL, is_active=True).first()
        if account is None:
            raise CommandError(f"There is no active mail account named {options['channel']!r}.")
        raw = sys.stdin.buffer.read(settings.MAIL_MAX_BYTES + 1)
        if len(raw) > settings.MAIL_MAX_BYTES:
            raise CommandError(f"This mail is larger than MAIL_MAX_BYTES ({settings.MAIL_MAX_BYTES} bytes).")
        stored = store_mail(account, raw, Envelope("command", sender=options["sender"]), offer=False)
        event = _work(stored.event) if stored.is_new else stored.event
        self.stdout.write(json.dumps(_line(event, is_new=stored.is_new), ensure_ascii=False))


def _work(event: InboundEvent) -> InboundEvent:
    """Run the handler; mails of the same sender that arrived before and still wait come first."""
    elders = InboundEvent.objects.filter(
        account_id=event.account_id, order_key=event.order_key, pk__lt=event.pk, state__in=UNFINISHED
    )
    if event.order_key:
        for pk in list(elders.order_by("pk").values_list("pk", flat=True)[:1000]):
            leasing.run(InboundEvent, pk)
    return inbox.process_now(event)


def _line(event: InboundEvent, *, is_new: bool) -> dict[str, object]:
    if not is_new:
        state = "duplicate"
    elif event.state == LeasedState.DONE:
        state = "ignored" if event.is_ignored else "processed"
    else:
        state = "parked" if event.state == LeasedState.PARKED else "waiting"
    return {
        "event": event.pk,
        "state": state,
        "ticket": f"HD-{event.ticket_id}" if event.ticket_id else None,
        "reason": event.reason or None,
    }

"""What keeps mail whole and small: files that a full disk refused are stored later, old sources go."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from channels_app.email.adapter_in import read_mail
from channels_app.email.arriving import new_file
from channels_app.email.storing import HANDLER
from channels_app.models import InboundEvent
from helpdesk.core.models.leased import LeasedState
from tickets.models import Attachment
from tickets.services.files import NOT_STORED, clean_name, restore

log = logging.getLogger(__name__)
_AT_ONCE = 50
_DROPPED_AT_ONCE = 2_000


def restore_files() -> int:
    """Store the files that could not be stored when their mail came, from its source; returns how many."""
    waiting = Attachment.objects.select_related("message").filter(warning=NOT_STORED, message__isnull=False)
    done = 0
    for attachment in waiting.order_by("pk")[:_AT_ONCE]:
        try:
            done += _restore(attachment)
        except OSError as error:
            log.warning("files still cannot be stored: %s", error)
            return done
    return done


@transaction.atomic
def _restore(attachment: Attachment) -> bool:
    assert attachment.message is not None
    event = InboundEvent.objects.select_related("account").filter(
        pk=attachment.message.inbound_event_id or 0, handler=HANDLER, raw__isnull=False
    )
    found = event.first()
    files = [new_file(item) for item in read_mail(found).attachments] if found is not None else []
    for file in files:
        if clean_name(file.name) == attachment.name and len(file.data) == attachment.size:
            restore(attachment, file)
            return True
    return False


def drop_old_sources() -> int:
    """Forget the raw bytes of events that ended longer ago than RAW_INBOUND_RETENTION; the events themselves stay."""
    before = timezone.now() - settings.RAW_INBOUND_RETENTION
    ended = [LeasedState.DONE, LeasedState.DISCARDED]
    old = InboundEvent.objects.filter(raw__isnull=False, finished_at__lt=before, state__in=ended)
    return InboundEvent.objects.filter(pk__in=old.values("pk")[:_DROPPED_AT_ONCE]).update(raw=None)

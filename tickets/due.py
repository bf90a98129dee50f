"""The ticket's own due rows in the one-second sweep: releases, automatic closing, the end of a snooze,
the question after a solving."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from helpdesk.core.errors import Refused
from tickets.models import Message, Ticket
from tickets.services.releasing import release_message
from tickets.services.status import close_ticket, wake_ticket
from tickets.services.surveys import ask_by_mail

log = logging.getLogger(__name__)


def release_due(now: datetime, limit: int) -> int:
    """Answers whose undo time or schedule has come; each in a transaction of its own."""
    due = Message.objects.filter(release_at__lte=now, released_at__isnull=True, withdrawn_at__isnull=True)
    return _each(release_message, list(due.order_by("release_at").values_list("pk", flat=True)[:limit]), now=now)


def close_due(now: datetime, limit: int) -> int:
    """Solved tickets whose closing time has come."""
    due = Ticket.objects.filter(auto_close_at__lte=now).order_by("auto_close_at").values_list("pk", flat=True)[:limit]
    return _each(close_ticket, list(due), due_before=now)


def wake_due(now: datetime, limit: int) -> int:
    """Tickets whose snooze has ended."""
    due = Ticket.objects.filter(snoozed_until__lte=now).order_by("snoozed_until").values_list("pk", flat=True)[:limit]
    return _each(wake_ticket, list(due), now=now)


def ask_due(now: datetime, limit: int) -> int:
    """Solved tickets whose customers are to be asked how it went."""
    due = Ticket.objects.filter(survey_at__lte=now).order_by("survey_at").values_list("pk", flat=True)[:limit]
    return _each(ask_by_mail, list(due), now=now)


def oldest_due() -> datetime | None:
    """The due time of the ticket room's oldest row that is late; None when nothing is. Four looks at partial indexes."""
    now = timezone.now()
    release = Message.objects.filter(release_at__lte=now, released_at__isnull=True, withdrawn_at__isnull=True)
    oldest = [release.order_by("release_at").values_list("release_at", flat=True).first()]
    for name in ("auto_close_at", "snoozed_until", "survey_at"):
        late = Ticket.objects.filter(**{f"{name}__lte": now}).order_by(name)
        oldest.append(late.values_list(name, flat=True).first())
    return min((moment for moment in oldest if moment is not None), default=None)


def _each(verb, ids: list[int], **arguments: object) -> int:  # type: ignore[no-untyped-def]
    """Run the verb on each id; returns how many succeeded, so that a failing row never spins the sweep."""
    done = 0
    for pk in ids:
        try:
            verb(pk, **arguments)
            done += 1
        except Refused as refusal:
            log.warning("due row %s of %s refused: %s", pk, verb.__name__, refusal.code)
        except Exception:
            log.exception("due row %s of %s failed", pk, verb.__name__)
    return done if done == len(ids) else 0

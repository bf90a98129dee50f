"""Jobs: reading messages with the model, and training it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction

from helpdesk.core.errors import NotFound
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job
from tickets.models import Direction, Message, Visibility
from tickets.routing.recognition.consuming import READ_JOB
from tickets.routing.recognition.services.facts import check_facts
from tickets.routing.recognition.services.recognising import Word, leave_to_people, read_texts, recognise_ticket
from tickets.routing.recognition.using import InUse, in_use

if TYPE_CHECKING:
    from tickets.routing.recognition.model import Model

log = logging.getLogger(__name__)
MESSAGES_READ = 3


def read_messages(job: Job) -> dict[str, Any]:
    """Read each (ticket, message) of the job; one that fails goes into a job of its own, so the others are done."""
    use = in_use()
    pairs = [(int(ticket), int(message)) for ticket, message in job.args["pairs"]]
    done = 0
    for ticket_id, message_id in pairs:
        try:
            with transaction.atomic():
                if use.model is not None and message_id:
                    _read(ticket_id, message_id, use, use.model)
                elif use.is_broken:
                    leave_to_people(ticket_id)
                check_facts(ticket_id)
            done += 1
        except NotFound:
            continue  # erased meanwhile
        except Exception:
            if len(pairs) == 1:
                raise
            log.exception("ticket %s could not be recognised with the others", ticket_id)
            enqueue(READ_JOB, queue="events", pairs=[[ticket_id, message_id]])
    return {"read": done}


def _read(ticket_id: int, message_id: int, use: InUse, model: Model) -> None:
    found = list(
        Message.objects.filter(
            ticket_id=ticket_id, direction=Direction.IN, visibility=Visibility.PUBLIC, is_auto=False, pk__lte=message_id
        )
        .order_by("pk")
        .values_list("pk", "subject", "text", "ticket__subject")[:200]
    )
    if not found:
        return
    newest = found[-1]
    opening = [found[0][3], *[text for _pk, _subject, text, _title in found[:MESSAGES_READ]]]
    reading = model.read(read_texts(opening))
    if len(found) > 1:  # the tone is that of what was written last
        reading.heads["tone"] = model.read(newest[2]).heads.get("tone", [])  # type: ignore[index]
    word = Word(reading, newest[0], model.number, use.threshold, use.tone_threshold)
    recognise_ticket(ticket_id, word)

"""What the person who leads an incident does: take it, write to everybody concerned, close it."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.claims.models import Cause
from aftersales.incidents.models import Incident, IncidentMessage, IncidentState, IncidentTold
from helpdesk.accounts.permissions import INCIDENT_LEAD
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from helpdesk.core.events import Announcement, announce
from helpdesk.core.jobs import enqueue
from helpdesk.core.models import Job
from tickets.services.changing import changing
from tickets.services.replying import Reply, answer_within

JOB = "incidents.tell"
MOST_WORDS = 4000


def take_lead(incident_id: int, *, by: Actor) -> Incident:
    """The person leads it from now on; announces incident.lead_taken."""
    with transaction.atomic():
        incident = _locked(incident_id, by)
        if by.staff is None:
            raise Forbidden
        incident.lead = by.staff
        incident.row_version += 1
        incident.save(update_fields=["lead", "row_version"])
        announce(Announcement("incident.lead_taken", "incident", incident.pk), by=by)
    return incident


def tell_everybody(incident_id: int, texts: Mapping[str, str], *, by: Actor, row_version: int) -> IncidentMessage:
    """A message to each customer concerned, on their ticket and channel, in their language; announces incident.told.

    It is stored with everybody it goes to before anything is sent; workers send it, each once. The version that the writer
    read makes a doubled press one message.
    """
    kept = {code: (texts.get(code) or "").replace("\x00", "").strip() for code, _label in settings.LANGUAGES}
    wrong = {f"text_{code}": _("Write the message in both languages.") for code, text in kept.items() if not text}
    wrong |= {
        f"text_{code}": _("Use at most %(most)d characters.") % {"most": MOST_WORDS}
        for code, text in kept.items()
        if len(text) > MOST_WORDS
    }
    if wrong:
        raise Invalid(fields=wrong)
    with transaction.atomic():
        incident = _locked(incident_id, by, row_version)
        if by.staff is None:
            raise Forbidden
        message = IncidentMessage.objects.create(incident=incident, texts=kept, by=by.staff, at=clock.now())
        tickets = sorted(set(incident.ties.values_list("claim__ticket_id", flat=True)))
        rows = IncidentTold.objects.bulk_create(IncidentTold(message=message, ticket_id=pk) for pk in tickets)
        for row in rows:
            enqueue(JOB, dedupe_key=f"{JOB}:{row.pk}", order_key=f"ticket:{row.ticket_id}", told=row.pk)
        incident.row_version += 1
        incident.save(update_fields=["row_version"])
        announce(Announcement("incident.told", "incident", incident.pk, data={"tickets": len(rows)}), by=by)
    return message


def work_tell(job: Job) -> None:
    """The job: the message as an answer on one ticket, in one transaction with the mark that it is done."""
    row = IncidentTold.objects.select_related("message__by", "ticket__customer").get(pk=job.args["told"])
    if row.done_at is not None:
        return
    ticket = row.ticket
    while ticket.merged_into is not None:
        ticket = ticket.merged_into
    text = row.message.texts[_language(ticket.customer.language or ticket.language)]
    by = Actor.of_staff(row.message.by)
    try:
        with changing(ticket.pk, "reply", by=by, permission=None, sees=lambda actor, found: True) as change:
            answer_within(change, Reply(text, is_auto=True))
    except Refused as refusal:
        row.trouble = str(refusal)[:300]
    row.done_at = clock.now()
    row.save(update_fields=["done_at", "trouble"])


def close_incident(incident_id: int, *, cause_id: int | None, words: str, by: Actor, row_version: int) -> Incident:
    """The matter is understood and settled; announces incident.closed. Claims go on as they are."""
    words = words.replace("\x00", "").strip()
    cause = Cause.objects.filter(pk=cause_id or 0, is_active=True).first()
    wrong = {}
    if cause is None:
        wrong["cause"] = _("Choose one of the listed causes.")
    if not words or len(words) > MOST_WORDS:
        wrong["words"] = _("Say in a few words what it was and what was done.")
    if wrong:
        raise Invalid(fields=wrong)
    with transaction.atomic():
        incident = _locked(incident_id, by, row_version)
        incident.state, incident.closed_at = IncidentState.CLOSED, clock.now()
        incident.cause, incident.words = cause, words
        incident.row_version += 1
        incident.save()
        announce(Announcement("incident.closed", "incident", incident.pk), by=by)
    return incident


def _locked(incident_id: int, by: Actor, row_version: int | None = None) -> Incident:
    if by.staff is None or not by.staff.can(INCIDENT_LEAD):
        raise Forbidden
    incident = Incident.objects.select_for_update(no_key=True).filter(pk=incident_id).first()
    if incident is None:
        raise NotFound
    if row_version is not None and row_version != incident.row_version:
        raise Conflict
    if incident.state != IncidentState.OPEN:
        raise Invalid(fields={"__all__": _("This incident is closed.")})
    return incident


def _language(code: str) -> str:
    wanted = code.casefold()[:2]
    return next((known for known, _label in settings.LANGUAGES if known.casefold()[:2] == wanted), "en")

"""The model's word on a ticket, as an ordinary verb: it fills in what nobody has said, and overrides nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from helpdesk.accounts.permissions import EDIT
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Invalid
from tickets.models import Kind, Ticket, Tone
from tickets.routing.grading import grade
from tickets.routing.recognition.models import KindLabel, LabelSource, Recognition, Source
from tickets.services.changing import Change, changing
from tickets.services.properties import apply_edit

if TYPE_CHECKING:
    from tickets.routing.recognition.model import Reading

# From so sure on the model's word on urgency counts.
URGENT_FROM = 0.9
GUESSES_KEPT = 3
# A worse tone replaces a better one, never the other way round: a calm second message does not undo a threat.
_WORSE = {Tone.CALM: 0, Tone.CHURN: 1, Tone.ANGER: 2, Tone.THREAT: 3}


@dataclass(frozen=True)
class Word:
    """What the model says of a ticket whose newest message it has read, and how sure it must be to count."""

    reading: Reading
    message_id: int
    model_number: int
    threshold: float
    tone_threshold: float


def recognise_ticket(ticket_id: int, word: Word, *, by: Actor = SYSTEM) -> Ticket:
    """Set kind, grade, priority and tone as far as neither a person nor a rule nor the form has; below the threshold the
    ticket waits in the triage view. Each message is counted once. Announces ticket.recognised."""
    with changing(ticket_id, "recognise", by=by, permission=None) as change:
        known = locked_recognition(change.ticket)
        if (known.message_id or 0) >= word.message_id or change.ticket.merged_into_id or change.ticket.is_closed:
            return change.ticket
        known.message_id, known.model_number, known.recognised_at = word.message_id, word.model_number, change.now
        if not change.ticket.is_spam:
            _kind(change, known, word)
            _tone(change, known, word)
            _announce(change, known, word)
        known.save()
    return change.ticket


def leave_to_people(ticket_id: int) -> None:
    """The model cannot be read: what no rule and nobody else has recognised waits in the triage view. A model that works
    again still reads it."""
    rows = Recognition.objects.filter(ticket_id=ticket_id, kind_source=Source.NOBODY, needs_triage=False)
    rows.filter(ticket__is_spam=False, ticket__merged_into__isnull=True).update(needs_triage=True)


def _announce(change: Change, known: Recognition, word: Word) -> None:
    change.announce(
        "ticket.recognised",
        kind=change.get("kind"),
        source=known.kind_source,
        confidence=known.confidence,
        tone=change.get("tone"),
        model=word.model_number,
        needs_triage=known.needs_triage,
    )


def locked_recognition(ticket: Ticket) -> Recognition:
    """The ticket's row; the ticket's lock, which the caller holds, guards it."""
    found = Recognition.objects.filter(ticket_id=ticket.pk).first()
    return found or Recognition(ticket=ticket, given_priority=ticket.priority, created_at=ticket.created_at)


def _kind(change: Change, known: Recognition, word: Word) -> None:
    if known.kind_source not in {Source.NOBODY, Source.MODEL} or not word.reading.heads.get("kind"):
        return
    if known.kind_source == Source.MODEL and not known.needs_triage:
        return  # it was sure once; further messages are about other things
    kind, share = word.reading.best("kind")
    known.guesses = [[name, value] for name, value in word.reading.heads["kind"][:GUESSES_KEPT]]
    known.confidence = share
    known.needs_triage = share < word.threshold
    urgent, sure = word.reading.best("urgency")
    if urgent == "urgent" and sure >= URGENT_FROM:
        known.is_urgent = True
    if not known.needs_triage:
        known.kind_source = Source.MODEL
        change.set(kind=kind)
    if not known.needs_triage or known.is_urgent:
        regrade(change, known)


def _tone(change: Change, known: Recognition, word: Word) -> None:
    tone, share = word.reading.best("tone")
    if known.tone_source in {Source.PERSON, Source.RULE} or tone not in Tone.values or share < word.tone_threshold:
        return
    if _WORSE[Tone(tone)] > _WORSE[Tone(change.get("tone"))]:
        known.tone_source, known.tone_confidence = Source.MODEL, share
        change.set(tone=tone)
    elif known.tone_confidence is None:
        known.tone_confidence = share


def regrade(change: Change, known: Recognition) -> None:
    """The grade by the rule of C1, and its priority unless a person or a rule has set one."""
    graded = grade(kind=change.get("kind"), level=change.ticket.customer.level, is_urgent=known.is_urgent)
    change.set(grade=graded.grade)
    untouched = (
        known.priority_source in {Source.NOBODY, Source.MODEL} and change.get("priority") == known.given_priority
    )
    if untouched and graded.priority != known.given_priority:
        known.given_priority, known.priority_source = graded.priority, Source.MODEL
        change.set(priority=graded.priority)


# --- What a person says ----------------------------------------------------------------------------------------------
def correct_ticket(
    ticket_id: int, *, by: Actor, kind: str | None = None, tone: str | None = None, edit_version: int | None = None
) -> Ticket:
    """A person confirms or corrects kind and tone: it is kept, leaves the triage view, and trains the next model.

    Announces ticket.kind_corrected (and ticket.edited when the kind changes) or ticket.tone_corrected.
    """
    if kind is None and tone is None:
        raise Invalid(fields={"kind": _choose(Kind)})
    for name, value, choices in (("kind", kind, Kind), ("tone", tone, Tone)):
        if value is not None and value not in choices.values:
            raise Invalid(fields={name: _choose(choices)})
    with changing(ticket_id, "correct", by=by, permission=EDIT, edit_version=edit_version) as change:
        if tone is not None:
            _correct_tone(change, tone)
        if kind is not None:
            if kind != change.ticket.kind:
                apply_edit(change, kind=kind)  # the participant keeps the correction
            else:
                keep_correction(change, LabelSource.CONFIRMED)
    return change.ticket


def _choose(choices: type[Kind] | type[Tone]) -> str:
    return _("Choose one of: %(words)s.") % {"words": ", ".join(choices.values)}


def _correct_tone(change: Change, tone: str) -> None:
    known = locked_recognition(change.ticket)
    before = change.ticket.tone
    known.tone_source, known.tone_confidence = Source.PERSON, None
    change.set(tone=tone)
    known.save()
    KindLabel.objects.filter(ticket_id=change.ticket.pk).update(tone=tone)
    change.announce("ticket.tone_corrected", tone=[before, tone])


def keep_correction(change: Change, source: LabelSource) -> None:
    """Keep that a person has said what the ticket is; the caller holds its lock."""
    known = locked_recognition(change.ticket)
    kind = change.get("kind")
    guessed = known.guesses[0][0] if known.guesses else str(change.before.get("kind", change.ticket.kind))
    known.kind_source, known.needs_triage = Source.PERSON, False
    if kind != Kind.OTHER:
        regrade(change, known)
    known.save()
    KindLabel.objects.update_or_create(
        ticket=change.ticket,
        defaults={
            "kind": kind,
            "tone": change.get("tone") if known.tone_source == Source.PERSON else "",
            "guessed": guessed,
            "source": source,
            "staff_id": change.by.staff.pk if change.by.staff else None,
            "at": change.now,
        },
    )
    change.announce(
        "ticket.kind_corrected", kind=kind, guessed=guessed, source=str(source), confidence=known.confidence
    )


def read_texts(texts: Sequence[str]) -> str:
    """What the model reads of a ticket: subject and the customer's first messages, cut to what it looks at."""
    return "\n".join(text for text in texts if text)[:4000]

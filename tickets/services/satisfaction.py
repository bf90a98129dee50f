"""How satisfied the customer is with one solving of a ticket: asked once, answered once, by five grades and free words."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.secrets import all_derived, derived, same, token_hash
from tickets.models import Satisfaction, SatisfactionAbout, SatisfactionReason, StatusCategory
from tickets.services.changing import Change, changing
from tickets.services.receiving import storable

MAX_COMMENT = 2000
FINISHED = {StatusCategory.SOLVED, StatusCategory.CLOSED}


class AlreadyAnswered(Conflict):
    """The question was answered before; the first answer stands."""

    code = "already_answered"
    message = _("You have answered this already. Thank you.")


def ask_satisfaction(ticket_id: int, *, by: Actor = SYSTEM) -> Satisfaction:
    """Ask about the present solving (once per solving); the row's link text is `satisfaction_link(row)`. Announces
    satisfaction.asked."""
    with changing(ticket_id, "ask_satisfaction", by=by, permission=None) as change:
        return ask(change)[0]


def ask(change: Change) -> tuple[Satisfaction, bool]:
    """The same as a part of a change; the row, and whether it is new (False: asked or answered before)."""
    solved_at = change.ticket.solved_at
    if change.ticket.status_category not in FINISHED or solved_at is None:
        raise Invalid(_("The request is not solved."))
    row, is_new = Satisfaction.objects.get_or_create(
        ticket=change.ticket,
        solved_at=solved_at,
        subject_kind=SatisfactionAbout.TICKET,
        defaults={"asked_at": change.now},
    )
    return _with_link(change, row, is_new), is_new


def ask_about(
    change: Change, kind: SatisfactionAbout, record_id: int, *, number: str = ""
) -> tuple[Satisfaction, bool]:
    """Ask about a record of a higher room (a claim, a visit) that came to its end, as a part of a change of its ticket; once
    for each record. `number` is what the customer knows it by."""
    row, is_new = Satisfaction.objects.get_or_create(
        subject_kind=kind,
        subject_id=record_id,
        defaults={
            "ticket": change.ticket,
            "solved_at": change.now,
            "asked_at": change.now,
            "subject_number": number[:40],
        },
    )
    return _with_link(change, row, is_new), is_new


def _with_link(change: Change, row: Satisfaction, is_new: bool) -> Satisfaction:
    if is_new or not row.token_hash:
        row.token_hash = token_hash(derived("satisfaction", row.pk, row.solved_at.timestamp()))
        row.save(update_fields=["token_hash"])
    if is_new:
        change.announce("satisfaction.asked")
    return row


def satisfaction_link(row: Satisfaction) -> str:
    """The secret part of the link in a mail, made anew from the row."""
    candidates = all_derived("satisfaction", row.pk, row.solved_at.timestamp())
    return next((text for text in candidates if same(token_hash(text), row.token_hash)), candidates[0])


def find_satisfaction(link: str) -> Satisfaction:
    """The question behind a link; `NotFound` when it was made up."""
    row = None
    if 20 <= len(link) <= 100:
        row = Satisfaction.objects.select_related("ticket").filter(token_hash=token_hash(link)).first()
    if row is None:
        raise NotFound
    return row


def answer_satisfaction(ticket_id: int, *, score: int, reason: str = "", comment: str = "", by: Actor) -> Satisfaction:
    """The signed-in customer grades the present solving, once; announces satisfaction.answered."""
    with changing(ticket_id, "answer_satisfaction", by=by, permission=None) as change:
        solved_at = change.ticket.solved_at
        if change.ticket.status_category not in FINISHED or solved_at is None:
            raise Invalid(_("The request is not solved."))
        row, _is_new = Satisfaction.objects.get_or_create(
            ticket=change.ticket,
            solved_at=solved_at,
            subject_kind=SatisfactionAbout.TICKET,
            defaults={"asked_at": change.now},
        )
        _answer(change, row, score, reason, comment)
    return row


def answer_about(
    ticket_id: int, row_id: int, *, score: int, reason: str = "", comment: str = "", by: Actor
) -> Satisfaction:
    """The signed-in customer grades a claim or a visit of this ticket, once; announces satisfaction.answered."""
    with changing(ticket_id, "answer_satisfaction", by=by, permission=None) as change:
        rows = Satisfaction.objects.select_for_update(no_key=True).filter(ticket_id=ticket_id)
        row = rows.exclude(subject_kind=SatisfactionAbout.TICKET).filter(pk=row_id).first()
        if row is None:
            raise NotFound
        _answer(change, row, score, reason, comment)
    return row


def answer_by_link(link: str, *, score: int, reason: str = "", comment: str = "") -> Satisfaction:
    """The same by the link in a mail; it works once, and also after the ticket was re-opened."""
    found = find_satisfaction(link)
    with changing(found.ticket_id, "answer_satisfaction", by=SYSTEM, permission=None) as change:
        row = Satisfaction.objects.select_for_update(no_key=True).get(pk=found.pk)
        _answer(change, row, score, reason, comment)
    return row


def _answer(change: Change, row: Satisfaction, score: int, reason: str, comment: str) -> None:
    _check(row, score, reason, comment)
    change.announce("satisfaction.answered", score=score)
    change.after_write.append(lambda: _store(row, score, reason, comment, change.now))


def _check(row: Satisfaction, score: int, reason: str, comment: str) -> None:
    if row.answered_at is not None:
        raise AlreadyAnswered
    if score not in range(1, 6):
        raise Invalid(fields={"score": _("Choose one of the five grades.")})
    if reason and reason not in SatisfactionReason.values:
        raise Invalid(fields={"reason": _("Choose one of the listed reasons.")})
    if len(comment) > MAX_COMMENT:
        raise Invalid(fields={"comment": _("Please use at most 2,000 characters.")})


def _store(row: Satisfaction, score: int, reason: str, comment: str, now: datetime) -> None:
    row.score, row.reason, row.comment, row.answered_at = score, reason, storable(comment).strip(), now
    row.save(update_fields=["score", "reason", "comment", "answered_at"])

"""Expert consultation (C4): people who do not work on a ticket are asked, discuss it in internal notes, and the outcome is kept.

The invited see this one ticket while they are invited, by watching it on behalf of the consultation, and nothing else; the
right ends with the consultation, and so does their live view of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.permissions import NOTE, VIEW_TEAM
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from tickets.access import may_let_in, those_who_see
from tickets.errors import ConsultationEnded
from tickets.models import Consultation, ConsultationState, Invitation, Message, Ticket, Watcher
from tickets.services.changing import Change, changing
from tickets.services.replying import add_note_to, clean_text

MAX_INVITED = 30
MAX_QUESTION = 5_000


def open_consultation(
    ticket_id: int, *, question: str, by: Actor, staff: Iterable[int] = (), teams: Iterable[int] = ()
) -> Consultation:
    """Ask people (`staff`) and everybody of teams (`teams`); announces consultation.opened with the invited. The question
    stands in the conversation as an internal note. Who asks must be able to let others in (`may_let_in`)."""
    with changing(ticket_id, "consult", by=by, permission=NOTE) as change:
        _check_may_ask(change)
        words = _words(question, "question", _("Write down what you want to know."))
        if Consultation.objects.filter(ticket_id=ticket_id, state=ConsultationState.OPEN).exists():
            raise Invalid(
                fields={"question": _("A consultation on this ticket is open already. Invite more people to it.")}
            )
        people = _people(change, staff, teams)
        row = Consultation(ticket=change.ticket, question=words, opened_by=by.staff, opened_at=change.now)
        row.save()
        _invite(change, row, people)
        add_note_to(change, words, consultation=row.pk, is_question=True).consultation = row
        change.announce("consultation.opened", consultation=row.pk, invited=[person.pk for person, _team in people])
    return row


def invite_experts(consultation_id: int, *, by: Actor, staff: Iterable[int] = (), teams: Iterable[int] = ()) -> None:
    """Ask more people in a consultation that is open; announces consultation.invited."""
    row = _row(consultation_id)
    with changing(row.ticket_id, "consult", by=by, permission=NOTE) as change:
        _check_may_ask(change)
        row = _open_row(consultation_id)
        people = _people(change, staff, teams, besides=row)
        _invite(change, row, people)
        change.announce("consultation.invited", consultation=row.pk, invited=[person.pk for person, _team in people])


def withdraw_invitation(consultation_id: int, *, staff_id: int, by: Actor) -> None:
    """One expert is asked no longer, or leaves by themselves; they see the ticket no more. Announces consultation.left."""
    row = _row(consultation_id)
    with changing(row.ticket_id, "consult", by=by, permission=NOTE) as change:
        if by.staff is not None and by.staff.pk != staff_id:
            _check_may_ask(change)
        row = _open_row(consultation_id)
        ended = row.invitations.filter(staff_id=staff_id, ended_at__isnull=True).update(ended_at=change.now)
        if not ended:
            raise NotFound
        _let_go(change, row, [staff_id])
        change.announce("consultation.left", consultation=row.pk, staff=staff_id)


def write_in_consultation(consultation_id: int, text: str, *, by: Actor, mentions: Sequence[int] = ()) -> Message:
    """A note in the consultation's thread; announces note.added. For the invited, it is their answer."""
    row = _row(consultation_id)
    with changing(row.ticket_id, "note", by=by, permission=NOTE) as change:
        row = _open_row(consultation_id)
        message = add_note_to(change, text, mentions=mentions, consultation=row.pk, asked_by=row.opened_by_id)
        message.consultation = row
        _answered(change, row)
    return message


def conclude_consultation(consultation_id: int, *, conclusion: str, by: Actor) -> Consultation:
    """Keep what came of it, and let the experts go; announces consultation.concluded. For the asker, the ticket's owner and
    whoever may let others in; a conclusion is required."""
    row = _row(consultation_id)
    with changing(row.ticket_id, "conclude", by=by, permission=NOTE) as change:
        row = _open_row(consultation_id)
        _check_may_end(change, row)
        words = _words(conclusion, "conclusion", _("Write down what came of it."))
        add_note_to(change, words, consultation=row.pk).consultation = row
        _end(change, row, ConsultationState.CONCLUDED, words)
        change.announce("consultation.concluded", consultation=row.pk, asked_by=row.opened_by_id)
    return row


def withdraw_consultation(consultation_id: int, *, by: Actor) -> Consultation:
    """It is no longer needed; nothing is concluded. Announces consultation.withdrawn."""
    row = _row(consultation_id)
    with changing(row.ticket_id, "conclude", by=by, permission=NOTE) as change:
        row = _open_row(consultation_id)
        _check_may_end(change, row)
        _end(change, row, ConsultationState.WITHDRAWN)
        change.announce("consultation.withdrawn", consultation=row.pk)
    return row


def leave_with_departure(staff_id: int, *, by: Actor = SYSTEM) -> None:
    """A person may no longer work here: their invitations end."""
    now = clock.now()
    Invitation.objects.filter(staff_id=staff_id, ended_at__isnull=True).update(ended_at=now)
    Watcher.objects.filter(staff_id=staff_id, consultation__isnull=False).delete()


# --- Parts -----------------------------------------------------------------------------------------------------------
def _row(consultation_id: int) -> Consultation:
    row = Consultation.objects.filter(pk=consultation_id).first()
    if row is None:
        raise NotFound
    return row


def _open_row(consultation_id: int) -> Consultation:
    """The consultation, read under its ticket's lock."""
    row = _row(consultation_id)
    if not row.is_open:
        raise ConsultationEnded
    return row


def _check_may_ask(change: Change) -> None:
    if not may_let_in(change.by, change.ticket):
        raise Forbidden(_("Your role does not let you show this ticket to others. Ask its owner or a team lead."))
    if change.ticket.merged_into_id is not None or change.ticket.is_spam:
        raise Invalid(fields={"question": _("Nobody is asked about a ticket that was merged away or is spam.")})


def _check_may_end(change: Change, row: Consultation) -> None:
    asked_by_me = change.by.staff is not None and row.opened_by_id == change.by.staff.pk
    if not (asked_by_me or may_let_in(change.by, change.ticket)):
        raise Forbidden(_("Whoever asked, the ticket's owner or a team lead ends a consultation."))


def _words(text: str, field: str, missing: object) -> str:
    words = clean_text(text)
    if not words:
        raise Invalid(fields={field: missing})
    if len(words) > MAX_QUESTION:
        raise Invalid(fields={field: _("Please use at most 5,000 characters.")})
    return words


def _people(
    change: Change, staff: Iterable[int], teams: Iterable[int], *, besides: Consultation | None = None
) -> list[tuple[Staff, int | None]]:
    """Whom this means, each once with the team by which they are meant; not the asker, nor who is invited already."""
    wanted: dict[int, int | None] = dict.fromkeys(int(pk) for pk in staff)
    team_ids = set(Team.objects.filter(pk__in=list(teams), is_active=True).values_list("pk", flat=True))
    for staff_id, team_id in (
        Membership.objects.filter(team_id__in=team_ids).order_by("pk").values_list("staff", "team")
    ):
        wanted.setdefault(staff_id, team_id)
    if change.by.staff is not None:
        wanted.pop(change.by.staff.pk, None)
    there = besides.invitations.filter(ended_at__isnull=True) if besides is not None else Invitation.objects.none()
    present = set(there.values_list("staff_id", flat=True))
    found = [
        (person, wanted[person.pk])
        for person in Staff.objects.filter(pk__in=set(wanted) - present, is_active=True).order_by("pk")
        if person.can(VIEW_TEAM) and person.can(NOTE)
    ]
    if not found:
        raise Invalid(fields={"staff": _("Choose at least one colleague who is not asked yet.")})
    if len(found) + len(present) > MAX_INVITED:
        raise Invalid(fields={"staff": _("Ask at most 30 people; a smaller circle answers sooner.")})
    return found


def _invite(change: Change, row: Consultation, people: Sequence[tuple[Staff, int | None]]) -> None:
    """Invitations, and eyes for as long as they last: also for those who see the ticket now, since it may move to another team.
    Nobody's lasting right is touched."""
    for person, team_id in people:
        Invitation.objects.update_or_create(
            consultation=row,
            staff=person,
            defaults={"team_id": team_id, "invited_at": change.now, "ended_at": None},
        )
    seeing = those_who_see(change.ticket, [person for person, _team in people])
    rows = [
        Watcher(ticket=change.ticket, staff=person, consultation=row)
        for person, _team in people
        if not person.sees_all_tickets
    ]
    Watcher.objects.bulk_create(rows, ignore_conflicts=True)
    for watcher in rows:
        if watcher.staff_id in seeing:
            continue
        change.announce("ticket.watched", staff=watcher.staff_id, by="consultation", is_let_in=True)


def _answered(change: Change, row: Consultation) -> None:
    if change.by.staff is not None:
        row.invitations.filter(staff_id=change.by.staff.pk, answered_at__isnull=True).update(answered_at=change.now)


def _end(change: Change, row: Consultation, state: ConsultationState, conclusion: str = "") -> None:
    staff_ids = list(row.invitations.filter(ended_at__isnull=True).values_list("staff_id", flat=True))
    row.state, row.conclusion = state, conclusion
    row.ended_by, row.ended_at = change.by.staff, change.now
    row.save(update_fields=["state", "conclusion", "ended_by", "ended_at"])
    row.invitations.filter(ended_at__isnull=True).update(ended_at=change.now)
    _let_go(change, row, staff_ids)


def _let_go(change: Change, row: Consultation, staff_ids: Sequence[int]) -> None:
    """Take back the eyes that the consultation gave; the event ends open subscriptions."""
    watching = Watcher.objects.filter(ticket=change.ticket, consultation=row, staff_id__in=staff_ids)
    gone = list(watching.order_by("staff_id").values_list("staff_id", flat=True))
    watching.delete()
    for pk in gone:
        change.announce("ticket.unwatched", staff=pk)


def move_consultations(source: Ticket, target: Ticket, change: Change) -> None:
    """When tickets merge: what was asked about the one belongs to the other; of two that are open, the moved one ends."""
    open_there = Consultation.objects.filter(ticket=target, state=ConsultationState.OPEN).exists()
    moving = Consultation.objects.filter(ticket=source)
    if open_there:
        now = clock.now()
        ending = list(moving.filter(state=ConsultationState.OPEN).values_list("pk", flat=True))
        Invitation.objects.filter(consultation_id__in=ending, ended_at__isnull=True).update(ended_at=now)
        watching = Watcher.objects.filter(consultation_id__in=ending)
        for pk in watching.order_by("staff_id").values_list("staff_id", flat=True):
            change.announce("ticket.unwatched", staff=pk)
        watching.delete()
        moving.filter(pk__in=ending).update(state=ConsultationState.WITHDRAWN, ended_at=now)
    moving.update(ticket=target)

"""Sub-tickets: tasks of other departments that belong to a customer's ticket, with an owner, a status and clocks of their own.

The customer never sees one, nothing of it is sent to them, and it has none of its own: one floor below its parent, no more.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import EDIT
from helpdesk.core.actors import Actor, ActorKind
from helpdesk.core.errors import Invalid
from tickets.errors import CannotOpenSub
from tickets.labels import default_label
from tickets.models import Direction, Holder, Message, Priority, StatusCategory, Ticket, Visibility, Watcher
from tickets.services.assignment import set_owner
from tickets.services.changing import Change, changing, write
from tickets.services.indexing import index_subject
from tickets.services.properties import clean_subject
from tickets.services.replying import author_name, clean_text
from tickets.services.talking import add_message

MAX_OPEN = 20


def open_sub_ticket(
    parent_id: int,
    *,
    team: Team,
    subject: str,
    by: Actor,
    text: str = "",
    priority: str = "",
    owner: Staff | None = None,
) -> Ticket:
    """Give another team a task that belongs to this ticket; announces ticket.sub_opened on it, and ticket.created on the
    new one. The opener and the parent's owner watch the task, so they see how it goes.

    Refuses (`CannotOpenSub`) on a sub-ticket, on a finished, merged or spam ticket, and beyond 20 open ones.
    """
    with changing(parent_id, "open_sub", by=by, permission=EDIT) as change:
        parent = change.ticket
        _check_parent(parent)
        if not team.is_active:
            raise Invalid(fields={"team": _("This team is no longer active.")})
        if priority and priority not in Priority.values:
            raise Invalid(fields={"priority": _("Choose one of the listed priorities.")})
        fresh = _new_row(parent, team, subject, priority)
        _write(fresh, text, owner, change)
        change.announce("ticket.sub_opened", sub=fresh.pk, team=team.pk)
        change.set(last_activity_at=change.now)
    return Ticket.objects.get(pk=fresh.pk)


def _check_parent(parent: Ticket) -> None:
    if parent.is_sub:
        raise CannotOpenSub(_("This is a sub-ticket itself. Open the other one from the ticket that it is a part of."))
    if parent.merged_into_id is not None or parent.is_spam:
        raise CannotOpenSub
    if parent.is_finished:
        raise CannotOpenSub(_("This ticket is finished. Re-open it first."))
    if Ticket.objects.on_desk().filter(parent_id=parent.pk).count() >= MAX_OPEN:
        raise CannotOpenSub(_("This ticket has 20 open sub-tickets already. Wait for one of them to be solved."))


def _new_row(parent: Ticket, team: Team, subject: str, priority: str) -> Ticket:
    label = default_label(StatusCategory.NEW)
    return Ticket(
        parent=parent,
        subject=clean_subject(subject),
        kind=parent.kind,
        grade=parent.grade,
        priority=priority or parent.priority,
        status=label,
        status_category=label.category,
        holder=Holder.QUEUE,
        team=team,
        account=parent.account,
        channel_kind=parent.channel_kind,
        customer=parent.customer,
        language=parent.language,
    )


def _write(fresh: Ticket, text: str, owner: Staff | None, opening: Change) -> None:
    """The task's rows, in the transaction and at the moment of the change that opens it."""
    by, parent = opening.by, opening.ticket
    change = Change(fresh, "open_sub", by, opening.now, is_new=True)
    change.announce(
        "ticket.created", channel=parent.channel_kind, account=parent.account_id, team=fresh.team_id, parent=parent.pk
    )
    words = clean_text(text)
    if words:
        note = Message(
            direction=Direction.OUT,
            visibility=Visibility.INTERNAL,
            author_kind=by.kind,
            author_id=by.id,
            author_name=author_name(by),
            text=words,
        )
        # the task's own words: nobody of its team has taken it up by them
        add_message(change, note, is_task=True)
        change.set(preview=" ".join(words.split())[:160])
    else:
        change.after_write.append(lambda: index_subject(fresh))
    if owner is not None:
        set_owner(change, owner)
    write(change)
    _let_watch(fresh, by, parent)


def _let_watch(fresh: Ticket, by: Actor, parent: Ticket) -> None:
    opener = by.staff.pk if by.staff is not None and by.kind == ActorKind.STAFF else None
    people = sorted({pk for pk in (parent.owner_id, opener) if pk is not None})
    Watcher.objects.bulk_create(
        [Watcher(ticket=fresh, staff_id=pk) for pk in people],
        ignore_conflicts=True,
    )

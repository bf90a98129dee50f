"""Watching: a person of the staff follows a ticket whatever their teams."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ASSIGN, NOTE, VIEW_TEAM
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from tickets.access import may_let_in
from tickets.models import Watcher
from tickets.services.changing import changing


def watch_ticket(ticket_id: int, *, staff: Staff, by: Actor) -> None:
    """Let a person follow the ticket, and so see it; announces ticket.watched. Inviting others is for those who
    `may_let_in`."""
    with changing(ticket_id, "watch", by=by, permission=NOTE) as change:
        asker = by.staff
        if asker is not None and asker.pk != staff.pk and not may_let_in(by, change.ticket):
            raise Forbidden(_("Your role does not let you show this ticket to others. Ask its owner or a team lead."))
        if not (staff.is_active and staff.can(VIEW_TEAM)):
            raise Invalid(fields={"staff": _("This person cannot work on tickets.")})
        row, created = Watcher.objects.get_or_create(ticket=change.ticket, staff=staff)
        if not created and row.consultation_id is not None and asker is not None and asker.pk != staff.pk:
            # somebody who may let in wants them to stay beyond the consultation
            row.consultation = None
            row.save(update_fields=["consultation"])
        if created:
            change.announce("ticket.watched", staff=staff.pk)


def unwatch_ticket(ticket_id: int, *, staff: Staff, by: Actor) -> None:
    """Stop following; announces ticket.unwatched."""
    with changing(ticket_id, "unwatch", by=by, permission=NOTE) as change:
        asker = by.staff
        if asker is not None and asker.pk != staff.pk and not asker.can(ASSIGN):
            raise Forbidden
        deleted, _rows = Watcher.objects.filter(ticket=change.ticket, staff=staff).delete()
        if deleted:
            change.announce("ticket.unwatched", staff=staff.pk)

"""What the ticket verbs refuse, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict, Refused


class TicketClosed(Refused):
    code = "ticket_closed"
    status = 409
    message = _("This ticket is closed. Write a new message; it opens a linked follow-up.")


class TicketChanged(Conflict):
    code = "ticket_changed"


class DraftChanged(Conflict):
    """Another window saved the same draft; `version` is the present one."""

    code = "draft_changed"
    message = _("This draft was changed in another window.")


class TicketMerged(Refused):
    code = "ticket_merged"
    status = 409
    message = _("This ticket was merged into another one. Continue there.")


class TooLate(Refused):
    code = "too_late"
    status = 409
    message = _("The message has already been sent, so it cannot be taken back.")


class CannotMerge(Refused):
    code = "cannot_merge"
    status = 409
    message = _("These tickets cannot be merged.")


class NoAddress(Refused):
    code = "no_address"
    message = _("The customer has no address on this channel. Choose another channel or add an address.")

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


class SubTicketSilent(Refused):
    """A sub-ticket is a task of ours: the customer is answered on its parent."""

    code = "sub_ticket_silent"
    status = 409
    message = _("A sub-ticket has no conversation with the customer. Answer on the ticket that it is a part of.")


class CannotOpenSub(Refused):
    code = "cannot_open_sub_ticket"
    status = 409
    message = _("No sub-ticket can be opened here.")


class OpenSubTickets(Refused):
    """Solving a ticket whose sub-tickets are still open; `may_confirm` says that one may insist."""

    code = "open_sub_tickets"
    status = 409
    message = _("Some sub-tickets are still open.")


class OverCapacity(Refused):
    """The person would carry more than they take; whoever insists may assign all the same, and it stays on record."""

    code = "over_capacity"
    status = 409
    message = _("This person has as many conversations as they take at once.")


class ConsultationEnded(Refused):
    code = "consultation_ended"
    status = 409
    message = _("This consultation has ended. Open another one.")

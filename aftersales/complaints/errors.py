"""What this room refuses, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict, Refused


class LedByAnother(Refused):
    """One named person leads a complaint or case; `handler` says who."""

    code = "led_by_another"
    status = 409
    message = _("Somebody else leads this matter.")


class ComplaintOpen(Refused):
    """A ticket is not solved while a complaint or case on it is open; `claims` names them."""

    code = "complaint_open"
    status = 409
    message = _("A complaint on this ticket is still open. It closes with the customer's yes or a recorded exception.")


class ActionEnded(Refused):
    code = "action_ended"
    status = 409
    message = _("This action is at its end already.")


class ActionChanged(Conflict):
    code = "action_changed"

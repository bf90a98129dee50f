"""What the verbs of visits refuse, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict, Refused


class SlotTaken(Refused):
    """Nobody is free at this time any more; the asker chooses another."""

    code = "slot_taken"
    status = 409
    message = _("This time is taken meanwhile. Please choose another.")


class VisitNotPossible(Refused):
    """The visit is at a step where this cannot be done; `state` says which."""

    code = "visit_not_possible"
    status = 409
    message = _("This visit is at a step where that is not possible. Look at it again.")


class VisitChanged(Conflict):
    code = "visit_changed"

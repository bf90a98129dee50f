"""What the verbs of claims refuse, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict, Refused


class MoveNotPossible(Refused):
    """The claim's state has no such move; `possible` names those that it has."""

    code = "move_not_possible"
    status = 409
    message = _("This claim is at a step where that is not possible. Look at it again.")


class MoveRefused(Refused):
    """A guard of the move says no, in words."""

    code = "move_refused"
    status = 409


class ClaimChanged(Conflict):
    code = "claim_changed"


class ClaimedAlready(Refused):
    """More of a line is claimed than was bought; `available` is what is left."""

    code = "claimed_already"
    status = 409
    message = _("This has been claimed already. Look at the claim that is open for it.")

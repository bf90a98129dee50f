"""What the verbs of money refuse, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict, Refused


class AbovePaid(Refused):
    """More is to go back than was paid and has not gone back; `left` is what there is."""

    code = "above_paid"
    status = 409
    message = _("This is more than was paid and has not gone back.")


class AboveLimit(Refused):
    """More than this person decides alone; `limit` is what they decide, None when nothing."""

    code = "above_limit"
    status = 409


class PayoutEnded(Conflict):
    """The payout is past that; `state` says where it is."""

    code = "payout_ended"
    message = _("This payout is past that step. Look at it again.")


class PaidOtherwise(Conflict):
    """It was reported as paid before, under another reference."""

    code = "paid_otherwise"
    message = _("This was reported as paid before, under another reference. Check whether it was paid twice.")


class CompensationDecided(Conflict):
    """Somebody was faster; `state` says what it is."""

    code = "compensation_decided"
    message = _("This has been decided already.")


class NothingOwed(Refused):
    """The customer does not owe that much; `owed` is what they do."""

    code = "nothing_owed"
    status = 409


class ReceiptKnown(Conflict):
    """The reference was used for another receipt."""

    code = "receipt_known"
    message = _("A payment with this reference has been recorded already, for another claim or amount.")

"""What the verbs of outlets refuse, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Refused


class OfferOver(Refused):
    """The offer cannot be answered any more."""

    code = "offer_over"
    status = 409
    message = _("This offer is over.")


class NotToBeGiven(Refused):
    """The claim is at a step at which nobody is to come, or an outlet has it already."""

    code = "not_to_be_given"
    status = 409
    message = _("This claim does not wait for somebody who comes.")


class NotEnough(Refused):
    """Fewer are on the shelf than were to be taken; `available` is what is left."""

    code = "not_enough_parts"
    status = 409
    message = _("There are not that many on the shelf.")


class SettledAlready(Refused):
    """A settlement that was agreed or paid does not change any more."""

    code = "settled_already"
    status = 409
    message = _("This settlement does not change any more.")

"""What the verbs of parcels refuse, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Refused


class NumberTaken(Refused):
    """The number is another parcel's: another customer's, or one that has arrived already."""

    code = "parcel_number_taken"
    status = 409
    message = _("This number belongs to another parcel. Check it, please.")


class ReceivedAlready(Refused):
    code = "parcel_received_already"
    status = 409
    message = _("This parcel has been received already.")

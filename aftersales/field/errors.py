"""What the phone's deeds are refused with, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Refused


class SomebodyElse(Refused):
    """The phone kept deeds of another person; they wait until that person signs in again."""

    code = "somebody_else"
    status = 409
    message = _("This was done by somebody else. It is sent when they sign in again.")


class SignedAlready(Refused):
    code = "signed_already"
    status = 409
    message = _("The customer has signed already.")


class Torn(Refused):
    """The picture that arrived is not the one that was drawn."""

    code = "torn"
    status = 422
    message = _("The signature did not arrive whole. It is sent again.")

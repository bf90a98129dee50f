"""What this room refuses, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Refused


class CaseKnown(Refused):
    """The authority's number has been taken in before; `claim` is its number here."""

    code = "case_known"
    status = 409
    message = _("This case was taken in before.")

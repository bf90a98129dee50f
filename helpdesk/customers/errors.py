"""What the portal's sign-in refuses, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Refused


class LinkUsedUp(Refused):
    code = "link_used_up"
    status = 410
    message = _("This link has been used or is too old. Ask for a new one.")


class CodeWrong(Refused):
    code = "code_wrong"
    message = _("This code is not right, or it is too old. Check it, or ask for a new one.")

"""What registering refuses, each with a stable code."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Conflict


class RegisteredAlready(Conflict):
    """Somebody else has the thing; who they are is not told."""

    code = "registered_already"
    message = _(
        "This serial number is registered to somebody else. If you have the product, write to us with a photo of its label."
    )

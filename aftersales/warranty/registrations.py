"""What this room gives to the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.core.describing import title_events
from helpdesk.core.navigation import Place, places

title_events(
    {
        "product.registered": _("registered a product"),
        "product.confirmed": _("confirmed the purchase of a product"),
        "product.extended": _("extended the warranty of a product"),
        "product.labelled": _("put a product on record for its label"),
    }
)
places.add(
    "settings.registered",
    Place(
        "settings.registered", _("Registered products"), "warranty", "settings_registered", 79, "admin",
        AFTERSALES_MANAGE, "", "", _("After-sales"), _("Serial numbers, proofs of purchase, labels to scan"),
    ),
)  # fmt: skip

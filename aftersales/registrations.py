"""What the pages of after-sales give to the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales import panels
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, VIEW_TEAM
from helpdesk.core.navigation import Place, places

panels.register()
places.add("claims", Place("claims", _("Claims"), "claims", "aftersales:claims", 15, "rail", VIEW_TEAM, "a"))
places.add(
    "settings.claim_policy",
    Place(
        "settings.claim_policy", _("Claim policy"), "shield", "settings_claim_policy", 40, "admin", AFTERSALES_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("What is allowed, why, and until when; try it on an order."),
    ),
)  # fmt: skip
places.add(
    "settings.causes",
    Place(
        "settings.causes", _("Causes"), "flag", "settings_causes", 41, "admin", AFTERSALES_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("Why things went wrong, as the company adds it up."),
    ),
)  # fmt: skip

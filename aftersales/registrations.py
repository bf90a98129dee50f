"""What the pages of after-sales give to the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales import history, palette, panels
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, VIEW_TEAM
from helpdesk.core.describing import title_events
from helpdesk.core.navigation import Place, places

history.register()
palette.register()
panels.register()
title_events(
    {
        "claim.opened": _("opened a claim"),
        "claim.moved": _("moved a claim"),
        "claim.recorded": _("changed the record of a claim"),
        "claim_policy.changed": _("changed the claim policy"),
        "claim_policy.ordered": _("put the sets of the claim policy in another order"),
        "cause.changed": _("changed a cause of claims"),
    }
)
places.add("claims", Place("claims", _("Claims"), "claims", "aftersales:claims", 15, "rail", VIEW_TEAM, "a"))
places.add("claims.list", Place("claims.list", _("Claims"), "claims", "aftersales:claims", 10, "claims", VIEW_TEAM))
places.add(
    "settings.claim_policy",
    Place(
        "settings.claim_policy", _("Claim policy"), "shield", "settings_claim_policy", 39, "admin", AFTERSALES_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("What is allowed, why, and until when; try it on an order."),
    ),
)  # fmt: skip
places.add(
    "settings.causes",
    Place(
        "settings.causes", _("Causes"), "flag", "settings_causes", 39, "admin", AFTERSALES_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("Why things went wrong, as the company adds it up."),
    ),
)  # fmt: skip

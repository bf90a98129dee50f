"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.reviews.selectors import review_panel, signal_panel
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_WORK
from helpdesk.core.describing import title_events
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, panels

panels.add("reviews.claim", Panel("reviews.claim", "claim.page", 30, "reviews/panels/claim.html", review_panel))
panels.add(
    "reviews.signals",
    Panel("reviews.signals", "claim.page", 14, "reviews/panels/signals.html", signal_panel, CLAIM_WORK),
)
places.add(
    "reviews",
    Place("reviews", pgettext_lazy("navigation", "Reviews"), "history", "reviews:list", 50, "claims", CLAIM_WORK),
)
places.add(
    "settings.reviews",
    Place(
        "settings.reviews", pgettext_lazy("navigation", "Reviews"), "history", "settings_reviews", 79, "admin",
        AFTERSALES_MANAGE, "", "", _("After-sales"), _("What counts as a repeat, and when somebody looks at a claim"),
    ),
)  # fmt: skip
title_events(
    {
        "claim.reviewed": _("completed the review of a claim"),
        "abuse_signal.judged": _("looked at a claim that stood out"),
        "review_setting.changed": _("changed what counts as a repeat"),
    }
)

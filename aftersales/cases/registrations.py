"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.cases import metrics
from aftersales.cases.policy import ensure_policy
from aftersales.cases.selectors import cases_about, panel_of_claim
from aftersales.cases.services.opening import ensure_account
from aftersales.cases.terms import ensure_terms
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_WORK
from helpdesk.core.describing import title_events
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, first_rows, panels

metrics.register()
first_rows.add("cases.terms", ensure_terms)
first_rows.add("cases.account", ensure_account)
first_rows.add("cases.policy", ensure_policy)
panels.add("cases.claim", Panel("cases.claim", "claim.page", 10, "cases/panels/claim.html", panel_of_claim))
panels.add("cases.about", Panel("cases.about", "claim.page", 12, "cases/panels/about.html", cases_about))
places.add(
    "cases", Place("cases", pgettext_lazy("navigation", "Cases"), "tone-threat", "cases:list", 20, "claims", CLAIM_WORK)
)
places.add(
    "settings.cases",
    Place(
        "settings.cases", pgettext_lazy("navigation", "Cases"), "tone-threat", "settings_cases", 78, "admin",
        AFTERSALES_MANAGE, "", "", _("After-sales"), _("How many days each authority gives to accept and to answer"),
    ),
)  # fmt: skip
title_events(
    {
        "case.opened": _("took in a case of a regulator or platform"),
        "case.deadlines_changed": _("changed the deadlines of a case"),
        "case.exported": _("exported the evidence of a case"),
        "case_terms.changed": _("changed the terms of authorities"),
    }
)

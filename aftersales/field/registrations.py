"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from aftersales.field.panels import panel_of_claim
from helpdesk.accounts.permissions import SERVICE_DO
from helpdesk.core.describing import title_events
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, panels

title_events(
    {
        "visit.part_used": _("used a part at a visit"),
        "visit.part_back": _("put a part back"),
        "visit.photo_taken": _("took a photo at a visit"),
        "visit.signed": _("had a visit signed"),
    }
)
places.add("field", Place("field", _("My visits"), "visit", "field:app", 60, "rail", SERVICE_DO))
panels.add("field.claim", Panel("field.claim", "claim.page", 24, "field/panels/claim.html", panel_of_claim))

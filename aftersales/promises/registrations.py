"""What this room does for the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from aftersales.promises import metrics
from aftersales.promises.policy import ensure_policy
from aftersales.promises.selectors import panel_of_claim, portal_panel
from helpdesk.core.describing import title_events
from helpdesk.core.registries import Panel, first_rows, panels

metrics.register()
first_rows.add("promises.policy", ensure_policy)
panels.add("promises.claim", Panel("promises.claim", "claim.page", 15, "promises/panels/claim.html", panel_of_claim))
panels.add("promises.portal", Panel("promises.portal", "portal.claim", 5, "promises/panels/portal.html", portal_panel))
title_events({"promise.made": _("promised the customer an update")})

"""What statistics give to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from analytics.services import rebuilding, sampling
from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import housekeeping, job_handlers

housekeeping.add("analytics.samples", sampling.sample_queues)
housekeeping.add("analytics.check", rebuilding.check_nightly)
job_handlers.add(rebuilding.JOB, rebuilding.check)
title_work({rebuilding.JOB: _("Check the statistics")})
title_events({"statistics.found_wrong": _("put wrong statistics right")})
places.add("sla", Place("sla", _("Service levels"), "chart", "analytics:sla", 50, "rail", ANALYTICS_VIEW, "d"))
places.add("team", Place("team", _("Team"), "users-group", "analytics:team", 55, "rail", ANALYTICS_VIEW, "e"))
places.add(
    "wallboard", Place("wallboard", _("Wallboard"), "wallboard", "analytics:wallboard", 60, "rail", ANALYTICS_VIEW, "w")
)

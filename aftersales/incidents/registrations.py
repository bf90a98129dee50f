"""What this room gives to the kernel's registries."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.incidents import describing
from aftersales.incidents.notices import KIND
from aftersales.incidents.selectors import panel_of_claim
from aftersales.incidents.services import leading, tying, watching
from helpdesk.accounts.noticing import ByMail, NoticeGroup, notice_groups
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_VIEW_ALL
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.jobs import job_handler
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, due_rows, panels
from tickets.notice_words import WORDS

job_handler(watching.JOB)(watching.look)
job_handler(tying.JOB)(tying.work_tie)
job_handler(leading.JOB)(leading.work_tell)
due_rows.add("incidents.look", watching.look_due)
describing.register()
title_work(
    {
        watching.JOB: _("Watch for batch faults"),
        tying.JOB: _("Tie a claim to an incident"),
        leading.JOB: _("Write to everybody whom an incident concerns"),
    }
)
title_events(
    {
        "incident.opened": _("raised an incident"),
        "incident.claim_tied": _("tied a claim to an incident"),
        "incident.lead_taken": _("took the lead of an incident"),
        "incident.told": _("wrote to everybody whom an incident concerns"),
        "incident.closed": _("closed an incident"),
        "alarm_rule.changed": _("changed the batch alarm"),
    }
)
WORDS[KIND] = ("alert", _("An incident was raised: more claims than usual"))
notice_groups.add(
    "incidents", NoticeGroup("incidents", _("An incident is raised"), (KIND,), ByMail.NOW, is_urgent=True, order=25)
)
panels.add(
    "incidents.claim",
    Panel("incidents.claim", "claim.page", 15, "incidents/panels/claim.html", panel_of_claim, CLAIM_VIEW_ALL),
)
places.add(
    "incidents",
    Place(
        "incidents", pgettext_lazy("navigation", "Incidents"), "alert", "incidents:list", 30, "claims", CLAIM_VIEW_ALL
    ),
)
places.add(
    "settings.alarm",
    Place(
        "settings.alarm", _("Batch alarm"), "alert", "settings_alarm", 77, "admin", AFTERSALES_MANAGE,
        "", "", _("After-sales"), _("When claims on one product or lot are more than chance"),
    ),
)  # fmt: skip

"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.querysets import viewers
from aftersales.complaints.models import PreventiveAction
from aftersales.complaints.selectors import panel_of_claim
from aftersales.complaints.services import reminding
from helpdesk.accounts.noticing import ByMail, NoticeGroup, notice_groups
from helpdesk.accounts.permissions import VIEW_TEAM
from helpdesk.core.describing import title_events
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, due_rows, due_since, panels
from tickets.notice_words import WORDS

viewers.add(
    "complaints",
    lambda staff: Q(pk__in=PreventiveAction.objects.filter(owner_id=staff.pk, state="open").values("claim_id")),
)
due_rows.add("complaints.reminders", reminding.remind_due)
due_since.add("complaints.reminders", reminding.oldest_due)
panels.add(
    "complaints.claim", Panel("complaints.claim", "claim.page", 20, "complaints/panels/claim.html", panel_of_claim)
)
places.add(
    "prevention",
    Place(
        "prevention",
        pgettext_lazy("navigation", "Preventive actions"),
        "sop",
        "complaints:actions",
        40,
        "claims",
        VIEW_TEAM,
    ),
)
WORDS["preventive_action.added"] = ("sop", _("You were given a preventive action"))
WORDS[reminding.SOON] = ("clock", _("A preventive action is due soon"))
WORDS[reminding.LATE] = ("alert", _("A preventive action is late"))
notice_groups.add(
    "prevention",
    NoticeGroup(
        "prevention",
        _("Preventive actions: given to me, due, late"),
        ("preventive_action.added", reminding.SOON, reminding.LATE),
        ByMail.DIGEST,
        order=85,
    ),
)
title_events(
    {
        "preventive_action.added": _("gave somebody a preventive action"),
        "preventive_action.changed": _("changed a preventive action"),
        "preventive_action.ended": _("ended a preventive action"),
        reminding.SOON: _("reminded of a preventive action"),
        reminding.LATE: _("found a preventive action late"),
    }
)

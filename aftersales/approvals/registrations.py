"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.approvals.models import Approval, ApprovalState
from aftersales.approvals.services.reminding import hurry_after_departure, oldest_overdue, remind_overdue
from aftersales.claims.asking import ASKED, DECIDED, OVERDUE, asked_readings, read_asked
from aftersales.claims.querysets import viewers
from helpdesk.accounts.noticing import ByMail, NoticeGroup, notice_groups
from helpdesk.accounts.permissions import CLAIM_APPROVE
from helpdesk.core.describing import title_events
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import departures, due_rows, due_since
from tickets.notice_words import WORDS
from tickets.sla.metrics import Facts, Metric, Reading, add_metric


def read_approvals(facts: Facts) -> list[Reading]:
    """From the question to the decision, for each side of its own."""
    found = Approval.objects.filter(claim__ticket_id=facts.ticket_id).exclude(state=ApprovalState.WITHDRAWN)
    return [
        Reading(row.decided_at is None, row.asked_at, row.decided_at, subject_kind="approval", subject_id=row.pk)
        for row in found
    ]


viewers.add("approvals", lambda staff: Q(pk__in=Approval.objects.filter(approver_id=staff.pk).values("claim_id")))
asked_readings.add("approvals", read_approvals)
add_metric(
    Metric(
        "approval",
        pgettext_lazy("metric", "Approval"),
        read_asked,
        word=pgettext_lazy("clock chip", "Approval"),
        moved_by=("approval", "compensation", "claim"),
    )
)
title_events({"approval.asked": _("asked for an approval"), "approval.decided": _("decided about a claim")})
places.add(
    "approvals",
    Place("approvals", _("Approvals"), "clipboard", "approvals:waiting", 45, "rail", CLAIM_APPROVE),
)
due_rows.add("approvals.overdue", remind_overdue)
due_since.add("approvals.overdue", oldest_overdue)
departures.add("approvals.asked", hurry_after_departure)
WORDS[ASKED] = ("clipboard", _("You are asked to approve"))
WORDS[DECIDED] = ("check", _("What you asked approval for was decided"))
WORDS[OVERDUE] = ("alert", _("An approval is overdue"))
notice_groups.add(
    "approvals",
    NoticeGroup(
        "approvals", _("Approvals: asked of me, decided, overdue"), (ASKED, DECIDED, OVERDUE), ByMail.NOW, order=82
    ),
)

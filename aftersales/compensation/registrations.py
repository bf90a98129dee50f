"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.asking import asked_readings
from aftersales.claims.querysets import viewers
from aftersales.compensation import panels
from aftersales.compensation.models import Compensation, CompensationState
from aftersales.compensation.services.paying import SETTLED_JOB, settle_paid
from aftersales.compensation.services.reminding import hurry_after_departure, oldest_overdue, remind_overdue
from aftersales.compensation.shipped import ensure_money
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, MONEY_PAY
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.jobs import job_handler
from helpdesk.core.models import Job
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import departures, due_rows, due_since, first_rows
from tickets.automation.webhooks.events import EVENTS
from tickets.sla.metrics import Facts, Reading


@job_handler(SETTLED_JOB)
def _settle(job: Job) -> None:
    settle_paid(job.args["claim"])


def read_compensation(facts: Facts) -> list[Reading]:
    """From the question to the decision."""
    rows = Compensation.objects.filter(claim__ticket_id=facts.ticket_id, approver__isnull=False)
    return [
        Reading(row.decided_at is None, row.made_at, row.decided_at, subject_kind="compensation", subject_id=row.pk)
        for row in rows.exclude(state=CompensationState.WITHDRAWN)
    ]


first_rows.add("compensation.rules", ensure_money)
asked_readings.add("compensation", read_compensation)
due_rows.add("compensation.overdue", remind_overdue)
due_since.add("compensation.overdue", oldest_overdue)
departures.add("compensation.asked", hurry_after_departure)
panels.register()
viewers.add(
    "compensation",
    lambda staff: Q(pk__in=Compensation.objects.filter(approver_id=staff.pk).values("claim_id")),
)
title_work({SETTLED_JOB: _("Close a claim's payout")})
title_events(
    {
        "payout.ordered": _("ordered a payout"),
        "payout.paid": _("recorded a payout as paid"),
        "payout.failed": _("recorded a payout as failed"),
        "payout.reversed": _("reversed a payout"),
        "payouts.exported": _("exported what is to be paid"),
        "receipt.recorded": _("recorded a payment of the customer"),
        "claim.priced": _("priced an exchange"),
        "compensation.asked": _("asked for a compensation"),
        "compensation.granted": _("gave a compensation"),
        "compensation.refused": _("refused a compensation"),
        "compensation.withdrawn": _("withdrew a compensation"),
        "limits.changed": _("changed the limits of roles"),
        "money.changed": _("changed how money leaves"),
        "proposal_rule.changed": _("changed a rule of compensation"),
        "proposal_rule.moved": _("moved a rule of compensation"),
    }
)
# what other systems may ask for
EVENTS.update(
    {
        "payout.ordered": _("a payout was ordered"),
        "payout.paid": _("a payout was paid"),
        "payout.failed": _("a payout failed"),
        "payout.reversed": _("a payout was reversed"),
        "receipt.recorded": _("a customer paid for a claim"),
        "compensation.granted": _("a compensation was granted"),
    }
)
places.add("finance", Place("finance", _("Finance"), "refund", "finance:list", 46, "rail", MONEY_PAY))
places.add(
    "settings.money",
    Place(
        "settings.money",
        _("Refunds and limits"),
        "refund",
        "settings_money",
        39,
        "admin",
        AFTERSALES_MANAGE,
        "",
        "",
        pgettext_lazy("settings", "Service"),
        _("Limits by role, how money leaves, and what is proposed"),
    ),
)

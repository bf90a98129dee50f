"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.claims.querysets import viewers
from aftersales.compensation.models import Compensation
from aftersales.compensation.services.paying import SETTLED_JOB, settle_paid
from aftersales.compensation.shipped import ensure_money
from helpdesk.core.describing import title_work
from helpdesk.core.jobs import job_handler
from helpdesk.core.models import Job
from helpdesk.core.registries import first_rows


@job_handler(SETTLED_JOB)
def _settle(job: Job) -> None:
    settle_paid(job.args["claim"])


first_rows.add("compensation.rules", ensure_money)
viewers.add(
    "compensation",
    lambda staff: Q(pk__in=Compensation.objects.filter(approver_id=staff.pk).values("claim_id")),
)
title_work({SETTLED_JOB: _("Close a claim's payout")})

"""Who was asked to approve, and what they said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from helpdesk.accounts.models import Staff


class Side(models.TextChoices):
    """The sides that decide jointly (F5)."""

    BUSINESS = "business", pgettext_lazy("approval", "Business")
    SUPPLY_CHAIN = "supply_chain", pgettext_lazy("approval", "Supply chain")


class ApprovalState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("approval", "asked")
    APPROVED = "approved", pgettext_lazy("approval", "approved")
    REFUSED = "refused", pgettext_lazy("approval", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("approval", "withdrawn")


class Approval(models.Model):
    """One side's decision about a claim, by one named person. `round` rises each time that the claim is sent for approval."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="approvals")
    round = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=12, choices=Side)
    approver = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="approvals")
    state = models.CharField(max_length=9, choices=ApprovalState, default=ApprovalState.ASKED)
    asked_by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    # until then a decision is expected; when it passes, the approver and who asked are told, once
    due_at = models.DateTimeField(null=True)
    overdue_told_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=600, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "round", "side"], name="approval_once_a_side"),
            models.UniqueConstraint(fields=["claim", "round", "approver"], name="approval_once_a_person"),
            models.CheckConstraint(condition=Q(state__in=ApprovalState.values), name="approval_state_known"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True) | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="approval_decided_at",
            ),
        ]
        indexes = [
            # what waits for a person
            models.Index(fields=["approver", "asked_at"], condition=Q(state="asked"), name="approval_waiting"),
            models.Index(fields=["claim", "id"], name="approval_of_claim"),
            # the sweep: what is late and nobody was told of
            models.Index(
                fields=["due_at"], condition=Q(state="asked", overdue_told_at__isnull=True), name="approval_overdue"
            ),
        ]

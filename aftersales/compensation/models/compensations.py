"""What a customer is given beside what is due: proposed by rule, limited by role, approved above the limit."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from aftersales.compensation.models.means import OF_COMPENSATION, Means
from aftersales.compensation.models.setting import ProposalRule
from helpdesk.accounts.models import Staff


class CompensationState(models.TextChoices):
    """Asked (waits for an approver), refused or withdrawn, granted (on its way), given, reversed."""

    ASKED = "asked", pgettext_lazy("compensation", "in approval")
    REFUSED = "refused", pgettext_lazy("compensation", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("compensation", "withdrawn")
    GRANTED = "granted", pgettext_lazy("compensation", "granted")
    GIVEN = "given", pgettext_lazy("compensation", "given")
    REVERSED = "reversed", pgettext_lazy("compensation", "reversed")


# What counts against the limit of whoever gives more.
COUNTED = ("asked", "granted", "given")


class Compensation(models.Model):
    """One thing that a claim's customer is given beside the refund. `worth` is its value in the claim's currency, `amount` what
    is given, in `unit`. Above the limit of who proposes it, a named approver decides."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="compensations")
    means = models.CharField(max_length=9, choices=Means)
    worth = models.DecimalField(max_digits=14, decimal_places=2)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    unit = models.CharField(max_length=10)
    words = models.CharField(max_length=600, blank=True, default="")
    rule = models.ForeignKey(ProposalRule, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=9, choices=CompensationState)
    # the same form sent twice is one compensation
    dedupe_key = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001 - not every door has one
    made_at = models.DateTimeField(default=timezone.now)
    made_by_kind = models.CharField(max_length=12)
    made_by_id = models.BigIntegerField(null=True)
    approver = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="compensations_to_approve"
    )
    # until then a decision is expected; when it passes, the approver and who asked are told, once
    due_at = models.DateTimeField(null=True)
    overdue_told_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=600, blank=True, default="")
    given_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(means__in=[str(one) for one in OF_COMPENSATION]), name="compensation_means_known"
            ),
            models.CheckConstraint(condition=Q(state__in=CompensationState.values), name="compensation_state_known"),
            models.CheckConstraint(
                condition=Q(means="apology", worth=Decimal(0), amount=Decimal(0))
                | (~Q(means="apology") & Q(worth__gt=0, amount__gt=0)),
                name="compensation_of_something",
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(approver__isnull=False), name="compensation_asked_of_somebody"
            ),
            models.UniqueConstraint(
                fields=["claim", "rule"],
                condition=Q(rule__isnull=False, state__in=COUNTED),
                name="compensation_once_a_rule",
            ),
        ]
        indexes = [
            models.Index(fields=["claim", "id"], name="compensation_of_claim"),
            # what waits for a person
            models.Index(fields=["approver", "made_at"], condition=Q(state="asked"), name="compensation_waiting"),
            # the sweep: what is late and nobody was told of
            models.Index(
                fields=["due_at"], condition=Q(state="asked", overdue_told_at__isnull=True), name="compensation_overdue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.means} {self.amount} {self.unit}"

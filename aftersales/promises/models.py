"""What a customer was promised by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from aftersales.claims.models import Claim


class Promise(models.Model):
    """We write to the customer about their claim by `due_at` (E4). Kept by a person's public answer; its clock says whether in
    time. A claim has one that stands; the next replaces it, and what was promised before stays on record."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="promises")
    due_at = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)
    made_by_id = models.BigIntegerField(null=True)
    made_by_name = models.CharField(max_length=160, blank=True, default="")
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(due_at__gt=F("made_at")), name="promise_lies_ahead"),
            models.UniqueConstraint(fields=["claim"], condition=Q(replaced_at__isnull=True), name="promise_one_stands"),
        ]
        indexes = [models.Index(fields=["claim", "id"], name="promise_of_claim")]

    def __str__(self) -> str:
        return f"promise {self.pk} of {self.claim_id}"

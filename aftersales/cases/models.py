"""What an authority or platform wants, and until when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim


class Authority(models.TextChoices):
    """Where a case comes from. The first are public bodies with legal terms, the others private."""

    NATIONAL_12315 = "12315", pgettext_lazy("authority", "12315 market regulator")
    CITY_12345 = "12345", pgettext_lazy("authority", "12345 city hotline")
    HEIMAO = "heimao", pgettext_lazy("authority", "Heimao consumer platform")
    PLATFORM = "platform", pgettext_lazy("authority", "Arbitration of a shop platform")
    COURT = "court", pgettext_lazy("authority", "Court or mediation")
    OTHER = "other", pgettext_lazy("authority", "Another body")


class Term(models.Model):
    """How long the company has by default, counted from the day on which the case came in: days of the calendar, or working
    days of the default calendar, their end included. A letter that says something else counts instead."""

    authority = models.CharField(max_length=8, choices=Authority, unique=True)
    accept_days = models.PositiveSmallIntegerField()
    answer_days = models.PositiveSmallIntegerField()
    is_working_days = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(authority__in=Authority.values), name="case_term_authority_known"),
            models.CheckConstraint(
                condition=Q(accept_days__gte=1, answer_days__gte=F("accept_days"), answer_days__lte=365),
                name="case_term_in_order",
                violation_error_message=_("A case is accepted before it is answered, within a year."),
            ),
        ]

    def __str__(self) -> str:
        return self.authority


class CaseFile(models.Model):
    """What belongs to a claim of the kind `case` beside the claim: who sent it, which demand it makes, its deadlines. The
    authority's number is the claim's `external_number`. `about` is the claim of ours that it is about."""

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True, related_name="case_file")
    authority = models.CharField(max_length=8, choices=Authority)
    # the platform's or body's own name
    body = models.CharField(max_length=80, blank=True, default="")
    demand = models.TextField(blank=True, default="")
    link = models.URLField(max_length=500, blank=True, default="")
    about = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="cases_about")
    received_at = models.DateTimeField(default=timezone.now)
    accept_due_at = models.DateTimeField()
    answer_due_at = models.DateTimeField()
    # since when the present answer is owed: the arrival, or the authority's further question
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(authority__in=Authority.values), name="case_authority_known"),
            models.CheckConstraint(
                condition=Q(answer_due_at__gte=F("asked_at"), accept_due_at__gte=F("received_at")),
                name="case_due_after_it_came",
                violation_error_message=_("A deadline lies after the day on which the case came in."),
            ),
        ]
        indexes = [
            # the list: the most pressing first; the latest first
            models.Index(fields=["answer_due_at", "claim"], name="case_by_deadline"),
            models.Index(fields=["-received_at", "claim"], name="case_by_arrival"),
        ]

    @property
    def authority_label(self) -> str:
        """The authority with the body's own name."""
        label = str(Authority(self.authority).label)
        return f"{label} · {self.body}" if self.body else label


class EvidencePack(models.Model):
    """One export of the evidence: who took it when, and the hash of the file that left, so that it can be recognised."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence_packs")
    made_at = models.DateTimeField(default=timezone.now)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=160, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    files = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["claim", "-id"], name="evidence_pack_of_claim")]

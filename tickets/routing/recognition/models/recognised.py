"""What was recognised of a ticket, and what people said about it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models import Kind, Ticket, Tone


class Source(models.TextChoices):
    """Who said it; a later one never overrides a person, and the model overrides nobody."""

    NOBODY = "nobody", _("not recognised yet")
    GIVEN = "given", _("the customer or the form")
    RULE = "rule", _("a rule")
    MODEL = "model", _("the trained model")
    PERSON = "person", _("a person")


class Recognition(models.Model):
    """One per ticket (B1): the channel, the customer and the kind, each with what it relied on.

    `reasons` holds codes with their numbers (no personal text). `guesses` are `[[kind, share], …]`, best first.
    `message_id` is the message that the model read last; it reads each once. `given_priority` is the priority that
    recognition set, so that a person's later choice is known from it.
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, primary_key=True, related_name="recognition")
    is_instant = models.BooleanField(default=False)
    is_high_value = models.BooleanField(default=False)
    is_high_risk = models.BooleanField(default=False)
    # its first message came from a machine, a list or an address that nobody reads: no automatic message goes there (RFC 3834)
    is_from_machine = models.BooleanField(default=False, db_default=False)
    reasons: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    kind_source = models.CharField(max_length=6, choices=Source, default=Source.NOBODY)
    tone_source = models.CharField(max_length=6, choices=Source, default=Source.NOBODY)
    priority_source = models.CharField(max_length=6, choices=Source, default=Source.NOBODY)
    rule_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    is_urgent = models.BooleanField(default=False)
    given_priority = models.CharField(max_length=6, blank=True, default="")
    guesses: models.JSONField[list[list[Any]], list[list[Any]]] = models.JSONField(default=list)
    confidence = models.FloatField(null=True, blank=True)
    tone_confidence = models.FloatField(null=True, blank=True)
    model_number = models.PositiveIntegerField(null=True, blank=True)
    message_id = models.BigIntegerField(null=True, blank=True)
    needs_triage = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    recognised_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind_source__in=Source.values), name="recognition_kind_source_known"),
            models.CheckConstraint(condition=Q(tone_source__in=Source.values), name="recognition_tone_source_known"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
                name="recognition_confidence_is_share",
            ),
        ]
        indexes = [
            # the triage view, oldest first
            models.Index(fields=["created_at", "ticket"], condition=Q(needs_triage=True), name="recognition_triage"),
            # what no model has read yet
            models.Index(fields=["-created_at"], condition=Q(message_id__isnull=True), name="recognition_unread"),
        ]


class LabelSource(models.TextChoices):
    CORRECTED = "corrected", _("corrected")
    CONFIRMED = "confirmed", _("confirmed")


class KindLabel(models.Model):
    """A person said what a ticket is: it trains the next model. The text stays where it is, in the ticket."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="kind_label")
    kind = models.CharField(max_length=10, choices=Kind)
    tone = models.CharField(max_length=6, choices=Tone, blank=True, default="")
    guessed = models.CharField(max_length=10, blank=True, default="")
    source = models.CharField(max_length=9, choices=LabelSource)
    staff_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=Kind.values), name="kind_label_known")]
        indexes = [models.Index(fields=["-at"], name="kind_label_newest")]

"""What is done so that a complaint does not come again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from helpdesk.accounts.models import Staff


class ActionState(models.TextChoices):
    OPEN = "open", pgettext_lazy("preventive action", "Open")
    DONE = "done", pgettext_lazy("preventive action", "Done")
    DROPPED = "dropped", pgettext_lazy("preventive action", "Dropped")


class PreventiveAction(models.Model):
    """Something that one named person does until a day, so that it does not happen again (F10); made for a claim of any kind.

    `due_on` is a day of the company's zone, its end included. `remind_at` is when its owner is next reminded: on the day before,
    and once when it is late; empty afterwards. It outlives the claim.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="preventive_actions")
    words = models.CharField(max_length=400)
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="preventive_actions")
    due_on = models.DateField()
    state = models.CharField(max_length=7, choices=ActionState, default=ActionState.OPEN)
    result = models.CharField(max_length=400, blank=True, default="")
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_id = models.BigIntegerField(null=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ActionState.values), name="preventive_action_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False, remind_at__isnull=True)),
                name="preventive_action_ended_is_silent",
            ),
        ]
        indexes = [
            # due rows of the one-second sweep
            models.Index(
                fields=["remind_at"], condition=Q(remind_at__isnull=False), name="preventive_action_reminders"
            ),
            models.Index(fields=["claim", "id"], name="preventive_action_of_claim"),
            # what a person has to do, and what everybody has to do
            models.Index(
                fields=["owner", "due_on", "id"], condition=Q(state="open"), name="preventive_action_of_owner"
            ),
            models.Index(fields=["due_on", "id"], condition=Q(state="open"), name="preventive_action_open"),
            models.Index(fields=["-ended_at", "-id"], condition=~Q(state="open"), name="preventive_action_ended"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def is_open(self) -> bool:
        return self.state == ActionState.OPEN

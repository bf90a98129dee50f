"""Asking experts (C4): who was invited to one ticket, what was asked, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from tickets.models.ticket import Ticket


class ConsultationState(models.TextChoices):
    OPEN = "open", _("waiting for the experts")
    CONCLUDED = "concluded", _("concluded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Consultation(models.Model):
    """One question to people who do not work on the ticket; discussed in internal notes, ended by a conclusion."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="consultations")
    question = models.TextField()
    state = models.CharField(max_length=9, choices=ConsultationState, default=ConsultationState.OPEN)
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    conclusion = models.TextField(blank=True, default="")
    ended_by = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ConsultationState.values), name="consultation_state_known"),
            models.CheckConstraint(
                condition=~Q(state=ConsultationState.CONCLUDED) | ~Q(conclusion=""), name="consultation_has_conclusion"
            ),
            models.CheckConstraint(
                condition=Q(state=ConsultationState.OPEN, ended_at__isnull=True)
                | (~Q(state=ConsultationState.OPEN) & Q(ended_at__isnull=False)),
                name="consultation_ended_or_open",
            ),
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(state=ConsultationState.OPEN),
                name="consultation_one_open",
                violation_error_message=_("A consultation on this ticket is open already."),
            ),
        ]

    def __str__(self) -> str:
        return f"consultation {self.pk} on ticket {self.ticket_id}"

    @property
    def is_open(self) -> bool:
        return self.state == ConsultationState.OPEN


class Invitation(models.Model):
    """One expert of a consultation, perhaps invited as one of a team. `ended_at`: sees the ticket no longer by it."""

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="invitations")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="invitations")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    # when they first wrote in the consultation
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consultation", "staff"], name="invitation_once")]
        indexes = [
            # "consultations waiting for me"
            models.Index(
                fields=["staff", "-id"],
                condition=Q(ended_at__isnull=True, answered_at__isnull=True),
                name="invitation_waiting",
            ),
        ]

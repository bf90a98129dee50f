"""How sub-tickets are handled: what happens when their ticket is solved first, and tasks that are opened often."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from tickets.models import Kind


class WhenSolving(models.TextChoices):
    """What a person hears who solves a ticket whose sub-tickets are still open."""

    ASK = "ask", _("ask whether they are sure")
    REFUSE = "refuse", _("refuse")
    ALLOW = "allow", _("let them")


class SubTicketSetting(models.Model):
    """One row for everybody."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    when_solving = models.CharField(max_length=6, choices=WhenSolving, default=WhenSolving.ASK)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="sub_ticket_setting_one"),
            models.CheckConstraint(condition=Q(when_solving__in=WhenSolving.values), name="sub_ticket_solving_known"),
        ]


class SubTicketTemplate(models.Model):
    """A task that is opened often: its team, subject and text; `kind` offers it first on tickets of that kind."""

    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind, blank=True, default="")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=250)
    text = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                name="sub_ticket_template_name_once",
                violation_error_message=_("There is a template of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The template's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name

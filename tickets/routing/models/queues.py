"""A team's queue: how its tickets reach people, and one row for each ticket that waits in it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import Team
from tickets.models import Ticket


class LoadKind(models.TextChoices):
    """What a conversation costs an agent: a place among their chats, their calls, or their mails and all else."""

    CHAT = "chat", pgettext_lazy("load", "chat")
    CALL = "call", pgettext_lazy("load", "call")
    MAIL = "mail", pgettext_lazy("load", "mail")


class Strategy(models.TextChoices):
    """How a queue finds somebody. `manual`: people take tickets themselves."""

    MANUAL = "manual", _("People take tickets themselves")
    LEAST_LOADED = "least_loaded", _("Whoever has the most room")
    ROUND_ROBIN = "round_robin", _("In turn")


OFFER_SECONDS = 60
CHAT_GRACE_SECONDS = 60
GRACE_HOURS = 72


class QueueSettings(models.Model):
    """How a team's queue works; without a row, people take tickets themselves.

    An offer waits `offer_seconds` for an answer; a direct queue asks nobody. What lies with somebody who has left goes
    back to the queue after the grace: seconds for live chats, hours for all else (empty: it stays with them).
    """

    team = models.OneToOneField(Team, on_delete=models.CASCADE, primary_key=True, related_name="queue")
    strategy = models.CharField(max_length=12, choices=Strategy, default=Strategy.MANUAL)
    is_direct = models.BooleanField(default=False)
    offer_seconds = models.PositiveSmallIntegerField(default=OFFER_SECONDS)
    chat_grace_seconds = models.PositiveIntegerField(null=True, blank=True, default=CHAT_GRACE_SECONDS)
    grace_hours = models.PositiveIntegerField(null=True, blank=True, default=GRACE_HOURS)
    is_round_the_clock = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(strategy__in=Strategy.values), name="queue_strategy_known"),
            models.CheckConstraint(
                condition=Q(offer_seconds__gte=10, offer_seconds__lte=900),
                name="queue_offer_seconds_in_bounds",
                violation_error_message=_("An offer waits between 10 seconds and 15 minutes."),
            ),
        ]


class QueueEntry(models.Model):
    """A ticket that waits in a queue; written with the ticket, gone when somebody holds it.

    Rank: `lane` (0 the green lane, by customer level), `urgency` (0 urgent, by priority and grade), next deadline, age.
    `needs` maps a skill's id to the least level; `needs_key` is the same as text, so that alike rows are found together.
    A row that is not ready (snoozed, waiting for the customer) or that is offered to somebody is left alone.
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, primary_key=True, related_name="queue_entry")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    load_kind = models.CharField(max_length=4, choices=LoadKind)
    # the ticket's (of a sub-ticket: `internal`), which never changes: counting a queue by channel reads no ticket
    channel = models.CharField(max_length=12, blank=True, default="", db_default="")
    lane = models.PositiveSmallIntegerField()
    urgency = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(default=now)
    needs = models.JSONField(default=dict)
    needs_key = models.CharField(max_length=1000, blank=True, default="")
    is_ready = models.BooleanField(default=True)
    # everybody who could take it was asked a moment ago: left alone until then
    not_before = models.DateTimeField(default=now)
    offered_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(load_kind__in=LoadKind.values), name="queue_entry_load_kind_known")
        ]
        indexes = [
            # the matcher: rows that are alike, best first
            models.Index(
                fields=["team", "load_kind", "needs_key", "lane", "urgency", "due_at", "entered_at", "ticket"],
                condition=Q(is_ready=True, offered_until__isnull=True),
                name="queue_entry_to_match",
            ),
            # the queue's page, best first
            models.Index(fields=["team", "lane", "urgency", "due_at", "entered_at", "ticket"], name="queue_entry_rank"),
            # the wallboard: how many wait on a channel, and who has waited longest
            models.Index(
                fields=["channel", "entered_at"],
                include=["team", "due_at"],
                condition=Q(is_ready=True),
                name="queue_entry_by_channel",
            ),
        ]

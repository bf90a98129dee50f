"""The ticket: one matter of one customer, from the first message to the last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.models import ChannelAccount
from helpdesk.customers.models import Customer
from tickets.models.choices import (
    FINISHED,
    UNFINISHED,
    Grade,
    Holder,
    Kind,
    LinkKind,
    ParticipantRole,
    Priority,
    Stage,
    StatusCategory,
    Tone,
)
from tickets.models.labels import StatusLabel
from tickets.querysets import TicketQuerySet

NUMBER_PREFIX = "HD-"
# Where a ticket without a deadline stands among those that have one.
NO_DEADLINE = datetime(9000, 1, 1, tzinfo=UTC)
DUE_ORDER = Coalesce("due_at", Value(NO_DEADLINE, output_field=models.DateTimeField()))
_UNFINISHED = Q(status_category__in=[str(category) for category in UNFINISHED])
_ON_DESK = _UNFINISHED & Q(is_spam=False)


class Ticket(models.Model):
    """Written only by the verbs in `tickets.services`. Its number is `HD-` and its id.

    `row_version` rises with anything a list row shows; `edit_version` only with fields that a form can edit, and
    guards against overwriting. `status_category` repeats the label's category, since code and indexes hang on it.
    `holder` says who has the conversation; `is_unread` that nobody of the staff has opened it since the customer wrote.
    """

    subject = models.CharField(max_length=250)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OTHER)
    grade = models.CharField(max_length=8, choices=Grade, default=Grade.REGULAR)
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.NORMAL)
    tone = models.CharField(max_length=6, choices=Tone, default=Tone.CALM, db_default="calm")
    status = models.ForeignKey(StatusLabel, on_delete=models.PROTECT, related_name="+")
    status_category = models.CharField(max_length=7, choices=StatusCategory, default=StatusCategory.NEW)
    stage = models.CharField(max_length=9, choices=Stage, default=Stage.ENQUIRE)
    holder = models.CharField(max_length=6, choices=Holder, default=Holder.QUEUE)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="tickets")
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="owned_tickets")
    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+")
    channel_kind = models.CharField(max_length=12)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tickets")
    language = models.CharField(max_length=10, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    fields: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)
    preview = models.CharField(max_length=160, blank=True, default="")
    is_unread = models.BooleanField(default=True)
    is_spam = models.BooleanField(default=False)
    spam_reason = models.CharField(max_length=200, blank=True, default="")
    has_attachments = models.BooleanField(default=False)
    message_count = models.PositiveIntegerField(default=0)
    solution = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    # what a list is ordered by: the last thing that people see as activity (messages and changes of state)
    last_activity_at = models.DateTimeField(default=timezone.now)
    last_customer_message_at = models.DateTimeField(null=True, blank=True)
    last_agent_message_at = models.DateTimeField(null=True, blank=True)
    first_replied_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    auto_close_at = models.DateTimeField(null=True, blank=True)
    # when the customer is asked how it went; empty when nobody is to ask, or somebody has
    survey_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    # the earliest deadline of its running clocks, and what a row's chip shows of it; written by whoever moves a clock
    due_at = models.DateTimeField(null=True, blank=True)
    next_clock: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from")
    # of a sub-ticket: the customer's ticket that it is a part of (E3); the customer never sees a sub-ticket
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="sub_tickets", db_index=False
    )
    row_version = models.PositiveIntegerField(default=1)
    edit_version = models.PositiveIntegerField(default=1)

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="ticket_kind_known"),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="ticket_grade_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="ticket_priority_known"),
            models.CheckConstraint(condition=Q(status_category__in=StatusCategory.values), name="ticket_status_known"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="ticket_stage_known"),
            models.CheckConstraint(condition=Q(holder__in=Holder.values), name="ticket_holder_known"),
            models.CheckConstraint(condition=Q(tone__in=Tone.values), name="ticket_tone_known"),
            models.CheckConstraint(
                condition=~Q(holder=Holder.AGENT) | Q(owner__isnull=False), name="ticket_held_by_agent_has_owner"
            ),
            models.CheckConstraint(condition=~_UNFINISHED | ~Q(holder=Holder.NOBODY), name="ticket_unfinished_is_held"),
        ]
        indexes = [
            # "all open" and most saved views: unfinished tickets by activity
            models.Index(fields=["-last_activity_at", "-id"], condition=_ON_DESK, name="ticket_desk"),
            models.Index(fields=["team", "-last_activity_at", "-id"], condition=_ON_DESK, name="ticket_desk_of_team"),
            # "my open"; what people carry is counted from it alone
            models.Index(
                fields=["owner", "-last_activity_at", "-id"],
                include=["holder", "status_category", "channel_kind", "parent", "snoozed_until", "due_at"],
                condition=_ON_DESK & Q(owner__isnull=False),
                name="ticket_carried_by_owner",
            ),
            models.Index(
                fields=["team", "-last_activity_at", "-id"],
                condition=_ON_DESK & Q(owner__isnull=True),
                name="ticket_desk_unassigned",
            ),
            # "newest first" over unfinished tickets
            models.Index(fields=["-created_at", "-id"], condition=_ON_DESK, name="ticket_desk_by_creation"),
            # "next due", "due soon" and "overdue"; what has no deadline comes last
            models.Index(DUE_ORDER, "id", condition=_ON_DESK, name="ticket_desk_by_deadline"),
            models.Index(
                fields=["-last_activity_at", "-id"],
                condition=Q(status_category="solved", is_spam=False),
                name="ticket_solved",
            ),
            # every ticket, also the finished ones, by activity (search by filters, API list)
            models.Index(fields=["-last_activity_at", "-id"], name="ticket_by_activity"),
            models.Index(fields=["team", "-last_activity_at", "-id"], name="ticket_by_team"),
            models.Index(fields=["-created_at", "-id"], name="ticket_by_creation"),
            # a customer's tickets: context panel, portal, follow-ups
            models.Index(fields=["customer", "-last_activity_at", "-id"], name="ticket_of_customer"),
            models.Index(fields=["-last_activity_at", "-id"], condition=Q(is_spam=True), name="ticket_spam"),
            # the sub-tickets of a ticket
            models.Index(fields=["parent", "id"], condition=Q(parent__isnull=False), name="ticket_of_parent"),
            # due rows of the one-second sweep
            models.Index(
                fields=["auto_close_at"], condition=Q(auto_close_at__isnull=False), name="ticket_auto_close_due"
            ),
            models.Index(fields=["survey_at"], condition=Q(survey_at__isnull=False), name="ticket_survey_due"),
            models.Index(fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="ticket_snooze_due"),
            # filters on tags and custom fields
            GinIndex(fields=["tags"], name="ticket_tags"),
            GinIndex(fields=["fields"], opclasses=["jsonb_path_ops"], name="ticket_fields"),
            # a part of the subject
            GinIndex(fields=["subject"], opclasses=["gin_trgm_ops"], name="ticket_subject_trgm"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{NUMBER_PREFIX}{self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.status_category in FINISHED

    @property
    def is_sub(self) -> bool:
        """A task of another department: no customer reads it, nothing of it reaches the customer."""
        return self.parent_id is not None

    @property
    def is_closed(self) -> bool:
        return self.status_category == StatusCategory.CLOSED


class TicketParticipant(models.Model):
    """Someone who takes part in the conversation; only they can continue it by answering (threading).

    `address` is normalised; `customer` is set when it is known who that is.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="participants")
    role = models.CharField(max_length=9, choices=ParticipantRole)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=160, blank=True, default="")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "address"], name="participant_once")]


class Watcher(models.Model):
    """A person of the staff who sees the ticket and is told of changes, whatever their teams.

    `consultation`: let in for that consultation only; the row goes with its end.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="watchers")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="watched")
    consultation = models.ForeignKey(
        "tickets.Consultation", on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "staff"], name="watcher_once")]
        indexes = [models.Index(fields=["staff", "ticket"], name="watched_by_staff")]


class TicketLink(models.Model):
    """Two tickets that belong together; read from `source`: source is … target."""

    source = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_from")
    target = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_to")
    kind = models.CharField(max_length=9, choices=LinkKind, default=LinkKind.RELATED)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="ticket_link_once"),
            models.CheckConstraint(condition=~Q(source=models.F("target")), name="ticket_link_not_itself"),
        ]


class TicketFieldValue(models.Model):
    """An index over custom fields with an order (numbers, dates), written with `Ticket.fields`; ranges are asked here."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="field_values")
    key = models.CharField(max_length=40)
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    moment = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "key"], name="field_value_once")]
        indexes = [
            models.Index(
                fields=["key", "number", "ticket"], condition=Q(number__isnull=False), name="field_value_number"
            ),
            models.Index(
                fields=["key", "moment", "ticket"], condition=Q(moment__isnull=False), name="field_value_moment"
            ),
        ]


class TicketCount(models.Model):
    """Counters of the standard views, as rows that are added up: a trigger writes differences, a sweep folds them."""

    team_id = models.BigIntegerField()
    owner_id = models.BigIntegerField(null=True)
    status_category = models.CharField(max_length=7)
    is_snoozed = models.BooleanField(default=False)
    is_spam = models.BooleanField(default=False)
    number = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["team_id", "owner_id"], name="ticket_count_of_team")]

"""The event log: audit trail, outbox and source of analytics at once. Append-only, held by a trigger."""

from __future__ import annotations

from django.db import models

from helpdesk.core.actors import ActorKind


class Event(models.Model):
    """One thing that happened, written in the transaction that made it happen.

    `name` is `noun.past_participle`; `data` holds ids, words of fixed choices and field names, never personal values
    (those lie in `EventPersonal`, which can be erased). `position` is given by the dispatcher: gap-free, in commit
    order as far as it matters, and the only cursor that followers use.
    """

    name = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    ticket_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=12, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    origin = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    position = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position"], name="event_position_once"),
        ]
        indexes = [
            # the dispatcher's question: what has no number yet
            models.Index(fields=["id"], condition=models.Q(position__isnull=True), name="event_unnumbered"),
            # a ticket's history
            models.Index(
                fields=["ticket_id", "id"], condition=models.Q(ticket_id__isnull=False), name="event_of_ticket"
            ),
            # the history of anything else (staff, channel accounts, customers)
            models.Index(fields=["subject_kind", "subject_id", "id"], name="event_of_subject"),
            # the audit page: everything by time, what a person did, and administrative events by name
            models.Index(fields=["at", "id"], name="event_by_time"),
            models.Index(
                fields=["actor_id", "at", "id"], condition=models.Q(actor_kind="staff"), name="event_by_person"
            ),
            models.Index(fields=["name", "at", "id"], condition=models.Q(ticket_id__isnull=True), name="event_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject_kind}:{self.subject_id}"


class EventPersonal(models.Model):
    """The personal values of one event, apart from it so that they can be erased on request (H5)."""

    event = models.OneToOneField(
        Event, on_delete=models.DO_NOTHING, primary_key=True, related_name="personal", db_constraint=False
    )
    data = models.JSONField()


class LogHead(models.Model):
    """The last position given; one row, written only under the dispatcher's advisory lock."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="log_head_single")]


class Cursor(models.Model):
    """How far one consumer of the event log has come."""

    name = models.CharField(max_length=60, primary_key=True)
    position = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)


class ParkedEvent(models.Model):
    """An event that a consumer could not take after several tries; the rest flow on, a person decides."""

    consumer = models.CharField(max_length=60)
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    reason = models.TextField()
    parked_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consumer", "event"], name="parked_event_once")]
        indexes = [models.Index(fields=["id"], condition=models.Q(resolved_at__isnull=True), name="parked_event_open")]

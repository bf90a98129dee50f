"""The conversation: messages, their attachments and deliveries; drafts; satisfaction."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import Staff
from helpdesk.core.actors import ActorKind
from helpdesk.core.models import ChannelAccount, Delivery
from tickets.models.choices import Direction, Visibility
from tickets.models.ticket import Ticket


class Message(models.Model):
    """One thing somebody said on a ticket: a public message in or out, or an internal note.

    `text` is the readable whole, `quoted` the earlier conversation that its sender repeated (folded in pages; `text`
    does not contain it). `html` is what arrived, unsafe until it is sanitised when shown. A public message of ours
    leaves at `release_at` and counts as said from `released_at` on. `external_id` is the id that the channel gave it;
    `rfc_message_id` and `rfc_references` thread mail.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=3, choices=Direction)
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    author_kind = models.CharField(max_length=12, choices=ActorKind)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=160, blank=True, default="")
    author_address = models.CharField(max_length=320, blank=True, default="")
    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    channel_kind = models.CharField(max_length=12, blank=True, default="")
    subject = models.CharField(max_length=998, blank=True, default="")
    text = models.TextField(blank=True, default="")
    quoted = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    # {"to": [[name, address]], "cc": […], "bcc": […]}; bcc only on our own messages
    recipients: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)
    external_id = models.CharField(max_length=250, blank=True, default="")
    rfc_message_id = models.CharField(max_length=250, blank=True, default="")
    rfc_references = models.TextField(blank=True, default="")
    inbound_event_id = models.BigIntegerField(null=True)
    is_auto = models.BooleanField(default=False)
    may_start_new = models.BooleanField(default=False)
    mentions: models.JSONField[list[int], list[int]] = models.JSONField(default=list, blank=True)
    # of a note: the consultation that it was written in
    consultation = models.ForeignKey(
        "tickets.Consultation", on_delete=models.SET_NULL, null=True, blank=True, related_name="notes", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    # what the other side's clock said; conversations are ordered by when we stored them
    sent_at = models.DateTimeField(null=True, blank=True)
    release_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # what its release does besides sending, e.g. {"status": "pending"}
    on_release: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"],
                condition=~Q(external_id="") & Q(direction=Direction.IN),
                name="message_received_once",
            ),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="message_direction_known"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="message_visibility_known"),
            models.CheckConstraint(
                condition=~Q(visibility=Visibility.INTERNAL) | Q(release_at__isnull=True),
                name="message_note_never_leaves",
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="message_of_ticket"),
            # threading: which conversation does this reference belong to
            models.Index(fields=["rfc_message_id"], condition=~Q(rfc_message_id=""), name="message_rfc_id"),
            # due rows: answers whose undo time or schedule has come
            models.Index(
                fields=["release_at"],
                condition=Q(release_at__isnull=False, released_at__isnull=True, withdrawn_at__isnull=True),
                name="message_release_due",
            ),
            models.Index(
                fields=["consultation", "id"],
                condition=Q(consultation__isnull=False),
                name="message_of_consultation",
            ),
            models.Index(
                fields=["inbound_event_id"], condition=Q(inbound_event_id__isnull=False), name="message_of_event"
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} of ticket {self.ticket_id}"

    @property
    def is_public(self) -> bool:
        return self.visibility == Visibility.PUBLIC

    @property
    def is_note(self) -> bool:
        return self.visibility == Visibility.INTERNAL

    @property
    def is_waiting(self) -> bool:
        """Ours, public, not yet released: can still be withdrawn."""
        return self.release_at is not None and self.released_at is None and self.withdrawn_at is None


class Attachment(models.Model):
    """A file of a message, of a draft until it is sent (`message` empty, `uploaded_by` set), or of a record of a higher
    room, which points at it (`is_kept`)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments")
    uploaded_by_kind = models.CharField(max_length=12, blank=True, default="")
    uploaded_by_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=250)
    content_type = models.CharField(max_length=120, default="application/octet-stream")
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    file = models.FileField(upload_to="attachments/%Y/%m", max_length=300)
    content_id = models.CharField(max_length=250, blank=True, default="")
    is_inline = models.BooleanField(default=False)
    is_kept = models.BooleanField(default=False, db_default=False)
    warning = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["message"], name="attachment_of_message"),
            models.Index(
                fields=["created_at"], condition=Q(message__isnull=True, is_kept=False), name="attachment_unsent_upload"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MessageDelivery(models.Model):
    """One message goes out over many deliveries (to, cc, forwards, other channels)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="message_deliveries")
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="message_delivery")


class SearchEntry(models.Model):
    """What can be found: one row per message, the first with the ticket's subject and the writer's name and address;
    a later subject has a row without a message."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="search_entries")
    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="search_entry"
    )
    vector = SearchVectorField()
    at = models.DateTimeField()

    class Meta:
        indexes = [
            # new words wait in a short list and are sorted in together; a search reads the list too
            GinIndex(fields=["vector"], name="search_vector", fastupdate=True, gin_pending_list_limit=256),
            models.Index(fields=["-at", "-id"], name="search_newest"),
            models.Index(fields=["ticket"], name="search_of_ticket"),
        ]


class Draft(models.Model):
    """What a person is writing on a ticket; kept on the server so that nothing typed is lost."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="drafts")
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    text = models.TextField(blank=True, default="")
    recipients: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict, blank=True)
    attachment_ids: models.JSONField[list[int], list[int]] = models.JSONField(default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "staff", "visibility"], name="draft_once")]


class SatisfactionAbout(models.TextChoices):
    """What was asked about: the solving of the ticket, or a record of a higher room that came to its end."""

    TICKET = "ticket", _("Request")
    CLAIM = "claim", _("Application")
    VISIT = "visit", _("Visit")


class SatisfactionReason(models.TextChoices):
    """What the grade is mostly about, as the customer chooses it."""

    SPEED = "speed", pgettext_lazy("satisfaction", "Speed")
    RESULT = "result", pgettext_lazy("satisfaction", "The result")
    PEOPLE = "people", pgettext_lazy("satisfaction", "How we treated you")
    WORDS = "words", pgettext_lazy("satisfaction", "How clear it was")
    OTHER = "other", pgettext_lazy("satisfaction", "Something else")


class Satisfaction(models.Model):
    """What the customer says of one solving of a ticket: five grades, a reason, free words. The one record of satisfaction:
    what is said of a claim or a visit is a row here too, tied to its ticket and by `subject_kind` and `subject_id` to the
    record; `solved_at` is then when that came to its end."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="satisfactions")
    subject_kind = models.CharField(
        max_length=10, choices=SatisfactionAbout, default=SatisfactionAbout.TICKET, db_default="ticket"
    )
    subject_id = models.BigIntegerField(null=True, blank=True)
    # by which the customer knows the record
    subject_number = models.CharField(max_length=40, blank=True, default="", db_default="")
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True, default="")
    comment = models.TextField(blank=True, default="")
    token_hash = models.CharField(max_length=64, blank=True, default="")
    solved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "solved_at"],
                condition=Q(subject_kind="ticket"),
                name="satisfaction_once_per_solving",
            ),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=~Q(subject_kind="ticket"),
                name="satisfaction_once_per_record",
            ),
            models.CheckConstraint(
                condition=Q(subject_kind="ticket", subject_id__isnull=True)
                | (Q(subject_kind__in=["claim", "visit"]) & Q(subject_id__isnull=False)),
                name="satisfaction_subject_known",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["", *SatisfactionReason.values]), name="satisfaction_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5), name="satisfaction_score_range"
            ),
        ]

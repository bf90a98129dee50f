"""What a person of the staff is told: assignments, mentions, deadlines; in the desk, and by mail as they chose."""

from __future__ import annotations

from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models.staff import Staff


class MailState(models.TextChoices):
    """How far a notification is on its way into a mail."""

    NEW = "new", _("not looked at yet")
    WAITING = "waiting", _("waits for its time")
    QUEUED = "queued", _("in a mail")
    NONE = "none", _("not by mail")


class Notification(models.Model):
    """One line for one person about one event; `event_id` and kind make it appear once.

    A sweep decides of each `new` one whether and when it goes out by mail (`mail_at`), and puts what is due into one
    delivery per person (`delivery_id`); so each is in exactly one mail, whatever dies in between.
    """

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    event_id = models.BigIntegerField(null=True)
    ticket_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    # with a default of the database too, for processes of an older release that still run during an upgrade
    mail_state = models.CharField(max_length=7, choices=MailState, default=MailState.NEW, db_default=MailState.NEW)
    mail_at = models.DateTimeField(null=True)
    delivery_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "event_id", "kind"], name="notification_once"),
            models.CheckConstraint(condition=Q(mail_state__in=MailState.values), name="notification_mail_state_known"),
        ]
        indexes = [
            models.Index(fields=["staff", "-id"], name="notification_of_staff"),
            models.Index(fields=["staff"], condition=Q(read_at__isnull=True), name="notification_unread"),
            # the sweep: what nobody has looked at yet, and what is due
            models.Index(fields=["id"], condition=Q(mail_state="new"), name="notification_unplanned"),
            models.Index(fields=["mail_at"], condition=Q(mail_state="waiting"), name="notification_mail_due"),
        ]

    @property
    def address(self) -> str:
        """The page that it leads to: that of the record it is about (`data["url"]`), else its ticket."""
        return str(self.data.get("url") or f"/tickets/HD-{self.ticket_id}/")


class Digest(models.TextChoices):
    HOURLY = "hourly", _("every hour")
    DAILY = "daily", _("once a day")


class NoticeSetting(models.Model):
    """How a person wants to be told; who has no row gets what ships (`helpdesk.accounts.noticing`).

    `by_mail`: group of notices → `now`, `digest` or `never`, where it differs from what ships; `muted`: groups that do not
    show in the desk either. Times are in the person's own zone.
    """

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, primary_key=True, related_name="notice_setting")
    by_mail = models.JSONField(default=dict)
    muted = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    digest = models.CharField(max_length=6, choices=Digest, default=Digest.DAILY)
    digest_at = models.TimeField(default=time(8))
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    # what is urgent goes out in quiet hours too
    urgent_breaks = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(digest__in=Digest.values), name="notice_digest_known"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notice_quiet_hours_whole",
            ),
        ]

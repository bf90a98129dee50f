"""What happened to tickets, each once, and how often on a day; and how long the queues were."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class What(models.TextChoices):
    OPENED = "opened", pgettext_lazy("statistics", "opened")
    SOLVED = "solved", pgettext_lazy("statistics", "solved")
    HANDLED = "handled", pgettext_lazy("statistics", "handled")
    SATISFIED = "satisfied", pgettext_lazy("statistics", "satisfied")
    UNSATISFIED = "unsatisfied", pgettext_lazy("statistics", "not satisfied")


class Happening(models.Model):
    """Something that statistics count once, whatever is replayed: `key` says what "once" means for it.

    A ticket is opened once, solved with each solving, handled once for each day and person who answered or solved it.
    """

    key = models.CharField(max_length=60, unique=True)
    what = models.CharField(max_length=12, choices=What)
    day = models.DateField()
    ticket_id = models.BigIntegerField()
    team_id = models.BigIntegerField()
    channel = models.CharField(max_length=12)
    staff_id = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["day", "what"], name="happening_of_day")]


class DayCount(models.Model):
    """How often something happened on a day of the company's time zone, by team, channel and person (0: nobody)."""

    day = models.DateField()
    what = models.CharField(max_length=12, choices=What)
    team_id = models.BigIntegerField()
    channel = models.CharField(max_length=12)
    staff_id = models.BigIntegerField(default=0)
    number = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "what", "team_id", "channel", "staff_id"], name="day_count_once")
        ]


class QueueSample(models.Model):
    """How many tickets of a team and channel waited at a moment, taken every five minutes; kept for eight days."""

    at = models.DateTimeField()
    team_id = models.BigIntegerField()
    channel = models.CharField(max_length=12)
    waiting = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["at", "team_id", "channel"], name="queue_sample_once")]

"""Tables that people upload: what was in them, how far they are, which rows were refused."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff


class ImportKind(models.TextChoices):
    PRODUCTS = "products", _("Products")
    ORDERS = "orders", _("Orders")
    THINGS = "things", _("Serial numbers")


class ImportState(models.TextChoices):
    RUNNING = "running", _("is being read")
    DONE = "done", _("done")


class Import(models.Model):
    """One uploaded table. `done` of `total` records are read; records of one order are counted as one."""

    kind = models.CharField(max_length=8, choices=ImportKind)
    state = models.CharField(max_length=7, choices=ImportState, default=ImportState.RUNNING)
    name = models.CharField(max_length=200)
    # the file as it came, compressed
    raw = models.BinaryField()
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ImportKind.values), name="import_kind_known"),
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_known"),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="import_done_within_total"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="import_list")]


class ImportRefusal(models.Model):
    """A record that was not taken: the row of the file where it begins, and what was wrong with which column."""

    upload = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refusals")
    row = models.PositiveIntegerField()
    key = models.CharField(max_length=200, blank=True, default="")
    words: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "row"], name="import_refusal_once")]

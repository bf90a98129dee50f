"""What engineers did at a visit: each deed as the phone sent it, parts, photos, and the customer's signature."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import ClaimFile
from aftersales.outlets.models import StockMove
from aftersales.visits.models import Visit
from helpdesk.accounts.models import Staff
from helpdesk.customers.models import Product
from tickets.models import Attachment


class EntryKind(models.TextChoices):
    """What a phone sends."""

    CHECK_IN = "check_in", pgettext_lazy("field", "Checked in")
    PART = "part", pgettext_lazy("field", "Part used")
    PART_BACK = "part_back", pgettext_lazy("field", "Part put back")
    PHOTO = "photo", pgettext_lazy("field", "Photo")
    QUOTE = "quote", pgettext_lazy("field", "Quote")
    SIGN = "sign", pgettext_lazy("field", "Signature")
    FINISH = "finish", pgettext_lazy("field", "Finished")
    OTHER_TIME = "other_time", pgettext_lazy("field", "Another time asked for")


class FieldEntry(models.Model):
    """One deed of an engineer, append-only. The phone gives it its `key`, so that whatever is sent again, after a lost answer
    or by a second tab, counts once. `happened_at` is the phone's clock, `received_at` ours."""

    key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10, choices=EntryKind)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="entries")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="field_entry_kind_known")]
        indexes = [models.Index(fields=["visit", "id"], name="field_entry_of_visit")]


class VisitPart(models.Model):
    """A part that was built in. It comes off a shelf by exactly one move, and back onto it by at most one."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="parts")
    entry = models.OneToOneField(FieldEntry, on_delete=models.PROTECT, related_name="part")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    taken = models.OneToOneField(StockMove, on_delete=models.PROTECT, related_name="+")
    put_back = models.OneToOneField(StockMove, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=1), name="visit_part_of_something")]
        indexes = [models.Index(fields=["visit", "id"], name="visit_parts")]


class VisitPhoto(models.Model):
    """A photo of the work; it is kept with the claim's files."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    entry = models.OneToOneField(FieldEntry, on_delete=models.PROTECT, related_name="photo")
    file = models.OneToOneField(ClaimFile, on_delete=models.PROTECT, related_name="visit_photo")
    taken_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["visit", "id"], name="visit_photos")]


class Signature(models.Model):
    """The customer's signature on the screen, once for a visit and never changed.

    `sha256` is of the picture as it lies in storage; `statement` is what stood above the line that was signed, and
    `statement_sha256` binds both to visit, signer and moment (see `services.signing`).
    """

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="signature")
    entry = models.OneToOneField(FieldEntry, on_delete=models.PROTECT, related_name="signature")
    attachment = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="+")
    signer = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    statement: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    statement_sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="signature_hashed"),
            models.CheckConstraint(condition=~Q(signer=""), name="signature_of_somebody"),
        ]

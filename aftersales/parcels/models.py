"""Carriers, parcels, what carriers said, and what went wrong."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aftersales.claims.models import Claim
from aftersales.parcels.choices import ARRIVED, ParcelDirection, ParcelState, ProblemKind, Scan
from helpdesk.customers.models import Order

OTHER = "other"
_IS_WHOLE = ~Q(number="")


class Carrier(models.Model):
    """A company that carries parcels. `codes` are the names that aggregators know it by (`kuaidi100:shunfeng`); `page` is the
    address of a parcel's page at the carrier, with `{number}` in it. `heard_at`: when anything last came in about any of its
    parcels; a carrier that never tells us anything makes no parcel late."""

    key = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    codes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    page = models.CharField(
        max_length=300,
        blank=True,
        default="",
        validators=[RegexValidator(r"^https://[^\s\"<>]+$", _("Write an address that begins with https."))],
    )
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)
    heard_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name


class Parcel(models.Model):
    """One parcel of a claim, or of an order. What its carrier said are `CarrierEvent` rows of its number; state and moments
    here are always worked out from them again, so that neither their order nor a repetition matters.

    `follow_at`: when the product looks at it next (something was heard, or too long nothing); None when it is at its end.
    `held`: the move of the claim that should have followed and was refused. `received_at` is our warehouse's word.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="parcels")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True, related_name="parcels")
    direction = models.CharField(max_length=4, choices=ParcelDirection)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="parcels")
    number = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=ParcelState, default=ParcelState.ANNOUNCED)
    is_open = models.BooleanField(default=True)
    announced_at = models.DateTimeField(default=timezone.now)
    first_scan_at = models.DateTimeField(null=True, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    follow_at = models.DateTimeField(null=True, blank=True)
    held = models.CharField(max_length=24, blank=True, default="")
    # the claim was settled before these goods came
    is_owed = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ParcelState.values), name="parcel_state_known"),
            models.CheckConstraint(condition=Q(direction__in=ParcelDirection.values), name="parcel_direction_known"),
            models.CheckConstraint(
                condition=Q(claim__isnull=False) | Q(order__isnull=False), name="parcel_of_claim_or_order"
            ),
            models.CheckConstraint(condition=_IS_WHOLE, name="parcel_with_number"),
            models.CheckConstraint(
                condition=Q(state=ParcelState.ANNOUNCED) | Q(first_scan_at__isnull=False), name="parcel_moves_by_scans"
            ),
            models.UniqueConstraint(
                fields=["claim", "direction", "carrier", "number"],
                condition=Q(claim__isnull=False),
                name="parcel_of_claim_once",
            ),
            models.UniqueConstraint(
                fields=["order", "carrier", "number"], condition=Q(claim__isnull=True), name="parcel_of_order_once"
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="parcel_by_number"),
            models.Index(fields=["claim", "id"], condition=Q(claim__isnull=False), name="parcel_of_claim"),
            models.Index(fields=["order", "id"], condition=Q(order__isnull=False), name="parcel_of_order"),
            # due rows of the one-second sweep
            models.Index(fields=["follow_at"], condition=Q(follow_at__isnull=False), name="parcel_follow_due"),
            # the warehouse's list of what comes in, oldest first
            models.Index(fields=["direction", "id"], condition=Q(is_open=True), name="parcel_open"),
            models.Index(fields=["claim"], condition=Q(is_open=True, is_owed=True), name="parcel_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier_id} {self.number}"

    @property
    def has_arrived(self) -> bool:
        return self.state in ARRIVED

    @property
    def page(self) -> str:
        """Where the carrier shows it; empty when nobody said."""
        return self.carrier.page.replace("{number}", self.number) if self.carrier.page else ""


class CarrierEvent(models.Model):
    """One thing that a carrier said of a number, kept whether or not we know the parcel. The same words at the same time are
    one event, however often they are sent (`mark`). `code` is the carrier's own word for it."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    scan = models.CharField(max_length=16, choices=Scan)
    at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True, default="")
    words = models.CharField(max_length=500, blank=True, default="")
    code = models.CharField(max_length=40, blank=True, default="")
    mark = models.CharField(max_length=32)
    source_id = models.BigIntegerField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    is_stray = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scan__in=Scan.values), name="carrier_event_scan_known"),
            models.UniqueConstraint(fields=["carrier", "number", "mark"], name="carrier_event_once"),
        ]
        indexes = [
            models.Index(fields=["number", "at"], name="carrier_event_of_number"),
            # what was said of numbers that nobody knows, newest first
            models.Index(fields=["-id"], condition=Q(is_stray=True), name="carrier_event_stray"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.scan}"


class ParcelProblem(models.Model):
    """Something about a parcel that a person has to look at; raised once, and closed by a person or by the parcel itself.
    `task_id` is the sub-ticket that was opened for it."""

    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="problems")
    kind = models.CharField(max_length=13, choices=ProblemKind)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True, default="")
    task_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ProblemKind.values), name="parcel_problem_known"),
            models.UniqueConstraint(fields=["parcel", "kind"], name="parcel_problem_once"),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], condition=Q(closed_at__isnull=True), name="parcel_problem_open")
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.kind}"


def mark_facts(event: CarrierEvent) -> list[str]:
    """What makes two events the same event."""
    return [event.at.isoformat(), event.code or event.scan, event.words]

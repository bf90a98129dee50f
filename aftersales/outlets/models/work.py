"""Work that is given to an outlet, and how it was asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import Claim
from aftersales.visits.models import Outlet


class WorkState(models.TextChoices):
    """`unplaced`: every outlet that could do it declined or did not answer."""

    OFFERED = "offered", pgettext_lazy("work order", "on offer")
    ACCEPTED = "accepted", pgettext_lazy("work order", "accepted")
    UNPLACED = "unplaced", pgettext_lazy("work order", "nobody took it")
    DONE = "done", pgettext_lazy("work order", "done")
    CANCELLED = "cancelled", pgettext_lazy("work order", "cancelled")


OPEN_WORK = Q(state__in=["offered", "accepted", "unplaced"])


class WorkOrder(models.Model):
    """The work of one claim, given to an outlet. One is open for each claim; it is settled once it is done."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="work_orders")
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, null=True, blank=True, related_name="work_orders")
    state = models.CharField(max_length=9, choices=WorkState, default=WorkState.OFFERED)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by_id = models.BigIntegerField(null=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=WorkState.values), name="work_order_state_known"),
            models.UniqueConstraint(fields=["claim"], condition=OPEN_WORK, name="work_order_one_open_a_claim"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "done"]) | Q(outlet__isnull=False, accepted_at__isnull=False),
                name="work_order_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=(OPEN_WORK & Q(ended_at__isnull=True)) | (~OPEN_WORK & Q(ended_at__isnull=False)),
                name="work_order_ended_at",
            ),
        ]
        indexes = [
            # an outlet's work, and how much of it is open
            models.Index(fields=["outlet", "state", "-id"], name="work_order_of_outlet"),
            models.Index(fields=["claim", "-id"], name="work_order_of_claim"),
            models.Index(fields=["opened_at", "id"], condition=Q(state="unplaced"), name="work_order_unplaced"),
        ]

    @property
    def number(self) -> str:
        return f"WO-{self.pk}"


class OfferState(models.TextChoices):
    """`lapsed`: nobody answered within the time; `withdrawn`: the work is no longer to be given."""

    OPEN = "open", pgettext_lazy("work offer", "waits for an answer")
    ACCEPTED = "accepted", pgettext_lazy("work offer", "accepted")
    DECLINED = "declined", pgettext_lazy("work offer", "declined")
    LAPSED = "lapsed", pgettext_lazy("work offer", "not answered")
    WITHDRAWN = "withdrawn", pgettext_lazy("work offer", "withdrawn")


class WorkOffer(models.Model):
    """A work order put before one outlet, to be answered until `expires_at`; then the next outlet is asked. No outlet is
    asked twice about the same work order."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="offers")
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="offers")
    state = models.CharField(max_length=9, choices=OfferState, default=OfferState.OPEN)
    offered_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    answered_by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OfferState.values), name="work_offer_state_known"),
            models.UniqueConstraint(fields=["work_order"], condition=Q(state="open"), name="work_offer_one_open"),
            models.UniqueConstraint(fields=["work_order", "outlet"], name="work_offer_once_an_outlet"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="work_offer_ended_at",
            ),
        ]
        indexes = [
            # the sweep: offers whose time is over
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="work_offer_expires"),
            # what waits for an outlet's answer
            models.Index(fields=["outlet", "expires_at"], condition=Q(state="open"), name="work_offer_of_outlet"),
        ]

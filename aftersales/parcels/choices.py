"""Fixed words of parcels: where one is, what a carrier can say of it, what can go wrong."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class ParcelDirection(models.TextChoices):
    BACK = "back", pgettext_lazy("parcel", "from the customer")
    OUT = "out", pgettext_lazy("parcel", "to the customer")


class ParcelState(models.TextChoices):
    """Where a parcel is. It only goes on, whatever order a carrier's words come in (`RANK`)."""

    ANNOUNCED = "announced", pgettext_lazy("parcel", "Announced")
    COLLECTED = "collected", pgettext_lazy("parcel", "Picked up")
    IN_TRANSIT = "in_transit", pgettext_lazy("parcel", "On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", pgettext_lazy("parcel", "Out for delivery")
    AT_PICKUP_POINT = "at_pickup_point", pgettext_lazy("parcel", "At a pick-up point")
    DELIVERED = "delivered", pgettext_lazy("parcel", "Delivered")
    RETURNED = "returned", pgettext_lazy("parcel", "Returned to its sender")


RANK: dict[str, int] = {state: rank for rank, state in enumerate(ParcelState.values)}
ARRIVED = (ParcelState.DELIVERED, ParcelState.RETURNED)


class Scan(models.TextChoices):
    """What a carrier says happened, whatever words it has for it. All but `NOTE` mean that it has the parcel in hand."""

    COLLECTED = "collected", pgettext_lazy("scan", "Picked up")
    IN_TRANSIT = "in_transit", pgettext_lazy("scan", "On its way")
    OUT_FOR_DELIVERY = "out_for_delivery", pgettext_lazy("scan", "Out for delivery")
    AT_PICKUP_POINT = "at_pickup_point", pgettext_lazy("scan", "At a pick-up point")
    DELIVERED = "delivered", pgettext_lazy("scan", "Delivered")
    RETURNING = "returning", pgettext_lazy("scan", "Going back to its sender")
    RETURNED = "returned", pgettext_lazy("scan", "Returned to its sender")
    INTERCEPTED = "intercepted", pgettext_lazy("scan", "Stopped on its way")
    DELAYED = "delayed", pgettext_lazy("scan", "Delayed")
    UNDELIVERABLE = "undeliverable", pgettext_lazy("scan", "Could not be delivered")
    REFUSED = "refused", pgettext_lazy("scan", "Refused by the receiver")
    DAMAGED = "damaged", pgettext_lazy("scan", "Damaged on its way")
    LOST = "lost", pgettext_lazy("scan", "Lost")
    NOTE = "note", pgettext_lazy("scan", "Note")


class ProblemKind(models.TextChoices):
    """What a person has to look at."""

    UNSCANNED = "unscanned", pgettext_lazy("parcel problem", "Announced, but the carrier has not picked it up")
    STUCK = "stuck", pgettext_lazy("parcel problem", "Nothing heard for days")
    LOST = "lost", pgettext_lazy("parcel problem", "Lost")
    DAMAGED = "damaged", pgettext_lazy("parcel problem", "Damaged on its way")
    UNDELIVERABLE = "undeliverable", pgettext_lazy("parcel problem", "Could not be delivered")
    REFUSED = "refused", pgettext_lazy("parcel problem", "Refused by the receiver")
    RETURNED = "returned", pgettext_lazy("parcel problem", "Went back to its sender")

"""Goods that come after their claim has gone on: it was paid out on the parcel's first scan."""

from __future__ import annotations

from aftersales.claims.services.moving import changing_claim
from aftersales.parcels.choices import ParcelDirection
from aftersales.parcels.errors import ReceivedAlready
from aftersales.parcels.models import Parcel
from helpdesk.accounts.permissions import GOODS_HANDLE
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, NotFound


def take_in(parcel_id: int, *, by: Actor) -> Parcel:
    """Our warehouse has the parcel; announces parcel.received. The claim itself does not move.

    Refuses (`ReceivedAlready`) a second time, and (`NotFound`) what does not come to us.
    """
    if by.staff is None or not by.staff.can(GOODS_HANDLE):
        raise Forbidden
    rows = Parcel.objects.filter(pk=parcel_id, direction=ParcelDirection.BACK)
    claim_id = rows.values_list("claim_id", flat=True).first()
    if claim_id is None:
        raise NotFound
    with changing_claim(claim_id, "take_in_parcel", by=by) as (claim, change):
        parcel = Parcel.objects.select_for_update(no_key=True, of=("self",)).get(pk=parcel_id)
        if parcel.received_at is not None:
            raise ReceivedAlready
        parcel.received_at, parcel.is_open, parcel.follow_at = change.now, False, None
        parcel.save(update_fields=["received_at", "is_open", "follow_at"])
        parcel.problems.filter(closed_at__isnull=True).update(closed_at=change.now)
        change.announce("parcel.received", claim=claim.pk, parcel=parcel.pk, number=parcel.number)
    return parcel

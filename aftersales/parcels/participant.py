"""Parcels in the moves of claims: a number is checked before anything is written, and its parcel written with the move."""

from __future__ import annotations

from aftersales.claims.services.moving import Moving
from aftersales.parcels.choices import ParcelDirection
from aftersales.parcels.models import Parcel
from aftersales.parcels.services.announcing import Tracking, add_parcel, clean_tracking, require_free, tell_announced
from aftersales.parcels.services.following import first_scan_of

_DIRECTIONS = {
    "send_back": ParcelDirection.BACK,
    "dispatch": ParcelDirection.OUT,
    "turn_down": ParcelDirection.OUT,
}
# With these the parcels of a direction have done their work.
_ENDS = {
    "receive": ParcelDirection.BACK,
    "hand_in": ParcelDirection.BACK,
    "deliver": ParcelDirection.OUT,
    "arrive_back": ParcelDirection.OUT,
}


class Parcels:
    """Takes part in every move of a claim that has parcels, or may get one."""

    def check(self, moving: Moving) -> None:
        """Carrier and number are such, and nobody else's."""
        if "parcel" not in moving.move.asks:
            return
        tracking = clean_tracking(moving.arguments.get("parcel"))
        moving.arguments["parcel"] = tracking
        if tracking is not None:
            require_free(moving.claim, tracking)
            moving.data["parcel"] = tracking.as_json()

    def apply(self, moving: Moving) -> None:
        """Write the parcel; close those whose way is over; let the others be looked at with the claim's new state."""
        claim, name = moving.claim, moving.move.name
        tracking: Tracking | None = moving.arguments.get("parcel")
        parcels = Parcel.objects.filter(claim=claim, is_open=True)
        if name in _ENDS:
            ended = parcels.filter(direction=_ENDS[name])
            is_ours = _ENDS[name] == ParcelDirection.BACK
            ended.update(is_open=False, follow_at=None, **({"received_at": moving.now} if is_ours else {}))
        if moving.came_from == "returning" and name not in _ENDS:
            parcels.filter(direction=ParcelDirection.BACK).update(is_owed=True)
        if claim.state in {"cancelled", "refused", "expired", "rejected"}:
            parcels.update(is_open=False, follow_at=None)
        if tracking is not None:
            parcel = add_parcel(claim, tracking, _DIRECTIONS[name], moving.now)
            tell_announced(moving.change, parcel)
        if name == "send_back":
            claim.first_scan_at = first_scan_of(claim)
        parcels.filter(is_open=True).update(follow_at=moving.now, held="")
        if name == "await_delivery" and claim.order_id is not None:
            Parcel.objects.filter(order_id=claim.order_id, claim__isnull=True).update(follow_at=moving.now)

"""Promises, visits, times, parcels, preventive actions and offers as the API writes them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from aftersales.claims.models import NUMBER_PREFIX
from aftersales.complaints.models import PreventiveAction
from aftersales.outlets.selectors import Work
from aftersales.parcels.selectors import Told
from aftersales.promises.selectors import Shown
from aftersales.visits.models import Visit
from aftersales.visits.slots import Slot
from helpdesk.core.api.paging import moment

PROMISE: dict[str, Any] = {
    "id": 3, "due_at": "2026-05-11T02:00:00.000Z", "made_at": "2026-05-10T02:00:00.000Z", "made_by": "Ann Lee",
    "state": "stands", "kept_at": None,
}  # fmt: skip
VISIT: dict[str, Any] = {
    "id": 7, "claim": "AS-41", "state": "booked", "engineer": "egon", "outlet": None, "minutes": 60,
    "window_start": "2026-05-12T01:00:00.000Z", "window_end": "2026-05-12T03:00:00.000Z", "planned_at": None,
    "asked_at": "2026-05-10T02:00:00.000Z", "confirmed_at": "2026-05-10T03:00:00.000Z", "checked_in_at": None,
    "finished_at": None, "result": "", "rebookings": 0, "row_version": 2,
}  # fmt: skip
SLOT: dict[str, Any] = {
    "slot": "20260512T0100Z-120", "start": "2026-05-12T01:00:00.000Z", "end": "2026-05-12T03:00:00.000Z",
    "is_outlet": False,
}  # fmt: skip
PARCEL: dict[str, Any] = {
    "id": 9, "claim": "AS-41", "order": 501, "direction": "back", "carrier": "sf", "number": "SF1234567890123",
    "state": "in_transit", "is_open": True, "announced_at": "2026-05-10T02:00:00.000Z",
    "delivered_at": None, "received_at": None, "problems": [],
    "events": [{"at": "2026-05-10T08:00:00.000Z", "words": "Arrived at Hangzhou", "place": "Hangzhou"}],
}  # fmt: skip
ACTION: dict[str, Any] = {
    "id": 4, "claim": "AS-41", "words": "Check the seal of lot L7.", "owner": "ana", "due_on": "2026-05-20",
    "state": "open", "result": "", "ended_at": None, "row_version": 1,
}  # fmt: skip
OFFER: dict[str, Any] = {
    "id": 5, "work_order": "WO-12", "claim": "AS-41", "kind": "repair", "area": "Hangzhou West",
    "window_start": "2026-05-12T01:00:00.000Z", "window_end": "2026-05-12T03:00:00.000Z",
    "offered_at": "2026-05-10T02:00:00.000Z", "expires_at": "2026-05-10T02:30:00.000Z",
}  # fmt: skip
WORK_ORDER: dict[str, Any] = {
    "number": "WO-12", "claim": "AS-41", "state": "accepted", "accepted_at": "2026-05-10T02:10:00.000Z",
}  # fmt: skip


def promise_output(row: Shown) -> dict[str, Any]:
    return {
        "id": row.promise.pk,
        "due_at": moment(row.promise.due_at),
        "made_at": moment(row.promise.made_at),
        "made_by": row.promise.made_by_name,
        "state": row.state,
        "kept_at": moment(row.kept_at),
    }


def visit_output(row: Visit) -> dict[str, Any]:
    """A visit loaded for rows; its address is the claim's page's."""
    return {
        "id": row.pk,
        "claim": f"{NUMBER_PREFIX}{row.claim_id}",
        "state": row.state,
        "engineer": row.engineer.staff.username if row.engineer else None,
        "outlet": row.outlet.name if row.outlet else None,
        "minutes": row.minutes,
        "window_start": moment(row.window_start),
        "window_end": moment(row.window_end),
        "planned_at": moment(row.planned_at),
        "asked_at": moment(row.asked_at),
        "confirmed_at": moment(row.confirmed_at),
        "checked_in_at": moment(row.checked_in_at),
        "finished_at": moment(row.finished_at),
        "result": row.result,
        "rebookings": row.rebookings,
        "row_version": row.row_version,
    }


def slot_output(slot: Slot) -> dict[str, Any]:
    start, end = (moment(one.astimezone(UTC)) for one in (slot.start, slot.end))
    return {"slot": slot.key, "start": start, "end": end, "is_outlet": slot.outlet}


def parcel_output(told: Told) -> dict[str, Any]:
    row = told.parcel
    return {
        "id": row.pk,
        "claim": f"{NUMBER_PREFIX}{row.claim_id}" if row.claim_id else None,
        "order": row.order_id,
        "direction": row.direction,
        "carrier": row.carrier.key,
        "number": row.number,
        "state": row.state,
        "is_open": row.is_open,
        "announced_at": moment(row.announced_at),
        "delivered_at": moment(row.delivered_at),
        "received_at": moment(row.received_at),
        "problems": [problem.kind for problem in told.problems],
        "events": [{"at": moment(one["at"]), "words": one["words"], "place": one["place"]} for one in told.events],
    }


def action_output(row: PreventiveAction) -> dict[str, Any]:
    return {
        "id": row.pk,
        "claim": f"{NUMBER_PREFIX}{row.claim_id}",
        "words": row.words,
        "owner": row.owner.username,
        "due_on": row.due_on.isoformat(),
        "state": row.state,
        "result": row.result,
        "ended_at": moment(row.ended_at),
        "row_version": row.row_version,
    }


def offer_output(work: Work) -> dict[str, Any]:
    """An open offer: what the outlet has to know before it answers, and nothing of the customer."""
    assert work.offer is not None
    visit = work.visit
    return {
        "id": work.offer.pk,
        "work_order": work.order.number,
        "claim": work.claim.number,
        "kind": work.claim.kind,
        "area": visit.area.label if visit is not None and visit.area is not None else None,
        "window_start": moment(visit.window_start) if visit is not None else None,
        "window_end": moment(visit.window_end) if visit is not None else None,
        "offered_at": moment(work.offer.offered_at),
        "expires_at": moment(work.offer.expires_at),
    }

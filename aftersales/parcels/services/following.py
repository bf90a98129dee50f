"""What a carrier said takes effect: the parcel's row is worked out anew, problems are raised, the claim makes its move.

Three steps, each a transaction of its own, and each does nothing when it has been done: a death between them is made good
by the next look, since `follow_at` is cleared last. A claim pays out on its first scan once, because its state then is no
longer the one from which it does.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from aftersales.claims.errors import MoveNotPossible
from aftersales.claims.models import Claim
from aftersales.claims.services.moving import changing_claim, move_claim
from aftersales.parcels import calc
from aftersales.parcels.calc import Heard, Situation, Story
from aftersales.parcels.choices import ParcelDirection, ParcelState
from aftersales.parcels.models import OTHER, CarrierEvent, Parcel
from aftersales.parcels.services import problems
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.errors import Refused
from helpdesk.customers.models import OrderState
from helpdesk.customers.services.deliveries import mark_delivered, mark_shipped

log = logging.getLogger(__name__)
# A parcel whose look failed holds up none of those behind it.
AGAIN_AFTER = timedelta(minutes=1)


def follow_due(now: datetime, limit: int) -> int:
    """Look at the parcels whose time has come; returns how many went well."""
    due = Parcel.objects.filter(follow_at__lte=now).order_by("follow_at", "pk").values_list("pk", flat=True)
    done = 0
    for pk in list(due[:limit]):
        try:
            follow_parcel(pk)
            done += 1
        except Exception:
            log.exception("parcel %s could not be followed; it is looked at again", pk)
            Parcel.objects.filter(pk=pk).update(follow_at=now + AGAIN_AFTER)
    return done


def oldest_due() -> datetime | None:
    """The time of the oldest parcel that is late."""
    late = Parcel.objects.filter(follow_at__lte=clock.now()).order_by("follow_at")
    return late.values_list("follow_at", flat=True).first()


def follow_parcel(parcel_id: int) -> None:
    """Everything that follows from what is known of a parcel now."""
    parcel = Parcel.objects.select_related("carrier", "claim").get(pk=parcel_id)
    seen = parcel.follow_at
    if parcel.claim_id is not None:
        with changing_claim(parcel.claim_id, "follow_parcel", by=SYSTEM) as (claim, change):
            row = Parcel.objects.select_for_update(no_key=True, of=("self",)).get(pk=parcel_id)
            before = row.state
            look_at = _refresh(row, claim.opened_at, change.now)
            scanned_at = first_scan_of(claim)
            if scanned_at != claim.first_scan_at:
                claim.first_scan_at = scanned_at
                claim.save(update_fields=["first_scan_at"])
            if row.state != before:
                state = [before, row.state]
                change.announce("parcel.moved", claim=claim.pk, parcel=row.pk, number=row.number, state=state)
        held = _move_claim(parcel.claim_id, row.direction)
    else:
        with transaction.atomic():
            row = Parcel.objects.select_for_update(no_key=True, of=("self",)).get(pk=parcel_id)
            look_at = _refresh(row, None, clock.now())
        held = _follow_order(row)
    problems.ask_for_help(row)
    Parcel.objects.filter(pk=parcel_id, follow_at=seen).update(follow_at=look_at, held=held)


def first_scan_of(claim: Claim) -> datetime | None:
    """When a carrier first had goods of the claim that are on their way back now."""
    back = Parcel.objects.filter(claim=claim, direction=ParcelDirection.BACK, is_open=True)
    return back.aggregate(first=Min("first_scan_at"))["first"]


def events_of(parcel: Parcel) -> list[CarrierEvent]:
    """What its carrier said of its number, in the order of happening."""
    events = CarrierEvent.objects.filter(number=parcel.number).select_related("carrier").order_by("at", "pk")
    mine, other = parcel.carrier_id, parcel.carrier.key == OTHER
    return [event for event in events if other or event.carrier_id == mine or event.carrier.key == OTHER]


def story_of(parcel: Parcel, since: datetime | None) -> Story:
    return calc.tell_story([Heard(event.scan, event.at) for event in events_of(parcel)], since)


def _refresh(parcel: Parcel, since: datetime | None, now: datetime) -> datetime | None:
    """Work the locked row out from what was said; returns when silence about it would matter."""
    story = story_of(parcel, since)
    parcel.state, parcel.first_scan_at = story.state, story.first_scan_at
    parcel.last_event_at, parcel.delivered_at = story.last_event_at, story.delivered_at
    parcel.save(update_fields=["state", "first_scan_at", "last_event_at", "delivered_at"])
    if not parcel.is_open:
        return None
    silence = calc.judge_silence(story, parcel.announced_at, parcel.carrier.heard_at, now)
    problems.keep_problems(parcel, story, silence.problem, now)
    return silence.look_at


def _move_claim(claim_id: int, direction: str) -> str:
    """Make the move that follows, if one does; returns its name when it was refused."""
    claim = Claim.objects.get(pk=claim_id)
    parcels = list(Parcel.objects.filter(claim_id=claim_id, direction=direction, is_open=True))
    name = calc.next_move(
        Situation(
            state=claim.state,
            direction=direction,
            settles_on_scan=claim.settles_on_scan,
            are_scanned=any(one.first_scan_at for one in parcels),
            have_arrived=bool(parcels) and all(one.state == ParcelState.DELIVERED for one in parcels),
        )
    )
    return _try(claim, name) if name and claim.machine.find(name, claim.state) else ""


def _try(claim: Claim, name: str) -> str:
    try:
        move_claim(claim.pk, name, by=SYSTEM)
    except MoveNotPossible:
        return ""  # somebody made it a moment ago
    except Refused as refusal:
        log.info("%s does not make the move %s by itself: %s", claim, name, refusal.code)
        return name
    return ""


def _follow_order(parcel: Parcel) -> str:
    """An order travels in one parcel or several: it is delivered when all of them are."""
    assert parcel.order_id is not None, "held by the database"
    parcels = list(Parcel.objects.filter(order_id=parcel.order_id, claim__isnull=True))
    arrivals = [one.delivered_at for one in parcels if one.state == ParcelState.DELIVERED and one.delivered_at]
    if len(arrivals) == len(parcels):
        mark_delivered(parcel.order_id, max(arrivals))
    elif any(one.first_scan_at for one in parcels):
        mark_shipped(parcel.order_id)
    held = ""
    if story_of(parcel, None).is_intercepted:
        held = _try_all(Q(order_id=parcel.order_id, state="redirecting"), "redirected")
    return _try_all(Q(order_id=parcel.order_id, order__state=OrderState.DELIVERED), "ask_visit") or held


def arrange_after_delivery() -> int:
    """Installations that wait for a delivery of which no carrier told us, the shop did; returns how many went on."""
    delivered = Q(order__state=OrderState.DELIVERED) | Q(order__delivered_at__isnull=False)
    return sum(
        not _try(claim, "ask_visit") for claim in Claim.objects.filter(delivered, state="awaiting_delivery")[:200]
    )


def adopt_strays() -> int:
    """Events of numbers that were announced in the moment in which they came in; returns how many numbers were found."""
    strays = CarrierEvent.objects.filter(is_stray=True).values("number")
    found = list(Parcel.objects.filter(number__in=strays).values_list("pk", "number"))
    Parcel.objects.filter(pk__in=[pk for pk, _number in found]).update(follow_at=clock.now())
    numbers = {number for _pk, number in found}
    CarrierEvent.objects.filter(is_stray=True, number__in=numbers).update(is_stray=False)
    return len(numbers)


def _try_all(which: Q, name: str) -> str:
    states = {"ask_visit": "awaiting_delivery", "redirected": "redirecting"}
    refused = [_try(claim, name) for claim in Claim.objects.filter(which, state=states[name]).order_by("pk")]
    return next((one for one in refused if one), "")

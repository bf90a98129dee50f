"""What carriers say moves claims by itself: once, whatever the order and however often it is said."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from aftersales.claims.models import Claim, ClaimKind, ClaimMove
from aftersales.claims.services.moving import move_claim
from aftersales.parcels.choices import ParcelState, Scan
from aftersales.parcels.models import CarrierEvent, Parcel
from helpdesk.core.actors import SYSTEM
from tests.aftersales.parcels.factories import NUMBER, follow, make_awaiting, make_returning, say

pytestmark = pytest.mark.django_db


def names_of(claim: Claim) -> list[str]:
    return list(ClaimMove.objects.filter(claim=claim).order_by("pk").values_list("name", flat=True))


def state_of(claim: Claim) -> str:
    return Claim.objects.get(pk=claim.pk).state


@pytest.mark.req("F12", "carrier webhook")
def test_the_first_scan_pays_out_where_the_rule_says_so_and_only_once() -> None:
    claim = make_returning(on_scan=True)
    follow()
    assert state_of(claim) == "returning"
    for scan in (Scan.COLLECTED, Scan.IN_TRANSIT, Scan.COLLECTED, Scan.OUT_FOR_DELIVERY):
        say(scan)
        follow()
    assert state_of(claim) == "settling"
    assert names_of(claim).count("settle") == 1
    parcel = Parcel.objects.get()
    assert parcel.state == ParcelState.OUT_FOR_DELIVERY
    assert Claim.objects.get(pk=claim.pk).first_scan_at == parcel.first_scan_at


def test_without_the_rule_a_scan_pays_nothing() -> None:
    claim = make_returning()
    say()
    follow()
    assert state_of(claim) == "returning"
    assert Claim.objects.get(pk=claim.pk).first_scan_at is not None


def test_a_scan_of_a_label_that_was_made_beforehand_begins_the_way_back() -> None:
    from aftersales.parcels.services.announcing import announce_parcel

    claim = make_awaiting(on_scan=True)
    announce_parcel(claim.pk, {"carrier": "sf", "number": NUMBER}, "back", by=SYSTEM)
    follow()
    assert state_of(claim) == "awaiting_goods"
    say()
    follow()
    assert state_of(claim) == "settling"
    assert names_of(claim)[-2:] == ["send_back", "settle"]


def test_what_happened_before_the_application_is_no_scan_of_its_parcel() -> None:
    claim = make_returning(on_scan=True)
    say(at=timezone.now() - timedelta(days=3))
    follow()
    assert state_of(claim) == "returning"
    assert Parcel.objects.get().state == ParcelState.ANNOUNCED


@pytest.mark.req("F12", "carrier webhook")
@pytest.mark.parametrize("order", list(permutations([Scan.COLLECTED, Scan.IN_TRANSIT, Scan.DELIVERED])), ids=str)
def test_events_out_of_order_lead_to_the_same_state(order: tuple[str, ...]) -> None:
    claim = make_returning()
    begin = timezone.now() + timedelta(minutes=1)
    hours = {Scan.COLLECTED: 0, Scan.IN_TRANSIT: 5, Scan.DELIVERED: 20}
    for scan in order:
        say(scan, at=begin + timedelta(seconds=hours[Scan(scan)]))
        follow()
    parcel = Parcel.objects.get()
    assert (parcel.state, parcel.first_scan_at) == (ParcelState.DELIVERED, begin)
    assert parcel.delivered_at == begin + timedelta(seconds=20)
    assert state_of(claim) == "returning"


def test_events_of_an_unknown_number_are_kept_and_count_when_the_parcel_is_announced() -> None:
    claim = make_awaiting(on_scan=True)
    assert say().is_known is False
    assert CarrierEvent.objects.get().is_stray
    move_claim(claim.pk, "send_back", by=SYSTEM, arguments={"parcel": {"carrier": "sf", "number": NUMBER}})
    follow()
    assert state_of(claim) == "settling"
    assert not CarrierEvent.objects.get().is_stray


def test_the_same_event_is_kept_once() -> None:
    make_returning()
    at = timezone.now() + timedelta(minutes=1)
    assert [say(at=at).fresh for _time in range(3)] == [1, 0, 0]
    assert CarrierEvent.objects.count() == 1


def test_a_replacement_that_arrives_is_delivered_even_when_its_dispatch_was_written_down_late() -> None:
    claim = make_awaiting(ClaimKind.EXCHANGE)
    line = claim.loaded_lines[0]
    from tests.factories import actor, make_staff

    warehouse = actor(make_staff("wang", role="warehouse"))
    move_claim(claim.pk, "hand_in", by=warehouse, arguments={"received": {str(line.pk): 1}})
    move_claim(claim.pk, "inspect", by=warehouse, arguments={"inspection": {str(line.pk): {"condition": "used"}}})
    move_claim(claim.pk, "order_dispatch", by=SYSTEM)
    say(Scan.DELIVERED)
    follow()
    assert state_of(claim) == "dispatching"
    move_claim(claim.pk, "dispatch", by=warehouse, arguments={"parcel": {"carrier": "sf", "number": NUMBER}})
    follow()
    assert state_of(claim) == "delivered"
    assert not Parcel.objects.get().is_open

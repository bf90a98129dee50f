"""A parcel's story: the same whatever order it is told in, and never going back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.parcels.calc import (
    LOST_AFTER,
    STUCK_AFTER,
    UNSCANNED_AFTER,
    Heard,
    Story,
    judge_silence,
    tell_story,
)
from aftersales.parcels.choices import RANK, ParcelState, ProblemKind, Scan
from aftersales.parcels.models import Carrier, Parcel
from aftersales.parcels.services.announcing import clean_number
from helpdesk.core.errors import Invalid

BEGIN = datetime(2026, 11, 1, 8, tzinfo=UTC)
EVENTS = st.builds(
    Heard, st.sampled_from(Scan.values), st.integers(0, 10**6).map(lambda seconds: BEGIN + timedelta(seconds=seconds))
)


@given(st.lists(EVENTS, max_size=20), st.randoms())
def test_the_order_in_which_events_are_told_means_nothing(events: list[Heard], chance: object) -> None:
    shuffled = [*events, *events[:3]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tell_story(shuffled) == tell_story(events)


@given(st.lists(EVENTS, max_size=15), EVENTS)
def test_a_further_event_never_takes_a_parcel_back(events: list[Heard], further: Heard) -> None:
    before, after = tell_story(events), tell_story([*events, further])
    assert RANK[after.state] >= RANK[before.state]
    if before.first_scan_at is not None:
        assert after.first_scan_at is not None
        assert after.first_scan_at <= before.first_scan_at
    assert (after.state == ParcelState.ANNOUNCED) == (after.first_scan_at is None)


@given(st.lists(EVENTS, max_size=15))
def test_what_lies_before_the_claim_is_not_told(events: list[Heard]) -> None:
    since = BEGIN + timedelta(seconds=500_000)
    assert tell_story(events, since) == tell_story([event for event in events if event.at >= since])
    story = tell_story(events, since)
    assert story.first_scan_at is None or story.first_scan_at >= since


def test_a_delivery_puts_right_what_it_cures_and_nothing_else() -> None:
    hours = [BEGIN + timedelta(hours=hour) for hour in range(4)]
    lost = [Heard(Scan.COLLECTED, hours[0]), Heard(Scan.LOST, hours[1]), Heard(Scan.DAMAGED, hours[2])]
    assert tell_story(lost).problems == {ProblemKind.LOST, ProblemKind.DAMAGED}
    assert tell_story([*lost, Heard(Scan.DELIVERED, hours[3])]).problems == {ProblemKind.DAMAGED}


@pytest.mark.parametrize(
    ("story", "age", "heard", "problem"),
    [
        (Story(), UNSCANNED_AFTER - timedelta(hours=1), timedelta(), ""),
        (Story(), UNSCANNED_AFTER, timedelta(), ProblemKind.UNSCANNED),
        (Story(ParcelState.IN_TRANSIT, BEGIN, BEGIN), STUCK_AFTER - timedelta(hours=1), timedelta(), ""),
        (Story(ParcelState.IN_TRANSIT, BEGIN, BEGIN), STUCK_AFTER, timedelta(), ProblemKind.STUCK),
        (Story(ParcelState.IN_TRANSIT, BEGIN, BEGIN), LOST_AFTER, timedelta(), ProblemKind.LOST),
        # the carrier is silent about everything: that is no fault of this parcel
        (Story(ParcelState.IN_TRANSIT, BEGIN, BEGIN), STUCK_AFTER, timedelta(days=3), ""),
        (Story(), UNSCANNED_AFTER, None, ""),
        (Story(ParcelState.DELIVERED, BEGIN, BEGIN, BEGIN), LOST_AFTER, timedelta(), ""),
    ],
)
def test_silence_is_judged_by_how_long_it_lasts_and_whose_it_is(
    story: Story, age: timedelta, heard: timedelta | None, problem: str
) -> None:
    now = BEGIN + age
    silence = judge_silence(story, BEGIN, None if heard is None else now - heard, now)
    assert silence.problem == problem
    assert silence.look_at is None or silence.look_at > now


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("sf1234567890123", "SF1234567890123"),
        (" SF 1234 5678 90123 ", "SF1234567890123"),
        ("ＳＦ１２３４５６７８", "SF12345678"),
        ("jd-0012-3", "JD-0012-3"),
    ],
)
def test_a_number_is_put_right_as_people_and_scanners_type_it(typed: str, kept: str) -> None:
    assert clean_number(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "12345", "x" * 41, "SF12345678\x00", "<script>1", "单号12345678", "-1234567", None, 7]
)
def test_what_is_no_number_is_refused(typed: object) -> None:
    with pytest.raises(Invalid):
        clean_number(typed)


def test_a_page_of_a_parcel_has_its_number() -> None:
    known = Carrier(page="https://carrier.example/?n={number}")
    assert Parcel(carrier=known, number="SF12345678").page == "https://carrier.example/?n=SF12345678"
    assert Parcel(carrier=Carrier(), number="SF12345678").page == ""

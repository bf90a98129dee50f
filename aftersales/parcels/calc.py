"""What a carrier's events say of a parcel, and which move of its claim follows: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftersales.parcels.choices import RANK, ParcelDirection, ParcelState, ProblemKind, Scan

# How long nobody hears of a parcel before a person is asked to look.
UNSCANNED_AFTER = timedelta(days=3)
STUCK_AFTER = timedelta(days=5)
LOST_AFTER = timedelta(days=15)
# A carrier that has said nothing of anything for so long has trouble of its own; its parcels are not judged by it.
SILENT_CARRIER = timedelta(days=1)
# Clocks of carriers differ; what lies further ahead is no time at all.
AHEAD = timedelta(hours=2)

_STATES = {
    Scan.COLLECTED: ParcelState.COLLECTED,
    Scan.OUT_FOR_DELIVERY: ParcelState.OUT_FOR_DELIVERY,
    Scan.AT_PICKUP_POINT: ParcelState.AT_PICKUP_POINT,
    Scan.DELIVERED: ParcelState.DELIVERED,
    Scan.RETURNED: ParcelState.RETURNED,
}
_PROBLEMS = {
    Scan.LOST: ProblemKind.LOST,
    Scan.DAMAGED: ProblemKind.DAMAGED,
    Scan.REFUSED: ProblemKind.REFUSED,
    Scan.UNDELIVERABLE: ProblemKind.UNDELIVERABLE,
    Scan.RETURNED: ProblemKind.RETURNED,
}
# What the parcel's arrival puts right by itself.
_CURED = {ProblemKind.UNSCANNED, ProblemKind.STUCK, ProblemKind.LOST, ProblemKind.UNDELIVERABLE}


@dataclass(frozen=True)
class Heard:
    """One event of a carrier."""

    scan: str
    at: datetime


@dataclass(frozen=True)
class Story:
    """What all events together say. `problems` are those that the carrier named."""

    state: str = ParcelState.ANNOUNCED
    first_scan_at: datetime | None = None
    last_event_at: datetime | None = None
    delivered_at: datetime | None = None
    is_intercepted: bool = False
    problems: frozenset[str] = frozenset()


def tell_story(events: Iterable[Heard], since: datetime | None = None) -> Story:
    """Fold the events, in whatever order they are given; the state is the furthest that any of them says.

    What happened before `since` was another parcel under the same number, or no parcel of this claim.
    """
    told = [event for event in events if since is None or event.at >= since]
    scans = sorted((event for event in told if event.scan != Scan.NOTE), key=lambda event: event.at)
    if not scans:
        return Story(last_event_at=max((event.at for event in told), default=None))
    states = [_STATES.get(Scan(event.scan), ParcelState.IN_TRANSIT) for event in scans]
    arrivals = [event.at for event, state in zip(scans, states, strict=True) if state == ParcelState.DELIVERED]
    state = max(states, key=lambda one: RANK[one])
    found = {str(_PROBLEMS[Scan(event.scan)]) for event in scans if event.scan in _PROBLEMS}
    if state == ParcelState.DELIVERED:
        found -= _CURED
    return Story(
        state=state,
        first_scan_at=scans[0].at,
        last_event_at=max(event.at for event in told),
        delivered_at=min(arrivals, default=None),
        is_intercepted=any(event.scan == Scan.INTERCEPTED for event in scans),
        problems=frozenset(found),
    )


def is_cured(kind: str, story: Story) -> bool:
    """Whether what the carrier said since has put a problem right."""
    if story.state == ParcelState.DELIVERED:
        return kind in _CURED
    return kind == ProblemKind.UNSCANNED and story.first_scan_at is not None


@dataclass(frozen=True)
class Silence:
    """What the silence about a parcel means now, and when to look again (None: never)."""

    problem: str = ""
    look_at: datetime | None = None


def judge_silence(story: Story, announced_at: datetime, heard_at: datetime | None, now: datetime) -> Silence:
    """`heard_at`: when the carrier last said anything about any parcel; None when it never tells us."""
    if story.state in {ParcelState.DELIVERED, ParcelState.RETURNED} or heard_at is None:
        return Silence()
    if story.first_scan_at is None:
        steps = [(announced_at + UNSCANNED_AFTER, ProblemKind.UNSCANNED)]
    else:
        since = story.last_event_at or story.first_scan_at
        steps = [(since + STUCK_AFTER, ProblemKind.STUCK), (since + LOST_AFTER, ProblemKind.LOST)]
    over = [kind for due, kind in steps if due <= now]
    later = [due for due, _kind in steps if due > now]
    if over and now - heard_at > SILENT_CARRIER:
        return Silence(look_at=now + SILENT_CARRIER)
    return Silence(over[-1] if over else "", min(later, default=None))


@dataclass(frozen=True)
class Situation:
    """A claim and its open parcels in one direction, for `next_move`."""

    state: str
    direction: str
    settles_on_scan: bool
    are_scanned: bool
    have_arrived: bool


def next_move(now: Situation) -> str:
    """The move that the claim makes by what carriers said; empty when it waits."""
    if now.direction == ParcelDirection.BACK:
        if now.state == "awaiting_goods" and now.are_scanned:
            return "send_back"
        if now.state == "returning" and now.are_scanned and now.settles_on_scan:
            return "settle"
        return ""
    return {"dispatched": "deliver", "sending_back": "arrive_back"}.get(now.state, "") if now.have_arrived else ""

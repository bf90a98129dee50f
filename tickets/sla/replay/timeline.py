"""The facts of one ticket over time, built from its events. Pure.

What a verb did stands in the events of one moment; the facts after each such moment are what the clocks saw then. Values
that only have a present (kind, priority …) are walked back to the opening by the old values in the events.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeGuard

from helpdesk.core.actors import ActorKind
from tickets.models import FINISHED, Holder, StatusCategory
from tickets.sla.metrics import Facts

PEOPLE = frozenset({str(ActorKind.STAFF), str(ActorKind.API_KEY)})
# Fields whose changes the events tell as [old, new], and the row's column where it has another name.
TRACKED = {
    "kind": "kind",
    "grade": "grade",
    "priority": "priority",
    "status_category": "status_category",
    "holder": "holder",
    "team": "team_id",
    "owner": "owner_id",
    "level": "level",
}
_WORKS = {"note.added", "message.written", "ticket.status_changed"}
_FINISHED = {str(category) for category in FINISHED}


@dataclass(frozen=True)
class Row:
    """A ticket as it is now."""

    id: int
    customer_id: int
    kind: str
    grade: str
    priority: str
    status_category: str
    holder: str
    team_id: int
    owner_id: int | None
    channel_kind: str
    account_id: int
    account_grade: str
    level: str
    created_at: datetime
    is_spam: bool
    is_sub: bool = False


@dataclass(frozen=True)
class Said:
    """What counts of a message: who said it, whether a machine made it, whether it went to an outside party."""

    author_kind: str
    is_auto: bool
    is_forward: bool
    created_at: datetime


@dataclass(frozen=True)
class Happened:
    """One event."""

    name: str
    actor_kind: str
    actor_id: int | None
    data: Mapping[str, Any]


@dataclass
class Moment:
    """What one verb did. `moved`: when each message that came over from another ticket had been said (id → moment)."""

    at: datetime
    events: list[Happened] = field(default_factory=list)
    moved_in: list[tuple[int, datetime, bool]] = field(default_factory=list)
    moved_out: list[int] = field(default_factory=list)


@dataclass
class Past:
    """All that is known of one ticket, in the order of time."""

    row: Row
    moments: list[Moment]
    said: Mapping[int, Said]
    # who is in which teams, as it is now
    teams_of: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """The facts from a moment on. `has_moved`: whether a change of the status, which pauses depend on, came with it."""

    at: datetime
    facts: Facts
    messages: int = 0


def moments_of(events: Iterable[tuple[datetime, Happened]]) -> list[Moment]:
    """Events in their order, put together by verb: what one change announces carries one time and one version of the row."""
    found: list[Moment] = []
    version = None
    for at, event in events:
        if not found or found[-1].at != at or event.data.get("row_version") != version:
            found.append(Moment(at))
        version = event.data.get("row_version")
        found[-1].events.append(event)
    return found


def steps_of(past: Past) -> list[Step]:
    """The facts after each moment; empty for a ticket whose opening is not in the log."""
    return list(_Walk(past).run())


def status_moves(past: Past) -> list[tuple[datetime, str, str]]:
    """The moves of the status: (moment, category before, category after)."""
    return [
        (moment.at, *event.data["status_category"])
        for moment in past.moments
        for event in moment.events
        if event.name == "ticket.status_changed"
    ]


class _Walk:
    """Goes through the moments and keeps what the facts are made of."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.now = _opening_values(past)
        self.is_spam = _was_spam(past)
        self.is_merged = False
        self.by_people: list[tuple[datetime, int]] = []
        self.by_bot: list[tuple[datetime, int]] = []
        self.asked: list[tuple[datetime, int]] = []
        self.taken_up_at: datetime | None = None
        self.handed_over_at: datetime | None = None
        self.queued_at: datetime | None = None
        self.picked_up_at: datetime | None = None
        self.transferred_at: datetime | None = None
        self.taken_over_at: datetime | None = None
        self.reopened_at: datetime | None = None
        self.is_reopened_by_customer = False
        self.solved_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.messages = 0

    def run(self) -> Iterator[Step]:
        is_open = False
        for moment in self.past.moments:
            is_open = is_open or any(event.name == "ticket.created" for event in moment.events)
            if not is_open:
                continue
            for event in moment.events:
                self._take(moment, event)
            for pk, at, is_asked in moment.moved_in:
                insort(self.asked if is_asked else self.by_people, (at, pk))
            if moment.moved_out:
                self._drop(set(moment.moved_out))
            yield Step(moment.at, self._facts(), self.messages)

    # --- Events ------------------------------------------------------------------------------------------------------
    def _take(self, moment: Moment, event: Happened) -> None:
        for name in TRACKED:
            pair = event.data.get(name)
            if _is_pair(pair):
                if name == "status_category" and event.name == "ticket.status_changed":
                    self._move_status(moment.at, *pair)
                self.now[name] = pair[1]
        if event.actor_kind == ActorKind.STAFF:
            self._note_act(moment.at, event)
        handle = getattr(self, "_on_" + event.name.replace(".", "_"), None)
        if handle is not None:
            handle(moment, event)

    def _note_act(self, at: datetime, event: Happened) -> None:
        """The first act of a person of the staff at all, and the first in the team that the ticket was moved to."""
        takes, is_opening_task = _takes(event), self.past.row.is_sub and at <= self.past.row.created_at
        if self.taken_up_at is None and (takes or (_is_taken_up(event) and not is_opening_task)):
            self.taken_up_at = at
        if self.transferred_at is None or self.taken_over_at is not None:
            return
        in_team = self.now["team"] in self.past.teams_of.get(event.actor_id or 0, ())
        if takes or (at > self.transferred_at and event.name in _WORKS and in_team):
            self.taken_over_at = at

    def _move_status(self, at: datetime, before: str, after: str) -> None:
        if before == after:
            return
        if after == StatusCategory.SOLVED:
            self.solved_at = at
        elif after == StatusCategory.CLOSED:
            self.closed_at = at
        else:
            self.solved_at = self.closed_at = None

    def _on_message_received(self, moment: Moment, event: Happened) -> None:
        self.messages += 1
        said = self.past.said.get(event.data["message"])
        if said is not None and not said.is_auto:
            insort(self.asked, (moment.at, event.data["message"]))

    def _on_message_written(self, moment: Moment, event: Happened) -> None:
        self.messages += 1

    _on_note_added = _on_message_written

    def _on_message_withdrawn(self, moment: Moment, event: Happened) -> None:
        self.messages = max(0, self.messages - 1)

    def _on_message_released(self, moment: Moment, event: Happened) -> None:
        pk = event.data["message"]
        said = self.past.said.get(pk)
        if said is None or said.is_auto or said.is_forward:
            return
        if said.author_kind in PEOPLE:
            insort(self.by_people, (moment.at, pk))
        elif said.author_kind == ActorKind.BOT:
            insort(self.by_bot, (moment.at, pk))

    def _on_ticket_handed_over(self, moment: Moment, event: Happened) -> None:
        before, after = event.data["holder"]
        if before == Holder.BOT:
            self.handed_over_at = moment.at
        if after == Holder.QUEUE:
            self.queued_at = moment.at
        elif after == Holder.AGENT:
            self.picked_up_at = moment.at

    def _on_ticket_created(self, moment: Moment, event: Happened) -> None:
        if event.data.get("parent") is not None:  # a task: given to a team from the beginning
            self.transferred_at = moment.at

    def _on_ticket_transferred(self, moment: Moment, event: Happened) -> None:
        self.transferred_at, self.taken_over_at = moment.at, None

    def _on_ticket_reopened(self, moment: Moment, event: Happened) -> None:
        self.reopened_at = moment.at
        self.is_reopened_by_customer = any(other.name == "message.received" for other in moment.events)

    def _on_ticket_marked_spam(self, moment: Moment, event: Happened) -> None:
        self.is_spam = True

    def _on_ticket_unmarked_spam(self, moment: Moment, event: Happened) -> None:
        self.is_spam = False

    def _on_ticket_merged(self, moment: Moment, event: Happened) -> None:
        self.is_merged = True

    def _drop(self, ids: set[int]) -> None:
        for name in ("asked", "by_people", "by_bot"):
            setattr(self, name, [entry for entry in getattr(self, name) if entry[1] not in ids])

    # --- Facts -------------------------------------------------------------------------------------------------------
    def _facts(self) -> Facts:
        row, now = self.past.row, self.now
        answered = self.by_people[-1][0] if self.by_people else None
        bot_answered = self.by_bot[-1][0] if self.by_bot else None
        return Facts(
            ticket_id=row.id,
            kind=now["kind"],
            grade=now["grade"],
            priority=now["priority"],
            status_category=now["status_category"],
            holder=now["holder"],
            team_id=now["team"],
            channel_kind=row.channel_kind,
            account_id=row.account_id,
            account_grade=row.account_grade,
            level=now["level"],
            created_at=row.created_at,
            is_spam=self.is_spam,
            is_merged=self.is_merged,
            first_answer_at=self.by_people[0][0] if self.by_people else None,
            last_answer_at=answered,
            bot_answered_at=bot_answered,
            waiting_since=self._first_asked_after(answered),
            bot_waiting_since=self._first_asked_after(_later(answered, bot_answered)),
            taken_up_at=self.taken_up_at,
            handed_over_at=self.handed_over_at,
            reopened_at=self.reopened_at,
            is_reopened_by_customer=self.is_reopened_by_customer,
            finished_at=(self.solved_at or self.closed_at) if now["status_category"] in _FINISHED else None,
            owner_id=now["owner"],
            queued_at=self.queued_at,
            picked_up_at=self.picked_up_at,
            transferred_at=self.transferred_at,
            taken_over_at=self.taken_over_at,
            is_sub=row.is_sub,
        )

    def _first_asked_after(self, moment: datetime | None) -> datetime | None:
        at = 0 if moment is None else bisect_right(self.asked, moment, key=lambda entry: entry[0])
        return self.asked[at][0] if at < len(self.asked) else None


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((moment for moment in (first, second) if moment is not None), default=None)


def _takes(event: Happened) -> bool:
    """A person takes the ticket for themselves."""
    pair = event.data.get("owner") if event.name == "ticket.assigned" else None
    return _is_pair(pair) and pair[1] == event.actor_id


def _is_taken_up(event: Happened) -> bool:
    """An act of work: an answer, a note, a new status, or opening the ticket; the words of a task are none."""
    if event.name == "ticket.created":
        return event.data.get("by_staff") is True
    return event.name in _WORKS and event.data.get("is_task") is not True


def _opening_values(past: Past) -> dict[str, Any]:
    """Each tracked field as it was before its first change; of one that never changed, as it is."""
    values = {name: getattr(past.row, column) for name, column in TRACKED.items()}
    missing = set(TRACKED)
    for moment in past.moments:
        for event in moment.events:
            for name in [name for name in missing if _is_pair(event.data.get(name))]:
                values[name] = event.data[name][0]
                missing.discard(name)
    if "team" in missing or values["team"] is None:
        values["team"] = past.row.team_id
    return values


def _is_pair(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (list, tuple)) and len(value) == 2


def _was_spam(past: Past) -> bool:
    for moment in past.moments:
        for event in moment.events:
            if event.name == "ticket.marked_spam":
                return False
            if event.name == "ticket.unmarked_spam":
                return True
    return past.row.is_spam


def sorted_moments(moments: Sequence[Moment]) -> list[Moment]:
    """In the order of time; what happened at one moment stays in its order."""
    return sorted(moments, key=lambda moment: moment.at)

"""Who fits a waiting ticket best, and why. Pure: values in, values out, `now` is an argument."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from helpdesk.accounts.models import PresenceState, Seniority
from helpdesk.core.models import ChannelKind
from helpdesk.customers.models import CustomerLevel
from tickets.models import Grade, Priority
from tickets.routing.models import LoadKind, Strategy

LOAD_KINDS = {
    ChannelKind.CHAT: LoadKind.CHAT,
    ChannelKind.WECHAT: LoadKind.CHAT,
    ChannelKind.WECOM: LoadKind.CHAT,
    ChannelKind.WEIBO: LoadKind.CHAT,
    ChannelKind.DOUYIN: LoadKind.CHAT,
    ChannelKind.XIAOHONGSHU: LoadKind.CHAT,
    ChannelKind.PHONE: LoadKind.CALL,
}
LANES = {CustomerLevel.CORE: 0, CustomerLevel.IMPORTANT: 1, CustomerLevel.ORDINARY: 2}
# The green lane of C2: these customers go to senior people first.
GREEN = 0
_PRIORITIES = {Priority.URGENT: 0, Priority.HIGH: 2, Priority.NORMAL: 4, Priority.LOW: 6}
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
Reason = dict[str, Any]


def load_kind_of(channel_kind: str) -> str:
    """Whether a conversation of this channel takes a place among the chats, the calls or the mails."""
    return str(LOAD_KINDS.get(channel_kind, LoadKind.MAIL))  # type: ignore[call-overload]


def load_kind_of_ticket(ticket: Any) -> str:
    """The same of a ticket: a sub-ticket is written work whatever channel its parent came by, since nobody waits on the line."""
    return str(LoadKind.MAIL) if ticket.is_sub else load_kind_of(ticket.channel_kind)


def channel_kinds_of(load_kind: str) -> list[str]:
    """The channels whose conversations count as this kind, without the mails (those are all others)."""
    return [str(channel) for channel, kind in LOAD_KINDS.items() if kind == load_kind]


def lane_of(level: str) -> int:
    """0 is the green lane."""
    return LANES.get(level, 2)  # type: ignore[call-overload]


def urgency_of(priority: str, grade: str) -> int:
    """0 first: by priority, and within it complex matters before regular ones."""
    return _PRIORITIES.get(priority, 4) + (0 if grade == Grade.COMPLEX else 1)  # type: ignore[call-overload]


def needs_key(needs: Mapping[str, int]) -> str:
    """The needed skills as text, the same for the same needs."""
    return ",".join(f"{skill}:{level}" for skill, level in sorted(needs.items(), key=lambda item: int(item[0])))


def needs_of_key(key: str) -> dict[str, int]:
    return {skill: int(level) for skill, level in (part.split(":") for part in key.split(",") if part)}


@dataclass(frozen=True)
class Waiting:
    """A ticket that waits, as far as the choice depends on it."""

    ticket_id: int
    team_id: int
    load_kind: str
    lane: int = 2
    needs: Mapping[str, int] = field(default_factory=dict)
    account_owner: int | None = None
    last_agent: int | None = None
    # people who were asked a moment ago and did not take it
    asked: Collection[int] = ()


@dataclass
class Candidate:
    """A person who might take it, as they are now."""

    id: int
    name: str
    team_ids: frozenset[int]
    may_work: bool = True
    seniority: int = Seniority.REGULAR
    state: str = PresenceState.ONLINE
    is_connected: bool = True
    is_on_shift: bool = True
    is_overtime: bool = False
    most: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    skills: Mapping[str, int] = field(default_factory=dict)
    given_at: datetime | None = None

    def room(self, load_kind: str) -> int:
        """How many more of this kind they take."""
        return self.most.get(load_kind, 0) - self.used.get(load_kind, 0)

    def share(self, load_kind: str) -> float:
        """How full they are, 0 to 1 and beyond."""
        most = self.most.get(load_kind, 0)
        return self.used.get(load_kind, 0) / most if most else 1.0

    @property
    def absence(self) -> str:
        """Why they get nothing now, as a code; empty when they are there."""
        if not self.may_work:
            return "inactive"
        if not self.is_connected or self.state == PresenceState.OFFLINE:
            return "offline"
        if self.state != PresenceState.ONLINE:
            return self.state
        return "" if self.is_on_shift or self.is_overtime else "off_shift"

    def lacks(self, needs: Mapping[str, int]) -> list[str]:
        """The ids of needed skills that they do not have at the level."""
        return [skill for skill, level in needs.items() if self.skills.get(skill, 0) < level]


def why_not(waiting: Waiting, person: Candidate) -> str:
    """Why a person does not come into question, as a code; empty when they do."""
    if waiting.team_id not in person.team_ids:
        return "team"
    if person.absence:
        return person.absence
    if person.lacks(waiting.needs):
        return "skill"
    if person.room(waiting.load_kind) <= 0:
        return "full"
    return "asked" if person.id in waiting.asked else ""


def order_for(waiting: Waiting, strategy: str) -> Callable[[Candidate], tuple[Any, ...]]:
    """The sort key of those who come into question: the first is the one.

    Account owner, then last agent; in the green lane the more senior; then by strategy the one with the lower load
    share or the one whose turn it is; then who has been idle longest; the id decides the rest.
    """

    def key(person: Candidate) -> tuple[Any, ...]:
        known = 0 if person.id == waiting.account_owner else 1 if person.id == waiting.last_agent else 2
        senior = -person.seniority if waiting.lane == GREEN else 0
        share = person.share(waiting.load_kind) if strategy != Strategy.ROUND_ROBIN else 0.0
        return known, senior, share, person.given_at or LONG_AGO, person.id

    return key


def choose(waiting: Waiting, people: Iterable[Candidate], strategy: str) -> Candidate | None:
    """The person who fits best, or None."""
    fitting = [person for person in people if not why_not(waiting, person)]
    return min(fitting, key=order_for(waiting, strategy), default=None)


def reasons_for(waiting: Waiting, person: Candidate, strategy: str) -> list[Reason]:
    """Why it is this person, as data; the strongest reason first."""
    found: list[Reason] = []
    if person.id == waiting.account_owner:
        found.append({"code": "account_owner"})
    elif person.id == waiting.last_agent:
        found.append({"code": "last_agent"})
    if waiting.lane == GREEN:
        found.append({"code": "vip", "senior": person.seniority == Seniority.SENIOR})
    if waiting.needs:
        found.append({"code": "skills", "skills": {skill: person.skills[skill] for skill in waiting.needs}})
    kind = waiting.load_kind
    found.append({"code": "load", "kind": kind, "used": person.used.get(kind, 0), "most": person.most.get(kind, 0)})
    if strategy != Strategy.MANUAL:
        found.append({"code": "turn" if strategy == Strategy.ROUND_ROBIN else "share"})
    return found


def tally(waiting: Waiting, people: Iterable[Candidate]) -> dict[str, int]:
    """Code of an obstacle → how many people it keeps away; those of other teams are left out."""
    found: dict[str, int] = {}
    for person in people:
        code = why_not(waiting, person)
        if code and code != "team":
            found[code] = found.get(code, 0) + 1
    return found

"""What a prediction may look at: a clock's situation at one moment, and the numbers made of it. Pure.

Everything here was known at the moment itself; nothing that came later goes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import log1p

from helpdesk.core.company import company_zone

# Numbers, which are standardised, with the group whose contributions are told together.
NUMBERS = {
    "share": "time",
    "share_squared": "time",
    "hours_left": "time",
    "hours_allowed": "time",
    "load": "load",
    "unowned": "owner",
    "unowned_share": "owner",
    "messages": "messages",
    "age": "age",
}
# Words, each value of which is a feature of its own.
CATEGORIES = ("priority", "kind", "channel", "level", "team", "hour", "weekday")
GROUPS = (*dict.fromkeys(NUMBERS.values()), *CATEGORIES)


@dataclass(frozen=True, slots=True)
class Situation:
    """A running clock at `at`: `share` of its time is used, `left_seconds` of working time are left of `length_seconds`;
    `load` clocks of its metric were open in the ticket's team; `messages` is how many the conversation had."""

    at: datetime
    share: float
    left_seconds: float
    length_seconds: float
    priority: str
    kind: str
    channel: str
    level: str
    team_id: int
    is_owned: bool
    messages: int
    age_seconds: float
    load: int = 0


def numbers_of(situation: Situation) -> dict[str, float]:
    """The values of `NUMBERS`."""
    share = min(max(situation.share, 0.0), 1.0)
    unowned = 0.0 if situation.is_owned else 1.0
    return {
        "share": share,
        "share_squared": share * share,
        "hours_left": log1p(max(situation.left_seconds, 0.0) / 3600),
        "hours_allowed": log1p(max(situation.length_seconds, 0.0) / 3600),
        "load": log1p(max(situation.load, 0)),
        "unowned": unowned,
        "unowned_share": unowned * share,
        "messages": log1p(max(situation.messages, 0)),
        "age": log1p(max(situation.age_seconds, 0.0) / 3600),
    }


def words_of(situation: Situation) -> dict[str, str]:
    """The values of `CATEGORIES`; hours in stretches of three, by the company's clocks."""
    local = situation.at.astimezone(company_zone())
    return {
        "priority": situation.priority,
        "kind": situation.kind,
        "channel": situation.channel,
        "level": situation.level,
        "team": str(situation.team_id),
        "hour": str(local.hour // 3),
        "weekday": str(local.weekday()),
    }

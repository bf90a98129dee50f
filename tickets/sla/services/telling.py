"""What statistics count a clock by, as it stands when the clock is decided: its ledger keeps it and its event tells it, so
that neither a later transfer nor a new owner moves what happened before."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from tickets.sla.models import Clock, ClockEventKind
from tickets.sla.services.writing import plain

WITHDRAWN = "clock.breach_withdrawn"
TOLD = {ClockEventKind.MET: "clock.met", ClockEventKind.BREACHED: "clock.breached"}


class Placed(Protocol):
    """A ticket's place at this moment: `Facts` has it, and what the sweep reads of a ticket."""

    @property
    def team_id(self) -> int: ...
    @property
    def owner_id(self) -> int | None: ...
    @property
    def account_id(self) -> int: ...
    @property
    def channel_kind(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> str: ...


def counted(clock: Clock, place: Placed, at: datetime | None) -> dict[str, Any]:
    """Ids and fixed words: which deadline was decided at `at` (met, or its time was over), and where the ticket lay."""
    return {
        "generation": clock.generation,
        "target": clock.target_id,
        "version": clock.policy_version_id,
        "at": plain(at),
        "spent": clock.spent_seconds,
        "team": place.team_id,
        "owner": place.owner_id,
        "account": place.account_id,
        "channel": place.channel_kind,
        "kind": place.kind,
        "level": place.level,
    }


def told(kind: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Name and data of the event that a line of the ledger is worth, None for one that concerns nobody else."""
    if kind == ClockEventKind.RECOMPUTED and "withdrawn" in data:
        return WITHDRAWN, {"generation": data["withdrawn"]}
    name = TOLD.get(ClockEventKind(kind))
    if name is None:
        return None
    is_late = bool(data.get("is_late")) or data.get("in_time") is False
    return name, {"is_late": is_late, "counted": data["counted"]}

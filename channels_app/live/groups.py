"""The one module for group names. Who receives a push is decided by its sender, in these words.

A group holds sockets, not people: a socket joins the groups of its person's rights and leaves them when a right goes.
"""

from __future__ import annotations

from collections.abc import Iterable

# Sockets of those who may see every ticket (`ticket.view_all`); they join no team's group.
ALL = "all"
# Sockets whose page shows people and queues (wallboard, team, queues); what it gets is a hint without content.
FLOOR = "floor"
# Not a group of sockets: the whole push of one batch of the event log, taken apart by the hub.
BATCH = "batch"


_TICKET = "ticket:"


def team(team_id: int) -> str:
    """The people who work in a team and see its tickets."""
    return f"team:{team_id}"


def staff(staff_id: int) -> str:
    """Every socket of one person."""
    return f"staff:{staff_id}"


def ticket(ticket_id: int) -> str:
    """The sockets that have this ticket open; joined only after a check that the person may see it."""
    return f"{_TICKET}{ticket_id}"


def is_ticket(group: str) -> bool:
    """Whether the name is one of `ticket`."""
    return group.startswith(_TICKET)


def of_person(staff_id: int, *, sees_all: bool, team_ids: Iterable[int]) -> frozenset[str]:
    """The groups of a person with these rights; the counterpart of `seeing`."""
    return frozenset({staff(staff_id)} | ({ALL} if sees_all else {team(pk) for pk in team_ids}))


def seeing(*, team_id: int, owner_id: int | None, watcher_ids: Iterable[int] = ()) -> list[str]:
    """The groups whose members may see a ticket of this team, owner and watchers, as `visible_to` decides it."""
    people = {*watcher_ids} | ({owner_id} if owner_id is not None else set())
    return [ALL, team(team_id), *(staff(pk) for pk in sorted(people))]

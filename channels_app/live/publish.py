"""Consumer of the event log that pushes changes to open desks: ids, version and position, only to who may see them.

One batch of events becomes one message on the bus, with its first and last position: whoever sees the next batch start
behind a hole knows that something was lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from channels_app.live import groups
from helpdesk.accounts.models import Team
from helpdesk.core import bus
from helpdesk.core.models import Event
from tickets.models import Ticket, Watcher

Payload = dict[str, Any]

# Events after which no list holds more or fewer tickets than before.
WITHOUT_COUNTS = frozenset(
    {
        "ticket.forwarded",
        "ticket.linked",
        "ticket.offer_declined",
        "ticket.offer_lapsed",
        "ticket.offered",
        "ticket.read",
        "ticket.unlinked",
        "ticket.unwatched",
        "ticket.watched",
    }
)
# Events about people that change nobody's rights.
WITHOUT_RIGHTS = frozenset({"staff.signed_in", "staff.sign_in_failed"})
# Events that stand for changes of very many tickets.
CHANGING_MANY = frozenset({"clock.recomputed"})
# Events after which the pages that show people and queues look again; the rest of it is in the tickets' rows.
CHANGING_FLOOR = frozenset(
    {
        "presence.changed",
        "staff.deactivated",
        "staff.reactivated",
        "membership.changed",
        "roster.changed",
        "routing.changed",
    }
)
EVERYONE = "*"


@dataclass(frozen=True)
class Addressed:
    """A payload with its receivers: sockets in any of `to`, except those in any of `but`."""

    payload: Payload
    to: tuple[str, ...]
    but: tuple[str, ...] = ()

    def as_json(self) -> Payload:
        return {"g": list(self.to), "d": self.payload} | ({"x": list(self.but)} if self.but else {})


def push_events(events: Sequence[Event]) -> None:
    """Push each changed ticket once per batch when this transaction has committed; two queries, whatever the batch."""
    if not events:
        return
    batch = as_batch(events)
    transaction.on_commit(lambda: bus.push([(groups.BATCH, batch)]))


def as_batch(events: Sequence[Event]) -> Payload:
    """What goes over the bus: positions `f` to `p`, addressed messages `m`, and whose rights changed `r`."""
    return {
        "f": events[0].position,
        "p": events[-1].position,
        "m": [message.as_json() for message in messages_for(events)],
        "r": people_with_new_rights(events),
    }


def messages_for(events: Sequence[Event]) -> list[Addressed]:
    """A row for each changed ticket, a farewell to those who lost it, and one hint that counts have changed."""
    by_ticket: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        if event.ticket_id is not None:
            by_ticket[event.ticket_id].append(event)
    hints = [*_stale(events), *_floor(events)]
    if not by_ticket:
        return hints
    watchers = watchers_of([*by_ticket, *_absorbing(events)])
    found: list[Addressed] = hints
    counted: set[str] = set()
    rows = Ticket.objects.filter(pk__in=by_ticket).order_by("pk").values_list("pk", "row_version", "team", "owner")
    for pk, version, team_id, owner_id in rows:
        seeing = groups.seeing(team_id=team_id, owner_id=owner_id, watcher_ids=watchers[pk])
        lost = sorted(_former_of(by_ticket[pk], watchers).difference(seeing))
        found.append(Addressed(row(pk, version, by_ticket[pk]), tuple(seeing)))
        if lost:
            found.append(Addressed(gone(pk, by_ticket[pk]), tuple(lost), tuple(seeing)))
        if any(changes_counts(event.name) for event in by_ticket[pk]):
            counted |= {*seeing, *lost}
    if counted:
        found.append(Addressed({"t": "counts"}, tuple(sorted(counted))))
    return found


def _stale(events: Sequence[Event]) -> list[Addressed]:
    """What changed many rows at once tells every desk to look again in its own time, instead of naming the rows."""
    if not any(event.name in CHANGING_MANY for event in events):
        return []
    teams = Team.objects.filter(is_active=True).values_list("pk", flat=True)
    return [Addressed({"t": "stale"}, (groups.ALL, *(groups.team(pk) for pk in teams)))]


def _floor(events: Sequence[Event]) -> list[Addressed]:
    """One hint for a batch, however many people changed their state; it names nobody."""
    if not any(event.name in CHANGING_FLOOR for event in events):
        return []
    return [Addressed({"t": "floor"}, (groups.FLOOR,))]


def row(ticket_id: int, version: int, events: Sequence[Event]) -> Payload:
    """The message about a changed ticket: id, version, position and the events' names, in their order, each once."""
    names = list(dict.fromkeys(event.name for event in events))
    return {"t": "row", "id": ticket_id, "v": version, "p": events[-1].position, "e": names}


def gone(ticket_id: int, events: Sequence[Event]) -> Payload:
    """The message to those who may no longer see a ticket."""
    return {"t": "gone", "id": ticket_id, "p": events[-1].position}


def watchers_of(ticket_ids: Iterable[int]) -> Mapping[int, set[int]]:
    """Watching people by ticket; one query."""
    found: dict[int, set[int]] = defaultdict(set)
    for ticket_id, staff_id in Watcher.objects.filter(ticket__in=set(ticket_ids)).values_list("ticket", "staff"):
        found[ticket_id].add(staff_id)
    return found


def former_groups(event: Event, watchers: Mapping[int, set[int]]) -> set[str]:
    """The groups that an event takes the ticket away from: an old team, an old owner, someone who stopped watching.

    A merge moves the watchers along, so those of the absorbing ticket may have lost the absorbed one.
    """
    data = event.data
    found = {groups.team(team_id) for team_id in (_old(data.get("team")), data.get("team_before")) if team_id}
    owner_id = _old(data.get("owner"))
    if owner_id:
        found.add(groups.staff(owner_id))
    if event.name == "ticket.unwatched" and isinstance(data.get("staff"), int):
        found.add(groups.staff(data["staff"]))
    if event.name == "ticket.merged":
        found |= {groups.staff(pk) for pk in watchers[data["into"]]}
    return found


def _former_of(events: Iterable[Event], watchers: Mapping[int, set[int]]) -> set[str]:
    return set().union(*(former_groups(event, watchers) for event in events))


def _old(pair: Any) -> int | None:
    """The first of `[old, new]`; events also carry plain ids under the same name (a new ticket's team)."""
    return pair[0] if isinstance(pair, list) and len(pair) == 2 else None


def _absorbing(events: Iterable[Event]) -> list[int]:
    return [event.data["into"] for event in events if event.name == "ticket.merged"]


def changes_counts(name: str) -> bool:
    """Whether a view may hold more or fewer tickets after an event of this name."""
    return (name.startswith("ticket.") and name not in WITHOUT_COUNTS) or name == "clock.breached"


def people_with_new_rights(events: Iterable[Event]) -> list[int] | str:
    """Whose open sockets must be looked at again: ids, or `*` when a whole team changed."""
    people: set[int] = set()
    for event in events:
        if event.name in WITHOUT_RIGHTS:
            continue
        if event.subject_kind == "team":
            return EVERYONE
        if event.subject_kind == "staff":
            people.add(event.subject_id)
        elif event.subject_kind == "membership" and isinstance(event.data.get("staff"), int):
            people.add(event.data["staff"])
    return sorted(people - {0})

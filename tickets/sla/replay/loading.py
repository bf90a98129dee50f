"""Reading the past of a batch of tickets: at most seven queries, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from helpdesk.accounts.models import Membership
from helpdesk.core.models import Event
from tickets.models import Message, Ticket
from tickets.sla.replay.timeline import Happened, Moment, Past, Row, Said, moments_of, sorted_moments

# What tells nothing of a ticket's facts, and would only be read in vain.
_SILENT = (
    "ticket.read", "ticket.watched", "ticket.unwatched", "ticket.linked", "ticket.unlinked", "ticket.snoozed", "ticket.woken",
    "satisfaction.asked", "satisfaction.answered", "message.delivered", "message.failed", "message.sent_again",
)  # fmt: skip
_Log = dict[int, list[tuple[datetime, Happened]]]


def pasts_of(ticket_ids: Iterable[int], until: datetime) -> list[Past]:
    """The pasts of these tickets up to a moment, in the order of their ids; a ticket whose opening nothing tells is left out."""
    ids = sorted(set(ticket_ids))
    rows = _rows(ids)
    log = _events(rows, until)
    elsewhere = _sources(log)
    origins = _events(
        elsewhere, until, names=("message.received", "message.written", "message.released", "ticket.split")
    )
    said = _messages(log, origins)
    levels = _levels({row.customer_id for row in rows.values()}, until)
    teams_of = _teams_of()
    return [
        Past(rows[pk], _moments(pk, log[pk], log, origins, said, levels[rows[pk].customer_id]), said, teams_of)
        for pk in ids
        if pk in rows and any(event.name == "ticket.created" for _at, event in log[pk])
    ]


def _rows(ids: Sequence[int]) -> dict[int, Row]:
    found = Ticket.objects.filter(pk__in=ids).values_list(
        "pk", "customer_id", "kind", "grade", "priority", "status_category", "holder", "team_id", "owner_id",
        "channel_kind", "account_id", "account__grade", "customer__level", "created_at", "is_spam", "parent_id",
    )  # fmt: skip
    return {row[0]: Row(*row[:-1], is_sub=row[-1] is not None) for row in found}


def _events(ids: Iterable[int], until: datetime, names: Sequence[str] = ()) -> _Log:
    log: _Log = defaultdict(list)
    wanted = list(ids)
    if not wanted:
        return log
    rows = Event.objects.filter(ticket_id__in=wanted, at__lte=until)
    rows = rows.filter(name__in=names) if names else rows.exclude(name__startswith="clock.").exclude(name__in=_SILENT)
    columns = rows.order_by("ticket_id", "id").values_list("ticket_id", "at", "name", "actor_kind", "actor_id", "data")
    for ticket_id, at, name, actor_kind, actor_id, data in columns.iterator(chunk_size=5000):
        log[ticket_id or 0].append((at, Happened(name, actor_kind, actor_id, data)))
    return log


def _sources(log: _Log) -> set[int]:
    """Tickets that these took messages over from: merged into them, or what they were split from."""
    found = set()
    for events in log.values():
        for _at, event in events:
            if event.name == "ticket.absorbed":
                found.add(event.data["source"])
            elif event.name == "ticket.created" and event.data.get("split_from"):
                found.add(event.data["split_from"])
    return found


def _messages(*logs: _Log) -> dict[int, Said]:
    ids = {
        event.data["message"]
        for log in logs
        for events in log.values()
        for _at, event in events
        if event.name in {"message.received", "message.released"}
    }
    rows = Message.objects.filter(pk__in=ids).values_list("pk", "author_kind", "is_auto", "on_release", "created_at")
    return {pk: Said(kind, auto, bool(extra.get("forward")), at) for pk, kind, auto, extra, at in rows}


def _teams_of() -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for staff, team in Membership.objects.values_list("staff_id", "team_id"):
        found[staff].add(team)
    return {staff: frozenset(teams) for staff, teams in found.items()}


def _levels(customer_ids: set[int], until: datetime) -> dict[int, list[tuple[datetime, Happened]]]:
    """Changes of the customers' levels."""
    found: dict[int, list[tuple[datetime, Happened]]] = defaultdict(list)
    rows = Event.objects.filter(
        subject_kind="customer",
        subject_id__in=customer_ids,
        name="customer.changed",
        at__lte=until,
        data__has_key="level",
    )
    for pk, at, kind, actor, data in rows.order_by("id").values_list(
        "subject_id", "at", "actor_kind", "actor_id", "data"
    ):
        found[pk].append((at, Happened("customer.changed", kind, actor, {"level": data["level"]})))
    return found


def _moments(
    ticket_id: int,
    events: list[tuple[datetime, Happened]],
    log: _Log,
    origins: _Log,
    said: dict[int, Said],
    levels: list[tuple[datetime, Happened]],
) -> list[Moment]:
    moments = moments_of(events)
    for moment in moments:
        for event in moment.events:
            if event.name == "ticket.absorbed":
                moment.moved_in += _moved(event.data["source"], moment.at, log, origins, said)
            elif event.name == "ticket.created" and event.data.get("split_from"):
                ids = _split_off(ticket_id, event.data["split_from"], origins)
                moment.moved_in += _moved(event.data["split_from"], moment.at, log, origins, said, only=ids)
            elif event.name == "ticket.split":
                moment.moved_out += event.data["messages"]
    if levels:
        moments = sorted_moments([*moments, *(Moment(at, [event]) for at, event in levels)])
    return moments


def _moved(
    source: int, until: datetime, log: _Log, origins: _Log, said: dict[int, Said], only: set[int] | None = None
) -> list[tuple[int, datetime, bool]]:
    """(message, when it was said, whether the customer asked) of what came over from another ticket."""
    found: list[tuple[int, datetime, bool]] = []
    for at, event in origins.get(source) or log.get(source, []):
        pk: Any = event.data.get("message")
        message = said.get(pk)
        if at > until or message is None or message.is_auto or (only is not None and pk not in only):
            continue
        if event.name == "message.received":
            found.append((pk, at, True))
        elif (
            event.name == "message.released" and not message.is_forward and message.author_kind in {"staff", "api_key"}
        ):
            found.append((pk, at, False))
    return found


def _split_off(ticket_id: int, source: int, origins: _Log) -> set[int]:
    return {
        pk
        for _at, event in origins.get(source, [])
        if event.name == "ticket.split" and event.data.get("into") == ticket_id
        for pk in event.data["messages"]
    }

"""The one way in which a ticket changes.

A verb opens a change on a locked ticket, says what it wants, and leaves the block; then, in one transaction:
participants check (they may refuse, nothing is written yet), messages and fields are written, participants apply,
versions rise, and the event log gets its rows. Lock order everywhere: sender → customer → tickets by id → claims →
clocks → agent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.core.events import Announcement, announce_all
from helpdesk.core.registries import OfSeveral, participants
from tickets.access import can_see, may
from tickets.errors import TicketChanged, TicketMerged
from tickets.models import Message, Ticket

# Fields that a form can edit: changing one raises `edit_version`.
EDITABLE = {"subject", "kind", "priority", "status", "team", "owner", "tags", "fields", "snoozed_until", "solution"}
# Fields that no list row shows.
SILENT = {
    "stage",
    "grade",
    "auto_close_at",
    "survey_at",
    "first_replied_at",
    "solved_at",
    "closed_at",
    "fields",
    "solution",
    "spam_reason",
}
# Values that are personal: the event keeps the field's name, the value lies in the erasable side row.
PERSONAL = {"subject", "fields", "solution"}


@dataclass
class Change:
    """What a verb is about to do to one locked ticket. `before` holds the old values of the changed fields."""

    ticket: Ticket
    verb: str
    by: Actor
    now: datetime
    is_new: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    # public messages of ours that leave with this change, also those stored before it
    released: list[Message] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)
    after_write: list[Callable[[], None]] = field(default_factory=list)
    # of a new ticket, between its row and its messages: what needs the number
    when_numbered: list[Callable[[], None]] = field(default_factory=list)
    # what a person was asked about and said yes to (`open_sub_tickets`)
    confirmed: Collection[str] = ()
    # of a new ticket, what its row was inserted with
    inserted: dict[str, Any] = field(default_factory=dict)
    # what a participant worked out while it checked and carries out when it applies, by the participant's name
    prepared: dict[str, Any] = field(default_factory=dict)

    def set(self, **values: Any) -> None:
        """Want these field values; equal ones are dropped, so a change that changes nothing stays silent."""
        for name, value in values.items():
            if self._same(name, value):
                continue
            if name not in self.before:
                self.before[name] = self._known(name)
            self.after[name] = value

    def _same(self, name: str, value: Any) -> bool:
        if name in self.after or not isinstance(value, Model):
            return bool(self.get(name) == value)
        # compare the key, so that the row behind it is not loaded for it
        return bool(getattr(self.ticket, f"{name}_id") == value.pk)

    def _known(self, name: str) -> Any:
        """The old value; of a row that was not loaded, only its key (that is all the event log keeps)."""
        field = self.ticket._meta.get_field(name)
        if field.is_relation and not self.ticket._state.fields_cache.get(name):
            pk = getattr(self.ticket, f"{name}_id")
            return field.related_model(pk=pk) if pk is not None else None  # type: ignore[misc]
        return getattr(self.ticket, name)

    def get(self, name: str) -> Any:
        """The value as it will be."""
        return self.after.get(name, getattr(self.ticket, name))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.is_new or self.after or self.messages or self.announcements)

    @property
    def has_owner(self) -> bool:
        """Whether somebody owns the ticket after the change; who it is need not be loaded for that."""
        return self.after.get("owner", self.ticket.owner_id) is not None

    def say(self, message: Message) -> Message:
        """Add a message to the conversation."""
        self.messages.append(message)
        return message

    def announce(self, name: str, *, personal: dict[str, Any] | None = None, **data: Any) -> None:
        """Add an event about the ticket."""
        self.announcements.append(
            Announcement(name, "ticket", self.ticket.pk or 0, self.ticket.pk, self.ticket.customer_id, data, personal)
        )

    def changed(self, *names: str) -> bool:
        return any(name in self.after for name in names)


@contextmanager
def changing(
    ticket_id: int,
    verb: str,
    *,
    by: Actor,
    permission: str | None,
    edit_version: int | None = None,
    now: datetime | None = None,
    confirmed: Collection[str] = (),
    sees: Callable[[Actor, Ticket], bool] = can_see,
) -> Iterator[Change]:
    """Lock the ticket, check who asks, let the verb fill the change, write it. `permission` None: for the customer too.

    With `edit_version`, refuses (`TicketChanged`) when an editable field changed since the asker read the ticket. A higher
    room whose records hang on tickets says with `sees` who may change them; it asks for itself who may see its record.
    """
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update(no_key=True).filter(pk=ticket_id).first()
        if ticket is None or not sees(by, ticket):
            raise NotFound
        if permission is not None and not may(by, permission, ticket, verb):
            raise Forbidden
        if edit_version is not None and edit_version != ticket.edit_version:
            raise TicketChanged(edit_version=ticket.edit_version)
        if ticket.merged_into_id is not None and not by.is_trusted:
            raise TicketMerged(merged_into=f"HD-{ticket.merged_into_id}")
        change = Change(ticket, verb, by, now or clock.now(), confirmed=confirmed)
        yield change
        write(change)


def write(change: Change) -> None:
    """Carry the change out; the caller holds the ticket's lock and an open transaction."""
    if change.is_empty:
        return
    _carry_out(change)
    _save(change)
    _announce(change)


def write_all(changes: Sequence[Change]) -> None:
    """Carry out several changes of tickets that the caller has locked, by one actor and at one moment: each by its own rules,
    what participants read and write and the events for all of them at once."""
    changes = [change for change in changes if not change.is_empty]
    several = [one for one in participants() if isinstance(one, OfSeveral)]
    for participant in several:
        participant.begin(changes)
    for change in changes:
        _carry_out(change)
    for participant in several:
        participant.finish(changes)
    _save_all(changes)
    for change in changes:
        _complete(change)
    if changes:
        announced = [announcement for change in changes for announcement in change.announcements]
        announce_all(announced, by=changes[0].by, at=changes[0].now)


def _carry_out(change: Change) -> None:
    for participant in participants():
        participant.check(change.ticket, change)
    ticket = change.ticket
    if change.is_new:
        _set_fields(change)
        ticket.created_at = ticket.updated_at = ticket.last_activity_at = change.now
        ticket.save(force_insert=True)
        change.inserted = dict(change.after)
        for step in change.when_numbered:
            step()
    for message in change.messages:
        message.ticket = ticket
        message.save(force_insert=True)
    for participant in participants():
        participant.apply(ticket, change)
    for step in change.after_write:
        step()
    _set_fields(change)


def _set_fields(change: Change) -> None:
    for name, value in change.after.items():
        setattr(change.ticket, name, value)


def _save(change: Change) -> None:
    columns = _versioned(change)
    if columns:
        change.ticket.save(update_fields=columns)


def _versioned(change: Change) -> set[str]:
    """Raise the versions that the change concerns; the columns that are to be written, none when nothing is."""
    ticket = change.ticket
    columns = {
        name for name, value in change.after.items() if name not in change.inserted or change.inserted[name] != value
    }
    if not columns and (change.is_new or not change.messages):
        return set()
    ticket.updated_at = change.now
    columns.add("updated_at")
    if not change.is_new:
        if change.messages or set(change.after) - SILENT:
            ticket.row_version += 1
            columns.add("row_version")
        if set(change.after) & EDITABLE:
            ticket.edit_version += 1
            columns.add("edit_version")
    return columns


def _save_all(changes: Sequence[Change]) -> None:
    """One statement for all tickets of which the same columns are written."""
    alike: dict[frozenset[str], list[Ticket]] = {}
    for change in changes:
        if columns := _versioned(change):
            alike.setdefault(frozenset(columns), []).append(change.ticket)
    for names, tickets in alike.items():
        _update(tickets, [Ticket._meta.get_field(name) for name in sorted(names)])


def _update(tickets: Sequence[Ticket], fields: Sequence[Any]) -> None:
    types = [str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection)) for field in fields]
    if len(tickets) == 1 or any(kind.endswith("]") for kind in types):
        for ticket in tickets:
            ticket.save(update_fields=[field.name for field in fields])
        return
    values = [
        [field.get_db_prep_save(getattr(ticket, field.attname), connection) for ticket in tickets] for field in fields
    ]
    names = [field.column for field in fields]
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE tickets_ticket t SET {', '.join(f'{name} = given.{name}' for name in names)}"
            f" FROM unnest(%s::bigint[], {arrays}) AS given(id, {', '.join(names)}) WHERE t.id = given.id",
            [[ticket.pk for ticket in tickets], *values],
        )


def _announce(change: Change) -> None:
    _complete(change)
    announce_all(change.announcements, by=change.by, at=change.now)


def _complete(change: Change) -> None:
    """What every event of a ticket says."""
    ticket = change.ticket
    for announcement in change.announcements:
        announcement.subject_id = announcement.subject_id or ticket.pk
        announcement.ticket_id = ticket.pk
        announcement.customer_id = ticket.customer_id
        announcement.data.setdefault("row_version", ticket.row_version)
        if ticket.parent_id is not None:
            announcement.data.setdefault("parent", ticket.parent_id)
        if change.changed("team"):
            announcement.data.setdefault("team_before", change.before["team"].pk if not change.is_new else None)


def plain(name: str, value: Any) -> Any:
    """A field's value as the event log keeps it: ids and words, moments as ISO text."""
    if hasattr(value, "pk"):
        return value.pk
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def field_changes(change: Change, *names: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """`({"field": [old, new]}, personal values or None)` for the named fields that change."""
    data: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for name in names:
        if name not in change.after:
            continue
        pair = [plain(name, change.before[name]), plain(name, change.after[name])]
        if name in PERSONAL:
            data[name] = None
            personal[name] = pair
        else:
            data[name] = pair
    return data, personal or None

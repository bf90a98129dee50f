"""Registries through which a lower floor reaches a higher one; the higher room fills them in its `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string

T = TypeVar("T")


class Registry(Generic[T]):
    """Named entries of one kind; a name is taken once."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> T:
        if self._entries.get(name, entry) is not entry:
            raise RuntimeError(f"{self.what} {name!r} is registered twice")
        self._entries[name] = entry
        return entry

    def get(self, name: str) -> T:
        """The entry; KeyError with the registry's name when nothing registered it."""
        try:
            return self._entries[name]
        except KeyError:
            raise KeyError(f"no {self.what} is registered as {name!r}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def names(self) -> list[str]:
        return list(self._entries)

    def items(self) -> list[tuple[str, T]]:
        return list(self._entries.items())

    def values(self) -> list[T]:
        return list(self._entries.values())


class Participant(Protocol):
    """A room that takes part in ticket verbs (settings.PARTICIPANTS)."""

    def check(self, ticket: Any, change: Any) -> None:
        """Refuse (raise `Refused`) before any write, or say nothing."""

    def apply(self, ticket: Any, change: Any) -> None:
        """Write rows of its own room and fields of the locked ticket; never call a verb."""


@runtime_checkable
class OfSeveral(Protocol):
    """A participant that reads and writes for several changes at once, around their `apply`s."""

    def begin(self, changes: Any) -> None:
        """Read, and lock, what is needed of all of them."""

    def finish(self, changes: Any) -> None:
        """Write what was gathered."""


@lru_cache(maxsize=1)
def participants() -> tuple[Participant, ...]:
    """The participants in the order of the setting, made once per process."""
    return tuple(import_string(path)() for path in settings.PARTICIPANTS)


@dataclass(frozen=True)
class Panel:
    """A part of a page that shows several rooms: `select` returns the template's context at the cost of at most one query.

    `slot` names the place (`ticket.context`, `claim.page`, `portal.home`, `portal.request`, `portal.claim`, `customer.profile`,
    `desk.home`), `order` its position, `permission` what the reader needs (None: anyone who may see the page).
    """

    name: str
    slot: str
    order: int
    template: str
    select: Callable[..., dict[str, Any] | None]
    permission: str | None = None


panels: Registry[Panel] = Registry("panel")


def panels_of(slot: str) -> list[Panel]:
    """The panels of a slot in their order."""
    return sorted((panel for _, panel in panels.items() if panel.slot == slot), key=lambda panel: panel.order)


@dataclass(frozen=True)
class Argument:
    """One input of an action, so that every page that chooses actions draws and reads it alike (`helpdesk.core.action_forms`).

    `kind`: `line`, `text`, `texts` (a text per language: `{"en": …, "zh-hans": …}`), `choice`, `choices`, `number`, `flag`.
    `choices()` returns (value, label) pairs when a form is drawn. What the values mean together is for the action's `check`;
    the form refuses only what is missing, too long or not in the list.
    """

    name: str
    label: Any
    kind: str = "line"
    choices: Callable[[], list[tuple[Any, Any]]] | None = None
    required: bool = False
    hint: Any = ""
    max_length: int = 250


@dataclass(frozen=True)
class Action:
    """Something that rules, macros and escalation may do to a ticket.

    `run(ticket_id, arguments, by=…)` calls a verb, `dry_run(ticket_id, arguments)` says what it would do, in words;
    `check(arguments)` returns them cleaned, or refuses what no run could do (`Invalid`). `arguments` are its inputs in the
    order of a form; `summary(arguments)` says a configured action in one line, without a ticket.
    """

    name: str
    label: Any
    run: Callable[..., None]
    dry_run: Callable[..., str]
    permission: str
    check: Callable[[dict[str, Any]], dict[str, Any]] = dict
    arguments: tuple[Argument, ...] = ()
    summary: Callable[[dict[str, Any]], str] | None = None


actions: Registry[Action] = Registry("action")


@dataclass(frozen=True)
class Tool:
    """Something the bot may look up or do for an identified customer, with its dry run."""

    name: str
    label: Any
    run: Callable[..., Any]
    dry_run: Callable[..., str]
    permission: str


tools: Registry[Tool] = Registry("tool")

# Rows with a due time that the one-second sweep runs: name → function(now, limit) returning how many it acted on.
due_rows: Registry[Callable[..., int]] = Registry("due-row sweep")

# First rows that a room needs (labels, a default team, its channel accounts): name → function(), safe to run again.
first_rows: Registry[Callable[[], None]] = Registry("first rows")

# The same rows, asked by `/readyz`: name → function() giving the due time of the oldest row that is late, or None.
due_since: Registry[Callable[[], datetime | None]] = Registry("question for late rows")

# What runs every five minutes: name → function() returning a number for the log.
housekeeping: Registry[Callable[[], int]] = Registry("housekeeping step")

# Delivery purpose → function(delivery) returning what the account's adapter sends.
renderers: Registry[Callable[..., Any]] = Registry("delivery renderer")

# Delivery purpose → function(delivery, status) told inside the transaction that records a new status.
delivery_listeners: Registry[Callable[..., None]] = Registry("delivery listener")

# Job kind → function(job).
job_handlers: Registry[Callable[..., Any]] = Registry("job handler")

# Leased model label → function(row) that works one taken row.
leased_workers: Registry[Callable[..., Any]] = Registry("leased worker")


# What a room does when a person of the staff may no longer work: name → function(staff_id, by), in the same transaction.
departures: Registry[Callable[..., None]] = Registry("departure step")

# What a room does when a team closes: name → function(team_id, to_id, by), in the same transaction.
team_closings: Registry[Callable[..., None]] = Registry("team closing step")

# What still lies with a team or a person: name → function(team_id=… or staff_id=…) → number of unfinished things.
workloads: Registry[Callable[..., int]] = Registry("workload")


@dataclass(frozen=True)
class Weakness:
    """Something that does not work as it should but holds nobody up: what it is, and where it is put right."""

    words: Any
    url: str


# What works at half strength: name → function() giving the weakness or None; named by `/readyz`, told on the work page.
weaknesses: Registry[Callable[[], Weakness | None]] = Registry("weakness")


def weaknesses_found() -> dict[str, Weakness]:
    """Those that are there now; one query each."""
    found = {name: look() for name, look in weaknesses.items()}
    return {name: weakness for name, weakness in found.items() if weakness is not None}

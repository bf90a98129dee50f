"""Words for the event log, for those who audit it: each room names its events and what their subjects are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from helpdesk.core.registries import Registry


@dataclass(frozen=True)
class Subject:
    """What a person calls the subject of an event, and where it can be looked at (empty: nowhere)."""

    text: str
    url: str = ""


# Event name → what happened, as a short phrase that follows the person's name ("changed a role").
event_titles: Registry[Any] = Registry("event title")

# Subject kind → function(ids) → {id: Subject}; one query for all of a page.
subject_names: Registry[Callable[[Iterable[int]], Mapping[int, Subject]]] = Registry("event subject")


def title_events(titles: Mapping[str, Any]) -> None:
    """Register the titles of a room's events."""
    for name, words in titles.items():
        event_titles.add(name, words)


def title_of(name: str) -> str:
    """The registered phrase, else the name as it is spelled."""
    return str(event_titles.get(name)) if name in event_titles else name.replace(".", ": ").replace("_", " ")

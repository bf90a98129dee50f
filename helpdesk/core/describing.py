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

# `key:word` of an event's facts (`role:agent`) → the word as people read it.
event_words: Registry[Any] = Registry("word of an event")

# Subject kind → function(ids) → {id: Subject}; one query for all of a page.
subject_names: Registry[Callable[[Iterable[int]], Mapping[int, Subject]]] = Registry("event subject")

# Handler of a received item, purpose of a delivery or kind of a job → what it is, for the page of background work.
work_titles: Registry[Any] = Registry("work title")


def title_work(titles: Mapping[str, Any]) -> None:
    """Register what a room's work is called."""
    for name, words in titles.items():
        work_titles.add(name, words)


def work_title(name: str) -> str:
    """The registered words, else the name as it is spelled."""
    return str(work_titles.get(name)) if name in work_titles else name


def title_events(titles: Mapping[str, Any]) -> None:
    """Register the titles of a room's events."""
    for name, words in titles.items():
        event_titles.add(name, words)


def title_of(name: str) -> str:
    """The registered phrase, else the name as it is spelled."""
    return str(event_titles.get(name)) if name in event_titles else name.replace(".", ": ").replace("_", " ")

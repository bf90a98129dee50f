"""What higher rooms add to the command palette: things that it finds by a word, and what can be begun on the open ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.accounts.models import Staff
from helpdesk.core.registries import Registry
from tickets.models import Ticket

# An entry as the page's script takes it: label, hint, icon, url or event with src.
Item = dict[str, Any]


@dataclass(frozen=True)
class Finder:
    """A group of things: `find(staff, q)` gives the few that match and that the person may see, in one query."""

    label: Any
    find: Callable[[Staff, str], Sequence[Item]]


finders: Registry[Finder] = Registry("finder of the palette")

# name → function(staff, ticket) giving what can be begun on the ticket; no query.
ticket_verbs: Registry[Callable[[Staff, Ticket], Sequence[Item]]] = Registry("verb of the palette")

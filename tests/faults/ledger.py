"""The driver's own ledger: what was sent, written and fsync'd before sending, out of the product's reach; and the
comparison of it with what the product says afterwards."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Item:
    """One message of one contact: `seq` counts within the contact, `digest` is the SHA-256 of its text."""

    channel: str
    external_id: str
    contact: str
    seq: int
    digest: str


@dataclass(frozen=True)
class Found:
    """A message as the product holds it."""

    external_id: str
    contact: str
    ticket: int
    digest: str
    order: int


@dataclass(frozen=True)
class Figures:
    """Each but `sent` and `accepted` must be 0."""

    sent: int
    accepted: int
    lost: int
    doubled: int
    torn: int
    crossed: int
    misordered: int
    split: int
    orphan: int = 0
    sent_twice: int = 0
    never_sent: int = 0

    def faults(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if name not in {"sent", "accepted"} and value}

    def __str__(self) -> str:
        return "FIGURES " + " ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))


def digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


class Ledger:
    """Lines on disk: what is about to be sent, and what was accepted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.items: dict[str, Item] = {}
        self.accepted: set[str] = set()
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8")

    def about_to_send(self, item: Item) -> None:
        """Written and synced before the first try."""
        with self._lock:
            self.items[item.external_id] = item
            self._write({"send": asdict(item)})

    def was_accepted(self, external_id: str) -> None:
        with self._lock:
            self.accepted.add(external_id)
            self._write({"accepted": external_id})

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def compare(items: Iterable[Item], accepted: set[str], found: Iterable[Found], *, one_ticket: bool = True) -> Figures:
    """Hold the ledger against what the product has. `split` counts extra tickets per contact, where one is expected."""
    sent = {item.external_id: item for item in items}
    rows = [row for row in found if row.external_id in sent]
    times = Counter(row.external_id for row in rows)
    by_contact: dict[str, list[Found]] = defaultdict(list)
    for row in rows:
        by_contact[row.contact].append(row)
    misordered = 0
    tickets: dict[str, set[int]] = defaultdict(set)
    for contact, theirs in by_contact.items():
        theirs.sort(key=lambda row: row.order)
        numbers = [sent[row.external_id].seq for row in theirs]
        misordered += sum(1 for a, b in itertools.pairwise(numbers) if b < a)
        tickets[contact] = {row.ticket for row in theirs}
    return Figures(
        sent=len(sent),
        accepted=len(accepted),
        lost=sum(1 for external_id in accepted if not times[external_id]),
        doubled=sum(count - 1 for count in times.values() if count > 1),
        torn=sum(1 for row in rows if row.digest != sent[row.external_id].digest),
        crossed=sum(1 for row in rows if row.contact != sent[row.external_id].contact),
        misordered=misordered,
        split=sum(len(those) - 1 for those in tickets.values()) if one_ticket else 0,
    )

"""The rules of the moment, read once per process and version: needed skills and the grade rule."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tickets.routing.models import GradeRule, RoutingBook, SkillNeed


@dataclass(frozen=True)
class Need:
    """Which tickets need a skill; an empty condition asks nothing."""

    skill_id: int
    level: int
    team_id: int | None
    kind: str
    language: str
    tag: str

    def fits(self, *, team_id: int, kind: str, language: str, tags: Iterable[str]) -> bool:
        return (
            (self.team_id is None or self.team_id == team_id)
            and (not self.kind or self.kind == kind)
            and (not self.language or language.lower().startswith(self.language.lower()))
            and (not self.tag or self.tag in tags)
        )


@dataclass(frozen=True)
class GradeTables:
    """C1's rule as values: urgency and complexity by kind, value by level; version 0 is the shipped one."""

    version: int
    urgency: Mapping[str, int]
    complexity: Mapping[str, int]
    value: Mapping[str, int]
    complex_from: int = 6


@dataclass(frozen=True)
class Book:
    needs: tuple[Need, ...]
    grades: GradeTables | None

    def needs_of(self, *, team_id: int, kind: str, language: str, tags: Iterable[str]) -> dict[str, int]:
        """Id of a needed skill → the least level, of all rules that fit."""
        tags = set(tags)
        found: dict[str, int] = {}
        for need in self.needs:
            if need.fits(team_id=team_id, kind=kind, language=language, tags=tags):
                key = str(need.skill_id)
                found[key] = max(found.get(key, 0), need.level)
        return found


EMPTY = Book((), None)
_known: dict[UUID, Book] = {}


def open_book() -> Book:
    """The rules as they are now: one query, and two more when somebody changed them since this process looked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM routing_routingbook WHERE id = 1")
        row = cursor.fetchone()
    if row is None:
        return EMPTY
    book = _known.get(row[0])
    if book is None:
        book = _read()
        _known.clear()
        _known[row[0]] = book
    return book


def turn_page() -> None:
    """Somebody changed a rule: every process reads them anew after this transaction."""
    RoutingBook.objects.update_or_create(pk=1, defaults={"version": uuid.uuid4()})


def _read() -> Book:
    columns = ("skill_id", "level", "team_id", "kind", "language", "tag")
    rule = GradeRule.objects.order_by("-version").first()
    return Book(
        tuple(Need(*row) for row in SkillNeed.objects.values_list(*columns)),
        GradeTables(rule.version, rule.urgency, rule.complexity, rule.value, rule.complex_from) if rule else None,
    )

"""C1: grade = urgency × complexity × customer value. The tables are shown to people, who may edit them; these ones ship."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.customers.models import CustomerLevel
from tickets.models import Grade, Kind, Priority
from tickets.routing.book import GradeTables, open_book

# How pressing and how involved a kind of matter is by nature, 1 to 3; what is not named is 1.
URGENCY = {Kind.ACCOUNT: 3, Kind.REPAIR: 2, Kind.LOGISTICS: 2, Kind.COMPLAINT: 2, Kind.RETURN: 1, Kind.TECHNICAL: 1}
COMPLEXITY = {Kind.COMPLAINT: 3, Kind.REPAIR: 2, Kind.TECHNICAL: 2, Kind.RETURN: 2}
VALUE = {CustomerLevel.CORE: 3, CustomerLevel.IMPORTANT: 2, CustomerLevel.ORDINARY: 1}
SHIPPED = GradeTables(
    0,
    {kind.value: URGENCY.get(kind, 1) for kind in Kind},
    {kind.value: COMPLEXITY.get(kind, 1) for kind in Kind},
    {level.value: VALUE[level] for level in CustomerLevel},
)


@dataclass(frozen=True)
class Graded:
    """The grade with the priority that it starts with, and the three figures that it came from."""

    grade: str
    priority: str
    urgency: int = 1
    complexity: int = 1
    value: int = 1


def current_tables() -> GradeTables:
    """The rule that counts now."""
    return open_book().grades or SHIPPED


def grade(*, kind: str, level: str, is_urgent: bool = False, tables: GradeTables | None = None) -> Graded:
    """Urgent: urgency 3 (an outage or account safety, or said so by a rule). Complex: complexity 3, or complexity × value
    at the rule's bound. Regular: the rest. Priority follows the grade; value 3 starts one step higher than normal."""
    tables = tables or current_tables()
    urgency = 3 if is_urgent else tables.urgency.get(kind, 1)
    complexity = tables.complexity.get(kind, 1)
    value = tables.value.get(level, 1)
    figures = {"urgency": urgency, "complexity": complexity, "value": value}
    if urgency >= 3:
        return Graded(Grade.URGENT, Priority.URGENT, **figures)
    if complexity >= 3 or complexity * value >= tables.complex_from:
        return Graded(Grade.COMPLEX, Priority.HIGH, **figures)
    return Graded(Grade.REGULAR, Priority.HIGH if value >= 3 else Priority.NORMAL, **figures)

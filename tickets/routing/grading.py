"""C1: grade = urgency × complexity × customer value. Pure; the rule stands here in one table and is shown to people."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.customers.models import CustomerLevel
from tickets.models import Grade, Kind, Priority

# How pressing and how involved a kind of matter is by nature, 1 to 3.
URGENCY = {Kind.ACCOUNT: 3, Kind.REPAIR: 2, Kind.LOGISTICS: 2, Kind.COMPLAINT: 2, Kind.RETURN: 1, Kind.TECHNICAL: 1}
COMPLEXITY = {Kind.COMPLAINT: 3, Kind.REPAIR: 2, Kind.TECHNICAL: 2, Kind.RETURN: 2}
VALUE = {CustomerLevel.CORE: 3, CustomerLevel.IMPORTANT: 2, CustomerLevel.ORDINARY: 1}


@dataclass(frozen=True)
class Graded:
    """The grade with the priority that it starts with."""

    grade: str
    priority: str


def grade(*, kind: str, level: str, is_urgent: bool = False) -> Graded:
    """Urgent: urgency 3 (an outage or account safety, or said so by a rule). Complex: complexity 3, or complexity 2 for a
    core customer. Regular: the rest. Priority follows the grade; a core customer starts one step higher than normal."""
    urgency = 3 if is_urgent else URGENCY.get(Kind(kind), 1)
    complexity = COMPLEXITY.get(Kind(kind), 1)
    value = VALUE.get(CustomerLevel(level), 1)
    if urgency == 3:
        return Graded(Grade.URGENT, Priority.URGENT)
    if complexity == 3 or complexity * value >= 6:
        return Graded(Grade.COMPLEX, Priority.HIGH)
    return Graded(Grade.REGULAR, Priority.HIGH if value == 3 else Priority.NORMAL)

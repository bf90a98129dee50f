"""The grade follows from what is asked and who asks; priority starts from it, and nobody types the grade."""

from __future__ import annotations

import pytest

from helpdesk.customers.models import Customer
from tests.api.conftest import Caller, agent, team  # noqa: F401


def opened(agent: Caller, kind: str, level: str = "ordinary") -> dict[str, str]:  # noqa: F811
    """A ticket of this kind from a customer of this level, as the API shows it."""
    address = f"{kind}-{level}@customer.example"
    agent.post("tickets/", {"body": "Hello", "requester": address})
    Customer.objects.filter(identities__value=address).update(level=level)
    number = agent.post("tickets/", {"body": "Help", "requester": address, "kind": kind}).json()["number"]
    return dict(agent.get(f"tickets/{number}/").json())


@pytest.mark.req("C1", "grade by the rule")
@pytest.mark.parametrize(
    ("kind", "level", "grade", "priority"),
    [
        ("account", "ordinary", "urgent", "urgent"),  # account safety
        ("logistics", "ordinary", "regular", "normal"),  # an order
        ("enquiry", "core", "regular", "high"),
        ("complaint", "ordinary", "complex", "high"),  # several departments
        ("repair", "ordinary", "regular", "normal"),
        ("repair", "core", "complex", "high"),
    ],
)
def test_grade_and_first_priority_follow_kind_and_customer(
    agent: Caller,  # noqa: F811
    kind: str,
    level: str,
    grade: str,
    priority: str,
) -> None:
    ticket = opened(agent, kind, level)
    assert (ticket["grade"], ticket["priority"]) == (grade, priority)


@pytest.mark.req("C1", "grade by the rule")
def test_grade_cannot_be_typed_but_priority_can(agent: Caller) -> None:  # noqa: F811
    ticket = opened(agent, "logistics")
    path = f"tickets/{ticket['number']}/"
    agent.call("PATCH", path, {"edit_version": 1, "grade": "urgent"})
    assert agent.call("PATCH", path, {"edit_version": 1, "priority": "urgent"}).status_code == 200
    kept = agent.get(path).json()
    assert (kept["grade"], kept["priority"]) == ("regular", "urgent")
    told = agent.post("tickets/", {"body": "x", "requester": "a@customer.example", "grade": "urgent"}).json()
    assert agent.get(f"tickets/{told['number']}/").json()["grade"] == "regular"

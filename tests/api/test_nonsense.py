"""What programs send by mistake or on purpose: every shape of nonsense is refused in words, and nothing breaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpdesk.accounts.permissions import Role, Scope
from helpdesk.core.calendars.filling import ensure_calendars
from helpdesk.core.models import BusinessCalendar
from tests.api.conftest import Caller, key_of
from tests.factories import make_staff
from tickets.models import Ticket
from tickets.sla.models import Policy

pytestmark = pytest.mark.django_db
# 1e400 is read as infinity
SHAPES = [
    "5",
    "true",
    "1e400",
    "[1e400]",
    '{"a": 1}',
    '[{"a": 1}]',
    "[null]",
    '"\\u0000"',
    f'"{"9" * 5000}"',
    f"[{10**30}]",
    "-1",
]
ACTIONS = {
    "notify": ("to", "staff"),
    "add_watchers": ("to", "staff"),
    "raise_priority": ("to",),
    "reassign": ("team", "staff"),
    "open_sub_ticket": ("team", "subject"),
    "message_to_customer": ("texts",),
    "webhook": ("endpoint",),
    "set_status": ("status",),
    "set_kind": ("kind",),
    "add_tags": ("tags",),
}


@pytest.fixture
def administrator(ticket: Ticket) -> Caller:
    ensure_calendars()
    staff = make_staff("root", role=Role.ADMINISTRATOR)
    return Caller(key_of(staff, *Scope.values), staff)


def policy_with(action: str = '{"do": "notify", "to": ["lead"]}', conditions: str = "{}") -> bytes:
    calendar = BusinessCalendar.objects.get(is_default=True).pk
    return (
        f'{{"name": "P", "conditions": {conditions}, "targets": [{{"metric": "first_response", "calendar": {calendar},'
        f' "seconds": 7200, "steps": [{{"share": "75", "actions": [{action}]}}]}}]}}'
    ).encode()


@pytest.mark.req("K5", "policies, calendars, routing")
@pytest.mark.parametrize(("do", "argument"), [(do, name) for do, names in ACTIONS.items() for name in names])
def test_actions_of_a_ladder_in_any_shape_are_refused_in_words(administrator: Caller, do: str, argument: str) -> None:
    taken: list[Any] = []
    for shape in SHAPES:
        answer = administrator.call("POST", "policies/", policy_with(f'{{"do": "{do}", "{argument}": {shape}}}'))
        if answer.status_code == 201:
            taken.append(shape)
            continue
        assert answer.status_code == 400, (shape, answer.content)
        assert answer.json()["code"] == "invalid"
    # words may be made of a number; an id or a list of people may not
    assert set(taken) <= ({"5", "true", "1e400", "-1"} if argument in {"subject", "tags"} else set()) | (
        {"true"} if argument in {"team"} else set()
    )


@pytest.mark.parametrize("name", ["teams", "accounts", "kinds", "nonsense"])
def test_conditions_in_any_shape_are_refused_in_words(administrator: Caller, name: str) -> None:
    for shape in SHAPES:
        given = administrator.call(
            "POST", "policies/", policy_with(conditions=json.dumps({name: "?"}).replace('"?"', shape))
        )
        assert given.status_code == 400, (shape, given.content)
    assert not Policy.objects.exists()

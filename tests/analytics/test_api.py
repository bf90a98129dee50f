"""Service levels for programs: the same figures as the page's, within what the key's owner may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import PERMISSIONS, Role, Scope
from helpdesk.accounts.services.keys import create_api_key
from helpdesk.core.actors import SYSTEM
from tests.analytics.test_dashboard import now, past  # noqa: F401
from tests.factories import make_staff
from tests.sla.conftest import Desk
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
PATH = "/api/v1/analytics/sla/"


@pytest.fixture
def ask() -> Callable[..., Any]:
    """The answer to a person's key."""

    def asked(staff: Staff, scopes: tuple[str, ...] = (Scope.ANALYTICS_READ,), **query: Any) -> Any:
        key = create_api_key(staff, scopes, by=SYSTEM)[1]
        return Client().get(PATH, query, HTTP_AUTHORIZATION=f"Bearer {key}")

    return asked


@pytest.mark.req("K2", "roles")
@pytest.mark.parametrize("role", Role.values)
def test_role_and_scope_are_both_needed(role: str, desk: Desk, ask: Callable[..., Any]) -> None:
    person = make_staff("person", role=role, teams=(desk.team,))
    assert ask(person).status_code == (200 if "analytics.view" in PERMISSIONS[role] else 403)
    assert ask(person, (Scope.TICKETS_READ,)).status_code == 403
    assert Client().get(PATH).status_code == 401


@pytest.mark.req("J2", "SLA dashboard")
def test_figures_are_those_of_the_page(desk: Desk, past: dict[str, Ticket], ask: Callable[..., Any]) -> None:  # noqa: F811
    body = ask(desk.supervisor, metric="first_response").json()
    assert body["time_zone"] == "Asia/Shanghai"
    assert (body["total"]["ended"], body["total"]["met"], body["total"]["in_target"]) == (3, 1, 33.33)
    assert body["groups"] == []
    groups = ask(desk.supervisor, metric="first_response", group_by="channel").json()["groups"]
    assert {row["group"]: row["breached"] for row in groups} == {"email": 1, "phone": 1}
    for by in ("day", "team", "kind", "level", "account", "agent", "policy", "target", "metric"):
        found = ask(desk.supervisor, group_by=by).json()
        assert sum(row["ended"] for row in found["groups"]) == found["total"]["ended"], by
    empty = ask(desk.supervisor, level="core").json()["total"]
    assert empty["in_target"] is None
    assert empty["median_seconds"] is None


def test_a_lead_reads_their_teams(desk: Desk, past: dict[str, Ticket], ask: Callable[..., Any]) -> None:  # noqa: F811
    for query in ({}, {"team": desk.other.pk}):
        body = ask(desk.lead, metric="first_response", group_by="team", **query).json()
        assert [row["group"] for row in body["groups"]] == [str(desk.team.pk)]
        assert body["total"]["ended"] == 2


@pytest.mark.parametrize(
    "query",
    [
        {"group_by": "x"},
        {"channel": "pigeon"},
        {"team": "x"},
        {"from": "yesterday"},
        {"to": "2026-02-31"},
        {"metric": "\x00"},
    ],
)
def test_nonsense_is_refused_in_words(desk: Desk, ask: Callable[..., Any], query: dict[str, str]) -> None:
    answer = ask(desk.supervisor, **query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["fields"]) == list(query)

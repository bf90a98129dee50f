"""The fixed cast of the API tests: keys of people who may, may not, or may no longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels_app.accounts import ensure_accounts
from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import Role, Scope
from helpdesk.accounts.services.keys import create_api_key, revoke_api_key
from helpdesk.core.actors import SYSTEM
from tests.factories import make_staff, make_team, make_ticket
from tickets.labels import ensure_labels
from tickets.models import Ticket

ALL_SCOPES = [scope for scope in Scope.values if scope != Scope.ADMIN]


@dataclass
class Caller:
    """Somebody with a key (or none) who calls the API."""

    key: str
    staff: Staff | None = None

    def call(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        """The response; `path` begins behind `/api/v1/`."""
        headers = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if self.key:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {self.key}"
        client = Client(raise_request_exception=False)
        if method == "GET":
            return client.get(f"/api/v1/{path}", body or {}, **headers)
        given = {"data": body, "content_type": "application/json"} if body is not None else {}
        return client.generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else _bytes(body),
            given.get("content_type", "application/json"),
            **headers,
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query)

    def post(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)


def _bytes(body: Any) -> bytes:
    import json

    return body if isinstance(body, bytes) else json.dumps(body).encode()


def key_of(staff: Staff, *scopes: str, **fields: Any) -> str:
    """A key of this person with these scopes (all of them by default)."""
    return create_api_key(staff, scopes or ALL_SCOPES, by=SYSTEM, **fields)[1]


@pytest.fixture
def team(db: None) -> Team:
    ensure_labels()
    ensure_accounts()
    return make_team("Support", is_default=True)


@pytest.fixture
def other_team(team: Team) -> Team:
    return make_team("Repairs")


@pytest.fixture
def agent(team: Team) -> Caller:
    staff = make_staff("ana", teams=(team,))
    return Caller(key_of(staff), staff)


@pytest.fixture
def outsider(other_team: Team) -> Caller:
    staff = make_staff("otto", teams=(other_team,))
    return Caller(key_of(staff), staff)


@pytest.fixture
def supervisor(team: Team) -> Caller:
    staff = make_staff("sue", role=Role.SUPERVISOR)
    return Caller(key_of(staff), staff)


@pytest.fixture
def ticket(team: Team) -> Ticket:
    return make_ticket(team)


@pytest.fixture
def cast(agent: Caller, outsider: Caller, supervisor: Caller, team: Team) -> dict[str, Caller]:
    """Everybody who is tried on every endpoint."""
    teammate = make_staff("tom", teams=(team,))
    administrator = make_staff("ada", role=Role.ADMINISTRATOR)
    narrow = make_staff("nora", teams=(team,))
    leaver = make_staff("leo", teams=(team,))
    revoked, text = create_api_key(teammate, ALL_SCOPES, by=SYSTEM)
    revoke_api_key(revoked, by=SYSTEM)
    gone = key_of(leaver)
    Staff.objects.filter(pk=leaver.pk).update(is_active=False)
    return {
        "agent": agent,
        "teammate": Caller(key_of(teammate), teammate),
        "outsider": outsider,
        "supervisor": supervisor,
        "administrator": Caller(key_of(administrator), administrator),
        "anonymous": Caller(""),
        "without scope": Caller(key_of(narrow, Scope.EVENTS_READ), narrow),
        "revoked": Caller(text),
        "expired": Caller(key_of(narrow, expires_at=timezone.now() - timedelta(seconds=1))),
        "of a leaver": Caller(gone),
        "forged": Caller(f"{agent.key[:-4]}AAAA"),
    }


@pytest.fixture
def as_caller() -> Callable[..., Caller]:
    return lambda staff, *scopes: Caller(key_of(staff, *scopes), staff)

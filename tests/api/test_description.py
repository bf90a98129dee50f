"""The OpenAPI description: in step with the code, complete, readable, and true of every answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, given, settings

from helpdesk.core.api.reference import METHODS, description
from helpdesk.wsgi import application
from tests.api.conftest import Caller
from tickets.models import Ticket

FILE = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


@pytest.mark.req("K3", "OpenAPI")
def test_description_in_git_is_that_of_the_code_and_valid(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)
    assert FILE.read_text() == made.read_text(), "run `make schema`"


def test_every_operation_says_its_errors_and_shows_an_example() -> None:
    for path, item in description()["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            name = f"{method} {path}"
            assert operation["summary"], name
            assert {"401", "403", "429", "503"} <= set(operation["responses"]), name
            if method != "get":
                assert {"400", "409", "422"} <= set(operation["responses"]), name
                assert any(one["name"] == "Idempotency-Key" for one in operation["parameters"]), name
            shown = [
                content for answer in operation["responses"].values() for content in answer.get("content", {}).values()
            ]
            needs_none = method == "delete" or path.endswith("/content/")
            assert needs_none or any("examples" in content for content in shown), name


@pytest.mark.django_db
@pytest.mark.req("K3", "OpenAPI")
def test_description_and_reference_can_be_read_by_anybody() -> None:
    yaml = Client().get("/api/v1/schema/")
    assert yaml.status_code == 200
    assert yaml.content.decode() == FILE.read_text()
    assert Client().get("/api/v1/schema/?format=json").json()["openapi"].startswith("3.")
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "/api/v1/tickets/{number}/messages/" in text
    assert "<script>" not in text
    assert " style=" not in text
    assert "https://" not in text


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """The real WSGI application ends each request by closing connections; the test's own must stay."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def fuzzed(caller: Caller, ticket: Ticket, examples: int) -> dict[str, int]:
    """Send generated requests to every operation; the statuses that came, by operation."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    seen: dict[str, int] = {}
    for result in schema.get_all_operations():
        fuzz(result.ok(), caller, ticket, examples, seen)
    return seen


def fuzz(operation: Any, caller: Caller, ticket: Ticket, examples: int, seen: dict[str, int]) -> None:
    """One operation; a ticket that is there stands for every number, so that the verbs are reached."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        if "{number}" in operation.path:
            case.path_parameters = {**case.path_parameters, "number": ticket.number}
        answer = case.call(headers={"Authorization": f"Bearer {caller.key}"})
        place = f"{operation.method.upper()} {operation.path} {answer.status_code}"
        seen[place] = seen.get(place, 0) + 1
        assert answer.status_code < 500, f"{place}: {answer.text[:300]}"
        described = description()["paths"][operation.path][operation.method.lower()]["responses"]
        # an address that the router does not know is answered before any operation
        assert str(answer.status_code) in described or answer.status_code in {404, 405}, place

    send()


@pytest.mark.django_db
@pytest.mark.req("K3", "OpenAPI")
def test_generated_requests_never_meet_a_server_error(
    supervisor: Caller, ticket: Ticket, kept_connection: None
) -> None:
    seen = fuzzed(supervisor, ticket, 8)
    assert len({place.rpartition(" ")[0] for place in seen}) == sum(
        method in item for item in description()["paths"].values() for method in METHODS
    )


@pytest.mark.verify
@pytest.mark.django_db
@pytest.mark.req("K3", "OpenAPI")
def test_many_generated_requests_never_meet_a_server_error(
    supervisor: Caller, ticket: Ticket, kept_connection: None
) -> None:
    fuzzed(supervisor, ticket, 100)


def test_no_address_of_the_api_is_outside_the_prefix() -> None:
    assert any(str(pattern.pattern) == "api/v1/" for pattern in get_resolver().url_patterns)

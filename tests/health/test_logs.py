"""Log lines are one JSON object each, tied to the answer by its request id, and hold nobody's words."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import import_string

from helpdesk.core import health
from tests.factories import make_staff


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the product's own handler writes, as it is configured outside of a terminal."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    config = settings.LOGGING
    handler.setFormatter(import_string(config["formatters"][config["handlers"]["out"]["formatter"]]["()"])())
    handler.addFilter(import_string(config["filters"]["request"]["()"])())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.django_db
@pytest.mark.req("K7", "structured logs")
def test_refused_request_is_one_json_line_with_the_id_of_its_answer(lines: io.StringIO) -> None:
    client = Client()
    client.force_login(make_staff("ann"))
    answer = client.post("/tickets/HD-1/edit/", {"field": "subject", "value": "Li Na, 138 0013 8000"})
    assert answer.status_code == 404
    [line] = read(lines)
    assert line["request_id"] == answer["X-Request-Id"]
    assert (line["level"], line["logger"]) == ("warning", "django.request")
    assert line["at"].endswith("+00:00")
    assert "138" not in str(line)


@pytest.mark.django_db
@pytest.mark.req("K7", "structured logs")
def test_unexpected_error_is_logged_whole_and_the_id_may_be_the_proxys(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("the disk is gone\nreally")

    monkeypatch.setattr(health, "_database", broken)
    answer = Client(raise_request_exception=False).get("/readyz", headers={"X-Request-Id": "from-the-proxy-1"})
    assert answer["X-Request-Id"] == "from-the-proxy-1"
    [told] = [line for line in read(lines) if "error" in line]
    assert (told["level"], told["request_id"]) == ("error", "from-the-proxy-1")
    assert "RuntimeError: the disk is gone\nreally" in told["error"]

"""Figures in Prometheus' text format (0.0.4): readiness, and the requests of this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from helpdesk.core import health
from helpdesk.core.traffic import BUCKETS, snapshot


def exposition() -> str:
    """Every figure; readiness is looked at now."""
    return "\n".join([*_readiness(), *_traffic()]) + "\n"


def _readiness() -> Iterator[str]:
    figures = health.look()
    yield "# HELP helpdesk_ready 1 when everything is within its bounds."
    yield "# TYPE helpdesk_ready gauge"
    yield f"helpdesk_ready {int(figures.is_ready)}"
    for part in ("database", "broker"):
        yield f'helpdesk_up{{part="{part}"}} {int(figures.values.get(part) == "ok")}'
    yield "# HELP helpdesk_seconds How long the oldest waiting work waits; 0 when none does."
    yield "# TYPE helpdesk_seconds gauge"
    for name, value in figures.values.items():
        if value is None or isinstance(value, float):
            yield f'helpdesk_seconds{{figure="{name}"}} {value or 0}'
    beats: dict[str, Any] = figures.values.get("heartbeats", {})
    for name, age in beats.items():
        if age is not None:
            yield f'helpdesk_heartbeat_age_seconds{{process="{name}"}} {age}'


def _traffic() -> Iterator[str]:
    process = f'process="{os.getpid()}"'
    requests, buckets, seconds = snapshot()
    yield "# TYPE helpdesk_requests_total counter"
    for (room, method, status), number in sorted(requests.items()):
        yield f'helpdesk_requests_total{{{process},room="{room}",method="{method}",status="{status}"}} {number}'
    yield "# TYPE helpdesk_request_seconds histogram"
    for room, numbers in sorted(buckets.items()):
        total = 0
        for bound, number in zip((*BUCKETS, "+Inf"), numbers, strict=True):
            total += number
            yield f'helpdesk_request_seconds_bucket{{{process},room="{room}",le="{bound}"}} {total}'
        yield f'helpdesk_request_seconds_sum{{{process},room="{room}"}} {seconds[room]:.6f}'
        yield f'helpdesk_request_seconds_count{{{process},room="{room}"}} {total}'

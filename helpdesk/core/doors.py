"""Doors through which a lower room posts what it received into the inbox above it, without knowing any channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from helpdesk.core.registries import Registry


@dataclass(frozen=True)
class Post:
    """One item as it arrived. `account` is the slug of the channel account; `order_key` the sender or conversation."""

    account: str
    raw: bytes
    external_id: str
    order_key: str
    content_type: str = "application/json"
    envelope: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Posted:
    """What became of it: stored for good as event `event_id`; `is_done` when a message came of it in this request.

    `is_new` is False when the same external id was received before; `fingerprint` and `key_id` are those of the request
    that stored it.
    `ticket_id` is None while the work goes on.
    """

    event_id: int
    external_id: str
    is_new: bool
    is_done: bool
    ticket_id: int | None = None
    message_id: int | None = None
    fingerprint: str = ""
    key_id: int | None = None


# Channel kind → function(post) that commits the raw item and works it in this process.
doors: Registry[Callable[[Post], Posted]] = Registry("door of the inbox")

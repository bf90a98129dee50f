"""The question that administrative services ask first."""

from __future__ import annotations

from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden


def require(by: Actor, permission: str) -> None:
    """Raise `Forbidden` unless the person holds the permission; trusted code of the product may."""
    if by.is_trusted:
        return
    if by.staff is None or not by.staff.can(permission):
        raise Forbidden

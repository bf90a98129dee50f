"""How far each role may go by itself: what ships, and what the company has set instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from aftersales.compensation.models import Limit
from helpdesk.accounts.permissions import Role
from helpdesk.core.actors import Actor


@dataclass(frozen=True)
class Bounds:
    """Per claim, in the company's currency: the refund, and all compensation together. None: without a limit."""

    refund: Decimal | None
    compensation: Decimal | None


NOTHING = Bounds(Decimal(0), Decimal(0))
# What counts until the company sets another; roles that are not named decide nothing that costs money.
SHIPPED: Mapping[str, Bounds] = {
    Role.AGENT: Bounds(Decimal(500), Decimal(50)),
    Role.STORE_CLERK: Bounds(Decimal(500), Decimal(50)),
    Role.LEAD: Bounds(Decimal(2000), Decimal(200)),
    Role.SUPERVISOR: Bounds(Decimal(5000), Decimal(1000)),
    Role.ADMINISTRATOR: Bounds(None, None),
}
# Roles whose people decide about claims: the lines of the settings page.
DECIDING = tuple(SHIPPED)


def bounds_of(by: Actor) -> Bounds:
    """What the actor decides alone. The product itself acts by rules that have their own second looks: it has no limit."""
    if by.is_trusted:
        return Bounds(None, None)
    if by.staff is None:
        return NOTHING
    return bounds_of_role(by.staff.role)


def bounds_of_role(role: str) -> Bounds:
    row = Limit.objects.filter(role=role).first()
    return Bounds(row.refund, row.compensation) if row else SHIPPED.get(role, NOTHING)


def all_bounds() -> dict[str, Bounds]:
    """Those of every deciding role, in the order of the page; one query."""
    rows = {row.role: Bounds(row.refund, row.compensation) for row in Limit.objects.all()}
    return {role: rows.get(role, SHIPPED[role]) for role in DECIDING}

"""How much people take at once, how senior they are, and who looks after which customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import RoleCapacity, Staff, WorkProfile
from helpdesk.accounts.models.working import MOST_AT_ONCE
from helpdesk.accounts.permissions import REPLY
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.saving import require_unchanged, save_checked
from helpdesk.customers.models import Customer
from tickets.routing.models import AccountOwner
from tickets.routing.selectors.floor import role_capacities
from tickets.routing.selectors.people import answering_roles
from tickets.routing.services.editing import found, may_edit, tell, within

KINDS = ("chats", "calls", "mails")
PROFILE_FIELDS = ("seniority", *KINDS)
_BOUNDS = _("Enter a number from %(least)s to %(most)s.")


# --- Capacities ------------------------------------------------------------------------------------------------------
def capacity_values() -> dict[str, int]:
    """`agent_chats` and so on: what each role takes at once, as the form shows it."""
    said = role_capacities()
    return {
        f"{role}_{kind}": figure
        for role in answering_roles()
        for kind, figure in zip(KINDS, said.get(role, (0, 0, 0)), strict=True)
    }


@transaction.atomic
def change_capacities(values: Mapping[str, int], *, by: Actor, seen: str | None = None) -> list[str]:
    """Set what the roles take at once, named as in `capacity_values`; announces routing.changed. Returns what differs."""
    may_edit(by)
    list(RoleCapacity.objects.select_for_update())
    known = capacity_values()
    require_unchanged(seen, known)
    for name, value in values.items():
        within(name, value, 0, MOST_AT_ONCE, _BOUNDS)
    changed = [name for name in known if values.get(name, known[name]) != known[name]]
    if not changed:
        return []
    wanted = {**known, **values}
    for role in answering_roles():
        figures = {kind: wanted[f"{role}_{kind}"] for kind in KINDS}
        RoleCapacity.objects.update_or_create(role=role, defaults=figures)
    tell("routing_book", 1, by=by, fields=changed)
    return changed


def profile_values(row: WorkProfile) -> dict[str, Any]:
    """What the form shows of a person."""
    return {name: getattr(row, name) for name in PROFILE_FIELDS}


@transaction.atomic
def change_profile(staff_id: int, values: Mapping[str, Any], *, by: Actor, seen: str | None = None) -> WorkProfile:
    """Set a person's seniority and own capacities (None: as their role); announces routing.changed."""
    may_edit(by)
    staff = found(Staff.objects.select_for_update(no_key=True).filter(pk=staff_id).first())
    row = WorkProfile.objects.filter(pk=staff.pk).first() or WorkProfile(staff=staff)
    require_unchanged(seen, profile_values(row))
    for kind in KINDS:
        within(kind, values.get(kind), 0, MOST_AT_ONCE, _BOUNDS)
    changed = [name for name in PROFILE_FIELDS if name in values and getattr(row, name) != values[name]]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        save_checked(row)
        tell("staff", staff.pk, by=by, fields=changed)
    return row


# --- Account owners --------------------------------------------------------------------------------------------------
@transaction.atomic
def set_account_owner(customer_id: int, staff_id: int, *, by: Actor) -> AccountOwner:
    """The person looks after the customer from now on; announces routing.changed. Replaces whoever did before."""
    may_edit(by)
    customer = found(Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first())
    staff = Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff is None or not staff.can(REPLY):
        raise Invalid(fields={"staff": _("Choose somebody who answers customers.")})
    row = AccountOwner.objects.filter(pk=customer.pk).first()
    if row is None or row.staff_id != staff.pk:
        before = row.staff_id if row else None
        row, _made = AccountOwner.objects.update_or_create(customer=customer, defaults={"staff": staff})
        tell("account_owner", customer.pk, by=by, owner=[before, staff.pk])
    return row


@transaction.atomic
def remove_account_owner(customer_id: int, *, by: Actor) -> None:
    """Nobody in particular looks after the customer; announces routing.changed."""
    may_edit(by)
    row = found(AccountOwner.objects.select_for_update().filter(pk=customer_id).first())
    tell("account_owner", customer_id, by=by, owner=[row.staff_id, None])
    row.delete()

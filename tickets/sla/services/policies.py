"""The verbs that write policies. Each makes a new version, gives the book a new number and announces what happened, so
that open tickets are recomputed in the background."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import SLA_MANAGE
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged, save_checked
from tickets.models import StatusCategory
from tickets.sla.models import EscalationStep, Policy, PolicyBook, PolicyVersion, Target
from tickets.sla.services.checking import clean_conditions, clean_pauses, clean_target
from tickets.sla.services.circles import check_ladders

PAUSES = (str(StatusCategory.PENDING), str(StatusCategory.ON_HOLD))
WARNINGS = (Decimal(50), Decimal(75), Decimal(90))


@dataclass(frozen=True)
class StepDraft:
    """A rung as it is typed: at a share (per cent) of the time, or so many working seconds after the breach."""

    actions: Sequence[Mapping[str, Any]]
    share: Decimal | int | str | None = None
    after_seconds: int | None = None


@dataclass(frozen=True)
class TargetDraft:
    """A target as it is typed: working seconds, or the closing time of the n-th working day, on one calendar (its id)."""

    metric: str
    calendar: int
    seconds: int | None = None
    working_days: int | None = None
    priorities: Sequence[str] = ()
    kinds: Sequence[str] = ()
    teams: Sequence[int] = ()
    warnings: Sequence[Decimal | int | str] = WARNINGS
    steps: Sequence[StepDraft] = ()


@dataclass(frozen=True)
class PolicyDraft:
    """A whole policy as it is typed."""

    name: str
    targets: Sequence[TargetDraft]
    name_zh: str = ""
    conditions: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    pauses: Sequence[str] = PAUSES
    managers: Sequence[int] = ()


@transaction.atomic
def create_policy(draft: PolicyDraft, *, by: Actor, preset: str = "") -> Policy:
    """A new policy at the end of the order; announces policy.created."""
    require_manager(by)
    lock_book()
    last = Policy.objects.order_by("-position").values_list("position", flat=True).first()
    policy = Policy(position=0 if last is None else last + 1, preset=preset)
    _set_names(policy, draft)
    save_checked(policy)
    _write_version(policy, draft)
    _turn_page("policy.created", policy, by, version=policy.version)
    return policy


@transaction.atomic
def change_policy(policy_id: int, draft: PolicyDraft, *, by: Actor, seen: str | None = None) -> Policy:
    """Replace what a policy says by a new version; the old ones stay, for the clocks that ran by them. Announces
    policy.changed. `seen` is the fingerprint of `editable_values` as the editor read them."""
    require_manager(by)
    lock_book()
    policy = _locked(policy_id)
    require_unchanged(seen, editable_values(policy))
    _set_names(policy, draft)
    policy.version += 1
    save_checked(policy, update_fields=["name", "name_zh", "managers", "version"])
    _write_version(policy, draft)
    _turn_page("policy.changed", policy, by, version=policy.version)
    return policy


@transaction.atomic
def switch_policy(policy_id: int, *, is_active: bool, by: Actor) -> Policy:
    """Let a policy apply, or no longer; announces policy.switched."""
    require_manager(by)
    lock_book()
    policy = _locked(policy_id)
    if policy.is_active != is_active:
        Policy.objects.filter(pk=policy.pk).update(is_active=is_active)
        policy.is_active = is_active
        if is_active:
            check_ladders()
        _turn_page("policy.switched", policy, by, is_active=is_active)
    return policy


@transaction.atomic
def order_policies(ids: Sequence[int], *, by: Actor) -> None:
    """Put the policies into this order; those not named follow as they were. Announces policy.reordered."""
    require_manager(by)
    lock_book()
    rows = {policy.pk: policy for policy in Policy.objects.select_for_update(no_key=True).order_by("position", "pk")}
    if any(pk not in rows for pk in ids):
        raise NotFound
    wanted = [*dict.fromkeys(ids), *(pk for pk in rows if pk not in ids)]
    if wanted == list(rows):
        return
    for position, pk in enumerate(wanted):
        rows[pk].position = position
    Policy.objects.bulk_update(rows.values(), ["position"])
    _turn_page("policy.reordered", rows[wanted[0]], by, order=wanted)


def editable_values(policy: Policy) -> dict[str, Any]:
    """What a form shows of a policy, for the check that nobody overwrites a colleague's change."""
    return {"name": policy.name, "name_zh": policy.name_zh, "version": policy.version, "managers": policy.managers}


def require_manager(by: Actor) -> None:
    """`Forbidden` unless the person may set up deadlines; trusted code of the product may."""
    if not by.is_trusted and (by.staff is None or not by.staff.can(SLA_MANAGE)):
        raise Forbidden


def lock_book() -> PolicyBook:
    """Policies are changed by one at a time: order and ladders hang together."""
    PolicyBook.objects.get_or_create(id=1)
    return PolicyBook.objects.select_for_update(no_key=True).get(id=1)


def _locked(policy_id: int) -> Policy:
    policy = Policy.objects.select_for_update(no_key=True).filter(pk=policy_id).first()
    if policy is None:
        raise NotFound
    return policy


def _set_names(policy: Policy, draft: PolicyDraft) -> None:
    policy.name = " ".join(draft.name.replace("\x00", "").split())
    policy.name_zh = " ".join(draft.name_zh.replace("\x00", "").split())
    wanted = sorted({int(pk) for pk in draft.managers})
    policy.managers = list(
        Staff.objects.filter(pk__in=wanted, is_active=True).order_by("pk").values_list("pk", flat=True)
    )


def _write_version(policy: Policy, draft: PolicyDraft) -> PolicyVersion:
    version = PolicyVersion.objects.create(
        policy=policy,
        number=policy.version,
        conditions=clean_conditions(draft.conditions),
        pauses=clean_pauses(draft.pauses),
    )
    for position, target in enumerate(draft.targets):
        _write_target(version, position, target)
    check_ladders()
    return version


def _write_target(version: PolicyVersion, position: int, draft: TargetDraft) -> None:
    values, steps = clean_target(draft, f"targets.{position}")
    target = Target(version=version, position=position, **values)
    save_checked(target)
    EscalationStep.objects.bulk_create(EscalationStep(target=target, **step) for step in steps)


def _turn_page(name: str, policy: Policy, by: Actor, **data: Any) -> None:
    PolicyBook.objects.filter(id=1).update(version=uuid.uuid4())
    announce(Announcement(name, "policy", policy.pk, data=data), by=by)

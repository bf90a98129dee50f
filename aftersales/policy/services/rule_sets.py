"""Writing rule sets: each change of the rules is a new version, and wakes every process that judges."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.policy.checking import clean_rules
from aftersales.policy.models import PolicyBook, RuleSet, RuleSetVersion
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce

MOST_NAME, MOST_KEY = 120, 60


def require_manager(by: Actor) -> None:
    """Only who sets up after-sales writes its rules."""
    if not by.is_trusted and (by.staff is None or not by.staff.can(AFTERSALES_MANAGE)):
        raise Forbidden


@transaction.atomic
def create_rule_set(
    key: str,
    *,
    name: str,
    name_zh: str = "",
    rules: Sequence[Mapping[str, Any]],
    by: Actor,
    preset: str = "",
    position: int | None = None,
    is_second: bool = False,
) -> RuleSet:
    """A new set, at the end of the order unless a place is given; announces claim_policy.changed, as every verb here."""
    require_manager(by)
    kept = clean_rules(rules)
    names = _clean_names(name, name_zh)
    key = _clean_key(key)
    _lock_book()
    if RuleSet.objects.filter(key=key).exists():
        raise Invalid(fields={"key": _("There is a set with this key already.")})
    if position is None:
        position = 1 + max(RuleSet.objects.values_list("position", flat=True), default=0)
    made = RuleSet.objects.create(
        key=key, name=names[0], name_zh=names[1], preset=preset, position=position, is_second=is_second
    )
    _write_version(made, kept, by)
    _announce(made, "created", by)
    return made


@transaction.atomic
def change_rules(set_id: int, rules: Sequence[Mapping[str, Any]], *, by: Actor, version: int | None = None) -> RuleSet:
    """Other rules from now on; claims that were judged keep the version that judged them. Refuses (`Conflict`) when somebody
    else wrote a version since `version`."""
    require_manager(by)
    kept = clean_rules(rules)
    _lock_book()
    found = _get(set_id)
    if version is not None and version != found.version:
        raise Conflict(version=found.version)
    if kept == found.versions.get(number=found.version).rules:
        return found
    found.version += 1
    found.save(update_fields=["version"])
    _write_version(found, kept, by)
    _announce(found, "rules", by)
    return found


@transaction.atomic
def rename_rule_set(set_id: int, *, name: str, name_zh: str = "", by: Actor) -> RuleSet:
    """Call a set otherwise; its rules stay."""
    require_manager(by)
    names = _clean_names(name, name_zh)
    _lock_book()
    found = _get(set_id)
    if (found.name, found.name_zh) == names:
        return found
    found.name, found.name_zh = names
    found.save(update_fields=["name", "name_zh"])
    _announce(found, "name", by)
    return found


@transaction.atomic
def switch_rule_set(set_id: int, *, is_active: bool, by: Actor) -> RuleSet:
    """Let a set count or not."""
    require_manager(by)
    _lock_book()
    found = _get(set_id)
    if found.is_active == is_active:
        return found
    found.is_active = is_active
    found.save(update_fields=["is_active"])
    _turn_page()
    _announce(found, "is_active", by)
    return found


@transaction.atomic
def order_rule_sets(ids: Sequence[int], *, by: Actor) -> None:
    """Ask the sets in this order; those that are not named come after, as they stood."""
    require_manager(by)
    _lock_book()
    present = list(RuleSet.objects.order_by("position", "id").values_list("pk", flat=True))
    wanted = [pk for pk in dict.fromkeys(ids) if pk in set(present)]
    for place, pk in enumerate([*wanted, *(pk for pk in present if pk not in set(wanted))], start=1):
        RuleSet.objects.filter(pk=pk).update(position=place)
    _turn_page()
    if wanted and wanted != present:
        announce(Announcement("claim_policy.ordered", "claim_policy", wanted[0]), by=by)


def _clean_names(name: str, name_zh: str) -> tuple[str, str]:
    cleaned = name.replace("\x00", "").strip(), name_zh.replace("\x00", "").strip()
    if not cleaned[0]:
        raise Invalid(fields={"name": _("Give it a name.")})
    for field, text in zip(("name", "name_zh"), cleaned, strict=True):
        if len(text) > MOST_NAME:
            raise Invalid(fields={field: _("Use at most %(most)d characters.") % {"most": MOST_NAME}})
    return cleaned


def _clean_key(key: str) -> str:
    if not key or len(key) > MOST_KEY or not key.isascii() or not key.replace("_", "").replace("-", "").isalnum():
        raise Invalid(fields={"key": _("Use letters, digits and underscores.")})
    return key


def _announce(rule_set: RuleSet, what: str, by: Actor) -> None:
    data = {"what": what, "version": rule_set.version, "is_active": rule_set.is_active}
    announce(Announcement("claim_policy.changed", "claim_policy", rule_set.pk, data=data), by=by)


def _get(set_id: int) -> RuleSet:
    found = RuleSet.objects.filter(pk=set_id).first()
    if found is None:
        raise NotFound
    return found


def _lock_book() -> None:
    """One writer at a time."""
    PolicyBook.objects.get_or_create(pk=1)
    PolicyBook.objects.select_for_update(no_key=True).get(pk=1)


def _turn_page() -> None:
    PolicyBook.objects.filter(pk=1).update(version=uuid.uuid4())


def _write_version(rule_set: RuleSet, rules: list[dict[str, Any]], by: Actor) -> None:
    RuleSetVersion.objects.create(
        rule_set=rule_set,
        number=rule_set.version,
        rules=rules,
        by_kind=by.kind,
        by_id=by.id,
        created_at=clock.now(),
    )
    _turn_page()

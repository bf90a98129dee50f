"""Skills, which tickets need them, and who has them at which level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Skill, SkillLevel, Staff, StaffSkill
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.saving import fingerprint, require_unchanged, save_checked
from tickets.routing.models import SkillNeed
from tickets.routing.services.checking import start_check
from tickets.routing.services.editing import found, may_edit, tell
from tickets.services.labels import locked, plain_text, values_of

SKILL_FIELDS = ("name", "name_zh")
NEED_FIELDS = ("skill_id", "level", "team_id", "kind", "language", "tag")
MOST_SKILLS = 200
MOST_NEEDS = 500
# A ticket's needs are also kept as one short text.
MOST_NEEDED = 80


@transaction.atomic
def save_skill(pk: int | None, *, name: str, name_zh: str, by: Actor, seen: str | None = None) -> Skill:
    """Add or rename a skill; announces routing.changed."""
    may_edit(by)
    wanted = {"name": plain_text(name), "name_zh": plain_text(name_zh)}
    if pk is None:
        if Skill.objects.count() >= MOST_SKILLS:
            raise Invalid(_("There are 200 skills already. Delete one first."))
        skill, changed = Skill(**wanted), list(wanted)
    else:
        skill = locked(Skill, pk)
        require_unchanged(seen, values_of(skill, SKILL_FIELDS))
        changed = [field for field, value in wanted.items() if getattr(skill, field) != value]
        for field in changed:
            setattr(skill, field, wanted[field])
    if changed:
        save_checked(skill)
        tell("skill", skill.pk, by=by, fields=changed)
    return skill


@transaction.atomic
def delete_skill(pk: int, *, by: Actor) -> None:
    """Forget a skill: nobody has it and no ticket needs it any more; announces routing.changed."""
    may_edit(by)
    skill = locked(Skill, pk)
    tell("skill", skill.pk, by=by, deleted=True)
    skill.delete()
    start_check()


@transaction.atomic
def save_need(pk: int | None, values: Mapping[str, Any], *, by: Actor, seen: str | None = None) -> SkillNeed:
    """Say which tickets need a skill; announces routing.changed. Tickets that wait already follow in a job."""
    may_edit(by)
    wanted = {name: plain_text(values.get(name)) for name in NEED_FIELDS}
    if not (wanted["team_id"] or wanted["kind"] or wanted["language"] or wanted["tag"]):
        raise Invalid(_("Name at least one condition; otherwise every ticket would need this skill."))
    if pk is None:
        _room_for(wanted["skill_id"])
        need = SkillNeed(**wanted)
        changed = list(wanted)
    else:
        need = locked(SkillNeed, pk)
        require_unchanged(seen, values_of(need, NEED_FIELDS))
        changed = [name for name, value in wanted.items() if getattr(need, name) != value]
        for name in changed:
            setattr(need, name, wanted[name])
    if changed:
        _refuse_twin(need)
        save_checked(need)
        tell("skill_need", need.pk, by=by, fields=changed)
        start_check()
    return need


def _room_for(skill_id: int) -> None:
    needed = set(SkillNeed.objects.values_list("skill_id", flat=True))
    if SkillNeed.objects.count() >= MOST_NEEDS or (skill_id not in needed and len(needed) >= MOST_NEEDED):
        raise Invalid(_("There are too many of these already. Delete one first."))


def _refuse_twin(need: SkillNeed) -> None:
    same = {name: getattr(need, name) for name in NEED_FIELDS if name != "level"}
    null = {f"{name}__isnull": True for name, value in same.items() if value is None}
    given = {name: value for name, value in same.items() if value is not None}
    if SkillNeed.objects.filter(**given, **null).exclude(pk=need.pk).exists():
        raise Invalid(_("The same tickets need this skill already."))


@transaction.atomic
def delete_need(pk: int, *, by: Actor) -> None:
    """These tickets need the skill no longer; announces routing.changed."""
    may_edit(by)
    need = locked(SkillNeed, pk)
    tell("skill_need", need.pk, by=by, deleted=True)
    need.delete()
    start_check()


# --- Who has which skill ---------------------------------------------------------------------------------------------
def levels_of(staff_ids: Any) -> dict[int, dict[int, int]]:
    """Person → skill → level; one query."""
    known: dict[int, dict[int, int]] = {pk: {} for pk in staff_ids}
    rows = StaffSkill.objects.filter(staff_id__in=known).values_list("staff_id", "skill_id", "level")
    for staff_id, skill_id, level in rows:
        known[staff_id][skill_id] = level
    return known


def levels_seen(levels: Mapping[int, int]) -> str:
    """The fingerprint of one person's levels; it goes along with the matrix."""
    return fingerprint({str(skill): level for skill, level in sorted(levels.items())})


@transaction.atomic
def set_levels(wanted: Mapping[int, Mapping[int, int]], *, by: Actor, seen: Mapping[int, str] | None = None) -> int:
    """Person → skill → level (0: does not have it); skills that are not named stay. Announces routing.changed for each
    person who differs, and returns their number. `Conflict` names in its fields who was changed by somebody else."""
    may_edit(by)
    people = list(Staff.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    if len(people) != len(wanted):
        found(None)
    known = levels_of(wanted)
    late = [pk for pk in wanted if seen is not None and seen.get(pk) != levels_seen(known[pk])]
    if late:
        raise Conflict(fields={f"row-{pk}": _("Somebody else changed this row a moment ago.") for pk in late})
    skills = set(Skill.objects.values_list("pk", flat=True))
    changed = 0
    for pk, levels in wanted.items():
        differing = {key: level for key, level in levels.items() if known[pk].get(key, 0) != level}
        if not differing:
            continue
        if not set(differing) <= skills or not set(differing.values()) <= {0, *SkillLevel.values}:
            raise Invalid(fields={f"row-{pk}": _("Choose one of the levels.")})
        _write_levels(pk, differing)
        tell("staff", pk, by=by, fields=["skills"], skills=sorted(differing))
        changed += 1
    return changed


def _write_levels(staff_id: int, levels: Mapping[int, int]) -> None:
    StaffSkill.objects.filter(staff_id=staff_id, skill_id__in=[k for k, level in levels.items() if not level]).delete()
    for skill_id, level in levels.items():
        if level:
            StaffSkill.objects.update_or_create(staff_id=staff_id, skill_id=skill_id, defaults={"level": level})

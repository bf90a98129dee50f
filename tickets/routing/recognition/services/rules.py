"""Editing the rules. Each change is one event and a new version of the book, so that the next arrival sees it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import RECOGNITION_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.saving import require_unchanged, save_checked
from tickets.routing.recognition.conditions import MOST_CONDITIONS, clean_condition, compile_expression
from tickets.routing.recognition.effects import clean_effects
from tickets.routing.recognition.models import RecognitionRule, RuleBook
from tickets.services.labels import locked, plain_text, tell, values_of

FIELDS = ("name", "name_zh", "match", "conditions", "effects", "stops")
MOST_RULES = 200
# Of all rules together, since every arrival pays for all of them: words, expressions, and the steps of these.
MOST_WORDS, MOST_EXPRESSIONS, MOST_STEPS_OF_ALL = 20_000, 300, 20_000


def clean_rule(values: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's values as they are kept; `Invalid` names what is wrong."""
    conditions = [clean_condition(condition) for condition in values.get("conditions", ())]
    if not 0 < len(conditions) <= MOST_CONDITIONS:
        raise Invalid(fields={"conditions": _("A rule has between 1 and 12 conditions.")})
    return {
        "name": plain_text(values.get("name", "")),
        "name_zh": plain_text(values.get("name_zh", "")),
        "match": values.get("match") or "all",
        "conditions": conditions,
        "effects": clean_effects(values.get("effects", {})),
        "stops": bool(values.get("stops")),
    }


@transaction.atomic
def save_rule(
    pk: int | None, values: Mapping[str, Any], *, by: Actor, seen: str | None = None, preset: str = ""
) -> RecognitionRule:
    """Add or change a rule; announces recognition_rule.created or recognition_rule.changed with the changed names."""
    require(by, RECOGNITION_MANAGE)
    cleaned = clean_rule(values)
    _require_room(pk, cleaned["conditions"])
    if pk is None:
        if RecognitionRule.objects.count() >= MOST_RULES:
            raise Invalid(_("There are 200 rules already. Delete one first."))
        last = RecognitionRule.objects.aggregate(last=Max("position"))["last"]
        rule = RecognitionRule(**cleaned, position=0 if last is None else last + 1, preset=preset)
        save_checked(rule)
        tell("recognition_rule.created", rule, by)
    else:
        rule = locked(RecognitionRule, pk)
        require_unchanged(seen, values_of(rule, FIELDS))
        changed = [name for name in FIELDS if getattr(rule, name) != cleaned[name]]
        for name in changed:
            setattr(rule, name, cleaned[name])
        if not changed:
            return rule
        save_checked(rule, update_fields=changed)
        tell("recognition_rule.changed", rule, by, fields=changed)
    new_version()
    return rule


def _require_room(pk: int | None, conditions: Sequence[Mapping[str, Any]]) -> None:
    """`Invalid` when all rules together would hold up the arrival of mail."""
    others = RecognitionRule.objects.exclude(pk=pk or 0).values_list("conditions", flat=True)
    every = [condition for kept in (*others, conditions) for condition in kept]
    expressions = [
        value
        for condition in every
        if str(condition.get("op")).startswith("matches")
        for value in condition.get("values", ())
    ]
    words = sum(len(condition.get("values", ())) for condition in every)
    if words > MOST_WORDS or len(expressions) > MOST_EXPRESSIONS or _steps(expressions) > MOST_STEPS_OF_ALL:
        raise Invalid(
            fields={"conditions": _("All rules together look for too much. Shorten this one, or delete another first.")}
        )


def _steps(expressions: Sequence[str]) -> int:
    """How large they are together; one that cannot be compiled is never run."""
    total = 0
    for expression in expressions:
        try:
            total += compile_expression(expression).programsize
        except Invalid:
            continue
    return total


@transaction.atomic
def switch_rule(pk: int, *, is_active: bool, by: Actor) -> None:
    """Let it act, or not; announces recognition_rule.switched."""
    require(by, RECOGNITION_MANAGE)
    rule = locked(RecognitionRule, pk)
    if rule.is_active != is_active:
        rule.is_active = is_active
        rule.save(update_fields=["is_active"])
        tell("recognition_rule.switched", rule, by, is_active=is_active)
        new_version()


@transaction.atomic
def delete_rule(pk: int, *, by: Actor) -> None:
    """Announces recognition_rule.deleted."""
    require(by, RECOGNITION_MANAGE)
    rule = locked(RecognitionRule, pk)
    tell("recognition_rule.deleted", rule, by)
    rule.delete()
    new_version()


@transaction.atomic
def order_rules(ids: Sequence[int], *, by: Actor) -> None:
    """Put the rules into this order (those not named keep theirs, behind); announces recognition_rule.reordered."""
    require(by, RECOGNITION_MANAGE)
    rows = {rule.pk: rule for rule in RecognitionRule.objects.select_for_update(no_key=True)}
    unknown = set(ids) - set(rows)
    if unknown:
        raise NotFound
    wanted = [*dict.fromkeys(ids), *[pk for pk in rows if pk not in set(ids)]]
    moved = [pk for position, pk in enumerate(wanted) if rows[pk].position != position]
    for position, pk in enumerate(wanted):
        RecognitionRule.objects.filter(pk=pk).update(position=position)
    if moved:
        tell("recognition_rule.reordered", rows[moved[0]], by)
        new_version()


def move_rule(pk: int, *, up: bool, by: Actor) -> None:
    """Exchange places with the neighbour."""
    ids = list(RecognitionRule.objects.values_list("pk", flat=True))
    if pk not in ids:
        raise NotFound
    here = ids.index(pk)
    there = here - 1 if up else here + 1
    if 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
    order_rules(ids, by=by)


def new_version() -> None:
    """Every process compiles anew at its next arrival."""
    RuleBook.objects.update_or_create(id=1, defaults={"version": uuid.uuid4()})

"""C1's rule, edited: every change is a version of its own, and the highest counts for what arrives from now on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid
from helpdesk.core.saving import Overtaken
from helpdesk.customers.models import CustomerLevel
from tickets.models import Kind
from tickets.routing.book import GradeTables
from tickets.routing.grading import SHIPPED
from tickets.routing.models import GradeRule, RoutingBook
from tickets.routing.services.editing import may_edit, tell

FIGURES = (1, 2, 3)
# 10 can never be reached by 3 × 3: then only the complexity itself makes a ticket complex.
COMPLEX_FROM = range(2, 11)


def tables_of(rule: GradeRule | None) -> GradeTables:
    """A version's tables; what a later product adds has the shipped figure."""
    if rule is None:
        return SHIPPED
    return GradeTables(
        rule.version,
        {**SHIPPED.urgency, **rule.urgency},
        {**SHIPPED.complexity, **rule.complexity},
        {**SHIPPED.value, **rule.value},
        rule.complex_from,
    )


def latest_tables() -> GradeTables:
    """The rule as it stands in the database."""
    return tables_of(GradeRule.objects.order_by("-version").first())


@transaction.atomic
def change_grade_rule(values: Mapping[str, Any], *, by: Actor, seen: int | None = None) -> GradeTables:
    """Write the next version from `urgency`, `complexity`, `value` and `complex_from`; announces grade_rule.changed with the
    names of what differs. `Conflict` when `seen` is no longer the version that counts."""
    may_edit(by)
    # one editor at a time; the book's row exists since the first migration
    RoutingBook.objects.select_for_update().get_or_create(pk=1)
    now = latest_tables()
    if seen is not None and seen != now.version:
        raise Overtaken(seen=now.version, values={})
    wanted = _checked(values)
    changed = [
        f"{table}.{key}"
        for table in ("urgency", "complexity", "value")
        for key, figure in wanted[table].items()
        if getattr(now, table).get(key) != figure
    ]
    changed += ["complex_from"] if wanted["complex_from"] != now.complex_from else []
    if not changed:
        return now
    staff = by.staff
    rule = GradeRule.objects.create(version=now.version + 1, made_by=staff, made_at=clock.now(), **wanted)
    tell("grade_rule", rule.pk, by=by, name="grade_rule.changed", version=rule.version, fields=changed)
    return tables_of(rule)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    names = {"urgency": Kind.values, "complexity": Kind.values, "value": CustomerLevel.values}
    found: dict[str, Any] = {}
    for table, keys in names.items():
        given = values.get(table, {})
        for key in keys:
            if given.get(key) not in FIGURES:
                raise Invalid(fields={f"{table}_{key}": _("Choose 1, 2 or 3.")})
        found[table] = {key: given[key] for key in keys}
    if values.get("complex_from") not in COMPLEX_FROM:
        raise Invalid(fields={"complex_from": _("Choose a number from 2 to 10.")})
    return {**found, "complex_from": values["complex_from"]}

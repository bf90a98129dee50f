"""C1's rule before people's eyes: its tables, what they give for each kind and level, and how they were before."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.permissions import ROUTING_MANAGE
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show
from helpdesk.customers.models import CustomerLevel
from tickets.models import Grade, Kind
from tickets.routing.book import GradeTables
from tickets.routing.grading import grade
from tickets.routing.models import GradeRule
from tickets.routing.services.grades import change_grade_rule, latest_tables, tables_of
from tickets.routing.settings_forms import GradeForm, initial_grades

VERSIONS = 50


@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def grade_rule(request: HttpRequest) -> HttpResponse:
    """The rule, its preview and its history. `preview` shows what the typed figures would give, and saves nothing."""
    now = latest_tables()
    is_post = request.method == "POST"
    form = GradeForm(request.POST if is_post else None, initial=initial_grades(now))
    is_preview = is_post and "preview" in request.POST
    if is_post and not is_preview:
        saved = attempt(form, lambda: _change(request, form))
        if saved is not None:
            words = _("Saved as version %(number)s. It counts for what arrives from now on.")
            return done(request, words % {"number": saved.version}, reverse("settings_routing_grades"))
    tables = now
    if is_preview and form.is_valid():
        tables = GradeTables(version=now.version, **form.values())
    context = {
        "form": form,
        "tables": tables,
        "version": now.version,
        "is_preview": is_preview and form.is_valid(),
        "levels": [level.label for level in CustomerLevel],
        "preview": preview_of(tables, now),
        "history": history(),
    }
    return show(request, "settings/routing/grades.html", context, status=422 if form.errors else 200)


def _change(request: HttpRequest, form: GradeForm) -> GradeTables:
    return change_grade_rule(form.values(), by=actor_of(request), seen=form.cleaned_data["seen"])


def preview_of(tables: GradeTables, now: GradeTables) -> list[dict[str, Any]]:
    """For each kind the grade and priority at each level, and whether that differs from what counts now."""
    rows = []
    for kind in Kind:
        cells = []
        for level in CustomerLevel:
            graded = grade(kind=kind, level=level, tables=tables)
            before = grade(kind=kind, level=level, tables=now)
            cells.append(
                {
                    "level": level.label,
                    "grade": Grade(graded.grade).label,
                    "code": str(graded.grade),
                    "priority": graded.priority,
                    "figures": (graded.urgency, graded.complexity, graded.value),
                    "differs": (graded.grade, graded.priority) != (before.grade, before.priority),
                }
            )
        rows.append({"kind": kind.label, "cells": cells})
    return rows


def history() -> list[dict[str, Any]]:
    """The versions, latest first, each with what it changed; two queries. The last is the shipped rule."""
    rules = list(GradeRule.objects.select_related("made_by")[: VERSIONS + 1])
    found = []
    for rule, before in zip(rules, [*rules, None][1:], strict=True):
        said = differences(tables_of(before), tables_of(rule))
        found.append({"rule": rule, "by": rule.made_by.name if rule.made_by else "", "said": said})
    return found[:VERSIONS]


def differences(before: GradeTables, after: GradeTables) -> list[str]:
    """`Urgency of Repair or fault: 2 → 3`, for all that differs."""
    found = []
    tables: list[tuple[str, str, Any]] = [
        ("urgency", _("Urgency of %(name)s"), Kind),
        ("complexity", _("Complexity of %(name)s"), Kind),
        ("value", _("Value of %(name)s"), CustomerLevel),
    ]
    for table, words, choices in tables:
        old, new = getattr(before, table), getattr(after, table)
        found += [
            f"{words % {'name': choice.label}}: {old.get(choice, 1)} → {new.get(choice, 1)}"
            for choice in choices
            if old.get(choice, 1) != new.get(choice, 1)
        ]
    if before.complex_from != after.complex_from:
        found.append(f"{_('Complex from complexity × value of')}: {before.complex_from} → {after.complex_from}")
    return found

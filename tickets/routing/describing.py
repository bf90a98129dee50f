"""What the rows that routing's administration changes are called, for the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Skill, Team
from helpdesk.core.describing import Subject, subject_names
from helpdesk.customers.models import Customer
from tickets.routing.models import GradeRule, SkillNeed


def queue_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    teams = Team.objects.filter(pk__in=set(ids))
    return {team.pk: Subject(team.label, reverse("settings_routing_queue", args=[team.pk])) for team in teams}


def skill_subjects(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = Skill.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_routing_skill", args=[row.pk])) for row in rows}


def need_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = SkillNeed.objects.filter(pk__in=set(ids)).select_related("skill")
    return {row.pk: Subject(row.skill.label, reverse("settings_routing_need", args=[row.pk])) for row in rows}


def book_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    return {pk: Subject(_("Capacity by role"), reverse("settings_routing_capacities")) for pk in ids}


def owned_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = Customer.objects.filter(pk__in=set(ids)).values_list("pk", "name")
    return {pk: Subject(name, reverse("settings_routing_owners")) for pk, name in rows}


def rule_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = GradeRule.objects.filter(pk__in=set(ids)).values_list("pk", "version")
    words = _("Version %(number)s")
    return {pk: Subject(words % {"number": number}, reverse("settings_routing_grades")) for pk, number in rows}


def register() -> None:
    """Add the names."""
    subject_names.add("queue", queue_names)
    subject_names.add("skill", skill_subjects)
    subject_names.add("skill_need", need_names)
    subject_names.add("routing_book", book_names)
    subject_names.add("account_owner", owned_names)
    subject_names.add("grade_rule", rule_names)

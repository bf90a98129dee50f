"""Administration of skills: which there are, which tickets need them, and who has them at which level."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.desk import number_in
from helpdesk.accounts.models import Skill, SkillLevel, Staff, Team
from helpdesk.accounts.permissions import ROUTING_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.saving import fingerprint
from tickets.models import Kind
from tickets.routing.models import SkillNeed
from tickets.routing.selectors.people import answering_people
from tickets.routing.services import skills as services
from tickets.routing.settings_forms import NeedForm, SkillForm
from tickets.services.labels import values_of

URL = "settings_routing_skills"


@require_safe
@administration(ROUTING_MANAGE)
def skill_list(request: HttpRequest) -> HttpResponse:
    """The skills, and the tickets that need them."""
    skills = list(Skill.objects.prefetch_related("people"))
    needs = [
        {"need": need, "when": conditions_said(need)} for need in SkillNeed.objects.select_related("skill", "team")
    ]
    return show(request, "settings/routing/skills.html", {"skills": skills, "needs": needs})


def conditions_said(need: SkillNeed) -> list[str]:
    """Which tickets, in words."""
    found = []
    if need.team is not None:
        found.append(_("Team: %(name)s") % {"name": need.team.label})
    if need.kind in Kind.values:
        found.append(_("Kind: %(name)s") % {"name": Kind(need.kind).label})
    if need.language:
        names = {"en": _("English"), "zh": _("Chinese")}
        found.append(_("Language: %(name)s") % {"name": names.get(need.language[:2], need.language)})
    return [*found, f"#{need.tag}"] if need.tag else found


@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def skill_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or rename a skill."""
    skill = Skill.objects.filter(pk=pk).first() if pk is not None else None
    if pk is not None and skill is None:
        raise NotFound
    initial: dict[str, Any] = {}
    if skill is not None:
        values = values_of(skill, services.SKILL_FIELDS)
        initial = {**values, "seen": fingerprint(values)}
    form = SkillForm(request.POST or None, initial=initial)
    if request.method == "POST":
        saved = attempt(form, lambda: services.save_skill(pk, by=actor_of(request), **_plain(form, pk)))
        if saved is not None:
            return done(request, _("Saved."), reverse(URL))
    return show(
        request, "settings/routing/skill_form.html", {"form": form, "skill": skill}, status=422 if form.errors else 200
    )


def _plain(form: SkillForm, pk: int | None) -> dict[str, Any]:
    data = form.cleaned_data
    return {"name": data["name"], "name_zh": data["name_zh"], "seen": data["seen"] if pk else None}


@require_POST
@administration(ROUTING_MANAGE)
def skill_delete(request: HttpRequest, pk: int) -> HttpResponse:
    return acted(request, _("Deleted."), reverse(URL), lambda: services.delete_skill(pk, by=actor_of(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def need_form(request: HttpRequest, need_id: int | None = None) -> HttpResponse:
    """Say which tickets need a skill."""
    need = SkillNeed.objects.filter(pk=need_id).first() if need_id is not None else None
    if need_id is not None and need is None:
        raise NotFound
    initial: dict[str, Any] = {"skill": request.GET.get("skill", "")[:19]}
    if need is not None:
        values = values_of(need, services.NEED_FIELDS)
        initial = {**values, "skill": need.skill_id, "team": need.team_id, "seen": fingerprint(values)}
    form = NeedForm(request.POST or None, initial=initial)
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: services.save_need(
                need_id, form.values(), by=actor_of(request), seen=form.cleaned_data["seen"] if need_id else None
            ),
        )
        if saved is not None:
            return done(request, _("Saved. Waiting tickets follow within moments."), reverse(URL))
    context = {"form": form, "need": need, "has_skills": Skill.objects.exists()}
    return show(request, "settings/routing/need_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(ROUTING_MANAGE)
def need_delete(request: HttpRequest, need_id: int) -> HttpResponse:
    return acted(request, _("Deleted."), reverse(URL), lambda: services.delete_need(need_id, by=actor_of(request)))


# --- The matrix ------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def matrix(request: HttpRequest) -> HttpResponse:
    """People by skills: a level in each cell. One page of people at a time; the same queries whatever their number."""
    filters = filters_of(request)
    page = answering_people(**filters)
    skills = list(Skill.objects.all())
    saved = known = services.levels_of([person.pk for person in page.rows])
    errors: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        wanted, seen = _typed(request, known, skills)
        try:
            services.set_levels(wanted, by=actor_of(request), seen=seen)
        except Refused as refusal:
            if refusal.status in {403, 404}:
                raise
            errors, status = {**refusal.fields, "form": str(refusal)}, 422
            known = {pk: {**known[pk], **levels} for pk, levels in wanted.items()}
        else:
            return done(request, _("Saved."), f"{reverse('settings_routing_people')}?{query_of(filters)}")
    rows = [_row(person, known[person.pk], skills, errors, saved[person.pk]) for person in page.rows]
    context = {
        "rows": rows,
        "skills": skills,
        "error": errors.get("form", ""),
        "next_url": f"?{query_of({**filters, 'after': page.next})}" if page.next else "",
        "levels": [(0, "–"), *SkillLevel.choices],
        **toolbar(filters),
    }
    return show(request, "settings/routing/matrix.html", context, status=status)


def filters_of(request: HttpRequest) -> dict[str, Any]:
    """Team, words of the name, and where the page begins, from the address."""
    data = request.GET
    return {
        "team_id": number_in(data.get("team")),
        "q": data.get("q", "").replace("\x00", "").strip()[:60],
        "after": number_in(data.get("after")),
    }


def query_of(filters: dict[str, Any]) -> str:
    names = {"team_id": "team"}
    return urlencode({names.get(name, name): value for name, value in filters.items() if value not in {None, ""}})


def toolbar(filters: dict[str, Any]) -> dict[str, Any]:
    """What the bar above a list of people shows."""
    return {"teams": list(Team.objects.filter(is_active=True)), "team_id": filters["team_id"], "q": filters["q"]}


def _typed(
    request: HttpRequest, known: dict[int, dict[int, int]], skills: list[Skill]
) -> tuple[dict[int, dict[int, int]], dict[int, str]]:
    """The levels of the people of this page as they were sent; a cell that was not sent stays."""
    wanted: dict[int, dict[int, int]] = {}
    seen = {}
    for pk in known:
        if f"seen-{pk}" not in request.POST:
            continue
        seen[pk] = request.POST[f"seen-{pk}"]
        given = {skill.pk: request.POST.get(f"level-{pk}-{skill.pk}") for skill in skills}
        wanted[pk] = {key: _level(value) for key, value in given.items() if value is not None}
    return wanted, seen


def _level(text: str) -> int:
    number = number_in(text, most=9)
    return -1 if number is None else number


def _row(
    person: Staff, levels: dict[int, int], skills: list[Skill], errors: dict[str, Any], saved: dict[int, int]
) -> dict[str, Any]:
    """`levels` are shown; `saved` were read, so that whoever has been told of them may save over them."""
    cells = [{"skill": skill, "level": levels.get(skill.pk, 0)} for skill in skills]
    error = str(errors.get(f"row-{person.pk}", ""))
    if error and levels != saved:
        names = [f"{skill.label} – {SkillLevel(saved[skill.pk]).label}" for skill in skills if skill.pk in saved]
        error += " " + _("Saved now: %(levels)s.") % {"levels": ", ".join(names) or "–"}
    return {"person": person, "cells": cells, "seen": services.levels_seen(saved), "error": error}

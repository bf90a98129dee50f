"""Administration of teams: list and order, new, edit, default, closing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import TEAMS_MANAGE
from helpdesk.accounts.selectors import teams_with_sizes
from helpdesk.accounts.services import teams as services
from helpdesk.accounts.settings_forms import CloseTeamForm, TeamForm
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import fingerprint


def _url(team_id: int) -> str:
    return reverse("settings_team_edit", args=[team_id])


def _people() -> list[tuple[int, str]]:
    people = Staff.objects.filter(is_active=True).order_by("name", "pk")
    return [(pk, f"{name} ({username})") for pk, name, username in people.values_list("pk", "name", "username")]


@require_safe
@administration(TEAMS_MANAGE)
def team_list(request: HttpRequest) -> HttpResponse:
    return show(request, "settings/team_list.html", {"teams": teams_with_sizes()})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(TEAMS_MANAGE)
def team_create(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    form.add_rows(_people(), {})
    if request.method == "POST":
        made = attempt(
            form, lambda: services.create_team(by=actor_of(request), members=form.memberships(), **form.team())
        )
        if made is not None:
            return done(request, _("Team %(name)s is ready.") % {"name": made.label}, _url(made.pk))
    return show(request, "settings/team_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(TEAMS_MANAGE)
def team_edit(request: HttpRequest, team_id: int) -> HttpResponse:
    """Names, signatures with a preview, people; and closing it."""
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise NotFound
    members = dict(team.memberships.values_list("staff_id", "is_lead"))
    values = services.editable_values(team)
    form = TeamForm(request.POST or None, initial={**values, "seen": fingerprint(values)})
    form.add_rows(_people(), members)
    if request.method == "POST":
        # inactive people are not shown and stay members
        hidden = {pk: lead for pk, lead in members.items() if pk not in form.row_names.values()}
        saved = attempt(
            form,
            lambda: services.change_team(
                team.pk,
                by=actor_of(request),
                seen=form.cleaned_data["seen"],
                members={**hidden, **form.memberships()},
                **form.team(),
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), _url(team.pk))
    context: dict[str, Any] = {
        "form": form,
        "team": team,
        "close_form": CloseTeamForm(team=team, prefix="close"),
        "open_work": services.open_work_of(team.pk),
    }
    return show(request, "settings/team_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(TEAMS_MANAGE)
def team_deactivate(request: HttpRequest, team_id: int) -> HttpResponse:
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise NotFound
    form = CloseTeamForm(request.POST, team=team, prefix="close")
    to = form.cleaned_data["to"].pk if form.is_valid() else None
    words = _("Closed. Its open tickets are moving to the other team.")
    return acted(
        request, words, _url(team_id), lambda: services.deactivate_team(team_id, to_id=to, by=actor_of(request))
    )


@require_POST
@administration(TEAMS_MANAGE)
def team_reactivate(request: HttpRequest, team_id: int) -> HttpResponse:
    words = _("Active again.")
    return acted(request, words, _url(team_id), lambda: services.reactivate_team(team_id, by=actor_of(request)))


@require_POST
@administration(TEAMS_MANAGE)
def team_make_default(request: HttpRequest, team_id: int) -> HttpResponse:
    words = _("This team now takes what no other does.")
    return acted(request, words, _url(team_id), lambda: services.make_default_team(team_id, by=actor_of(request)))


@require_POST
@administration(TEAMS_MANAGE)
def team_move(request: HttpRequest, team_id: int) -> HttpResponse:
    is_up = request.POST.get("to") == "up"
    url = reverse("settings_teams")
    return acted(request, _("Moved."), url, lambda: services.move_team(team_id, up=is_up, by=actor_of(request)))

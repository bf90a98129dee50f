"""Administration of the question that customers are asked after a solving."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import LABELS_MANAGE
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show
from helpdesk.core.saving import fingerprint
from tickets.services.surveys import change_surveys, shown_settings
from tickets.settings_forms import SurveyForm


@require_http_methods(["GET", "HEAD", "POST"])
@administration(LABELS_MANAGE)
def surveys(request: HttpRequest) -> HttpResponse:
    """Whether and when customers are asked, for everybody and for teams that differ."""
    values = shown_settings()
    initial = {"is_on": values["is_on"], "delay_minutes": values["delay_minutes"], "seen": fingerprint(values)}
    teams = list(Team.objects.filter(is_active=True))
    form = SurveyForm(request.POST or None, initial=initial, teams=teams, own=values["teams"])
    if request.method == "POST":
        data = form.cleaned_data if form.is_valid() else {}
        saved = attempt(
            form,
            lambda: (
                change_surveys(
                    by=actor_of(request),
                    is_on=data["is_on"],
                    delay_minutes=int(data["delay_minutes"]),
                    teams=form.choices_of_teams(),
                    seen=data["seen"],
                )
                or True
            ),
        )
        if saved:
            return done(request, _("Saved."), reverse("settings_surveys"))
    return show(request, "settings/surveys.html", {"form": form}, status=422 if form.errors else 200)

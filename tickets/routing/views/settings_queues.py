"""Administration of routing: the teams' queues, and a dry run of the matcher on a ticket."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import ROUTING_MANAGE
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show, staff_of
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.saving import fingerprint
from tickets.access import parse_number
from tickets.models import Ticket
from tickets.routing.models import Strategy
from tickets.routing.selectors.explaining import Explained, explain_ticket
from tickets.routing.selectors.queues import settings_of
from tickets.routing.services import queues as services
from tickets.routing.settings_forms import QueueForm
from tickets.routing.words import load_text, obstacle_words, reason_words, skill_names, waiting_words

URL = "settings_routing"


@require_safe
@administration(ROUTING_MANAGE)
def queue_list(request: HttpRequest) -> HttpResponse:
    """Each team's queue with how it works."""
    rows = [
        {"team": team, "queue": settings_of(team)}
        for team in Team.objects.filter(is_active=True).select_related("queue")
    ]
    return show(request, "settings/routing/queues.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(ROUTING_MANAGE)
def queue_edit(request: HttpRequest, team_id: int) -> HttpResponse:
    team = Team.objects.filter(pk=team_id, is_active=True).select_related("queue").first()
    if team is None:
        raise NotFound
    values = services.queue_values(settings_of(team))
    form = QueueForm(request.POST or None, initial={**values, "seen": fingerprint(values)})
    if request.method == "POST":
        saved = attempt(form, lambda: _change(request, team.pk, form))
        if saved is not None:
            return done(request, _("Saved."), reverse(URL))
    return show(
        request, "settings/routing/queue_form.html", {"form": form, "team": team}, status=422 if form.errors else 200
    )


def _change(request: HttpRequest, team_id: int, form: QueueForm) -> Any:
    seen = form.cleaned_data["seen"]
    values = {name: form.cleaned_data[name] for name in services.FIELDS}
    return services.change_queue(team_id, values, by=actor_of(request), seen=seen)


# --- The dry run -----------------------------------------------------------------------------------------------------
@require_safe
@administration(ROUTING_MANAGE)
def try_ticket(request: HttpRequest) -> HttpResponse:
    """Who would get a ticket now, and why each other would not; nothing is written."""
    given = request.GET.get("ticket", "").replace("\x00", "").strip()[:40]
    context: dict[str, Any] = {"given": given}
    if given:
        ticket = _visible(request, given)
        if ticket is None:
            context["error"] = _("There is no ticket with this number, or you may not see it.")
        else:
            context |= {"ticket": ticket, "outcome": said(explain_ticket(ticket))}
    return show(request, "settings/routing/try.html", context, status=404 if "error" in context else 200)


def _visible(request: HttpRequest, given: str) -> Ticket | None:
    try:
        rows = Ticket.objects.visible_to(staff_of(request)).select_related("customer", "owner", "team")
        return rows.filter(pk=parse_number(given)).first()
    except Refused:
        return None


def said(told: Explained) -> dict[str, Any]:
    """The dry run in words."""
    named = {int(key) for key in told.waiting.needs}
    named |= {int(key) for one in told.verdicts for reason in one.reasons for key in reason.get("skills", {})}
    names = skill_names(named)
    kind = told.waiting.load_kind
    people = [
        {
            "person": one.person,
            "place": one.place,
            "why": [reason_words(reason, names, mine=False) for reason in one.reasons],
            "obstacle": _obstacle(one.obstacle, one.person, told, names),
            "load": load_text(kind, one.person.used.get(kind, 0), one.person.most.get(kind, 0)),
        }
        for one in told.verdicts
    ]
    return {
        "people": people,
        "chosen": next((one for one in people if one["place"] == 1), None),
        "needs": [names.get(key, "?") for key in told.waiting.needs],
        "strategy": Strategy(told.strategy).label,
        "is_green": told.waiting.lane == 0,
        "nobody": waiting_words(told.counts, len(people)),
    }


def _obstacle(code: str, person: Any, told: Explained, names: dict[str, str]) -> str:
    if not code:
        return ""
    if code == "skill":
        lacking = ", ".join(names.get(key, "?") for key in person.lacks(told.waiting.needs))
        return _("%(why)s: %(skills)s") % {"why": obstacle_words(code), "skills": lacking}
    return obstacle_words(code)

"""Queues for those who watch over them: what waits where and why, and what everybody carries."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from helpdesk.accounts.desk import desk, is_htmx, staff_of
from helpdesk.accounts.models import PresenceState, Staff, Team
from helpdesk.accounts.permissions import VIEW_TEAM
from helpdesk.core.errors import NotFound
from tickets.routing.calc import Candidate
from tickets.routing.selectors.queues import obstacles_of, queue_lines, queue_page, settings_of, teams_watched_by
from tickets.routing.words import load_text, obstacle_words


@desk(permission=VIEW_TEAM)
@require_GET
def queue_list(request: HttpRequest) -> HttpResponse:
    """`/queues/`: every queue of the person's teams in a line; only the lines for the script that fetches them anew."""
    context = {"lines": queue_lines(staff_of(request)), "url": request.path, "rail_current": "queues"}
    return render(request, "routing/_queue_list.html" if is_htmx(request) else "routing/queue_list.html", context)


@desk(permission=VIEW_TEAM)
@require_GET
def queue_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """`/queues/support/`: the tickets that wait, by rank, and the people of the team."""
    team = watched_team(staff_of(request), slug)
    page = queue_page(team, request.GET.get("after"))
    context = {
        "team": team,
        "queue": settings_of(team),
        "page": page,
        "people": [person_line(person) for person in page.people],
        "next_url": f"?{urlencode({'after': page.next})}" if page.next else "",
        "url": request.get_full_path(),
        "rail_current": "queues",
    }
    return render(request, "routing/_queue_detail.html" if is_htmx(request) else "routing/queue_detail.html", context)


def watched_team(staff: Staff, slug: str) -> Team:
    for team in teams_watched_by(staff):
        if team.slug == slug:
            return team
    raise NotFound


def person_line(person: Candidate) -> dict[str, Any]:
    """One person's presence and load in words."""
    obstacle = obstacles_of(person)
    loads = [
        {"text": load_text(kind, person.used.get(kind, 0), most), "is_full": person.used.get(kind, 0) >= most}
        for kind, most in person.most.items()
        if most or person.used.get(kind)
    ]
    # what somebody chose says nothing once their connection is gone
    presence = person.state if person.is_connected else PresenceState.OFFLINE
    words = obstacle_words(obstacle) if obstacle else ""
    return {"person": person, "presence": presence, "loads": loads, "why": words}

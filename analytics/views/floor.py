"""What goes on now: the wallboard and the team's page; both are fetched again by themselves when something is pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from babel.dates import format_skeleton
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics import words
from analytics.models import What
from analytics.prediction.selectors import number_likely
from analytics.selectors import floor
from analytics.selectors.floor import Lane, Queue, Teams
from analytics.words import GOAL, SATISFACTION_GOAL
from helpdesk.accounts.desk import desk, is_htmx, number_in, staff_of
from helpdesk.accounts.models import Presence, Staff, Team
from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core.company import company_day, company_name
from helpdesk.core.events import log_head
from helpdesk.core.models import ChannelAccount
from helpdesk.core.templatetags.ui import CHANNEL_NAMES
from tickets.routing.calc import Candidate
from tickets.routing.models import LoadKind

# As many as fit a screen of 1080 lines without scrolling.
WALL_CHANNELS, WALL_TICKETS = 6, 5
STATE_NAMES = {
    "free": pgettext_lazy("state of an agent", "Free"),
    "working": pgettext_lazy("state of an agent", "In conversations"),
    "full": pgettext_lazy("state of an agent", "Full"),
    "busy": pgettext_lazy("state of an agent", "Busy"),
    "away": pgettext_lazy("state of an agent", "Away"),
    "none": pgettext_lazy("state of an agent", "Takes nothing"),
    "off_shift": pgettext_lazy("state of an agent", "Off shift"),
    "offline": pgettext_lazy("state of an agent", "Offline"),
}
_STATE_ORDER = list(STATE_NAMES)
LOAD_NAMES = {
    str(LoadKind.CHAT): gettext_lazy("Chats"),
    str(LoadKind.CALL): gettext_lazy("Calls"),
    str(LoadKind.MAIL): gettext_lazy("Mails and others"),
}


@dataclass(frozen=True)
class View:
    """Whose floor is looked at: the teams that count (None: all), those to choose from, and the chosen one."""

    teams: Teams
    choices: list[Team]
    chosen: Team | None

    @property
    def name(self) -> str:
        return self.chosen.label if self.chosen else company_name()

    def picks(self, address: str) -> list[dict[str, Any]]:
        """The menu of teams."""
        every: dict[str, Any] = {"label": _("All teams"), "url": address, "is_current": self.chosen is None}
        one = [
            {"label": t.label, "url": f"{address}?team={t.pk}", "is_current": t == self.chosen} for t in self.choices
        ]
        return [every, *one]


def view_of(request: HttpRequest, staff: Staff) -> View:
    """The floor that an address names, within the reader's teams; one query."""
    rows = Team.objects.filter(is_active=True)
    choices = list(rows if staff.sees_all_tickets else rows.filter(pk__in=staff.team_ids))
    wanted = number_in(request.GET.get("team"))
    chosen = next((team for team in choices if team.pk == wanted), None)
    if chosen is not None:
        return View([chosen.pk], choices, chosen)
    return View(None if staff.sees_all_tickets else [team.pk for team in choices], choices, None)


# --- Wallboard -------------------------------------------------------------------------------------------------------
@desk(permission=ANALYTICS_VIEW)
@require_GET
def wallboard(request: HttpRequest) -> HttpResponse:
    """`/wallboard/`, or only its figures for the script that fetches them anew."""
    staff, position, now = staff_of(request), log_head(), timezone.now()
    view = view_of(request, staff)
    context = wall_context(view, now)
    if is_htmx(request):
        return render(request, "analytics/_wall.html", context)
    local = timezone.localtime(now)
    context |= {
        "view": view,
        "position": position,
        "team_choices": view.picks("/wallboard/") if len(view.choices) > 1 else [],
        "today": format_skeleton("MMMEd", local, locale=words.locale()),
    }
    return render(request, "analytics/wallboard.html", context)


def wall_context(view: View, now: datetime) -> dict[str, Any]:
    """All figures of the wallboard; a dozen queries, none of which grows with the tickets that there are."""
    teams, day = view.teams, company_day(now)
    found, everybody = floor.queues(teams, now), floor.people(teams, now)
    waiting = sum(queue.waiting for queue in found)
    longest = min(found, key=lambda queue: queue.oldest_at, default=None)
    response = floor.responses_of(day, teams)
    return {
        "url": f"/wallboard/?team={view.chosen.pk}" if view.chosen else "/wallboard/",
        "waiting": words.number(waiting),
        "before": _before(waiting, floor.waiting_before(teams, now - timedelta(minutes=30))),
        "longest": longest,
        "longest_channel": CHANNEL_NAMES.get(longest.channel, longest.channel) if longest else "",
        "pressing": {**_pressing(floor.pressing(teams, now)), "likely": number_likely(teams)},
        "response": response,
        "response_text": words.share_number(response.share) if response.share is not None else "",
        "is_response_met": response.share is not None and response.share >= GOAL,
        "goal": words.number(GOAL),
        "lines": _lines(found, floor.lanes(everybody)),
        "urgent": floor.most_urgent(teams, now, WALL_TICKETS),
        **_states(everybody),
        "today_figures": _today(floor.counts_of(day, teams)),
    }


def _before(waiting: int, before: int | None) -> dict[str, Any] | None:
    if before is None:
        return None
    icon = "minus" if before == waiting else "arrow-up-right" if waiting > before else "arrow-down-right"
    return {"number": words.number(before), "icon": icon}


def _pressing(numbers: floor.Pressing) -> dict[str, Any]:
    def text(number: int) -> str:
        return f"{words.number(floor.MOST)}+" if number >= floor.MOST else words.number(number)

    return {"overdue": text(numbers.overdue), "at_risk": text(numbers.at_risk), "soon": numbers.soon,
            "is_long": max(numbers.overdue, numbers.at_risk) >= 100,
            "has_overdue": bool(numbers.overdue), "has_risk": bool(numbers.at_risk)}  # fmt: skip


def _lines(found: Sequence[Queue], lanes: dict[str, Lane]) -> dict[str, Any]:
    """A line for each channel that has an account, the longest queues first; what does not fit is told in one sum."""
    waiting = {queue.channel: queue for queue in found}
    kinds = set(ChannelAccount.objects.filter(is_active=True).values_list("kind", flat=True))
    everything = sorted(
        kinds | set(waiting), key=lambda kind: (-waiting[kind].waiting if kind in waiting else 0, str(kind))
    )
    lines = []
    for kind in everything[:WALL_CHANNELS]:
        lane, queue = lanes[floor.lane_of(kind)], waiting.get(kind)
        lines.append(
            {
                "channel": kind,
                "name": CHANNEL_NAMES.get(kind, kind),
                "waiting": words.number(queue.waiting) if queue else "0",
                "queue": queue,
                "able": lane.able,
                "share": round(lane.share) if lane.share is not None else None,
                "bar": min(100, round(lane.share or 0)),
                "is_high": lane.share is not None and lane.share >= 90,
            }
        )
    rest = everything[WALL_CHANNELS:]
    return {
        "rows": lines,
        "more": len(rest),
        "more_waiting": sum(waiting[kind].waiting for kind in rest if kind in waiting),
    }


def _states(everybody: Sequence[Candidate]) -> dict[str, Any]:
    numbers = floor.count_states(everybody)
    there = sum(numbers.values())
    x, parts = 0.0, []
    for state, number in numbers.items():
        width = 1000 * number / there if there else 0
        parts.append(
            {
                "state": state,
                "name": STATE_NAMES[state],
                "number": number,
                "x": round(x, 1),
                "width": round(max(0, width - 4), 1),
            }
        )
        x += width
    return {"states": parts, "there": there}


def _today(numbers: dict[str, int]) -> list[dict[str, Any]]:
    good = numbers.get(What.SATISFIED, 0)
    rated = good + numbers.get(What.UNSATISFIED, 0)
    share = 100 * good / rated if rated else None
    return [
        {"name": _("New tickets"), "value": words.number(numbers.get(What.OPENED, 0))},
        {"name": _("Solved"), "value": words.number(numbers.get(What.SOLVED, 0))},
        {
            "name": _("Satisfaction"),
            "value": words.share_number(share) if share is not None else "–",
            "unit": "%" if share is not None else "",
            "is_met": share >= SATISFACTION_GOAL if share is not None else None,
        },
    ]


# --- Team ------------------------------------------------------------------------------------------------------------
SORTS = ("name", "state", "open", "overdue", "handled", "share", *LoadKind.values)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """`/team/`: everybody who works on tickets, what they carry and how today goes."""
    staff, position, now = staff_of(request), log_head(), timezone.now()
    view = view_of(request, staff)
    sort = request.GET.get("sort", "")
    wanted, is_down = sort.removeprefix("-"), sort.startswith("-")
    wanted = wanted if wanted in SORTS else "state"
    rows = sorted(team_rows(view, now), key=lambda row: row["name"])
    rows.sort(key=lambda row: row["order"][wanted], reverse=is_down)
    base = f"/team/?team={view.chosen.pk}&" if view.chosen else "/team/?"
    context = {
        "rail_current": "team",
        "rows": rows,
        "columns": _columns(base, wanted, is_down),
        "url": f"{base}sort={'-' if is_down else ''}{wanted}",
        "there": sum(not row["absent"] for row in rows),
        "position": position,
        "view": view,
        "team_choices": view.picks("/team/"),
    }
    return render(request, "analytics/_team.html" if is_htmx(request) else "analytics/team.html", context)


def _columns(base: str, wanted: str, is_down: bool) -> list[dict[str, Any]]:
    names: list[tuple[str, Any, str]] = [
        ("name", _("Agent"), ""),
        ("state", _("State"), ""),
        *((kind, LOAD_NAMES[kind], "load-head") for kind in LoadKind.values),
        ("open", _("Open"), "num"),
        ("overdue", _("Overdue, due soon"), "num"),
        ("handled", _("Handled today"), "num"),
        ("share", _("In target today"), "num"),
    ]
    found = []
    for key, label, css in names:
        is_current = key == wanted
        # numbers begin with the highest
        starts_down = key not in {"name", "state"}
        down = not is_down if is_current else starts_down
        found.append(
            {
                "label": label,
                "css": css,
                "url": f"{base}sort={'-' if down else ''}{key}",
                "sort": ("descending" if is_down else "ascending") if is_current else "",
            }
        )
    return found


def team_rows(view: View, now: datetime) -> list[dict[str, Any]]:
    """A row for each person: ten queries, whatever their number; what they carry is counted in one of them."""
    (everybody, carried), day = floor.people_with_carried(view.teams, now), company_day(now)
    ids = [person.id for person in everybody]
    since = {pk: (changed, until) for pk, changed, until in Presence.objects.filter(staff_id__in=ids).values_list(
        "staff_id", "changed_at", "connected_until")}  # fmt: skip
    # what somebody carries counts whole, as for the matcher; how today went is told of the teams that are looked at
    handled, responses = floor.handled_by(day, ids, view.teams), floor.responses_by(day, ids, view.teams)
    names = {team.pk: team.label for team in view.choices}
    rows = []
    for person in everybody:
        state = floor.state_of(person)
        with_ = carried.get(person.id, floor.Carried())
        figure = responses.get(person.id)
        share = figure.share if figure else None
        changed, until = since.get(person.id, (None, None))
        loads = [_load(person, kind) for kind in LoadKind.values]
        rows.append(
            {
                "id": person.id,
                "name": person.name,
                "teams": words.listed(names[pk] for pk in sorted(person.team_ids) if pk in names),
                "state": state,
                "state_name": STATE_NAMES.get(state, state),
                "absent": bool(person.absence),
                "since": until if state == "offline" else changed,
                "loads": loads,
                "carried": with_,
                "handled": handled.get(person.id, 0),
                "share": words.share(share) if share is not None else "–",
                "is_below": share is not None and share < GOAL,
                "url": f"/tickets/?view=open&owner={person.id}",
                "order": {
                    "name": person.name,
                    "state": _STATE_ORDER.index(state) if state in _STATE_ORDER else len(_STATE_ORDER),
                    "open": with_.open,
                    "overdue": (with_.overdue, with_.soon),
                    "handled": handled.get(person.id, 0),
                    "share": share if share is not None else -1,
                    **{load["kind"]: load["fullness"] for load in loads},
                },
            }
        )
    for row in rows:
        row["html"] = row_html(ShownRow(_looks(row), row))
    return rows


@dataclass(frozen=True)
class ShownRow:
    """A row, the same as any other that looks the same."""

    looks: tuple[Any, ...]
    row: dict[str, Any] = field(compare=False)


def _looks(row: dict[str, Any]) -> tuple[Any, ...]:
    loads = tuple((load["used"], load["most"]) for load in row["loads"])
    plain = ("id", "name", "teams", "state", "absent", "since", "carried", "handled", "share", "is_below")
    return get_language(), loads, *(row[name] for name in plain)


@lru_cache(maxsize=4096)
def row_html(shown: ShownRow) -> SafeString:
    """The markup of a row; from one push to the next most people look the same."""
    return render_to_string("analytics/_team_row.html", {"row": shown.row})


def _load(person: Candidate, kind: str) -> dict[str, Any]:
    used, most = person.used.get(kind, 0), person.most.get(kind, 0)
    full = used / most if most else 0.0
    return {
        "kind": kind,
        "name": LOAD_NAMES[kind],
        "used": used,
        "most": most,
        "bar": round(60 * min(1, full), 1),
        "fullness": full,
        "is_full": bool(most) and used >= most,
    }

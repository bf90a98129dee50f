"""The filters of a dashboard as pills: each shows what is chosen, and opens a form with all that can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import words
from analytics.selectors.filters import NAMES, Filters
from analytics.views.sla_context import ADDRESS, Board
from helpdesk.accounts.models import Staff, Team
from helpdesk.core.company import company_day
from helpdesk.core.models import ChannelAccount
from helpdesk.core.templatetags.ui import CHANNEL_NAMES, LEVEL_NAMES
from tickets.models import Kind
from tickets.sla.metrics import metrics
from tickets.sla.models import Policy

# These have a pill of their own at all times; the others appear when they are set, and wait behind "Filter".
_ALWAYS = ("team", "level")


def pills(board: Board, staff: Staff) -> dict[str, Any]:
    """What the head of the page shows; three queries."""
    filters = board.filters
    options = {name: _field(filters, name, label, choices) for name, label, choices in _fields(staff)}
    shown = [options[name] for name in options if name in _ALWAYS or filters.of(name)]
    return {
        "action": ADDRESS,
        "range": words.day_range(filters.since, filters.until),
        "presets": _presets(board),
        "since": filters.since,
        "until": filters.until,
        "today": company_day(timezone.now()),
        "shown": [_pill(board, option) for option in shown],
        "others": [option for name, option in options.items() if name not in _ALWAYS],
        "hidden_for_others": _hidden(board, without={o["name"] for n, o in options.items() if n not in _ALWAYS}),
        "hidden_for_range": _hidden(board, without={"from", "to"}),
        "clear_url": board.address(filters.with_(**dict.fromkeys(NAMES))) if filters.number else "",
    }


def _fields(staff: Staff) -> Iterable[tuple[str, str, list[tuple[str, Any]]]]:
    teams = Team.objects.all()
    if not staff.sees_all_tickets:
        teams = teams.filter(pk__in=staff.team_ids)
    kinds = ChannelAccount.objects.order_by("kind").values_list("kind", flat=True).distinct()
    yield "team", _("Team"), [(str(team.pk), team.label) for team in teams]
    yield "level", _("Customer"), list(LEVEL_NAMES.items())
    yield "channel", _("Channel"), [(kind, CHANNEL_NAMES.get(kind, kind)) for kind in kinds]
    yield "kind", _("Kind"), [(str(value), label) for value, label in Kind.choices]
    yield "policy", _("Policy"), [(str(policy.pk), policy.label) for policy in Policy.objects.all()]
    yield "metric", _("Clock"), [(key, metric.label) for key, metric in metrics.items()]


def _field(filters: Filters, name: str, label: str, choices: list[tuple[str, Any]]) -> dict[str, Any]:
    chosen = filters.of(name)
    return {
        "name": name,
        "label": label,
        "choices": [{"value": value, "label": text, "is_chosen": value in chosen} for value, text in choices],
        "chosen": [str(text) for value, text in choices if value in chosen],
    }


def _pill(board: Board, option: dict[str, Any]) -> dict[str, Any]:
    chosen = option["chosen"]
    return {
        **option,
        "text": words.listed(chosen) if chosen else _("All"),
        "clear_url": board.address(board.filters.with_(**{option["name"]: None})) if chosen else "",
        "hidden": _hidden(board, without={option["name"]}),
    }


def _hidden(board: Board, *, without: set[str]) -> list[tuple[str, str]]:
    """What a form must carry along: every other part of the address."""
    filters = board.filters
    parts: list[tuple[str, str]] = []
    if not filters.is_usual_range:
        parts += [("from", filters.since.isoformat()), ("to", filters.until.isoformat())]
    parts += [(name, value) for name in NAMES for value in filters.of(name)]
    usual = {"by": "channel", "group": "policy", "sort": "defined"}
    parts += [(name, getattr(board, name)) for name in usual if getattr(board, name) != usual[name]]
    return [(name, value) for name, value in parts if name not in without]


def _presets(board: Board) -> list[dict[str, Any]]:
    """Stretches of days to choose from."""
    today = company_day(timezone.now())
    month = today.replace(day=1)
    last = (month - timedelta(days=1)).replace(day=1)
    choices = [
        (_("Today"), today, today),
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("Last 28 days"), today - timedelta(days=27), today),
        (_("This month"), month, today),
        (_("Last month"), last, month - timedelta(days=1)),
        (_("Last 90 days"), today - timedelta(days=89), today),
    ]
    return [_stretch(board, label, since, until) for label, since, until in choices]


def _stretch(board: Board, label: str, since: date, until: date) -> dict[str, Any]:
    filters = board.filters
    moved = replace(filters, since=since, until=until, is_usual_range=False)
    return {
        "label": label,
        "url": board.address(moved),
        "is_current": (filters.since, filters.until) == (since, until),
    }

"""The board of after-sales: the page, the claims behind a figure, and what is exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from aftersales.claims.machines import STATES
from aftersales.claims.models import ClaimKind
from analytics import words
from analytics.aftersales import words as claim_words
from analytics.aftersales.context import ADDRESS, GROUPS, MOST_ROWS, ClaimBoard
from analytics.aftersales.filters import NAMES, ClaimFilters, from_query
from analytics.aftersales.selectors import AGES, BEHIND, facts_behind
from analytics.aftersales.sheets import sheets
from analytics.calc import ERROR
from analytics.exporting import Sheet, as_csv, as_xlsx
from analytics.views.sla import XLSX, _file
from helpdesk.accounts.desk import desk, staff_of
from helpdesk.accounts.models import Staff, Team
from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core import keyset
from helpdesk.core.company import company_day, company_zone
from helpdesk.customers.models import Product

# Above so many products the pill asks for none: the table by product narrows to one.
MOST_PRODUCTS = 200


def board_of(request: HttpRequest, *, is_export: bool = False) -> ClaimBoard:
    """The board that an address names, within what the reader may see."""
    filters = from_query(request.GET, staff_of(request))
    most = None if is_export else MOST_ROWS
    return ClaimBoard(filters, company_day(timezone.now()), group=request.GET.get("group", ""), most=most)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """`/dashboards/after-sales/`: from totals alone; a number of queries that no number of claims changes."""
    found = board_of(request)
    context = {
        "rail_current": "after-sales",
        "board": found,
        "filters": found.filters,
        "pills": pills(found, staff_of(request)),
        "tiles": found.tiles(),
        "open": found.open_table(),
        "course": found.course(),
        "causes": found.causes(),
        "promises": found.promises(),
        "table": found.table(),
        "group_name": claim_words.GROUP_NAMES[found.group],
        "group_choices": [
            {
                "label": claim_words.GROUP_NAMES[name],
                "url": found.address(group=name),
                "is_current": name == found.group,
            }
            for name in GROUPS
        ],
        "exports": found.exports(sheets(found)),
        "zone": str(company_zone()),
        "error": words.number(100 * ERROR, 1),
        "goal": words.number(claim_words.GOAL),
        "is_without_teams": found.filters.bounds == (),
    }
    return render(request, "analytics/aftersales/board.html", context)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def claims_behind(request: HttpRequest) -> HttpResponse:
    """`/dashboards/after-sales/claims/`: the claims of a figure, by keyset; the open ones the oldest first."""
    staff, get = staff_of(request), request.GET.get
    filters = from_query(request.GET, staff)
    figure = word if (word := get("figure", "")) in BEHIND else "ended"
    state = word if (word := get("state", "")) in STATES else ""
    age = word if (word := get("age", "")) in {name for name, _first, _last in AGES} else ""
    rows = facts_behind(filters, staff, figure, state=state, age=age, today=company_day(timezone.now()))
    rows = rows.select_related("claim__customer", "claim__handler", "claim__cause", "claim__ticket__team").defer(
        "claim__words", "claim__plan", "claim__lesson", "claim__details", "claim__customer__notes"
    )
    is_now = figure in {"open", "overdue"}
    page = keyset.page(rows, get("cursor") or None, by="opened_at" if is_now else "ended_at", newest_first=not is_now)
    products = claim_words.ClaimNames().of("product", list({str(row.product_id) for row in page.rows}))
    more = {"figure": figure, "state": state, "age": age}
    context = {
        "rail_current": "after-sales",
        "rows": [
            {
                "fact": row,
                "claim": row.claim,
                "kind": ClaimKind(row.kind).label,
                "state": row.claim.place.label,
                "product": products[str(row.product_id)] if row.product_id else "",
                "took": words.length(row.cycle_seconds),
                "cost": claim_words.money(float(row.cost)) if row.is_counted else "–",
            }
            for row in page.rows
        ],
        "title": claim_words.FIGURE_NAMES[figure],
        "said": said(filters, is_now=is_now, state=state, age=age),
        "is_now": is_now,
        "figures": [
            {
                "label": claim_words.FIGURE_NAMES[name],
                "url": f"{ADDRESS}claims/?{filters.as_query(figure=name)}",
                "is_current": name == figure,
            }
            for name in BEHIND
        ],
        "back_url": f"{ADDRESS}?{filters.as_query()}",
        "next_url": f"{ADDRESS}claims/?{filters.as_query(cursor=page.next, **more)}" if page.next else "",
        "start_url": f"{ADDRESS}claims/?{filters.as_query(**more)}",
        "is_first": not get("cursor"),
        "is_bounded": filters.bounds is not None,
    }
    return render(request, "analytics/aftersales/behind.html", context)


def said(filters: ClaimFilters, *, is_now: bool, state: str, age: str) -> str:
    """The filters in words: days, then each chosen value."""
    names = claim_words.ClaimNames()
    parts = [_("now") if is_now else words.day_range(filters.since, filters.until)]
    parts += [claim_words.state(state)] if state else []
    parts += [str(claim_words.AGE_NAMES[age])] if age else []
    for name in NAMES:
        parts += list(names.of(name, list(filters.of(name))).values()) if filters.of(name) else []
    return " · ".join(parts)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def export(request: HttpRequest, file: str) -> HttpResponse:
    """`/dashboards/after-sales/export.csv?table=…`, `/dashboards/after-sales/export.xlsx`: the figures of this address."""
    found = board_of(request, is_export=True)
    tables = sheets(found)
    stem = f"after-sales-{found.filters.since}-{found.filters.until}"
    if file == "xlsx":
        return _file(as_xlsx(make() for make in tables.values()), XLSX, f"{stem}.xlsx")
    name = request.GET.get("table", "")
    make: Callable[[], Sheet] = tables.get(name) or tables["groups"]
    return _file(as_csv(make()), "text/csv; charset=utf-8", f"{stem}-{name if name in tables else 'groups'}.csv")


# --- Filters at the head ---------------------------------------------------------------------------------------------
def pills(found: ClaimBoard, staff: Staff) -> dict[str, Any]:
    """The filters as pills: each shows what is chosen, and opens a form with all that can be; two queries, and one more for
    each name that is narrowed to."""
    filters = found.filters
    shown = [_pill(found, name, label, choices) for name, label, choices in _choices(filters, staff)]
    return {
        "action": ADDRESS,
        "range": words.day_range(filters.since, filters.until),
        "presets": _presets(found),
        "since": filters.since,
        "until": filters.until,
        "today": found.today,
        "shown": shown,
        "hidden_for_range": _hidden(found, without={"from", "to"}),
        "clear_url": found.address(filters.with_(**dict.fromkeys(NAMES))) if filters.number else "",
    }


def _choices(filters: ClaimFilters, staff: Staff) -> list[tuple[str, Any, list[tuple[str, Any]]]]:
    teams = Team.objects.all()
    if not staff.sees_all_tickets:
        teams = teams.filter(pk__in=staff.team_ids)
    products = Product.objects.filter(is_active=True).exclude(category="part").order_by("name")[:MOST_PRODUCTS]
    names = claim_words.GROUP_NAMES
    found: list[tuple[str, Any, list[tuple[str, Any]]]] = [
        ("kind", names["kind"], [(str(value), label) for value, label in ClaimKind.choices]),
        ("team", names["team"], [(str(team.pk), team.label) for team in teams]),
        ("product", names["product"], [(str(product.pk), product.label) for product in products]),
    ]
    if chosen := filters.of("cause"):
        labels = claim_words.ClaimNames().of("cause", list(chosen))
        found.append(("cause", names["cause"], list(labels.items())))
    return found


def _pill(found: ClaimBoard, name: str, label: Any, choices: list[tuple[str, Any]]) -> dict[str, Any]:
    chosen = found.filters.of(name)
    texts = [str(text) for value, text in choices if value in chosen]
    return {
        "name": name,
        "label": label,
        "choices": [{"value": value, "label": text, "is_chosen": value in chosen} for value, text in choices],
        "text": words.listed(texts) if texts else _("All"),
        "clear_url": found.address(found.filters.with_(**{name: None})) if chosen else "",
        "hidden": _hidden(found, without={name}),
    }


def _hidden(found: ClaimBoard, *, without: set[str]) -> list[tuple[str, str]]:
    """What a form must carry along: every other part of the address."""
    filters = found.filters
    parts: list[tuple[str, str]] = []
    if not filters.is_usual_range:
        parts += [("from", filters.since.isoformat()), ("to", filters.until.isoformat())]
    parts += [(name, value) for name in NAMES for value in filters.of(name)]
    parts += [("group", found.group)] if found.group != GROUPS[0] else []
    return [(name, value) for name, value in parts if name not in without]


def _presets(found: ClaimBoard) -> list[dict[str, Any]]:
    """Stretches of days to choose from."""
    today = found.today
    month = today.replace(day=1)
    last = (month - timedelta(days=1)).replace(day=1)
    choices = [
        (_("Last 7 days"), today - timedelta(days=6), today),
        (_("Last 28 days"), today - timedelta(days=27), today),
        (_("This month"), month, today),
        (_("Last month"), last, month - timedelta(days=1)),
        (_("Last 90 days"), today - timedelta(days=89), today),
    ]
    return [_stretch(found, label, since, until) for label, since, until in choices]


def _stretch(found: ClaimBoard, label: str, since: date, until: date) -> dict[str, Any]:
    moved = replace(found.filters, since=since, until=until, is_usual_range=False)
    current = (found.filters.since, found.filters.until) == (since, until)
    return {"label": label, "url": found.address(moved), "is_current": current}

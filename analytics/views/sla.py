"""The dashboard of service levels: the page, the tickets behind a figure, and what is exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics import words
from analytics.calc import ERROR
from analytics.exporting import Sheet, as_csv, as_xlsx
from analytics.selectors.behind import OUTCOMES, page_behind
from analytics.selectors.filters import Filters, from_query
from analytics.views import filtering, sla_sheets
from analytics.views.sla_context import ADDRESS, CARD_BY, MOST_OF_ALL, MOST_ROWS, SORTS, TABLE_BY, Board
from helpdesk.accounts.desk import desk, staff_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ANALYTICS_VIEW
from helpdesk.core.company import company_zone
from tickets.sla.models import Target

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def board_of(request: HttpRequest, staff: Staff, *, is_export: bool = False) -> Board:
    """The dashboard that an address names, within what the reader may see."""
    filters = from_query(request.GET, staff)
    get = request.GET.get
    most = None if is_export else MOST_OF_ALL if get("rows") == "all" else MOST_ROWS
    return Board(filters, by=get("by", ""), group=get("group", ""), sort=get("sort", ""), most=most)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def sla_board(request: HttpRequest) -> HttpResponse:
    """`/dashboards/sla/`: from totals alone; a number of queries that neither tickets nor policies change."""
    staff = staff_of(request)
    board = board_of(request, staff)
    table = board.table()
    context = {
        "rail_current": "sla",
        "board": board,
        "filters": board.filters,
        "pills": filtering.pills(board, staff),
        "tiles": board.tiles(),
        "course": board.course(),
        "card": board.card(),
        "table": table,
        "card_choices": _choices(board, "by", CARD_BY, words.DIMENSION_NAMES),
        "group_choices": _choices(board, "group", TABLE_BY, {**words.DIMENSION_NAMES, "policy": _("Policy")}),
        "sort_choices": _choices(board, "sort", SORTS, _sort_names()),
        "card_name": words.DIMENSION_NAMES[board.by],
        "card_title": words.BY_NAMES[board.by],
        "exports": sla_sheets.choices(board),
        "zone": str(company_zone()),
        "error": words.number(100 * ERROR, 1),
        "is_without_teams": board.filters.bounds == (),
    }
    return render(request, "analytics/sla.html", context)


def _sort_names() -> dict[str, Any]:
    return {
        "defined": _("As defined"),
        "share": _("Lowest share first"),
        "breaches": _("Most breaches first"),
        "ended": _("Most ended first"),
    }


def _choices(board: Board, name: str, values: tuple[str, ...], labels: Any) -> list[dict[str, Any]]:
    current = getattr(board, name)
    return [
        {"label": labels[value], "url": board.address(**{name: value}), "is_current": value == current}
        for value in values
    ]


@desk(permission=ANALYTICS_VIEW)
@require_GET
def tickets_behind(request: HttpRequest) -> HttpResponse:
    """`/dashboards/sla/tickets/`: the deadlines of a figure with their tickets, newest first, by keyset."""
    staff = staff_of(request)
    filters = from_query(request.GET, staff)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in OUTCOMES else ""
    page = page_behind(filters, staff, outcome, request.GET.get("cursor") or None)
    targets = Target.objects.select_related("version__policy").in_bulk({row.target_id for row in page.rows})
    names = words.Names()
    rows = [
        {
            "outcome": row,
            "ticket": row.ticket,
            "metric": words.metric(row.metric),
            "policy": target.version.policy.label if (target := targets.get(row.target_id)) else "",
            "target": words.target_length(target) if target else "",
            "used": words.length(row.used_seconds),
            "agent": names.of("agent", str(row.owner_id or 0)),
        }
        for row in page.rows
    ]
    context = {
        "rail_current": "sla",
        "rows": rows,
        "title": _TITLES[outcome](),
        "said": _said(filters),
        "back_url": f"{ADDRESS}?{filters.with_(target=None, metric=None).as_query()}",
        "next_url": f"{ADDRESS}tickets/?{filters.as_query(outcome=outcome, cursor=page.next)}" if page.next else "",
        "is_first": not request.GET.get("cursor"),
        "start_url": f"{ADDRESS}tickets/?{filters.as_query(outcome=outcome)}",
        "outcomes": [
            {
                "label": title(),
                "url": f"{ADDRESS}tickets/?{filters.as_query(outcome=value)}",
                "is_current": value == outcome,
            }
            for value, title in _TITLES.items()
        ],
        "is_bounded": filters.bounds is not None,
    }
    return render(request, "analytics/behind.html", context)


_TITLES: dict[str, Callable[[], str]] = {
    "breached": lambda: _("Missed"),
    "met": lambda: _("In target"),
    "": lambda: _("All that ended"),
}


def _said(filters: Filters) -> str:
    """The filters in words: days, then each chosen value."""
    names = words.Names()
    parts = [words.day_range(filters.since, filters.until)]
    parts += [words.metric(value) for value in filters.of("metric")]
    for dimension in words.DIMENSION_NAMES:
        parts += [names.of(dimension, value) for value in filters.of(dimension)]
    return " · ".join(parts)


@desk(permission=ANALYTICS_VIEW)
@require_GET
def export(request: HttpRequest, file: str) -> HttpResponse:
    """`/dashboards/sla/export.csv?table=…`, `/dashboards/sla/export.xlsx`: the figures of this address."""
    board = board_of(request, staff_of(request), is_export=True)
    sheets = sla_sheets.sheets(board)
    stem = f"service-levels-{board.filters.since}-{board.filters.until}"
    if file == "xlsx":
        return _file(as_xlsx(sheet() for sheet in sheets.values()), XLSX, f"{stem}.xlsx")
    name = request.GET.get("table", "")
    make: Callable[[], Sheet] = sheets.get(name) or sheets["policies"]
    return _file(as_csv(make()), "text/csv; charset=utf-8", f"{stem}-{name if name in sheets else 'policies'}.csv")


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
